//! Measures how long the answer takes to why a point moves, beside a whole snapshot: `cargo bench --bench reasons`.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a bench reports on stdout and has no one else to tell")]

use contrastive_playground::learn::{Config, Trainer};
use std::time::Instant;

/// The median of some times, in milliseconds.
fn median(mut work: impl FnMut()) -> f64 {
    let mut times: Vec<f64> = (0..15)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed().as_secs_f64() * 1000.0
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn main() {
    for keys in ["", "loss=triplet", "loss=triplet&positives=labels", "infonce=supcon", "method=moco", "method=swav"] {
        for batch in [128, 1024, 4096] {
            let mut config = Config { batch, ..Config::default() };
            for (key, value) in keys.split('&').filter_map(|pair| pair.split_once('=')) {
                config.set_text(key, value).unwrap();
            }
            let mut trainer = Trainer::new(config).unwrap();
            for _ in 0..20 {
                trainer.step().unwrap();
            }
            let plain = median(|| drop(trainer.snapshot()));
            trainer.pin(Some(7));
            let reasons = median(|| drop(trainer.reasons()));
            println!(r#"{{"keys": "{keys}", "pairs": {batch}, "snapshot_ms": {plain:.2}, "reasons_ms": {reasons:.2}}}"#);
        }
    }
}
