//! The interface's own settings: what a reader prefers, not what the run is.

use crate::app::words::Language;
use crate::learn::trainer::Weights;
use eframe::egui::ThemePreference;

use crate::exchange::charts::{self, CARDS, Chart};
use crate::exchange::preferences;
pub use crate::exchange::preferences::{FASTEST, SLOWEST};

/// Steps a second with which a newcomer begins: slow enough to see the points part.
const FIRST_SPEED: f32 = 60.0;

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
    /// The point that is pinned at the start.
    pub anchor: Option<u32>,
    /// What the cards of charts show, from the left.
    pub charts: [Chart; CARDS],
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            language: None,
            theme: ThemePreference::System,
            steps_per_second: FIRST_SPEED,
            lecture: false,
            keeps_weights: false,
            plays: true,
            anchor: None,
            charts: charts::FIRST,
        }
    }
}

impl Settings {
    /// What a change of the loss does with the weights.
    pub fn weights(&self) -> Weights {
        if self.keeps_weights { Weights::Keep } else { Weights::Fresh }
    }

    /// Takes one setting over; a value that its preference does not take changes nothing.
    pub fn set(&mut self, key: &str, value: &str) {
        if preferences::find(key).is_some_and(|preference| preference.check(value).is_ok())
            && let Some(row) = ROWS.iter().find(|row| row.key == key)
        {
            (row.set)(self, value);
        }
    }

    /// The settings that differ from the default, as in a link, for the stored state.
    pub fn to_text(self) -> String {
        let default = Self::default();
        let differs = |row: &&Row| row.is_stored && (row.get)(&self) != (row.get)(&default);
        ROWS.iter().filter(differs).map(|row| format!("{}={}", row.key, (row.get)(&self))).collect::<Vec<_>>().join("&")
    }
}

/// How a preference of [`preferences::PREFERENCES`] is read from and written to the settings.
struct Row {
    key: &'static str,
    /// Whether it is there again the next time.
    is_stored: bool,
    get: fn(&Settings) -> String,
    /// Writes a value that has been checked.
    set: fn(&mut Settings, &str),
}

static ROWS: &[Row] = &[
    Row {
        key: "lang",
        is_stored: true,
        get: |settings| settings.language.map_or_else(String::new, |language| language.tag().to_owned()),
        set: |settings, value| settings.language = Some(Language::from_tag(value)),
    },
    Row {
        key: "theme",
        is_stored: true,
        get: |settings| {
            let word = match settings.theme {
                ThemePreference::Light => "light",
                ThemePreference::Dark => "dark",
                ThemePreference::System => "system",
            };
            word.to_owned()
        },
        set: |settings, value| {
            settings.theme = match value {
                "light" => ThemePreference::Light,
                "dark" => ThemePreference::Dark,
                _ => ThemePreference::System,
            };
        },
    },
    Row {
        key: "speed",
        is_stored: true,
        get: |settings| if settings.steps_per_second.is_finite() { settings.steps_per_second.to_string() } else { "max".to_owned() },
        set: |settings, value| settings.steps_per_second = value.trim().parse().unwrap_or(f32::INFINITY),
    },
    Row {
        key: "lecture",
        is_stored: true,
        get: |settings| u8::from(settings.lecture).to_string(),
        set: |settings, value| settings.lecture = value == "1",
    },
    Row {
        key: "switch",
        is_stored: true,
        get: |settings| if settings.keeps_weights { "keep" } else { "restart" }.to_owned(),
        set: |settings, value| settings.keeps_weights = value == "keep",
    },
    Row {
        key: "play",
        is_stored: false,
        get: |settings| u8::from(settings.plays).to_string(),
        set: |settings, value| settings.plays = value == "1",
    },
    Row {
        key: "anchor",
        is_stored: false,
        get: |settings| settings.anchor.map_or_else(String::new, |point| point.to_string()),
        set: |settings, value| settings.anchor = value.trim().parse().ok(),
    },
    Row {
        key: "charts",
        is_stored: true,
        get: |settings| charts::write(&settings.charts),
        set: |settings, value| settings.charts = charts::read(value).unwrap_or(settings.charts),
    },
];

#[cfg(test)]
mod tests {
    use crate::app::session::settings::*;

    #[test]
    fn every_preference_has_its_row() {
        let keys = |keys: &mut dyn Iterator<Item = &'static str>| keys.collect::<Vec<_>>();
        assert_eq!(keys(&mut ROWS.iter().map(|row| row.key)), keys(&mut preferences::PREFERENCES.iter().map(|row| row.key)));
        for speed in ["max", "60", "1", "2000"] {
            let mut settings = Settings::default();
            settings.set("speed", speed);
            assert_eq!((ROWS[2].get)(&settings), speed);
        }
    }

    #[test]
    fn settings_read_back_and_nonsense_changes_nothing() {
        let wanted = Settings {
            language: Some(Language::Chinese),
            theme: ThemePreference::Dark,
            steps_per_second: 20.0,
            lecture: true,
            keeps_weights: true,
            plays: true,
            anchor: None,
            charts: [Chart::Similarities, Chart::Loss, Chart::Table, Chart::Gradient],
        };
        let mut read = Settings::default();
        for pair in wanted.to_text().split('&') {
            let (key, value) = pair.split_once('=').expect("a pair");
            read.set(key, value);
        }
        assert_eq!(read, wanted);
        for (key, value) in [
            ("speed", "NaN"),
            ("speed", "-3"),
            ("theme", "pink"),
            ("lang", ""),
            ("anchor", "-1"),
            ("anchor", "10000"),
            ("charts", "loss"),
            ("what", "ever"),
        ] {
            read.set(key, value);
        }
        assert_eq!(read, wanted);
    }
}
