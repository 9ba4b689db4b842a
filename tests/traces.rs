//! Checks that whatever is changed and changed back, looked at, recalled or asked between two steps leaves no trace in a run.

#[path = "support/run.rs"]
mod run;

use contrastive_playground::learn::config::{Head, InfoNce, Layers, Loss, MethodName, Miner, Norm, Positives, Similarity};
use contrastive_playground::learn::report::{Snapshot, Space};
use contrastive_playground::learn::trainer::Weights;
use contrastive_playground::learn::{Config, Trainer};
use proptest::prelude::{Just, ProptestConfig, Strategy, prop, prop_assert_eq, prop_oneof, proptest};
use run::{run_to, small, start};

/// What a user may do to a run between its steps.
#[derive(Clone, Copy, Debug)]
enum Disturbance {
    Step,
    ThereAndBack(f32, bool),
    Look,
    QuickLook,
    Recall(u64),
    Inspect(u32),
    Show(Space),
    Ask(u32),
    Foretell,
}

fn disturbances() -> impl Strategy<Value = Vec<Disturbance>> {
    let disturbance = prop_oneof![
        4 => Just(Disturbance::Step),
        4 => (0.02f32..5.0, prop::bool::ANY).prop_map(|(value, looks)| Disturbance::ThereAndBack(value, looks)),
        1 => Just(Disturbance::Look),
        2 => Just(Disturbance::QuickLook),
        1 => (0u64..8).prop_map(Disturbance::Recall),
        1 => (0u32..80).prop_map(Disturbance::Inspect),
        1 => prop::sample::select(&Space::ALL[..]).prop_map(Disturbance::Show),
        1 => (0u32..64).prop_map(Disturbance::Ask),
        1 => Just(Disturbance::Foretell),
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
    let batch = prop_oneof![8 => 2u32..80, 1 => 500u32..520];
    let choices = (prop::sample::select(Loss::ALL), prop::sample::select(Miner::ALL), prop::sample::select(InfoNce::ALL));
    let positives = (prop::sample::select(Positives::ALL), prop::sample::select(Similarity::ALL));
    (batch, choices, positives, (2u32..=16, 0u32..2000), any_method()).prop_map(
        |(batch, (loss, miner, infonce), (positives, similarity), (dim, seed), method)| {
            let (layers, lr) = (Layers::new(&[8]).expect("valid"), 0.0005);
            Config { points: 64, batch, loss, miner, infonce, positives, similarity, dim, seed, layers, lr, ..method }
        },
    )
}

/// Takes `steps` steps, with the disturbances before and between them.
fn disturbed(config: &Config, steps: u64, disturbances: &[Disturbance]) -> Trainer {
    let mut trainer = start(config);
    for disturbance in disturbances {
        match *disturbance {
            Disturbance::Step if trainer.steps() == steps => {}
            Disturbance::Step => trainer.step().expect("it does not diverge"),
            Disturbance::ThereAndBack(value, looks) => {
                let there = Config { tau: value, alpha: value.min(2.0), batch: config.batch + 1, ..config.clone() };
                trainer.configure(there, Weights::Keep).expect("valid");
                if looks {
                    trainer.quick_snapshot();
                }
                trainer.configure(config.clone(), Weights::Keep).expect("valid");
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
            Disturbance::Ask(point) => {
                trainer.pin(Some(point));
                trainer.reasons();
                trainer.pin(None);
            }
            Disturbance::Foretell => {
                trainer.next_step();
            }
            Disturbance::Inspect(point) => {
                trainer.inspect(Some(point));
                trainer.inspection(None);
            }
        }
    }
    while trainer.steps() < steps {
        trainer.step().expect("it does not diverge");
    }
    trainer
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 160, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn changes_there_and_back_looks_and_recalls_leave_no_trace(config in any_config(), disturbances in disturbances()) {
        let mut undisturbed = start(&config);
        for _ in 0..4 {
            undisturbed.step().expect("it does not diverge");
        }
        let mut disturbed = disturbed(&config, 4, &disturbances);
        prop_assert_eq!(disturbed.fingerprint(), undisturbed.fingerprint());
        disturbed.inspect(None);
        disturbed.show(Space::Z);
        let (disturbed, undisturbed) = (disturbed.snapshot(), undisturbed.snapshot());
        let losses = |snapshot: &Snapshot| snapshot.past.rows.iter().map(|row| (row.step, row.loss, row.gradient_norm)).collect::<Vec<_>>();
        prop_assert_eq!(losses(&disturbed), losses(&undisturbed));
        prop_assert_eq!(disturbed.past.frames, undisturbed.past.frames);
        prop_assert_eq!(disturbed.embeddings, undisturbed.embeddings);
    }
}

#[test]
fn a_look_after_a_live_change_shows_the_last_batch_under_it_and_the_next_step_draws_its_own() {
    for loss in Loss::ALL {
        let config = Config { loss: *loss, miner: Miner::Random, ..small() };
        let [mut looked, mut unseen] = [(); 2].map(|()| start(&config));
        for trainer in [&mut looked, &mut unseen] {
            run_to(trainer, 9);
            trainer.configure(Config { tau: 0.6, alpha: 0.9, batch: 31, ..config.clone() }, Weights::Keep).expect("valid");
        }
        let (before, after) = (start(&config), looked.snapshot());
        assert_ne!(after.terms.loss, before.terms().loss);
        assert_eq!(
            after.batch.positive_histogram.iter().sum::<u32>(),
            config.batch,
            "{loss:?}: the batch of the step, not one of 31 pairs"
        );
        assert_eq!(looked.snapshot().terms, after.terms);
        assert_eq!(run_to(&mut looked, 12), run_to(&mut unseen, 12), "{loss:?}");
    }
}

#[test]
fn before_the_first_step_a_live_change_is_shown_with_the_batch_that_comes() {
    let config = small();
    let changed = Config { batch: 48, jitter: 0.4, ..config.clone() };
    let mut trainer = start(&config);
    trainer.configure(changed.clone(), Weights::Keep).expect("valid");
    assert_eq!(trainer.snapshot().terms, start(&changed).snapshot().terms);
}
