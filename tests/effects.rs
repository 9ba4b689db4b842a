//! The experiments, over three seeds: what texts on screen claim, a run has shown.
//!
//! `cargo xtask effects` runs them in release; a debug build would take long.

#![expect(clippy::print_stdout, reason = "the table of figures is what one runs this for")]

use contrastive_playground::learn::experiments::{EXPERIMENTS, Run};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

const SEEDS: u32 = 3;

#[test]
#[ignore = "some minutes, and in release only: cargo xtask effects"]
fn every_promised_effect_shows_with_three_seeds() {
    let next = AtomicUsize::new(0);
    let found: Mutex<Vec<(usize, Vec<[f64; 2]>)>> = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(experiment) = EXPERIMENTS.get(index) else { break };
                    let figure = |run: &Run, seed| run.figure(experiment.figure, seed).expect("it gives a figure");
                    let pairs = (0..SEEDS).map(|seed| [figure(&experiment.setting, seed), figure(&experiment.counter, seed)]).collect();
                    found.lock().expect("no other thread panicked").push((index, pairs));
                }
            });
        }
    });
    let mut found = found.into_inner().expect("no thread panicked");
    found.sort_by_key(|(index, _)| *index);
    let mut wrong = Vec::new();
    for (index, pairs) in found {
        let experiment = &EXPERIMENTS[index];
        let all = pairs.iter().all(|[a, b]| experiment.holds(*a, *b));
        let figures = |place: usize| pairs.iter().map(|pair| format!("{:.3}", pair[place])).collect::<Vec<String>>().join(", ");
        let (setting, counter) = (experiment.setting.keys, experiment.counter.keys);
        println!(
            "{} | {} | {} | `{setting}` | {} | `{counter}` | {} |",
            if all { "yes" } else { "NO " },
            experiment.claim,
            experiment.figure,
            figures(0),
            figures(1)
        );
        if !all {
            wrong.push(experiment.name);
        }
    }
    assert!(wrong.is_empty(), "{} of {} do not show: {wrong:?}", wrong.len(), EXPERIMENTS.len());
}
