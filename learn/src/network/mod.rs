//! Networks: chains of blocks with an exact backward pass.
//!
//! A block is a linear map, then perhaps batch normalisation, an activation and dropout. A network has shapes and places only: its values
//! and running statistics are in the run's state, so that the same network can be used with the values of a slow copy.

mod normalization;
mod pass;

pub use normalization::{MOMENTUM, Moments};
pub use pass::Pass;

use super::config::{Activation, Config, Decoder, Head, Init, Norm};
use super::kernels::{Instructions, activate, add_column_sums, differentiate, multiply, multiply_transposed};
use super::matrix::{Matrix, padded};
use super::random::Random;
use normalization::Normalization;
use std::ops::Range;

/// The shape of one block, and the places of its values.
#[derive(Clone, Debug, PartialEq)]
struct Block {
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
    /// Batch normalisation between the linear map and the activation.
    norm: Option<Normalization>,
    /// The activation; [`Activation::Linear`] for none.
    activation: Activation,
    /// Dropout acts on this block's units.
    drops: bool,
}

impl Block {
    /// The places of all its values.
    fn values(&self) -> Range<usize> {
        self.weights.start..self.norm.as_ref().map_or(self.bias.end, |norm| norm.shift.end)
    }
}

/// A chain of blocks.
///
/// # Example
///
/// ```
/// use contrastive_learn::Config;
/// use contrastive_learn::data::Dataset;
/// use contrastive_learn::network::{Moments, Network, Pass};
///
/// let config = Config { points: 64, dim: 3, ..Config::default() };
/// let dataset = Dataset::new(&config);
/// let encoder = Network::encoder(&config, dataset.inputs.columns(), &mut Default::default());
/// let values = encoder.first_values(&config, "weights");
/// let mut pass = Pass::default();
/// encoder.forward(&values, Moments::Batch { groups: 1 }, &dataset.inputs, &mut pass);
/// assert_eq!((pass.output().rows(), pass.output().columns()), (64, 3));
/// ```
#[derive(Clone, Debug)]
pub struct Network {
    blocks: Vec<Block>,
    /// The vector instructions that the products are computed with.
    pub instructions: Instructions,
}

/// Where the next network's values and running statistics begin. Both count whole vectors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Number of values that are taken.
    pub values: usize,
    /// Number of running statistics that are taken.
    pub statistics: usize,
}

/// The derivatives that a backward pass is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// By the network's inputs.
    pub inputs: bool,
    /// By its values.
    pub values: bool,
}

impl Wanted {
    /// By the values alone: nothing stands before the network.
    pub const VALUES: Self = Self { inputs: false, values: true };
    /// By both.
    pub const BOTH: Self = Self { inputs: true, values: true };
    /// By the inputs alone: the network stays as it is.
    pub const INPUTS: Self = Self { inputs: true, values: false };
}

/// What a block does behind its linear map.
#[derive(Clone, Copy)]
struct Behind {
    norm: bool,
    activation: Activation,
    drops: bool,
}

impl Behind {
    const NOTHING: Self = Self { norm: false, activation: Activation::Linear, drops: false };
}

impl Network {
    /// Creates a chain of blocks from their widths; each network takes its places behind the ones before it.
    fn new(inputs: usize, blocks: impl Iterator<Item = (usize, Behind)>, place: &mut Place) -> Self {
        let mut chain = Vec::new();
        let mut inputs = inputs;
        for (outputs, Behind { norm, activation, drops }) in blocks {
            let stride = padded(outputs);
            let weights = place.values..place.values + inputs * stride;
            let bias = weights.end..weights.end + stride;
            place.values = bias.end;
            let norm = norm.then(|| Normalization::new(outputs, place));
            chain.push(Block { inputs, outputs, stride, weights, bias, norm, activation, drops });
            inputs = outputs;
        }
        Self { blocks: chain, instructions: Instructions::best() }
    }

    /// Creates the encoder: hidden layers with the activation, and a linear output layer of `config.dim` units.
    pub fn encoder(config: &Config, input_dimension: usize, place: &mut Place) -> Self {
        Self::encoder_to(config, input_dimension, config.dim as usize, place)
    }

    /// Creates the encoder with so many outputs.
    pub fn encoder_to(config: &Config, input_dimension: usize, outputs: usize, place: &mut Place) -> Self {
        let hidden = Behind { norm: config.norm == Norm::Hidden, activation: config.activation, drops: true };
        let output = Behind { norm: config.norm == Norm::Output, ..Behind::NOTHING };
        let blocks = config.layers.widths().map(|width| (width, hidden)).chain([(outputs, output)]);
        Self::new(input_dimension, blocks, place)
    }

    /// Creates a decoder or a generator from `inputs` coordinates to the input space: the encoder's hidden layers in reverse order and a linear
    /// output layer, or that alone. It has no dropout.
    pub fn decoder(config: &Config, inputs: usize, input_dimension: usize, place: &mut Place) -> Self {
        let hidden = Behind { norm: config.norm == Norm::Hidden, activation: config.activation, drops: false };
        let widths = config.layers.widths().rev().filter(|_| config.decoder == Decoder::Mirror);
        Self::new(inputs, widths.map(|width| (width, hidden)).chain([(input_dimension, Behind::NOTHING)]), place)
    }

    /// Creates a projector or predictor from `inputs` to `outputs` coordinates: nothing, a linear map, or
    /// FC - `BatchNorm` - `ReLU` - FC with a hidden layer of `width` units.
    pub fn head(kind: Head, inputs: usize, width: usize, outputs: usize, place: &mut Place) -> Option<Self> {
        let hidden = (width, Behind { norm: true, activation: Activation::Relu, drops: false });
        let output = (outputs, Behind::NOTHING);
        match kind {
            Head::None => None,
            Head::Linear => Some(Self::new(inputs, [output].into_iter(), place)),
            Head::Mlp => Some(Self::new(inputs, [hidden, output].into_iter(), place)),
        }
    }

    /// Returns the first values of a network whose places begin at 0: see [`Self::start`].
    pub fn first_values(&self, config: &Config, stream: &str) -> Vec<f32> {
        let mut values = vec![0.0; self.values().end];
        self.start(config, stream, &mut values);
        values
    }

    /// Writes the first values. Weights are drawn by the rule `config.init` from the seed's stream with this name; biases and shifts are
    /// zero, scales are one.
    pub fn start(&self, config: &Config, stream: &str, values: &mut [f32]) {
        let mut random = Random::new(config.seed, stream);
        for block in &self.blocks {
            let (inputs, outputs) = (block.inputs as f32, block.outputs as f32);
            for row in values[block.weights.clone()].chunks_exact_mut(block.stride) {
                for weight in &mut row[..block.outputs] {
                    *weight = match config.init {
                        Init::He => (2.0 / inputs).sqrt() * random.normal(),
                        Init::Xavier => (6.0 / (inputs + outputs)).sqrt() * random.symmetric(),
                    };
                }
            }
            if let Some(norm) = &block.norm {
                values[norm.scale.clone()][..block.outputs].fill(1.0);
            }
        }
    }

    /// Sets the first weights of the outputs from number `first` on to zero: whatever the input, they are 0 before the first step.
    pub(crate) fn silence_outputs(&self, first: usize, values: &mut [f32]) {
        if let Some(block) = self.blocks.last() {
            for row in values[block.weights.clone()].chunks_exact_mut(block.stride) {
                row[first..block.outputs].fill(0.0);
            }
        }
    }

    /// Writes the running statistics before the first step: means 0, variances 1.
    pub fn start_statistics(&self, statistics: &mut [f32]) {
        for norm in self.norms() {
            statistics[norm.mean.clone()].fill(0.0);
            statistics[norm.variance.clone()].fill(1.0);
        }
    }

    /// Returns the network's values, padding included, from `flat`: for each block its weights, row-major [inputs, outputs], its biases,
    /// and where it has batch normalisation its scales and shifts. Its places begin at 0. Returns `None` if their number does not fit.
    pub fn from_flat(&self, flat: &[f32]) -> Option<Vec<f32>> {
        let mut values = vec![0.0; self.values().end];
        let mut rest = flat.iter();
        for place in self.places() {
            values[place] = *rest.next()?;
        }
        rest.next().is_none().then_some(values)
    }

    /// Returns a copy of the network's part of `values` (or of a gradient by them) without the padding, in the order of
    /// [`Self::from_flat`].
    pub fn to_flat(&self, values: &[f32]) -> Vec<f32> {
        self.places().map(|place| values[place]).collect()
    }

    /// Returns the places of all values of the network, padding included.
    pub fn values(&self) -> Range<usize> {
        match (self.blocks.first(), self.blocks.last()) {
            (Some(first), Some(last)) => first.weights.start..last.values().end,
            _ => 0..0,
        }
    }

    /// Returns the places of its values without the padding, in the order of [`Self::from_flat`].
    pub fn places(&self) -> impl Iterator<Item = usize> + '_ {
        self.blocks.iter().flat_map(|block| block.values().step_by(block.stride).flat_map(|row| row..row + block.outputs))
    }

    /// Returns the places of its running statistics without the padding: for each normalisation its means, then its variances.
    pub fn statistics(&self) -> impl Iterator<Item = usize> + '_ {
        self.blocks
            .iter()
            .filter_map(|block| Some((block.norm.as_ref()?, block.outputs)))
            .flat_map(|(norm, width)| [norm.mean.start, norm.variance.start].into_iter().flat_map(move |start| start..start + width))
    }

    fn norms(&self) -> impl Iterator<Item = &Normalization> {
        self.blocks.iter().filter_map(|block| block.norm.as_ref())
    }

    /// Returns the number of values, without the padding.
    pub fn parameter_count(&self) -> usize {
        self.places().count()
    }

    /// Returns the number of blocks.
    pub fn block_count(&self) -> usize {
        self.blocks.len()
    }

    /// Returns the number of coordinates of an output row.
    pub fn outputs(&self) -> usize {
        self.blocks.last().map_or(0, |block| block.outputs)
    }

    /// Returns true if a block has units for dropout.
    pub fn has_dropout(&self) -> bool {
        self.blocks.iter().any(|block| block.drops)
    }

    /// Draws the masks of a pass of so many rows: each hidden unit is left out with probability `rate`, and the others are multiplied by
    /// 1 / (1 - rate), so that their mean stays (Srivastava et al. 2014; torch's convention). At a rate of 0 nothing is drawn.
    pub fn draw_masks(&self, rate: f32, rows: usize, random: &mut Random, pass: &mut Pass) {
        pass.drops = rate > 0.0 && self.has_dropout();
        if !pass.drops {
            return;
        }
        pass.masks.resize_with(self.blocks.len(), Matrix::default);
        let kept = 1.0 / (1.0 - rate);
        for (block, mask) in self.blocks.iter().zip(&mut pass.masks).filter(|(block, _)| block.drops) {
            mask.fit(rows, block.outputs);
            for row in 0..rows {
                let units = mask.row_mut(row);
                random.fill_uniform(units);
                for unit in units {
                    *unit = if *unit >= rate { kept } else { 0.0 };
                }
            }
        }
    }

    /// Passes `inputs`, [rows, inputs], through the network. `values` are all values of which the network's are at its places; batch
    /// normalisation divides by these moments. The result is [`Pass::output`].
    pub fn forward(&self, values: &[f32], moments: Moments<'_>, inputs: &Matrix, pass: &mut Pass) {
        for block in 0..self.blocks.len() {
            self.forward_block(block, values, moments, inputs, pass);
        }
    }

    /// Passes the rows through block `index`; the blocks before it have been passed.
    fn forward_block(&self, index: usize, values: &[f32], moments: Moments<'_>, inputs: &Matrix, pass: &mut Pass) {
        let block = &self.blocks[index];
        pass.fit(self.blocks.len());
        let Pass { outputs, dropped, masks, drops, before, norms, .. } = pass;
        let (done, rest) = outputs.split_at_mut(index);
        let output = &mut rest[0];
        output.fit(inputs.rows(), block.outputs);
        let source = match index {
            0 => inputs,
            _ if *drops && self.blocks[index - 1].drops => &dropped[index - 1],
            _ => &done[index - 1],
        };
        multiply(self.instructions, source, &values[block.weights.clone()], &values[block.bias.clone()], output);
        if let Some(norm) = &block.norm {
            norm.forward(self.instructions, values, moments, output, &mut norms[index]);
        }
        let before = &mut before[index];
        if block.activation == Activation::Gelu {
            before.fit(output.rows(), output.columns());
        }
        activate(self.instructions, block.activation, output.data_mut(), before.data_mut());
        if *drops && block.drops {
            dropped[index].fit(output.rows(), output.columns());
            for ((dropped, value), mask) in dropped[index].data_mut().iter_mut().zip(output.data()).zip(masks[index].data()) {
                *dropped = value * mask;
            }
        }
    }

    /// Computes the derivative of the loss by the values from its derivative by the outputs (backpropagation).
    ///
    /// `inputs` and `pass` are those of the last forward pass, which took the batch's moments; `output_gradient` is [rows, outputs].
    /// `gradient` has the length and the order of `values`, and the network's part of it is overwritten; where nobody wants the derivative by
    /// the values it is scratch memory. The derivative by the inputs is [`Pass::input_gradient`], if it is wanted.
    pub fn backward(
        &self,
        values: &[f32],
        inputs: &Matrix,
        pass: &mut Pass,
        output_gradient: &Matrix,
        gradient: &mut [f32],
        wanted: Wanted,
    ) {
        pass.load_gradient(output_gradient);
        for block in (0..self.blocks.len()).rev() {
            self.backward_block(block, values, inputs, pass, gradient, wanted);
        }
    }

    /// Goes back through block `index`; the blocks behind it have been gone through, and [`Pass::load_gradient`] came before the last.
    fn backward_block(&self, index: usize, values: &[f32], inputs: &Matrix, pass: &mut Pass, gradient: &mut [f32], wanted: Wanted) {
        let block = &self.blocks[index];
        let Pass { outputs, dropped, masks, drops, before, norms, deltas, transposed, zeros, .. } = pass;
        let [delta, next] = deltas;
        if let Some(norm) = &block.norm {
            norm.backward(self.instructions, values, &mut norms[index], delta, gradient);
        }
        if wanted.values {
            gradient[block.weights.start..block.bias.end].fill(0.0);
            let source = match index {
                0 => inputs,
                _ if *drops && self.blocks[index - 1].drops => &dropped[index - 1],
                _ => &outputs[index - 1],
            };
            multiply_transposed(self.instructions, source, delta, &mut gradient[block.weights.clone()]);
            add_column_sums(self.instructions, delta, &mut gradient[block.bias.clone()]);
        }
        if index == 0 && !wanted.inputs {
            return;
        }
        let stride = padded(block.inputs);
        transposed.clear();
        transposed.resize(block.outputs * stride, 0.0);
        for (input, row) in values[block.weights.clone()].chunks_exact(block.stride).enumerate() {
            for (output, weight) in row[..block.outputs].iter().enumerate() {
                transposed[output * stride + input] = *weight;
            }
        }
        zeros.clear();
        zeros.resize(stride, 0.0);
        next.fit(delta.rows(), block.inputs);
        multiply(self.instructions, delta, transposed, zeros, next);
        if index > 0 {
            let earlier = &self.blocks[index - 1];
            if *drops && earlier.drops {
                for (slope, mask) in next.data_mut().iter_mut().zip(masks[index - 1].data()) {
                    *slope *= mask;
                }
            }
            let earlier_output = outputs[index - 1].data();
            differentiate(self.instructions, earlier.activation, earlier_output, before[index - 1].data(), next.data_mut());
        }
        std::mem::swap(delta, next);
    }

    /// Moves the running statistics by the moments of the pass's batch, as torch does: (1 - [`MOMENTUM`]) old + [`MOMENTUM`] new, the new
    /// variance divided by rows - 1, the groups of rows one after the other.
    pub fn commit_statistics(&self, pass: &Pass, statistics: &mut [f32]) {
        for (block, norms) in self.blocks.iter().zip(&pass.norms) {
            if let Some(norm) = &block.norm {
                norm.commit(norms, statistics);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Layers;

    #[test]
    fn flat_parameters_go_in_and_come_out() {
        let config = Config { layers: Layers::new(&[5, 3]).expect("valid"), norm: Norm::Hidden, ..Config::default() };
        let encoder = Network::encoder(&config, 2, &mut Place::default());
        let values = encoder.first_values(&config, "weights");
        let flat = encoder.to_flat(&values);
        assert_eq!(flat.len(), encoder.parameter_count());
        assert_eq!(flat.len(), (2 * 5 + 5 + 2 * 5) + (5 * 3 + 3 + 2 * 3) + (3 * 3 + 3));
        assert_eq!(encoder.from_flat(&flat).expect("fits"), values);
        assert!(encoder.from_flat(&flat[1..]).is_none());
    }

    #[test]
    fn first_weights_have_the_variance_of_their_rule() {
        for (init, wanted) in [(Init::He, 2.0 / 128.0), (Init::Xavier, 2.0 / 256.0)] {
            let config = Config { layers: Layers::new(&[128, 128]).expect("valid"), init, ..Config::default() };
            let encoder = Network::encoder(&config, 2, &mut Place::default());
            let values = encoder.first_values(&config, "weights");
            let weights = &values[encoder.blocks[1].weights.clone()];
            let variance = weights.iter().map(|weight| f64::from(weight * weight)).sum::<f64>() / weights.len() as f64;
            assert!((variance / wanted - 1.0).abs() < 0.05, "{init:?}: {variance} instead of {wanted}");
        }
    }

    #[test]
    fn the_encoder_starts_the_same_whatever_stands_behind_it() {
        let plain = Config::default();
        let encoder = Network::encoder(&plain, 2, &mut Place::default());
        let mut place = Place::default();
        let again = Network::encoder(&plain, 2, &mut place);
        let head = Network::head(Head::Mlp, 3, 16, 3, &mut place).expect("a head");
        let mut values = vec![0.0; place.values];
        again.start(&plain, "weights", &mut values);
        head.start(&plain, "head", &mut values);
        assert_eq!(encoder.to_flat(&encoder.first_values(&plain, "weights")), again.to_flat(&values));
        assert_eq!(head.values().start, again.values().end);
    }
}
