//! What a parameter may be: its value, its domain, and the record that describes it.

use super::{Config, Layers, Problem};
use std::fmt;

/// The value of one parameter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value {
    /// A whole number.
    Integer(u32),
    /// A real number.
    Real(f32),
    /// One of the domain's words.
    Choice(&'static str),
    /// Widths of the hidden layers.
    Layers(Layers),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(value) => value.fmt(f),
            Self::Real(value) => value.fmt(f),
            Self::Choice(value) => value.fmt(f),
            Self::Layers(value) => value.fmt(f),
        }
    }
}

/// How a slider spreads a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// Equal steps.
    Linear,
    /// Equal ratios.
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
        /// How a slider spreads them.
        scale: Scale,
    },
    /// Real numbers from `min` to `max`.
    Real {
        /// Smallest value.
        min: f32,
        /// Largest value.
        max: f32,
        /// How a slider spreads them.
        scale: Scale,
    },
    /// One of these words.
    Choice(&'static [&'static str]),
    /// Widths of hidden layers, see [`Layers`].
    Layers,
}

/// A longer text than this is no value of any parameter and is not even read.
const LONGEST_TEXT: usize = 64;

impl Domain {
    /// Reads a value; the error says what would be right.
    pub fn parse(&self, text: &str) -> Result<Value, Problem> {
        if text.len() > LONGEST_TEXT {
            return Err(Problem::TooLong { limit: LONGEST_TEXT });
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
        };
        self.check(value)?;
        Ok(value)
    }

    /// Whether `value` belongs to the domain.
    pub fn check(&self, value: Value) -> Result<(), Problem> {
        match (*self, value) {
            (Self::Integer { min, max, .. }, Value::Integer(value)) if (min..=max).contains(&value) => Ok(()),
            (Self::Real { min, max, .. }, Value::Real(value)) if (min..=max).contains(&value) => Ok(()),
            (Self::Choice(words), Value::Choice(word)) if words.contains(&word) => Ok(()),
            (Self::Layers, Value::Layers(_)) => Ok(()),
            (Self::Choice(choices), _) => Err(Problem::NotChoice { choices }),
            (Self::Layers, _) => Err(Problem::NotLayers),
            (Self::Integer { min, max, .. }, Value::Real(_) | Value::Choice(_) | Value::Layers(_)) => Err(Problem::NotInteger { min, max }),
            (Self::Real { min, max, .. }, Value::Integer(_) | Value::Choice(_) | Value::Layers(_)) => Err(Problem::NotNumber { min, max }),
            (Self::Integer { .. } | Self::Real { .. }, _) => Err(self.out_of_range()),
        }
    }

    fn out_of_range(&self) -> Problem {
        match *self {
            Self::Integer { min, max, .. } => Problem::OutOfRange { min: min.to_string(), max: max.to_string(), whole: true },
            Self::Real { min, max, .. } => Problem::OutOfRange { min: min.to_string(), max: max.to_string(), whole: false },
            Self::Choice(choices) => Problem::NotChoice { choices },
            Self::Layers => Problem::NotLayers,
        }
    }
}

/// When a changed value takes effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applies {
    /// In the next step of the same run.
    Live,
    /// By starting the run again.
    Restart,
    /// Either way, as the user chooses: the weights still fit.
    Either,
}

/// What 0 means.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Zero {
    /// A number like any other.
    Number,
    /// All there are.
    All,
    /// Off; a switch turns it on with this strength.
    Off {
        /// The strength.
        strength: f32,
    },
}

/// Which part of the screen and of the documentation a parameter belongs to.
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
    /// How the weights move.
    Optimizer,
    /// The run itself.
    Run,
}

/// One row of the table of parameters. Labels and help texts are in the language files under `key`.
pub struct Parameter {
    /// The name in links, files, flags and the script API.
    pub key: &'static str,
    /// The values it takes.
    pub domain: Domain,
    /// The value of a run in which nobody chose another.
    pub default: fn() -> Value,
    /// What the number counts, or nothing.
    pub unit: &'static str,
    /// The letter of the papers' formulas, or nothing.
    pub symbol: &'static str,
    /// What 0 means.
    pub zero: Zero,
    /// Whether its control stands under a head of its own and needs no label.
    pub stands_alone: bool,
    /// Where it stands on the screen.
    pub group: Group,
    /// When a change takes effect.
    pub applies: Applies,
    /// What it means, in a sentence (English, for the command line; the screen's texts are in the language files).
    pub about: &'static str,
    /// Whether it has any effect with the other settings of this configuration.
    pub matters: fn(&Config) -> bool,
    /// Reads it.
    pub get: fn(&Config) -> Value,
    /// Writes it; the value has been checked against the domain.
    pub set: fn(&mut Config, Value),
}

impl fmt::Debug for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parameter").field("key", &self.key).finish_non_exhaustive()
    }
}

/// A type that can be a field of [`Config`].
pub trait Field: Sized {
    /// The field's value as the table sees it.
    fn value(&self) -> Value;
    /// Takes the table's value back; `None` where its kind is another.
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
