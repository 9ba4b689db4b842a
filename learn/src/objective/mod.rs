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
mod rows;
mod triplet;
mod unit;
mod watch;

pub use adversary::{EQUILIBRIUM, discriminator_loss, generator_loss, sigmoid};
pub use clustering::{KMeans, mutual_information};
pub use correlation::Correlation;
pub use covariance::Covariance;
pub use formula::{Anchors, Candidates, Formula, Kind};
pub use infonce::InfoNceTerms;
pub use prediction::Prediction;
pub use prototypes::{Prototypes, sinkhorn};
pub use queue::{Queue, QueueLoss};
pub use rebuilding::{coordinate_divergence, divergence_from_prior, squared_error};
pub use rows::{Rows, norm, normalize_row};
pub use triplet::TripletCounts;
pub use unit::UnitRows;
pub use watch::Watch;

use super::config::{Config, Loss};
use super::matrix::Matrix;
use super::random::Random;
use super::readings::Measures;

/// What one evaluation of an objective says beside the gradient.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Terms {
    /// The loss.
    pub loss: f32,
    /// What the softmax of an `InfoNCE` loss looks like.
    pub infonce: Option<InfoNceTerms>,
    /// How the batch's triplets fall.
    pub triplets: Option<TripletCounts>,
    /// What only some methods measure.
    pub measures: Measures,
}

/// Which program finds a loss.
#[derive(Clone, Copy, Debug, Default)]
enum Program {
    #[default]
    InfoNce,
    NtXent,
    Triplet,
    AlignUniform,
}

/// The scratch memory of a loss on pairs of rows: reused from step to step, so that a step allocates nothing.
///
/// An evaluation may be done in parts, with the same bits: [`Objective::begin`], then [`Objective::advance`] until it gives the terms.
#[derive(Clone, Debug, Default)]
pub struct Objective {
    /// The rows as they are compared, and the gradient by them.
    pub rows: Rows,
    /// The row that is asked about, if one is. InfoNCE then goes through every anchor, which finds the same numbers but for the last bits.
    pub watch: Option<Watch>,
    program: Program,
    infonce: infonce::Scratch,
    ntxent: ntxent::Scratch,
    triplet: triplet::Scratch,
    alignuniform: alignuniform::Scratch,
}

impl Objective {
    /// Evaluates the objective of `config` on a batch.
    ///
    /// `outputs` is [2N, dim]: the encoder's outputs, first all views a, then all views b; `labels` has one class a
    /// row. `gradient`, of the same shape, receives the derivative by the outputs as they are, through the
    /// normalisation where rows are compared by cosine; there a row shorter than 1e-12 has no direction, is compared as it is and
    /// gets no gradient. `random` serves the random miner only.
    pub fn evaluate(&mut self, config: &Config, outputs: &Matrix, labels: &[u8], random: &mut Random, gradient: &mut Matrix) -> Terms {
        self.begin(config, outputs);
        // Nothing stops it before the end.
        self.advance(config, labels, random, usize::MAX, gradient).unwrap_or_default()
    }

    /// Starts the evaluation of a batch's `outputs`.
    pub fn begin(&mut self, config: &Config, outputs: &Matrix) {
        self.rows.load(outputs, config.similarity);
        self.program = match config.loss {
            Loss::InfoNce if self.watch.is_none() && ntxent::applies(config, &self.rows) => Program::NtXent,
            Loss::InfoNce => Program::InfoNce,
            Loss::Triplet => Program::Triplet,
            Loss::AlignUniform => Program::AlignUniform,
        };
        if let Some(watch) = &mut self.watch {
            watch.begin(outputs.rows());
        }
        match self.program {
            Program::NtXent => ntxent::begin(&self.rows, &mut self.ntxent),
            Program::InfoNce => infonce::begin(&self.rows, &mut self.infonce),
            Program::Triplet => triplet::begin(&self.rows, &mut self.triplet),
            Program::AlignUniform => alignuniform::begin(&self.rows, &mut self.alignuniform),
        }
    }

    /// Goes on with the evaluation for about so many comparisons of two rows, at least an anchor's; the terms, and the gradient,
    /// once it is done. The other arguments are those of [`Objective::evaluate`], the same every time.
    pub fn advance(
        &mut self,
        config: &Config,
        labels: &[u8],
        random: &mut Random,
        comparisons: usize,
        gradient: &mut Matrix,
    ) -> Option<Terms> {
        // Nothing at all would never end.
        let comparisons = comparisons.max(1);
        let terms = match self.program {
            Program::NtXent => ntxent::advance(config, &mut self.rows, comparisons, &mut self.ntxent),
            Program::InfoNce => infonce::advance(config, &mut self.rows, labels, comparisons, &mut self.infonce, self.watch.as_mut()),
            Program::Triplet => {
                triplet::advance(config, &mut self.rows, labels, random, comparisons, &mut self.triplet, self.watch.as_mut())
            }
            Program::AlignUniform => alignuniform::advance(config.weight, &mut self.rows, comparisons, &mut self.alignuniform),
        }?;
        self.rows.store_gradient(config.similarity, gradient);
        Some(terms)
    }

    /// Alignment and uniformity: returns the sum of e^(-2 (d^2 - s)) over all distinct pairs of rows, and s.
    pub fn uniformity_sum(&self) -> (f64, f32) {
        alignuniform::kernel_sum(&self.alignuniform)
    }
}
