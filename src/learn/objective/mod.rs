//! The objectives: from rows of outputs to a loss and its gradient by every row.

mod infonce;
mod ntxent;
mod rows;
mod triplet;

pub use infonce::InfoNceTerms;
pub use rows::{Rows, norm, normalize_row};
pub use triplet::TripletCounts;

use super::config::{Config, Loss};
use super::matrix::Matrix;
use super::random::Random;

/// What one evaluation of an objective says beside the gradient.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Terms {
    /// The loss.
    pub loss: f32,
    /// What the softmax of an `InfoNCE` loss looks like.
    pub infonce: Option<InfoNceTerms>,
    /// How the batch's triplets fall.
    pub triplets: Option<TripletCounts>,
}

/// An objective's room: reused from step to step, so that a step allocates nothing.
#[derive(Clone, Debug, Default)]
pub struct Objective {
    /// The rows as they are compared, and the gradient by them.
    pub rows: Rows,
    infonce: infonce::Scratch,
    ntxent: ntxent::Scratch,
    triplet: triplet::Scratch,
}

impl Objective {
    /// Evaluates the objective of `config` on a batch.
    ///
    /// `outputs` is [2N, dim]: the encoder's outputs, first all views a, then all views b; `labels` has one class a
    /// row. `gradient`, of the same shape, receives the derivative by the outputs as they are, through the
    /// normalisation where rows are compared by cosine. `random` serves the random miner only.
    pub fn evaluate(&mut self, config: &Config, outputs: &Matrix, labels: &[u8], random: &mut Random, gradient: &mut Matrix) -> Terms {
        self.rows.load(outputs, config.similarity);
        let terms = match config.loss {
            Loss::InfoNce if ntxent::applies(config, &self.rows) => ntxent::evaluate(config, &mut self.rows, &mut self.ntxent),
            Loss::InfoNce => infonce::evaluate(config, &mut self.rows, labels, &mut self.infonce),
            Loss::Triplet => triplet::evaluate(config, &mut self.rows, labels, random, &mut self.triplet),
        };
        self.rows.store_gradient(config.similarity, gradient);
        terms
    }
}
