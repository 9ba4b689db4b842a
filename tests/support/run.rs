//! A run as the tests of replay take it.

use contrastive_playground::learn::config::Layers;
use contrastive_playground::learn::{Config, Trainer};

/// Starts a run.
pub fn start(config: &Config) -> Trainer {
    Trainer::new(config.clone()).expect("valid")
}

/// A run whose steps take no time.
pub fn small() -> Config {
    Config { points: 128, batch: 16, layers: Layers::new(&[16, 16]).expect("valid"), ..Config::default() }
}

/// Trains until `step` and returns the fingerprint.
pub fn run_to(trainer: &mut Trainer, step: u64) -> String {
    while trainer.steps() < step {
        trainer.step().expect("the run does not diverge");
    }
    trainer.fingerprint().to_string()
}
