//! Probes: what a classifier or a regression finds in a representation, on held-out points. The networks that made it are not touched.

use super::accuracy;
use crate::config::{Config, Optimizer};
use crate::kernels::Instructions;
use crate::matrix::{Matrix, padded};
use crate::optimizer::OptimizerState;
use nalgebra::{DMatrix, DVector};

/// Steps of the linear classifier's training, over all points at once.
const STEPS: usize = 300;
/// The most training points that a probe is trained on: more say the same.
const MOST_POINTS: usize = 2000;

/// What the probes of one representation find. None where it has no such thing, or where a number went out of range.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Probe {
    /// Accuracy of a linear classifier (multinomial logistic regression).
    pub class: Option<f32>,
    /// Accuracy of the vote of the nearest neighbours.
    pub knn: Option<f32>,
    /// Share of the variance of the nuisance coordinates that a linear regression explains (R^2), mean over them; below 0 it is worse than
    /// their mean.
    pub nuisance: Option<f32>,
}

/// One of a probe's findings.
pub type Finding = fn(&Probe) -> Option<f32>;

/// Rows that a probe looks at, with what it shall find in them.
#[derive(Clone, Copy, Debug)]
pub struct Probed<'a> {
    /// The representation, [points, dimension].
    pub rows: &'a Matrix,
    /// Class of each row.
    pub labels: &'a [u8],
    /// Coordinates that a regression shall find, [points, coordinates]; no columns for none.
    pub nuisance: &'a Matrix,
}

/// Trains the probes on `training` and measures them on `held_out`.
pub fn probe(instructions: Instructions, classes: usize, training: &Probed<'_>, held_out: &Probed<'_>) -> Probe {
    let scaled = Scaled::new(training.rows);
    let [known, asked] = [scaled.apply(training.rows), scaled.apply(held_out.rows)];
    let is_sound = known.data().iter().chain(asked.data()).all(|value| value.is_finite());
    if !is_sound {
        return Probe::default();
    }
    Probe {
        class: Some(classify(classes, &known, training.labels, &asked, held_out.labels)),
        knn: Some(accuracy(instructions, training.rows, training.labels, held_out.rows, held_out.labels)),
        nuisance: regress(&known, training.nuisance, &asked, held_out.nuisance),
    }
}

/// Mean and standard deviation of each coordinate of the training rows: what probes see is standardised by them.
struct Scaled {
    means: Vec<f64>,
    factors: Vec<f64>,
}

impl Scaled {
    fn new(rows: &Matrix) -> Self {
        let count = rows.rows() as f64;
        let column = |k: usize| (0..rows.rows()).map(move |row| f64::from(rows.row(row)[k]));
        let means: Vec<f64> = (0..rows.columns()).map(|k| column(k).sum::<f64>() / count).collect();
        let factor = |k: usize| {
            let variance = column(k).map(|value| (value - means[k]) * (value - means[k])).sum::<f64>() / count;
            // A coordinate that is constant says nothing.
            if variance > 1e-20 { 1.0 / variance.sqrt() } else { 0.0 }
        };
        let factors = (0..rows.columns()).map(factor).collect();
        Self { means, factors }
    }

    fn apply(&self, rows: &Matrix) -> Matrix {
        let mut scaled = Matrix::zeros(rows.rows(), rows.columns());
        for row in 0..rows.rows() {
            for (k, value) in scaled.row_mut(row).iter_mut().enumerate() {
                *value = ((f64::from(rows.row(row)[k]) - self.means[k]) * self.factors[k]) as f32;
            }
        }
        scaled
    }
}

/// Accuracy of multinomial logistic regression, trained with Adam over all points at once from weights of zero.
fn classify(classes: usize, known: &Matrix, labels: &[u8], asked: &Matrix, wanted: &[u8]) -> f32 {
    let width = known.columns() + 1;
    let count = known.rows().min(MOST_POINTS);
    let mut weights = vec![0.0f32; padded(classes * width)];
    let mut gradient = weights.clone();
    let mut optimizer = OptimizerState::new(weights.len());
    let config = Config { optimizer: Optimizer::Adam, lr: 0.1, ..Config::default() };
    let mut scores = vec![0.0f32; classes];
    for _ in 0..STEPS {
        gradient.fill(0.0);
        for row in 0..count {
            softmax(&weights, known.row(row), &mut scores);
            scores[usize::from(labels[row])] -= 1.0;
            for (slopes, score) in gradient.chunks_exact_mut(width).zip(&scores) {
                let slope = score / count as f32;
                for (target, value) in slopes.iter_mut().zip(known.row(row)) {
                    *target += slope * value;
                }
                slopes[width - 1] += slope;
            }
        }
        optimizer.step(&config, weights.len(), &mut weights, &gradient);
    }
    let mut right = 0;
    for (row, label) in wanted.iter().enumerate() {
        softmax(&weights, asked.row(row), &mut scores);
        let best = (1..classes).fold(0, |best, class| if scores[class] > scores[best] { class } else { best });
        right += usize::from(best == usize::from(*label));
    }
    right as f32 / wanted.len() as f32
}

/// Writes the probability of each class.
fn softmax(weights: &[f32], row: &[f32], scores: &mut [f32]) {
    let width = row.len() + 1;
    for (score, weights) in scores.iter_mut().zip(weights.chunks_exact(width)) {
        *score = weights[width - 1];
        for (weight, value) in weights.iter().zip(row) {
            *score += weight * value;
        }
    }
    let highest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut total = 0.0;
    for score in scores.iter_mut() {
        *score = libm::expf(*score - highest);
        total += *score;
    }
    for score in scores.iter_mut() {
        *score /= total;
    }
}

/// R^2 of ordinary least squares with an intercept, mean over the coordinates.
fn regress(known: &Matrix, targets: &Matrix, asked: &Matrix, wanted: &Matrix) -> Option<f32> {
    if targets.columns() == 0 {
        return None;
    }
    let width = known.columns() + 1;
    let design = |rows: &Matrix, row: usize, k: usize| if k + 1 == width { 1.0 } else { f64::from(rows.row(row)[k]) };
    let mut normal = DMatrix::<f64>::zeros(width, width);
    for row in 0..known.rows() {
        for i in 0..width {
            for j in 0..width {
                normal[(i, j)] += design(known, row, i) * design(known, row, j);
            }
        }
    }
    // Coordinates that are constant or dependent leave the matrix singular.
    for i in 0..width {
        normal[(i, i)] += 1e-6 * known.rows() as f64;
    }
    let solver = normal.cholesky()?;
    let mut mean = 0.0;
    for column in 0..targets.columns() {
        let mut right = DVector::<f64>::zeros(width);
        for row in 0..known.rows() {
            for i in 0..width {
                right[i] += design(known, row, i) * f64::from(targets.row(row)[column]);
            }
        }
        let weights = solver.solve(&right);
        let count = wanted.rows() as f64;
        let value = |row: usize| f64::from(wanted.row(row)[column]);
        let average = (0..wanted.rows()).map(value).sum::<f64>() / count;
        let total: f64 = (0..wanted.rows()).map(|row| (value(row) - average) * (value(row) - average)).sum();
        let predicted = |row: usize| (0..width).map(|i| weights[i] * design(asked, row, i)).sum::<f64>();
        let left: f64 = (0..wanted.rows()).map(|row| (value(row) - predicted(row)) * (value(row) - predicted(row))).sum();
        mean += (1.0 - left / total.max(1e-12)) / targets.columns() as f64;
    }
    Some(mean as f32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    /// Rows with a class in coordinate 0 and a hidden number in coordinate 1, of which `leak` is visible.
    fn drawn(count: usize, leak: f32, seed: u32) -> (Matrix, Vec<u8>, Matrix) {
        let mut random = Random::new(seed, "probes");
        let (mut rows, mut hidden) = (Matrix::zeros(count, 2), Matrix::zeros(count, 1));
        let labels: Vec<u8> = (0..count).map(|row| (row % 3) as u8).collect();
        for row in 0..count {
            let number = random.normal();
            hidden.row_mut(row)[0] = number;
            rows.row_mut(row)[0] = f32::from(labels[row]) * 5.0 + 0.3 * random.normal();
            rows.row_mut(row)[1] = leak * number + 0.5 * random.normal();
        }
        (rows, labels, hidden)
    }

    #[test]
    fn probes_find_what_is_there_and_nothing_else() {
        for (leak, r_squared) in [(0.0, 0.0), (0.5, 0.5), (5.0, 0.99)] {
            let ((rows, labels, hidden), (asked, wanted, unseen)) = (drawn(900, leak, 1), drawn(300, leak, 2));
            let found = probe(
                Instructions::best(),
                3,
                &Probed { rows: &rows, labels: &labels, nuisance: &hidden },
                &Probed { rows: &asked, labels: &wanted, nuisance: &unseen },
            );
            assert!(found.class.is_some_and(|class| class > 0.97), "{found:?}");
            assert!(found.knn.is_some_and(|knn| knn > 0.97), "{found:?}");
            assert!(found.nuisance.is_some_and(|nuisance| (nuisance - r_squared).abs() < 0.1), "{leak}: {found:?}");
        }
    }

    #[test]
    fn a_collapsed_representation_tells_nothing_and_one_that_is_no_number_is_none() {
        let (_, labels, hidden) = drawn(300, 0.0, 1);
        let same = Matrix::from_rows(&[1.0, 2.0].repeat(300), 2);
        let probed = |rows| Probed { rows, labels: &labels, nuisance: &hidden };
        let found = probe(Instructions::best(), 3, &probed(&same), &probed(&same));
        assert!(found.class.is_some_and(|class| class < 0.4) && found.nuisance.is_some_and(|nuisance| nuisance < 0.01), "{found:?}");
        let broken = Matrix::from_rows(&[f32::NAN, 2.0].repeat(300), 2);
        assert_eq!(probe(Instructions::best(), 3, &probed(&broken), &probed(&broken)), Probe::default());
    }
}
