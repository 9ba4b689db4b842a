//! How a method joins its networks, as plain data: the plan lays a run out by it, and the diagram on screen draws it.

/// Coordinates of a generator's noise.
pub const NOISE_DIMENSION: usize = 2;

/// Which of a pair's views pass a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Views {
    /// Both views.
    Both,
    /// View a.
    First,
    /// View b.
    Second,
}

impl Views {
    /// Returns how many rows of a batch of so many pairs these are.
    pub fn rows(self, pairs: usize) -> usize {
        if self == Self::Both { 2 * pairs } else { pairs }
    }
}

/// What a method keeps beside its networks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Kept {
    /// The newest keys of the momentum encoder.
    Queue(usize),
    /// The last embedding of every point, and centroids.
    Clusters(usize),
}

/// What kind of method it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Family {
    /// The rows of a pair come together.
    JointEmbedding,
    /// A decoder reconstructs the input from the code.
    Reconstruction {
        /// z is a mean and a log variance for each coordinate of the code, which is drawn.
        variational: bool,
    },
    /// A generator plays against the discriminator: the encoder with a logit behind z.
    Adversarial,
}

/// How a method joins the networks.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Wiring {
    /// What kind of method it is.
    pub family: Family,
    /// The views that pass encoder, head and predictor.
    pub online: Views,
    /// There is a predictor behind z.
    pub predicts: bool,
    /// The views that pass the target network, if there is one: the momentum (EMA) copy of encoder and head.
    pub target: Option<Views>,
    /// No gradient goes to the other view's rows, which are compared with. (Codes and clusters are no rows of a network, and never have one.)
    pub stops: bool,
    /// Number of trained prototypes.
    pub prototypes: Option<usize>,
    /// What is kept beside the networks.
    pub kept: Option<Kept>,
    /// The published code passes the views one after the other, so that batch normalisation sees them apart.
    pub passes_views_apart: bool,
}

impl Wiring {
    /// Both views pass one chain of networks, and the loss sees z.
    pub const PLAIN: Self = Self {
        family: Family::JointEmbedding,
        online: Views::Both,
        predicts: false,
        target: None,
        stops: false,
        prototypes: None,
        kept: None,
        passes_views_apart: false,
    };

    /// Returns true if z is a mean and a log variance for each coordinate of the code.
    pub fn is_variational(&self) -> bool {
        self.family == Family::Reconstruction { variational: true }
    }
}
