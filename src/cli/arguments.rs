//! The commands and flags, made from the table of parameters, and the configuration that they give.

use super::{Failure, files};
use crate::exchange::folder::{self, FolderError};
use crate::exchange::images::{self, MOST_FILE, Sheet, TILES};
use crate::exchange::{file, link, points};
use crate::learn::config::{Config, Data, Domain, Group, OwnImages, OwnPoints, Parameter, ParameterError, Problem, Scale, TABLE, Value};
use crate::learn::recipes::{self, RECIPES};
use clap::builder::OsStringValueParser;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// The numbers that `--steps` takes.
const STEPS: Domain = Domain::Integer { min: 0, max: 1_000_000_000, scale: Scale::Linear };
/// The numbers of steps between two rows that `--every` takes.
const EVERY: Domain = Domain::Integer { min: 1, max: 1_000_000_000, scale: Scale::Linear };

/// The numbers of seeds that `--seeds` takes.
const SEEDS: Domain = Domain::Integer { min: 1, max: 100, scale: Scale::Linear };
/// The first seeds that `--seeds-from` takes.
const FIRST_SEED: Domain = Domain::Integer { min: 0, max: 1_000_000_000, scale: Scale::Linear };
/// The sides of a tile that `--tile` takes.
const TILE: Domain = Domain::Integer { min: *TILES.start(), max: *TILES.end(), scale: Scale::Linear };

/// Returns all commands with their flags.
pub(super) fn command() -> Command {
    let train = Command::new("train")
        .about("Train without a window; the result goes to standard output as JSON")
        .after_help(
            "A file takes its name when it is complete; until then FILE.csv grows beside its place as .FILE.csv.XXXXXX.part. Ctrl-C and SIGTERM \
             end the run after the step under way: every result is written as of that step, and the exit code is 130 or 143. \
             Points and classes count from 0.",
        )
        .arg(option("steps", "N", "Steps to take").required(true))
        .arg(option(
            "every",
            "K",
            "Take a row of metrics every K steps, for --csv (where the default is a hundredth of the steps) or else into the result",
        ))
        .arg(json("Print the result in one line"))
        .arg(path("csv", "Write rows of metrics, and the parameters in force, as CSV"))
        .arg(path("embeddings", "Write the training points' final embeddings as CSV"))
        .arg(path("png", "Write a picture of the final embeddings"))
        .arg(path("sheet", "Write the training images as PNG: square tiles, a row of them for each class, as --data-file reads them (blank images are left out then)"))
        .arg(option("anchor", "N", "Pin a training point, from 0: the picture marks it, the embeddings say each point's cosine with it"))
        .arg(Arg::new("probe").long("probe").action(ArgAction::SetTrue).help(
            "Train probes on x, h and z when the run is over: linear and kNN for the class, R^2 of the nuisance coordinates. The networks \
             are not changed",
        ))
        .args(sources())
        .args(parameters(|_| true));
    let inspect = Command::new("inspect")
        .about("Train without a window, and say why one point moves then, as JSON")
        .after_help(
            "The point's view a is the anchor, in the last batch if that has drawn the point, else in a batch that is made for it: the point in two \
             views, with the others of the last batch. A force is minus the derivative of the batch's loss by the anchor's row: sum = pull + push. \
             Candidates come the strongest first.",
        )
        .arg(option("point", "N", "The training point, from 0").required(true))
        .arg(option("steps", "N", "Steps to take before").alias("step"))
        .arg(json("Print the result in one line"))
        .args(sources())
        .args(parameters(|_| true));
    let evaluate = Command::new("evaluate")
        .about("Loss, gradient by every row, and metrics of given embeddings, as JSON")
        .after_help(
            "FILE.csv has a line of column names (label, view and coordinates), then a line a row. The view is a or b; \
             the i-th row of a and the i-th row of b are a pair and share their label. Rows of view queue are the keys of method moco, rows of \
             view prototype the prototypes of swav or the centroids of deepcluster. The gradient's rows are in the file's order. \
             Semicolons or tabs may separate the cells; an index column without a name, comments behind # and empty lines are passed over. \
             Numbers have a decimal point.",
        )
        .arg(Arg::new("file").value_name("FILE.csv").help("The embeddings").required(true).value_parser(value_parser!(PathBuf)))
        .arg(json("Print the result in one line"))
        .args(parameters(bears_on_given_rows).map(|flag| if flag.get_id() == "loss" { flag.required_unless_present("method") } else { flag }));
    let params = Command::new("params")
        .about("The table of parameters, or of readings")
        .arg(json("Print the table as JSON"))
        .arg(Arg::new("readings").long("readings").help("Print the table of readings").action(ArgAction::SetTrue));
    let recipes = Command::new("recipes").about("The named methods of the papers").arg(json("Print them as JSON"));
    let experiments = Command::new("experiments")
        .about("What the texts on screen claim: settings beside counter-settings, and whether the claims hold")
        .after_help(
            "--check prints, for every seed, the figure of each run, and which bounds do not hold. The exit code is 1 if a claim does not hold. \
             All experiments take some minutes; Ctrl-C ends the check after the runs under way, and what was found so far is printed.",
        )
        .arg(Arg::new("name").value_name("NAME").help("The experiments, or the keys of texts that claim them; without a name all").num_args(0..))
        .arg(Arg::new("check").long("check").action(ArgAction::SetTrue).help("Train them and say whether what they claim holds"))
        .arg(option("seeds", "N", "With --check: the number of seeds [1 to 100; default: 3]").requires("check"))
        .arg(option("seeds-from", "K", "With --check: the first seed [0 to 1000000000; default: 0]").requires("check"))
        .arg(json("Print them as JSON"));
    Command::new("contrastive-playground")
        .version(env!("CARGO_PKG_VERSION"))
        .about("See contrastive learning work: a small encoder really trains while its embeddings move on the unit sphere")
        .after_help("Without a command the window opens, with the settings given.")
        .args_conflicts_with_subcommands(true)
        .disable_help_subcommand(true)
        .args(sources())
        .args(parameters(|_| true))
        .subcommands([train, inspect, evaluate, params, recipes, experiments])
}

/// Returns true if a parameter affects the loss of given rows, which are not trained.
fn bears_on_given_rows(parameter: &Parameter) -> bool {
    parameter.group == Group::Loss || ["positives", "negatives", "seed"].contains(&parameter.key)
}

/// Returns a flag that takes any text. Our own code checks the text later, so that the message is the same as everywhere else.
fn option(name: &'static str, value: &'static str, help: impl Into<String>) -> Arg {
    Arg::new(name).long(name).value_name(value).help(help.into()).value_parser(OsStringValueParser::new()).allow_negative_numbers(true)
}

fn path(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).value_name("FILE").help(help).value_parser(value_parser!(PathBuf))
}

fn json(help: &'static str) -> Arg {
    Arg::new("json").long("json").help(help).action(ArgAction::SetTrue)
}

/// Returns the flags that give a whole configuration: a file or a link.
fn sources() -> [Arg; 5] {
    [
        option("recipe", "NAME", "Take the method of a recipe (see recipes); data, encoder and optimiser stay as they are given"),
        path("config", "Start from a config file").conflicts_with("link"),
        path(
            "data-file",
            "Learn from data of one's own, at most 10,000. A CSV table has points: 2 to 16 columns of numbers and a column of labels if there is one; \
             with a scale of its own (a number beyond 5, or no spread to speak of) each column is centred and divided by its standard deviation. A \
             folder has images: PNG files in a folder for each class. A PNG file is a sheet of images: square tiles, a row of them for each class, \
             with --tile. Images are made grey and scaled to at most 16 x 16",
        )
        .conflicts_with_all(["data", "own", "own_images"]),
        option("tile", "PIXELS", "The side of the tiles of a sheet (--data-file FILE.png)").requires("data-file"),
        option("link", "URL", "Start from a link to the page, or from its hash alone"),
    ]
}

/// Returns a flag for each parameter of the table for which `is_asked_for` is true.
fn parameters(is_asked_for: fn(&Parameter) -> bool) -> impl Iterator<Item = Arg> {
    TABLE.iter().filter(move |parameter| is_asked_for(parameter)).map(|parameter| {
        let (kind, default) = (kind(&parameter.domain), (parameter.default)());
        let help = format!("{} [{}; default: {default}]", parameter.about, takes(parameter));
        option(parameter.key, kind, help).help_heading(heading(parameter.group))
    })
}

/// Returns the word that stands for the value in a flag's help.
pub(super) fn kind(domain: &Domain) -> &'static str {
    match domain {
        Domain::Integer { .. } => "INTEGER",
        Domain::Real { .. } => "NUMBER",
        Domain::Choice(_) => "WORD",
        Domain::Layers => "WIDTHS",
        Domain::Points => "POINTS",
        Domain::Images => "IMAGES",
    }
}

/// Describes the values that a parameter takes, in a few words.
pub(super) fn takes(parameter: &Parameter) -> String {
    let unit = parameter.unit;
    let space = if unit.is_empty() || unit == "°" { "" } else { " " };
    match parameter.domain {
        Domain::Integer { min, max, .. } => format!("{min} to {max}{space}{unit}"),
        Domain::Real { min, max, .. } => format!("{min} to {max}{space}{unit}"),
        Domain::Choice(words) => words.join(", "),
        Domain::Layers => "0 to 4 widths of 1 to 128".to_owned(),
        Domain::Points => format!("at most {} points of 2 to 16 coordinates", OwnPoints::MOST),
        Domain::Images => {
            let (least, most) = (OwnImages::SIDES.start(), OwnImages::SIDES.end());
            format!("at most {} images of {least} x {least} to {most} x {most} pixels", OwnImages::MOST)
        }
    }
}

fn heading(group: Group) -> &'static str {
    match group {
        Group::Data => "Data",
        Group::Positives => "Positives and negatives",
        Group::Loss => "Loss",
        Group::Encoder => "Encoder",
        Group::Optimizer => "Optimiser",
        Group::Run => "Run",
    }
}

/// Returns the configuration that file or link and flags give. Fails if any of them has an error.
pub(super) fn config(matches: &ArgMatches) -> Result<Config, Failure> {
    let start = match given(matches, "link") {
        Some(address) => link::read_strict(&address.to_string_lossy())?,
        None => from_file(matches)?,
    };
    with_flags(matches, start)
}

/// Returns what the window is to show. It replaces what is wrong in a link by the default and lists it; other errors fail.
pub(super) fn window(matches: &ArgMatches) -> Result<link::Lenient, Failure> {
    let start = match given(matches, "link") {
        Some(address) => link::read(&address.to_string_lossy()),
        None => link::Lenient { config: from_file(matches)?, names_run: given(matches, "config").is_some(), ..link::Lenient::default() },
    };
    let has_table = matches!(matches.try_get_one::<PathBuf>("data-file"), Ok(Some(_)));
    let mut flags = TABLE.iter().map(|parameter| parameter.key).chain(["recipe"]);
    let names_run = start.names_run || flags.any(|flag| given(matches, flag).is_some()) || has_table;
    Ok(link::Lenient { config: with_flags(matches, start.config)?, names_run, ..start })
}

/// Returns the settings of the config file, or the defaults if none is given.
fn from_file(matches: &ArgMatches) -> Result<Config, Failure> {
    let Ok(Some(path)) = matches.try_get_one::<PathBuf>("config") else {
        return Ok(Config::default());
    };
    file::from_json(&files::read(path, file::LIMIT as u64)?).map_err(|error| Failure::in_file(path, error))
}

/// Returns `start` with the parameters that flags give.
fn with_flags(matches: &ArgMatches, start: Config) -> Result<Config, Failure> {
    let mut config = start;
    if let Some(name) = given(matches, "recipe") {
        let name = name.to_string_lossy();
        let choices = || RECIPES.iter().map(|recipe| recipe.name).collect();
        let recipe = recipes::find(&name).ok_or_else(|| ParameterError::new("recipe", &name, Problem::NotNamed { choices: choices() }))?;
        config = recipe.applied(&config)?;
    }
    for parameter in TABLE {
        if let Some(text) = given(matches, parameter.key) {
            // If the text is not UTF-8, the replacement character makes it a wrong value and appears in the message.
            config.set_text(parameter.key, &text.to_string_lossy())?;
        }
    }
    if let Ok(Some(path)) = matches.try_get_one::<PathBuf>("data-file") {
        let tile = count(matches, "tile", TILE)?;
        config = with_data(config, path, tile)?;
    }
    config.lacks_data().map_or(Ok(config), |error| Err(error.into()))
}

/// Returns `config` with the points of a table, or the images of a folder or of a sheet.
fn with_data(config: Config, path: &Path, tile: Option<u32>) -> Result<Config, Failure> {
    let in_file = |problem: &dyn std::fmt::Display| Failure::in_file(path, problem);
    let only_sheets = || in_file(&"--tile is for a sheet of images, which is one PNG file");
    let with_images = |read: images::ReadImages| Config { data: Data::Images, own_images: read.images, ..config.clone() };
    if path.is_dir() {
        if tile.is_some() {
            return Err(only_sheets());
        }
        return folder::read(&[path]).map(with_images).map_err(|error| match error {
            FolderError::Unreadable(reason) => Failure::Failed(reason),
            FolderError::Refused(error) => in_file(&error),
        });
    }
    let bytes = files::read(path, MOST_FILE)?;
    if !images::is_png(&bytes) {
        if tile.is_some() {
            return Err(only_sheets());
        }
        let read = points::read(&bytes).map_err(|error| in_file(&error))?;
        return Ok(Config { data: Data::Own, own: read.points, ..config });
    }
    let tile = tile.ok_or_else(|| in_file(&"a sheet of images: --tile says how many pixels a side its tiles have"))?;
    // What is wrong with the file names it already.
    let sheet = Sheet::read(&path.display().to_string(), &bytes).map_err(|error| Failure::Refused(error.to_string()))?;
    sheet.cut(tile).map(with_images).map_err(|error| in_file(&error))
}

/// Returns a flag's text, or `None` if it is not given or the command does not have this flag.
fn given<'a>(matches: &'a ArgMatches, name: &str) -> Option<&'a OsStr> {
    matches.try_get_one::<OsString>(name).ok().flatten().map(OsString::as_os_str)
}

/// Returns the number of steps to take, and the number of steps between two rows if it is given.
pub(super) fn steps(matches: &ArgMatches) -> Result<(u32, Option<u32>), ParameterError> {
    let steps = count(matches, "steps", STEPS)?.unwrap_or(0);
    Ok((steps, count(matches, "every", EVERY)?))
}

/// Returns the first seed to check experiments with, and how many if that is given.
pub(super) fn seeds(matches: &ArgMatches) -> Result<(u32, Option<u32>), ParameterError> {
    Ok((count(matches, "seeds-from", FIRST_SEED)?.unwrap_or(0), count(matches, "seeds", SEEDS)?))
}

/// Returns the point to pin, if one is given, of so many.
pub(super) fn anchor(matches: &ArgMatches, points: u32) -> Result<Option<u32>, ParameterError> {
    count(matches, "anchor", Domain::Integer { min: 0, max: points.saturating_sub(1), scale: Scale::Linear })
}

/// Returns the point to inspect, of so many.
pub(super) fn point(matches: &ArgMatches, points: u32) -> Result<u32, ParameterError> {
    let domain = Domain::Integer { min: 0, max: points.saturating_sub(1), scale: Scale::Linear };
    Ok(count(matches, "point", domain)?.unwrap_or(0))
}

fn count(matches: &ArgMatches, name: &str, domain: Domain) -> Result<Option<u32>, ParameterError> {
    let Some(text) = given(matches, name) else { return Ok(None) };
    let text = text.to_string_lossy();
    match domain.parse(&text) {
        Ok(Value::Integer(count)) => Ok(Some(count)),
        Ok(_) => Ok(None),
        Err(problem) => Err(ParameterError::new(name, &text, problem)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flags_are_sound() {
        command().debug_assert();
    }
}
