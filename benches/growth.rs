//! Measures how the time of a step grows with the number of pairs, the layers' width, their number and the embedding's dimension.
//!
//! Each is varied alone, starting from the reference workload, and a power law is fitted to the larger half of each series. Also
//! measures the time to take a snapshot.
//!
//! `cargo bench --bench growth` prints one JSON line for each measurement; `benches/plot_growth.py` draws them.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a bench reports on stdout and has no one else to tell")]
#![expect(clippy::disallowed_methods, reason = "a power law is fitted to times, which have other bits every time")]

use contrastive_playground::learn::config::Layers;
use contrastive_playground::learn::{Config, Trainer};
use std::time::Instant;

/// Least duration of a measurement, in seconds.
const LEAST: f64 = 0.3;

fn main() {
    let reference = Config { classes: 8, rotation: 0.0, ..Config::default() };
    let layers = |widths: &[u32]| Layers::new(widths).unwrap();
    let pairs = [16, 32, 64, 128, 256, 512, 1024, 2048, 4096].map(|batch| (batch, Config { batch, ..reference.clone() }));
    let width = [8, 16, 32, 64, 128].map(|width| (width, Config { layers: layers(&[width, width]), ..reference.clone() }));
    let depth = [0, 1, 2, 3, 4].map(|depth| (depth, Config { layers: layers(&vec![64; depth as usize]), ..reference.clone() }));
    let dimension = [2, 3, 4, 6, 8, 12, 16].map(|dim| (dim, Config { dim, ..reference.clone() }));
    grow("width", &width);
    grow("depth", &depth);
    grow("dimension", &dimension);
    for (name, config) in [("reference", reference.clone()), ("10,000 points", Config { points: 10_000, ..reference.clone() })] {
        let mut trainer = Trainer::new(config).unwrap();
        let step = seconds(|| trainer.step().unwrap());
        let (quick, whole) = (seconds(|| drop(trainer.quick_snapshot())), seconds(|| drop(trainer.snapshot())));
        println!(
            r#"{{"looking": "{name}", "step_us": {:.1}, "quick_snapshot_us": {:.1}, "snapshot_us": {:.1}}}"#,
            step * 1e6,
            quick * 1e6,
            whole * 1e6
        );
    }
    // Last, because the memory layout after the largest batch slows later, smaller runs down by up to a half.
    grow("pairs", &pairs);
}

/// Measures the time of a step for each configuration of a series, fits a power law in the series' values, and prints both.
fn grow(what: &str, series: &[(u32, Config)]) {
    let mut logarithms = Vec::new();
    for (value, config) in series {
        let mut trainer = Trainer::new(config.clone()).unwrap();
        let step = seconds(|| trainer.step().unwrap());
        println!(r#"{{"grows_with": "{what}", "value": {value}, "step_us": {:.1}}}"#, step * 1e6);
        if *value > 0 {
            logarithms.push((f64::from(*value).ln(), step.ln()));
        }
    }
    // Only the larger half is fitted: the time of small runs consists mostly of the constant cost of a step.
    let upper = &logarithms[logarithms.len() / 2..];
    let count = upper.len() as f64;
    let mean = |part: fn(&(f64, f64)) -> f64| upper.iter().map(part).sum::<f64>() / count;
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let slope =
        upper.iter().map(|point| (point.0 - x) * (point.1 - y)).sum::<f64>() / upper.iter().map(|point| (point.0 - x).powi(2)).sum::<f64>();
    println!(r#"{{"grows_with": "{what}", "exponent": {slope:.2}, "from": {}}}"#, series[series.len() - upper.len()].0);
}

/// Returns the time of one call of `work` in seconds: the mean of a round, for the fastest of three rounds.
fn seconds(mut work: impl FnMut()) -> f64 {
    for _ in 0..3 {
        work();
    }
    let round = |work: &mut dyn FnMut()| {
        let (start, mut calls) = (Instant::now(), 0);
        while start.elapsed().as_secs_f64() < LEAST / 3.0 {
            work();
            calls += 1;
        }
        start.elapsed().as_secs_f64() / f64::from(calls)
    };
    (0..3).map(|_| round(&mut work)).fold(f64::INFINITY, f64::min)
}
