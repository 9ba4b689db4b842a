//! Checks what a run does whose numbers leave what floats can hold: it stands at its last good state, and goes on from there.

#[path = "support/run.rs"]
mod run;

use contrastive_playground::learn::Config;
use contrastive_playground::learn::config::{Head, Loss, MethodName, Miner, Optimizer, Reduction, Similarity};
use contrastive_playground::learn::report::Divergence;
use contrastive_playground::learn::trainer::Weights;
use run::{run_to, small, start};

/// Returns the configuration of a run that diverges.
fn wild() -> Config {
    Config { lr: 1.0, optimizer: Optimizer::Sgd, similarity: Similarity::Dot, tau: 0.01, ..small() }
}

#[test]
fn a_vae_behind_any_head_takes_its_first_steps() {
    for head in Head::ALL {
        for seed in 0..20 {
            let config =
                Config { method: MethodName::Vae, head: *head, dim: 16, batch: 2, hidden_dropout: 0.3, lr: 0.0005, seed, ..small() };
            let mut trainer = start(&config);
            for _ in 0..4 {
                trainer.step().unwrap_or_else(|divergence| panic!("{head:?}, seed {seed}: {divergence}"));
            }
        }
    }
}

#[test]
fn a_diverging_run_stands_at_its_last_good_state_until_something_changes() {
    let mut trainer = start(&wild());
    let mut states = vec![trainer.fingerprint()];
    let divergence = loop {
        match trainer.step() {
            Ok(()) => {
                states.push(trainer.fingerprint());
                assert!(states.len() < 10_000, "it should have diverged");
            }
            Err(divergence) => break divergence,
        }
    };
    // The last update led to weights whose gradient is too large. The last good state is the one before that update.
    assert_eq!(divergence, Divergence::Gradient);
    states.pop();
    let (steps, good) = (states.len() as u64 - 1, states[states.len() - 1]);
    let message = divergence.to_string();
    assert!(message.contains("Try a smaller lr") && message.contains("last good state"), "{message}");
    for _ in 0..3 {
        assert_eq!(trainer.step(), Err(divergence));
    }
    assert_eq!((trainer.steps(), trainer.fingerprint(), trainer.divergence()), (steps, good, Some(divergence)));
    assert!(trainer.state().values.iter().all(|weight| weight.is_finite()));
    let snapshot = trainer.snapshot();
    assert_eq!(snapshot.divergence, Some(divergence));
    assert!(snapshot.embeddings.iter().chain(&snapshot.plane).all(|value| value.is_finite()));
    assert!(snapshot.past.rows.iter().all(|row| row.loss.is_finite()));
    assert!(snapshot.terms.loss.is_finite() && snapshot.gradient_norm < 1e8, "what is shown is the good state's");

    assert!(snapshot.past.rows.iter().all(|row| row.step <= steps) && snapshot.past.frames.iter().all(|step| *step <= steps));

    let cure = Config { lr: 0.001, similarity: Similarity::Cosine, tau: 0.5, ..wild() };
    assert_eq!(trainer.configure(cure, Weights::Keep), Ok(false));
    assert_eq!((trainer.divergence(), trainer.fingerprint()), (None, good));
    run_to(&mut trainer, steps + 50);
    let rows: Vec<u64> = trainer.history().rows().iter().map(|row| row.step).collect();
    assert_eq!(rows, (1..=steps + 50).collect::<Vec<_>>(), "the undone step is in the past once");
    let frames: Vec<u64> = trainer.timeline().steps().collect();
    assert!(frames.windows(2).all(|pair| pair[0] < pair[1]), "{frames:?}");

    // Without a changed configuration the run diverges again at the same step.
    let mut again = start(&wild());
    while again.step().is_ok() {}
    assert_eq!((again.steps(), again.fingerprint()), (steps, good));
    again.reset().expect("valid");
    assert_eq!((again.steps(), again.divergence()), (0, None::<Divergence>));
}

#[test]
fn a_run_driven_apart_late_forgets_the_step_it_takes_back() {
    // After some of these numbers of steps a row of the history stands for one step, after others for two. The timeline keeps the last
    // step after some of them and not after others.
    let calm = Config { optimizer: Optimizer::Sgd, lr: 0.02, ..small() };
    for steps in [11, 12, 599, 600, 607] {
        let mut trainer = start(&calm);
        run_to(&mut trainer, steps);
        let change = Config { lr: 1.0, similarity: Similarity::Dot, tau: 0.01, ..calm.clone() };
        trainer.configure(change, Weights::Keep).expect("valid");
        while trainer.step().is_ok() {
            assert!(trainer.steps() < 10_000, "it should have diverged");
        }
        let stopped = trainer.steps();
        trainer.configure(calm.clone(), Weights::Keep).expect("valid");
        run_to(&mut trainer, stopped + 10);
        let rows: Vec<u64> = trainer.history().rows().iter().map(|row| row.step).collect();
        let frames: Vec<u64> = trainer.timeline().steps().collect();
        assert!(rows.windows(2).chain(frames.windows(2)).all(|pair| pair[0] < pair[1]), "{stopped}: {rows:?}, {frames:?}");
        assert!(trainer.history().rows().iter().all(|row| row.loss.is_finite() && row.loss_min <= row.loss * 1.0001));
    }
}

#[test]
fn a_run_that_diverged_and_is_cured_goes_on_as_if_it_had_been_cured_in_time() {
    let sgd = Config { optimizer: Optimizer::Sgd, similarity: Similarity::Dot, points: 256, ..Config::default() };
    for diverging in [
        Config { lr: 0.3, ..sgd.clone() },
        Config { lr: 0.3, loss: Loss::Triplet, miner: Miner::Random, hidden_dropout: 0.2, reduction: Reduction::Sum, ..sgd.clone() },
        Config { lr: 1.0, method: MethodName::Vicreg, hidden_dropout: 0.1, ..sgd.clone() },
    ] {
        let mut trainer = start(&diverging);
        while trainer.step().is_ok() {
            assert!(trainer.steps() < 500, "it diverges: {diverging:?}");
        }
        let stands = trainer.steps();
        let cured = Config { lr: 0.000_1, ..diverging.clone() };
        let mut in_time = start(&diverging);
        run_to(&mut in_time, stands);
        for trainer in [&mut trainer, &mut in_time] {
            trainer.configure(cured.clone(), Weights::Keep).expect("valid");
            trainer.snapshot();
        }
        for step in 1..=5 {
            assert_eq!(trainer.step().is_ok(), in_time.step().is_ok());
            assert_eq!(trainer.fingerprint(), in_time.fingerprint(), "step {step} after {stands}: {diverging:?}");
        }
    }
}
