//! A batch's rows as an objective reads them: coordinate by coordinate, so that eight rows share a vector.

use crate::learn::config::Similarity;
use crate::learn::kernels::{Lanes, load, sum};
use crate::learn::matrix::{LANES, Matrix, padded};

/// A row shorter than this has no direction; it is left as it is and gets no gradient.
const SHORTEST: f32 = 1e-12;

/// The rows of both views, transposed: for each coordinate, view a's rows, padding, view b's rows, padding.
///
/// A *place* is a row's position in that order; padding places hold zeros and belong to no row.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    /// Pairs in the batch.
    pairs: usize,
    /// Places of one view.
    half: usize,
    dimension: usize,
    /// For each coordinate, all places.
    values: Vec<f32>,
    /// The derivative of the loss by `values`, in the same order.
    gradient: Vec<f32>,
    /// Length of each row before it was normalised, by row.
    norms: Vec<f32>,
}

impl Rows {
    /// Takes the outputs, [2N, dim], onto the unit sphere where they are compared by cosine; zeroes the gradient.
    pub fn load(&mut self, outputs: &Matrix, similarity: Similarity) {
        self.pairs = outputs.rows() / 2;
        self.half = padded(self.pairs);
        self.dimension = outputs.columns();
        let size = self.dimension * self.places();
        if self.values.len() != size {
            self.values.clear();
            self.values.resize(size, 0.0);
            self.gradient.resize(size, 0.0);
        }
        self.norms.resize(outputs.rows(), 1.0);
        self.gradient.fill(0.0);
        let places = self.places();
        if self.half != self.pairs {
            self.values.fill(0.0);
        }
        for row in 0..outputs.rows() {
            let place = self.place(row);
            let source = outputs.row(row);
            let norm = match similarity {
                Similarity::Dot => 1.0,
                Similarity::Cosine => norm(source),
            };
            self.norms[row] = norm;
            for (k, value) in source.iter().enumerate() {
                self.values[k * places + place] = if norm > SHORTEST { value / norm } else { *value };
            }
        }
    }

    /// Carries the gradient by the rows back to the outputs, through the normalisation: (g - z (z.g)) / |y|.
    pub fn store_gradient(&self, similarity: Similarity, gradient: &mut Matrix) {
        let places = self.places();
        for row in 0..self.rows() {
            let place = self.place(row);
            let target = gradient.row_mut(row);
            for (k, slope) in target.iter_mut().enumerate() {
                *slope = self.gradient[k * places + place];
            }
            if similarity == Similarity::Cosine {
                let norm = self.norms[row];
                let mut along = 0.0;
                for (k, slope) in target.iter().enumerate() {
                    along += slope * self.values[k * places + place];
                }
                for (k, slope) in target.iter_mut().enumerate() {
                    *slope = if norm > SHORTEST { (*slope - self.values[k * places + place] * along) / norm } else { 0.0 };
                }
            }
        }
    }

    /// Number of rows: two a pair.
    pub fn rows(&self) -> usize {
        2 * self.pairs
    }

    /// Number of pairs.
    pub fn pairs(&self) -> usize {
        self.pairs
    }

    /// Coordinates of a row.
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// Number of places, padding included.
    pub fn places(&self) -> usize {
        2 * self.half
    }

    /// The place of `row`.
    pub fn place(&self, row: usize) -> usize {
        if row < self.pairs { row } else { self.half + row - self.pairs }
    }

    /// The places of view `view` (0 or 1), padding included.
    pub fn view_places(&self, view: usize) -> std::ops::Range<usize> {
        view * self.half..(view + 1) * self.half
    }

    /// One coordinate of all places.
    pub fn coordinate(&self, k: usize) -> &[f32] {
        &self.values[k * self.places()..][..self.places()]
    }

    /// Coordinate `k` of the row at `place`.
    pub fn at(&self, k: usize, place: usize) -> f32 {
        self.values[k * self.places() + place]
    }

    /// One row, coordinate by coordinate.
    pub fn row(&self, row: usize) -> impl Iterator<Item = f32> + '_ {
        let place = self.place(row);
        (0..self.dimension).map(move |k| self.at(k, place))
    }

    /// Writes the dot product of the row at `place`, times `factor`, with every place of `span` into `target`.
    #[inline]
    pub fn similarities(&self, place: usize, factor: f32, span: std::ops::Range<usize>, target: &mut [f32]) {
        let target = &mut target[span.clone()];
        target.fill(0.0);
        for k in 0..self.dimension {
            let anchor = self.at(k, place) * factor;
            let coordinate = &self.coordinate(k)[span.clone()];
            for (target, value) in target.iter_mut().zip(coordinate) {
                *target += anchor * value;
            }
        }
    }

    /// Writes the squared distance of the row at `place` to every place into `target`.
    #[inline]
    pub fn squared_distances(&self, place: usize, target: &mut [f32]) {
        target.fill(0.0);
        for k in 0..self.dimension {
            let anchor = self.at(k, place);
            for (target, value) in target.iter_mut().zip(self.coordinate(k)) {
                let difference = anchor - value;
                *target += difference * difference;
            }
        }
    }

    /// Adds the gradient of sum over places of `slopes` times the similarity with the row at `place`:
    /// both ends of every similarity move.
    #[inline]
    pub fn add_similarity_gradient(&mut self, place: usize, span: std::ops::Range<usize>, slopes: &[f32]) {
        let places = self.places();
        let slopes = &slopes[span.clone()];
        for k in 0..self.dimension {
            let anchor = self.values[k * places + place];
            let values = &self.values[k * places..][span.clone()];
            let gradient = &mut self.gradient[k * places..][span.clone()];
            let mut lanes: Lanes = [0.0; LANES];
            let chunks = gradient.chunks_exact_mut(LANES).zip(values.chunks_exact(LANES)).zip(slopes.chunks_exact(LANES));
            for ((gradient, value), slope) in chunks {
                for lane in 0..LANES {
                    gradient[lane] += slope[lane] * anchor;
                    lanes[lane] += slope[lane] * value[lane];
                }
            }
            self.gradient[k * places + place] += sum(lanes);
        }
    }

    /// Adds the gradient of sum over places of `slopes` times the squared distance to the row at `place`.
    #[inline]
    pub fn add_distance_gradient(&mut self, place: usize, slopes: &[f32]) {
        let places = self.places();
        for k in 0..self.dimension {
            let anchor = self.values[k * places + place];
            let values = &self.values[k * places..][..places];
            let gradient = &mut self.gradient[k * places..][..places];
            let mut lanes: Lanes = [0.0; LANES];
            for start in (0..places).step_by(LANES) {
                let (value, slope) = (load(values, start), load(slopes, start));
                for lane in 0..LANES {
                    let push = 2.0 * slope[lane] * (anchor - value[lane]);
                    gradient[start + lane] -= push;
                    lanes[lane] += push;
                }
            }
            self.gradient[k * places + place] += sum(lanes);
        }
    }

    /// Multiplies the whole gradient.
    pub fn scale_gradient(&mut self, factor: f32) {
        for slope in &mut self.gradient {
            *slope *= factor;
        }
    }
}

/// Euclidean length.
pub fn norm(row: &[f32]) -> f32 {
    let mut square = 0.0;
    for value in row {
        square += value * value;
    }
    square.sqrt()
}

/// Puts every row of a matrix onto the unit sphere, as the objectives do for the cosine.
pub fn normalize(matrix: &mut Matrix) {
    for row in 0..matrix.rows() {
        let length = norm(matrix.row(row));
        if length > SHORTEST {
            for value in matrix.row_mut(row) {
                *value /= length;
            }
        }
    }
}
