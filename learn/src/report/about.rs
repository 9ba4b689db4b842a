//! What a method or a loss says of itself, as data that others go by.

use super::{Keys, Rule};
use crate::config::Config;

/// What is particular to a method, or to a loss on pairs.
#[derive(Clone, Copy, Debug)]
pub struct About {
    /// The key of the reading that tells most of a run with it.
    pub headline: &'static str,
    /// The words of its convention in the language files, under `choice.`: a parameter's key with a word of its. The same name gives values
    /// that are far apart.
    pub convention: fn(&Config) -> Vec<(&'static str, &'static str)>,
    /// The alarms that only runs with it can raise.
    pub alarms: &'static [Rule],
    /// What cures it of alarms that other runs raise, too, by the alarm's key; the best first.
    pub remedies: &'static [(&'static str, &'static [Keys])],
    /// Its rows may collapse to one place in earnest, or lose directions: a discriminator's need one direction only.
    pub may_collapse: bool,
    /// The length of rows counts, so that measures of raw rows stand beside those of normalised ones.
    pub measures_raw_rows: bool,
    /// Rows push one another by their cosines, so that there is a curve of it.
    pub has_pushes: bool,
    /// A row is both an anchor and a candidate of others.
    pub has_turns: bool,
    /// Of the reading `prototypes_used`: how many there are.
    pub prototypes: fn(&Config) -> u32,
    /// What its sign in the gallery ends with.
    pub sign: Sign,
    /// A second loss with a value at which both are at rest: the readings of both, and that value with its text's key.
    pub rivals: Option<Rivals>,
}

/// What the sign of a wiring ends with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// What the wiring has: keys, prototypes, a target, or a pair and a negative.
    Wiring,
    /// A matrix whose diagonal counts.
    Matrix,
    /// Bars of equal height.
    Bars,
}

/// Two losses that are lowered against each other.
#[derive(Clone, Copy, Debug)]
pub struct Rivals {
    /// The reading of the loss that is shown as the run's.
    pub first: &'static str,
    /// The other's.
    pub second: &'static str,
    /// The first one's value where neither can win.
    pub equilibrium: f64,
}

impl About {
    /// What one says that has nothing of its own to say.
    pub const PLAIN: Self = Self {
        headline: "",
        convention: |config| vec![("method", config.method.word())],
        alarms: &[],
        remedies: &[],
        may_collapse: true,
        measures_raw_rows: true,
        has_pushes: false,
        has_turns: false,
        prototypes: |_| 0,
        sign: Sign::Wiring,
        rivals: None,
    };
}
