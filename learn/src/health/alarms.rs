//! Alarms: what goes wrong with runs of contrastive learning, recognised from a snapshot, and what to try. kNN accuracy is no evidence: it stays
//! near 1 when everything has collapsed.

use super::negatives;
use crate::config::{Config, Loss, MethodName, ParameterError, PositiveRows};
use crate::objective::EQUILIBRIUM;
use crate::report::{HistoryRow, Measure, Snapshot};

/// Fewer active triplets than this give next to no gradient.
pub(super) const DRIED: f64 = 0.02;
/// Points whose variance is a smaller share of the largest possible one are in one place, or on the way there.
const LEAST_SPREAD: f64 = 0.02;
/// Steps before which an embedding has had no time to become anything.
const EARLY: u64 = 100;
/// Fewer effective negatives than this do all of the push.
const FEW: f64 = 6.0;
/// Steps that a generator is given to find the data.
const LEARNT: u64 = 600;
/// Steps before which a run does not count as settled.
const SETTLED: u64 = 1000;

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
    pub fn key(self) -> &'static str {
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

    /// Whether it can be raised for a run like this at all.
    pub fn applies(self, config: &Config) -> bool {
        let is_pairs = config.method == MethodName::Pairs;
        match self {
            Self::Diverged => true,
            // A game may go round for ever with losses that stay alike, and a discriminator needs one direction only.
            Self::Settled | Self::Collapsed | Self::DimensionalCollapse => config.method != MethodName::Gan,
            Self::PosteriorCollapse => config.method == MethodName::Vae,
            // Among many pixels hardly any sample is as near to the data as they are to one another: that says nothing of modes.
            Self::ModeCollapse => config.method == MethodName::Gan && !config.data.are_images(),
            Self::DiscriminatorTooStrong => config.method == MethodName::Gan,
            // Of other losses a copy is a positive, or no candidate at all.
            Self::BatchLargerThanData => is_pairs && config.positive_rows() == PositiveRows::Partner,
            Self::StuckAtMargin | Self::GradientsDriedUp => is_pairs && config.loss == Loss::Triplet,
            Self::OneNegativeRules | Self::FlatLoss => (is_pairs && config.loss == Loss::InfoNce) || config.method == MethodName::Moco,
            Self::PrototypesUnused => matches!(config.method, MethodName::Swav | MethodName::DeepCluster),
            Self::QueueStale => config.method == MethodName::Moco,
            Self::PredictionConstant => matches!(config.method, MethodName::Byol | MethodName::SimSiam),
        }
    }
}

/// What to try: parameters and their values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remedy {
    /// Keys and values to set.
    pub keys: Vec<(&'static str, String)>,
}

impl Remedy {
    /// Returns a configuration with the remedy's parameters.
    pub fn applied(&self, config: &Config) -> Result<Config, ParameterError> {
        let mut config = config.clone();
        for (key, value) in &self.keys {
            config.set_text(key, value)?;
        }
        Ok(config)
    }
}

/// An alarm that is up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Alarm {
    /// What it is about.
    pub kind: AlarmKind,
    /// The number that raised it; not finite where there is none.
    pub value: f64,
    /// What the number is measured against; not finite where there is none.
    pub reference: f64,
}

impl Alarm {
    /// Returns what to try, the best first, as far as it is not set already: only what has cured runs over three seeds (`tests/alarms.rs`).
    pub fn remedies(&self, config: &Config) -> Vec<Remedy> {
        let set = |keys: &[(&'static str, &str)]| Remedy { keys: keys.iter().map(|(key, value)| (*key, (*value).to_owned())).collect() };
        let is_pairs = config.method == MethodName::Pairs;
        let remedies = match self.kind {
            AlarmKind::Diverged => vec![set(&[("similarity", "cosine")]), set(&[("lr", "0.003")])],
            AlarmKind::Collapsed | AlarmKind::PredictionConstant => match config.method {
                MethodName::Byol | MethodName::SimSiam => vec![set(&[("predictor", "mlp"), ("norm", "hidden")]), set(&[("stop", "yes")])],
                MethodName::Swav => vec![set(&[("sinkhorn", "3")])],
                MethodName::Vicreg => vec![set(&[("variance", "25")])],
                _ if is_pairs && config.loss == Loss::AlignUniform => vec![set(&[("weight", "1")])],
                _ if is_pairs && config.loss == Loss::Triplet => vec![set(&[("miner", "semihard")]), set(&[("loss", "infonce")])],
                _ => Vec::new(),
            },
            AlarmKind::StuckAtMargin => vec![set(&[("miner", "semihard")]), set(&[("loss", "infonce")])],
            AlarmKind::DimensionalCollapse => match config.method {
                MethodName::Vicreg => vec![set(&[("covariance", "1")])],
                MethodName::Moco => vec![set(&[("ema", "0.99")]), set(&[("queue", "256")])],
                _ => Vec::new(),
            },
            AlarmKind::PosteriorCollapse => vec![set(&[("beta", "1"), ("sigma", "0.3")])],
            AlarmKind::ModeCollapse => vec![set(&[("lr", "0.001"), ("generator_lr", "0.001"), ("beta1", "0.5")])],
            AlarmKind::DiscriminatorTooStrong => {
                vec![set(&[("lr", "0.001"), ("generator_lr", "0.001"), ("beta1", "0.5"), ("game", "nonsaturating")])]
            }
            AlarmKind::GradientsDriedUp => vec![set(&[("loss", "infonce")])],
            AlarmKind::OneNegativeRules | AlarmKind::FlatLoss => vec![set(&[("tau", "0.2")])],
            AlarmKind::PrototypesUnused => match config.method {
                MethodName::Swav => vec![set(&[("sinkhorn", "3"), ("epsilon", "0.05")])],
                _ => Vec::new(),
            },
            AlarmKind::QueueStale => vec![set(&[("queue", "256")]), set(&[("queue", "256"), ("ema", "0.99")])],
            // As many pairs as there are points at most; two are the fewest.
            AlarmKind::BatchLargerThanData => {
                let most = (self.reference as u32).clamp(2, 32);
                vec![Remedy { keys: vec![("batch", (1 << most.ilog2()).to_string())] }]
            }
            AlarmKind::Settled => Vec::new(),
        };
        let changes = |remedy: &Remedy| remedy.applied(config).is_ok_and(|changed| changed != *config);
        remedies.into_iter().filter(changes).collect()
    }
}

/// Fewer directions than this are a collapse to few: a quarter of the way from one to all, or to four.
pub(super) fn least_rank(dim: usize) -> f64 {
    1.0 + 0.25 * (dim.min(4) as f64 - 1.0)
}

/// Returns the alarms that are up, the most serious first. With a live change pending the numbers are of the setting before it, and so are
/// the alarms.
pub fn alarms(snapshot: &Snapshot) -> Vec<Alarm> {
    let raised = |kind: &AlarmKind| {
        let (value, reference) = kind.applies(&snapshot.config).then(|| check(*kind, snapshot))??;
        Some(Alarm { kind: *kind, value, reference })
    };
    AlarmKind::ALL.iter().filter_map(raised).collect()
}

/// Returns the number that raises an alarm and what it is measured against, if it is raised.
fn check(kind: AlarmKind, snapshot: &Snapshot) -> Option<(f64, f64)> {
    let config = &snapshot.config;
    let measure = |measure| snapshot.terms.measures.get(measure).map(f64::from);
    let is_early = snapshot.step < EARLY;
    let is_collapsed = snapshot.is_in_one_place();
    let found = |is_up: bool, value: f64, reference: f64| is_up.then_some((value, reference));
    match kind {
        AlarmKind::Diverged => found(snapshot.divergence.is_some(), f64::NAN, f64::NAN),
        AlarmKind::Collapsed => {
            let spread = f64::from(snapshot.spectrum.spread);
            // Rows that are not normalised may shrink to one place and keep their shape.
            let has_shrunk = config.method == MethodName::Vicreg && measure(Measure::StdRaw).is_some_and(|std| std < 0.05);
            found(!is_early && (spread < LEAST_SPREAD || has_shrunk), spread, 1.0)
        }
        AlarmKind::DimensionalCollapse => {
            let rank = f64::from(snapshot.spectrum.effective_rank?);
            let is_spread = f64::from(snapshot.spectrum.spread) >= LEAST_SPREAD;
            found(!is_early && is_spread && snapshot.dim > 1 && rank < least_rank(snapshot.dim), rank, snapshot.dim as f64)
        }
        AlarmKind::StuckAtMargin => {
            let loss = f64::from(snapshot.terms.loss);
            let alpha = f64::from(config.alpha);
            let active = f64::from(snapshot.terms.triplets?.active_fraction());
            let is_tight = f64::from(snapshot.batch.negative_similarity) > 0.98;
            found(!is_early && is_tight && active > 0.9 && (loss - alpha).abs() < 0.15 * alpha, loss, alpha)
        }
        AlarmKind::GradientsDriedUp => {
            let triplets = snapshot.terms.triplets?;
            let all = triplets.easy + triplets.semi_hard + triplets.hard;
            // Of all triplets, whichever the miner selects; where there is none, none can be active.
            let pushing = (triplets.semi_hard + triplets.hard) as f64 / all as f64;
            found(!is_early && all > 0 && pushing < DRIED, pushing, DRIED)
        }
        AlarmKind::OneNegativeRules => {
            let effective = f64::from(snapshot.terms.infonce?.effective_negatives);
            let negatives = negatives(snapshot)?;
            found(!is_early && !is_collapsed && negatives >= 60.0 && effective < FEW, effective, negatives)
        }
        AlarmKind::FlatLoss => {
            let effective = f64::from(snapshot.terms.infonce?.effective_negatives);
            let negatives = negatives(snapshot)?;
            let is_flat = negatives >= 8.0 && effective > 0.9 * negatives && snapshot.spectrum.spread > 0.1;
            found(!is_early && !is_collapsed && is_flat, f64::from(snapshot.terms.loss), libm::log(negatives + 1.0))
        }
        AlarmKind::PrototypesUnused => {
            let used = measure(Measure::PrototypesUsed)?;
            let count = f64::from(if config.method == MethodName::Swav { config.prototypes } else { config.clusters });
            found(!is_early && count >= 4.0 && used < 0.3 * count, used, count)
        }
        AlarmKind::QueueStale => {
            let staleness = measure(Measure::Staleness)?;
            found(!is_early && staleness < 0.8, staleness, 1.0)
        }
        AlarmKind::PredictionConstant => {
            let (cosine, std) = (measure(Measure::PredictionCosine)?, measure(Measure::Std)?);
            found(!is_early && cosine > 0.99 && std < 0.1, cosine, 1.0)
        }
        AlarmKind::PosteriorCollapse => {
            let (active, kl) = (measure(Measure::ActiveCode)?, measure(Measure::Divergence)?);
            found(!is_early && active < 0.5, kl, 0.0)
        }
        AlarmKind::ModeCollapse => {
            let modes = measure(Measure::Modes)?;
            let classes = (snapshot.class_means.len() / snapshot.dim.max(1)) as f64;
            // Before, it is still on its way to them.
            found(snapshot.step >= LEARNT && classes >= 4.0 && modes <= 0.5 * classes, modes, classes)
        }
        AlarmKind::DiscriminatorTooStrong => {
            let loss = measure(Measure::DiscriminatorLoss)?;
            found(snapshot.step >= LEARNT && loss < 0.5 * EQUILIBRIUM, loss, EQUILIBRIUM)
        }
        AlarmKind::BatchLargerThanData => {
            let points = (snapshot.embeddings.len() / snapshot.dim.max(1)) as f64;
            found(f64::from(config.batch) > points && points > 0.0, f64::from(config.batch), points)
        }
        AlarmKind::Settled => settled(snapshot),
    }
}

/// The second half of the run is like its last quarter, and no live change came in it.
fn settled(snapshot: &Snapshot) -> Option<(f64, f64)> {
    let step = snapshot.step;
    let is_sound = snapshot.spectrum.spread > 0.1 && snapshot.divergence.is_none();
    if step < SETTLED || !is_sound || snapshot.past.marks.iter().any(|mark| (step / 2 + 1..=step).contains(&mark.step)) {
        return None;
    }
    let within = |from: u64, to: u64| snapshot.past.rows.iter().filter(move |row| (from..to).contains(&row.step));
    let (earlier, later) = (within(step / 2, step - step / 4), within(step - step / 4, step + 1));
    let spread = |rows: &mut dyn Iterator<Item = &HistoryRow>, get: fn(&HistoryRow) -> f32| {
        let values: Vec<f64> = rows.map(|row| f64::from(get(row))).collect();
        let count = values.len().max(1) as f64;
        let mean = values.iter().sum::<f64>() / count;
        let variance = values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / count;
        (mean, libm::sqrt(variance), values.len())
    };
    // Fiftieths more or less, or less than the noise, are as good as still.
    let is_like = |get: fn(&HistoryRow) -> f32, least: f64| {
        let (before, noise, first) = spread(&mut earlier.clone(), get);
        let (after, _, second) = spread(&mut later.clone(), get);
        first >= 16 && second >= 16 && (before - after).abs() <= noise.max(0.02 * before.abs()).max(least)
    };
    let is_still = is_like(|row| row.loss, 0.002) && is_like(|row| row.uniformity, 0.01) && is_like(|row| row.alignment, 0.002);
    is_still.then_some(((step / 2) as f64, f64::NAN))
}
