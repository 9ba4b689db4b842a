//! `train`: a run without a window.

use super::files::Target;
use super::{Failure, arguments, picture, print};
use crate::exchange::{file, number, results, table};
use crate::learn::trainer::{Divergence, Snapshot};
use crate::learn::{Config, Trainer};
use clap::ArgMatches;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};
use std::{io::IsTerminal as _, path::PathBuf};

/// Steps between two updates of the progress bar.
const TICK: u64 = 16;

/// Trains, writes the files asked for, prints the result.
pub(super) fn train(matches: &ArgMatches) -> Result<(), Failure> {
    let config = arguments::config(matches)?;
    let (steps, every) = arguments::steps(matches)?;
    let target = |name| matches.get_one::<PathBuf>(name).map(|path| Target::create(path)).transpose();
    let (rows, embeddings, picture) = (target("csv")?, target("embeddings")?, target("png")?);

    let (mut trainer, divergence) = steps_taken(config, u64::from(steps), u64::from(every), rows)?;
    let (snapshot, scene) = (trainer.snapshot(), trainer.scene());
    if let Some(mut target) = embeddings {
        target.write(table::embeddings_csv(&snapshot, &scene).as_bytes())?;
        target.finish()?;
    }
    if let Some(mut target) = picture {
        target.write(&picture::draw(&snapshot, &scene)?)?;
        target.finish()?;
    }
    print::json(&result(&snapshot, divergence), matches.get_flag("json"))?;
    divergence.map_or(Ok(()), |divergence| Err(divergence.into()))
}

/// The run after `steps` steps, or where it diverged; a row of metrics goes to `rows` every so often and at the end.
fn steps_taken(config: Config, steps: u64, every: u64, mut rows: Option<Target>) -> Result<(Trainer, Option<Divergence>), Failure> {
    let mut trainer = Trainer::new(config)?;
    let bar = progress_bar(steps);
    let mut has_header = false;
    let mut divergence = None;
    while trainer.steps() < steps && divergence.is_none() {
        divergence = trainer.step().err();
        let step = trainer.steps();
        if let Some(rows) = &mut rows
            && divergence.is_none()
            && (step.is_multiple_of(every) || step == steps)
        {
            let values = row(&trainer.snapshot());
            if !has_header {
                rows.write(line(values.iter().map(|(key, _)| key.clone())).as_bytes())?;
                has_header = true;
            }
            rows.write(line(values.into_iter().map(|(_, value)| value)).as_bytes())?;
        }
        if step.is_multiple_of(TICK) {
            bar.set_position(step);
            bar.set_message(format!("{:.4}", trainer.terms().loss));
        }
    }
    bar.finish_and_clear();
    rows.map_or(Ok(()), Target::finish)?;
    Ok((trainer, divergence))
}

/// A bar on standard error, only where somebody sees it.
fn progress_bar(steps: u64) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} steps  loss {msg}  {eta} left");
    ProgressBar::new(steps).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// The metrics that are one number each; what does not apply is empty.
fn row(snapshot: &Snapshot) -> Vec<(String, String)> {
    let mut values = vec![("step".to_owned(), snapshot.step.to_string()), ("loss".to_owned(), snapshot.terms.loss.to_string())];
    if let Value::Object(metrics) = results::metrics(snapshot) {
        for (key, value) in metrics {
            match value {
                Value::Number(number) => values.push((key, number.to_string())),
                Value::Null => values.push((key, String::new())),
                _ => {}
            }
        }
    }
    values
}

fn line(cells: impl Iterator<Item = String>) -> String {
    let mut line = cells.collect::<Vec<_>>().join(",");
    line.push('\n');
    line
}

/// The run's result; of a run that diverged it is the last good state, and why it ended there.
fn result(snapshot: &Snapshot, divergence: Option<Divergence>) -> Value {
    let mut result = json!({
        "step": snapshot.step,
        "loss": number(snapshot.terms.loss),
        "fingerprint": snapshot.fingerprint.to_string(),
        "metrics": results::metrics(snapshot),
        "config": file::config_value(&snapshot.config),
    });
    if let Some(divergence) = divergence {
        result["diverged"] = divergence.to_string().into();
    }
    result
}
