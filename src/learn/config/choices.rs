//! The parameters that are a choice among words.

use super::{Field, Value};

/// Declares an enum whose variants have words, in the order in which they are offered.
macro_rules! choice {
    ($(#[$meta:meta])* $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name { $($(#[$variant_meta])* $variant,)+ }

        impl $name {
            /// Every variant, in the order in which they are offered.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];
            /// Every variant's word, in the same order.
            pub const WORDS: &'static [&'static str] = &[$($word,)+];

            /// The word in links, files and flags.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }

        impl Field for $name {
            fn value(&self) -> Value {
                Value::Choice(self.word())
            }
            fn from_value(value: Value) -> Option<Self> {
                match value {
                    $(Value::Choice($word) => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }
    };
}

choice! {
    /// The points to learn from.
    Data {
        /// Gaussian blobs on a ring.
        Blobs = "blobs",
        /// The same blobs, so close that they overlap.
        Overlap = "overlap",
        /// Two interleaved half circles.
        Moons = "moons",
        /// Concentric circles.
        Circles = "circles",
        /// Two spirals.
        Spirals = "spirals",
        /// Three spirals.
        Spirals3 = "spirals3",
        /// Four quadrants, opposite ones of one class.
        Xor = "xor",
        /// A pinwheel of bent blades.
        Pinwheel = "pinwheel",
        /// A three-dimensional Swiss roll cut into classes along the roll.
        Roll = "roll",
        /// Class in two coordinates, a nuisance that every view draws afresh in two others.
        Nuisance = "nuisance",
        /// Classes in a random plane of sixteen dimensions, noise on the rest.
        Lifted = "lifted",
    }
}

choice! {
    /// Where positives come from.
    Positives {
        /// Two augmented views of one point; every other point in the batch is a negative.
        Views = "views",
        /// Two points with the same label; points with other labels are negatives.
        Labels = "labels",
    }
}

choice! {
    /// The objective.
    Loss {
        /// Pull the positive nearer than the negative by a margin.
        Triplet = "triplet",
        /// Pick the positive out of all candidates: a cross-entropy.
        InfoNce = "infonce",
    }
}

choice! {
    /// The distance in the triplet loss.
    Distance {
        /// Squared Euclidean distance, as in `FaceNet` (Schroff et al. 2015).
        Squared = "squared",
        /// Euclidean distance, as in torch's `TripletMarginLoss`.
        Plain = "plain",
    }
}

choice! {
    /// Which triplets of a batch are used.
    Miner {
        /// One positive and one negative drawn for each anchor.
        Random = "random",
        /// Every triplet.
        All = "all",
        /// The farthest positive and the nearest negative of each anchor (batch-hard, Hermans et al. 2017).
        Hard = "hard",
        /// Negatives farther than the positive, but by less than the margin (Schroff et al. 2015).
        SemiHard = "semihard",
    }
}

choice! {
    /// How the triplets' losses become one number.
    Reduction {
        /// Mean over the triplets with a loss above zero.
        Active = "active",
        /// Mean over all mined triplets.
        All = "all",
        /// Sum.
        Sum = "sum",
    }
}

choice! {
    /// The convention of the `InfoNCE` loss.
    InfoNce {
        /// NT-Xent: every row is an anchor, all other rows are candidates (Chen et al. 2020, eq. 1).
        NtXent = "ntxent",
        /// View a asks, view b answers (van den Oord et al. 2018).
        OneSided = "onesided",
        /// Mean of a asking b and b asking a.
        Both = "both",
        /// Every row of the same label is a positive (Khosla et al. 2020, the sum outside the logarithm).
        SupCon = "supcon",
    }
}

choice! {
    /// What the loss compares.
    Similarity {
        /// Rows on the unit sphere.
        Cosine = "cosine",
        /// Rows as the encoder gives them.
        Dot = "dot",
    }
}

choice! {
    /// The hidden units' non-linearity.
    Activation {
        /// max(0, x).
        Relu = "relu",
        /// Hyperbolic tangent.
        Tanh = "tanh",
        /// x times the normal distribution function of x (Hendrycks and Gimpel 2016), exact, not the tanh form.
        Gelu = "gelu",
        /// x itself: a deep linear network.
        Linear = "linear",
    }
}

choice! {
    /// How first weights are drawn.
    Init {
        /// Normal, variance 2 / inputs (He et al. 2015).
        He = "he",
        /// Uniform, variance 2 / (inputs + outputs) (Glorot and Bengio 2010).
        Xavier = "xavier",
    }
}

choice! {
    /// The rule that moves the weights.
    Optimizer {
        /// Stochastic gradient descent with momentum.
        Sgd = "sgd",
        /// Adam (Kingma and Ba 2015).
        Adam = "adam",
        /// Adam with decoupled weight decay (Loshchilov and Hutter 2019).
        AdamW = "adamw",
    }
}
