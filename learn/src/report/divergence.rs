//! When a run has left what numbers can hold.

use std::fmt;

/// A mean's gradient longer than this can only be an explosion: on the sphere it stays below a few hundred.
const LONGEST_GRADIENT: f32 = 1e8;
/// A weight larger than this is on its way out.
const LARGEST_WEIGHT: f32 = 1e6;

/// Why a run stopped by itself.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum Divergence {
    /// The loss is not a finite number.
    Loss,
    /// The gradient is not finite, or too long to follow.
    Gradient,
    /// The update would have made a weight not finite, or huge.
    Weights,
}

impl Divergence {
    /// What is wrong with a loss and its gradient's norm, if anything is; both are sums over so many `terms` (1 for a mean).
    pub(crate) fn of_gradient(loss: f32, norm: f32, terms: u64) -> Option<Self> {
        if !loss.is_finite() {
            Some(Self::Loss)
        } else if !norm.is_finite() || norm / terms.max(1) as f32 > LONGEST_GRADIENT {
            Some(Self::Gradient)
        } else {
            None
        }
    }

    /// What is wrong with the weights, if anything is.
    pub(crate) fn of_weights(weights: &[f32]) -> Option<Self> {
        let mut sound = true;
        for weight in weights {
            // False for NaN too.
            sound &= weight.abs() < LARGEST_WEIGHT;
        }
        (!sound).then_some(Self::Weights)
    }

    /// The name under which the language files explain it.
    pub fn key(self) -> &'static str {
        match self {
            Self::Loss => "loss",
            Self::Gradient => "gradient",
            Self::Weights => "weights",
        }
    }
}

impl fmt::Display for Divergence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self {
            Self::Loss => "the loss is no longer a finite number",
            Self::Gradient => "the gradient has exploded",
            Self::Weights => "the weights have run away",
        };
        write!(
            f,
            "the run diverged: {what}; it stands at the last good state. Try a smaller lr, a larger tau, similarity = cosine, or reset"
        )
    }
}

impl std::error::Error for Divergence {}
