//! What a reader prefers, as keys of a link and of the stored state: not a run's, and not part of what a link shares.

use crate::learn::config::{Domain, Problem, Scale};

/// One preference.
pub struct Preference {
    /// Its key.
    pub key: &'static str,
    /// What it takes.
    pub domain: Domain,
    /// A word that it takes beside numbers.
    pub word: Option<&'static str>,
}

/// Steps a second at the left end of the speed slider.
pub const SLOWEST: f32 = 1.0;
/// Steps a second beyond which the slider means as fast as it goes.
pub const FASTEST: f32 = 2000.0;

/// Every preference.
pub static PREFERENCES: &[Preference] = &[
    choice("lang", &["en", "zh"]),
    choice("theme", &["system", "light", "dark"]),
    Preference { key: "speed", domain: Domain::Real { min: SLOWEST, max: FASTEST, scale: Scale::Logarithmic }, word: Some("max") },
    choice("lecture", &["0", "1"]),
    choice("switch", &["restart", "keep"]),
    choice("play", &["0", "1"]),
];

const fn choice(key: &'static str, words: &'static [&'static str]) -> Preference {
    Preference { key, domain: Domain::Choice(words), word: None }
}

/// The preference with this key.
pub fn find(key: &str) -> Option<&'static Preference> {
    PREFERENCES.iter().find(|preference| preference.key == key)
}

impl Preference {
    /// Checks a value; the error says what would be right.
    pub fn check(&self, value: &str) -> Result<(), Problem> {
        if self.word == Some(value) { Ok(()) } else { self.domain.parse(value).map(|_| ()) }
    }
}
