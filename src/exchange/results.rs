//! Results as JSON. The command line's output and the page's script API have the same object.

use super::file;
use super::json::number;
use crate::learn::objective::{Terms, TripletCounts};
use crate::learn::trainer::Snapshot;
use serde_json::{Map, Value};

/// Returns the state of a run: step, loss, fingerprint, metrics, configuration, and why the run stopped by itself (null if it did not).
///
/// `pending` is true if a live change is not evaluated yet, so that the loss is that of the setting before. `measured_step` is the step at
/// which kNN accuracy and spectrum were measured.
pub fn run(snapshot: &Snapshot) -> Map<String, Value> {
    let entries = [
        ("step", snapshot.step.into()),
        ("loss", number(snapshot.terms.loss)),
        ("pending", snapshot.is_pending.into()),
        ("fingerprint", snapshot.fingerprint.to_string().into()),
        ("metrics", metrics(snapshot)),
        ("measured_step", snapshot.measured_step.into()),
        ("config", file::config_value(&snapshot.config)),
        ("diverged", snapshot.divergence.map_or(Value::Null, |divergence| divergence.to_string().into())),
    ];
    entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

/// Returns the result of a run that is over. It says why the run stopped by itself only if it did: then this is the last good state.
pub fn ended(snapshot: &Snapshot) -> Map<String, Value> {
    let mut result = run(snapshot);
    if snapshot.divergence.is_none() {
        result.remove("diverged");
    }
    result
}

/// Returns the metrics of a run. Metrics that only the other loss has are null, and so are kNN accuracy and rank if all points are in one
/// place.
pub fn metrics(snapshot: &Snapshot) -> Value {
    let Snapshot { batch, spectrum, .. } = snapshot;
    let mut metrics = Map::new();
    let mut put = |key: &str, value: Value| metrics.insert(key.to_owned(), value);
    put("alignment", number(batch.alignment));
    put("uniformity", number(batch.uniformity));
    put("uniformity_reference", number(snapshot.uniform_reference));
    put("positive_similarity", number(batch.positive_similarity));
    put("negative_similarity", number(batch.negative_similarity));
    let real = |value: Option<f32>| value.map_or(Value::Null, number);
    put("knn_accuracy", real(snapshot.accuracy));
    put("effective_rank", real(spectrum.effective_rank));
    put("spread", number(spectrum.spread));
    put("eigenvalues", spectrum.eigenvalues.iter().map(|value| number(*value)).collect());
    put("gradient_norm", number(snapshot.gradient_norm));
    metrics.extend(terms(&snapshot.terms));
    metrics.into()
}

/// Returns what an objective measures besides its loss. Entries that only the other objective has are null.
pub fn terms(terms: &Terms) -> Map<String, Value> {
    let softmax = terms.infonce.as_ref();
    let triplets = terms.triplets.as_ref();
    let real = |value: Option<f32>| value.map_or(Value::Null, number);
    let count = |value: Option<u64>| value.map_or(Value::Null, Value::from);
    let entries = [
        ("entropy", real(softmax.map(|softmax| softmax.entropy))),
        ("effective_negatives", real(softmax.map(|softmax| softmax.effective_negatives))),
        ("negatives", real(softmax.map(|softmax| softmax.negatives))),
        ("mutual_information", real(softmax.and_then(|softmax| softmax.mutual_information))),
        ("active_fraction", real(triplets.map(TripletCounts::active_fraction))),
        ("mined", count(triplets.map(|triplets| triplets.mined))),
        ("active", count(triplets.map(|triplets| triplets.active))),
        ("easy", count(triplets.map(|triplets| triplets.easy))),
        ("semi_hard", count(triplets.map(|triplets| triplets.semi_hard))),
        ("hard", count(triplets.map(|triplets| triplets.hard))),
    ];
    entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}
