//! What a loss on pairs of rows of one network implements.

use crate::config::Config;
use crate::random::Random;
use crate::report::{About, Kind, Line, Quantities, Reasons, Telling, Terms, WhyAsked};
use crate::rows::{Rows, Watch};

/// What an evaluation of a loss on pairs reads beside the rows.
#[derive(Debug)]
pub struct Asked<'a> {
    /// The configuration.
    pub config: &'a Config,
    /// Class of each row: 2N of them.
    pub labels: &'a [u8],
    /// The loss's own trained numbers.
    pub trained: &'a [f32],
    /// Serves a random miner only.
    pub random: &'a mut Random,
}

/// What a loss on pairs implements. Its value is the scratch memory of an evaluation, reused from step to step.
pub(crate) trait PairLoss: Clone + std::fmt::Debug + Default {
    /// What it says of itself.
    const ABOUT: About;
    /// Rows pull and push along their difference; else along the other's row.
    const BY_DIFFERENCE: bool = false;
    /// It notes which rows an anchor compares itself with, by their logits ([`Watch::logits`]); else every row counts.
    const HAS_LOGITS: bool = false;

    /// The first values of numbers that are trained with the networks.
    fn trained(_: &Config) -> Vec<f32> {
        Vec::new()
    }

    /// Evaluates the loss of `rows`, [2N, width], which have just been loaded; adds the gradient to theirs, and writes the one by the trained
    /// numbers. What the loss asks of the row that `watch` is about is noted there.
    fn evaluate(&mut self, asked: Asked<'_>, rows: &mut Rows, by_trained: &mut [f32], watch: Option<&mut Watch>) -> Terms;

    /// The weight of the force between the watched row and another in both roles, and the part of the row's turn as a candidate.
    fn weights(&self, _: &Config, _: &Rows, watch: &Watch, other: usize, _is_positive: bool) -> [f32; 2] {
        [-watch.as_anchor[other] - watch.as_candidate[other], -watch.as_candidate[other]]
    }

    /// Completes the reasons once all candidates are there: shares, the anchor's own loss.
    fn settle(_: &Config, _logits: &[Option<f64>], _: &mut Reasons) {}

    /// The loss of an anchor whose positive lies where it does and whose negatives are all the rows of `others`: how much it is in their way.
    fn loss_at(config: &Config, anchor: &[f32], others: &[f32]) -> f32;

    /// The loss as plain data.
    fn formula(config: &Config) -> Kind;

    /// The anchor's own loss with its numbers.
    fn why(asked: &WhyAsked<'_>) -> Vec<Line>;

    /// What is told of the stage in which rows are compared.
    fn compare(telling: &Telling<'_>) -> (&'static str, Quantities);
}
