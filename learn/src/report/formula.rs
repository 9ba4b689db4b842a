//! What an objective computes, as plain data: the screen writes its formula from it, and a test holds it to what is computed.

use super::Line;
use crate::config::{Config, Miner, PositiveRows, Rebuild, Reduction};

/// The loss of a configuration, term by term.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Formula {
    /// Whether rows are put on the unit sphere first, z = y / |y|, or compared as they are, z = y.
    pub normalised: bool,
    /// The kind of loss.
    pub kind: Kind,
}

/// The kinds of losses.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// The mean over anchors, and over each one's positives p, of
    /// -log( e^(z.p / tau) / (sum over its positives of e^(z.p' / tau) + sum over its negatives of e^(z.n / tau)) ).
    Softmax {
        /// The rows that ask.
        anchors: Anchors,
        /// Each anchor's positives.
        positives: PositiveRows,
        /// The rows among which each anchor's negatives are.
        candidates: Candidates,
        /// How many negatives an anchor has; none where that depends on its label.
        negatives: Option<usize>,
        /// The positives are in the denominator too; not with DCL.
        coupled: bool,
        /// Only so many negatives of each anchor are kept, where it has more.
        kept: Option<usize>,
        /// The temperature.
        tau: f32,
    },
    /// A reduction, over the mined triplets of all rows as anchors, of max(0, d(a, p) - d(a, n) + alpha).
    Margin {
        /// d is the squared Euclidean distance, or the distance itself.
        squared: bool,
        /// The margin.
        alpha: f32,
        /// Each anchor's positives; rows of other points or of other labels are its negatives.
        positives: PositiveRows,
        /// Which triplets are mined.
        miner: Miner,
        /// How their losses become one number.
        reduction: Reduction,
    },
    /// The mean over pairs of |z_a - z_b|^2, plus `weight` times ln of the mean of e^(-2 |z_i - z_j|^2) over distinct pairs of rows.
    AlignUniform {
        /// Number of pairs.
        pairs: usize,
        /// The weight of uniformity.
        weight: f32,
    },
    /// The mean over queries q of -log( e^(q.k / tau) / (e^(q.k / tau) + sum over the queue of e^(q.k_j / tau)) ).
    Queue {
        /// Number of queries.
        pairs: usize,
        /// Keys in the queue.
        queue: usize,
        /// The temperature.
        tau: f32,
    },
    /// With a slow copy, the mean over pairs of (2 - 2 cos(p_a, z'_b)) + (2 - 2 cos(p_b, z'_a)); else minus half the mean of
    /// cos(p_a, z_b) + cos(p_b, z_a).
    Prediction {
        /// Number of pairs.
        pairs: usize,
        /// The target is a slow copy's row.
        slow: bool,
        /// No gradient goes to the target.
        stops: bool,
    },
    /// The mean over rows of -sum_k q_k log softmax(z.c / tau)_k, where q is the other view's code (swapped) or the row's cluster.
    Codes {
        /// Number of pairs.
        pairs: usize,
        /// Number of prototypes or centroids.
        prototypes: usize,
        /// The temperature.
        tau: f32,
        /// q is the other view's code.
        swapped: bool,
    },
    /// sum (1 - c_ii)^2 + lambda sum over i != j of c_ij^2, c the cross-correlation of the views.
    Correlation {
        /// The weight of what is off the diagonal.
        lambda: f32,
    },
    /// invariance MSE(a, b) + variance (v_a + v_b) / 2 + covariance (c_a + c_b).
    Covariance {
        /// Weight of the mean squared difference.
        invariance: f32,
        /// Weight of the hinge on standard deviations.
        variance: f32,
        /// Weight of the squared covariances.
        covariance: f32,
    },
    /// The mean over rows and coordinates of (x' - t)^2, x' what the decoder rebuilds and t what it should give back.
    Rebuilding {
        /// Number of rows.
        rows: usize,
        /// Coordinates of the input.
        dimension: usize,
        /// What it should give back.
        target: Rebuild,
    },
    /// The mean over rows of |x' - t|^2 / (2 sigma^2) + beta KL.
    Variational {
        /// Number of rows.
        rows: usize,
        /// Standard deviation of the likelihood.
        sigma: f32,
        /// Weight of the divergence.
        beta: f32,
        /// What the decoder should give back.
        target: Rebuild,
    },
    /// What a loss writes itself.
    Written(Written),
    /// The discriminator's loss, the mean of -ln D(x) plus the mean of -ln(1 - D(G(noise))).
    Game {
        /// Number of real rows, and of made ones.
        rows: usize,
        /// The generator lowers ln(1 - D(G(noise))), else -ln D(G(noise)).
        saturating: bool,
    },
}

/// A formula that a loss writes itself.
#[derive(Clone, Copy, Debug)]
pub struct Written {
    /// Its pieces, without the value.
    pub pieces: fn() -> Line,
    /// What its letters stand for: keys of texts with their number.
    pub legend: &'static [Explained],
}

/// One line of a legend: the key of a text, and its number under a setting.
pub type Explained = fn(&Config) -> (&'static str, usize);

impl PartialEq for Written {
    fn eq(&self, other: &Self) -> bool {
        (self.pieces)() == (other.pieces)()
    }
}

impl Eq for Written {}

/// The rows that ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchors {
    /// All 2N rows.
    All,
    /// The N rows of view a.
    ViewA,
    /// The N rows of view a, then the N rows of view b: both directions.
    BothViews,
}

/// Where an anchor's negatives are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Candidates {
    /// Among all other rows.
    AllRows,
    /// Among the rows of the other view.
    OtherView,
}
