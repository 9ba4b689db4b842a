//! `evaluate`: the loss, its gradient and the metrics of embeddings from a file.
//!
//! Networks are left out: rows are outputs, and the predictions of methods that predict are their targets.
//!
//! Under cosine similarity a row shorter than 1e-12 has no direction: it is compared as it is, and its gradient is 0.

use super::paired_rows::{self, MOST_KEYS, MOST_PROTOTYPES, PairedRows, Place};
use super::{Failure, arguments, files, print};
use crate::exchange::{number, results};
use crate::learn::config::{Config, InfoNce, Loss};
use crate::learn::method::{Evaluated, GivenRows, evaluate_rows};
use crate::learn::metrics::{BatchMetrics, MeterScratch, measure, uniform_reference};
use crate::learn::report::Measures;
use crate::learn::state::Kept;
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

/// Fails if rows are missing that the method has, or if there are some that it does not have.
fn check(config: &Config, rows: &PairedRows) -> Result<(), Failure> {
    if config.pair_loss() == Some(Loss::InfoNce) && config.infonce == InfoNce::Dcl && rows.outputs.rows() < 4 {
        return Err(Failure::Refused("one pair has no negative, which DCL is made of: it takes at least 2 pairs".to_owned()));
    }
    let wiring = config.wiring();
    let has_prototypes = wiring.prototypes.is_some() || matches!(wiring.kept, Some(Kept::Clusters(_)));
    let kinds = [
        ("queue", matches!(wiring.kept, Some(Kept::Queue(_))), rows.queue.is_some(), MOST_KEYS),
        ("prototype", has_prototypes, rows.prototypes.is_some(), MOST_PROTOTYPES),
    ];
    let method = config.method.word();
    for (view, is_wanted, is_there, most) in kinds {
        if is_wanted && !is_there {
            return Err(Failure::Refused(format!("there are no rows of view {view}: method {method} takes 1 to {most}")));
        }
        if is_there && !is_wanted {
            return Err(Failure::Refused(format!("there are rows of view {view}, which method {method} does not have")));
        }
    }
    Ok(())
}

fn result(config: &Config, rows: &PairedRows) -> Result<Value, Failure> {
    check(config, rows)?;
    let PairedRows { outputs, labels, queue, prototypes, places } = rows;
    let given = GivenRows { outputs, labels, queue: queue.as_ref(), prototypes: prototypes.as_ref() };
    let Evaluated { terms, gradient, by_prototypes, by_trained, rows } = evaluate_rows(config, &given);
    let by_prototypes = by_prototypes.unwrap_or_default();
    if !terms.loss.is_finite() || gradient.data().iter().chain(by_prototypes.data()).any(|slope| !slope.is_finite()) {
        return Err(Failure::Failed("the loss of these rows leaves what 32-bit floats can hold: try smaller coordinates".to_owned()));
    }
    let mut batch = BatchMetrics::default();
    measure(&rows, labels, config.positive_rows(), usize::MAX, true, &mut MeterScratch::default(), &mut batch);
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
    let nothing = vec![0.0; outputs.columns()];
    let row = |place: &Place| {
        let slopes = match *place {
            Place::Output(row) => gradient.row(row),
            Place::Prototype(row) => by_prototypes.row(row),
            // No gradient goes to keys.
            Place::Queue => &nothing,
        };
        slopes.iter().map(|slope| number(*slope)).collect::<Value>()
    };
    let mut result = json!({ "loss": number(terms.loss), "gradient": places.iter().map(row).collect::<Value>(), "metrics": metrics });
    if !by_trained.is_empty() {
        // By log t and by b, of a sigmoid loss.
        result["gradient_trained"] = by_trained.iter().map(|slope| number(*slope)).collect();
    }
    if config.pair_loss().is_none() || terms.measures != Measures::default() {
        result["readings"] = results::measures(&terms);
    }
    Ok(result)
}
