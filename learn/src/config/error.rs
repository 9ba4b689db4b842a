//! The errors of parameters. A message about a value says which values are allowed.

use super::{Layers, OwnImages, OwnPoints};
use std::fmt;

/// What is wrong with a key or a value.
#[derive(Clone, Debug, PartialEq)]
pub enum Problem {
    /// There is no parameter with this key.
    UnknownKey {
        /// The known key that is most similar, if any is similar enough to be meant.
        nearest: Option<&'static str>,
    },
    /// The value is not a whole number.
    NotInteger {
        /// Smallest allowed value.
        min: u32,
        /// Largest allowed value.
        max: u32,
    },
    /// The value is not a number.
    NotNumber {
        /// Smallest allowed value.
        min: f32,
        /// Largest allowed value.
        max: f32,
    },
    /// The value is a number, but too small or too large.
    OutOfRange {
        /// Smallest allowed value.
        min: String,
        /// Largest allowed value.
        max: String,
        /// True if only whole numbers are allowed.
        whole: bool,
    },
    /// The value is none of the allowed words.
    NotChoice {
        /// The allowed words.
        choices: &'static [&'static str],
    },
    /// The value is no name of these.
    NotNamed {
        /// The names.
        choices: Vec<&'static str>,
    },
    /// The value is not a valid list of layer widths.
    NotLayers,
    /// The value is not a set of points of one's own.
    NotPoints,
    /// A point of a set is not one.
    NotPoint {
        /// Its number, from 1.
        number: usize,
    },
    /// There are too few points to train on.
    TooFewPoints,
    /// The value is not a set of images of one's own.
    NotImages,
    /// An image of a set is not one.
    NotImage {
        /// Its number, from 1.
        number: usize,
    },
    /// There are too few images to train on.
    TooFewImages,
    /// The text is too long to be read.
    TooLong {
        /// The greatest length that is read, in bytes.
        limit: usize,
        /// What would be right where that is not just any shorter text: the problem that another wrong value would have.
        instead: Option<Box<Self>>,
    },
    /// The key is given twice with different values.
    Twice,
    /// The key stands without a value, as at the end of a link that was cut.
    NoValue,
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
            Self::NotNamed { choices } => write!(f, "it takes one of {}", choices.join(", ")),
            Self::NotLayers => {
                write!(f, "it takes 0 to {} widths of 1 to {} units, such as 64,64, or none", Layers::MOST, Layers::WIDEST)
            }
            Self::NotPoints => write!(
                f,
                "it takes at most {} points of 2 to 16 coordinates from −{farthest} to {farthest} and a class from 0 to {}, such as 1.2,-0.5,0~0.3,0.9,1",
                OwnPoints::MOST,
                OwnPoints::CLASSES - 1,
                farthest = OwnPoints::FARTHEST
            ),
            Self::NotPoint { number } => write!(f, "point {number} is none: {}", Self::NotPoints),
            Self::TooFewPoints => write!(f, "data = own takes at least {} points of one's own", OwnPoints::FEWEST),
            Self::NotImages => write!(
                f,
                "it takes at most {} images of one size from {least} x {least} to {most} x {most} pixels, each with a class from 0 to {}, a comma and a \
                 hexadecimal digit a pixel, and ~ between images",
                OwnImages::MOST,
                OwnImages::CLASSES - 1,
                least = OwnImages::SIDES.start(),
                most = OwnImages::SIDES.end(),
            ),
            Self::NotImage { number } => write!(f, "image {number} is none: {}", Self::NotImages),
            Self::TooFewImages => write!(f, "data = images takes at least {} images of one's own", OwnImages::FEWEST),
            Self::TooLong { limit, instead: None } => write!(f, "too long: it takes at most {limit} bytes"),
            Self::TooLong { limit, instead: Some(instead) } => write!(f, "longer than {limit} bytes: {instead}"),
            Self::Twice => f.write_str("given twice"),
            Self::NoValue => f.write_str("the value is missing; perhaps the link was cut"),
        }
    }
}

/// The error for a refused parameter: its key, the value as it was given, and the problem.
#[derive(Clone, Debug, PartialEq)]
pub struct ParameterError {
    /// The key as it was given, shortened if it is long.
    pub key: String,
    /// The value as it was given, shortened if it is long.
    pub value: String,
    /// What is wrong.
    pub problem: Problem,
}

/// The greatest length of a refused text in a message, in characters.
const REPEATED: usize = 40;

impl ParameterError {
    /// Creates the error; long texts are shortened.
    pub fn new(key: &str, value: &str, problem: Problem) -> Self {
        Self { key: shorten(key), value: shorten(value), problem }
    }
}

/// Replaces control characters by U+FFFD and cuts the text after [`REPEATED`] characters; an ellipsis marks the cut.
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
