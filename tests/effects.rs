//! The effects of the methods that texts on screen promise: each setting beside its counter-setting, over three seeds.
//!
//! `cargo xtask effects` runs them in release; a debug build would take long. Where a run's numbers differ from the papers' or from another
//! program's, the kind of effect is what counts: thresholds have room.

#![expect(clippy::print_stdout, reason = "the table of figures is what one runs this for")]

use contrastive_playground::learn::readings;
use contrastive_playground::learn::{Config, Trainer};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

const SEEDS: u32 = 3;

/// What holds of a setting's figure `a` and its counter-setting's `b`, with every seed.
type Relation = fn(a: f64, b: f64) -> bool;

/// One effect: name, reading, steps, setting, counter-setting, relation.
type Effect = (&'static str, &'static str, u64, &'static str, &'static str, Relation);

/// For each seed the setting's figure and its counter-setting's.
type Figures = Vec<(f64, f64)>;

const EFFECTS: &[Effect] = &[
    // MoCo
    (
        "moco: without momentum a long queue spreads less",
        "uniformity",
        800,
        "method=moco&batch=16&queue=4096&ema=0",
        "method=moco&batch=16&queue=4096&ema=0.99",
        |a, b| a > b + 0.3,
    ),
    ("moco: and its std falls", "std", 800, "method=moco&batch=16&queue=4096&ema=0", "method=moco&batch=16&queue=4096&ema=0.99", |a, b| {
        a < 0.55 && b > 0.6
    }),
    (
        "moco: on spirals accuracy suffers too",
        "knn_accuracy",
        1200,
        "method=moco&data=spirals&batch=16&queue=1024&ema=0",
        "method=moco&data=spirals&batch=16&queue=1024",
        |a, b| a < b - 0.08,
    ),
    (
        "moco: keys get stale as fast as the encoder moves",
        "staleness",
        800,
        "method=moco&batch=16&queue=4096&ema=0",
        "method=moco&batch=16&queue=64&ema=0.99",
        |a, b| b > a && b > 0.9,
    ),
    // Targets to predict
    (
        "simsiam: without a predictor it collapses",
        "std",
        800,
        "method=simsiam&norm=hidden&predictor=none",
        "method=simsiam&norm=hidden",
        |a, b| a < 0.05 && b > 0.8,
    ),
    (
        "byol: without a predictor and with a fast copy it collapses",
        "std",
        800,
        "method=byol&norm=hidden&predictor=none&ema=0",
        "method=byol&norm=hidden&ema=0",
        |a, b| a < 0.05 && b > 0.8,
    ),
    (
        "simsiam: stop-gradient rescues it on blobs",
        "std",
        800,
        "method=simsiam&norm=hidden&stop=no",
        "method=simsiam&norm=hidden",
        |a, b| a < 0.3 && b > 0.8,
    ),
    ("simsiam: on moons", "std", 800, "method=simsiam&norm=hidden&stop=no&data=moons", "method=simsiam&norm=hidden&data=moons", |a, b| {
        a < 0.2 && b > 0.8
    }),
    (
        "simsiam: on circles",
        "std",
        800,
        "method=simsiam&norm=hidden&stop=no&data=circles",
        "method=simsiam&norm=hidden&data=circles",
        |a, b| a < 0.2 && b > 0.8,
    ),
    ("simsiam: BatchNorm in the predictor alone is enough", "std", 800, "method=simsiam&stop=no", "method=simsiam", |a, b| {
        a < 0.3 && b > 0.8
    }),
    ("byol stays spread", "std", 800, "method=byol&norm=hidden", "method=byol&norm=hidden&data=moons", |a, b| a > 0.8 && b > 0.8),
    // Prototypes
    (
        "swav: without Sinkhorn one prototype is left",
        "prototypes_used",
        800,
        "method=swav&tau=0.1&data=moons&sinkhorn=0",
        "method=swav&tau=0.1&data=moons",
        |a, b| a < 1.5 && b > 6.0,
    ),
    ("swav: and the rows collapse", "std", 800, "method=swav&tau=0.1&data=moons&sinkhorn=0", "method=swav&tau=0.1&data=moons", |a, b| {
        a < 0.15 && b > 0.8
    }),
    (
        "deepcluster: its labels teach, the untrained encoder's neighbours do not know the classes",
        "knn_accuracy",
        800,
        "method=deepcluster&tau=0.1&data=lifted",
        "method=deepcluster&tau=0.1&data=lifted&lr=0.00001",
        |a, b| a > 0.97 && b < 0.75,
    ),
    (
        "deepcluster: reassignment settles",
        "nmi",
        800,
        "method=deepcluster&tau=0.1&data=lifted",
        "method=deepcluster&tau=0.1&data=lifted&clusters=30",
        |a, b| a > 0.65 && a > b,
    ),
    // SimCSE
    (
        "simcse: without dropout the classes mix",
        "knn_accuracy",
        1000,
        "positives=dropout&infonce=onesided&tau=0.05",
        "positives=dropout&infonce=onesided&tau=0.05&hidden_dropout=0.1",
        |a, b| a < 0.85 && b > 0.93,
    ),
    (
        "simcse: on a hidden plane no dropout is worse than no training",
        "knn_accuracy",
        1000,
        "positives=dropout&infonce=onesided&tau=0.05&data=lifted&dim=8",
        "positives=dropout&infonce=onesided&tau=0.05&data=lifted&dim=8&lr=0.00001",
        |a, b| a < b,
    ),
    // Decorrelation
    ("barlow: lambda decorrelates", "off_diagonal", 800, "method=barlow&dim=8&lambda=0", "method=barlow&dim=8", |a, b| a > 0.5 && b < 0.35),
    ("barlow: and keeps the rank", "effective_rank", 800, "method=barlow&dim=8&lambda=0", "method=barlow&dim=8", |a, b| a < 2.5 && b > 4.0),
    ("vicreg: without its variance term raw rows shrink", "variance_raw", 800, "method=vicreg&variance=0", "method=vicreg", |a, b| {
        a < 0.05 && b > 0.8
    }),
    (
        "vicreg: without its covariance term the raw rank falls, d = 3",
        "rank_raw",
        800,
        "method=vicreg&covariance=0",
        "method=vicreg",
        |a, b| a < 2.2 && b > 2.6,
    ),
    ("vicreg: d = 8", "rank_raw", 800, "method=vicreg&covariance=0&dim=8", "method=vicreg&dim=8", |a, b| a < 2.5 && b > 4.0),
    ("vicreg: d = 16", "rank_raw", 800, "method=vicreg&covariance=0&dim=16", "method=vicreg&dim=16", |a, b| a < 2.8 && b > 4.0),
    // Negatives
    (
        "dcl: the coupling that it removes is near 1 in a large batch",
        "coupling",
        400,
        "infonce=dcl&tau=0.1&batch=8",
        "infonce=dcl&tau=0.1&batch=128",
        |a, b| a < b && b > 0.94,
    ),
    (
        "align + uniform: without uniformity all points are one",
        "uniformity",
        800,
        "loss=alignuniform&weight=0",
        "loss=alignuniform",
        |a, b| a > -0.05 && b < -1.7,
    ),
    // The head
    (
        "head: the nuisance stays in h and leaves z",
        "probe_nuisance_h - probe_nuisance_z",
        800,
        "data=nuisance&layers=none&dim=16&head=mlp&head_dim=3",
        "data=nuisance&layers=none&dim=3",
        |a, b| a > 0.2 && b.abs() < 0.01,
    ),
    (
        "head: rotation by 180 degrees erases the classes from z more than from h",
        "probe_knn_h - probe_knn_z",
        800,
        "head=mlp&dim=16&head_dim=3&rotation=180",
        "head=mlp&dim=16&head_dim=3&rotation=60",
        |a, b| a > 0.03 && b.abs() < 0.03,
    ),
    // The other family
    (
        "autoencoder: with a strong nuisance its code does not tell the class",
        "probe_class_z",
        1000,
        "method=autoencoder&dim=2&data=nuisance&rest=3",
        "dim=2&data=nuisance&rest=3",
        |a, b| a < 0.35 && b > 0.95,
    ),
    (
        "autoencoder: but the nuisance",
        "probe_nuisance_z",
        1000,
        "method=autoencoder&dim=2&data=nuisance&rest=3",
        "dim=2&data=nuisance&rest=3",
        |a, b| a > 0.7 && b.abs() < 0.05,
    ),
    (
        "vae: with a strong nuisance its code does not tell the class",
        "probe_class_z",
        1000,
        "method=vae&dim=2&data=nuisance&rest=3",
        "dim=2&data=nuisance&rest=3",
        |a, b| a < 0.35 && b > 0.95,
    ),
    ("vae: but the nuisance", "probe_nuisance_z", 1000, "method=vae&dim=2&data=nuisance&rest=3", "dim=2&data=nuisance&rest=3", |a, b| {
        a > 0.85 && b.abs() < 0.05
    }),
    (
        "autoencoder and vae: with a weak nuisance both tell the class",
        "probe_class_z",
        1000,
        "method=autoencoder&dim=2&data=nuisance&rest=0.3",
        "method=vae&dim=2&data=nuisance&rest=0.3",
        |a, b| a > 0.9 && b > 0.9,
    ),
    (
        "the views decide: an autoencoder that rebuilds the other view tells the class",
        "probe_class_z",
        1000,
        "method=autoencoder&rebuild=other&dim=2&data=nuisance&rest=3",
        "method=autoencoder&dim=2&data=nuisance&rest=3",
        |a, b| a > 0.9 && b < 0.35,
    ),
    (
        "the views decide: without redrawing the nuisance InfoNCE does not tell the class",
        "probe_class_z",
        1000,
        "dim=2&data=nuisance&rest=3&redraw=0",
        "dim=2&data=nuisance&rest=3",
        |a, b| a < 0.6 && b > 0.95,
    ),
    ("vae: without its prior codes spread", "variance_raw", 600, "method=vae&dim=2&beta=0", "method=vae&dim=2", |a, b| {
        a > 2.0 * b && b < 1.2
    }),
    (
        "vae: and samples of the prior are less often near the data",
        "near_data",
        600,
        "method=vae&dim=2&beta=0",
        "method=vae&dim=2",
        |a, b| a < b - 0.1,
    ),
    ("vae: at sigma 3 the code says nothing", "kl", 600, "method=vae&dim=2&sigma=3", "method=vae&dim=2", |a, b| a < 0.05 && b > 1.0),
    (
        "gan: all modes, and few of them when the generator is fast",
        "modes",
        1500,
        "method=gan&jitter=0&rotation=0&classes=8&lr=0.001&beta1=0.5",
        "method=gan&jitter=0&rotation=0&classes=8&lr=0.001&beta1=0.9&generator_lr=0.01",
        |a, b| a > 7.5 && b < 3.5,
    ),
    // Small images
    (
        "images: the right augmentation finds the classes, none does not",
        "knn_accuracy",
        1500,
        "data=shapes&layers=128,64&dim=2",
        "data=shapes&layers=128,64&dim=2&shift=0&crop=0&spin=0&grain=0",
        |a, b| a >= 0.97 && b < 0.6,
    ),
    (
        "images: a mirror makes two of six classes one, and the head keeps them apart in h",
        "probe_knn_h - probe_knn_z",
        800,
        "data=shapes&layers=128,64&head=mlp&dim=16&head_dim=3&mirror=0.5",
        "data=shapes&layers=128,64&head=mlp&dim=16&head_dim=3",
        |a, b| a > 0.08 && b.abs() < 0.02,
    ),
    (
        "images: a mirror makes L and mirrored L a coin's toss",
        "knn_accuracy",
        1500,
        "data=shapes&layers=128,64&dim=2&mirror=0.5",
        "data=shapes&layers=128,64&dim=2",
        |a, b| (0.75..0.89).contains(&a) && b >= 0.97,
    ),
    (
        "images: quarter turns make three pairs of characters the same",
        "knn_accuracy",
        800,
        "data=digits&layers=128,64&turn=0.75",
        "data=digits&layers=128,64",
        |a, b| a < 0.8 && b >= 0.95,
    ),
    (
        "images: of one augmentation at a time a shift helps most, contrast not at all",
        "knn_accuracy",
        800,
        "data=digits&layers=128,64&variation=1.5&crop=0&spin=0&grain=0",
        "data=digits&layers=128,64&variation=1.5&crop=0&spin=0&grain=0&shift=0&contrast=0.5",
        |a, b| a > 0.85 && b < 0.5,
    ),
    (
        "images: with ink as a shortcut contrast is what helps",
        "knn_accuracy",
        600,
        "data=shades&layers=128,64&dim=2&crop=0.3&contrast=0.5",
        "data=shades&layers=128,64&dim=2&crop=0.3",
        |a, b| a >= 0.97 && b < 0.9,
    ),
    (
        "images: where the place is the class, a shift erases it",
        "knn_accuracy",
        600,
        "data=places&layers=128,64&dim=2&shift=5",
        "data=places&layers=128,64&dim=2",
        |a, b| a < 0.6 && b > 0.9,
    ),
    (
        "negatives, batch fixed: one is fewer than it takes",
        "knn_accuracy",
        600,
        "data=digits&layers=128,64&variation=1.5&negatives=1",
        "data=digits&layers=128,64&variation=1.5&negatives=4",
        |a, b| a < b,
    ),
    (
        "negatives, batch fixed: four do what all 254 do",
        "knn_accuracy",
        600,
        "data=digits&layers=128,64&variation=1.5&negatives=4",
        "data=digits&layers=128,64&variation=1.5",
        |a, b| (a - b).abs() < 0.045,
    ),
    (
        "batch size at fixed steps: the larger the better",
        "knn_accuracy",
        400,
        "data=digits&layers=128,64&variation=1.5&batch=4",
        "data=digits&layers=128,64&variation=1.5&batch=256",
        |a, b| a < 0.7 && b > 0.85,
    ),
    (
        "two rings: scaling as augmentation makes the two clusters of an angle one on the circle",
        "knn_accuracy",
        800,
        "data=rings&dim=2&jitter=0.1&scaling=0.6",
        "data=rings&dim=2&jitter=0.1",
        |a, b| a < 0.7 && b > 0.97,
    ),
];

/// The same number of epochs with batches of two sizes: name, reading, link without batch, steps and batch of each, relation.
const EPOCHS: (&str, &str, &str, [(u64, u32); 2], Relation) = (
    "batch size at fixed epochs: the smaller the better",
    "knn_accuracy",
    "data=digits&layers=128,64&variation=1.5",
    [(6400, 4), (100, 256)],
    |a, b| a > b + 0.02,
);

/// Trains a run and returns its figure; 0 for a reading that says nothing because all points are in one place.
fn figure(link: &str, seed: u32, steps: u64, key: &str) -> f64 {
    let mut config = Config { seed, ..Config::default() };
    for (key, value) in link.split('&').filter_map(|pair| pair.split_once('=')) {
        config.set_text(key, value).expect("valid");
    }
    let mut trainer = Trainer::new(config).expect("valid");
    while trainer.steps() < steps {
        trainer.step().expect("it does not diverge");
    }
    match key {
        "probe_nuisance_h - probe_nuisance_z" => {
            let [_, h, z] = trainer.probe();
            f64::from(h.nuisance.expect("there is a nuisance") - z.nuisance.expect("there is a nuisance"))
        }
        "probe_knn_h - probe_knn_z" => {
            let [_, h, z] = trainer.probe();
            f64::from(h.knn.expect("sound") - z.knn.expect("sound"))
        }
        "probe_class_z" => f64::from(trainer.probe()[2].class.expect("sound")),
        "probe_nuisance_z" => f64::from(trainer.probe()[2].nuisance.expect("there is a nuisance")),
        _ => readings::find(key).expect("a reading").value(&trainer.snapshot()).unwrap_or(0.0),
    }
}

#[test]
#[ignore = "some minutes, and in release only: cargo xtask effects"]
fn every_promised_effect_shows_with_three_seeds() {
    let next = AtomicUsize::new(0);
    let found: Mutex<Vec<(usize, Figures)>> = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some((_, key, steps, setting, counter, _)) = EFFECTS.get(index) else { break };
                    let pair = |seed| (figure(setting, seed, *steps, key), figure(counter, seed, *steps, key));
                    let pairs = (0..SEEDS).map(pair).collect();
                    found.lock().expect("no other thread panicked").push((index, pairs));
                }
            });
        }
    });
    let mut found = found.into_inner().expect("no thread panicked");
    found.sort_by_key(|(index, _)| *index);
    let mut wrong = Vec::new();
    let (name, key, link, sizes, holds) = EPOCHS;
    for seed in 0..SEEDS {
        let [a, b] = sizes.map(|(steps, batch)| figure(&format!("{link}&batch={batch}"), seed, steps, key));
        println!("{} {name}: {key} {a:.3} against {b:.3} (seed {seed})", if holds(a, b) { "yes" } else { "NO " });
        if !holds(a, b) {
            wrong.push(name);
        }
    }
    for (index, pairs) in found {
        let (name, key, _, setting, counter, holds) = EFFECTS[index];
        let figures: Vec<String> = pairs.iter().map(|(a, b)| format!("{a:.3} against {b:.3}")).collect();
        let all = pairs.iter().all(|(a, b)| holds(*a, *b));
        println!("{} {name}: {key} {} ({setting}; {counter})", if all { "yes" } else { "NO " }, figures.join(", "));
        if !all {
            wrong.push(name);
        }
    }
    assert!(wrong.is_empty(), "{} of {} do not show: {wrong:?}", wrong.len(), EFFECTS.len());
}
