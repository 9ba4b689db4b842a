//! The accuracy of a k-nearest-neighbour classifier on the embedding.

use crate::kernels::{Instructions, Lanes, load, splat, vectors, vectors_mut, with_instructions};
use crate::matrix::{LANES, Matrix, padded};
use fearless_simd::Simd;
use fearless_simd::prelude::*;

/// Number of neighbours that vote: the k of the classifier.
pub const NEIGHBOURS: usize = 10;

/// Returns the fraction of held-out rows whose class is predicted by a vote of their [`NEIGHBOURS`] nearest training rows.
///
/// All votes have equal weight. If several classes have the most votes, the one with the nearest voter wins. `labels` and
/// `held_out_labels` hold one class for each row of `training` and `held_out`.
pub fn accuracy(instructions: Instructions, training: &Matrix, labels: &[u8], held_out: &Matrix, held_out_labels: &[u8]) -> f32 {
    let mut neighbours = Neighbours::new(instructions, training);
    let is_right = |(row, label): &(usize, &u8)| neighbours.class(labels, held_out.row(*row)) == **label;
    held_out_labels.iter().enumerate().filter(is_right).count() as f32 / held_out_labels.len() as f32
}

/// Training rows that are asked for the class of others.
#[derive(Clone, Debug)]
pub(super) struct Neighbours {
    instructions: Instructions,
    /// The rows' columns, so that eight rows are compared at a time.
    columns: Vec<f32>,
    /// Memory for the distances.
    distances: Vec<f32>,
}

impl Neighbours {
    pub(super) fn new(instructions: Instructions, training: &Matrix) -> Self {
        Self { instructions, columns: transposed(training), distances: vec![0.0; padded(training.rows())] }
    }

    /// Returns the class that the training rows nearest to `row` elect; `labels` are theirs.
    pub(super) fn class(&mut self, labels: &[u8], row: &[f32]) -> u8 {
        let Self { instructions, columns, distances } = self;
        let blocks = distances.len() / LANES;
        elect(&with_instructions!(*instructions, simd => {
            nearest(simd, vectors(columns), blocks, labels, row, vectors_mut(distances))
        }))
    }
}

/// The most rows that [`accuracy_among`] asks for their class.
const MOST_ASKED: usize = 256;

/// Returns the fraction of rows whose class is predicted by a vote of their [`NEIGHBOURS`] nearest other rows: at most 256 rows are asked, evenly
/// spaced. For sets of which nothing is held out.
pub fn accuracy_among(instructions: Instructions, rows: &Matrix, labels: &[u8]) -> f32 {
    let asked = rows.rows().min(MOST_ASKED);
    let spaced: Vec<usize> = (0..asked).map(|number| number * rows.rows() / asked).collect();
    accuracy_of(instructions, rows, labels, &spaced)
}

/// Returns the fraction of some `asked` rows whose class is predicted by a vote of their [`NEIGHBOURS`] nearest other rows.
pub fn accuracy_of(instructions: Instructions, rows: &Matrix, labels: &[u8], asked: &[usize]) -> f32 {
    let stride = padded(rows.rows());
    let mut columns = transposed(rows);
    let mut distances = vec![0.0; stride];
    let mut right = 0;
    for row in asked.iter().copied() {
        // A row is not its own neighbour.
        for k in 0..rows.columns() {
            columns[k * stride + row] = f32::INFINITY;
        }
        let nearest = with_instructions!(instructions, simd => {
            nearest(simd, vectors(&columns), stride / LANES, labels, rows.row(row), vectors_mut(&mut distances))
        });
        for (k, value) in rows.row(row).iter().enumerate() {
            columns[k * stride + row] = *value;
        }
        right += usize::from(elect(&nearest) == labels[row]);
    }
    right as f32 / asked.len().max(1) as f32
}

/// The columns of a matrix, one behind the other. Padding has infinite coordinates, so that it is never among the nearest.
fn transposed(rows: &Matrix) -> Vec<f32> {
    let stride = padded(rows.rows());
    let mut columns = vec![f32::INFINITY; rows.columns() * stride];
    for row in 0..rows.rows() {
        for (k, value) in rows.row(row).iter().enumerate() {
            columns[k * stride + row] = *value;
        }
    }
    columns
}

/// The squared distance and the class of a neighbour.
type Neighbour = (f32, u8);

/// Returns the [`NEIGHBOURS`] training rows nearest to `row`, the nearest first; of rows with the same distance the one with the smaller
/// index first. Missing neighbours have infinite distance. `distances` is scratch memory for the squared distances.
///
/// `columns` holds each coordinate of all training rows in `blocks` vectors.
#[inline(always)]
fn nearest<S: Simd>(
    simd: S,
    columns: &[Lanes],
    blocks: usize,
    labels: &[u8],
    row: &[f32],
    distances: &mut [Lanes],
) -> [Neighbour; NEIGHBOURS] {
    for (block, distances) in distances.iter_mut().enumerate() {
        let mut sums = splat(simd, 0.0);
        for (k, value) in row.iter().enumerate() {
            let difference = splat(simd, *value) - load(simd, &columns[k * blocks + block]);
            sums += difference * difference;
        }
        *distances = *sums;
    }
    let mut nearest = [(f32::INFINITY, 0); NEIGHBOURS];
    for (block, distances) in distances.iter().enumerate() {
        let farthest = splat(simd, nearest[NEIGHBOURS - 1].0);
        if !load(simd, distances).simd_lt(farthest).any_true() {
            continue;
        }
        for (lane, distance) in distances.iter().enumerate() {
            if *distance < nearest[NEIGHBOURS - 1].0 {
                let place = nearest.iter().position(|(known, _)| distance < known).unwrap_or(NEIGHBOURS - 1);
                nearest[place..].rotate_right(1);
                nearest[place] = (*distance, labels[block * LANES + lane]);
            }
        }
    }
    nearest
}

/// Returns the class with the most votes; of several classes with the most votes the one with the nearest voter.
fn elect(nearest: &[Neighbour; NEIGHBOURS]) -> u8 {
    let votes = |class: u8| nearest.iter().filter(|(distance, label)| *label == class && distance.is_finite()).count();
    let mut elected = nearest[0].1;
    for (_, class) in nearest {
        if votes(*class) > votes(elected) {
            elected = *class;
        }
    }
    elected
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accuracy_of_two_distant_clusters_is_one_and_falls_with_a_wrong_label() {
        let values: Vec<f32> = (0..40)
            .flat_map(|i| {
                let side = if i % 2 == 0 { -1.0 } else { 1.0 };
                [side, 0.01 * i as f32]
            })
            .collect();
        let labels: Vec<u8> = (0..40).map(|i| i % 2).collect();
        let training = Matrix::from_rows(&values, 2);
        let held_out = Matrix::from_rows(&[-0.9, 0.0, 0.9, 0.1, 0.8, 0.0, -1.2, 0.3], 2);
        assert_eq!(accuracy(Instructions::best(), &training, &labels, &held_out, &[0, 1, 1, 0]), 1.0);
        assert_eq!(accuracy(Instructions::baseline(), &training, &labels, &held_out, &[0, 1, 1, 1]), 0.75);
    }
}
