//! The spaces between the networks.

/// A space that points are embedded in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum Space {
    /// The encoder's output.
    H,
    /// The head's output, which the loss sees; the encoder's where there is no head.
    #[default]
    Z,
    /// The predictor's output.
    P,
    /// The slow copy's z.
    Target,
}

impl Space {
    /// Every space, in the order of the networks.
    pub const ALL: [Self; 4] = [Self::H, Self::Z, Self::P, Self::Target];

    /// Returns its name in the language files and the script API.
    pub fn key(self) -> &'static str {
        match self {
            Self::H => "h",
            Self::Z => "z",
            Self::P => "p",
            Self::Target => "target",
        }
    }
}
