//! Results as JSON. The command line's output and the page's script API have the same object.

use super::file;
use super::json::number;
use crate::learn::health::alarms;
use crate::learn::metrics::{Finding, Probe};
use crate::learn::readings::{Format, READINGS, Reading};
use crate::learn::report::{Overlay, Snapshot, Terms};
use serde_json::{Map, Value, json};

/// Returns the state of a run: step, loss, fingerprint, metrics, configuration, and why the run stopped by itself (null if it did not).
///
/// `pending` is always false: scripts written when a live change to a large batch took a while ask for it. `measured_step` is the step at which
/// kNN accuracy and spectrum were measured.
pub fn run(snapshot: &Snapshot) -> Map<String, Value> {
    let entries = [
        ("step", snapshot.step.into()),
        ("loss", number(snapshot.terms.loss)),
        ("pending", false.into()),
        ("fingerprint", snapshot.fingerprint.to_string().into()),
        ("metrics", metrics(snapshot)),
        ("readings", readings(snapshot)),
        ("alarms", alarms(snapshot).iter().map(|alarm| alarm.kind.key()).collect()),
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
    let spectrum = &snapshot.spectrum;
    let mut metrics = Map::new();
    let mut put = |key: &str, value: Value| metrics.insert(key.to_owned(), value);
    put("uniformity_reference", number(snapshot.uniform_reference));
    put("eigenvalues", spectrum.eigenvalues.iter().map(|value| number(*value)).collect());
    metrics.extend(READINGS.iter().filter(|reading| reading.is_metric).map(|reading| entry(reading, snapshot)));
    metrics.into()
}

/// Returns the readings of a run besides its metrics: those that its method has.
pub fn readings(snapshot: &Snapshot) -> Value {
    Value::Object(own(snapshot).filter(|(_, value)| !value.is_null()).collect())
}

/// Returns every reading besides the metrics; null for those that the run does not have.
pub fn own(snapshot: &Snapshot) -> impl Iterator<Item = (String, Value)> {
    READINGS.iter().filter(|reading| !reading.is_metric).map(move |reading| entry(reading, snapshot))
}

/// Returns what an objective measures besides its loss. Entries that only the other objective has are null.
pub fn terms(terms: &Terms) -> Map<String, Value> {
    let snapshot = Snapshot { terms: *terms, ..Snapshot::default() };
    let of_batch = |reading: &&Reading| reading.is_metric && reading.is_term && reading.key != "gradient_norm";
    READINGS.iter().filter(of_batch).map(|reading| entry(reading, &snapshot)).collect()
}

/// Returns what a method measures with its loss.
pub fn measures(terms: &Terms) -> Value {
    readings(&Snapshot { terms: *terms, ..Snapshot::default() })
}

/// Returns a reading's key and value, null where there is none.
fn entry(reading: &Reading, snapshot: &Snapshot) -> (String, Value) {
    let value = reading.value(snapshot).map_or(Value::Null, |value| match reading.format {
        Format::Count if value.fract() == 0.0 => (value as u64).into(),
        _ => number(value as f32),
    });
    (reading.key.to_owned(), value)
}

/// Returns the probes of x, h and z as readings; null where there is nothing to find.
pub fn probes(probes: &[Probe; 3]) -> Map<String, Value> {
    let real = |value: Option<f32>| value.map_or(Value::Null, number);
    let kinds: [(&str, Finding); 3] = [("class", |probe| probe.class), ("knn", |probe| probe.knn), ("nuisance", |probe| probe.nuisance)];
    let mut readings = Map::new();
    for (kind, get) in kinds {
        for (space, probe) in ["x", "h", "z"].into_iter().zip(probes) {
            readings.insert(format!("probe_{kind}_{space}"), real(get(probe)));
        }
    }
    readings
}

/// Returns what the method shows besides points, as plain lists.
pub fn exhibits(snapshot: &Snapshot) -> Value {
    let numbers = |values: &[f32], columns: usize| -> Value {
        values.chunks(columns.max(1)).map(|row| row.iter().map(|value| number(*value)).collect::<Value>()).collect()
    };
    let entry = |exhibit: &Overlay| match exhibit {
        Overlay::Rows { role, dim, rows, labels, ages } => json!({
            "role": role, "rows": numbers(rows, *dim), "labels": labels, "ages": ages.iter().map(|age| number(*age)).collect::<Value>(),
        }),
        Overlay::Table { role, columns, values } => json!({ "role": role, "table": numbers(values, *columns) }),
        Overlay::Inputs { role, places, points, labels, lost, .. } => {
            json!({ "role": role, "places": numbers(places, 2), "points": points, "labels": labels, "lost": lost })
        }
        Overlay::Grid { role, places, places_per_line } => {
            let lines = places.chunks(2 * places_per_line).map(|line| numbers(line, 2)).collect::<Value>();
            json!({ "role": role, "lines": lines })
        }
        Overlay::Labels { role, labels, count } => json!({ "role": role, "labels": labels, "count": count }),
    };
    snapshot.exhibits.iter().map(entry).collect()
}
