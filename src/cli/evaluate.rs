//! `evaluate`: the loss, its gradient and the metrics of embeddings from a file.
//!
//! Under cosine similarity a row shorter than 1e-12 has no direction: it is compared as it is, and its gradient is 0.

use super::paired_rows::{self, PairedRows};
use super::{Failure, arguments, files, print};
use crate::exchange::{number, results};
use crate::learn::config::Config;
use crate::learn::matrix::Matrix;
use crate::learn::metrics::{BatchMetrics, MeterScratch, measure, uniform_reference};
use crate::learn::objective::Objective;
use crate::learn::random::Random;
use clap::ArgMatches;
use serde_json::{Map, Value, json};
use std::path::PathBuf;

/// Evaluates the rows of the file and prints the result.
pub(super) fn evaluate(matches: &ArgMatches) -> Result<(), Failure> {
    let config = arguments::config(matches)?;
    let Some(path) = matches.get_one::<PathBuf>("file") else {
        return Err(Failure::Refused("file: no file is given".to_owned()));
    };
    let bytes = files::read(path, paired_rows::LIMIT)?;
    let rows = paired_rows::parse(&bytes).map_err(|error| Failure::in_file(path, error))?;
    print::json(&result(&config, &rows)?, matches.get_flag("json"))
}

fn result(config: &Config, PairedRows { outputs, labels, places }: &PairedRows) -> Result<Value, Failure> {
    let mut objective = Objective::default();
    let mut gradient = Matrix::zeros(outputs.rows(), outputs.columns());
    let mut random = Random::new(config.seed, "miner");
    let terms = objective.evaluate(config, outputs, labels, &mut random, &mut gradient);
    if !terms.loss.is_finite() || gradient.data().iter().any(|slope| !slope.is_finite()) {
        return Err(Failure::Failed("the loss of these rows leaves what 32-bit floats can hold: try smaller coordinates".to_owned()));
    }
    let mut batch = BatchMetrics::default();
    measure(&objective.rows, labels, config.positive_rows(), usize::MAX, true, &mut MeterScratch::default(), &mut batch);
    let mut metrics: Map<String, Value> = [
        ("alignment", batch.alignment),
        ("uniformity", batch.uniformity),
        ("uniformity_reference", uniform_reference(outputs.columns())),
        ("positive_similarity", batch.positive_similarity),
        ("negative_similarity", batch.negative_similarity),
    ]
    .into_iter()
    .map(|(key, value)| (key.to_owned(), number(value)))
    .collect();
    metrics.extend(results::terms(&terms));
    let row = |place: &usize| gradient.row(*place).iter().map(|slope| number(*slope)).collect::<Value>();
    Ok(json!({ "loss": number(terms.loss), "gradient": places.iter().map(row).collect::<Value>(), "metrics": metrics }))
}
