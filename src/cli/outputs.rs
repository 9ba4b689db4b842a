//! The files that `train` writes, named by its flags.

use super::Failure;
use super::target::{Place, Target};
use clap::ArgMatches;
use std::path::{Path, PathBuf};

/// The outputs that flags name.
#[derive(Debug, Default)]
pub(super) struct Outputs {
    /// Rows of metrics.
    pub(super) csv: Option<Target>,
    /// The final embeddings.
    pub(super) embeddings: Option<Target>,
    /// The picture.
    pub(super) png: Option<Target>,
    /// The training images.
    pub(super) sheet: Option<Target>,
}

/// The flag of an output, its path as it was given, and the place that the path leads to.
type Found<'a> = (&'static str, &'a Path, Place);

/// Opens the outputs that the flags name. If one of them can't be opened, none is changed.
pub(super) fn open(matches: &ArgMatches) -> Result<Outputs, Failure> {
    let mut outputs = Outputs::default();
    for (flag, path, place) in find(matches)? {
        let target = Target::open(path, place)?;
        match flag {
            "csv" => outputs.csv = Some(target),
            "embeddings" => outputs.embeddings = Some(target),
            "sheet" => outputs.sheet = Some(target),
            _ => outputs.png = Some(target),
        }
    }
    Ok(outputs)
}

/// Finds the places of the outputs. Fails if two outputs have the same place, or one has the place of the config file.
fn find(matches: &ArgMatches) -> Result<Vec<Found<'_>>, Failure> {
    let path = |flag: &str| matches.get_one::<PathBuf>(flag).map(PathBuf::as_path);
    // Errors of this path are ignored here, because the config file has been read before.
    let config = path("config").and_then(|path| Place::of(path).ok());
    let mut found: Vec<Found<'_>> = Vec::new();
    for flag in ["csv", "embeddings", "png", "sheet"] {
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
    // Opening a pipe waits for its reader. Pipes come first, so that no temporary file is left behind if the program is ended meanwhile.
    found.sort_by_key(|(.., place)| matches!(place, Place::File(_)));
    Ok(found)
}
