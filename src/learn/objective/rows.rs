//! The rows of a batch in the layout that the objectives use: coordinate by coordinate, so that a vector holds one coordinate of
//! eight rows.

use crate::learn::config::Similarity;
use crate::learn::kernels::{Instructions, Lanes, load, splat, sum, vectors, vectors_mut, with_instructions};
use crate::learn::matrix::{LANES, Matrix, padded};
use fearless_simd::Simd;
use std::ops::Range;

/// Rows that are compared by cosine and are not longer than this have no usable direction: they are not normalised, and their gradient
/// is 0.
const SHORTEST: f32 = 1e-12;

/// The rows of both views, transposed, and the gradient by them. For each coordinate there are the rows of view a, padding, the rows
/// of view b, padding.
///
/// A *place* is a position in that order. Padding places hold zeros and belong to no row.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    /// Number of pairs in the batch.
    pairs: usize,
    /// Number of places of one view, padding included.
    half: usize,
    /// Number of coordinates of a row.
    dimension: usize,
    /// For each coordinate, its value at all places.
    values: Vec<f32>,
    /// The derivative of the loss by `values`, in the same order.
    gradient: Vec<f32>,
    /// Length of each row before it was normalised, in the order of the rows; 1 where rows are compared by dot product.
    norms: Vec<f32>,
    /// See [`Rows::largest_square`].
    largest_square: f32,
    /// The vector instructions that rows are compared with.
    pub instructions: Instructions,
}

impl Rows {
    /// Copies the encoder's outputs, [2N, dim], and sets the gradient to zero. Rows that are compared by cosine are divided by their
    /// length.
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

    /// Writes the gradient by the encoder's outputs y, [2N, dim], into `gradient`.
    ///
    /// With g the gradient by a row z, it is (g - z (z.g)) / |y| where rows are compared by cosine, z = y / |y|, and g where they are
    /// compared by dot product.
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

    /// Returns the number of rows: two for each pair.
    pub fn rows(&self) -> usize {
        2 * self.pairs
    }

    /// Returns the number of pairs.
    pub fn pairs(&self) -> usize {
        self.pairs
    }

    /// Returns the number of coordinates of a row.
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// Returns the number of places, padding included.
    pub fn places(&self) -> usize {
        2 * self.half
    }

    /// Returns the place of `row`.
    pub fn place(&self, row: usize) -> usize {
        if row < self.pairs { row } else { self.half + row - self.pairs }
    }

    /// Returns the places of view a (`view` = 0) or b (`view` = 1), padding included.
    pub fn view_places(&self, view: usize) -> Range<usize> {
        view * self.half..(view + 1) * self.half
    }

    /// Returns coordinate `k` of the row at `place`.
    pub fn at(&self, k: usize, place: usize) -> f32 {
        self.values[k * self.places() + place]
    }

    /// Returns the coordinates of `row`.
    pub fn row(&self, row: usize) -> impl Iterator<Item = f32> + '_ {
        let place = self.place(row);
        (0..self.dimension).map(move |k| self.at(k, place))
    }

    /// Writes, for every place of `span`, its dot product with the row at `place`, times `factor`, to `target[span]`. Both ends of
    /// `span` are multiples of eight.
    pub fn similarities(&self, place: usize, factor: f32, span: Range<usize>, target: &mut [f32]) {
        self.compare::<false>(place, factor, span, target);
    }

    /// Writes, for every place of `span`, its squared distance to the row at `place` to `target[span]`. Both ends of `span` are
    /// multiples of eight.
    pub fn squared_distances(&self, place: usize, span: Range<usize>, target: &mut [f32]) {
        self.compare::<true>(place, 1.0, span, target);
    }

    /// The common body of [`Self::squared_distances`] (if `DISTANCE`) and [`Self::similarities`] (else).
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

    /// Adds the gradient of a loss whose derivative by the similarity of place j with the row at `place` is `slopes[j]`, for every j in
    /// `span`. The gradient by both rows of every similarity is added.
    pub fn add_similarity_gradient(&mut self, place: usize, span: Range<usize>, slopes: &[f32]) {
        self.add_gradient::<false>(place, span, slopes);
    }

    /// Adds the gradient of a loss whose derivative by the squared distance of place j to the row at `place` is `slopes[j]`, for every
    /// place j. The gradient by both rows of every distance is added.
    pub fn add_distance_gradient(&mut self, place: usize, slopes: &[f32]) {
        self.add_gradient::<true>(place, 0..self.places(), slopes);
    }

    /// The common body of [`Self::add_distance_gradient`] (if `DISTANCE`) and [`Self::add_similarity_gradient`] (else).
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

    /// Returns the values and the gradient by them: for each coordinate, all places.
    pub fn parts(&mut self) -> (&[f32], &mut [f32]) {
        (&self.values, &mut self.gradient)
    }

    /// Returns the largest squared length of a row as it is compared (1 on the unit sphere, apart from rounding), or infinity if a row
    /// is not finite.
    pub fn largest_square(&self) -> f32 {
        self.largest_square
    }

    /// Multiplies the whole gradient by `factor`.
    pub fn scale_gradient(&mut self, factor: f32) {
        for slope in &mut self.gradient {
            *slope *= factor;
        }
    }
}

/// The coordinates of the rows, in vectors of eight places.
struct Coordinates<'a> {
    /// For each coordinate, its value at all places.
    values: &'a [Lanes],
    /// Number of vectors that hold one coordinate of all places.
    blocks: usize,
    /// Number of coordinates of a row.
    dimension: usize,
}

impl Coordinates<'_> {
    /// Returns coordinate `k` of the row at `place`.
    #[inline(always)]
    fn at(&self, k: usize, place: usize) -> f32 {
        self.values[k * self.blocks + place / LANES][place % LANES]
    }

    /// Writes the squared distances (if `DISTANCE`) or the dot products times `factor` (else) of the row at `place` to the vectors of
    /// places from `first` on. `D` is the number of coordinates, or 0 if it is not known at compile time.
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

    /// Adds the gradient by the `D` coordinates from `start` on, of the row at `place` and of the vectors of places from `first` on.
    /// `slopes` are the derivatives by the squared distances (if `DISTANCE`) or by the dot products (else).
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

/// Returns the Euclidean length of `row`.
pub fn norm(row: &[f32]) -> f32 {
    let mut square = 0.0;
    for value in row {
        square += value * value;
    }
    square.sqrt()
}

/// Divides a row by its length, as the objectives do for the cosine. Leaves a row of length at most 1e-12 as it is.
pub fn normalize_row(row: &mut [f32]) {
    let length = norm(row);
    if length > SHORTEST {
        for value in row {
            *value /= length;
        }
    }
}
