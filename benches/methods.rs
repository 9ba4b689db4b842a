//! Measures the steps per second of every method on the reference workload: MLP 2-64-64-3 (ReLU), two views with jitter, Adam, 128 pairs.
//!
//! `cargo bench --bench methods` prints one JSON line for each, in the format of `benches/peers/torch_methods.py`, with the best vector
//! instructions of this machine and with the baseline ones. `cargo bench --bench methods -- 512 1000` sets pairs and steps.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a bench reports on stdout and has no one else to tell")]

use contrastive_playground::learn::kernels::Instructions;
use contrastive_playground::learn::{Config, Trainer};
use std::time::Instant;

/// Names as in the peers' script, and the parameters that differ from the workload's.
const METHODS: [(&str, &str); 12] = [
    ("ntxent", ""),
    ("ntxent with mlp head", "head=mlp"),
    ("dcl", "infonce=dcl"),
    ("alignuniform", "loss=alignuniform"),
    ("moco", "method=moco"),
    ("byol", "method=byol"),
    ("simsiam", "method=simsiam"),
    ("swav", "method=swav"),
    ("deepcluster", "method=deepcluster"),
    ("simcse", "positives=dropout&hidden_dropout=0.1&infonce=onesided"),
    ("barlow", "method=barlow"),
    ("vicreg", "method=vicreg"),
];

fn main() {
    let arguments: Vec<u32> = std::env::args().skip(1).filter_map(|argument| argument.parse().ok()).collect();
    let pairs = arguments.first().copied().unwrap_or(128);
    let steps = arguments.get(1).copied().unwrap_or(5000);
    let wanted = std::env::var("ONLY").ok();
    for instructions in [Instructions::best(), Instructions::baseline()] {
        for (name, keys) in METHODS.into_iter().filter(|(name, _)| wanted.as_deref().is_none_or(|only| only == *name)) {
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
