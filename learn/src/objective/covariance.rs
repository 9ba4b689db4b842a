//! `VICReg`'s loss (Bardes et al. 2022, eq. 6): invariance, variance and covariance terms of rows as they are.
//!
//! Invariance is the mean squared difference of the views' coordinates. Variance is the mean over coordinates of max(0, 1 - sqrt(var + 1e-4)),
//! halved over the views as in the authors' code. Covariance is the sum of squared covariances of different coordinates over their number,
//! both views added. Variances and covariances are divided by N - 1.

use crate::matrix::Matrix;
use crate::report::{Measure, Measures, Terms};

/// Is added to a variance before its root is taken.
const EPSILON: f64 = 1e-4;

/// Working memory of the loss.
#[derive(Clone, Debug, Default)]
pub struct Covariance {
    /// The rows less their view's mean, [2N, width], row by row.
    centred: Vec<f64>,
    /// The covariance matrices of view a and view b.
    matrices: Vec<f64>,
}

impl Covariance {
    /// Returns the loss of rows z, [2N, width], with the weights of its three terms, and writes its derivative.
    pub fn evaluate(&mut self, weights: [f32; 3], z: &Matrix, by_z: &mut Matrix) -> Terms {
        let (width, pairs) = (z.columns(), z.rows() / 2);
        let [invariance, variance, covariance] = weights.map(f64::from);
        let Self { centred, matrices } = self;
        centred.resize(2 * pairs * width, 0.0);
        matrices.resize(2 * width * width, 0.0);
        let free = (pairs.max(2) - 1) as f64;
        let (mut spread, mut tied) = (0.0, 0.0);
        for view in 0..2 {
            let rows = view * pairs..(view + 1) * pairs;
            for column in 0..width {
                let mean = rows.clone().map(|row| f64::from(z.row(row)[column])).sum::<f64>() / pairs as f64;
                for row in rows.clone() {
                    centred[row * width + column] = f64::from(z.row(row)[column]) - mean;
                }
            }
            let matrix = &mut matrices[view * width * width..][..width * width];
            for i in 0..width {
                for j in 0..width {
                    matrix[i * width + j] = rows.clone().map(|row| centred[row * width + i] * centred[row * width + j]).sum::<f64>() / free;
                }
            }
            for i in 0..width {
                spread += (1.0 - (matrix[i * width + i] + EPSILON).sqrt()).max(0.0) / width as f64;
                tied += (0..width).filter(|j| *j != i).map(|j| matrix[i * width + j] * matrix[i * width + j]).sum::<f64>() / width as f64;
            }
        }
        let mut distance = 0.0;
        let scale = 1.0 / (pairs * width) as f64;
        for pair in 0..pairs {
            for column in 0..width {
                let difference = f64::from(z.row(pair)[column]) - f64::from(z.row(pairs + pair)[column]);
                distance += difference * difference * scale;
                let pull = invariance * 2.0 * difference * scale;
                for (row, pull) in [(pair, pull), (pairs + pair, -pull)] {
                    let matrix = &matrices[row / pairs * width * width..];
                    let deviation = (matrix[column * width + column] + EPSILON).sqrt();
                    let own = centred[row * width + column];
                    let mut slope = pull;
                    if deviation < 1.0 {
                        // The mean's part in each variance sums to zero over the view.
                        slope -= variance * 0.5 / width as f64 * own / (free * deviation);
                    }
                    let tie: f64 = (0..width).filter(|j| *j != column).map(|j| matrix[column * width + j] * centred[row * width + j]).sum();
                    slope += covariance * 4.0 / width as f64 * tie / free;
                    by_z.row_mut(row)[column] = slope as f32;
                }
            }
        }
        let mut measures = Measures::default();
        measures.set(Measure::InvarianceTerm, distance as f32);
        measures.set(Measure::VarianceTerm, (0.5 * spread) as f32);
        measures.set(Measure::CovarianceTerm, tied as f32);
        let loss = invariance * distance + variance * 0.5 * spread + covariance * tied;
        Terms { loss: loss as f32, measures, ..Terms::default() }
    }

    /// Returns the covariance matrix of view a in the last evaluation, row by row; empty before the first.
    pub fn matrix(&self) -> Vec<f32> {
        self.matrices[..self.matrices.len() / 2].iter().map(|value| *value as f32).collect()
    }
}
