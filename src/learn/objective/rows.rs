//! A batch's rows as an objective reads them: coordinate by coordinate, so that eight rows share a vector.

use crate::learn::config::Similarity;
use crate::learn::kernels::{Lanes, sum, vectors};
use crate::learn::matrix::{LANES, Matrix, padded};
use std::ops::Range;

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
    /// The largest squared length of a row.
    largest_square: f32,
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
        self.largest_square = 0.0;
        for row in 0..outputs.rows() {
            let place = self.place(row);
            let source = outputs.row(row);
            let length = norm(source);
            let (norm, compared) = match similarity {
                Similarity::Dot => (1.0, length),
                Similarity::Cosine => (length, if length > SHORTEST { 1.0 } else { length }),
            };
            self.norms[row] = norm;
            let square = if length.is_finite() { compared * compared } else { f32::INFINITY };
            self.largest_square = self.largest_square.max(square);
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
    pub fn view_places(&self, view: usize) -> Range<usize> {
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
    pub fn similarities(&self, place: usize, factor: f32, span: Range<usize>, target: &mut [f32]) {
        match self.dimension {
            2 => self.similarities_in::<2>(place, factor, span, target),
            3 => self.similarities_in::<3>(place, factor, span, target),
            4 => self.similarities_in::<4>(place, factor, span, target),
            8 => self.similarities_in::<8>(place, factor, span, target),
            _ => {
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
        }
    }

    /// The same in `D` dimensions: the sums stay in registers.
    #[inline]
    fn similarities_in<const D: usize>(&self, place: usize, factor: f32, span: Range<usize>, target: &mut [f32]) {
        let anchor: [f32; D] = std::array::from_fn(|k| self.at(k, place) * factor);
        let coordinates: [&[Lanes]; D] = std::array::from_fn(|k| vectors(&self.coordinate(k)[span.clone()]));
        for (index, target) in target[span].as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
            let mut sums: Lanes = [0.0; LANES];
            for k in 0..D {
                let values = &coordinates[k][index];
                for lane in 0..LANES {
                    sums[lane] += anchor[k] * values[lane];
                }
            }
            *target = sums;
        }
    }

    /// Writes the squared distance of the row at `place` to every place of `span` into `target`.
    #[inline]
    pub fn squared_distances(&self, place: usize, span: Range<usize>, target: &mut [f32]) {
        let target = &mut target[span.clone()];
        target.fill(0.0);
        for k in 0..self.dimension {
            let anchor = self.at(k, place);
            for (target, value) in target.iter_mut().zip(&self.coordinate(k)[span.clone()]) {
                let difference = anchor - value;
                *target += difference * difference;
            }
        }
    }

    /// Adds the gradient of sum over places of `slopes` times the similarity with the row at `place`:
    /// both ends of every similarity move.
    #[inline]
    pub fn add_similarity_gradient(&mut self, place: usize, span: Range<usize>, slopes: &[f32]) {
        let slopes = vectors(&slopes[span.clone()]);
        match self.dimension {
            2 => self.add_similarity_gradient_in::<2>(0, place, span, slopes),
            3 => self.add_similarity_gradient_in::<3>(0, place, span, slopes),
            4 => self.add_similarity_gradient_in::<4>(0, place, span, slopes),
            dimension => (0..dimension).for_each(|k| self.add_similarity_gradient_in::<1>(k, place, span.clone(), slopes)),
        }
    }

    /// The same for the `D` coordinates from `first`: the slopes are read once for all of them.
    #[inline]
    fn add_similarity_gradient_in<const D: usize>(&mut self, first: usize, place: usize, span: Range<usize>, slopes: &[Lanes]) {
        let places = self.places();
        let anchor: [f32; D] = std::array::from_fn(|k| self.at(first + k, place));
        let values: [&[Lanes]; D] = std::array::from_fn(|k| vectors(&self.values[(first + k) * places..][span.clone()]));
        let mut rest = self.gradient[first * places..].chunks_exact_mut(places);
        let gradient: [&mut [Lanes]; D] =
            std::array::from_fn(|_| rest.next().map_or(&mut [] as &mut [Lanes], |part| part[span.clone()].as_chunks_mut::<LANES>().0));
        let mut sums = [[0.0; LANES]; D];
        for (index, slope) in slopes.iter().enumerate() {
            for k in 0..D {
                let value = &values[k][index];
                let gradient = &mut gradient[k][index];
                for lane in 0..LANES {
                    gradient[lane] += slope[lane] * anchor[k];
                    sums[k][lane] += slope[lane] * value[lane];
                }
            }
        }
        for k in 0..D {
            self.gradient[(first + k) * places + place] += sum(sums[k]);
        }
    }

    /// Adds the gradient of sum over places of `slopes` times the squared distance to the row at `place`.
    #[inline]
    pub fn add_distance_gradient(&mut self, place: usize, slopes: &[f32]) {
        let places = self.places();
        for k in 0..self.dimension {
            let anchor = self.at(k, place);
            let values = vectors(&self.values[k * places..][..places]);
            let gradient = self.gradient[k * places..][..places].as_chunks_mut::<LANES>().0;
            let mut lanes: Lanes = [0.0; LANES];
            for ((gradient, value), slope) in gradient.iter_mut().zip(values).zip(vectors(slopes)) {
                for lane in 0..LANES {
                    let push = 2.0 * slope[lane] * (anchor - value[lane]);
                    gradient[lane] -= push;
                    lanes[lane] += push;
                }
            }
            self.gradient[k * places + place] += sum(lanes);
        }
    }

    /// All places' coordinates, and the gradient by them, each coordinate after coordinate.
    pub fn parts(&mut self) -> (&[f32], &mut [f32]) {
        (&self.values, &mut self.gradient)
    }

    /// The largest squared length of a row as it is compared (on the sphere 1, but for rounding); infinite where a row is not finite.
    pub fn largest_square(&self) -> f32 {
        self.largest_square
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

/// Puts a row onto the unit sphere, as the objectives do for the cosine; one without a direction stays as it is.
pub fn normalize_row(row: &mut [f32]) {
    let length = norm(row);
    if length > SHORTEST {
        for value in row {
            *value /= length;
        }
    }
}
