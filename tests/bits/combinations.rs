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
    links.extend(method_links());
    links
}

/// Returns the links of the runs with the other methods and networks, which came later.
fn method_links() -> impl Iterator<Item = String> {
    let methods = [
        "infonce=dcl&tau=0.1",
        "infonce=dcl&tau=0.01&similarity=cosine&batch=2",
        "loss=alignuniform&weight=1.5",
        "loss=alignuniform&similarity=dot&lr=0.001",
        "head=mlp",
        "head=mlp&head_width=17&head_dim=5&norm=hidden&norm_views=apart&batch=9",
        "head=linear&norm=output&positives=labels",
        "loss=triplet&head=mlp&norm=hidden",
        "positives=dropout&hidden_dropout=0.1&infonce=onesided&tau=0.05",
        "hidden_dropout=0.5&head=linear&activation=gelu",
        "method=moco&queue=64",
        "method=moco&queue=33&ema=0.9&head=mlp&norm=hidden&batch=12",
        "method=moco&queue=16&ema=0&batch=40&hidden_dropout=0.2",
        "method=byol&norm=hidden",
        "method=byol&predictor=none&ema=0.5&head=mlp&norm_views=together",
        "method=simsiam&norm=hidden&hidden_dropout=0.1",
        "method=simsiam&stop=no&predictor=linear&activation=tanh",
        "method=swav&tau=0.1",
        "method=swav&sinkhorn=0&prototypes=33&epsilon=0.2&head=mlp&frozen=100",
        "method=swav&sinkhorn=10&epsilon=0.01&dim=8",
        "method=deepcluster&tau=0.1&data=lifted",
        "method=deepcluster&clusters=40&warm=yes&head=mlp&points=50",
        "method=barlow&dim=8",
        "method=barlow&lambda=0.5&norm=output&head=mlp",
        "method=vicreg",
        "method=vicreg&dim=16&head=linear&covariance=4",
    ];
    let later = [
        "method=autoencoder&dim=2",
        "method=autoencoder&code=sphere&rebuild=other&head=mlp&norm=hidden&data=nuisance",
        "method=autoencoder&decoder=linear&layers=none&data=lifted&rebuild=clean",
        "method=vae&dim=2",
        "method=vae&beta=4&sigma=0.1&head=linear&head_dim=5&activation=gelu&hidden_dropout=0.2",
        "method=gan&lr=0.001&beta1=0.5&jitter=0&rotation=0",
        "method=gan&game=minimax&head=mlp&norm=hidden&optimizer=sgd&lr=0.02&generator_lr=0.01",
        "optimizer=adam&beta1=0.2",
        "data=nuisance&redraw=0.4",
        "data=rings&scaling=0.6",
        "data=shapes&size=8",
        "data=shapes&mirror=0.5&turn=0.5&blur=1&contrast=0.5&erase=3",
        "data=digits&size=16&variation=2&layers=12",
        "data=shades&method=vae&dim=2",
        "data=places&shift=0&crop=0&spin=0&grain=0&head=mlp",
        // The order in which the masks of several networks are drawn, and over which rows moments are taken.
        "method=gan&hidden_dropout=0.3&norm=hidden&lr=0.001",
        "method=gan&hidden_dropout=0.2&head=mlp&layers=12&game=minimax&norm_views=together",
        "method=byol&hidden_dropout=0.2&norm=hidden&head=mlp",
        "method=moco&queue=64&norm=hidden&norm_views=apart&head=mlp&hidden_dropout=0.1",
        "method=vae&hidden_dropout=0.1&norm=hidden&norm_views=apart&head=mlp&rebuild=other",
        "loss=siglip",
        "loss=siglip&scale=4&bias=-2&similarity=dot&head=mlp&lr=0.001&batch=9",
    ];
    let methods = methods.into_iter().chain(later);
    methods.zip(1000..).map(|(link, seed)| {
        let defaults = [("batch", "16"), ("points", "64"), ("layers", "12,9")];
        let rest = defaults.iter().filter(|(key, _)| !link.contains(&format!("{key}="))).map(|(key, value)| format!("&{key}={value}"));
        format!("{link}{}&seed={seed}", rest.collect::<String>())
    })
}

/// Returns the expected fingerprint of each run, in the order of [`links`]. `tests/bits/main.rs` says how to write the file.
pub fn wanted() -> Vec<&'static str> {
    include_str!("../golden/bits.txt").lines().collect()
}
