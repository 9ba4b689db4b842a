//! `train`: a run without a window.

use super::files::Target;
use super::{Failure, arguments, picture, print};
use crate::exchange::{number, results, table};
use crate::learn::trainer::{Divergence, Snapshot};
use crate::learn::{Config, Trainer};
use clap::ArgMatches;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Map, Value};
use std::{io::IsTerminal as _, path::PathBuf};

/// Steps between two updates of the progress bar.
const TICK: u64 = 16;
/// Rows of a CSV file where nobody says how many.
const ROWS: u32 = 100;

/// Trains, writes the files asked for, prints the result.
pub(super) fn train(matches: &ArgMatches) -> Result<(), Failure> {
    let config = arguments::config(matches)?;
    let (steps, every) = arguments::steps(matches)?;
    let target = |name| matches.get_one::<PathBuf>(name).map(|path| Target::create(path)).transpose();
    let (embeddings, picture) = (target("embeddings")?, target("png")?);
    let rows = match target("csv")? {
        Some(target) => Rows::File(target),
        None if every.is_some() => Rows::Result(Vec::new()),
        None => Rows::None,
    };

    let every = every.unwrap_or(steps / ROWS).max(1);
    let Trained { mut trainer, divergence, history } = trained(config, u64::from(steps), u64::from(every), rows)?;
    let (snapshot, scene) = (trainer.snapshot(), trainer.scene());
    if let Some(mut target) = embeddings {
        target.write(table::embeddings_csv(&snapshot, &scene).as_bytes())?;
        target.finish()?;
    }
    if let Some(mut target) = picture {
        target.write(&picture::draw(&snapshot, &scene)?)?;
        target.finish()?;
    }
    print::json(&result(&snapshot, history), matches.get_flag("json"))?;
    divergence.map_or(Ok(()), |divergence| Err(divergence.into()))
}

/// Where the rows of metrics go that are taken every so often.
enum Rows {
    /// Nobody wants them.
    None,
    /// Into a file, as CSV.
    File(Target),
    /// Into the result.
    Result(Vec<Value>),
}

/// A run that has been trained.
struct Trained {
    trainer: Trainer,
    divergence: Option<Divergence>,
    /// The rows that go into the result.
    history: Option<Vec<Value>>,
}

/// The run after `steps` steps, or where it diverged, with a row of metrics every so often and at the end.
fn trained(config: Config, steps: u64, every: u64, mut rows: Rows) -> Result<Trained, Failure> {
    let mut trainer = Trainer::new(config)?;
    let bar = progress_bar(steps);
    let mut has_header = false;
    let mut divergence = None;
    while trainer.steps() < steps && divergence.is_none() {
        divergence = trainer.step().err();
        let step = trainer.steps();
        if divergence.is_none() && (step.is_multiple_of(every) || step == steps) {
            match &mut rows {
                Rows::None => {}
                Rows::Result(history) => history.push(row(&trainer.snapshot()).into()),
                Rows::File(target) => {
                    let row = row(&trainer.snapshot());
                    if !has_header {
                        target.write(line(row.keys().cloned()).as_bytes())?;
                        has_header = true;
                    }
                    target.write(line(row.values().map(cell)).as_bytes())?;
                }
            }
        }
        if step.is_multiple_of(TICK) {
            bar.set_position(step);
            bar.set_message(format!("{:.4}", trainer.terms().loss));
        }
    }
    bar.finish_and_clear();
    let history = match rows {
        Rows::None => None,
        Rows::Result(history) => Some(history),
        Rows::File(target) => {
            target.finish()?;
            None
        }
    };
    Ok(Trained { trainer, divergence, history })
}

/// A bar on standard error, only where somebody sees it.
fn progress_bar(steps: u64) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} steps  loss {msg}  {eta} left");
    ProgressBar::new(steps).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// Step, loss and the metrics that are one number each.
fn row(snapshot: &Snapshot) -> Map<String, Value> {
    let mut row = Map::new();
    row.insert("step".to_owned(), snapshot.step.into());
    row.insert("loss".to_owned(), number(snapshot.terms.loss));
    if let Value::Object(metrics) = results::metrics(snapshot) {
        row.extend(metrics.into_iter().filter(|(_, value)| !value.is_array()));
    }
    row
}

/// A cell of the CSV file; what does not apply is empty.
fn cell(value: &Value) -> String {
    if value.is_null() { String::new() } else { value.to_string() }
}

fn line(cells: impl Iterator<Item = String>) -> String {
    let mut line = cells.collect::<Vec<_>>().join(",");
    line.push('\n');
    line
}

/// The run's result; of a run that diverged it is the last good state, and why it ended there.
fn result(snapshot: &Snapshot, history: Option<Vec<Value>>) -> Value {
    let mut result = results::run(snapshot);
    if snapshot.divergence.is_none() {
        result.remove("diverged");
    }
    if let Some(history) = history {
        result.insert("history".to_owned(), history.into());
    }
    result.into()
}
