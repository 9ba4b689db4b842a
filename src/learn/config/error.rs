//! What can be wrong with a parameter, said so that the reader knows what would be right.

use super::Layers;
use std::fmt;

/// What is wrong with a value, apart from where it stood.
#[derive(Clone, Debug, PartialEq)]
pub enum Problem {
    /// There is no such parameter; perhaps this one was meant.
    UnknownKey {
        /// The known key most like it, if any is.
        nearest: Option<&'static str>,
    },
    /// Not a whole number.
    NotInteger {
        /// Smallest value.
        min: u32,
        /// Largest value.
        max: u32,
    },
    /// Not a number.
    NotNumber {
        /// Smallest value.
        min: f32,
        /// Largest value.
        max: f32,
    },
    /// A number, but too small or too large.
    OutOfRange {
        /// Smallest value.
        min: String,
        /// Largest value.
        max: String,
        /// Whether only whole numbers are taken.
        whole: bool,
    },
    /// None of the words.
    NotChoice {
        /// The words.
        choices: &'static [&'static str],
    },
    /// Not a list of layer widths.
    NotLayers,
    /// A text too long to be any value.
    TooLong {
        /// The most bytes that are read.
        limit: usize,
    },
    /// The key stands twice with different values.
    Twice,
    /// The key stands without a value, as at the end of a link that was cut.
    NoValue,
    /// A kind of value that no parameter has (a list of lists, an object, a truth value, nothing).
    WrongKind,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownKey { nearest: Some(nearest) } => write!(f, "there is no such parameter; did you mean {nearest}?"),
            Self::UnknownKey { nearest: None } => f.write_str("there is no such parameter"),
            Self::NotInteger { min, max } => write!(f, "it takes a whole number from {min} to {max}"),
            Self::NotNumber { min, max } => write!(f, "it takes a number from {min} to {max}"),
            Self::OutOfRange { min, max, whole: true } => write!(f, "out of range: it takes a whole number from {min} to {max}"),
            Self::OutOfRange { min, max, whole: false } => write!(f, "out of range: it takes a number from {min} to {max}"),
            Self::NotChoice { choices } => write!(f, "it takes one of {}", choices.join(", ")),
            Self::NotLayers => {
                write!(f, "it takes 0 to {} widths of 1 to {} units, such as 64,64, or none", Layers::MOST, Layers::WIDEST)
            }
            Self::TooLong { limit } => write!(f, "longer than {limit} bytes"),
            Self::Twice => f.write_str("given twice"),
            Self::NoValue => f.write_str("the value is missing; perhaps the link was cut"),
            Self::WrongKind => f.write_str("it takes a number, a text, or for layers a list of whole numbers"),
        }
    }
}

/// A parameter that was refused: its key, the value as it was given, and the problem.
#[derive(Clone, Debug, PartialEq)]
pub struct ParameterError {
    /// The key as it was given.
    pub key: String,
    /// The value as it was given, shortened where it was long.
    pub value: String,
    /// What is wrong with it.
    pub problem: Problem,
}

/// How much of a refused text is worth repeating, in characters.
const REPEATED: usize = 40;

impl ParameterError {
    /// Remembers what was refused, shortening long texts.
    pub fn new(key: &str, value: &str, problem: Problem) -> Self {
        Self { key: shorten(key), value: shorten(value), problem }
    }
}

/// The text without control characters, cut after a line's worth of it.
fn shorten(text: &str) -> String {
    let mut short: String = text.chars().take(REPEATED).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    if text.chars().nth(REPEATED).is_some() {
        short.push('…');
    }
    short
}

impl fmt::Display for ParameterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, value, problem } = self;
        match problem {
            Problem::UnknownKey { .. } => write!(f, "{key}: {problem}"),
            _ => write!(f, "{key} = \"{value}\": {problem}"),
        }
    }
}

impl std::error::Error for ParameterError {}
