//! The parameters whose value is one of a few words.

use super::{Field, Value};

/// Declares an enum with a word for each variant. The interface lists the variants in the order of the declaration.
macro_rules! choice {
    ($(#[$meta:meta])* $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $word:literal $(in $home:path)?,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name { $($(#[$variant_meta])* $variant,)+ }

        impl $name {
            /// Every variant, in the order of the declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];
            /// The word of every variant, in the same order.
            pub const WORDS: &'static [&'static str] = &[$($word,)+];

            /// Returns the variant's word in links, files and flags.
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
    /// The set of points to learn from.
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
        /// Four quadrants; opposite quadrants have the same class.
        Xor = "xor",
        /// A pinwheel of bent blades.
        Pinwheel = "pinwheel",
        /// A three-dimensional Swiss roll cut into classes along the roll.
        Roll = "roll",
        /// Two coordinates depend on the class; two more are noise that is drawn anew for every view.
        Nuisance = "nuisance",
        /// The blobs in a random plane of a space of sixteen dimensions, with noise in the other directions.
        Lifted = "lifted",
        /// Clusters on two rings: the class is the angle and the distance.
        Rings = "rings",
        /// Small images of six shapes.
        Shapes = "shapes",
        /// Small images of ten characters.
        Digits = "digits",
        /// Small images of four shapes in four inks.
        Shades = "shades",
        /// Small images of glyphs; the class is where they stand.
        Places = "places",
        /// Small images of one's own, read from files.
        Images = "images",
        /// Points of one's own, drawn or read from a table.
        Own = "own",
    }
}

choice! {
    /// The side of small images.
    ImageSize {
        /// 8 x 8 pixels.
        Small = "8",
        /// 12 x 12 pixels.
        Medium = "12",
        /// 16 x 16 pixels.
        Large = "16",
    }
}

impl ImageSize {
    /// Returns the side in pixels.
    pub fn side(self) -> usize {
        match self {
            Self::Small => 8,
            Self::Medium => 12,
            Self::Large => 16,
        }
    }
}

choice! {
    /// Where positives come from.
    Positives {
        /// Two augmented views of one point; every other point in the batch is a negative.
        Views = "views",
        /// Two points with the same label; points with other labels are negatives.
        Labels = "labels",
        /// Two passes of the same point, not augmented, with different masks of hidden units (SimCSE, Gao et al. 2021).
        Dropout = "dropout",
    }
}

/// The list of the methods: a word of the table for each, and the type that implements it. Calls `$then` with the list.
macro_rules! for_methods {
    ($then:ident) => {
        $then! {
            /// What joins the rows of a pair, and which networks they pass.
            MethodName {
                /// A loss on pairs of rows of one network: triplet, InfoNCE, or alignment and uniformity.
                Pairs = "pairs" in pairs::Pairs,
                /// A queue of keys of a slow copy of the networks as negatives (He et al. 2020).
                Moco = "moco" in moco::Moco,
                /// The slow copy's row of the other view is predicted (Grill et al. 2020).
                Byol = "byol" in byol::Byol,
                /// The network's own row of the other view is predicted, without a gradient to it (Chen and He 2021).
                SimSiam = "simsiam" in simsiam::SimSiam,
                /// The other view's code over prototypes is predicted (Caron et al. 2020).
                Swav = "swav" in swav::Swav,
                /// Pseudo-labels of a clustering of the embeddings are predicted (Caron et al. 2020).
                DeepCluster = "deepcluster" in deepcluster::DeepCluster,
                /// The views' cross-correlation becomes the identity matrix (Zbontar et al. 2021).
                Barlow = "barlow" in barlow::Barlow,
                /// Invariance, and a floor under each coordinate's variance, and no covariance (Bardes et al. 2022).
                Vicreg = "vicreg" in vicreg::Vicreg,
                /// A decoder rebuilds the input from the code (Hinton and Salakhutdinov 2006).
                Autoencoder = "autoencoder" in autoencoder::Autoencoder,
                /// The code is drawn from a Gaussian that is kept near a prior, and the decoder rebuilds the input (Kingma and Welling 2014).
                Vae = "vae" in vae::Vae,
                /// A generator makes points of noise, and the encoder with a logit tells them from the data (Goodfellow et al. 2014).
                Gan = "gan" in gan::Gan,
            }
        }
    };
}
pub(crate) use for_methods;

for_methods!(choice);

impl MethodName {
    /// Returns true if a decoder rebuilds the input.
    pub fn rebuilds(self) -> bool {
        matches!(self, Self::Autoencoder | Self::Vae)
    }

    /// Returns true for the methods that make points of the input space: they compare no rows of embeddings.
    pub fn is_generative(self) -> bool {
        self.rebuilds() || self == Self::Gan
    }
}

choice! {
    /// What a decoder is to give back.
    Rebuild {
        /// The view that was encoded.
        View = "view",
        /// The point that it is a view of.
        Clean = "clean",
        /// The pair's other view.
        Other = "other",
    }
}

choice! {
    /// Where an autoencoder's codes lie.
    Code {
        /// Anywhere: the encoder's output as it is.
        Free = "free",
        /// On the unit sphere: the encoder's output divided by its length.
        Sphere = "sphere",
    }
}

choice! {
    /// The network from a code, or from noise, to the input space.
    Decoder {
        /// The encoder's hidden layers in reverse order.
        Mirror = "mirror",
        /// One linear map.
        Linear = "linear",
    }
}

choice! {
    /// The generator's loss, D the share of "real" that the discriminator gives.
    Game {
        /// -ln D(G(noise)): it has a gradient where the discriminator is sure, too.
        NonSaturating = "nonsaturating",
        /// ln(1 - D(G(noise))): what the discriminator's own loss says, with the other sign.
        Minimax = "minimax",
    }
}

/// The list of the losses on pairs: a word of the table for each, and the type that implements it. Calls `$then` with the list.
macro_rules! for_losses {
    ($then:ident) => {
        $then! {
            /// The objective.
            Loss {
                /// The triplet loss: the positive shall be nearer to the anchor than the negative by a margin.
                Triplet = "triplet" in triplet::Triplet,
                /// InfoNCE: the cross-entropy of picking the positive among all candidates.
                InfoNce = "infonce" in infonce::InfoNceLoss,
                /// Alignment of pairs plus uniformity of all rows (Wang and Isola 2020).
                AlignUniform = "alignuniform" in alignuniform::AlignUniform,
                /// A yes-or-no question for each row of view a and each of view b (SigLIP, Zhai et al. 2023).
                SigLip = "siglip" in siglip::SigLip,
            }
        }
    };
}
pub(crate) use for_losses;

for_losses!(choice);

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
        /// One positive and one negative for each anchor, drawn at random.
        Random = "random",
        /// Every triplet.
        All = "all",
        /// The farthest positive and the nearest negative of each anchor (batch-hard, Hermans et al. 2017).
        Hard = "hard",
        /// Every triplet whose negative is farther than the positive, but by less than the margin (Schroff et al. 2015).
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
        /// Sum over all mined triplets.
        Sum = "sum",
    }
}

choice! {
    /// The convention of the `InfoNCE` loss.
    InfoNce {
        /// NT-Xent: every row is an anchor, all other rows are candidates (Chen et al. 2020, eq. 1).
        NtXent = "ntxent",
        /// The anchors are the rows of view a, the candidates the rows of view b (van den Oord et al. 2018).
        OneSided = "onesided",
        /// The mean of the one-sided loss and the same loss with the views exchanged.
        Both = "both",
        /// Every other row with the anchor's label is a positive (Khosla et al. 2020, eq. 2: the sum is outside the logarithm).
        SupCon = "supcon",
        /// NT-Xent without the positive in the denominator (Yeh et al. 2022).
        Dcl = "dcl",
    }
}

choice! {
    /// How the loss compares two rows.
    Similarity {
        /// As points of the unit sphere: rows are divided by their length first. A row shorter than 1e-12 has no direction: it is compared
        /// as it is and has no gradient.
        Cosine = "cosine",
        /// As the encoder returns them.
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
        /// x Phi(x), where Phi is the standard normal distribution function (Hendrycks and Gimpel 2016); not the tanh approximation.
        Gelu = "gelu",
        /// x itself: a deep linear network.
        Linear = "linear",
    }
}

choice! {
    /// The distribution from which the first weights are drawn.
    Init {
        /// Normal with variance 2 / inputs (He et al. 2015).
        He = "he",
        /// Uniform with variance 2 / (inputs + outputs) (Glorot and Bengio 2010).
        Xavier = "xavier",
    }
}

choice! {
    /// The rule that updates the weights.
    Optimizer {
        /// Stochastic gradient descent with momentum.
        Sgd = "sgd",
        /// Adam (Kingma and Ba 2015).
        Adam = "adam",
        /// Adam with decoupled weight decay (Loshchilov and Hutter 2019).
        AdamW = "adamw",
    }
}

choice! {
    /// A network behind the encoder: the projector, or the predictor.
    Head {
        /// None: the rows pass as they are.
        None = "none",
        /// One linear map.
        Linear = "linear",
        /// FC - `BatchNorm` - `ReLU` - FC.
        Mlp = "mlp",
    }
}

choice! {
    /// Where the encoder has batch normalisation (Ioffe and Szegedy 2015).
    Norm {
        /// Nowhere.
        None = "none",
        /// In every hidden layer, before the activation.
        Hidden = "hidden",
        /// After the output layer's linear map.
        Output = "output",
    }
}

choice! {
    /// Over which rows batch normalisation takes its moments.
    NormViews {
        /// As the code that the method's authors published does it.
        Paper = "paper",
        /// Over the rows of both views together.
        Together = "together",
        /// Over the rows of each view apart.
        Apart = "apart",
    }
}

choice! {
    /// Yes or no.
    Switch {
        /// Yes.
        Yes = "yes",
        /// No.
        No = "no",
    }
}
