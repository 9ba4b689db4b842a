//! Measures the steps per second of the reference workload: MLP 2-64-64-3 (ReLU), two views with jitter, Adam, and NT-Xent at tau 0.2
//! or the triplet loss over all triplets.
//!
//! `cargo bench --bench steps` prints one JSON line for each loss and batch size, in the format of the scripts in `benches/peers`, with the
//! best vector instructions of this machine and with the baseline ones. `cargo bench --bench steps -- 32,128 4000` sets the batch
//! sizes and the number of steps.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a bench reports on stdout and has no one else to tell")]

use contrastive_playground::learn::config::{Loss, Miner};
use contrastive_playground::learn::kernels::Instructions;
use contrastive_playground::learn::{Config, Trainer};
use std::time::Instant;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let sizes = arguments.first().map_or("32,128,512", String::as_str).to_owned();
    let steps: u32 = arguments.get(1).map_or(400, |steps| steps.parse().unwrap());
    let reference = Config { classes: 8, rotation: 0.0, ..Config::default() };
    let triplet = Config { loss: Loss::Triplet, miner: Miner::All, ..reference.clone() };
    for instructions in [Instructions::best(), Instructions::baseline()] {
        for (name, config) in [("ntxent", &reference), ("triplet, all", &triplet)] {
            for size in sizes.split(',') {
                let config = Config { batch: size.parse().unwrap(), ..config.clone() };
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
                    r#"{{"engine": "contrastive-playground, {}", "objective": "{name}", "threads": 1, "pairs": {size}, "steps_per_second": {rate:.1}, "loss": {loss}}}"#,
                    instructions.name()
                );
            }
        }
    }
}
