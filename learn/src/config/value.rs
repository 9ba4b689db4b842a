//! The types of the parameter table: a parameter's value, its domain, and the record that describes it.

use super::{Config, Layers, OwnImages, OwnPoints, Problem};
use std::fmt;

/// The value of one parameter.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A whole number.
    Integer(u32),
    /// A real number.
    Real(f32),
    /// One of the words of the parameter's domain.
    Choice(&'static str),
    /// Widths of the hidden layers.
    Layers(Layers),
    /// Points of one's own.
    Points(OwnPoints),
    /// Images of one's own.
    Images(OwnImages),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(value) => value.fmt(f),
            Self::Real(value) => value.fmt(f),
            Self::Choice(value) => value.fmt(f),
            Self::Layers(value) => value.fmt(f),
            Self::Points(value) => value.fmt(f),
            Self::Images(value) => value.fmt(f),
        }
    }
}

/// How a slider maps its positions to values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// Equal distances on the slider are equal differences of the value.
    Linear,
    /// Equal distances on the slider are equal ratios of the value.
    Logarithmic,
}

/// The values a parameter takes; ranges include both ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Domain {
    /// Whole numbers from `min` to `max`.
    Integer {
        /// Smallest value.
        min: u32,
        /// Largest value.
        max: u32,
        /// How a slider maps its positions to these values.
        scale: Scale,
    },
    /// Real numbers from `min` to `max`.
    Real {
        /// Smallest value.
        min: f32,
        /// Largest value.
        max: f32,
        /// How a slider maps its positions to these values.
        scale: Scale,
    },
    /// One of these words.
    Choice(&'static [&'static str]),
    /// Widths of hidden layers, see [`Layers`].
    Layers,
    /// A set of points, see [`OwnPoints`].
    Points,
    /// A set of images, see [`OwnImages`].
    Images,
}

/// The greatest length of a value's text, in bytes. A longer text is refused without being read.
const LONGEST_TEXT: usize = 64;

impl Domain {
    /// Returns true if the values are data of one's own, whose texts can be long.
    pub fn is_own(&self) -> bool {
        matches!(self, Self::Points | Self::Images)
    }

    /// Reads a value from its text. The error says which values are allowed.
    pub fn parse(&self, text: &str) -> Result<Value, Problem> {
        if text.len() > LONGEST_TEXT && !self.is_own() {
            return Err(Problem::TooLong { limit: LONGEST_TEXT, instead: Some(Box::new(self.wrong_kind())) });
        }
        let text = text.trim();
        let value = match *self {
            Self::Integer { min, max, .. } => Value::Integer(text.parse::<u32>().map_err(|_| match text.parse::<f64>() {
                Ok(number) if number.fract() == 0.0 && !(f64::from(min)..=f64::from(max)).contains(&number) => self.out_of_range(),
                _ => Problem::NotInteger { min, max },
            })?),
            Self::Real { min, max, .. } => match text.parse::<f32>() {
                Ok(number) if !number.is_nan() => Value::Real(number),
                _ => return Err(Problem::NotNumber { min, max }),
            },
            Self::Choice(words) => {
                Value::Choice(words.iter().copied().find(|word| *word == text).ok_or(Problem::NotChoice { choices: words })?)
            }
            Self::Layers => Value::Layers(text.parse()?),
            Self::Points => Value::Points(text.parse()?),
            Self::Images => Value::Images(text.parse()?),
        };
        self.check(&value)?;
        Ok(value)
    }

    /// Returns `Ok` if `value` belongs to the domain, else the problem.
    pub fn check(&self, value: &Value) -> Result<(), Problem> {
        match (*self, value) {
            (Self::Integer { min, max, .. }, Value::Integer(value)) if (min..=max).contains(value) => Ok(()),
            (Self::Real { min, max, .. }, Value::Real(value)) if (min..=max).contains(value) => Ok(()),
            (Self::Points, Value::Points(points)) => points.check(),
            (Self::Images, Value::Images(images)) => images.check(),
            (Self::Choice(words), Value::Choice(word)) if words.contains(word) => Ok(()),
            (Self::Layers, Value::Layers(layers)) => layers.check(),
            (Self::Integer { .. }, Value::Integer(_)) | (Self::Real { .. }, Value::Real(_)) => Err(self.out_of_range()),
            _ => Err(self.wrong_kind()),
        }
    }

    /// Returns the problem of a value that has the right kind but lies outside the domain.
    fn out_of_range(&self) -> Problem {
        match *self {
            Self::Integer { min, max, .. } => Problem::OutOfRange { min: min.to_string(), max: max.to_string(), whole: true },
            Self::Real { min, max, .. } => Problem::OutOfRange { min: min.to_string(), max: max.to_string(), whole: false },
            Self::Choice(_) | Self::Layers | Self::Points | Self::Images => self.wrong_kind(),
        }
    }

    /// Returns the problem of a value of another kind.
    fn wrong_kind(&self) -> Problem {
        match *self {
            Self::Integer { min, max, .. } => Problem::NotInteger { min, max },
            Self::Real { min, max, .. } => Problem::NotNumber { min, max },
            Self::Choice(choices) => Problem::NotChoice { choices },
            Self::Layers => Problem::NotLayers,
            Self::Points => Problem::NotPoints,
            Self::Images => Problem::NotImages,
        }
    }
}

/// When a changed value takes effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applies {
    /// In the next step of the same run.
    Live,
    /// After the run has started again.
    Restart,
    /// In the next step or after a restart, as the user chooses: the weights keep their shape.
    Either,
}

/// What 0 means.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Zero {
    /// A number like any other.
    Number,
    /// All there are.
    All,
    /// The same as the number it would replace.
    Same,
    /// Off; a switch turns it on with this strength.
    Off {
        /// The strength.
        strength: f32,
    },
}

/// The section of the interface and of the documentation that lists a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// The points.
    Data,
    /// Where positives and negatives come from.
    Positives,
    /// The objective.
    Loss,
    /// The network.
    Encoder,
    /// How the weights are updated.
    Optimizer,
    /// The run itself.
    Run,
}

/// One row of the table of parameters. The labels and help texts of the interface are in the language files, under `key`.
pub struct Parameter {
    /// The parameter's name in links, files, flags and the script API.
    pub key: &'static str,
    /// The allowed values.
    pub domain: Domain,
    /// Returns the default value.
    pub default: fn() -> Value,
    /// The unit of the value, or an empty text.
    pub unit: &'static str,
    /// The letter of the papers' formulas, or nothing.
    pub symbol: &'static str,
    /// What 0 means.
    pub zero: Zero,
    /// Whether its control stands under a head of its own and needs no label.
    pub stands_alone: bool,
    /// The section that lists the parameter.
    pub group: Group,
    /// When a change takes effect.
    pub applies: Applies,
    /// The parameter's meaning in one English sentence, for the command line.
    pub about: &'static str,
    /// Returns true if the parameter has an effect together with the other values of the configuration.
    pub matters: fn(&Config) -> bool,
    /// Returns the parameter's value in a configuration.
    pub get: fn(&Config) -> Value,
    /// Sets the parameter in a configuration. The caller has checked the value against the domain.
    pub set: fn(&mut Config, Value),
}

impl fmt::Debug for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parameter").field("key", &self.key).finish_non_exhaustive()
    }
}

/// A type that can be a field of [`Config`].
pub trait Field: Sized {
    /// Converts the field to a value of the table.
    fn value(&self) -> Value;
    /// Converts a value of the table to the field's type; returns `None` if the value is of another kind.
    fn from_value(value: Value) -> Option<Self>;
}

impl Field for u32 {
    fn value(&self) -> Value {
        Value::Integer(*self)
    }
    fn from_value(value: Value) -> Option<Self> {
        if let Value::Integer(value) = value { Some(value) } else { None }
    }
}

impl Field for f32 {
    fn value(&self) -> Value {
        Value::Real(*self)
    }
    fn from_value(value: Value) -> Option<Self> {
        if let Value::Real(value) = value { Some(value) } else { None }
    }
}

impl Field for Layers {
    fn value(&self) -> Value {
        Value::Layers(*self)
    }
    fn from_value(value: Value) -> Option<Self> {
        if let Value::Layers(value) = value { Some(value) } else { None }
    }
}
