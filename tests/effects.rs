//! The experiments, over three seeds: what texts on screen claim, a run has shown.
//!
//! `cargo xtask effects` runs them in release; a debug build would take long.

#![cfg(feature = "exchange")]
#![expect(clippy::print_stdout, reason = "the table of figures is what one runs this for")]

use contrastive_playground::exchange::experiments;
use contrastive_playground::learn::experiments::{Checked, Experiment, Findings, Jobs, Run, letter};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

#[test]
#[ignore = "some minutes, and in release only: cargo xtask effects"]
fn every_promised_effect_shows_with_three_seeds() {
    let mut all = experiments::all().expect("the data files are sound");
    all.retain(|experiment| experiment.ci);
    let jobs = Jobs::new(&all.iter().collect::<Vec<&Experiment>>(), 0, None);
    let findings = Mutex::new(Findings::new(&jobs));
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    let Some(job) = jobs.list().get(place) else { break };
                    let figures = job.run();
                    findings.lock().expect("no other thread panicked").note(place, figures);
                }
            });
        }
    });
    let findings = findings.into_inner().expect("no thread panicked");
    let mut wrong = Vec::new();
    for (place, experiment) in all.iter().enumerate() {
        let checked = findings.of(place).expect("all jobs are done");
        let failed = checked.failed(experiment);
        println!("{} {}", if failed.is_empty() { "yes" } else { "NO " }, row(experiment, &checked));
        if !failed.is_empty() {
            let bounds: Vec<String> = failed.iter().map(|failed| experiment.holds[failed.bound].to_string()).collect();
            wrong.push((&experiment.name, bounds, checked.errors()));
        }
    }
    assert!(wrong.is_empty(), "{} of {} do not show: {wrong:#?}", wrong.len(), all.len());
}

/// Returns the row of an experiment in the table of the documentation: the claim, what is measured, and each run with its figures.
fn row(experiment: &Experiment, checked: &Checked) -> String {
    let figures = |run: usize| {
        let figures =
            checked.figures.iter().map(|(_, figures)| figures[run].as_ref().map_or_else(|_| "–".to_owned(), |it| format!("{it:.3}")));
        figures.collect::<Vec<String>>().join(", ")
    };
    let run = |(place, run): (usize, &Run)| {
        let Run { keys, steps } = run;
        format!("{}: `#{keys}`, {steps} steps: {}", letter(place), figures(place))
    };
    let runs: Vec<String> = experiment.runs.iter().enumerate().map(run).collect();
    let bounds: Vec<String> = experiment.holds.iter().map(ToString::to_string).collect();
    format!("| {} | `{}` | {} | {} |", experiment.claim, experiment.figure, runs.join("<br>"), bounds.join(", "))
}
