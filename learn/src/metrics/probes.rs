//! Probes: what a classifier or a regression finds in a representation, on held-out points. The networks that made it are not touched.

use super::neighbours::Neighbours;
use crate::config::{Config, Optimizer};
use crate::kernels::Instructions;
use crate::matrix::{Matrix, padded};
use crate::optimizer::OptimizerState;
use nalgebra::{DMatrix, DVector};

/// Steps of the linear classifier's training, over all points at once.
const STEPS: usize = 300;
/// Steps, and rows that are asked for their neighbours, in a piece of the work.
const STEPS_IN_PIECE: usize = 10;
const ROWS_IN_PIECE: usize = 100;
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

/// What probes shall find, of the training points and of those held out.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Number of classes.
    pub classes: usize,
    /// Class of each point.
    pub labels: [Vec<u8>; 2],
    /// Coordinates that a regression shall find, [points, coordinates]; no columns for none.
    pub nuisance: [Matrix; 2],
}

/// Probes of several representations, piece by piece: a piece takes a few milliseconds.
#[derive(Clone, Debug)]
pub struct Probing<const N: usize> {
    instructions: Instructions,
    asked: Asked,
    /// Of each representation the training rows and those held out.
    representations: [[Matrix; 2]; N],
    found: [Probe; N],
    /// The representation that is being probed.
    at: usize,
    piece: Piece,
}

/// What is done next for a representation.
#[derive(Clone, Debug)]
enum Piece {
    /// Its rows are looked at.
    Begin,
    /// The linear classifier is trained.
    Classify(Box<Classifier>),
    /// The nearest neighbours are asked for rows from a number on; so many were right.
    Neighbours(Box<Neighbours>, usize, usize),
}

impl<const N: usize> Probing<N> {
    /// Starts probes of some representations: of each the training rows and those held out, [points, dimension].
    pub fn new(instructions: Instructions, asked: Asked, representations: [[Matrix; 2]; N]) -> Self {
        Self { instructions, asked, representations, found: [Probe::default(); N], at: 0, piece: Piece::Begin }
    }

    /// Does a piece. Returns what was found once all is done.
    pub fn advance(&mut self) -> Option<[Probe; N]> {
        let Self { instructions, asked: Asked { classes, labels, nuisance }, representations, found, at, piece } = self;
        let [training, held_out] = representations.get(*at)?;
        let found = &mut found[*at];
        match piece {
            Piece::Begin => {
                let scaled = Scaled::new(training);
                let [known, unknown] = [scaled.apply(training), scaled.apply(held_out)];
                if !known.data().iter().chain(unknown.data()).all(|value| value.is_finite()) {
                    return self.next();
                }
                found.nuisance = regress(&known, &nuisance[0], &unknown, &nuisance[1]);
                *piece = Piece::Classify(Box::new(Classifier::new(*classes, known, unknown)));
            }
            Piece::Classify(classifier) => {
                if classifier.train(&labels[0], STEPS_IN_PIECE) {
                    found.class = Some(classifier.accuracy(&labels[1]));
                    *piece = Piece::Neighbours(Box::new(Neighbours::new(*instructions, training)), 0, 0);
                }
            }
            Piece::Neighbours(neighbours, next, right) => {
                let end = (*next + ROWS_IN_PIECE).min(held_out.rows());
                *right += (*next..end).filter(|row| neighbours.class(&labels[0], held_out.row(*row)) == labels[1][*row]).count();
                *next = end;
                if end == held_out.rows() {
                    found.knn = Some(*right as f32 / held_out.rows() as f32);
                    return self.next();
                }
            }
        }
        None
    }

    /// Goes on to the next representation.
    fn next(&mut self) -> Option<[Probe; N]> {
        (self.at, self.piece) = (self.at + 1, Piece::Begin);
        (self.at == N).then_some(self.found)
    }

    /// Returns about how much of all is done, from 0 to 1.
    pub fn share(&self) -> f32 {
        let rows = self.representations.get(self.at).map_or(1, |[_, held_out]| held_out.rows()).max(1);
        let within = match &self.piece {
            Piece::Begin => 0.0,
            Piece::Classify(classifier) => 0.7 * classifier.steps as f32 / STEPS as f32,
            Piece::Neighbours(_, next, _) => 0.7 + 0.3 * *next as f32 / rows as f32,
        };
        (self.at as f32 + within) / N as f32
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

/// Multinomial logistic regression, trained with Adam over all points at once from weights of zero.
#[derive(Clone, Debug)]
struct Classifier {
    classes: usize,
    known: Matrix,
    unknown: Matrix,
    weights: Vec<f32>,
    gradient: Vec<f32>,
    optimizer: OptimizerState,
    config: Config,
    scores: Vec<f32>,
    /// Steps taken.
    steps: usize,
}

impl Classifier {
    fn new(classes: usize, known: Matrix, unknown: Matrix) -> Self {
        let weights = vec![0.0f32; padded(classes * (known.columns() + 1))];
        Self {
            classes,
            known,
            unknown,
            gradient: weights.clone(),
            optimizer: OptimizerState::new(weights.len()),
            weights,
            config: Config { optimizer: Optimizer::Adam, lr: 0.1, ..Config::default() },
            scores: vec![0.0; classes],
            steps: 0,
        }
    }

    /// Takes so many steps more. Returns true once it is trained.
    fn train(&mut self, labels: &[u8], steps: usize) -> bool {
        let Self { known, weights, gradient, optimizer, config, scores, .. } = self;
        let width = known.columns() + 1;
        let count = known.rows().min(MOST_POINTS);
        for _ in 0..steps {
            gradient.fill(0.0);
            for row in 0..count {
                softmax(weights, known.row(row), scores);
                scores[usize::from(labels[row])] -= 1.0;
                for (slopes, score) in gradient.chunks_exact_mut(width).zip(&*scores) {
                    let slope = score / count as f32;
                    for (target, value) in slopes.iter_mut().zip(known.row(row)) {
                        *target += slope * value;
                    }
                    slopes[width - 1] += slope;
                }
            }
            optimizer.step(config, weights.len(), weights, gradient);
        }
        self.steps += steps;
        self.steps >= STEPS
    }

    /// The share of the rows held out that it puts into their class.
    fn accuracy(&mut self, wanted: &[u8]) -> f32 {
        let Self { classes, unknown, weights, scores, .. } = self;
        let mut right = 0;
        for (row, label) in wanted.iter().enumerate() {
            softmax(weights, unknown.row(row), scores);
            let best = (1..*classes).fold(0, |best, class| if scores[class] > scores[best] { class } else { best });
            right += usize::from(best == usize::from(*label));
        }
        right as f32 / wanted.len() as f32
    }
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
            let asked_for = Asked { classes: 3, labels: [labels, wanted], nuisance: [hidden, unseen] };
            let mut probing = Probing::new(Instructions::best(), asked_for, [[rows, asked]]);
            let mut shares = vec![probing.share()];
            let [found] = loop {
                if let Some(found) = probing.advance() {
                    break found;
                }
                shares.push(probing.share());
            };
            assert!(shares.len() > 30 && shares.windows(2).all(|pair| pair[0] <= pair[1] && pair[1] <= 1.0), "{shares:?}");
            assert!(found.class.is_some_and(|class| class > 0.97), "{found:?}");
            assert!(found.knn.is_some_and(|knn| knn > 0.97), "{found:?}");
            assert!(found.nuisance.is_some_and(|nuisance| (nuisance - r_squared).abs() < 0.1), "{leak}: {found:?}");
        }
    }

    #[test]
    fn a_collapsed_representation_tells_nothing_and_one_that_is_no_number_is_none() {
        let (_, labels, hidden) = drawn(300, 0.0, 1);
        let same = Matrix::from_rows(&[1.0, 2.0].repeat(300), 2);
        let broken = Matrix::from_rows(&[f32::NAN, 2.0].repeat(300), 2);
        let asked = Asked { classes: 3, labels: [labels.clone(), labels], nuisance: [hidden.clone(), hidden] };
        let mut probing = Probing::new(Instructions::best(), asked, [[same.clone(), same], [broken.clone(), broken]]);
        let [found, of_broken] = std::iter::repeat_with(|| probing.advance()).find_map(|found| found).expect("it ends");
        assert!(found.class.is_some_and(|class| class < 0.4) && found.nuisance.is_some_and(|nuisance| nuisance < 0.01), "{found:?}");
        assert_eq!(of_broken, Probe::default());
    }
}
