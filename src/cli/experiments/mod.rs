//! `experiments`: the claims of the texts on screen, and whether they hold.

mod report;

use super::interruption::Interruption;
use super::{Failure, arguments, print};
use crate::exchange::experiments;
use crate::learn::experiments::{Checked, Experiment, ExperimentError, Findings, Jobs};
use clap::ArgMatches;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;
use std::io::IsTerminal as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

/// Lists the experiments that are named, or all; with `--check` it trains them and says whether they hold.
pub(super) fn experiments(matches: &ArgMatches) -> Result<(), Failure> {
    let all = experiments::all().map_err(|wrong| Failure::Failed(wrong.to_string()))?;
    let chosen = chosen(&all, matches)?;
    let as_json = matches.get_flag("json");
    if matches.get_flag("check") {
        return check(&chosen, matches, as_json);
    }
    if as_json {
        print::json(&chosen.iter().map(|experiment| Value::Object(report::entry(experiment))).collect(), false)
    } else {
        print::text(&report::list(&chosen))
    }
}

/// Returns the experiments that are named, by themselves or by the text that claims them, or all.
fn chosen<'a>(all: &'a [Experiment], matches: &ArgMatches) -> Result<Vec<&'a Experiment>, Failure> {
    let Some(names) = matches.get_many::<String>("name") else { return Ok(all.iter().collect()) };
    let mut chosen: Vec<&Experiment> = Vec::new();
    for name in names {
        let is_named = |experiment: &&Experiment| experiment.name == *name || experiment.text.as_ref() == Some(name);
        if !all.iter().any(|experiment| is_named(&experiment)) {
            let known: Vec<&str> = all.iter().map(|experiment| &*experiment.name).collect();
            return Err(Failure::Refused(format!("experiment = \"{name}\": it takes one of {}", known.join(", "))));
        }
        let new: Vec<&Experiment> =
            all.iter().filter(is_named).filter(|found| chosen.iter().all(|known| known.name != found.name)).collect();
        chosen.extend(new);
    }
    Ok(chosen)
}

/// Trains the experiments and prints what is found, each experiment as soon as its runs are over. Ctrl-C ends it between two runs.
fn check(chosen: &[&Experiment], matches: &ArgMatches, as_json: bool) -> Result<(), Failure> {
    let (first, count) = arguments::seeds(matches)?;
    let interruption = Interruption::watch()?;
    let jobs = Jobs::new(chosen, first, count);
    let mut findings = Findings::new(&jobs);
    let (mut entries, mut failed) = (Vec::new(), Vec::new());
    let mut done = 0;
    let bar = progress_bar(jobs.list().len() as u64);
    let told = train(&jobs, &interruption, |job, figures| {
        findings.note(job, figures);
        bar.inc(1);
        // In the experiments' order.
        while let Some((experiment, checked)) = chosen.get(done).zip(findings.of(done)) {
            done += 1;
            if !checked.failed(experiment).is_empty() {
                failed.push(&*experiment.name);
            }
            bar.suspend(|| tell(experiment, &checked, as_json.then_some(&mut entries)))?;
        }
        Ok(())
    });
    bar.finish_and_clear();
    told?;
    if as_json {
        print::json(&Value::Array(entries), false)?;
    } else {
        print::text(&format!("\n{} of {done} hold.\n", done - failed.len()))?;
    }
    let mut failures = Vec::new();
    if !failed.is_empty() {
        failures.push(Failure::Failed(format!("{} of {done} do not hold: {}", failed.len(), failed.join(", "))));
    }
    if let Some(code) = interruption.exit_code().filter(|_| done < chosen.len()) {
        // It says how the program ended; what does not hold is said behind it.
        failures.insert(
            0,
            Failure::Interrupted { after: format!("{done} of {} experiments; the results are those so far", chosen.len()), code },
        );
    }
    if failures.is_empty() { Ok(()) } else { Err(Failure::Several(failures)) }
}

/// Prints an experiment that was checked, or adds it to what is printed as JSON in the end.
fn tell(experiment: &Experiment, checked: &Checked, entries: Option<&mut Vec<Value>>) -> Result<(), Failure> {
    let Some(entries) = entries else { return print::text(&report::checked(experiment, checked)) };
    entries.push(report::checked_entry(experiment, checked).into());
    Ok(())
}

/// Trains the jobs in their order, as many at once as there are processors, and hands over what each has found.
///
/// It starts no other job once there is an interruption or `found` fails, and then returns when those under way are over.
fn train(
    jobs: &Jobs<'_>,
    interruption: &Interruption,
    mut found: impl FnMut(usize, Vec<Result<f64, ExperimentError>>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let (sender, receiver) = mpsc::channel();
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            let (sender, next) = (sender.clone(), &next);
            scope.spawn(move || {
                while interruption.exit_code().is_none() {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    let Some(job) = jobs.list().get(place) else { break };
                    // Nobody listens any more if `found` has failed.
                    if sender.send((place, job.run())).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        receiver.into_iter().try_for_each(|(place, figures)| found(place, figures))
    })
}

/// Returns a progress bar on standard error, or a hidden one if standard error is not a terminal.
fn progress_bar(runs: u64) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} runs  {eta} left");
    ProgressBar::new(runs).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
