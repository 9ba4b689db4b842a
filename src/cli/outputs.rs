//! The files that `train` writes, as its flags name them.

use super::Failure;
use super::target::{Place, Target};
use clap::ArgMatches;
use std::path::{Path, PathBuf};

/// The outputs that are asked for.
#[derive(Debug, Default)]
pub(super) struct Outputs {
    /// Rows of metrics.
    pub(super) csv: Option<Target>,
    /// The final embeddings.
    pub(super) embeddings: Option<Target>,
    /// The picture.
    pub(super) png: Option<Target>,
}

/// An output's flag, its path as it was given, and where that leads.
type Found<'a> = (&'static str, &'a Path, Place);

/// Opens the outputs that the flags name. When one of them can't be, none is changed.
pub(super) fn open(matches: &ArgMatches) -> Result<Outputs, Failure> {
    let mut outputs = Outputs::default();
    for (flag, path, place) in find(matches)? {
        let target = Target::open(path, place)?;
        match flag {
            "csv" => outputs.csv = Some(target),
            "embeddings" => outputs.embeddings = Some(target),
            _ => outputs.png = Some(target),
        }
    }
    Ok(outputs)
}

/// Finds the outputs' places. Two outputs in one place are refused, and so is one in the place of the config file.
fn find(matches: &ArgMatches) -> Result<Vec<Found<'_>>, Failure> {
    let path = |flag: &str| matches.get_one::<PathBuf>(flag).map(PathBuf::as_path);
    // The config file has been read, so whatever is wrong with its path would be no news.
    let config = path("config").and_then(|path| Place::of(path).ok());
    let mut found: Vec<Found<'_>> = Vec::new();
    for flag in ["csv", "embeddings", "png"] {
        let Some(path) = path(flag) else { continue };
        let place = Place::of(path)?;
        let other = found.iter().find(|(.., taken)| *taken == place).map(|(other, ..)| *other);
        if let Some(other) = other.or_else(|| (config.as_ref() == Some(&place)).then_some("config")) {
            return Err(Failure::Refused(format!(
                "--{other} and --{flag} are the same file, {}: each has to have a file of its own",
                path.display()
            )));
        }
        found.push((flag, path, place));
    }
    // A pipe is opened when somebody reads it: until then there is no temporary file that could be left behind.
    found.sort_by_key(|(.., place)| matches!(place, Place::File(_)));
    Ok(found)
}
