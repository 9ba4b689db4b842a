//! The objectives: from rows of outputs to a loss and its gradient by every row. They know nothing of networks.

mod adversary;
mod alignuniform;
mod clustering;
mod correlation;
mod covariance;
mod formula;
mod infonce;
mod ntxent;
mod prediction;
mod prototypes;
mod queue;
mod rebuilding;
mod triplet;

pub use adversary::{EQUILIBRIUM, discriminator_loss, generator_loss, sigmoid};
pub use clustering::{KMeans, mutual_information};
pub use correlation::Correlation;
pub use covariance::Covariance;
pub use formula::formula_of_pairs;
pub use prediction::Prediction;
pub use prototypes::{Prototypes, sinkhorn};
pub use queue::{Queue, QueueLoss};
pub use rebuilding::{coordinate_divergence, divergence_from_prior, squared_error};

use super::config::{Config, Loss};
use super::matrix::Matrix;
use super::random::Random;
use crate::report::Terms;
use crate::rows::{Rows, Watch};

/// The losses on pairs of rows, with their scratch memory: reused from step to step, so that a step allocates nothing.
#[derive(Clone, Debug, Default)]
pub struct PairLosses {
    infonce: infonce::Scratch,
    ntxent: ntxent::Scratch,
    triplet: triplet::Scratch,
    alignuniform: alignuniform::Scratch,
}

impl PairLosses {
    /// Evaluates the loss of `config` on `rows`, which have just been loaded, and writes the gradient by them.
    ///
    /// `labels` has one class a row. `random` serves the random miner only. What the loss asks of the row that `watch` is about is noted there.
    pub fn evaluate(
        &mut self,
        config: &Config,
        rows: &mut Rows,
        labels: &[u8],
        random: &mut Random,
        mut watch: Option<&mut Watch>,
    ) -> Terms {
        if let Some(watch) = &mut watch {
            watch.begin(rows.rows());
        }
        match config.loss {
            // Somebody who asks about a row wants to know of each anchor; the walks of NT-Xent go through pairs.
            Loss::InfoNce if watch.is_none() && ntxent::applies(config, rows) => ntxent::evaluate(config, rows, &mut self.ntxent),
            Loss::InfoNce => infonce::evaluate(config, rows, labels, &mut self.infonce, watch),
            Loss::Triplet => triplet::evaluate(config, rows, labels, random, &mut self.triplet, watch),
            Loss::AlignUniform => alignuniform::evaluate(config.weight, rows, &mut self.alignuniform),
        }
    }

    /// Alignment and uniformity: returns the sum of e^(-2 (d^2 - s)) over all distinct pairs of rows, and s.
    pub fn uniformity_sum(&self) -> (f64, f32) {
        alignuniform::kernel_sum(&self.alignuniform)
    }
}

/// A loss on pairs of rows, from the encoder's outputs to the gradient by them.
#[derive(Clone, Debug, Default)]
pub struct Objective {
    /// The rows as they are compared, and the gradient by them.
    pub rows: Rows,
    losses: PairLosses,
}

impl Objective {
    /// Evaluates the loss of `config` on a batch.
    ///
    /// `outputs` is [2N, dim]: the encoder's outputs, first all views a, then all views b; `labels` has one class a
    /// row. `gradient`, of the same shape, receives the derivative by the outputs as they are, through the
    /// normalisation where rows are compared by cosine; there a row shorter than 1e-12 has no direction, is compared as it is and
    /// gets no gradient. `random` serves the random miner only.
    pub fn evaluate(&mut self, config: &Config, outputs: &Matrix, labels: &[u8], random: &mut Random, gradient: &mut Matrix) -> Terms {
        self.rows.load(outputs, config.similarity);
        let terms = self.losses.evaluate(config, &mut self.rows, labels, random, None);
        self.rows.store_gradient(config.similarity, gradient);
        terms
    }
}
