//! Writes and reads a configuration as a JSON file, and as the flat object of the script API.

use super::json::{number, number_text, parse, shorten};
use crate::learn::config::{Config, Domain, Layers, Parameter, ParameterError, Problem, TABLE, Value as Setting, find};
use serde_json::{Map, Value, json};
use std::fmt;

/// The value of `format` in the file.
const FORMAT: &str = "contrastive-playground";
/// The version of the format. There is no other so far.
const VERSION: u32 = 1;
/// The size of the largest file that is read, in bytes.
pub const LIMIT: usize = 4_000_000;

/// The reason why a file or an object of settings is refused.
#[derive(Clone, Debug, PartialEq)]
pub enum FileError {
    /// More than [`LIMIT`] bytes.
    TooLarge,
    /// Bytes that are not UTF-8 text.
    NotUtf8,
    /// Text that is not JSON, is nested too deeply or has a key twice, with the problem and its place.
    NotJson(String),
    /// JSON with another value where an object is required.
    NotObject {
        /// The part that has to be an object.
        what: &'static str,
        /// The value that was found, shortened.
        found: String,
    },
    /// A key other than `format`, `version` and `config`.
    UnknownEntry(String),
    /// A config file of another program.
    WrongFormat(String),
    /// A config file of another version.
    WrongVersion(String),
    /// A setting with an unknown key or a wrong value.
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

/// Returns the text of the file. It holds every setting, so that it gives the same run even if a default changes one day.
pub fn to_json(config: &Config) -> String {
    let file = json!({ "format": FORMAT, "version": VERSION, "config": config_value(config) });
    let mut text = format!("{file:#}");
    text.push('\n');
    text
}

/// Reads a file. Settings that it does not name have their default.
///
/// It also reads a bare object of settings, such as the `config` in the results of the command line.
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

/// Returns all settings as one flat object, with numbers as numbers, and words and layers as texts.
pub fn config_value(config: &Config) -> Value {
    let entry = |parameter: &Parameter| {
        let value = match (parameter.get)(config) {
            Setting::Integer(value) => value.into(),
            Setting::Real(value) => number(value),
            Setting::Choice(word) => word.into(),
            value @ (Setting::Layers(_) | Setting::Points(_) | Setting::Images(_)) => value.to_string().into(),
        };
        (parameter.key.to_owned(), value)
    };
    Value::Object(TABLE.iter().map(entry).collect())
}

/// Returns `config` with the settings of a flat JSON object. A value is a number, a text, or for layers a list of whole numbers.
///
/// A number may be given as a text, so that a page can pass on the text of a field, and so that NaN appears in the message.
pub fn apply(config: &Config, object_text: &str) -> Result<Config, FileError> {
    with_settings(config.clone(), &object(object_text.as_bytes(), "the argument")?, Texts::Taken)
}

/// Says whether a text can stand for a number.
#[derive(Clone, Copy, PartialEq)]
enum Texts {
    Taken,
    Refused,
}

/// Returns the outermost object.
fn object(bytes: &[u8], what: &'static str) -> Result<Map<String, Value>, FileError> {
    if bytes.len() > LIMIT {
        return Err(FileError::TooLarge);
    }
    let text = str::from_utf8(bytes).map_err(|_| FileError::NotUtf8)?;
    // Some editors write a byte order mark first.
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
    config.lacks_data().map_or(Ok(config), |error| Err(error.into()))
}

/// Returns a JSON value as the text of a parameter's value. Fails if the parameter can't have this kind of value.
fn text_of(parameter: &Parameter, value: &Value, texts: Texts) -> Result<String, Problem> {
    match (value, parameter.domain) {
        (Value::Number(number), _) => Ok(number_text(number)),
        (Value::String(text), Domain::Choice(_) | Domain::Layers | Domain::Points | Domain::Images) => Ok(text.clone()),
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
        (_, Domain::Points) => Err(Problem::NotPoints),
        (_, Domain::Images) => Err(Problem::NotImages),
    }
}

/// Returns a refused value as a message shows it. A text gets quotes of its own, so that it differs from a number.
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
