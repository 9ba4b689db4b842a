//! Every loss with every activation, optimiser and miner: short links of small runs, and where each has to stand after [`STEPS`] steps.

use contrastive_playground::learn::config::{Activation, Distance, InfoNce, Miner, Optimizer};

/// How long the runs are.
pub const STEPS: u32 = 500;

/// The links, each a run with as little as possible in common with its neighbours: what is not counted through turns on with the count.
pub fn links() -> Vec<String> {
    let infonce = InfoNce::ALL.iter().map(|convention| format!("infonce={}", convention.word()));
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

/// Where the runs stand, in the links' order, as `cargo test --test bits` writes it when asked to.
pub fn wanted() -> Vec<&'static str> {
    include_str!("../golden/bits.txt").lines().collect()
}
