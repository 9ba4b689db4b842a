//! `train`: trains without a window.

use super::interruption::Interruption;
use super::outputs::{self, Outputs};
use super::target::Target;
use super::{Failure, arguments, picture, print};
use crate::exchange::{number, results, sheet, table};
use crate::learn::Trainer;
use crate::learn::report::{Divergence, Snapshot};
use clap::ArgMatches;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Map, Value};
use std::io::IsTerminal as _;

/// The number of steps between two updates of the progress bar.
const TICK: u64 = 16;
/// The number of rows of a CSV file if `--every` is not given.
const ROWS: u32 = 100;

/// Trains, writes the files that flags name, and prints the result.
pub(super) fn train(matches: &ArgMatches) -> Result<(), Failure> {
    let config = arguments::config(matches)?;
    let (steps, every) = arguments::steps(matches)?;
    if matches.contains_id("sheet") && !config.data.are_images() {
        return Err(Failure::Refused("--sheet writes images, but the data are points".to_owned()));
    }
    let Outputs { csv, embeddings, png, sheet } = outputs::open(matches)?;
    let interruption = Interruption::watch()?;
    let mut rows = match csv {
        Some(target) => Rows::csv(target),
        None if every.is_some() => Rows::Result(Vec::new()),
        None => Rows::None,
    };
    let every = every.unwrap_or(steps / ROWS).max(1);
    let mut trainer = Trainer::new(config)?;
    trainer.pin(arguments::anchor(matches, trainer.dataset().labels.len() as u32)?);
    // The answer is of the last state only.
    trainer.answer(false);
    let divergence = run(&mut trainer, u64::from(steps), u64::from(every), &mut rows, &interruption);

    // If one result can't be written, the others are written all the same.
    let mut failures: Vec<Failure> = Vec::new();
    trainer.answer(true);
    let (snapshot, scene) = (trainer.snapshot(), trainer.scene());
    let history = rows.finish(&mut failures);
    if let Some(mut target) = embeddings {
        target.write(table::embeddings_csv(&snapshot, &scene).as_bytes());
        failures.extend(target.finish().err());
    }
    if let Some(mut target) = png {
        let written = picture::draw(&snapshot, &scene).and_then(|picture| {
            target.write(&picture);
            target.finish()
        });
        failures.extend(written.err());
    }
    if let (Some(mut target), Some(written)) = (sheet, sheet::write(&scene)) {
        let written = written.map_err(|error| Failure::Failed(error.to_string())).and_then(|sheet| {
            target.write(&sheet);
            target.finish()
        });
        failures.extend(written.err());
    }
    let mut result = result(&snapshot, history);
    if matches.get_flag("probe")
        && let Some(Value::Object(readings)) = result.get_mut("readings")
    {
        readings.extend(results::probes(&trainer.probe()));
    }
    failures.extend(print::json(&result, matches.get_flag("json")).err());
    failures.extend(divergence.map(Failure::from));
    let after = format!("step {}; the results are those of this step", snapshot.step);
    failures.extend(interruption.exit_code().map(|code| Failure::Interrupted { after, code }));
    if failures.is_empty() { Ok(()) } else { Err(Failure::Several(failures)) }
}

/// The place for the rows of metrics.
enum Rows {
    /// No rows are taken.
    None,
    /// A CSV file.
    File(Target),
    /// A list that becomes a part of the result.
    Result(Vec<Value>),
}

impl Rows {
    /// Starts a CSV file with the names of the columns.
    fn csv(mut target: Target) -> Self {
        // Every snapshot has the same names, also an empty one.
        let row = row(&Snapshot::default());
        target.write(line(row.keys().cloned().chain(table::live_columns())).as_bytes());
        Self::File(target)
    }

    /// Adds a row for the current state of the run.
    fn take(&mut self, trainer: &mut Trainer) {
        match self {
            Self::None => {}
            Self::Result(history) => history.push(row(&trainer.snapshot()).into()),
            Self::File(target) => {
                let snapshot = trainer.snapshot();
                let row = row(&snapshot);
                target.write(line(row.values().map(cell).chain(table::live_values(&snapshot.config))).as_bytes());
            }
        }
    }

    /// Returns true if every row could be written so far.
    fn are_sound(&self) -> bool {
        if let Self::File(target) = self { target.is_sound() } else { true }
    }

    /// Completes the file, or returns the rows for the result. Appends an error of the file to `failures`.
    fn finish(self, failures: &mut Vec<Failure>) -> Option<Vec<Value>> {
        match self {
            Self::None => None,
            Self::Result(history) => Some(history),
            Self::File(target) => {
                failures.extend(target.finish().err());
                None
            }
        }
    }
}

/// Takes up to `steps` steps. Adds a row of metrics every `every` steps and one for the last state.
///
/// Ends early if the run diverges, if it is interrupted, or if its rows can't be written. Returns why the run diverged, if it did.
fn run(trainer: &mut Trainer, steps: u64, every: u64, rows: &mut Rows, interruption: &Interruption) -> Option<Divergence> {
    let bar = progress_bar(steps);
    let mut divergence = None;
    let mut last_row = 0;
    while trainer.steps() < steps && divergence.is_none() && interruption.exit_code().is_none() && rows.are_sound() {
        divergence = trainer.step().err();
        let step = trainer.steps();
        if divergence.is_none() && step.is_multiple_of(every) {
            rows.take(trainer);
            last_row = step;
        }
        if step.is_multiple_of(TICK) {
            bar.set_position(step);
            bar.set_message(format!("{:.4}", trainer.terms().loss));
        }
    }
    if trainer.steps() > last_row {
        rows.take(trainer);
    }
    bar.finish_and_clear();
    divergence
}

/// Returns a progress bar on standard error, or a hidden one if standard error is not a terminal.
fn progress_bar(steps: u64) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} steps  loss {msg}  {eta} left");
    ProgressBar::new(steps).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// Returns the step, the loss, and the metrics that are single numbers.
fn row(snapshot: &Snapshot) -> Map<String, Value> {
    let mut row = Map::new();
    row.insert("step".to_owned(), snapshot.step.into());
    row.insert("loss".to_owned(), number(snapshot.terms.loss));
    if let Value::Object(metrics) = results::metrics(snapshot) {
        row.extend(metrics.into_iter().filter(|(_, value)| !value.is_array()));
    }
    row.extend(results::own(snapshot));
    row
}

/// Returns the cell of a value in the CSV file, which is empty for a metric that does not apply.
fn cell(value: &Value) -> String {
    if value.is_null() { String::new() } else { value.to_string() }
}

fn line(cells: impl Iterator<Item = String>) -> String {
    let mut line = cells.collect::<Vec<_>>().join(",");
    line.push('\n');
    line
}

/// Returns the result of the run. If the run diverged, this is the last good state, with the reason.
fn result(snapshot: &Snapshot, history: Option<Vec<Value>>) -> Value {
    let mut result = results::ended(snapshot);
    if let Some(history) = history {
        result.insert("history".to_owned(), history.into());
    }
    result.into()
}
