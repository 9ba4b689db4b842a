//! What an evaluation says of a batch beside the gradient.

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

/// Properties of the softmax of an `InfoNCE` loss, each as the mean over the anchors.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct InfoNceTerms {
    /// Entropy of the softmax over an anchor's negatives, in nats.
    pub entropy: f32,
    /// The exponential of the entropy: how many equally weighted negatives would have the same entropy.
    pub effective_negatives: f32,
    /// Number of negatives of an anchor.
    pub negatives: f32,
    /// Lower bound of the mutual information of the two views, ln(negatives + 1) - loss, in nats (van den Oord et al. 2018, eq. 8).
    /// `None` for SupCon: the bound does not hold where several positives share one denominator. `None` for DCL too, whose denominator
    /// has no positive.
    pub mutual_information: Option<f32>,
    /// DCL: mean of 1 - P, where P is the positive's part of the softmax over all candidates. InfoNCE has this factor before the gradient of
    /// each anchor, and DCL does not (Yeh et al. 2022, eq. 4).
    pub coupling: Option<f32>,
}

/// Counts of the triplets of a batch. `easy`, `semi_hard` and `hard` count all triplets of the batch, whichever the miner selects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct TripletCounts {
    /// Triplets that the miner selected.
    pub mined: u64,
    /// Mined triplets with a loss above zero. Only these have a gradient.
    pub active: u64,
    /// Triplets with d(a,n) >= d(a,p) + alpha: their loss is zero.
    pub easy: u64,
    /// Triplets with d(a,p) < d(a,n) < d(a,p) + alpha.
    pub semi_hard: u64,
    /// Triplets with d(a,n) <= d(a,p).
    pub hard: u64,
}

impl TripletCounts {
    /// Returns the fraction of mined triplets that are active, or 0 if none was mined.
    pub fn active_fraction(&self) -> f32 {
        if self.mined == 0 { 0.0 } else { (self.active as f64 / self.mined as f64) as f32 }
    }
}

/// Declares the measures: numbers that only some methods have.
macro_rules! measures {
    ($($(#[$meta:meta])* $name:ident,)+) => {
        /// A number that some methods measure.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Measure { $($(#[$meta])* $name,)+ }

        impl Measure {
            /// How many there are.
            pub const COUNT: usize = [$(Self::$name,)+].len();
        }
    };
}

measures! {
    /// Mean standard deviation of the coordinates of normalised rows, times the root of their number.
    Std,
    /// Mean standard deviation of the coordinates of raw rows.
    StdRaw,
    /// Effective rank of the raw rows.
    RankRaw,
    /// Age of the queue's oldest key, in steps.
    QueueAge,
    /// Mean cosine of the oldest keys with what the encoder says now.
    Staleness,
    /// Exponential of the entropy of the prototypes' shares of rows, or of the clusters' of points.
    PrototypesUsed,
    /// Agreement of the last two clusterings (NMI).
    Nmi,
    /// Agreement of the clustering with the classes (NMI).
    NmiClasses,
    /// Clusters without a point.
    EmptyClusters,
    /// Mean size of the correlations off the diagonal.
    OffDiagonal,
    /// Mean correlation on the diagonal.
    OnDiagonal,
    /// `VICReg`'s terms before their weights.
    InvarianceTerm,
    /// See [`Self::InvarianceTerm`].
    VarianceTerm,
    /// See [`Self::InvarianceTerm`].
    CovarianceTerm,
    /// The scale t that a loss trains.
    LossScale,
    /// The bias b that a loss trains.
    LossBias,
    /// Mean cosine of prediction and target.
    PredictionCosine,
    /// Mean squared error of what a decoder rebuilds, over rows and coordinates.
    Reconstruction,
    /// Mean divergence of the codes' Gaussians from the prior, in nats.
    Divergence,
    /// Coordinates of the code whose mean differs from point to point.
    ActiveCode,
    /// Classes that samples lie in.
    Modes,
    /// Share of the samples that are near data.
    NearData,
    /// The discriminator's loss.
    DiscriminatorLoss,
    /// The generator's loss.
    GeneratorLoss,
    /// Mean share of "real" that the discriminator gives to the data.
    RealScore,
    /// The same for what the generator made.
    MadeScore,
}

/// The measures of a step, none for those that its method does not have.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Measures([Option<f32>; Measure::COUNT]);

impl Measures {
    /// Returns a measure.
    pub fn get(&self, measure: Measure) -> Option<f32> {
        self.0[measure as usize]
    }

    /// Sets a measure.
    pub fn set(&mut self, measure: Measure, value: f32) {
        self.0[measure as usize] = Some(value);
    }

    /// Takes over what `other` has and this does not.
    pub fn fill_from(&mut self, other: &Self) {
        for (own, other) in self.0.iter_mut().zip(&other.0) {
            *own = own.or(*other);
        }
    }
}
