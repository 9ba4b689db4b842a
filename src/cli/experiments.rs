//! `experiments`: the claims of the texts on screen, and whether they hold.

use super::{Failure, print};
use crate::learn::ParameterError;
use crate::learn::config::Problem;
use crate::learn::experiments::{self, EXPERIMENTS, Experiment, Run};
use clap::ArgMatches;
use serde_json::{Map, Value, json};
use std::fmt::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Lists the experiments that are named, or all; with `--check` it trains them and says whether they hold.
pub(super) fn experiments(matches: &ArgMatches) -> Result<(), Failure> {
    let chosen = chosen(matches)?;
    let as_json = matches.get_flag("json");
    if !matches.get_flag("check") {
        return if as_json {
            print::json(&chosen.iter().map(|experiment| Value::Object(entry(experiment))).collect(), false)
        } else {
            print::text(&text(&chosen))
        };
    }
    let seeds = super::arguments::seeds(matches)?;
    let (mut entries, mut failed) = (Vec::new(), Vec::new());
    for experiment in &chosen {
        let figures = figures(experiment, seeds).map_err(|error| Failure::Failed(format!("{}: {error}", experiment.name)))?;
        let holds = figures.iter().all(|[setting, counter]| experiment.holds(*setting, *counter));
        if !holds {
            failed.push(experiment.name);
        }
        if as_json {
            let mut entry = entry(experiment);
            entry.insert("figures".to_owned(), json!(figures));
            entry.insert("holds".to_owned(), holds.into());
            entries.push(Value::Object(entry));
        } else {
            print::text(&checked(experiment, &figures, holds))?;
        }
    }
    if as_json {
        print::json(&Value::Array(entries), false)?;
    }
    if failed.is_empty() {
        Ok(())
    } else {
        Err(Failure::Failed(format!("{} of {} do not hold: {}", failed.len(), chosen.len(), failed.join(", "))))
    }
}

/// Returns the experiments that are named, or all.
fn chosen(matches: &ArgMatches) -> Result<Vec<&'static Experiment>, Failure> {
    let Some(names) = matches.get_many::<String>("name") else { return Ok(EXPERIMENTS.iter().collect()) };
    let find = |name: &String| {
        let choices = || EXPERIMENTS.iter().map(|experiment| experiment.name).collect();
        experiments::find(name).ok_or_else(|| ParameterError::new("experiment", name, Problem::NotNamed { choices: choices() }).into())
    };
    names.map(find).collect()
}

/// Trains setting and counter-setting with each seed, as many at once as there are processors.
fn figures(experiment: &Experiment, seeds: u32) -> Result<Vec<[f64; 2]>, experiments::ExperimentError> {
    let found = Mutex::new(vec![[Ok(0.0), Ok(0.0)]; seeds as usize]);
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let job = next.fetch_add(1, Ordering::Relaxed);
                    let (seed, place) = (job / 2, job % 2);
                    if seed >= seeds as usize {
                        break;
                    }
                    let figure = [&experiment.setting, &experiment.counter][place].figure(experiment.figure, seed as u32);
                    found.lock().unwrap_or_else(std::sync::PoisonError::into_inner)[seed][place] = figure;
                }
            });
        }
    });
    let found = found.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    found.into_iter().map(|[setting, counter]| Ok([setting?, counter?])).collect()
}

/// Returns the flags of a run.
fn flags(run: &Run) -> String {
    let flags: Vec<String> =
        run.keys.split('&').filter_map(|pair| pair.split_once('=')).map(|(key, value)| format!("--{key} {value}")).collect();
    format!("--steps {} {}", run.steps, flags.join(" "))
}

/// Returns what has to hold of a figure, in words; nothing where anything may.
fn wanted(experiment: &Experiment, place: usize) -> Option<String> {
    let bounds = experiment.bounds[place];
    (bounds.least.is_finite() || bounds.most.is_finite()).then(|| bounds.to_string())
}

/// Returns a few lines for each experiment.
fn text(chosen: &[&Experiment]) -> String {
    let mut text = String::new();
    for experiment in chosen {
        let Experiment { name, claim, figure, setting, counter, .. } = experiment;
        // Writing into a string can't fail.
        writeln!(text, "{name}\n    {claim}: {figure}").ok();
        for (what, place, run) in [("setting", 0, Some(setting)), ("against", 1, Some(counter)), ("difference", 2, None)] {
            let wanted = wanted(experiment, place);
            if run.is_some() || wanted.is_some() {
                let wanted = wanted.map_or_else(String::new, |wanted| format!("  {wanted}"));
                writeln!(text, "    {what:<10}{wanted}{}", run.map_or_else(String::new, |run| format!("  {}", flags(run)))).ok();
            }
        }
    }
    text
}

/// Returns a line for an experiment that was checked.
fn checked(experiment: &Experiment, figures: &[[f64; 2]], holds: bool) -> String {
    let figures: Vec<String> = figures.iter().map(|[setting, counter]| format!("{setting:.3} against {counter:.3}")).collect();
    format!("{}  {:<24} {}: {}\n", if holds { "yes" } else { "NO " }, experiment.name, experiment.figure, figures.join(", "))
}

fn entry(experiment: &Experiment) -> Map<String, Value> {
    let Experiment { name, claim, figure, setting, counter, bounds } = experiment;
    let run = |run: &Run| json!({ "link": format!("#{}", run.keys), "steps": run.steps });
    let end = |value: f64| if value.is_finite() { json!(value) } else { Value::Null };
    let [of_setting, of_counter, of_difference] = bounds.map(|bounds| json!([end(bounds.least), end(bounds.most)]));
    let entry = json!({
        "name": name, "claim": claim, "figure": figure.to_string(), "setting": run(setting), "counter": run(counter),
        "bounds": { "setting": of_setting, "counter": of_counter, "difference": of_difference },
    });
    if let Value::Object(entry) = entry { entry } else { Map::new() }
}
