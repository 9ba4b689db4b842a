//! Encoder and head, one behind the other, with the working memory of a pass.

use super::Run;
use crate::matrix::Matrix;
use crate::network::{Moments, Pass, Wanted};
use crate::random::Random;
use crate::state::Plan;

/// One way from inputs to h and z. The online networks have one, the target network another.
#[derive(Clone, Debug, Default)]
pub(super) struct Branch {
    encoder: Pass,
    head: Pass,
}

impl Branch {
    /// Draws the masks of the encoder's hidden units for so many rows.
    pub(super) fn draw_masks(&mut self, run: &Run<'_>, rows: usize, masks: &mut Random) {
        run.plan.encoder.draw_masks(run.config.hidden_dropout, rows, masks, &mut self.encoder);
    }

    /// Passes `inputs`, [rows, dimension], through encoder and head with these values. Batch normalisation takes its moments over so many
    /// groups of rows.
    pub(super) fn forward(&mut self, plan: &Plan, values: &[f32], groups: usize, inputs: &Matrix) {
        let moments = Moments::Batch { groups };
        plan.encoder.forward(values, moments, inputs, &mut self.encoder);
        if let Some(head) = &plan.head {
            head.forward(values, moments, self.encoder.output(), &mut self.head);
        }
    }

    /// The encoder's outputs h, [rows, dim].
    pub(super) fn h(&self) -> &Matrix {
        self.encoder.output()
    }

    /// The head's outputs z, [rows, width]; h where there is no head. Of a variational code there are as many log variances behind the means.
    pub(super) fn z(&self, plan: &Plan) -> &Matrix {
        if plan.head.is_some() { self.head.output() } else { self.encoder.output() }
    }

    /// Passes the derivative by z back through head and encoder. `inputs` are those of the forward pass.
    pub(super) fn backward(&mut self, plan: &Plan, values: &[f32], inputs: &Matrix, by_z: &Matrix, gradient: &mut [f32], wanted: Wanted) {
        let Self { encoder, head } = self;
        let by_h = match &plan.head {
            Some(network) => {
                network.backward(values, encoder.output(), head, by_z, gradient, Wanted { inputs: true, ..wanted });
                head.input_gradient()
            }
            None => by_z,
        };
        plan.encoder.backward(values, inputs, encoder, by_h, gradient, wanted);
    }

    /// The derivative by the inputs, after a backward pass that was asked for it.
    pub(super) fn input_gradient(&self) -> &Matrix {
        self.encoder.input_gradient()
    }

    /// Moves the running statistics of batch normalisation by the moments of the last forward pass.
    pub(super) fn commit(&self, plan: &Plan, statistics: &mut [f32]) {
        plan.encoder.commit_statistics(&self.encoder, statistics);
        if let Some(head) = &plan.head {
            head.commit_statistics(&self.head, statistics);
        }
    }
}
