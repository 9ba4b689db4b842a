//! Reads golden files and compares numbers with them.

use contrastive_playground::learn::Config;
use contrastive_playground::learn::matrix::Matrix;
use serde_json::{Map, Value};

/// Largest allowed error, relative to the largest entry.
const TOLERANCE: f64 = 1e-5;

/// Descriptions of all differences, so that a test reports them together.
#[derive(Default)]
pub struct Differences(pub Vec<String>);

impl Differences {
    /// Records a difference if `found` and `wanted` differ by more than [`TOLERANCE`] times the largest entry of `wanted`, or times
    /// `floor` if that is larger. Records only the first difference of two slices.
    pub fn compare(&mut self, name: &str, what: &str, found: &[f32], wanted: &[f64], floor: f64) {
        if found.len() != wanted.len() {
            self.0.push(format!("{name}: {what}: {} numbers instead of {}", found.len(), wanted.len()));
            return;
        }
        let scale = wanted.iter().fold(floor, |scale, value| scale.max(value.abs()));
        for (place, (found, wanted)) in found.iter().zip(wanted).enumerate() {
            // Written so that NaN is not close: every comparison with NaN is false.
            let close = (f64::from(*found) - wanted).abs() <= TOLERANCE * scale;
            if !close {
                self.0.push(format!("{name}: {what}[{place}] is {found} instead of {wanted}, the largest is {scale}"));
                return;
            }
        }
    }

    /// Fails if there is a difference.
    pub fn report(self) {
        assert!(self.0.is_empty(), "{} differ:\n{}", self.0.len(), self.0.join("\n"));
    }
}

/// Returns the configuration that a case names.
pub fn config(given: &Map<String, Value>) -> Config {
    let mut config = Config::default();
    for (key, value) in given {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        config.set_text(key, &text).expect("a golden file has valid parameters");
    }
    config
}

/// Returns the numbers as the program takes them.
pub fn narrow(values: &[f64]) -> Vec<f32> {
    values.iter().map(|value| *value as f32).collect()
}

/// Returns the rows as a matrix.
pub fn matrix(rows: &[Vec<f64>]) -> Matrix {
    Matrix::from_rows(&narrow(&rows.concat()), rows[0].len())
}
