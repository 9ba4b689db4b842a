//! What is measured of a run, as a text says it.

use super::Quantity;
use crate::readings;
use serde::Deserialize;
use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

/// What is measured of a run: a number, or one over another: "uniformity", "loss@400-500/loss@10-20".
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Figure {
    /// The number, or what stands above.
    pub term: Term,
    /// What stands below, if anything.
    pub over: Option<Term>,
}

/// A number of a run with the steps that it is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// The number.
    pub number: Number,
    /// The steps over which its mean is taken ("loss@400-500", "uniformity@5"); none for the number when the run is over.
    pub steps: Option<RangeInclusive<u64>>,
}

/// A number of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Number {
    /// The loss of the last batch.
    Loss,
    /// A reading by its key.
    Reading(&'static str),
    /// What only experiments measure.
    Quantity(Quantity),
}

impl Figure {
    /// Returns the numbers that it is made of.
    pub fn terms(&self) -> impl Iterator<Item = &Term> {
        [Some(&self.term), self.over.as_ref()].into_iter().flatten()
    }

    /// Returns the first and last steps that it names.
    pub(super) fn steps(&self) -> impl Iterator<Item = u64> {
        self.terms().filter_map(|term| term.steps.as_ref()).flat_map(|steps| [*steps.start(), *steps.end()])
    }
}

impl Number {
    fn key(self) -> &'static str {
        match self {
            Self::Loss => "loss",
            Self::Reading(key) => key,
            Self::Quantity(quantity) => quantity.key(),
        }
    }

    fn find(key: &str) -> Option<Self> {
        let reading = || readings::find(key).map(|reading| Self::Reading(reading.key));
        let quantity = || Quantity::find(key).map(Self::Quantity);
        if key == "loss" { Some(Self::Loss) } else { reading().or_else(quantity) }
    }
}

impl FromStr for Term {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (key, steps) = text.split_once('@').map_or((text, None), |(key, steps)| (key, Some(steps)));
        let number = Number::find(key).ok_or_else(|| format!("there is no reading or quantity \"{key}\""))?;
        let Some(steps) = steps else { return Ok(Self { number, steps: None }) };
        if matches!(number, Number::Quantity(_)) {
            return Err(format!("\"{key}\" is of the run as a whole, and not of some of its steps"));
        }
        let (first, last) = steps.split_once('-').unwrap_or((steps, steps));
        match (first.parse::<u64>(), last.parse::<u64>()) {
            (Ok(first), Ok(last)) if first <= last => Ok(Self { number, steps: Some(first..=last) }),
            _ => Err(format!("behind @ stands a step or the first and the last of some (\"400-500\"), and not \"{steps}\"")),
        }
    }
}

impl FromStr for Figure {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (term, over) = text.split_once('/').map_or((text, None), |(term, over)| (term, Some(over)));
        Ok(Self { term: term.parse()?, over: over.map(str::parse).transpose()? })
    }
}

impl TryFrom<String> for Figure {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.number.key())?;
        match &self.steps {
            None => Ok(()),
            Some(steps) if steps.start() == steps.end() => write!(f, "@{}", steps.start()),
            Some(steps) => write!(f, "@{}-{}", steps.start(), steps.end()),
        }
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.term.fmt(f)?;
        self.over.as_ref().map_or(Ok(()), |over| write!(f, "/{over}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_written_as_it_is_read() {
        for text in ["uniformity", "uniformity@5", "loss@400-500/loss@10-20", "steps", "probe_class_z"] {
            assert_eq!(text.parse::<Figure>().map(|figure| figure.to_string()), Ok(text.to_owned()));
        }
        let figure: Figure = "loss@400-500/uniformity".parse().expect("a figure");
        assert_eq!(figure.term, Term { number: Number::Loss, steps: Some(400..=500) });
        assert_eq!(figure.over, Some(Term { number: Number::Reading("uniformity"), steps: None }));
        assert_eq!(figure.steps().collect::<Vec<u64>>(), [400, 500]);
    }

    #[test]
    fn a_figure_that_nothing_measures_is_refused() {
        for text in ["", "losses", "loss@", "loss@9-5", "loss@a", "steps@5", "loss/", "loss/loss/loss"] {
            assert!(text.parse::<Figure>().is_err(), "{text}");
        }
    }
}
