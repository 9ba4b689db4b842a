//! The encoder: a multilayer perceptron with an exact backward pass.

use super::config::{Activation, Config, Init};
use super::kernels::{Instructions, activate, add_column_sums, differentiate, multiply, multiply_transposed};
use super::matrix::{Matrix, padded};
use super::random::Random;
use std::ops::Range;

/// The shape of one layer, and the places of its weights and biases in [`Encoder::parameters`].
#[derive(Clone, Debug)]
struct Layer {
    /// Number of inputs.
    inputs: usize,
    /// Number of outputs.
    outputs: usize,
    /// `outputs`, padded to whole vectors.
    stride: usize,
    /// Places of the weights: `inputs` rows of `stride` numbers.
    weights: Range<usize>,
    /// Places of the biases: `stride` numbers.
    bias: Range<usize>,
}

/// A multilayer perceptron. All hidden layers have the same activation; the output layer is linear.
///
/// # Example
///
/// ```
/// use contrastive_playground::learn::Config;
/// use contrastive_playground::learn::data::Dataset;
/// use contrastive_playground::learn::encoder::{Encoder, Pass};
///
/// let config = Config { points: 64, dim: 3, ..Config::default() };
/// let dataset = Dataset::new(&config);
/// let encoder = Encoder::new(&config, dataset.inputs.columns());
/// let mut pass = Pass::default();
/// encoder.forward(&dataset.inputs, &mut pass);
/// assert_eq!((pass.output().rows(), pass.output().columns()), (64, 3));
/// ```
#[derive(Clone, Debug)]
pub struct Encoder {
    layers: Vec<Layer>,
    activation: Activation,
    /// The vector instructions that the products are computed with.
    pub instructions: Instructions,
    /// All weights and biases, layer after layer, the biases after the weights. Each row is padded with zeros, which stay zero.
    pub parameters: Vec<f32>,
}

/// Scratch memory of a forward and a backward pass. It keeps the activations that the backward pass needs.
#[derive(Clone, Debug, Default)]
pub struct Pass {
    /// Output of each layer, after its activation.
    outputs: Vec<Matrix>,
    /// Argument of each hidden layer's activation; filled only for GELU, whose derivative needs it.
    before: Vec<Matrix>,
    /// Derivative of the loss by the current layer's output, and scratch memory for the layer before it.
    deltas: [Matrix; 2],
    /// The current layer's weights, transposed.
    transposed: Vec<f32>,
    /// Zeros, which serve as the bias of a backward product.
    zeros: Vec<f32>,
}

impl Pass {
    /// Returns the encoder's outputs of the last forward pass, [rows, dim].
    ///
    /// # Panics
    ///
    /// Panics if there has been no forward pass.
    pub fn output(&self) -> &Matrix {
        // After a forward pass there is one matrix for each layer, and every encoder has an output layer.
        &self.outputs[self.outputs.len() - 1]
    }
}

impl Encoder {
    /// Creates an encoder for inputs with `input_dimension` coordinates. Its weights are drawn by the rule `config.init` from the
    /// seed's stream "weights"; its biases are zero.
    pub fn new(config: &Config, input_dimension: usize) -> Self {
        let mut encoder = Self::zeros(config, input_dimension);
        let mut random = Random::new(config.seed, "weights");
        for layer in &encoder.layers {
            let (inputs, outputs) = (layer.inputs as f32, layer.outputs as f32);
            for row in encoder.parameters[layer.weights.clone()].chunks_exact_mut(layer.stride) {
                for weight in &mut row[..layer.outputs] {
                    *weight = match config.init {
                        Init::He => (2.0 / inputs).sqrt() * random.normal(),
                        Init::Xavier => (6.0 / (inputs + outputs)).sqrt() * random.symmetric(),
                    };
                }
            }
        }
        encoder
    }

    /// Creates an encoder whose weights and biases are zero.
    fn zeros(config: &Config, input_dimension: usize) -> Self {
        let mut layers = Vec::new();
        let mut inputs = input_dimension;
        let mut start = 0;
        for outputs in config.layers.widths().chain([config.dim as usize]) {
            let stride = padded(outputs);
            let weights = start..start + inputs * stride;
            let bias = weights.end..weights.end + stride;
            start = bias.end;
            layers.push(Layer { inputs, outputs, stride, weights, bias });
            inputs = outputs;
        }
        Self { layers, activation: config.activation, instructions: Instructions::best(), parameters: vec![0.0; start] }
    }

    /// Creates an encoder with the parameters `flat`: for each layer its weights, row-major [inputs, outputs], then its biases.
    /// Returns `None` if their number does not fit the configuration.
    pub fn from_flat(config: &Config, input_dimension: usize, flat: &[f32]) -> Option<Self> {
        let mut encoder = Self::zeros(config, input_dimension);
        let mut rest = flat.iter();
        for place in encoder.places().collect::<Vec<_>>() {
            encoder.parameters[place] = *rest.next()?;
        }
        rest.next().is_none().then_some(encoder)
    }

    /// Returns a copy of `padded_values` (the parameters, or a gradient by them) without the padding, in the order of
    /// [`Self::from_flat`].
    pub fn to_flat(&self, padded_values: &[f32]) -> Vec<f32> {
        self.places().map(|place| padded_values[place]).collect()
    }

    /// Returns the indices in [`Self::parameters`] that are weights or biases, not padding, in the order of [`Self::from_flat`].
    pub fn places(&self) -> impl Iterator<Item = usize> + '_ {
        self.layers
            .iter()
            .flat_map(|layer| (layer.weights.start..layer.bias.end).step_by(layer.stride).flat_map(|row| row..row + layer.outputs))
    }

    /// Returns the number of weights and biases, without the padding.
    pub fn parameter_count(&self) -> usize {
        self.layers.iter().map(|layer| (layer.inputs + 1) * layer.outputs).sum()
    }

    /// Embeds the rows of `inputs`, [rows, input dimension]. The result is [`Pass::output`].
    pub fn forward(&self, inputs: &Matrix, pass: &mut Pass) {
        let hidden = self.layers.len() - 1;
        pass.outputs.resize_with(self.layers.len(), Matrix::default);
        pass.before.resize_with(hidden, Matrix::default);
        for (index, layer) in self.layers.iter().enumerate() {
            let (done, rest) = pass.outputs.split_at_mut(index);
            let output = &mut rest[0];
            output.fit(inputs.rows(), layer.outputs);
            let source = done.last().unwrap_or(inputs);
            multiply(self.instructions, source, &self.parameters[layer.weights.clone()], &self.parameters[layer.bias.clone()], output);
            if index < hidden {
                let before = &mut pass.before[index];
                if self.activation == Activation::Gelu {
                    before.fit(output.rows(), output.columns());
                }
                activate(self.instructions, self.activation, output.data_mut(), before.data_mut());
            }
        }
    }

    /// Computes the derivative of the loss by the parameters from its derivative by the outputs (backpropagation).
    ///
    /// `inputs` and `pass` are those of the last forward pass, `output_gradient` is [rows, dim]. `gradient` is overwritten; it has the
    /// length and the order of [`Self::parameters`].
    pub fn backward(&self, inputs: &Matrix, pass: &mut Pass, output_gradient: &Matrix, gradient: &mut [f32]) {
        gradient.fill(0.0);
        let Pass { outputs, before, deltas, transposed, zeros } = pass;
        let [delta, next] = deltas;
        delta.fit(output_gradient.rows(), output_gradient.columns());
        delta.data_mut().copy_from_slice(output_gradient.data());
        for (index, layer) in self.layers.iter().enumerate().rev() {
            let source = if index == 0 { inputs } else { &outputs[index - 1] };
            multiply_transposed(self.instructions, source, delta, &mut gradient[layer.weights.clone()]);
            add_column_sums(self.instructions, delta, &mut gradient[layer.bias.clone()]);
            if index == 0 {
                break;
            }
            let stride = padded(layer.inputs);
            transposed.clear();
            transposed.resize(layer.outputs * stride, 0.0);
            for (input, row) in self.parameters[layer.weights.clone()].chunks_exact(layer.stride).enumerate() {
                for (output, weight) in row[..layer.outputs].iter().enumerate() {
                    transposed[output * stride + input] = *weight;
                }
            }
            zeros.clear();
            zeros.resize(stride, 0.0);
            next.fit(delta.rows(), layer.inputs);
            multiply(self.instructions, delta, transposed, zeros, next);
            differentiate(self.instructions, self.activation, source.data(), before[index - 1].data(), next.data_mut());
            std::mem::swap(delta, next);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::config::Layers;

    #[test]
    fn flat_parameters_go_in_and_come_out() {
        let config = Config { layers: Layers::new(&[5, 3]).expect("valid"), ..Config::default() };
        let encoder = Encoder::new(&config, 2);
        let flat = encoder.to_flat(&encoder.parameters);
        assert_eq!(flat.len(), encoder.parameter_count());
        assert_eq!(flat.len(), 2 * 5 + 5 + 5 * 3 + 3 + 3 * 3 + 3);
        let again = Encoder::from_flat(&config, 2, &flat).expect("fits");
        assert_eq!(again.parameters, encoder.parameters);
        assert!(Encoder::from_flat(&config, 2, &flat[1..]).is_none());
    }

    #[test]
    fn first_weights_have_the_variance_of_their_rule() {
        for (init, wanted) in [(Init::He, 2.0 / 128.0), (Init::Xavier, 2.0 / 256.0)] {
            let config = Config { layers: Layers::new(&[128, 128]).expect("valid"), init, ..Config::default() };
            let encoder = Encoder::new(&config, 2);
            let layer = &encoder.layers[1];
            let weights = &encoder.parameters[layer.weights.clone()];
            let variance = weights.iter().map(|weight| f64::from(weight * weight)).sum::<f64>() / weights.len() as f64;
            assert!((variance / wanted - 1.0).abs() < 0.05, "{init:?}: {variance} instead of {wanted}");
        }
    }
}
