//! The cosine of a prediction and its target, which BYOL and `SimSiam` raise.

use crate::matrix::Matrix;
use crate::report::{Measure, Measures};
use crate::rows::UnitRows;

/// Working memory for predictions and targets.
#[derive(Clone, Debug, Default)]
pub struct Prediction {
    predictions: UnitRows,
    targets: UnitRows,
}

impl Prediction {
    /// Compares each row of `p`, [2N, width], with the row of its pair's other view in `targets`. Returns the mean cosine.
    ///
    /// The loss changes by `slope` times the change of each cosine. The derivative by `p` is written to `by_p`, and the one by the targets
    /// to `by_targets` if a gradient goes there.
    pub fn predict(
        &mut self,
        p: &Matrix,
        targets: &Matrix,
        slope: f64,
        by_p: &mut Matrix,
        mut by_targets: Option<&mut Matrix>,
    ) -> (f64, Measures) {
        self.predictions.load(p);
        self.targets.load(targets);
        let rows = p.rows();
        let pairs = rows / 2;
        let slope = slope as f32;
        let mut total = 0.0;
        for row in 0..rows {
            let other = (row + pairs) % rows;
            let (prediction, target) = (self.predictions.rows.row(row), self.targets.rows.row(other));
            let mut cosine = 0.0;
            for (a, b) in prediction.iter().zip(target) {
                cosine += a * b;
            }
            total += f64::from(cosine);
            for (slot, value) in by_p.row_mut(row).iter_mut().zip(target) {
                *slot = slope * value;
            }
            if let Some(by_targets) = &mut by_targets {
                for (slot, value) in by_targets.row_mut(other).iter_mut().zip(prediction) {
                    *slot = slope * value;
                }
            }
        }
        self.predictions.to_raw(by_p);
        if let Some(by_targets) = by_targets {
            self.targets.to_raw(by_targets);
        }
        let mean = total / rows as f64;
        let mut measures = Measures::default();
        measures.set(Measure::PredictionCosine, mean as f32);
        (mean, measures)
    }
}
