//! The rows of a batch in the layout that the objectives use: coordinate by coordinate, so that a vector holds one coordinate of
//! eight rows.

use crate::config::Similarity;
use crate::kernels::{Instructions, Lanes, load, splat, sum, vectors, vectors_mut, with_instructions};
use crate::matrix::{LANES, Matrix, padded};
use fearless_simd::Simd;
use std::ops::Range;

/// Rows that are compared by cosine and are not longer than this have no usable direction: they are compared as they are, not normalised,
/// and their gradient is 0. (The square of a shorter length is near to what a float can't hold, and then there is no length to divide by.)
pub(super) const SHORTEST: f32 = 1e-12;
/// The most coordinates of an encoder's outputs. Rows with more come from files only, and no run's bits depend on how they are laid out and
/// summed.
pub const NARROW: usize = 16;
/// The most anchors that are compared side by side.
const GROUP: usize = 8;
/// Places that several anchors are compared with before the next ones: their coordinates, and the gradient by them, stay in the
/// first-level cache meanwhile.
const TILE: usize = 8 * LANES;
/// Numbers in a line of the cache.
const LINE: usize = 16;
/// Vectors of places that are under way together where the number of coordinates is not known at compile time.
const ABREAST: usize = 4;

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
    /// Distance between the starts of two consecutive coordinates in `values`: the number of places, or a little more.
    stride: usize,
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
    /// length, unless it is at most 1e-12: such a row has no direction and stays as it is.
    pub fn load(&mut self, outputs: &Matrix, similarity: Similarity) {
        self.pairs = outputs.rows() / 2;
        self.half = padded(self.pairs);
        self.dimension = outputs.columns();
        let places = self.places();
        // The number of places is often a power of two. Then all coordinates of a row would share a few lines of the cache and push one
        // another out, unless they are an odd number of lines apart.
        self.stride = if self.dimension > NARROW { LINE * ((places / LINE) | 1) } else { places };
        let size = self.dimension * self.stride;
        if self.values.len() != size {
            self.values.clear();
            self.values.resize(size, 0.0);
            self.gradient.resize(size, 0.0);
        }
        self.norms.resize(outputs.rows(), 1.0);
        self.gradient.fill(0.0);
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
                self.values[k * self.stride + place] = if norm > SHORTEST { value / norm } else { *value };
            }
        }
    }

    /// Writes the gradient by the encoder's outputs y, [2N, dim], into `gradient`.
    ///
    /// With g the gradient by a row z, it is (g - z (z.g)) / |y| where rows are compared by cosine, z = y / |y|, and g where they are
    /// compared by dot product. A row that has no direction to be compared by has the gradient 0.
    pub fn store_gradient(&self, similarity: Similarity, gradient: &mut Matrix) {
        let stride = self.stride;
        for row in 0..self.rows() {
            let place = self.place(row);
            let target = gradient.row_mut(row);
            for (k, slope) in target.iter_mut().enumerate() {
                *slope = self.gradient[k * stride + place];
            }
            if similarity == Similarity::Cosine {
                let norm = self.norms[row];
                let mut along = 0.0;
                for (k, slope) in target.iter().enumerate() {
                    along += slope * self.values[k * stride + place];
                }
                for (k, slope) in target.iter_mut().enumerate() {
                    *slope = if norm > SHORTEST { (*slope - self.values[k * stride + place] * along) / norm } else { 0.0 };
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
        self.values[k * self.stride + place]
    }

    /// Returns the coordinates of `row`.
    pub fn row(&self, row: usize) -> impl Iterator<Item = f32> + '_ {
        let place = self.place(row);
        (0..self.dimension).map(move |k| self.at(k, place))
    }

    /// Returns how many anchors, with consecutive places, the methods below shall be given at a time.
    ///
    /// Rows with many coordinates don't fit the cache, and would be fetched for every anchor again. Narrow ones are taken one anchor at a
    /// time: the order of their gradient's sums is that of the runs that were ever shared.
    pub fn group(&self) -> usize {
        if self.dimension > NARROW { GROUP } else { 1 }
    }

    /// Writes, for every place of `span`, its dot product with each row at `anchors`, times `factor`, to that row's part of `targets`: as
    /// many numbers as there are places, of which those of `span` are written. Both ends of `span` are multiples of eight.
    pub fn similarities(&self, anchors: Range<usize>, factor: f32, span: Range<usize>, targets: &mut [f32]) {
        self.compare::<false>(anchors, factor, span, targets);
    }

    /// Writes the squared distances instead, see [`Self::similarities`].
    pub fn squared_distances(&self, anchors: Range<usize>, span: Range<usize>, targets: &mut [f32]) {
        self.compare::<true>(anchors, 1.0, span, targets);
    }

    /// Returns the tiles of `span` that `anchors` are compared with one after the other.
    fn tiles(anchors: usize, span: Range<usize>) -> impl Iterator<Item = Range<usize>> {
        let length = if anchors > 1 { TILE } else { span.len().max(1) };
        span.clone().step_by(length).map(move |start| start..span.end.min(start + length))
    }

    /// The common body of [`Self::squared_distances`] (if `DISTANCE`) and [`Self::similarities`] (else).
    fn compare<const DISTANCE: bool>(&self, anchors: Range<usize>, factor: f32, span: Range<usize>, targets: &mut [f32]) {
        let values = Coordinates { values: vectors(&self.values), stride: self.stride / LANES, dimension: self.dimension };
        let places = self.places();
        for tile in Self::tiles(anchors.len(), span) {
            let first = tile.start / LANES;
            for (place, target) in anchors.clone().zip(targets.chunks_exact_mut(places)) {
                let target = vectors_mut(&mut target[tile.clone()]);
                with_instructions!(self.instructions, simd => match self.dimension {
                    2 => values.compare::<_, 2, DISTANCE>(simd, place, factor, first, target),
                    3 => values.compare::<_, 3, DISTANCE>(simd, place, factor, first, target),
                    4 => values.compare::<_, 4, DISTANCE>(simd, place, factor, first, target),
                    _ => values.compare_any::<_, DISTANCE>(simd, place, factor, first, target),
                });
            }
        }
    }

    /// Adds the gradient of a loss whose derivative by the similarity of place j with a row at `anchors` is that row's `slopes[j]`, for
    /// every j in `span`. The gradient by both rows of every similarity is added. `slopes` is laid out as [`Self::similarities`] writes.
    pub fn add_similarity_gradient(&mut self, anchors: Range<usize>, span: Range<usize>, slopes: &[f32]) {
        let places = self.places();
        for tile in Self::tiles(anchors.len(), span) {
            for (place, slopes) in anchors.clone().zip(slopes.chunks_exact(places)) {
                self.add_gradient::<false>(place, tile.clone(), slopes);
            }
        }
    }

    /// Adds the gradient of a loss whose derivative by the squared distance of place j to the row at `place` is `slopes[j]`, for every
    /// place j in `span`, whose ends are multiples of eight. The gradient by both rows of every distance is added.
    pub fn add_distance_gradient(&mut self, place: usize, span: Range<usize>, slopes: &[f32]) {
        self.add_gradient::<true>(place, span, slopes);
    }

    /// The common body of [`Self::add_distance_gradient`] (if `DISTANCE`) and [`Self::add_similarity_gradient`] (else).
    fn add_gradient<const DISTANCE: bool>(&mut self, place: usize, span: Range<usize>, slopes: &[f32]) {
        let values = Coordinates { values: vectors(&self.values), stride: self.stride / LANES, dimension: self.dimension };
        let gradient = vectors_mut(&mut self.gradient);
        let first = span.start / LANES;
        let slopes = vectors(&slopes[span]);
        with_instructions!(self.instructions, simd => match values.dimension {
            2 => values.add_gradient::<_, 2, DISTANCE>(simd, 0, place, first, slopes, gradient),
            3 => values.add_gradient::<_, 3, DISTANCE>(simd, 0, place, first, slopes, gradient),
            4 => values.add_gradient::<_, 4, DISTANCE>(simd, 0, place, first, slopes, gradient),
            _ => for k in 0..values.dimension {
                values.add_gradient::<_, 1, DISTANCE>(simd, k, place, first, slopes, gradient);
            },
        });
    }

    /// Returns the distance of the rows at two places, also where the square of it is too small for a float; 0 only for equal rows.
    pub fn small_distance(&self, place: usize, other: usize) -> f32 {
        self.scaled_distance(place, other).map_or(0.0, |(unit, distance)| unit * distance)
    }

    /// Adds the gradient of a loss whose derivative by the distance of the rows at two places is `slope`, by both rows. The square of the
    /// distance may be too small for a float. At distance zero the gradient is set to the subgradient 0.
    pub fn add_small_distance_gradient(&mut self, place: usize, other: usize, slope: f32) {
        let Some((unit, distance)) = self.scaled_distance(place, other) else { return };
        for k in 0..self.dimension {
            let push = slope * ((self.at(k, place) - self.at(k, other)) / unit / distance);
            self.gradient[k * self.stride + place] += push;
            self.gradient[k * self.stride + other] -= push;
        }
    }

    /// Returns the largest difference of a coordinate of the rows at two places, and their distance in units of it; `None` for equal rows.
    fn scaled_distance(&self, place: usize, other: usize) -> Option<(f32, f32)> {
        let difference = |k: usize| self.at(k, place) - self.at(k, other);
        let unit = (0..self.dimension).map(|k| difference(k).abs()).fold(0.0, f32::max);
        let mut square = 0.0;
        for k in 0..self.dimension {
            let scaled = difference(k) / unit;
            square += scaled * scaled;
        }
        (unit > 0.0).then(|| (unit, square.sqrt()))
    }

    /// Returns the values and the gradient by them: for each coordinate, all places. The rows have no more coordinates
    /// than an encoder's outputs: there is nothing between one coordinate and the next.
    pub fn parts(&mut self) -> (&[f32], &mut [f32]) {
        debug_assert_eq!(self.stride, self.places());
        (&self.values, &mut self.gradient)
    }

    /// Returns the largest squared length of a row as it is compared (1 on the unit sphere, apart from rounding), or infinity if a row
    /// is not finite.
    pub fn largest_square(&self) -> f32 {
        self.largest_square
    }

    /// Adds to the derivative by coordinate `k` of the row at `place`.
    pub fn add_to_gradient(&mut self, k: usize, place: usize, slope: f32) {
        self.gradient[k * self.stride + place] += slope;
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
    /// Number of vectors from the start of one coordinate to that of the next.
    stride: usize,
    /// Number of coordinates of a row.
    dimension: usize,
}

impl Coordinates<'_> {
    /// Returns coordinate `k` of the row at `place`.
    #[inline(always)]
    fn at(&self, k: usize, place: usize) -> f32 {
        self.values[k * self.stride + place / LANES][place % LANES]
    }

    /// Writes the squared distances (if `DISTANCE`) or the dot products times `factor` (else) of the row at `place` to the vectors of
    /// places from `first` on. `D` is the number of coordinates.
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
            for k in 0..D {
                let other = load(simd, &self.values[k * self.stride + block]);
                if DISTANCE {
                    let difference = known[k] - other;
                    sums += difference * difference;
                } else {
                    sums += known[k] * other;
                }
            }
            *target = *sums;
        }
    }

    /// Does the same for any number of coordinates.
    #[inline(always)]
    fn compare_any<S: Simd, const DISTANCE: bool>(&self, simd: S, place: usize, factor: f32, first: usize, target: &mut [Lanes]) {
        let (abreast, rest) = target.as_chunks_mut::<ABREAST>();
        let mut block = first;
        for target in abreast {
            self.compare_abreast::<S, ABREAST, DISTANCE>(simd, place, factor, block, target);
            block += ABREAST;
        }
        for target in rest.as_chunks_mut::<1>().0 {
            self.compare_abreast::<S, 1, DISTANCE>(simd, place, factor, block, target);
            block += 1;
        }
    }

    /// Does the same for `R` vectors of places, so that one's operation need not wait for another's. Each is summed in the same order.
    #[inline(always)]
    fn compare_abreast<S: Simd, const R: usize, const DISTANCE: bool>(
        &self,
        simd: S,
        place: usize,
        factor: f32,
        first: usize,
        target: &mut [Lanes; R],
    ) {
        let mut sums = [splat(simd, 0.0); R];
        for k in 0..self.dimension {
            let anchor = splat(simd, self.at(k, place) * factor);
            let others = &self.values[k * self.stride + first..][..R];
            for r in 0..R {
                let other = load(simd, &others[r]);
                if DISTANCE {
                    let difference = anchor - other;
                    sums[r] += difference * difference;
                } else {
                    sums[r] += anchor * other;
                }
            }
        }
        for r in 0..R {
            target[r] = *sums[r];
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
                let index = (start + k) * self.stride + block;
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
            gradient[(start + k) * self.stride + place / LANES][place % LANES] += sum(*sums[k]);
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

/// Divides a row by its length, as the objectives do for the cosine. Leaves a row of length at most 1e-12, which has no direction, as it
/// is.
pub fn normalize_row(row: &mut [f32]) {
    let length = norm(row);
    if length > SHORTEST {
        for value in row {
            *value /= length;
        }
    }
}
