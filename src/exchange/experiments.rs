//! Reads the experiments: what the texts on screen claim, as data files of the program.
//!
//! A file is a list of entries, each a [`learn::experiments::Experiment`](crate::learn::experiments::Experiment).

use super::json;
use crate::learn::experiments::{Experiment, Unsound};
use serde_json::Value;
use std::fmt;

/// The data files with their names, in the order in which the documentation lists them.
const FILES: [(&str, &str); 5] = [
    ("data.json", include_str!("../../assets/experiments/data.json")),
    ("losses.json", include_str!("../../assets/experiments/losses.json")),
    ("training.json", include_str!("../../assets/experiments/training.json")),
    ("methods.json", include_str!("../../assets/experiments/methods.json")),
    ("images.json", include_str!("../../assets/experiments/images.json")),
];

/// What is wrong with a data file.
#[derive(Clone, Debug, PartialEq)]
pub struct WrongFile {
    /// The file's name.
    pub file: &'static str,
    /// The entry: its name, or its place from 1 if it has none; none where the file as a whole is wrong.
    pub entry: Option<String>,
    /// What is wrong.
    pub problem: Box<Problem>,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq)]
pub enum Problem {
    /// The text is no JSON.
    NotJson(String),
    /// The file is no list.
    NotList,
    /// The entry has not the keys and values of an experiment.
    NotExperiment(String),
    /// The entry says nothing.
    Unsound(Unsound),
    /// Another entry, of this or of an earlier file, has the same name.
    NameTwice,
}

impl fmt::Display for WrongFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, entry, problem } = self;
        write!(f, "{file}: ")?;
        if let Some(entry) = entry {
            write!(f, "{entry}: ")?;
        }
        match &**problem {
            Problem::NotJson(error) | Problem::NotExperiment(error) => f.write_str(error),
            Problem::NotList => f.write_str("it is a list of experiments, in brackets"),
            Problem::Unsound(unsound) => unsound.fmt(f),
            Problem::NameTwice => f.write_str("there is another experiment of this name"),
        }
    }
}

impl std::error::Error for WrongFile {}

/// Returns every experiment, in the order in which the documentation lists them.
pub fn all() -> Result<Vec<Experiment>, WrongFile> {
    read(&FILES)
}

/// Reads files, which have a name each.
fn read(files: &[(&'static str, &str)]) -> Result<Vec<Experiment>, WrongFile> {
    let mut all: Vec<Experiment> = Vec::new();
    for (file, text) in files.iter().copied() {
        let wrong = |entry, problem| WrongFile { file, entry, problem: Box::new(problem) };
        let Value::Array(entries) = json::parse(text).map_err(|error| wrong(None, Problem::NotJson(error.to_string())))? else {
            return Err(wrong(None, Problem::NotList));
        };
        for (place, entry) in entries.into_iter().enumerate() {
            let name = entry["name"].as_str().map_or_else(|| format!("entry {}", place + 1), str::to_owned);
            let wrong = |problem| wrong(Some(name.clone()), problem);
            let experiment: Experiment = serde_json::from_value(entry).map_err(|error| wrong(Problem::NotExperiment(error.to_string())))?;
            experiment.check().map_err(|unsound| wrong(Problem::Unsound(unsound)))?;
            if all.iter().any(|other| other.name == experiment.name) {
                return Err(wrong(Problem::NameTwice));
            }
            all.push(experiment);
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn every_entry_of_the_data_files_is_sound() {
        let all = all().unwrap_or_else(|wrong| panic!("{wrong}"));
        let texts: BTreeMap<String, String> = serde_json::from_str(include_str!("../../assets/lang/en.json")).expect("a language file");
        for (place, experiment) in all.iter().enumerate() {
            let Experiment { name, text, claim, runs, holds, .. } = experiment;
            assert!(all[..place].iter().all(|other| other.claim != *claim), "{name}: the claim stands twice");
            assert!(claim.ends_with('.') && claim.starts_with(|first: char| first.is_uppercase()), "{name}: a sentence");
            assert!(text.as_ref().is_none_or(|key| texts.contains_key(key)), "{name}: {text:?} is no text on screen");
            let none = vec![f64::NAN; runs.len()];
            assert!(!holds.iter().any(|bound| bound.holds(&none)), "{name}: no figure is no proof");
        }
    }

    const SOUND: &str = r#"{
        "name": "small", "claim": "It falls.", "figure": "loss", "runs": [{ "keys": "tau=0.1", "steps": 2 }], "holds": [{ "of": "a", "most": 1 }]
    }"#;

    #[test]
    fn what_is_wrong_is_said_with_file_and_entry() {
        let wrong = |text: &str| read(&[("first.json", &format!("[{SOUND}]")), ("second.json", text)]).expect_err("refused").to_string();
        let changed = |from: &str, to: &str| format!("[{}]", SOUND.replace("small", "other").replace(from, to));
        assert_eq!(read(&[("first.json", &format!("[{SOUND}]"))]).map(|all| all.len()), Ok(1));
        assert_eq!(wrong("{}"), "second.json: it is a list of experiments, in brackets");
        assert!(wrong("[").starts_with("second.json: EOF"), "{}", wrong("["));
        assert_eq!(wrong(&format!("[{SOUND}]")), "second.json: small: there is another experiment of this name");
        assert_eq!(wrong("[{}]"), "second.json: entry 1: missing field `name`");
        assert_eq!(wrong(&changed("\"loss\"", "\"lost\"")), "second.json: other: there is no reading or quantity \"lost\"");
        assert_eq!(wrong(&changed("tau", "tua")), "second.json: other: tua: there is no such parameter");
        assert_eq!(wrong(&changed("\"a\"", "\"b\"")), "second.json: other: no bound is of run a");
        assert!(wrong(&changed("\"steps\"", "\"stops\"")).starts_with("second.json: other: unknown field `stops`"));
    }
}
