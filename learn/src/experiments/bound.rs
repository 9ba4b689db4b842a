//! What has to hold of the figures of an experiment's runs.

use serde::Deserialize;
use std::fmt;

/// What a figure, a difference or a quotient of two has to be, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bound {
    /// Of which runs' figures.
    pub of: Of,
    /// The least that it can be.
    #[serde(default = "lowest")]
    pub least: f64,
    /// The most.
    #[serde(default = "highest")]
    pub most: f64,
}

/// A number that is made of the figures. Runs count from 0; a text calls them a, b, c and d.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Of {
    /// A run's figure: "a".
    Run(usize),
    /// The first minus the second: "a-b".
    Difference(usize, usize),
    /// The first over the second: "a/b".
    Quotient(usize, usize),
}

fn lowest() -> f64 {
    f64::NEG_INFINITY
}

fn highest() -> f64 {
    f64::INFINITY
}

/// Returns the letter by which a text calls a run.
pub fn letter(run: usize) -> char {
    ('a'..='z').nth(run).unwrap_or('?')
}

impl Bound {
    /// Returns the number that the bound is of, from the figures of all runs.
    pub fn number(&self, figures: &[f64]) -> f64 {
        match self.of {
            Of::Run(run) => figures[run],
            Of::Difference(first, second) => figures[first] - figures[second],
            Of::Quotient(first, second) => figures[first] / figures[second],
        }
    }

    /// Returns true if the figures are as they have to be. What is not a number is never.
    pub fn holds(&self, figures: &[f64]) -> bool {
        (self.least..=self.most).contains(&self.number(figures))
    }

    /// Returns true if some numbers lie within and some outside.
    pub(super) fn can_fail_and_hold(&self) -> bool {
        self.least <= self.most && (self.least.is_finite() || self.most.is_finite())
    }
}

impl Of {
    /// Returns the runs that it is of.
    pub fn runs(self) -> impl Iterator<Item = usize> {
        let (first, second) = match self {
            Self::Run(run) => (run, None),
            Self::Difference(first, second) | Self::Quotient(first, second) => (first, Some(second)),
        };
        [Some(first), second].into_iter().flatten()
    }

    /// Returns true if a run would be compared with itself.
    pub(super) fn is_of_one_run_twice(self) -> bool {
        matches!(self, Self::Difference(first, second) | Self::Quotient(first, second) if first == second)
    }
}

impl TryFrom<String> for Of {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let run = |letter: u8| letter.is_ascii_lowercase().then(|| usize::from(letter - b'a'));
        let of = match *text.as_bytes() {
            [one] => run(one).map(Self::Run),
            [first, b'-', second] => run(first).zip(run(second)).map(|(first, second)| Self::Difference(first, second)),
            [first, b'/', second] => run(first).zip(run(second)).map(|(first, second)| Self::Quotient(first, second)),
            _ => None,
        };
        of.ok_or_else(|| format!("a bound is of a run's figure such as \"a\", or of \"a-b\" or \"a/b\", and not of \"{text}\""))
    }
}

impl fmt::Display for Of {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Run(run) => write!(f, "{}", letter(*run)),
            Self::Difference(first, second) => write!(f, "{}-{}", letter(*first), letter(*second)),
            Self::Quotient(first, second) => write!(f, "{}/{}", letter(*first), letter(*second)),
        }
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { of, least, most } = self;
        match (least.is_finite(), most.is_finite()) {
            (true, true) if least == most => write!(f, "{of} is {least}"),
            (true, true) => write!(f, "{of} from {least} to {most}"),
            (true, false) => write!(f, "{of} at least {least}"),
            (false, true) => write!(f, "{of} at most {most}"),
            (false, false) => write!(f, "{of} any"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Of {
        Of::try_from(text.to_owned()).expect("it is one")
    }

    #[test]
    fn bounds_are_of_a_figure_a_difference_or_a_quotient() {
        let figures = [0.9, 0.3, 1.5];
        let number = |text: &str| Bound { of: of(text), least: 0.0, most: 1.0 }.number(&figures);
        assert_eq!(["b", "a-b", "c-a", "b/c"].map(number), [0.3, 0.9 - 0.3, 1.5 - 0.9, 0.3 / 1.5]);
        for wrong in ["", "A", "ab", "a-", "a+b", "a-b-c", "ä"] {
            assert!(Of::try_from(wrong.to_owned()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn ends_are_within_and_what_is_no_number_is_not() {
        let bound = |least, most| Bound { of: Of::Quotient(0, 1), least, most };
        assert!(bound(2.0, 2.0).holds(&[2.0, 1.0]) && !bound(2.0, 2.0).holds(&[2.1, 1.0]));
        assert!(bound(5.0, f64::INFINITY).holds(&[1.0, 0.0]), "five times nothing is less than one");
        assert!(!bound(5.0, f64::INFINITY).holds(&[0.0, 0.0]) && !bound(f64::NEG_INFINITY, 5.0).holds(&[f64::NAN, 1.0]));
    }

    #[test]
    fn a_bound_says_what_it_asks() {
        let said = |least, most| Bound { of: of("a-b"), least, most }.to_string();
        assert_eq!(said(0.5, f64::INFINITY), "a-b at least 0.5");
        assert_eq!(said(f64::NEG_INFINITY, -0.1), "a-b at most -0.1");
        assert_eq!([said(-0.02, 0.02), said(1000.0, 1000.0)], ["a-b from -0.02 to 0.02", "a-b is 1000"]);
    }
}
