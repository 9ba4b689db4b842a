//! Each alarm in runs that raise it and in runs that do not, over three seeds. They train for long: `cargo xtask effects` runs them in release.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test may panic, and its table is wanted")]

use contrastive_playground::learn::config::Parameter;
use contrastive_playground::learn::health::{Alarm, AlarmKind, alarms};
use contrastive_playground::learn::trainer::Weights;
use contrastive_playground::learn::{Config, Trainer};

/// A run: its keys, a live change after half of its steps if there is one, and its steps.
type Run = (&'static str, &'static str, u32);

/// An alarm, runs that raise it, and runs that do not.
const CASES: &[(AlarmKind, &[Run], &[Run])] = &[
    (
        AlarmKind::Diverged,
        &[("similarity=dot&optimizer=sgd&momentum=0.9&lr=0.1", "", 50)],
        &[("", "", 50), ("similarity=dot", "", 200), ("optimizer=sgd&momentum=0.9&lr=0.1", "", 200)],
    ),
    (
        AlarmKind::Collapsed,
        &[
            ("loss=alignuniform&weight=0", "", 600),
            ("method=simsiam&norm=hidden&predictor=none", "", 600),
            ("loss=triplet&miner=hard", "", 600),
            ("method=vicreg&variance=0", "", 600),
            ("method=simsiam&norm=hidden&stop=no&data=circles", "", 600),
            ("method=swav&tau=0.1&sinkhorn=0&data=moons", "", 600),
        ],
        &[("", "", 600), ("method=simsiam&norm=hidden", "", 600), ("loss=triplet&miner=semihard", "", 600), ("method=vicreg", "", 600)],
    ),
    (
        AlarmKind::DimensionalCollapse,
        &[("method=moco&batch=16&queue=4096&ema=0", "", 1000), ("method=vicreg&covariance=0&dim=8", "", 2000)],
        &[("", "", 600), ("dim=8", "", 600), ("method=simsiam&norm=hidden", "", 600), ("method=vicreg", "", 600), ("dim=2", "", 600)],
    ),
    (
        AlarmKind::StuckAtMargin,
        &[("loss=triplet&miner=hard", "", 600)],
        &[("loss=triplet", "", 600), ("loss=triplet&miner=semihard", "", 600), ("loss=triplet&positives=labels", "", 600)],
    ),
    (
        AlarmKind::GradientsDriedUp,
        &[("loss=triplet&positives=labels&miner=all", "", 2000)],
        &[
            ("loss=triplet", "", 600),
            ("loss=triplet&miner=hard", "", 600),
            ("loss=triplet&points=1000&batch=2&positives=labels&classes=2", "", 5),
        ],
    ),
    (
        AlarmKind::OneNegativeRules,
        &[("data=lifted&dim=8", "tau=0.01", 600)],
        &[("", "", 600), ("tau=0.05", "", 600), ("data=lifted&dim=8", "", 600), ("batch=8", "", 600)],
    ),
    (AlarmKind::FlatLoss, &[("tau=5", "", 600)], &[("", "", 600), ("tau=1", "", 600), ("tau=0.05", "", 600)]),
    (
        AlarmKind::PrototypesUnused,
        &[("method=swav&tau=0.1&sinkhorn=0&data=moons", "", 600)],
        &[("method=swav&tau=0.1&data=moons", "", 600), ("method=swav&tau=0.1", "", 600), ("method=deepcluster&tau=0.1", "", 600)],
    ),
    (
        AlarmKind::QueueStale,
        &[("method=moco&batch=16&queue=4096&ema=0", "", 1000)],
        &[("method=moco", "", 600), ("method=moco&batch=16&queue=64&ema=0.99", "", 600), ("method=moco&queue=4096", "", 600)],
    ),
    (
        AlarmKind::PredictionConstant,
        &[("method=simsiam&norm=hidden&predictor=none", "", 600), ("method=byol&norm=hidden&predictor=none&ema=0", "", 800)],
        &[("method=simsiam&norm=hidden", "", 600), ("method=byol&norm=hidden", "", 600), ("method=byol&norm=hidden&data=moons", "", 600)],
    ),
    (
        AlarmKind::PosteriorCollapse,
        &[("method=vae&dim=2&sigma=3", "", 800), ("method=vae&dim=2&sigma=1.5&beta=4", "", 800)],
        &[("method=vae&dim=2", "", 800), ("method=vae&dim=2&beta=20", "", 800), ("method=vae&dim=2&sigma=1", "", 800)],
    ),
    (
        AlarmKind::ModeCollapse,
        &[("method=gan&jitter=0&rotation=0&classes=8&lr=0.001&generator_lr=0.01", "", 1500)],
        &[
            ("method=gan&jitter=0&rotation=0&classes=8&lr=0.001&beta1=0.5", "", 1500),
            ("method=gan&jitter=0&rotation=0&lr=0.001&beta1=0.5", "", 1500),
            ("method=gan&jitter=0&rotation=0&lr=0.001&beta1=0.5&data=pinwheel", "", 2000),
        ],
    ),
    (
        AlarmKind::DiscriminatorTooStrong,
        &[("method=gan&jitter=0&rotation=0&lr=0.02&generator_lr=0.00003&beta1=0.5&game=minimax", "", 800)],
        &[
            ("method=gan&jitter=0&rotation=0&classes=8&lr=0.001&beta1=0.5", "", 1500),
            ("method=gan&jitter=0&rotation=0&lr=0.001&beta1=0.5", "", 800),
            ("method=gan&jitter=0&rotation=0&lr=0.001&beta1=0.5&data=moons", "", 1500),
        ],
    ),
    (
        AlarmKind::BatchLargerThanData,
        &[("points=64&batch=256", "", 10)],
        &[("", "", 10), ("points=256&batch=256", "", 10), ("points=64&batch=32", "", 10)],
    ),
    (
        AlarmKind::Settled,
        &[("", "", 1200), ("", "", 2500), ("loss=triplet", "", 3000), ("method=vicreg", "", 3000)],
        &[("", "", 600), ("", "tau=0.5", 1200), ("loss=alignuniform&weight=0", "", 1200)],
    ),
];

fn set(config: &mut Config, keys: &str) {
    for (key, value) in keys.split('&').filter_map(|pair| pair.split_once('=')) {
        config.set_text(key, value).unwrap();
    }
}

/// The defaults with these keys.
fn configured(keys: &str) -> Config {
    let mut config = Config::default();
    set(&mut config, keys);
    config
}

/// The alarms that are up after a run.
fn raised((keys, change, steps): Run, seed: u32) -> Vec<AlarmKind> {
    let config = Config { seed, ..configured(keys) };
    let mut trainer = Trainer::new(config).unwrap();
    for step in 0..steps {
        if step == steps - 30 && !change.is_empty() {
            let mut config = trainer.config().clone();
            set(&mut config, change);
            trainer.configure(config, Weights::Keep).unwrap();
        }
        if trainer.step().is_err() {
            break;
        }
    }
    alarms(&trainer.snapshot()).iter().map(|alarm| alarm.kind).collect()
}

#[test]
#[ignore = "trains for long: `cargo xtask effects` runs it in release"]
fn each_alarm_is_raised_where_it_should_be_and_nowhere_else() {
    let mut wrong = Vec::new();
    for (kind, up, down) in CASES {
        for (runs, is_wanted) in [(up, true), (down, false)] {
            for run in *runs {
                let found: Vec<bool> = (0..3).map(|seed| raised(*run, seed).contains(kind)).collect();
                let is_right = found.iter().all(|found| *found == is_wanted);
                println!("{} {}: {run:?} raised {found:?}", if is_right { "yes" } else { "NO " }, kind.key());
                if !is_right {
                    wrong.push((kind, run, found));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
#[ignore = "trains for long: `cargo xtask effects` runs it in release"]
fn what_an_alarm_says_to_try_cures_it() {
    let mut wrong = Vec::new();
    for (kind, up, _) in CASES {
        for (keys, change, steps) in *up {
            let ill = configured(&format!("{keys}&{change}"));
            let alarm = Alarm { kind: *kind, value: 0.0, reference: 0.0 };
            for remedy in alarm.remedies(&ill) {
                let cured = |seed| {
                    let config = remedy.applied(&Config { seed, ..ill.clone() }).unwrap();
                    let mut trainer = Trainer::new(config).unwrap();
                    (0..*steps).all(|_| trainer.step().is_ok()) && alarms(&trainer.snapshot()).iter().all(|alarm| alarm.kind != *kind)
                };
                let found: Vec<bool> = (0..3).map(cured).collect();
                let is_right = found.iter().all(|cured| *cured);
                println!(
                    "{} {}: {keys} {change} with {:?} is cured {found:?}",
                    if is_right { "yes" } else { "NO " },
                    kind.key(),
                    remedy.keys
                );
                if !is_right {
                    wrong.push((kind, keys, remedy, found));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_alarm_has_its_case_and_every_remedy_changes_something_that_there_is() {
    for kind in AlarmKind::ALL {
        assert!(CASES.iter().any(|(case, up, down)| *case == kind && !up.is_empty() && down.len() >= 3), "{kind:?}");
    }
    let mut config = Config::default();
    let mut remedies = 0;
    for (kind, up, _) in CASES {
        for (keys, ..) in *up {
            config = configured(keys);
            let alarm = Alarm { kind: *kind, value: 0.0, reference: 0.0 };
            for remedy in alarm.remedies(&config) {
                let changed = remedy.applied(&config).unwrap();
                let keys: Vec<&Parameter> = config.differences(&changed).collect();
                assert!(!keys.is_empty(), "{kind:?}");
                remedies += 1;
            }
        }
    }
    assert!(remedies >= 16 && config.check().is_ok());
}
