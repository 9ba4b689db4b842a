//! Measures the steps per second of every method on the reference workload: MLP 2-64-64-3 (ReLU), two views with jitter, Adam, 128 pairs.
//!
//! `cargo bench --bench methods` prints one JSON line for each, in the format of `benches/peers/torch_methods.py`, with the best vector
//! instructions of this machine and with the baseline ones. `cargo bench --bench methods -- 512 1000 moco,byol` sets pairs, steps and methods.
//!
//! The first 512 steps of a run cost more, because each of them is a row of the history and is measured.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a bench reports on stdout and has no one else to tell")]

#[path = "support/workloads.rs"]
mod workloads;

use contrastive_playground::learn::kernels::Instructions;
use contrastive_playground::learn::{Config, Trainer};
use std::time::Instant;
use workloads::METHODS;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let number = |place: usize, default: u32| arguments.get(place).map_or(default, |number| number.parse().unwrap());
    let (pairs, steps) = (number(0, 128), number(1, 5000));
    let is_wanted = |name: &str| arguments.get(2).is_none_or(|wanted| wanted.split(',').any(|wanted| wanted == name));
    for instructions in [Instructions::best(), Instructions::baseline()] {
        for (name, keys) in METHODS.into_iter().filter(|(name, _)| is_wanted(name)) {
            let mut config = Config { classes: 8, rotation: 0.0, batch: pairs, ..Config::default() };
            for (key, value) in keys.split('&').filter_map(|pair| pair.split_once('=')) {
                config.set_text(key, value).unwrap();
            }
            let mut trainer = Trainer::with_instructions(config, instructions).unwrap();
            for _ in 0..20 {
                trainer.step().unwrap();
            }
            let start = Instant::now();
            for _ in 0..steps {
                trainer.step().unwrap();
            }
            let rate = f64::from(steps) / start.elapsed().as_secs_f64();
            let loss = trainer.terms().loss;
            println!(
                r#"{{"engine": "contrastive-playground, {}", "method": "{name}", "threads": 1, "pairs": {pairs}, "steps_per_second": {rate:.1}, "loss": {loss}}}"#,
                instructions.name()
            );
        }
    }
}
