//! The interface's own settings: what a reader prefers, not what the run is.

use super::words::Language;
use crate::learn::trainer::Weights;
use eframe::egui::ThemePreference;

pub use crate::exchange::link::{FASTEST, SLOWEST};

/// What a reader prefers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Language, or none for the system's.
    pub language: Option<Language>,
    /// Light, dark, or the system's.
    pub theme: ThemePreference,
    /// Steps a second; infinite for as fast as it goes.
    pub steps_per_second: f32,
    /// Larger, for a projector.
    pub lecture: bool,
    /// A change of the loss goes on from the current weights.
    pub keeps_weights: bool,
    /// Whether the run starts by itself.
    pub plays: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            language: None,
            theme: ThemePreference::System,
            steps_per_second: f32::INFINITY,
            lecture: false,
            keeps_weights: false,
            plays: true,
        }
    }
}

impl Settings {
    /// What a change of the loss does with the weights.
    pub fn weights(&self) -> Weights {
        if self.keeps_weights { Weights::Keep } else { Weights::Fresh }
    }

    /// Takes one setting over; what it does not understand changes nothing.
    pub fn set(&mut self, key: &str, value: &str) {
        match (key, value) {
            ("lang", "en" | "zh") => self.language = Some(Language::from_tag(value)),
            ("theme", "light") => self.theme = ThemePreference::Light,
            ("theme", "dark") => self.theme = ThemePreference::Dark,
            ("theme", "system") => self.theme = ThemePreference::System,
            ("speed", "max") => self.steps_per_second = f32::INFINITY,
            ("speed", number) => {
                if let Some(speed) = number.parse().ok().filter(|speed| (SLOWEST..=FASTEST).contains(speed)) {
                    self.steps_per_second = speed;
                }
            }
            ("lecture", "0" | "1") => self.lecture = value == "1",
            ("switch", "restart" | "keep") => self.keeps_weights = value == "keep",
            ("play", "0" | "1") => self.plays = value == "1",
            _ => {}
        }
    }

    /// The settings that differ from the default, as in a link, for the stored state.
    pub fn to_text(self) -> String {
        let mut text = String::new();
        let mut add = |key: &str, value: &str| {
            if !text.is_empty() {
                text.push('&');
            }
            text.push_str(key);
            text.push('=');
            text.push_str(value);
        };
        if let Some(language) = self.language {
            add("lang", language.tag());
        }
        match self.theme {
            ThemePreference::Light => add("theme", "light"),
            ThemePreference::Dark => add("theme", "dark"),
            ThemePreference::System => {}
        }
        if self.steps_per_second.is_finite() {
            add("speed", &self.steps_per_second.to_string());
        }
        if self.lecture {
            add("lecture", "1");
        }
        if self.keeps_weights {
            add("switch", "keep");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_read_back_and_nonsense_changes_nothing() {
        let wanted = Settings {
            language: Some(Language::Chinese),
            theme: ThemePreference::Dark,
            steps_per_second: 20.0,
            lecture: true,
            keeps_weights: true,
            plays: true,
        };
        let mut read = Settings::default();
        for pair in wanted.to_text().split('&') {
            let (key, value) = pair.split_once('=').expect("a pair");
            read.set(key, value);
        }
        assert_eq!(read, wanted);
        for (key, value) in [("speed", "NaN"), ("speed", "-3"), ("theme", "pink"), ("lang", ""), ("what", "ever")] {
            read.set(key, value);
        }
        assert_eq!(read, wanted);
    }
}
