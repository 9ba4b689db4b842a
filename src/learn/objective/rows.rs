//! A batch's rows as an objective reads them: coordinate by coordinate, so that eight rows share a vector.

use crate::learn::config::Similarity;
use crate::learn::kernels::{Instructions, Lanes, load, splat, sum, vectors, vectors_mut, with_instructions};
use crate::learn::matrix::{LANES, Matrix, padded};
use fearless_simd::Simd;
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
    /// The instructions that they are compared with.
    pub instructions: Instructions,
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
    pub fn similarities(&self, place: usize, factor: f32, span: Range<usize>, target: &mut [f32]) {
        self.compare::<false>(place, factor, span, target);
    }

    /// Writes the squared distance of the row at `place` to every place of `span` into `target`.
    pub fn squared_distances(&self, place: usize, span: Range<usize>, target: &mut [f32]) {
        self.compare::<true>(place, 1.0, span, target);
    }

    fn compare<const DISTANCE: bool>(&self, place: usize, factor: f32, span: Range<usize>, target: &mut [f32]) {
        let values = Coordinates { values: vectors(&self.values), blocks: self.places() / LANES, dimension: self.dimension };
        let first = span.start / LANES;
        let target = vectors_mut(&mut target[span]);
        with_instructions!(self.instructions, simd => match self.dimension {
            2 => values.compare::<_, 2, DISTANCE>(simd, place, factor, first, target),
            3 => values.compare::<_, 3, DISTANCE>(simd, place, factor, first, target),
            4 => values.compare::<_, 4, DISTANCE>(simd, place, factor, first, target),
            _ => values.compare::<_, 0, DISTANCE>(simd, place, factor, first, target),
        });
    }

    /// Adds the gradient of sum over places of `slopes` times the similarity with the row at `place`:
    /// both ends of every similarity move.
    pub fn add_similarity_gradient(&mut self, place: usize, span: Range<usize>, slopes: &[f32]) {
        self.add_gradient::<false>(place, span, slopes);
    }

    /// Adds the gradient of sum over places of `slopes` times the squared distance to the row at `place`.
    pub fn add_distance_gradient(&mut self, place: usize, slopes: &[f32]) {
        self.add_gradient::<true>(place, 0..self.places(), slopes);
    }

    fn add_gradient<const DISTANCE: bool>(&mut self, place: usize, span: Range<usize>, slopes: &[f32]) {
        let blocks = self.places() / LANES;
        let values = Coordinates { values: vectors(&self.values), blocks, dimension: self.dimension };
        let gradient = vectors_mut(&mut self.gradient);
        let first = span.start / LANES;
        let slopes = vectors(&slopes[span]);
        let dimension = self.dimension;
        with_instructions!(self.instructions, simd => match dimension {
            2 => values.add_gradient::<_, 2, DISTANCE>(simd, 0, place, first, slopes, gradient),
            3 => values.add_gradient::<_, 3, DISTANCE>(simd, 0, place, first, slopes, gradient),
            4 => values.add_gradient::<_, 4, DISTANCE>(simd, 0, place, first, slopes, gradient),
            _ => for k in 0..dimension {
                values.add_gradient::<_, 1, DISTANCE>(simd, k, place, first, slopes, gradient);
            },
        });
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

/// The rows' coordinates in vectors of eight places.
struct Coordinates<'a> {
    /// For each coordinate, all places.
    values: &'a [Lanes],
    /// Vectors of places.
    blocks: usize,
    dimension: usize,
}

impl Coordinates<'_> {
    /// Coordinate `k` of the row at `place`.
    #[inline(always)]
    fn at(&self, k: usize, place: usize) -> f32 {
        self.values[k * self.blocks + place / LANES][place % LANES]
    }

    /// Similarities, times `factor`, or squared distances of one row to the vectors of places from `first` on. `D` is the number of
    /// coordinates, or 0 where it is known only now.
    #[inline(always)]
    fn compare<S: Simd, const D: usize, const DISTANCE: bool>(
        &self,
        simd: S,
        place: usize,
        factor: f32,
        first: usize,
        target: &mut [Lanes],
    ) {
        let mut known = [splat(simd, 0.0); D];
        for k in 0..D {
            known[k] = splat(simd, self.at(k, place) * factor);
        }
        for (block, target) in (first..).zip(target) {
            let mut sums = splat(simd, 0.0);
            for k in 0..if D == 0 { self.dimension } else { D } {
                let anchor = if D == 0 { splat(simd, self.at(k, place) * factor) } else { known[k] };
                let other = load(simd, &self.values[k * self.blocks + block]);
                if DISTANCE {
                    let difference = anchor - other;
                    sums += difference * difference;
                } else {
                    sums += anchor * other;
                }
            }
            *target = *sums;
        }
    }

    /// Adds the gradient by both ends, in the `D` coordinates from `start`: the slopes are read once for all of them.
    #[inline(always)]
    fn add_gradient<S: Simd, const D: usize, const DISTANCE: bool>(
        &self,
        simd: S,
        start: usize,
        place: usize,
        first: usize,
        slopes: &[Lanes],
        gradient: &mut [Lanes],
    ) {
        let (mut anchors, mut sums) = ([splat(simd, 0.0); D], [splat(simd, 0.0); D]);
        for k in 0..D {
            anchors[k] = splat(simd, self.at(start + k, place));
        }
        for (block, slope) in (first..).zip(slopes) {
            let slope = load(simd, slope);
            for k in 0..D {
                let index = (start + k) * self.blocks + block;
                let other = load(simd, &self.values[index]);
                let there = load(simd, &gradient[index]);
                if DISTANCE {
                    let push = slope * 2.0 * (anchors[k] - other);
                    gradient[index] = *(there - push);
                    sums[k] += push;
                } else {
                    gradient[index] = *(there + slope * anchors[k]);
                    sums[k] += slope * other;
                }
            }
        }
        for k in 0..D {
            gradient[(start + k) * self.blocks + place / LANES][place % LANES] += sum(*sums[k]);
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
