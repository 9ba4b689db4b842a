//! Alarms: what goes wrong with runs of contrastive learning. Methods and losses declare those that are theirs ([`About`](super::About)).

use super::{Measure, Snapshot};

/// What an alarm is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlarmKind {
    /// The run has left what numbers can hold.
    Diverged,
    /// All points are in one place.
    Collapsed,
    /// Only few directions are in use.
    DimensionalCollapse,
    /// The triplet loss stays at its margin, with all distances alike.
    StuckAtMargin,
    /// Next to no triplet is active.
    GradientsDriedUp,
    /// One negative, or a handful of many, does nearly all of the push: the temperature is very low.
    OneNegativeRules,
    /// All negatives push alike, and the loss hardly moves: the temperature is very high.
    FlatLoss,
    /// Most prototypes or clusters are not used.
    PrototypesUnused,
    /// The queue's oldest keys are far from what the encoder says now.
    QueueStale,
    /// Prediction and target are one point for all inputs.
    PredictionConstant,
    /// The code of a VAE says nothing of the point.
    PosteriorCollapse,
    /// A generator makes points of few classes only.
    ModeCollapse,
    /// The discriminator tells nearly all points that were made from data.
    DiscriminatorTooStrong,
    /// The batch is larger than the data, so that copies of a point are its negatives.
    BatchLargerThanData,
    /// Nothing has changed for long: the good one.
    Settled,
}

impl AlarmKind {
    /// Every kind, the most serious first.
    pub const ALL: [Self; 15] = [
        Self::Diverged,
        Self::Collapsed,
        Self::PredictionConstant,
        Self::PosteriorCollapse,
        Self::ModeCollapse,
        Self::DiscriminatorTooStrong,
        Self::StuckAtMargin,
        Self::DimensionalCollapse,
        Self::PrototypesUnused,
        Self::QueueStale,
        Self::OneNegativeRules,
        Self::FlatLoss,
        Self::GradientsDriedUp,
        Self::BatchLargerThanData,
        Self::Settled,
    ];

    /// Returns its name in JSON, and in the language files under `alarm.`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Diverged => "diverged",
            Self::Collapsed => "collapsed",
            Self::DimensionalCollapse => "dimensional_collapse",
            Self::StuckAtMargin => "stuck_at_margin",
            Self::GradientsDriedUp => "gradients_dried_up",
            Self::OneNegativeRules => "one_negative_rules",
            Self::FlatLoss => "flat_loss",
            Self::PrototypesUnused => "prototypes_unused",
            Self::QueueStale => "queue_stale",
            Self::PredictionConstant => "prediction_constant",
            Self::PosteriorCollapse => "posterior_collapse",
            Self::ModeCollapse => "mode_collapse",
            Self::DiscriminatorTooStrong => "discriminator_too_strong",
            Self::BatchLargerThanData => "batch_larger_than_data",
            Self::Settled => "settled",
        }
    }

    /// Returns true for news that is good.
    pub fn is_good(self) -> bool {
        self == Self::Settled
    }

    /// Returns true if the weights are past saving: what cures it cures the next run.
    pub fn needs_restart(self) -> bool {
        matches!(
            self,
            Self::Diverged
                | Self::Collapsed
                | Self::PredictionConstant
                | Self::PosteriorCollapse
                | Self::ModeCollapse
                | Self::DiscriminatorTooStrong
                | Self::StuckAtMargin
                | Self::DimensionalCollapse
                | Self::PrototypesUnused
        )
    }
}

/// Keys and values to set.
pub type Keys = &'static [(&'static str, &'static str)];

/// When an alarm is raised, and what cures it.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// What it is about.
    pub kind: AlarmKind,
    /// Returns the number that raises it and what that is measured against, if it is raised.
    pub check: fn(&Snapshot) -> Option<(f64, f64)>,
    /// What to try, the best first: only what has cured runs over three seeds (`tests/alarms.rs`).
    pub remedies: &'static [Keys],
}

/// Steps before which an embedding has had no time to become anything.
const EARLY: u64 = 100;

impl Snapshot {
    /// Whether the embedding has had no time to become anything.
    pub fn is_early(&self) -> bool {
        self.step < EARLY
    }

    /// Returns a measure of the last batch.
    pub fn measure(&self, measure: Measure) -> Option<f64> {
        self.terms.measures.get(measure).map(f64::from)
    }

    /// Returns the mean of an anchor's negatives, if the loss has a softmax over them.
    pub fn negatives(&self) -> Option<f64> {
        self.terms.infonce.map(|softmax| f64::from(softmax.negatives)).filter(|negatives| *negatives >= 1.0)
    }

    /// Returns the number of classes of the data.
    pub fn classes(&self) -> f64 {
        (self.class_means.len() / self.dim.max(1)) as f64
    }
}
