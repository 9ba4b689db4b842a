//! The readings: what a run says of itself in numbers. Each is declared once, in [`READINGS`]; the screen, the charts, CSV, JSON and the
//! script API go by that table.

use crate::method;
use crate::report::{Measure, Snapshot, TripletCounts};
use crate::rows::Spectrum;

/// How a reading is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A number with so many decimals.
    Decimals(usize),
    /// A share from 0 to 1, as a percentage.
    Percent,
    /// A whole number.
    Count,
}

/// Whose sign a reading stands under on screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Nobody's.
    Neutral,
    /// What is pulled together.
    Positive,
    /// What is pushed apart.
    Negative,
}

/// One row of the table. Label and help are in the language files, under `metric.<key>`.
pub struct Reading {
    /// The name in JSON, CSV and the script API.
    pub key: &'static str,
    /// How it is written.
    pub format: Format,
    /// The sign it stands under.
    pub side: Side,
    /// True for what `metrics` has held since the first version; JSON lists it there.
    pub is_metric: bool,
    /// True if it is measured less often than every snapshot is made while a run goes on ([`Snapshot::measured_step`]).
    pub is_rare: bool,
    /// True if it is of the batch's objective, and pending while a live change is evaluated.
    pub is_term: bool,
    /// True if the screen lists it; others are told beside another one, or in a chart.
    pub is_listed: bool,
    /// Where the number is one of the measures, which.
    pub measure: Option<Measure>,
    /// Returns a number that is no measure; none where the run has no such reading, or where it would mean nothing.
    get: fn(&Snapshot) -> Option<f64>,
    /// Returns what the number is a part of, if anything.
    pub whole: fn(&Snapshot) -> Option<f64>,
    /// The meaning in one English sentence.
    pub about: &'static str,
}

impl std::fmt::Debug for Reading {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reading").field("key", &self.key).finish_non_exhaustive()
    }
}

/// What a row says that does not say otherwise.
const PLAIN: Reading = Reading {
    key: "",
    format: Format::Decimals(3),
    side: Side::Neutral,
    is_metric: false,
    is_rare: false,
    is_term: false,
    is_listed: true,
    measure: None,
    get: |_| None,
    whole: |_| None,
    about: "",
};

/// A metric of the batch, of the embedding, or of the gradient.
const METRIC: Reading = Reading { is_metric: true, ..PLAIN };
/// A metric that the objective gives.
const TERM: Reading = Reading { is_term: true, ..METRIC };
/// A number that some methods give with their loss.
const OWN: Reading = Reading { is_term: true, ..PLAIN };

impl Reading {
    /// Returns the value; none where the run has no such reading, where it would mean nothing, or where it is not a finite number.
    pub fn value(&self, snapshot: &Snapshot) -> Option<f64> {
        let value = match self.measure {
            Some(measure) => snapshot.terms.measures.get(measure).map(f64::from),
            None => (self.get)(snapshot),
        };
        value.filter(|value| value.is_finite())
    }
}

/// A number that is found when somebody looks, like the metrics of the embedding.
const LOOKED: Reading = Reading { is_rare: true, ..PLAIN };

fn triplets(snapshot: &Snapshot, count: impl Fn(&TripletCounts) -> u64) -> Option<f64> {
    snapshot.terms.triplets.as_ref().map(|counts| count(counts) as f64)
}

/// Every reading, in the order in which the screen and the documentation list them.
pub static READINGS: &[Reading] = &[
    Reading {
        key: "alignment",
        side: Side::Positive,
        is_listed: false,
        get: |snapshot| Some(f64::from(snapshot.batch.alignment)),
        about: "Mean squared distance of a pair's two rows.",
        ..METRIC
    },
    Reading {
        key: "uniformity",
        is_listed: false,
        get: |snapshot| Some(f64::from(snapshot.batch.uniformity)),
        about: "Log of the mean of e^(-2 d^2) over distinct pairs of the batch's rows.",
        ..METRIC
    },
    Reading {
        key: "effective_rank",
        is_rare: true,
        format: Format::Decimals(2),
        get: |snapshot| snapshot.spectrum.effective_rank.map(f64::from),
        whole: |snapshot| Some(snapshot.dim as f64),
        about: "Effective rank of the embedding: the exponential of the entropy of its spectrum.",
        ..METRIC
    },
    Reading {
        key: "spread",
        is_rare: true,
        format: Format::Percent,
        get: |Snapshot { spectrum: Spectrum { spread, .. }, .. }| Some(f64::from(*spread)),
        about: "Share of the largest possible variance that the embedding has.",
        ..METRIC
    },
    Reading {
        key: "effective_negatives",
        side: Side::Negative,
        format: Format::Decimals(1),
        get: |snapshot| snapshot.terms.infonce.map(|softmax| f64::from(softmax.effective_negatives)),
        whole: |snapshot| snapshot.terms.infonce.map(|softmax| f64::from(softmax.negatives)),
        about: "How many equally weighted negatives would push like an anchor's: e to the entropy of their softmax.",
        ..TERM
    },
    Reading {
        key: "negatives",
        is_listed: false,
        format: Format::Count,
        get: |snapshot| snapshot.terms.infonce.map(|softmax| f64::from(softmax.negatives)),
        about: "Negatives of an anchor.",
        ..TERM
    },
    Reading {
        key: "entropy",
        format: Format::Decimals(2),
        get: |snapshot| snapshot.terms.infonce.map(|softmax| f64::from(softmax.entropy)),
        about: "Entropy of the softmax over an anchor's negatives, in nats.",
        ..TERM
    },
    Reading {
        key: "mutual_information",
        format: Format::Decimals(2),
        get: |snapshot| snapshot.terms.infonce.and_then(|softmax| softmax.mutual_information).map(f64::from),
        about: "Lower bound of the views' mutual information, ln(negatives + 1) - loss, in nats.",
        ..TERM
    },
    Reading {
        key: "active_fraction",
        side: Side::Negative,
        format: Format::Percent,
        get: |snapshot| snapshot.terms.triplets.as_ref().map(|counts| f64::from(counts.active_fraction())),
        about: "Share of the mined triplets with a loss above zero.",
        ..TERM
    },
    Reading {
        key: "mined",
        is_listed: false,
        format: Format::Count,
        get: |snapshot| triplets(snapshot, |counts| counts.mined),
        about: "Triplets that the miner picked.",
        ..TERM
    },
    Reading {
        key: "active",
        format: Format::Count,
        get: |snapshot| triplets(snapshot, |counts| counts.active),
        about: "Triplets with a loss above zero.",
        ..TERM
    },
    Reading {
        key: "easy",
        format: Format::Count,
        get: |snapshot| triplets(snapshot, |counts| counts.easy),
        about: "Triplets of the batch whose negative is farther than the positive by the margin or more.",
        ..TERM
    },
    Reading {
        key: "semi_hard",
        format: Format::Count,
        get: |snapshot| triplets(snapshot, |counts| counts.semi_hard),
        about: "Triplets of the batch whose negative is farther than the positive, but by less than the margin.",
        ..TERM
    },
    Reading {
        key: "hard",
        format: Format::Count,
        get: |snapshot| triplets(snapshot, |counts| counts.hard),
        about: "Triplets of the batch whose negative is nearer than the positive.",
        ..TERM
    },
    Reading {
        key: "coupling",
        format: Format::Percent,
        get: |snapshot| snapshot.terms.infonce.and_then(|softmax| softmax.coupling).map(f64::from),
        about: "DCL: mean of 1 - P, the factor that InfoNCE has before an anchor's gradient and DCL has not.",
        ..OWN
    },
    Reading {
        key: "std",
        measure: Some(Measure::Std),
        about: "Mean standard deviation of the coordinates of the batch's rows on the sphere, times the root of their number: 1 is spread evenly, 0 is collapsed.",
        ..OWN
    },
    Reading {
        key: "variance_raw",
        measure: Some(Measure::StdRaw),
        about: "Mean standard deviation of the coordinates of the batch's rows as the networks return them.",
        ..OWN
    },
    Reading {
        key: "rank_raw",
        format: Format::Decimals(2),
        measure: Some(Measure::RankRaw),
        about: "Effective rank of the embedding's rows as the networks return them.",
        ..LOOKED
    },
    Reading {
        key: "prediction_cosine",
        side: Side::Positive,
        measure: Some(Measure::PredictionCosine),
        about: "BYOL, SimSiam: mean cosine of a prediction and its target.",
        ..OWN
    },
    Reading {
        key: "queue_age",
        format: Format::Decimals(1),
        measure: Some(Measure::QueueAge),
        about: "MoCo: age of the oldest key, in steps: queue / batch.",
        ..OWN
    },
    Reading {
        key: "staleness",
        measure: Some(Measure::Staleness),
        about: "MoCo: mean cosine of the oldest keys with what the encoder says of the same views now.",
        ..LOOKED
    },
    Reading {
        key: "prototypes_used",
        format: Format::Decimals(1),
        measure: Some(Measure::PrototypesUsed),
        whole: |Snapshot { config, .. }| Some(f64::from((method::about(config).prototypes)(config))),
        about: "SwAV: e to the entropy of which prototypes the batch's rows are nearest to; DeepCluster-v2: of the clusters' sizes. How many are in use.",
        ..OWN
    },
    Reading {
        key: "nmi",
        measure: Some(Measure::Nmi),
        about: "DeepCluster-v2: agreement of the last two clusterings (normalised mutual information).",
        ..LOOKED
    },
    Reading {
        key: "nmi_classes",
        measure: Some(Measure::NmiClasses),
        about: "DeepCluster-v2: agreement of the clustering with the classes (normalised mutual information).",
        ..LOOKED
    },
    Reading {
        key: "empty_clusters",
        format: Format::Count,
        measure: Some(Measure::EmptyClusters),
        about: "DeepCluster-v2: clusters without a point.",
        ..LOOKED
    },
    Reading { key: "loss_scale", measure: Some(Measure::LossScale), about: "SigLIP: the scale t, which trains with the networks.", ..OWN },
    Reading { key: "loss_bias", measure: Some(Measure::LossBias), about: "SigLIP: the bias b, which trains with the networks.", ..OWN },
    Reading {
        key: "on_diagonal",
        side: Side::Positive,
        measure: Some(Measure::OnDiagonal),
        about: "Barlow Twins: mean correlation of a coordinate with itself in the other view.",
        ..OWN
    },
    Reading {
        key: "off_diagonal",
        side: Side::Negative,
        measure: Some(Measure::OffDiagonal),
        about: "Barlow Twins: mean size of the correlations of different coordinates.",
        ..OWN
    },
    Reading {
        key: "invariance_term",
        measure: Some(Measure::InvarianceTerm),
        about: "VICReg: mean squared distance of the views' coordinates, before its weight.",
        ..OWN
    },
    Reading {
        key: "variance_term",
        measure: Some(Measure::VarianceTerm),
        about: "VICReg: mean hinge on the coordinates' standard deviations, before its weight.",
        ..OWN
    },
    Reading {
        key: "covariance_term",
        measure: Some(Measure::CovarianceTerm),
        about: "VICReg: sum of the squared covariances of different coordinates over their number, both views, before its weight.",
        ..OWN
    },
    Reading {
        key: "reconstruction",
        format: Format::Decimals(4),
        measure: Some(Measure::Reconstruction),
        about: "Autoencoder, VAE: mean squared error of what the decoder gives back, over rows and coordinates.",
        ..OWN
    },
    Reading {
        key: "kl",
        measure: Some(Measure::Divergence),
        about: "VAE: mean divergence of the codes' Gaussians from the prior, in nats; 0 is a code that says nothing.",
        ..OWN
    },
    Reading {
        key: "active_code",
        format: Format::Count,
        measure: Some(Measure::ActiveCode),
        whole: |snapshot| Some(f64::from(snapshot.config.code_dimension())),
        about: "VAE: coordinates of the code whose mean has a variance above 0.01 over the training points (Burda et al. 2016).",
        ..LOOKED
    },
    Reading {
        key: "modes",
        format: Format::Count,
        measure: Some(Measure::Modes),
        whole: |snapshot| Some((snapshot.class_means.len() / snapshot.dim.max(1)) as f64),
        about: "VAE, GAN: classes near which at least a fifth of their fair share of the samples lies.",
        ..LOOKED
    },
    Reading {
        key: "near_data",
        format: Format::Percent,
        measure: Some(Measure::NearData),
        about: "VAE, GAN: share of the samples that lie no farther from a training point than its third nearest other one (precision of Kynkäänniemi et al. 2019).",
        ..LOOKED
    },
    Reading {
        key: "discriminator_loss",
        measure: Some(Measure::DiscriminatorLoss),
        about: "GAN: the discriminator's loss; 2 ln 2 = 1.386 where it cannot tell.",
        ..OWN
    },
    Reading {
        key: "generator_loss",
        measure: Some(Measure::GeneratorLoss),
        about: "GAN: the generator's loss against the discriminator after its move; ln 2 = 0.693 where it cannot tell.",
        ..OWN
    },
    Reading {
        key: "real_score",
        format: Format::Percent,
        side: Side::Positive,
        measure: Some(Measure::RealScore),
        about: "GAN: mean share of \"real\" that the discriminator gives to the data.",
        ..OWN
    },
    Reading {
        key: "made_score",
        format: Format::Percent,
        side: Side::Negative,
        measure: Some(Measure::MadeScore),
        about: "GAN: mean share of \"real\" that the discriminator gives to what the generator made.",
        ..OWN
    },
    Reading {
        key: "positive_similarity",
        side: Side::Positive,
        get: |snapshot| Some(f64::from(snapshot.batch.positive_similarity)),
        about: "Mean cosine of a pair's two rows.",
        ..METRIC
    },
    Reading {
        key: "negative_similarity",
        side: Side::Negative,
        get: |snapshot| Some(f64::from(snapshot.batch.negative_similarity)),
        about: "Mean cosine of an anchor and its negatives.",
        ..METRIC
    },
    Reading {
        key: "knn_accuracy",
        is_rare: true,
        format: Format::Percent,
        get: |snapshot| snapshot.accuracy.map(f64::from),
        about: "Share of held-out points whose nearest neighbours elect their class.",
        ..METRIC
    },
    Reading {
        key: "gradient_norm",
        is_term: true,
        format: Format::Decimals(4),
        get: |snapshot| Some(f64::from(snapshot.gradient_norm)),
        about: "Length of the loss's gradient by all weights.",
        ..METRIC
    },
];

/// Returns the reading with this key.
pub fn find(key: &str) -> Option<&'static Reading> {
    READINGS.iter().find(|reading| reading.key == key)
}
