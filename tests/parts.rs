//! Checks that a step in parts is the step, whatever is changed, looked at, recalled or given up between two parts.

#[path = "support/run.rs"]
mod run;

use contrastive_playground::learn::config::{Head, InfoNce, Layers, Loss, MethodName, Miner, Norm, Positives, Similarity};
use contrastive_playground::learn::trainer::{Space, Weights};
use contrastive_playground::learn::{Config, Snapshot, Trainer};
use proptest::prelude::{Just, ProptestConfig, Strategy, prop, prop_assert_eq, prop_oneof, proptest};
use run::{run_to, small, start};

/// Takes one step in parts and returns their number.
fn in_parts(trainer: &mut Trainer, comparisons: usize) -> usize {
    let mut parts = 1;
    while !trainer.advance(comparisons).expect("it does not diverge") {
        parts += 1;
    }
    parts
}

#[test]
fn a_step_in_parts_is_the_step_and_what_changes_between_them_has_come_before_it() {
    let labels = Positives::Labels;
    let losses = [
        Config::default(),
        Config { infonce: InfoNce::Both, ..Config::default() },
        Config { infonce: InfoNce::SupCon, positives: labels, ..Config::default() },
        Config { loss: Loss::Triplet, miner: Miner::Random, ..Config::default() },
        Config { loss: Loss::Triplet, miner: Miner::Random, positives: labels, ..Config::default() },
    ];
    for config in losses {
        let config = Config { points: 150, batch: 40, ..config };
        let changed = Config { tau: 0.7, alpha: 0.9, rotation: 5.0, ..config.clone() };
        let mut at_once = Trainer::new(config.clone()).expect("valid");
        let mut parted = Trainer::new(config.clone()).expect("valid");
        for step in 0..12 {
            if step == 5 {
                at_once.configure(changed.clone(), Weights::Keep).expect("valid");
                assert!(!parted.advance(500).expect("it does not diverge"));
                parted.configure(changed.clone(), Weights::Keep).expect("valid");
                // A snapshot before the change is evaluated, and a part of its evaluation, do not affect the run.
                assert!(parted.quick_snapshot().is_pending);
                assert!(!parted.advance_update(500));
            }
            at_once.step().expect("it does not diverge");
            assert!(in_parts(&mut parted, 500) > 5);
            assert_eq!(at_once.fingerprint(), parted.fingerprint(), "{config:?}, step {step}");
        }
        let (at_once, parted) = (at_once.snapshot(), parted.snapshot());
        assert_eq!((at_once.terms, at_once.batch, at_once.history), (parted.terms, parted.batch, parted.history), "{config:?}");
    }
}

#[test]
fn a_snapshot_between_two_parts_is_of_the_last_step_and_disturbs_nothing() {
    let config = Config { points: 150, batch: 40, ..Config::default() };
    let mut at_once = Trainer::new(config.clone()).expect("valid");
    let mut parted = Trainer::new(config).expect("valid");
    for _ in 0..3 {
        at_once.step().expect("it does not diverge");
        in_parts(&mut parted, 500);
    }
    assert!(!parted.advance(500).expect("it does not diverge"));
    assert!(at_once.snapshot() == parted.snapshot());
    at_once.step().expect("it does not diverge");
    // Parts of size 0 complete the step too.
    in_parts(&mut parted, 0);
    assert_eq!(at_once.fingerprint(), parted.fingerprint());
}

#[test]
fn an_update_in_parts_finds_what_an_update_at_once_finds() {
    let config = Config { points: 150, batch: 40, ..Config::default() };
    let changed = Config { tau: 0.6, ..config.clone() };
    let [mut at_once, mut parted] = [(); 2].map(|()| Trainer::new(config.clone()).expect("valid"));
    for trainer in [&mut at_once, &mut parted] {
        trainer.step().expect("it does not diverge");
        trainer.configure(changed.clone(), Weights::Keep).expect("valid");
    }
    while !parted.advance_update(500) {}
    assert!(!parted.is_pending());
    assert!(at_once.snapshot() == parted.snapshot());
}

/// What a user may do to a run between two parts of its steps.
#[derive(Clone, Copy, Debug)]
enum Disturbance {
    Part(usize),
    ThereAndBack(f32),
    PartOfUpdate(usize),
    Look,
    QuickLook,
    Recall(u64),
    Inspect(u32),
    Show(Space),
}

fn disturbances() -> impl Strategy<Value = Vec<Disturbance>> {
    let part = prop_oneof![0usize..4000, Just(1 << 16), Just(1 << 20), Just(usize::MAX)];
    let disturbance = prop_oneof![
        8 => part.clone().prop_map(Disturbance::Part),
        4 => (0.02f32..5.0).prop_map(Disturbance::ThereAndBack),
        3 => part.prop_map(Disturbance::PartOfUpdate),
        1 => Just(Disturbance::Look),
        2 => Just(Disturbance::QuickLook),
        1 => (0u64..8).prop_map(Disturbance::Recall),
        1 => (0u32..80).prop_map(Disturbance::Inspect),
        1 => prop::sample::select(&Space::ALL[..]).prop_map(Disturbance::Show),
    ];
    prop::collection::vec(disturbance, 1..30)
}

/// A method with its networks.
fn any_method() -> impl Strategy<Value = Config> {
    let method = prop_oneof![4 => Just(MethodName::Pairs), 8 => prop::sample::select(MethodName::ALL)];
    let networks = (prop::sample::select(Head::ALL), prop::sample::select(Head::ALL), prop::sample::select(Norm::ALL));
    let rest = (prop_oneof![Just(0.0f32), Just(0.3)], 16u32..300, 2u32..14);
    (method, networks, rest).prop_map(|(method, (head, predictor, norm), (hidden_dropout, queue, count))| Config {
        method,
        head,
        predictor,
        norm,
        hidden_dropout,
        queue,
        prototypes: count,
        clusters: count,
        ..small()
    })
}

fn any_config() -> impl Strategy<Value = Config> {
    // Sizes at which the number of parts changes, and other sizes.
    let batch = prop_oneof![2u32..80, 500u32..520, Just(724), Just(725), Just(1024)];
    let choices = (prop::sample::select(Loss::ALL), prop::sample::select(Miner::ALL), prop::sample::select(InfoNce::ALL));
    let positives = (prop::sample::select(Positives::ALL), prop::sample::select(Similarity::ALL));
    (batch, choices, positives, (2u32..=16, 0u32..2000), any_method()).prop_map(
        |(batch, (loss, miner, infonce), (positives, similarity), (dim, seed), method)| {
            let (layers, lr) = (Layers::new(&[8]).expect("valid"), 0.0005);
            Config { points: 64, batch, loss, miner, infonce, positives, similarity, dim, seed, layers, lr, ..method }
        },
    )
}

/// Takes `steps` steps, with the disturbances in between. A step that is under way after the last disturbance is completed.
fn disturbed(config: &Config, steps: u64, disturbances: &[Disturbance]) -> Trainer {
    let mut trainer = start(config);
    for disturbance in disturbances {
        match *disturbance {
            Disturbance::Part(_) if trainer.steps() == steps => {}
            Disturbance::Part(comparisons) => {
                trainer.advance(comparisons).expect("it does not diverge");
            }
            Disturbance::ThereAndBack(value) => {
                let there = Config { tau: value, alpha: value.min(2.0), batch: config.batch + 1, ..config.clone() };
                trainer.configure(there, Weights::Keep).expect("valid");
                trainer.advance_update(1000);
                trainer.configure(config.clone(), Weights::Keep).expect("valid");
            }
            Disturbance::PartOfUpdate(comparisons) => {
                trainer.advance_update(comparisons);
            }
            Disturbance::Look => {
                trainer.snapshot();
            }
            Disturbance::QuickLook => {
                trainer.quick_snapshot();
            }
            Disturbance::Recall(step) => {
                trainer.recall(step).expect("step 0 is kept");
                trainer.inspection(Some(step));
            }
            Disturbance::Show(space) => {
                trainer.show(space);
                trainer.quick_snapshot();
            }
            Disturbance::Inspect(point) => {
                trainer.inspect(Some(point));
                trainer.inspection(None);
            }
        }
    }
    while trainer.steps() < steps {
        trainer.advance(1 << 20).expect("it does not diverge");
    }
    trainer
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 160, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn parts_changes_there_and_back_looks_and_recalls_leave_no_trace(config in any_config(), disturbances in disturbances()) {
        let mut undisturbed = start(&config);
        for _ in 0..4 {
            undisturbed.step().expect("it does not diverge");
        }
        let mut disturbed = disturbed(&config, 4, &disturbances);
        prop_assert_eq!(disturbed.fingerprint(), undisturbed.fingerprint());
        disturbed.inspect(None);
        disturbed.show(Space::Z);
        let (disturbed, undisturbed) = (disturbed.snapshot(), undisturbed.snapshot());
        let losses = |snapshot: &Snapshot| snapshot.history.iter().map(|row| (row.step, row.loss, row.gradient_norm)).collect::<Vec<_>>();
        prop_assert_eq!(losses(&disturbed), losses(&undisturbed));
        prop_assert_eq!(disturbed.frames, undisturbed.frames);
        prop_assert_eq!(disturbed.embeddings, undisturbed.embeddings);
    }
}

#[test]
fn a_change_there_and_back_while_a_step_of_512_pairs_is_under_way_loses_no_batch() {
    let config = Config { batch: 512, ..Config::default() };
    let mut undisturbed = start(&config);
    let mut changed = start(&config);
    assert!(!changed.advance(1 << 20).expect("it does not diverge") || changed.steps() == 1);
    for tau in [0.7, 0.2] {
        changed.configure(Config { tau, ..config.clone() }, Weights::Keep).expect("valid");
    }
    while changed.steps() < 5 {
        changed.advance(1 << 20).expect("it does not diverge");
    }
    assert_eq!(run_to(&mut undisturbed, 5), changed.fingerprint().to_string());
}

#[test]
fn a_look_while_a_small_batch_is_evaluated_again_under_a_large_one_shows_the_small_one() {
    for loss in Loss::ALL {
        let config = Config { loss: *loss, ..Config::default() };
        let mut trainer = start(&config);
        run_to(&mut trainer, 9);
        let before = trainer.snapshot();
        let large = Config { batch: 1500, ..config };
        trainer.configure(large.clone(), Weights::Keep).expect("valid");
        // The first step with the large batch passes the networks and is compared for a while.
        for _ in 0..9 {
            assert!(!trainer.advance(1 << 20).expect("sound"));
        }
        trainer.configure(Config { tau: 0.3, ..large }, Weights::Keep).expect("valid");
        for _ in 0..4 {
            trainer.advance_update(1 << 10);
            let seen = trainer.quick_snapshot();
            assert!(!seen.is_pending || seen.batch == before.batch, "{loss:?}");
        }
        assert_eq!(trainer.snapshot().batch.positive_histogram.iter().sum::<u32>(), 128);
    }
}
