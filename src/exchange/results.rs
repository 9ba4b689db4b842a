//! Results as JSON: the same object in the command line's output and in the page's script API.

use super::file;
use super::json::number;
use crate::learn::objective::{Terms, TripletCounts};
use crate::learn::trainer::Snapshot;
use serde_json::{Map, Value};

/// Where a run stands: step, loss and whether it is still that of the setting before a live change, fingerprint, metrics and the step at which kNN accuracy and spectrum were
/// measured, configuration, and why it stopped by itself (null where it did not).
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

/// The metrics of a run; those of the other loss are null, and kNN accuracy and rank where all points are in one place.
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

/// What an objective says beside its loss; what the other objective would say is null.
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
