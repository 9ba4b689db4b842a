//! The working memory of a pass through a network.

use super::normalization::NormPass;
use crate::matrix::Matrix;

/// Working memory of a forward and a backward pass. It keeps what the backward pass needs, and is used again from step to step.
#[derive(Clone, Debug, Default)]
pub struct Pass {
    /// Output of each block, after its activation.
    pub(super) outputs: Vec<Matrix>,
    /// The same after dropout, for blocks that have it.
    pub(super) dropped: Vec<Matrix>,
    /// What each hidden unit is multiplied by in each row: 0, or 1 / (1 - rate). See [`super::Network::draw_masks`].
    pub(super) masks: Vec<Matrix>,
    /// The masks are in use.
    pub(super) drops: bool,
    /// Argument of each block's activation; filled only for GELU, whose derivative needs it.
    pub(super) before: Vec<Matrix>,
    /// What each block's batch normalisation found.
    pub(super) norms: Vec<NormPass>,
    /// Derivative of the loss by the current block's output, and memory for the block before it.
    pub(super) deltas: [Matrix; 2],
    /// The current block's weights, transposed.
    pub(super) transposed: Vec<f32>,
    /// Zeros, which serve as the bias of a backward product.
    pub(super) zeros: Vec<f32>,
}

impl Pass {
    /// Makes room for so many blocks.
    pub(super) fn fit(&mut self, blocks: usize) {
        if self.outputs.len() != blocks {
            self.outputs.resize_with(blocks, Matrix::default);
            self.dropped.resize_with(blocks, Matrix::default);
            self.before.resize_with(blocks, Matrix::default);
            self.norms.resize_with(blocks, NormPass::default);
        }
    }

    /// Returns the network's outputs of the last forward pass, [rows, outputs].
    ///
    /// # Panics
    ///
    /// Panics if there has been no forward pass.
    pub fn output(&self) -> &Matrix {
        // After a forward pass there is one matrix for each block, and every network has an output block.
        &self.outputs[self.outputs.len() - 1]
    }

    /// Returns the outputs of one block of the last forward pass, after its activation.
    ///
    /// # Panics
    ///
    /// Panics if that block has not been passed.
    pub fn output_of(&self, block: usize) -> &Matrix {
        &self.outputs[block]
    }

    /// Takes over the derivative by the outputs, from which a backward pass starts.
    pub(super) fn load_gradient(&mut self, output_gradient: &Matrix) {
        let delta = &mut self.deltas[0];
        delta.fit(output_gradient.rows(), output_gradient.columns());
        delta.data_mut().copy_from_slice(output_gradient.data());
    }

    /// Returns the derivative by the network's inputs after a backward pass that was asked for it.
    pub fn input_gradient(&self) -> &Matrix {
        &self.deltas[0]
    }

    /// The same, to write to.
    pub fn input_gradient_mut(&mut self) -> &mut Matrix {
        &mut self.deltas[0]
    }
}
