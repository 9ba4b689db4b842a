//! A configuration as a JSON file and as the flat object of the script API.

use super::json::{number, number_text, parse, shorten};
use crate::learn::config::{Config, Domain, Layers, Parameter, ParameterError, Problem, TABLE, Value as Setting, find};
use serde_json::{Map, Value, json};
use std::fmt;

/// What the file calls itself.
const FORMAT: &str = "contrastive-playground";
/// The version that is written, and the only one there is.
const VERSION: u32 = 1;
/// The largest file that is read, in bytes.
pub const LIMIT: usize = 1_000_000;

/// Why a file or an object of settings was refused.
#[derive(Clone, Debug, PartialEq)]
pub enum FileError {
    /// More than [`LIMIT`] bytes.
    TooLarge,
    /// Not text.
    NotUtf8,
    /// Not JSON, nested too deeply, or with a key twice: what, and where.
    NotJson(String),
    /// JSON, but no object where one has to be.
    NotObject {
        /// What should have been the object.
        what: &'static str,
        /// What was there, shortened.
        found: String,
    },
    /// The object has a key beside `format`, `version` and `config`.
    UnknownEntry(String),
    /// A config file of some other program.
    WrongFormat(String),
    /// A config file of some other version.
    WrongVersion(String),
    /// A setting that does not fit.
    Parameter(ParameterError),
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge => write!(f, "too large: at most {LIMIT} bytes are read"),
            Self::NotUtf8 => f.write_str("not UTF-8 text"),
            Self::NotJson(problem) => write!(f, "not a JSON text that can be read: {problem}"),
            Self::NotObject { what, found } => write!(f, "{what} is {found}, but has to be an object of keys and values"),
            Self::UnknownEntry(key) => write!(f, "unknown entry \"{key}\": there are format, version and config"),
            Self::WrongFormat(found) => write!(f, "format is {found}, but only \"{FORMAT}\" can be read"),
            Self::WrongVersion(found) => write!(f, "version is {found}, but only version {VERSION} can be read"),
            Self::Parameter(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for FileError {}

impl From<ParameterError> for FileError {
    fn from(error: ParameterError) -> Self {
        Self::Parameter(error)
    }
}

/// The file, with every setting in it: a default may change one day, the run of a file does not.
pub fn to_json(config: &Config) -> String {
    let file = json!({ "format": FORMAT, "version": VERSION, "config": config_value(config) });
    let mut text = format!("{file:#}");
    text.push('\n');
    text
}

/// Reads a file; settings that it does not name have their default.
///
/// A bare object of settings, such as the `config` in the command line's results, is read too.
pub fn from_json(bytes: &[u8]) -> Result<Config, FileError> {
    let file = object(bytes, "the file")?;
    let is_bare = !["format", "version", "config"].iter().any(|key| file.contains_key(*key));
    if is_bare {
        return with_settings(Config::default(), &file, Texts::Refused);
    }
    if let Some(key) = file.keys().find(|key| !["format", "version", "config"].contains(&key.as_str())) {
        return Err(FileError::UnknownEntry(shorten(key)));
    }
    let entry = |key: &str| file.get(key).unwrap_or(&Value::Null);
    if entry("format") != FORMAT {
        return Err(FileError::WrongFormat(shorten(&entry("format").to_string())));
    }
    if *entry("version") != VERSION {
        return Err(FileError::WrongVersion(shorten(&entry("version").to_string())));
    }
    match entry("config") {
        Value::Object(settings) => with_settings(Config::default(), settings, Texts::Refused),
        other => Err(FileError::NotObject { what: "config", found: shorten(&other.to_string()) }),
    }
}

/// All settings as one flat object: numbers as numbers, words and layers as texts.
pub fn config_value(config: &Config) -> Value {
    let entry = |parameter: &Parameter| {
        let value = match (parameter.get)(config) {
            Setting::Integer(value) => value.into(),
            Setting::Real(value) => number(value),
            Setting::Choice(word) => word.into(),
            Setting::Layers(layers) => layers.to_string().into(),
        };
        (parameter.key.to_owned(), value)
    };
    Value::Object(TABLE.iter().map(entry).collect())
}

/// `config` with the settings of a flat JSON object: a number, a text, or for layers a list of whole numbers.
///
/// Numbers may be given as texts, so that a page can pass a field's text, and NaN reaches the message.
pub fn apply(config: &Config, object_text: &str) -> Result<Config, FileError> {
    with_settings(config.clone(), &object(object_text.as_bytes(), "the argument")?, Texts::Taken)
}

/// Whether a text can stand for a number.
#[derive(Clone, Copy, PartialEq)]
enum Texts {
    Taken,
    Refused,
}

/// The outermost object.
fn object(bytes: &[u8], what: &'static str) -> Result<Map<String, Value>, FileError> {
    if bytes.len() > LIMIT {
        return Err(FileError::TooLarge);
    }
    let text = str::from_utf8(bytes).map_err(|_| FileError::NotUtf8)?;
    // Some editors put a byte order mark in front.
    match parse(text.trim_start_matches('\u{feff}')).map_err(|error| FileError::NotJson(error.to_string()))? {
        Value::Object(object) => Ok(object),
        other => Err(FileError::NotObject { what, found: shorten(&other.to_string()) }),
    }
}

fn with_settings(mut config: Config, settings: &Map<String, Value>, texts: Texts) -> Result<Config, FileError> {
    for (key, value) in settings {
        let parameter = find(key)?;
        let text = text_of(parameter, value, texts).map_err(|problem| ParameterError::new(key, &shown(value), problem))?;
        config.set_text(key, &text)?;
    }
    Ok(config)
}

/// The text of a parameter's value, where the kind of value can be one.
fn text_of(parameter: &Parameter, value: &Value, texts: Texts) -> Result<String, Problem> {
    match (value, parameter.domain) {
        (Value::Number(number), _) => Ok(number_text(number)),
        (Value::String(text), Domain::Choice(_) | Domain::Layers) => Ok(text.clone()),
        (Value::String(text), _) if texts == Texts::Taken => Ok(text.clone()),
        (Value::Array(widths), Domain::Layers) if widths.is_empty() => Ok(Layers::default().to_string()),
        (Value::Array(widths), Domain::Layers) => {
            let widths: Option<Vec<String>> =
                widths.iter().map(|width| if let Value::Number(width) = width { Some(number_text(width)) } else { None }).collect();
            widths.map(|widths| widths.join(",")).ok_or(Problem::NotLayers)
        }
        (_, Domain::Integer { min, max, .. }) => Err(Problem::NotInteger { min, max }),
        (_, Domain::Real { min, max, .. }) => Err(Problem::NotNumber { min, max }),
        (_, Domain::Choice(choices)) => Err(Problem::NotChoice { choices }),
        (_, Domain::Layers) => Err(Problem::NotLayers),
    }
}

/// A refused value as a message repeats it: a text in quotes of its own, to tell it from a number.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => format!("'{text}'"),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::config::Loss;

    #[test]
    fn a_file_says_what_it_is_and_reads_back() {
        let layers = Layers::new(&[]).expect("valid");
        let config = Config { tau: 0.07, loss: Loss::Triplet, layers, seed: u32::MAX, ..Config::default() };
        let text = to_json(&config);
        assert!(
            text.starts_with("{\n  \"format\": \"contrastive-playground\",\n  \"version\": 1,\n  \"config\": {\n    \"data\""),
            "{text}"
        );
        assert!(text.contains("\"tau\": 0.07,") && text.contains("\"layers\": \"none\""), "{text}");
        assert_eq!(from_json(text.as_bytes()), Ok(config));
    }

    #[test]
    fn what_a_file_does_not_say_is_the_default_and_a_bare_object_will_do() {
        let config = Config { tau: 0.5, ..Config::default() };
        let text = r#"{"version": 1, "config": {"tau": 0.5}, "format": "contrastive-playground"}"#;
        assert_eq!(from_json(text.as_bytes()), Ok(config.clone()));
        assert_eq!(from_json(format!("\u{feff}{text}").as_bytes()), Ok(config.clone()));
        assert_eq!(from_json(br#"{"tau": 0.5}"#), Ok(config.clone()));
        assert_eq!(from_json(config_value(&config).to_string().as_bytes()), Ok(config));
    }

    #[test]
    fn refusals_say_what_would_be_right() {
        let message = |text: &str| from_json(text.as_bytes()).expect_err("refused").to_string();
        assert_eq!(message("3"), "the file is 3, but has to be an object of keys and values");
        assert_eq!(
            message(r#"{"format": "contrastive-playground", "version": 2, "config": {}}"#),
            "version is 2, but only version 1 can be read"
        );
        assert_eq!(message(r#"{"config": {}}"#), "format is null, but only \"contrastive-playground\" can be read");
        assert_eq!(
            message(r#"{"format": "contrastive-playground", "version": 1, "config": [[]]}"#),
            "config is [[]], but has to be an object of keys and values"
        );
        assert_eq!(message(r#"{"tau": "0.5"}"#), "tau = \"'0.5'\": it takes a number from 0.01 to 10");
        assert_eq!(message(r#"{"tau": 1e300}"#), "tau = \"1e+300\": out of range: it takes a number from 0.01 to 10");
        assert_eq!(message(r#"{"tau": [1]}"#), "tau = \"[1]\": it takes a number from 0.01 to 10");
        assert_eq!(message(r#"{"dim": 2.5}"#), "dim = \"2.5\": it takes a whole number from 2 to 16");
        assert_eq!(message(r#"{"taw": 1}"#), "taw: there is no such parameter; did you mean tau?");
        assert_eq!(from_json(&vec![b' '; LIMIT + 1]), Err(FileError::TooLarge));
        assert_eq!(from_json(b"{\"loss\": \"\xff\"}"), Err(FileError::NotUtf8));
    }

    #[test]
    fn the_script_apis_object_is_applied_whole_or_not_at_all() {
        let start = Config { seed: 9, ..Config::default() };
        let config = apply(&start, r#"{"loss": "triplet", "alpha": "0.75", "layers": [32, 16], "batch": 64.0}"#).expect("valid");
        assert_eq!((config.loss, config.alpha, config.layers.to_string().as_str()), (Loss::Triplet, 0.75, "32,16"));
        assert_eq!((config.batch, config.seed), (64, 9));
        assert_eq!(apply(&start, r#"{"layers": []}"#).map(|config| config.layers), Ok(Layers::default()));
        let message = |text: &str| apply(&start, text).expect_err("refused").to_string();
        assert_eq!(message(r#"{"tau": "NaN"}"#), "tau = \"NaN\": it takes a number from 0.01 to 10");
        assert_eq!(message(r#"{"tau": {"deep": [[[1]]]}}"#), "tau = \"{\"deep\":[[[1]]]}\": it takes a number from 0.01 to 10");
        assert_eq!(
            message(r#"{"layers": [64, 100000]}"#),
            "layers = \"64,100000\": it takes 0 to 4 widths of 1 to 128 units, such as 64,64, or none"
        );
        assert_eq!(message(r#"{"layers": ""}"#), "layers = \"\": it takes 0 to 4 widths of 1 to 128 units, such as 64,64, or none");
        assert_eq!(message("null"), "the argument is null, but has to be an object of keys and values");
    }
}
