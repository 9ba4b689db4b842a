//! The table of the reader's preferences. They are keys of a link and of the stored state. They do not belong to a run, and a copied link
//! leaves them out, but for the anchor and the charts.

use super::charts;
use crate::learn::config::{Domain, Problem, Scale};

/// One preference.
pub struct Preference {
    /// Its key.
    pub key: &'static str,
    /// The values that it takes.
    pub values: Values,
}

/// The values of a preference.
pub enum Values {
    /// Those of a domain.
    Of(Domain),
    /// The same, and a word.
    OrWord(Domain, &'static str),
    /// What the cards show.
    Charts,
}

/// Steps a second at the left end of the speed slider.
pub const SLOWEST: f32 = 1.0;
/// Steps a second at the right end of the speed slider, which means as fast as possible.
pub const FASTEST: f32 = 2000.0;

/// All preferences.
pub static PREFERENCES: &[Preference] = &[
    choice("lang", &["en", "zh"]),
    choice("theme", &["system", "light", "dark"]),
    Preference { key: "speed", values: Values::OrWord(Domain::Real { min: SLOWEST, max: FASTEST, scale: Scale::Logarithmic }, "max") },
    choice("lecture", &["0", "1"]),
    choice("switch", &["restart", "keep"]),
    choice("play", &["0", "1"]),
    // The point that is asked why it moves.
    Preference { key: "anchor", values: Values::Of(Domain::Integer { min: 0, max: MOST_ANCHOR, scale: Scale::Linear }) },
    Preference { key: "charts", values: Values::Charts },
];

/// The last point that there can be.
pub const MOST_ANCHOR: u32 = 9_999;

const fn choice(key: &'static str, words: &'static [&'static str]) -> Preference {
    Preference { key, values: Values::Of(Domain::Choice(words)) }
}

/// Returns the preference with this key, or `None` if there is none.
pub fn find(key: &str) -> Option<&'static Preference> {
    PREFERENCES.iter().find(|preference| preference.key == key)
}

impl Preference {
    /// Checks a value. The error says what would be right.
    pub fn check(&self, value: &str) -> Result<(), Problem> {
        match &self.values {
            Values::OrWord(_, word) if *word == value => Ok(()),
            Values::Of(domain) | Values::OrWord(domain, _) => domain.parse(value).map(|_| ()),
            Values::Charts => charts::read(value).map(|_| ()),
        }
    }
}
