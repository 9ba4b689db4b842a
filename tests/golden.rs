//! Compares losses, gradients, networks and optimisers with the results of public libraries in f64 (`golden/README.md`).

#[path = "support/golden.rs"]
mod support;

use contrastive_playground::learn::Config;
use contrastive_playground::learn::matrix::{LANES, Matrix};
use contrastive_playground::learn::metrics::{BatchMetrics, MeterScratch, measure};
use contrastive_playground::learn::network::{Moments, Network, Pass, Place, Wanted};
use contrastive_playground::learn::objective::Objective;
use contrastive_playground::learn::optimizer::OptimizerState;
use contrastive_playground::learn::random::Random;
use contrastive_playground::learn::report::Terms;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use support::{Differences, config, matrix, narrow};

#[derive(Deserialize)]
struct LossCase {
    name: String,
    rows: Vec<Vec<f64>>,
    labels: Vec<u8>,
    config: Map<String, Value>,
    loss: f64,
    gradient: Vec<Vec<f64>>,
    metrics: BTreeMap<String, f64>,
}

#[derive(Deserialize)]
struct NetworkCase {
    name: String,
    config: Map<String, Value>,
    input_dim: usize,
    parameters: Vec<f64>,
    inputs: Vec<Vec<f64>>,
    labels: Vec<u8>,
    outputs: Vec<Vec<f64>>,
    loss: f64,
    gradient: Vec<f64>,
}

#[derive(Deserialize)]
struct OptimizerCase {
    name: String,
    config: Map<String, Value>,
    initial: Vec<f64>,
    gradients: Vec<Vec<f64>>,
    parameters: Vec<Vec<f64>>,
}

/// Returns an objective's terms and its gradient by `outputs`. `labels` holds one class for each pair.
fn evaluate(objective: &mut Objective, config: &Config, outputs: &Matrix, labels: &[u8]) -> (Terms, Matrix) {
    let mut gradient = Matrix::zeros(outputs.rows(), outputs.columns());
    let terms = objective.evaluate(config, outputs, &labels.repeat(2), &mut Random::new(0, "golden"), &mut gradient);
    (terms, gradient)
}

/// Returns the metric with this name in the golden file, or `None` if it is a count.
fn metric(key: &str, terms: &Terms, batch: &BatchMetrics) -> Option<f32> {
    let infonce = terms.infonce;
    match key {
        "alignment" => Some(batch.alignment),
        "uniformity" => Some(batch.uniformity),
        "positive_similarity" => Some(batch.positive_similarity),
        "negative_similarity" => Some(batch.negative_similarity),
        "entropy" => infonce.map(|terms| terms.entropy),
        "effective_negatives" => infonce.map(|terms| terms.effective_negatives),
        "negatives" => infonce.map(|terms| terms.negatives),
        "mutual_information" => infonce.and_then(|terms| terms.mutual_information),
        _ => None,
    }
}

/// Returns the count of triplets with this name in the golden file.
fn count(key: &str, terms: &Terms) -> Option<u64> {
    let counts = terms.triplets?;
    match key {
        "triplets" => Some(counts.mined),
        "active" => Some(counts.active),
        "easy" => Some(counts.easy),
        "semihard" => Some(counts.semi_hard),
        "hard" => Some(counts.hard),
        _ => None,
    }
}

#[test]
fn losses_gradients_and_metrics_equal_those_of_the_libraries() {
    let cases: Vec<LossCase> = serde_json::from_str(include_str!("golden/losses.json")).expect("a golden file");
    assert!(cases.len() > 100);
    let mut differences = Differences::default();
    // All cases share one scratch memory: the contents that one batch leaves must not affect the next, whatever its shape.
    let (mut objective, mut meter, mut batch) = (Objective::default(), MeterScratch::default(), BatchMetrics::default());
    for case in &cases {
        let config = config(&case.config);
        let (terms, gradient) = evaluate(&mut objective, &config, &matrix(&case.rows), &case.labels);
        differences.compare(&case.name, "loss", &[terms.loss], &[case.loss], 1e-2);
        differences.compare(&case.name, "gradient", &gradient.to_rows(), &case.gradient.concat(), 1e-2);
        measure(&objective.rows, &case.labels.repeat(2), config.positives.rows(), usize::MAX, true, &mut meter, &mut batch);
        for (key, wanted) in &case.metrics {
            if let Some(found) = metric(key, &terms, &batch) {
                // Relative to at least 1: entropies and bounds are differences of numbers near 1, and L_align may be tiny.
                differences.compare(&case.name, key, &[found], &[*wanted], 1.0);
            } else {
                let found = count(key, &terms).expect("a metric with a name");
                if found as f64 != *wanted {
                    differences.0.push(format!("{}: {key} is {found} instead of {wanted}", case.name));
                }
            }
        }
    }
    differences.report();
}

#[test]
fn networks_and_gradients_by_every_weight_equal_those_of_the_libraries() {
    let cases: Vec<NetworkCase> = serde_json::from_str(include_str!("golden/networks.json")).expect("a golden file");
    assert!(cases.len() > 20);
    let mut differences = Differences::default();
    let (mut objective, mut pass) = (Objective::default(), Pass::default());
    for case in &cases {
        let config = config(&case.config);
        let encoder = Network::encoder(&config, case.input_dim, &mut Place::default());
        let values = encoder.from_flat(&narrow(&case.parameters)).expect("as many parameters as it takes");
        let inputs = matrix(&case.inputs);
        encoder.forward(&values, Moments::Batch { groups: 1 }, &inputs, &mut pass);
        differences.compare(&case.name, "outputs", &pass.output().to_rows(), &case.outputs.concat(), 1e-2);
        let (terms, output_gradient) = evaluate(&mut objective, &config, pass.output(), &case.labels);
        differences.compare(&case.name, "loss", &[terms.loss], &[case.loss], 1e-2);
        let mut gradient = vec![0.0; values.len()];
        encoder.backward(&values, &inputs, &mut pass, &output_gradient, &mut gradient, Wanted::VALUES);
        differences.compare(&case.name, "gradient", &encoder.to_flat(&gradient), &case.gradient, 1e-2);
    }
    differences.report();
}

#[test]
fn optimizers_take_the_same_steps_as_torch() {
    let cases: Vec<OptimizerCase> = serde_json::from_str(include_str!("golden/adam.json")).expect("a golden file");
    assert!(cases.len() > 3);
    let mut differences = Differences::default();
    for case in &cases {
        let config = config(&case.config);
        // Padded to whole vectors, as in the encoder.
        let whole = |values: &[f64]| [narrow(values), vec![0.0; values.len().next_multiple_of(LANES) - values.len()]].concat();
        let mut parameters = whole(&case.initial);
        let mut optimizer = OptimizerState::new(parameters.len());
        for (step, (gradient, wanted)) in case.gradients.iter().zip(&case.parameters).enumerate() {
            optimizer.step(&config, parameters.len(), &mut parameters, &whole(gradient));
            for (place, (found, wanted)) in parameters.iter().zip(wanted).enumerate() {
                // Each parameter is compared alone, because the gradients have very different sizes.
                differences.compare(&case.name, &format!("step {step}, parameter {place}"), &[*found], &[*wanted], 0.1);
            }
        }
    }
    differences.report();
}
