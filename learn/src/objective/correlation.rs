//! Barlow Twins' loss (Zbontar et al. 2021, eq. 1): sum (1 - c_ii)^2 + lambda sum_{i != j} c_ij^2, where c is the cross-correlation of the
//! views' coordinates, each standardised over the batch: (x - mean) / sqrt(variance + 1e-5), the variance divided by N.
//!
//! Sums over the batch are f64: there are few of them, and the loss is a difference of numbers near 1.

use crate::matrix::Matrix;
use crate::report::{Measure, Measures, Terms};

/// Is added to a variance before its root is taken.
const EPSILON: f64 = 1e-5;

/// Working memory of the loss.
#[derive(Clone, Debug, Default)]
pub struct Correlation {
    /// The standardised coordinates, [2N, width], row by row.
    standard: Vec<f64>,
    /// 1 / sqrt(variance + epsilon) of each coordinate of view a, then of view b.
    inverses: Vec<f64>,
    /// c, row by row.
    matrix: Vec<f64>,
    /// Derivatives by the standardised coordinates of one column.
    slopes: Vec<f64>,
}

impl Correlation {
    /// Returns the loss of rows z, [2N, width], and writes its derivative.
    pub fn evaluate(&mut self, lambda: f32, z: &Matrix, by_z: &mut Matrix) -> Terms {
        let (width, pairs) = (z.columns(), z.rows() / 2);
        let count = pairs as f64;
        let lambda = f64::from(lambda);
        let Self { standard, inverses, matrix, slopes } = self;
        standard.resize(2 * pairs * width, 0.0);
        inverses.resize(2 * width, 0.0);
        matrix.resize(width * width, 0.0);
        slopes.resize(pairs, 0.0);
        for view in 0..2 {
            let rows = view * pairs..(view + 1) * pairs;
            for column in 0..width {
                let mean = rows.clone().map(|row| f64::from(z.row(row)[column])).sum::<f64>() / count;
                let square = |row: usize| (f64::from(z.row(row)[column]) - mean) * (f64::from(z.row(row)[column]) - mean);
                let variance = rows.clone().map(square).sum::<f64>() / count;
                let inverse = 1.0 / (variance + EPSILON).sqrt();
                inverses[view * width + column] = inverse;
                for row in rows.clone() {
                    standard[row * width + column] = (f64::from(z.row(row)[column]) - mean) * inverse;
                }
            }
        }
        let (a, b) = standard.split_at(pairs * width);
        for i in 0..width {
            for j in 0..width {
                matrix[i * width + j] = (0..pairs).map(|n| a[n * width + i] * b[n * width + j]).sum::<f64>() / count;
            }
        }
        let (mut loss, mut on, mut off) = (0.0, 0.0, 0.0);
        for i in 0..width {
            for j in 0..width {
                let c = matrix[i * width + j];
                if i == j {
                    loss += (1.0 - c) * (1.0 - c);
                    on += c;
                } else {
                    loss += lambda * c * c;
                    off += c.abs();
                }
            }
        }
        let slope = |i: usize, j: usize| if i == j { -2.0 * (1.0 - matrix[i * width + i]) } else { 2.0 * lambda * matrix[i * width + j] };
        for view in 0..2 {
            let (own, other) = if view == 0 { (a, b) } else { (b, a) };
            for column in 0..width {
                let (mut mean, mut along) = (0.0, 0.0);
                for n in 0..pairs {
                    let by_entry = |j: usize| if view == 0 { slope(column, j) } else { slope(j, column) };
                    slopes[n] = (0..width).map(|j| by_entry(j) * other[n * width + j]).sum::<f64>() / count;
                    mean += slopes[n] / count;
                    along += slopes[n] * own[n * width + column] / count;
                }
                for n in 0..pairs {
                    let centred = slopes[n] - mean - own[n * width + column] * along;
                    by_z.row_mut(view * pairs + n)[column] = (inverses[view * width + column] * centred) as f32;
                }
            }
        }
        let mut measures = Measures::default();
        measures.set(Measure::OnDiagonal, (on / width as f64) as f32);
        measures.set(Measure::OffDiagonal, (off / (width * (width - 1)).max(1) as f64) as f32);
        Terms { loss: loss as f32, measures, ..Terms::default() }
    }

    /// Returns the cross-correlation matrix of the last evaluation, row by row; empty before the first.
    pub fn matrix(&self) -> Vec<f32> {
        self.matrix.iter().map(|value| *value as f32).collect()
    }
}
