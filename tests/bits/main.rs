//! Checks that the same link gives the same run, bit for bit: with every set of vector instructions, in every build, with every runner,
//! and for any number of steps at a time. `tests/page/bits.rs` checks Chromium and Node against the same list of fingerprints.
//!
//! `cargo test --test bits -- --ignored` writes the list anew. If it changes, every link that was shared before gives another run.

mod combinations;

use combinations::{STEPS, links, wanted};
use contrastive_playground::learn::kernels::Instructions;
use contrastive_playground::learn::{Config, Trainer};

/// Returns the configuration of a link, which is given without its `#`.
fn config(link: &str) -> Config {
    let mut config = Config::default();
    for (key, value) in link.split('&').filter_map(|pair| pair.split_once('=')) {
        config.set_text(key, value).expect("valid");
    }
    config
}

/// Fails if a run's fingerprint differs from the expected one. `train` trains a run and returns its fingerprint.
fn assert_same(train: impl Fn(Config) -> String) {
    let found: Vec<String> = links().iter().map(|link| train(config(link))).collect();
    let wanted = wanted();
    assert_eq!(found.len(), wanted.len(), "the list has as many lines as there are runs");
    let wrong: Vec<String> = links()
        .iter()
        .zip(found.iter().zip(wanted))
        .filter(|(_, (a, b))| a != b)
        .map(|(link, (a, b))| format!("{link}: {a}, not {b}"))
        .collect();
    assert!(wrong.is_empty(), "{} of {} runs differ:\n{}", wrong.len(), links().len(), wrong.join("\n"));
}

/// Trains a run with the given instructions and returns its fingerprint.
fn trained(config: Config, instructions: Instructions) -> String {
    let mut trainer = Trainer::with_instructions(config, instructions).expect("valid");
    for _ in 0..STEPS {
        trainer.step().expect("the run does not diverge");
    }
    trainer.fingerprint().to_string()
}

#[test]
fn fingerprints_with_the_best_instructions_of_this_machine() {
    assert_same(|config| trained(config, Instructions::best()));
}

#[test]
fn fingerprints_with_the_baseline_instructions() {
    assert_same(|config| trained(config, Instructions::baseline()));
}

#[test]
#[ignore = "writes the list that the other tests read"]
fn write_the_list() {
    let found: Vec<String> = links().iter().map(|link| trained(config(link), Instructions::baseline())).collect();
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/bits.txt");
    std::fs::write(file, found.join("\n") + "\n").expect("the list can be written");
}

#[test]
fn the_runs_differ_from_one_another() {
    let mut fingerprints = wanted();
    fingerprints.sort_unstable();
    fingerprints.dedup();
    assert_eq!(fingerprints.len(), links().len());
}

#[cfg(feature = "app")]
mod runners {
    use super::{Config, STEPS, assert_same};
    use contrastive_playground::runner::{Change, Event, Job, Message, Request, RunId, Runner, SliceRunner, ThreadRunner, Wish};
    use std::time::{Duration, Instant};

    /// Requests [`STEPS`] steps of a run in portions of at most `count`, each after the previous one is done. Returns the final fingerprint.
    fn run(config: Config, runner: &mut dyn Runner, count: u32) -> String {
        let mut events = Vec::new();
        let mut reached = (0, String::new());
        let mut asked = 0;
        let mut done = true;
        let mut request = Request { runs: vec![Wish::of(RunId(0), Some(Change::first(config)))], ..Request::paused() };
        let start = Instant::now();
        loop {
            if done && asked == STEPS {
                assert_eq!(reached.0, u64::from(STEPS));
                return reached.1;
            }
            if done {
                let count = count.min(STEPS - asked);
                asked += count;
                done = false;
                request.number += 1;
                runner.send(Message { request: Some(request.clone()), jobs: vec![(asked, Job::Steps(count))] });
            }
            runner.poll(&mut events);
            for event in events.drain(..) {
                match event {
                    Event::Snapshot(_, snapshot, _) => {
                        assert_eq!(snapshot.divergence, None);
                        reached = (snapshot.step, snapshot.fingerprint.to_string());
                    }
                    Event::Shown(number) => request.seen = number,
                    Event::Done(ticket) if ticket == asked => done = true,
                    _ => {}
                }
            }
            assert!(start.elapsed() < Duration::from_mins(1), "waited in vain for {asked} steps; at {}", reached.0);
            std::thread::yield_now();
        }
    }

    #[test]
    fn fingerprints_with_the_slice_runner() {
        assert_same(|config| run(config, &mut SliceRunner::default(), STEPS));
    }

    #[test]
    fn fingerprints_with_the_thread_runner() {
        assert_same(|config| run(config, &mut ThreadRunner::start(Box::new(|| {})).expect("a thread"), STEPS));
    }

    #[test]
    fn fingerprints_with_steps_in_portions_of_1_and_37() {
        for count in [1, 37] {
            // Only every eleventh run is trained, because each step takes a snapshot, which takes longer than the step.
            let turn = std::cell::Cell::new(0usize);
            let picked = |config: Config| {
                turn.set(turn.get() + 1);
                let index = turn.get() - 1;
                if index.is_multiple_of(11) { run(config, &mut SliceRunner::default(), count) } else { super::wanted()[index].to_owned() }
            };
            assert_same(picked);
        }
    }
}
