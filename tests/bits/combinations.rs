//! Small runs with every combination of loss, activation and optimiser, as links, and their fingerprints after [`STEPS`] steps.

use contrastive_playground::learn::config::{Activation, Distance, InfoNce, Miner, Optimizer};

/// Number of steps of each run.
pub const STEPS: u32 = 500;

/// Returns the links of the runs.
///
/// Losses, miners, distances, activations and optimisers occur in every combination. The other parameters go through lists of values of
/// different lengths from run to run, so that neighbouring runs differ in as many parameters as possible.
pub fn links() -> Vec<String> {
    // DCL came later, and its runs come after those that were there before.
    let infonce =
        InfoNce::ALL.iter().filter(|convention| **convention != InfoNce::Dcl).map(|convention| format!("infonce={}", convention.word()));
    let triplet = Miner::ALL
        .iter()
        .flat_map(|miner| Distance::ALL.iter().map(|distance| format!("loss=triplet&miner={}&distance={}", miner.word(), distance.word())));
    let losses: Vec<String> = infonce.chain(triplet).collect();
    let mut links = Vec::new();
    for loss in &losses {
        for activation in Activation::ALL {
            for optimizer in Optimizer::ALL {
                let count = links.len();
                let turn = |words: &[&'static str]| words[count % words.len()];
                let lr = if *optimizer == Optimizer::Sgd { "0.02" } else { "0.003" };
                links.push(format!(
                    "{loss}&activation={}&optimizer={}&lr={lr}&positives={}&dim={}&batch={}&tau={}&data={}&layers={}&points=64&seed={count}",
                    activation.word(),
                    optimizer.word(),
                    turn(&["views", "views", "labels"]),
                    turn(&["3", "2", "5", "4", "8"]),
                    turn(&["12", "7", "16", "9"]),
                    turn(&["0.2", "0.5", "0.02", "0.1", "1", "0.07", "2"]),
                    turn(&["blobs", "moons", "lifted", "nuisance", "spirals3", "roll"]),
                    turn(&["12,9", "16", "8,8,8", "none"]),
                ));
            }
        }
    }
    links
}

/// Returns the expected fingerprint of each run, in the order of [`links`]. `tests/bits/main.rs` says how to write the file.
pub fn wanted() -> Vec<&'static str> {
    include_str!("../golden/bits.txt").lines().collect()
}
