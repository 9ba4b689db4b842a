//! `train`: a run without a window.

use super::interruption::Interruption;
use super::outputs::{self, Outputs};
use super::target::Target;
use super::{Failure, arguments, picture, print};
use crate::exchange::{number, results, table};
use crate::learn::Trainer;
use crate::learn::trainer::{Divergence, Snapshot};
use clap::ArgMatches;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Map, Value};
use std::io::IsTerminal as _;

/// Steps between two updates of the progress bar.
const TICK: u64 = 16;
/// Rows of a CSV file where nobody says how many.
const ROWS: u32 = 100;

/// Trains, writes the files asked for, prints the result.
pub(super) fn train(matches: &ArgMatches) -> Result<(), Failure> {
    let config = arguments::config(matches)?;
    let (steps, every) = arguments::steps(matches)?;
    let Outputs { csv, embeddings, png } = outputs::open(matches)?;
    let interruption = Interruption::watch()?;
    let mut rows = match csv {
        Some(target) => Rows::csv(target),
        None if every.is_some() => Rows::Result(Vec::new()),
        None => Rows::None,
    };
    let every = every.unwrap_or(steps / ROWS).max(1);
    let mut trainer = Trainer::new(config)?;
    let divergence = run(&mut trainer, u64::from(steps), u64::from(every), &mut rows, &interruption);

    // What becomes of one result keeps no other from being written.
    let mut failures: Vec<Failure> = Vec::new();
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
    failures.extend(print::json(&result(&snapshot, history), matches.get_flag("json")).err());
    failures.extend(divergence.map(Failure::from));
    failures.extend(interruption.exit_code().map(|code| Failure::Interrupted { step: snapshot.step, code }));
    if failures.is_empty() { Ok(()) } else { Err(Failure::Several(failures)) }
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

impl Rows {
    /// Rows for a CSV file, which begins with the columns' names.
    fn csv(mut target: Target) -> Self {
        // Any snapshot has the names, one of no run at all too.
        let row = row(&Snapshot::default());
        target.write(line(row.keys().cloned().chain(table::live_columns())).as_bytes());
        Self::File(target)
    }

    /// Takes a row of the run as it stands.
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

    /// Whether every row could be written so far.
    fn are_sound(&self) -> bool {
        if let Self::File(target) = self { target.is_sound() } else { true }
    }

    /// Completes the file; the rows that go into the result.
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

/// Takes up to `steps` steps, with a row of metrics every so often and one of the state at the end.
///
/// The run ends early when it diverges, when it is interrupted, and when its rows can't be written.
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
