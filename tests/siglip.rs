//! The sigmoid loss of `SigLIP` against PyTorch in f64, by two expressions, and its limits.

#![expect(clippy::disallowed_methods, reason = "what is expected is computed apart from the code under test")]

use contrastive_playground::learn::config::Loss;
use contrastive_playground::learn::matrix::Matrix;
use contrastive_playground::learn::method::{Evaluated, GivenRows, evaluate_rows};
use contrastive_playground::learn::report::Measure;
use contrastive_playground::learn::{Config, Trainer};

/// The rows that the golden values of all losses are of, as they are: A[i][k] = sin(1 + 3i + 7k), B = A + 0.3 sin(2 + 5i + 11k).
fn rows() -> Matrix {
    let a = |i: f64, k: f64| (1.0 + 3.0 * i + 7.0 * k).sin();
    let b = |i: f64, k: f64| a(i, k) + 0.3 * (2.0 + 5.0 * i + 11.0 * k).sin();
    let view =
        |at: &dyn Fn(f64, f64) -> f64| -> Vec<f32> { (0..4).flat_map(|i| [0.0, 1.0, 2.0].map(|k| at(f64::from(i), k) as f32)).collect() };
    Matrix::from_rows(&[view(&a), view(&b)].concat(), 3)
}

fn evaluate(rows: &Matrix, scale: f32, bias: f32) -> Evaluated {
    let labels = vec![0; rows.rows()];
    let given = GivenRows { outputs: rows, labels: &labels, queue: None, prototypes: None };
    evaluate_rows(&Config { loss: Loss::SigLip, scale, bias, ..Config::default() }, &given)
}

fn assert_near(what: &str, found: f32, wanted: f64) {
    assert!((f64::from(found) - wanted).abs() <= 1e-5 * wanted.abs().max(1.0), "{what}: {found} instead of {wanted}");
}

#[test]
fn loss_and_gradients_are_those_of_pytorch() {
    for (scale, bias, loss, by_log_scale, by_bias) in
        [(10.0, -10.0, 1.369_439_145, -1.724_600_820, -0.175_698_222), (2.0, 0.5, 3.016_081_094, 0.855_007_291, 1.226_678_309)]
    {
        let found = evaluate(&rows(), scale, bias);
        assert_near("loss", found.terms.loss, loss);
        assert_near("by t'", found.by_trained[0], by_log_scale);
        assert_near("by b", found.by_trained[1], by_bias);
        assert_near("t", found.terms.measures.get(Measure::LossScale).expect("it is told"), f64::from(scale));
    }
    let found = evaluate(&rows(), 10.0, -10.0);
    for (found, wanted) in found.gradient.row(0).iter().zip([-0.213_690_088, -0.069_317_928, 0.381_975_885]) {
        assert_near("by a raw row", *found, wanted);
    }
}

#[test]
fn with_all_answers_at_one_half_each_question_costs_ln_2_and_at_large_logits_none_is_lost() {
    // Orthogonal rows of different views, and no bias: every logit off the diagonal is 0, on it t.
    let unit = Matrix::from_rows(&[1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0], 2);
    let found = evaluate(&unit, 10.0, 0.0);
    assert_near("loss", found.terms.loss, std::f64::consts::LN_2 + (1.0 + (-10f64).exp()).ln());
    // Far out the loss is the logit itself, and the slopes stay numbers.
    let found = evaluate(&unit, 100.0, 30.0);
    assert_near("loss", found.terms.loss, 30.0);
    assert!(found.gradient.data().iter().chain(&found.by_trained).all(|slope| slope.is_finite()));
}

#[test]
fn scale_and_bias_train_and_belong_to_the_state() {
    let config = Config { loss: Loss::SigLip, points: 64, batch: 16, ..Config::default() };
    let mut trainer = Trainer::new(config.clone()).expect("valid");
    let first = trainer.snapshot();
    let of = |measure, terms: &contrastive_playground::learn::report::Terms| terms.measures.get(measure).expect("it is told");
    assert_near("t", of(Measure::LossScale, &first.terms), 10.0);
    for _ in 0..200 {
        trainer.step().expect("sound");
    }
    let last = trainer.snapshot();
    assert!((of(Measure::LossScale, &last.terms) - 10.0).abs() > 0.05 && (of(Measure::LossBias, &last.terms) + 10.0).abs() > 0.01);
    assert!(last.terms.loss < 0.7 * first.terms.loss, "{} after {}", last.terms.loss, first.terms.loss);
    let other = Trainer::new(Config { bias: -9.0, ..config }).expect("valid");
    assert_ne!(other.fingerprint(), first.fingerprint, "the hash has them");
    assert_eq!(trainer.plan().parameter_count(), trainer.plan().encoder.parameter_count() + 2);
}
