//! Checks that a configuration with its seed determines a run: its bits do not depend on when and where it is trained, or on who looks.

#[path = "support/run.rs"]
mod run;

use contrastive_playground::learn::config::{Data, InfoNce, Layers, Loss, MethodName, Miner, Optimizer, Positives, Similarity};
use contrastive_playground::learn::data::Dataset;
use contrastive_playground::learn::report::InfoNceTerms;
use contrastive_playground::learn::trainer::Weights;
use contrastive_playground::learn::views::{Batch, Sampler};
use contrastive_playground::learn::{Config, Trainer};
use run::{run_to, small, start};

/// Links, numbers of steps, and the fingerprints after them. The page's tests compare the browser with the first three.
const PINNED: &[(&str, u64, &str)] = &[
    ("seed=7", 200, "43b81787"),
    ("loss=triplet&alpha=0.5&data=moons&miner=semihard&dim=2&seed=9", 200, "f5cf94ce"),
    ("infonce=supcon&positives=labels&tau=0.1&layers=32,32,16&activation=gelu&optimizer=adamw&dim=8&batch=64&seed=21", 200, "a55122e7"),
    ("seed=7", 500, "9e4311a9"),
    (
        "infonce=onesided&layers=24,16&activation=tanh&optimizer=sgd&lr=0.05&tau=0.5&data=spirals3&scaling=0.3&batch=33&seed=1",
        500,
        "bcbf5283",
    ),
    ("infonce=both&layers=none&init=xavier&data=lifted&dim=16&negatives=9&batch=48&optimizer=adamw&decay=0.1&seed=2", 500, "fbc48d02"),
    ("infonce=supcon&layers=40&activation=gelu&data=pinwheel&classes=5&flip=0.2&batch=40&tau=0.07&seed=3", 500, "3bb733dc"),
    ("similarity=dot&tau=2&lr=0.001&layers=16,16,16&activation=relu&data=circles&classes=3&batch=32&seed=4", 500, "8d2be02a"),
    ("positives=labels&layers=8,8,8,8&activation=linear&data=overlap&optimizer=sgd&momentum=0.5&lr=0.02&batch=20&seed=5", 500, "e302d40f"),
    ("loss=triplet&miner=all&layers=32&activation=tanh&data=roll&distance=plain&reduction=all&batch=24&seed=6", 500, "b0a5b3d4"),
    ("loss=triplet&miner=hard&layers=32,32&activation=gelu&data=nuisance&dim=4&batch=50&optimizer=adamw&seed=8", 500, "44669b66"),
    (
        "loss=triplet&miner=random&layers=20,20&activation=relu&data=xor&positives=labels&alpha=1&optimizer=sgd&lr=0.05&seed=10",
        500,
        "d81cf218",
    ),
    (
        "loss=triplet&miner=semihard&layers=64&activation=linear&data=spirals&reduction=sum&lr=0.0005&dropout=0.1&batch=31&seed=11",
        500,
        "d6189860",
    ),
    (
        "loss=triplet&miner=hard&similarity=dot&positives=labels&distance=plain&layers=48,24&activation=tanh&data=moons&batch=16&seed=12",
        500,
        "43c11ba2",
    ),
    ("batch=100&points=128&layers=64,30&activation=gelu&tau=0.01&jitter=0.5&rotation=180&dim=5&seed=4294967295", 500, "cd7099d7"),
];

/// Returns the configuration of a link, which is given without its `#`.
fn config(link: &str) -> Config {
    let mut config = Config::default();
    for (key, value) in link.split('&').filter_map(|pair| pair.split_once('=')) {
        config.set_text(key, value).expect("valid");
    }
    config
}

/// Returns the fingerprints after 1, 10 and 200 steps.
fn fingerprints(config: &Config) -> [String; 3] {
    let mut trainer = start(config);
    [1, 10, 200].map(|step| run_to(&mut trainer, step))
}

#[test]
fn runs_have_the_bits_they_always_had() {
    let mut wrong = Vec::new();
    for (link, steps, wanted) in PINNED {
        let found = run_to(&mut start(&config(link)), *steps);
        if found != *wanted {
            wrong.push(format!("(\"{link}\", {steps}, \"{found}\"), // not {wanted}"));
        }
    }
    assert!(wrong.is_empty(), "a change of a run's bits breaks every link shared so far:\n{}", wrong.join("\n"));
}

#[test]
fn the_same_configuration_is_the_same_run_and_another_seed_another() {
    for loss in Loss::ALL {
        let config = Config { loss: *loss, ..small() };
        let first = fingerprints(&config);
        assert_eq!(first, fingerprints(&config));
        let other = fingerprints(&Config { seed: 8, ..config });
        assert!(first.iter().zip(&other).all(|(a, b)| a != b));
    }
}

#[test]
fn looking_does_not_change_the_run() {
    for config in [small(), Config { loss: Loss::Triplet, miner: Miner::Random, data: Data::Nuisance, ..small() }] {
        let [_, _, wanted] = fingerprints(&config);
        let mut watched = start(&config);
        watched.snapshot();
        for step in 1..=200 {
            run_to(&mut watched, step);
            watched.inspect(Some((step % 130) as u32));
            if step % 3 == 0 {
                watched.snapshot();
            }
            watched.scene();
            watched.recall(step / 2).expect("there are frames");
        }
        assert_eq!(watched.fingerprint().to_string(), wanted);
        let mut unwatched = start(&config);
        run_to(&mut unwatched, 200);
        let shown = (watched.snapshot(), unwatched.snapshot());
        assert_eq!(shown.0.terms, shown.1.terms);
        assert_eq!(shown.0.past.rows, shown.1.past.rows);
        assert_eq!(shown.0.past.frames, shown.1.past.frames);
        assert_eq!(shown.0.embeddings, shown.1.embeddings);
        assert_eq!(shown.0.anchors, shown.1.anchors);
    }
}

#[test]
fn a_snapshot_shows_the_state_it_names() {
    let mut trainer = start(&small());
    run_to(&mut trainer, 25);
    let snapshot = trainer.snapshot();
    assert_eq!(snapshot.fingerprint, trainer.fingerprint());
    assert_eq!((snapshot.step, snapshot.past.rows.len(), &snapshot.past.frames[..]), (25, 25, &(0..=25).collect::<Vec<u64>>()[..]));
    assert_eq!(snapshot, trainer.snapshot(), "looking twice shows the same");
}

#[test]
fn the_first_batch_seen_at_step_zero_is_the_first_steps() {
    let mut trainer = start(&small());
    let at_rest = trainer.snapshot().terms;
    run_to(&mut trainer, 1);
    assert_eq!(at_rest, trainer.snapshot().terms);
}

#[test]
fn reset_is_the_same_run_again() {
    let mut trainer = start(&small());
    let at_first = trainer.fingerprint();
    let wanted = run_to(&mut trainer, 60);
    trainer.reset().expect("valid");
    assert_eq!((trainer.steps(), trainer.fingerprint()), (0, at_first));
    assert!(trainer.history().rows().is_empty() && trainer.history().marks().is_empty());
    assert_eq!(trainer.timeline().steps().collect::<Vec<_>>(), [0]);
    assert_eq!(run_to(&mut trainer, 60), wanted);
}

#[test]
fn another_loss_starts_from_the_same_data_and_weights() {
    let first = start(&small());
    for change in [
        Config { loss: Loss::Triplet, ..small() },
        Config { infonce: InfoNce::SupCon, tau: 1.0, ..small() },
        Config { loss: Loss::Triplet, miner: Miner::Random, alpha: 1.0, ..small() },
        Config { similarity: Similarity::Dot, ..small() },
        Config { batch: 40, negatives: 3, ..small() },
        Config { jitter: 1.0, flip: 0.5, dropout: 0.5, scaling: 0.5, rotation: 90.0, ..small() },
        Config { positives: Positives::Labels, ..small() },
        Config { optimizer: Optimizer::Sgd, lr: 0.1, ..small() },
    ] {
        let other = start(&change);
        assert_eq!(first.fingerprint(), other.fingerprint(), "first weights: {change:?}");
        assert_eq!(first.dataset().inputs, other.dataset().inputs, "data: {change:?}");
        assert_eq!(first.dataset().held_out_inputs, other.dataset().held_out_inputs, "data: {change:?}");
    }
}

#[test]
fn a_restart_with_another_loss_is_the_run_of_that_loss() {
    let other = Config { loss: Loss::Triplet, miner: Miner::Random, ..small() };
    let mut trainer = start(&small());
    run_to(&mut trainer, 30);
    assert_eq!(trainer.configure(other.clone(), Weights::Fresh), Ok(true));
    assert_eq!(run_to(&mut trainer, 40), run_to(&mut start(&other), 40));
}

#[test]
fn another_loss_can_go_on_from_the_current_weights() {
    let mut trainer = start(&small());
    let before = run_to(&mut trainer, 30);
    assert_eq!(trainer.configure(Config { loss: Loss::Triplet, ..small() }, Weights::Keep), Ok(false));
    assert_eq!((trainer.steps(), trainer.fingerprint().to_string()), (30, before));
    run_to(&mut trainer, 31);
    assert!(trainer.terms().triplets.is_some() && trainer.terms().infonce.is_none());
    let marks: Vec<_> = trainer.history().marks().iter().map(|mark| (mark.step, mark.key.as_str())).collect();
    assert_eq!(marks, [(30, "loss")]);
}

/// Returns the first `count` points that the batches draw, of anchors only.
fn drawn(config: &Config, count: usize) -> Vec<u32> {
    let dataset = Dataset::new(config);
    let (mut sampler, mut batch, mut points) = (Sampler::new(&dataset, config.seed), Batch::default(), Vec::new());
    while points.len() < count {
        sampler.fill(&dataset, config, &mut batch);
        points.extend_from_slice(&batch.points[..config.batch as usize]);
    }
    points.truncate(count);
    points
}

#[test]
fn the_order_of_points_depends_on_nothing_but_the_seed() {
    let wanted = drawn(&small(), 300);
    for change in [
        Config { batch: 5, ..small() },
        Config { batch: 100, ..small() },
        Config { jitter: 0.0, rotation: 0.0, flip: 0.3, ..small() },
        Config { loss: Loss::Triplet, miner: Miner::Random, ..small() },
    ] {
        assert_eq!(drawn(&change, 300), wanted, "{change:?}");
    }
    assert_ne!(drawn(&Config { seed: 8, ..small() }, 300), wanted);
}

#[test]
fn a_live_change_keeps_the_weights_and_leaves_a_mark() {
    let mut trainer = start(&small());
    let before = run_to(&mut trainer, 30);
    for tau in [0.3, 0.4, 0.5] {
        assert_eq!(trainer.configure(Config { tau, ..small() }, Weights::Fresh), Ok(false));
    }
    assert_eq!((trainer.steps(), trainer.fingerprint().to_string()), (30, before));
    let marks = trainer.history().marks();
    assert_eq!(marks.len(), 1, "a slider's way is one change");
    assert_eq!((marks[0].step, marks[0].key.as_str(), marks[0].from.as_str(), marks[0].to.as_str()), (30, "tau", "0.2", "0.5"));
    assert_eq!(trainer.history().rows().len(), 30);

    // The run with the change replays too, and it differs from the run without the change.
    let changed = run_to(&mut trainer, 60);
    let mut again = start(&small());
    run_to(&mut again, 30);
    again.configure(Config { tau: 0.5, ..small() }, Weights::Keep).expect("valid");
    assert_eq!(run_to(&mut again, 60), changed);
    assert_ne!(run_to(&mut start(&small()), 60), changed);
}

#[test]
fn a_live_change_back_and_forth_between_steps_changes_nothing() {
    let mut trainer = start(&small());
    run_to(&mut trainer, 10);
    for change in [Config { tau: 5.0, batch: 64, positives: Positives::Labels, ..small() }, small()] {
        trainer.configure(change, Weights::Keep).expect("valid");
    }
    assert_eq!(run_to(&mut trainer, 40), run_to(&mut start(&small()), 40));
}

#[test]
fn a_changed_network_set_or_seed_restarts() {
    for change in [
        Config { dim: 4, ..small() },
        Config { layers: Layers::default(), ..small() },
        Config { data: Data::Moons, ..small() },
        Config { points: 64, ..small() },
        Config { optimizer: Optimizer::Sgd, ..small() },
        Config { seed: 8, ..small() },
    ] {
        let mut trainer = start(&small());
        run_to(&mut trainer, 5);
        assert_eq!(trainer.configure(change.clone(), Weights::Keep), Ok(true), "{change:?}");
        assert_eq!(trainer.steps(), 0);
        assert_eq!(run_to(&mut trainer, 5), run_to(&mut start(&change), 5));
    }
}

#[test]
fn a_refused_configuration_changes_nothing() {
    let mut trainer = start(&small());
    run_to(&mut trainer, 10);
    for refused in [
        Config { tau: f32::NAN, ..small() },
        Config { tau: 0.0, dim: 5, ..small() },
        Config { lr: f32::INFINITY, ..small() },
        Config { points: 0, ..small() },
        Config { batch: 1, ..small() },
        Config { dim: 17, ..small() },
    ] {
        assert!(Trainer::new(refused.clone()).is_err());
        assert!(trainer.configure(refused, Weights::Fresh).is_err());
    }
    assert_eq!(trainer.config(), &small());
    assert!(trainer.history().marks().is_empty());
    assert_eq!(run_to(&mut trainer, 40), run_to(&mut start(&small()), 40));
}

#[test]
fn a_recalled_step_shows_everything_as_it_was_then() {
    let mut trainer = start(&small());
    let mut then = None;
    for step in 1..=40 {
        run_to(&mut trainer, step);
        if step == 17 {
            trainer.configure(Config { tau: 0.9, ..small() }, Weights::Keep).expect("valid");
        }
        if step == 30 {
            then = Some(trainer.snapshot());
        }
    }
    trainer.configure(Config { tau: 0.1, ..small() }, Weights::Keep).expect("valid");
    run_to(&mut trainer, 50);
    let (then, now) = (then.expect("seen"), trainer.snapshot());
    let recalled = trainer.recall(30).expect("it is kept");
    assert_eq!((recalled.step, recalled.fingerprint, &recalled.config), (then.step, then.fingerprint, &then.config));
    assert_eq!((recalled.terms, recalled.gradient_norm, &recalled.batch), (then.terms, then.gradient_norm, &then.batch));
    assert_eq!((recalled.accuracy, recalled.measured_step, recalled.plane_step), (then.accuracy, 30, 30));
    assert_eq!((&recalled.embeddings, &recalled.plane), (&then.embeddings, &then.plane));
    assert_eq!((&recalled.anchors, &recalled.class_means), (&then.anchors, &then.class_means));
    let close = |a: &[f32], b: &[f32]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-6);
    assert!(close(&recalled.spectrum.eigenvalues, &then.spectrum.eigenvalues));
    assert_eq!(
        (&recalled.past.rows, &recalled.past.marks, &recalled.past.frames),
        (&now.past.rows, &now.past.marks, &now.past.frames),
        "the past goes on to now"
    );
    assert!(now == trainer.snapshot(), "going back leaves no trace in the present");
    assert_eq!(run_to(&mut trainer, 60), {
        let mut again = start(&small());
        for (step, tau) in [(17, 0.9), (40, 0.1)] {
            run_to(&mut again, step);
            again.configure(Config { tau, ..small() }, Weights::Keep).expect("valid");
        }
        run_to(&mut again, 60)
    });
}

#[test]
fn a_live_change_of_moco_does_not_take_a_batchs_own_keys_for_negatives() {
    let config = Config { method: MethodName::Moco, batch: 32, queue: 64, points: 256, ..Config::default() };
    let mut trainer = start(&config);
    run_to(&mut trainer, 40);
    let before = trainer.terms().infonce.expect("a softmax");
    // The smallest change: what the loss does is the queue's doing.
    trainer.configure(Config { tau: 0.200_001, ..config }, Weights::Keep).expect("valid");
    let after = trainer.snapshot().terms.infonce.expect("a softmax");
    assert_eq!((before.negatives, after.negatives), (64.0, 32.0), "half of the queue are the batch's own keys");
    let per_negative = |terms: InfoNceTerms| terms.effective_negatives / terms.negatives;
    assert!((per_negative(before) - per_negative(after)).abs() < 0.1, "{before:?}, {after:?}");
}
