//! Why a point moves: forces, shares and losses against the gradient that `evaluate` finds of the same rows, for every loss and method.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use contrastive_playground::learn::matrix::Matrix;
use contrastive_playground::learn::method::{GivenRows, evaluate_rows};
use contrastive_playground::learn::report::{Reasons, Role, Turn};
use contrastive_playground::learn::{Config, Trainer};

/// A setting of every loss and method, with what makes its candidates special.
const SETTINGS: &[&str] = &[
    "",
    "negatives=7",
    "infonce=onesided",
    "infonce=both",
    "infonce=supcon",
    "infonce=dcl",
    "positives=labels",
    "similarity=dot&tau=1",
    "tau=0.05&dim=8",
    "head=mlp&norm=hidden",
    "loss=triplet",
    "loss=triplet&miner=semihard",
    "loss=triplet&miner=hard&distance=plain",
    "loss=triplet&miner=random&reduction=sum",
    "loss=triplet&positives=labels&miner=all&reduction=all",
    "loss=triplet&similarity=dot",
    "loss=alignuniform&weight=0.7",
    "method=moco&queue=64",
    "method=byol",
    "method=byol&predictor=none",
    "method=simsiam",
    "method=simsiam&predictor=none&stop=no",
    "method=swav&tau=0.1",
    "method=deepcluster&tau=0.1",
    "method=barlow",
    "method=vicreg",
    "positives=dropout&hidden_dropout=0.1&infonce=onesided",
    "loss=siglip",
    "loss=siglip&similarity=dot&scale=2&bias=-1",
];

fn config(keys: &str) -> Config {
    let mut config = Config { points: 96, batch: 24, seed: 3, ..Config::default() };
    for (key, value) in keys.split('&').filter_map(|pair| pair.split_once('=')) {
        config.set_text(key, value).unwrap();
    }
    config
}

/// A run after so many steps with a point pinned.
fn pinned(keys: &str, steps: u32, point: u32) -> (Trainer, Reasons) {
    let mut trainer = Trainer::new(config(keys)).unwrap();
    for _ in 0..steps {
        trainer.step().unwrap();
    }
    trainer.pin(Some(point));
    let reasons = trainer.reasons().unwrap();
    (trainer, reasons)
}

/// The largest difference of two vectors, against the longer one's length.
fn difference(found: &[f32], wanted: &[f32]) -> f32 {
    assert_eq!(found.len(), wanted.len());
    let largest = |row: &[f32]| row.iter().fold(0f32, |largest, value| largest.max(value.abs()));
    let apart = found.iter().zip(wanted).fold(0f32, |largest, (a, b)| largest.max((a - b).abs()));
    apart / largest(wanted).max(largest(found)).max(1e-6)
}

#[test]
fn pull_and_push_together_are_minus_the_gradient() {
    for keys in SETTINGS {
        for point in [0, 17, 50] {
            let (_, reasons) = pinned(keys, 30, point);
            let both_turns = reasons.forces(Turn::Both);
            let both: Vec<f32> = both_turns.pull.iter().zip(&both_turns.push).map(|(pull, push)| pull + push).collect();
            let apart = difference(&both, &reasons.sum);
            assert!(apart < 2e-4, "{keys}, point {point}: {both:?} instead of {:?}", reasons.sum);
            let by_class = both_turns
                .push_by_class
                .iter()
                .fold(vec![0.0; reasons.dim], |total, force| total.iter().zip(force).map(|(a, b)| a + b).collect());
            if reasons.parts.is_empty() {
                assert!(difference(&by_class, &both_turns.push) < 2e-4, "{keys}: the classes' pushes are all pushes");
            }
        }
    }
}

/// All rows of the anchor's batch, as far as its candidates show them: its own, and every other view.
fn rows_of_batch(reasons: &Reasons) -> Matrix {
    let rows = 2 * reasons.pairs as usize;
    let mut outputs = Matrix::zeros(rows, reasons.dim);
    outputs.row_mut(reasons.pair as usize).copy_from_slice(&reasons.views[0]);
    let mut seen = 1;
    for (place, candidate) in reasons.candidates.iter().enumerate() {
        assert_eq!(candidate.role, Role::View);
        outputs.row_mut(candidate.index as usize).copy_from_slice(reasons.row(place));
        seen += 1;
    }
    assert_eq!(seen, rows, "every other row is a candidate");
    outputs
}

#[test]
fn the_sum_is_the_gradient_row_that_evaluate_gives_for_the_same_rows() {
    for keys in [
        "",
        "infonce=dcl",
        "positives=labels",
        "similarity=dot&tau=1",
        "loss=triplet",
        "loss=triplet&positives=labels",
        "loss=alignuniform",
    ] {
        let (trainer, reasons) = pinned(keys, 40, 5);
        let outputs = rows_of_batch(&reasons);
        let mut labels = vec![0; outputs.rows()];
        labels[reasons.pair as usize] = trainer.dataset().labels[5];
        for candidate in &reasons.candidates {
            labels[candidate.index as usize] = candidate.label.unwrap();
        }
        let given = GivenRows { outputs: &outputs, labels: &labels, queue: None, prototypes: None };
        let found = evaluate_rows(trainer.config(), &given);
        let minus: Vec<f32> = found.gradient.row(reasons.pair as usize).iter().map(|slope| -slope).collect();
        assert!(difference(&reasons.sum, &minus) < 1e-5, "{keys}: {:?} instead of {minus:?}", reasons.sum);
        assert!((found.terms.loss - reasons.batch_loss).abs() < 1e-5, "{keys}");
    }
}

#[test]
fn the_anchors_losses_are_the_batch_loss_on_average() {
    for keys in ["", "infonce=dcl", "infonce=onesided", "method=swav&tau=0.1", "method=moco&queue=64", "positives=labels", "loss=siglip"] {
        let mut trainer = Trainer::new(config(keys)).unwrap();
        for _ in 0..20 {
            trainer.step().unwrap();
        }
        let (mut total, mut count, mut wanted) = (0.0, 0, 0.0);
        for point in 0..96 {
            trainer.pin(Some(point));
            let reasons = trainer.reasons().unwrap();
            if reasons.drawn {
                total += f64::from(reasons.loss.unwrap());
                count += 1;
                wanted = f64::from(reasons.batch_loss);
                let shares: f32 = reasons.candidates.iter().filter_map(|candidate| candidate.share).sum();
                // The sigmoid loss has no softmax, so that nothing is shared out.
                assert!(keys == "loss=siglip" || (shares - 1.0).abs() < 1e-5, "{keys}: shares sum to {shares}");
            }
        }
        assert_eq!(count, 24, "{keys}: each pair's view a is an anchor once");
        // Where views b are anchors too, they have nearly the same loss on average.
        let room = if keys.contains("moco") || keys.contains("onesided") || keys.contains("siglip") { 1e-5 } else { 0.2 };
        assert!(
            (total / f64::from(count) - wanted).abs() < room * wanted.abs().max(1.0),
            "{keys}: {} and {wanted}",
            total / f64::from(count)
        );
    }
}

#[test]
fn asking_leaves_no_trace_and_a_point_that_does_not_exist_is_none() {
    for keys in SETTINGS {
        let (mut asked, mut undisturbed) = (Trainer::new(config(keys)).unwrap(), Trainer::new(config(keys)).unwrap());
        for step in 0..25 {
            asked.pin(Some(step * 3));
            assert!(asked.reasons().is_some());
            asked.step().unwrap();
            undisturbed.step().unwrap();
        }
        assert_eq!(asked.fingerprint(), undisturbed.fingerprint(), "{keys}");
        asked.pin(Some(96));
        assert_eq!((asked.pinned(), asked.reasons()), (None, None));
    }
}

#[test]
fn it_moves_where_the_step_with_its_batch_takes_it() {
    // One batch is the whole set, so the next step has the same rows in another order, and without augmentation the same inputs.
    let keys = "points=96&batch=96&jitter=0&rotation=0&lr=0.01&optimizer=sgd&momentum=0";
    let (mut trainer, reasons) = pinned(keys, 10, 7);
    assert!(reasons.drawn);
    trainer.step().unwrap();
    let after = trainer.reasons().unwrap();
    assert!(difference(&reasons.moved, &after.views[0]) < 1e-4, "{:?} and {:?}", reasons.moved, after.views[0]);
    assert!(difference(&reasons.moved, &reasons.views[0]) > 1e-5, "it moves at all");
}

#[test]
fn a_pinned_point_stays_through_steps_changes_resets_and_the_past() {
    let (mut trainer, _) = pinned("", 30, 7);
    assert_eq!(trainer.snapshot().reasons.unwrap().point, 7);
    let with_tau = Config { tau: 1.0, ..trainer.config().clone() };
    let before = trainer.reasons().unwrap();
    trainer.configure(with_tau, contrastive_playground::learn::trainer::Weights::Keep).unwrap();
    let after = trainer.reasons().unwrap();
    assert_eq!(before.views, after.views, "the setting has changed, not the weights");
    assert!(after.effective_negatives > before.effective_negatives, "a higher temperature spreads the push");
    trainer.reset().unwrap();
    assert_eq!(trainer.pinned(), Some(7));
    let past = trainer.recall(0).unwrap().reasons.unwrap();
    assert!(!past.drawn && past.moved.is_empty());
}

#[test]
fn the_past_is_answered_under_the_setting_of_then() {
    let (mut trainer, _) = pinned("", 30, 7);
    let before = trainer.recall(30).unwrap();
    let with_tau = Config { tau: 1.0, ..trainer.config().clone() };
    trainer.configure(with_tau, contrastive_playground::learn::trainer::Weights::Keep).unwrap();
    let after = trainer.recall(30).unwrap();
    assert_eq!(after.config.tau, before.config.tau);
    let [before, after] = [before, after].map(|snapshot| snapshot.reasons.unwrap());
    assert_eq!((before.batch_loss, before.loss), (after.batch_loss, after.loss));
}
