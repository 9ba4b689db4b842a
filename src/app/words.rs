//! What the interface says, from the language files.

use crate::learn::config::{ParameterError, Problem};
use std::collections::HashMap;
use std::sync::LazyLock;

/// A language of the interface.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Simplified Chinese.
    Chinese,
}

type Texts = HashMap<String, String>;

static ENGLISH: LazyLock<Texts> = LazyLock::new(|| load(include_str!("../../assets/lang/en.json")));
static CHINESE: LazyLock<Texts> = LazyLock::new(|| load(include_str!("../../assets/lang/zh.json")));

/// Reads a language file; a test reads both, so what ships is well formed.
fn load(text: &str) -> Texts {
    serde_json::from_str(text).unwrap_or_default()
}

impl Language {
    /// Every language.
    pub const ALL: [Self; 2] = [Self::English, Self::Chinese];

    /// The language for a tag such as `zh-CN`; English where there is no better one.
    pub fn from_tag(tag: &str) -> Self {
        if tag.to_ascii_lowercase().starts_with("zh") { Self::Chinese } else { Self::English }
    }

    /// The tag in links and settings.
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh",
        }
    }

    /// The tag with its script, for the page's `lang`.
    pub fn page_tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh-Hans",
        }
    }

    /// All its texts.
    pub fn texts(self) -> &'static HashMap<String, String> {
        match self {
            Self::English => &ENGLISH,
            Self::Chinese => &CHINESE,
        }
    }

    /// The text of `key`; the key itself where there is none (a test sees to it that there is).
    pub fn get(self, key: &str) -> &str {
        self.texts().get(key).map_or(key, String::as_str)
    }

    /// The text of `key`, if there is one.
    pub fn find(self, key: &str) -> Option<&'static str> {
        self.texts().get(key).map(String::as_str)
    }

    /// The text of `key` with `{name}` replaced by each name's value.
    pub fn fill(self, key: &str, values: &[(&str, &str)]) -> String {
        let mut text = String::new();
        // One pass: what a value brings along is never itself replaced.
        for (before, name) in self.pieces(key) {
            text.push_str(before);
            if let Some(name) = name {
                text.push_str(values.iter().find(|(known, _)| *known == name).map_or(name, |(_, value)| *value));
            }
        }
        text
    }

    /// The text of `key` in pieces, each before a `{name}`; the last one may have none behind it.
    pub fn pieces(self, key: &str) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.get(key).split_inclusive('}').map(|piece| match piece.rsplit_once('{') {
            Some((before, name)) => (before, Some(name.trim_end_matches('}'))),
            None => (piece, None),
        })
    }

    /// What is wrong with a parameter, in this language.
    pub fn problem(self, problem: &Problem) -> String {
        match problem {
            Problem::UnknownKey { nearest: Some(nearest) } => self.fill("problem.unknown_key_nearest", &[("nearest", nearest)]),
            Problem::UnknownKey { nearest: None } => self.get("problem.unknown_key").to_owned(),
            Problem::NotInteger { min, max } => self.fill("problem.not_integer", &[("min", &min.to_string()), ("max", &max.to_string())]),
            Problem::NotNumber { min, max } => self.fill("problem.not_number", &[("min", &min.to_string()), ("max", &max.to_string())]),
            Problem::OutOfRange { min, max, .. } => self.fill("problem.out_of_range", &[("min", min), ("max", max)]),
            Problem::NotChoice { choices } => self.fill("problem.not_choice", &[("choices", &choices.join(", "))]),
            Problem::NotNamed { choices } => self.fill("problem.not_choice", &[("choices", &choices.join(", "))]),
            Problem::NotLayers => self.get("problem.not_layers").to_owned(),
            Problem::NotPoints => self.get("problem.not_points").to_owned(),
            Problem::NotPoint { number } => self.fill("problem.not_point", &[("number", &number.to_string())]),
            Problem::TooFewPoints => self.get("problem.too_few_points").to_owned(),
            Problem::NotImages => self.get("problem.not_images").to_owned(),
            Problem::NotImage { number } => self.fill("problem.not_image", &[("number", &number.to_string())]),
            Problem::TooFewImages => self.get("problem.too_few_images").to_owned(),
            Problem::TooLong { limit, instead: None } => self.fill("problem.too_long", &[("limit", &limit.to_string())]),
            Problem::TooLong { limit, instead: Some(instead) } => {
                self.fill("problem.too_long_value", &[("limit", &limit.to_string()), ("instead", &self.problem(instead))])
            }
            Problem::Twice => self.get("problem.twice").to_owned(),
            Problem::NoValue => self.get("problem.no_value").to_owned(),
        }
    }

    /// The notice about a parameter that was ignored.
    pub fn ignored(self, error: &ParameterError) -> String {
        let problem = self.problem(&error.problem);
        if matches!(error.problem, Problem::UnknownKey { .. }) {
            return self.fill("notice.unknown", &[("key", &error.key), ("problem", &problem)]);
        }
        self.fill("notice.ignored", &[("key", &error.key), ("value", &error.value), ("problem", &problem)])
    }
}

impl Language {
    /// The notice about a value that was typed and not taken.
    pub fn refused(self, error: &ParameterError) -> String {
        let problem = self.problem(&error.problem);
        self.fill("notice.refused", &[("label", &error.key), ("value", &error.value), ("problem", &problem)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::config::{Domain, TABLE};

    #[test]
    fn both_languages_have_the_same_keys_and_every_parameter_has_its_texts() {
        let sorted = |language: Language| {
            let mut keys: Vec<&String> = language.texts().keys().collect();
            keys.sort();
            keys
        };
        assert!(!ENGLISH.is_empty());
        assert_eq!(sorted(Language::English), sorted(Language::Chinese));
        for parameter in TABLE {
            for end in ["label", "help"] {
                let key = format!("param.{}.{end}", parameter.key);
                assert!(ENGLISH.contains_key(&key), "{key}");
            }
            if let Domain::Choice(words) = parameter.domain {
                for word in words {
                    let key = format!("choice.{}.{word}", parameter.key);
                    assert!(ENGLISH.contains_key(&key) && ENGLISH.contains_key(&format!("{key}.help")), "{key}");
                }
            }
        }
    }

    #[test]
    fn every_text_that_the_code_asks_for_exists() {
        // Literal keys in the interface's sources: a quoted word with a dot and a known first part.
        let mut folders = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src/app"))];
        let mut sources = Vec::new();
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
                if entry.is_dir() {
                    folders.push(entry);
                } else {
                    sources.push(std::fs::read_to_string(entry).expect("a source"));
                }
            }
        }
        assert!(sources.len() > 30);
        let mut used = 0;
        for source in &sources {
            for piece in source.split('"').skip(1).step_by(2) {
                let known = ["ui.", "metric.", "group.", "notice.", "diverged."].iter().any(|start| piece.starts_with(start));
                if known && !piece.contains(['{', ' ', '\n']) && piece.len() > 8 {
                    assert!(ENGLISH.contains_key(piece), "{piece}");
                    used += 1;
                }
            }
        }
        assert!(used > 100, "{used} keys found");
        // And none is left that nothing asks for.
        for key in ENGLISH.keys().filter(|key| key.starts_with("ui.")) {
            let asked = sources.iter().any(|source| source.contains(&format!("\"{key}\"")));
            assert!(asked, "{key} is never shown");
        }
    }

    #[test]
    fn the_numbers_that_texts_name_are_the_programs() {
        use crate::learn::{data::HELD_OUT, metrics::NEIGHBOURS, trainer::MEASURED_PAIRS};
        let named = [
            ("metric.alignment.help", MEASURED_PAIRS),
            ("metric.knn_accuracy.help", HELD_OUT),
            ("metric.knn_accuracy.help", NEIGHBOURS),
            ("param.points.help", HELD_OUT),
        ];
        for (key, number) in named {
            for language in [Language::English, Language::Chinese] {
                let text = language.get(key);
                let numbers: Vec<&str> = text.split(|character: char| !character.is_ascii_digit()).collect();
                assert!(numbers.contains(&number.to_string().as_str()), "{number} in {text}");
            }
        }
    }
}
