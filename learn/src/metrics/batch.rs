//! Alignment, uniformity and similarities of a batch (Wang and Isola 2020).

use crate::config::PositiveRows;
use crate::kernels::{Lanes, exp_x8, load, splat, sum, vectors, with_instructions};
use crate::matrix::{LANES, padded};
use crate::rows::{Rows, cosine};
use std::ops::Range;

/// Bins of the similarity histograms, over [-1, 1].
pub const BINS: usize = 40;

/// e^-60, roughly: the mean of e^(-2 d^2) from which it is taken as it was summed.
const LEAST_MEAN: f64 = 8.8e-27;

/// What a batch's rows look like.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct BatchMetrics {
    /// `L_align`: mean squared distance of a pair's two rows.
    pub alignment: f32,
    /// `L_uniform`: log of the mean of e^(-2 d^2) over distinct pairs of rows.
    pub uniformity: f32,
    /// Mean cosine of a pair's two rows.
    pub positive_similarity: f32,
    /// Mean cosine of an anchor and its negatives.
    pub negative_similarity: f32,
    /// Count of pairs by cosine; the first bin starts at -1.
    pub positive_histogram: Vec<u32>,
    /// Count of anchor and negative by cosine.
    pub negative_histogram: Vec<u32>,
}

impl Default for BatchMetrics {
    fn default() -> Self {
        Self {
            alignment: 0.0,
            uniformity: 0.0,
            positive_similarity: 0.0,
            negative_similarity: 0.0,
            positive_histogram: vec![0; BINS],
            negative_histogram: vec![0; BINS],
        }
    }
}

impl BatchMetrics {
    /// Takes over what another holds, without allocating.
    pub fn copy_from(&mut self, other: &Self) {
        let Self { alignment, uniformity, positive_similarity, negative_similarity, positive_histogram, negative_histogram } = self;
        (*alignment, *uniformity) = (other.alignment, other.uniformity);
        (*positive_similarity, *negative_similarity) = (other.positive_similarity, other.negative_similarity);
        positive_histogram.clone_from(&other.positive_histogram);
        negative_histogram.clone_from(&other.negative_histogram);
    }
}

/// Scratch for the distances and similarities of a group of rows, and for sums of rows.
#[derive(Clone, Debug, Default)]
pub struct MeterScratch {
    distances: Vec<f32>,
    similarities: Vec<f32>,
    lengths: Vec<f32>,
    /// Sum of the unit rows, of all of them and then of each label.
    sums: Vec<f64>,
    /// How many rows each label has.
    counts: Vec<u64>,
}

/// Measures the rows of the first `most_pairs` pairs into `metrics`; allocates only when the batch grows.
///
/// Histograms cost a look at every pair of rows one by one; without `histograms` they are left as they are.
pub fn measure(
    rows: &Rows,
    labels: &[u8],
    positives: PositiveRows,
    most_pairs: usize,
    histograms: bool,
    scratch: &mut MeterScratch,
    metrics: &mut BatchMetrics,
) {
    let pairs = rows.pairs();
    let used = pairs.min(most_pairs);
    let measured = (0..used).chain(pairs..pairs + used);
    scratch.distances.resize(rows.group() * rows.places(), 0.0);
    scratch.similarities.resize(rows.group() * rows.places(), 0.0);
    scratch.lengths.clear();
    scratch.lengths.resize(rows.rows(), 0.0);
    for row in measured.clone() {
        scratch.lengths[row] = rows.row(row).map(|value| value * value).sum::<f32>().sqrt();
    }
    if histograms {
        metrics.positive_histogram.fill(0);
        metrics.negative_histogram.fill(0);
    }
    let (mut alignment, mut positive, mut spread) = (0.0f64, 0.0f64, 0.0f64);
    for pair in 0..used {
        let (a, b) = (pair, pair + pairs);
        alignment += rows.row(a).zip(rows.row(b)).map(|(a, b)| f64::from((a - b) * (a - b))).sum::<f64>();
        let product: f32 = rows.row(a).zip(rows.row(b)).map(|(a, b)| a * b).sum();
        let cosine = cosine(product, scratch.lengths[a] * scratch.lengths[b]);
        positive += f64::from(cosine);
        if histograms {
            metrics.positive_histogram[bin(cosine)] += 1;
        }
    }
    for group in groups(rows, used) {
        spread += kernel_sum(rows, group.clone(), used, 0.0, &mut scratch.distances);
        if histograms {
            let first = rows.place(group.start);
            for view in 0..2 {
                let anchors = first..first + group.len();
                rows.similarities(anchors, 1.0, measured_places(rows, view, used), &mut scratch.similarities);
            }
            for (row, similarities) in group.zip(scratch.similarities.chunks_exact(rows.places())) {
                for other in measured.clone().filter(|other| *other > row && !positives.join(pairs, labels, row, *other)) {
                    let cosine = cosine(similarities[rows.place(other)], scratch.lengths[row] * scratch.lengths[other]);
                    metrics.negative_histogram[bin(cosine)] += 1;
                }
            }
        }
    }
    let count = 2 * used;
    let distinct = (count * (count - 1) / 2) as f64;
    metrics.alignment = (alignment / used as f64) as f32;
    metrics.uniformity = uniformity(rows, used, spread, distinct, &mut scratch.distances) as f32;
    metrics.positive_similarity = (positive / used as f64) as f32;
    metrics.negative_similarity = negative_mean(rows, labels, positives, measured, positive, scratch);
}

/// The places of the measured rows of a view, in whole vectors.
fn measured_places(rows: &Rows, view: usize, used: usize) -> Range<usize> {
    let start = rows.view_places(view).start;
    start..start + padded(used)
}

/// The measured rows, as many at a time as are compared side by side.
fn groups(rows: &Rows, used: usize) -> impl Iterator<Item = Range<usize>> {
    let length = rows.group();
    [0, rows.pairs()].into_iter().flat_map(move |start| {
        let end = start + used;
        (start..end).step_by(length).map(move |first| first..end.min(first + length))
    })
}

/// Gives `take` the squared distances from each row of a group to the measured rows that come after it, one view after the other, so
/// that each pair of rows comes once. What belongs to no such pair is infinitely far.
fn for_later_distances(rows: &Rows, group: Range<usize>, used: usize, distances: &mut [f32], mut take: impl FnMut(&[Lanes])) {
    let first = rows.place(group.start);
    let places = first..first + group.len();
    for view in 0..2 {
        let measured = measured_places(rows, view, used);
        if first >= measured.end {
            continue;
        }
        let span = measured.start.max(first - first % LANES)..measured.end;
        rows.squared_distances(places.clone(), span.clone(), distances);
        for (place, distances) in places.clone().zip(distances.chunks_exact_mut(rows.places())) {
            // What comes before the row, and itself; what is not measured.
            for outside in [span.start..(place + 1).max(span.start), measured.start + used..span.end] {
                distances[outside].fill(f32::INFINITY);
            }
            take(vectors(&distances[span.clone()]));
        }
    }
}

/// Sum of e^(-2 (d^2 - `nearest`)) over the rows of a group and the measured rows that come after each: each pair of rows once.
fn kernel_sum(rows: &Rows, group: Range<usize>, used: usize, nearest: f32, distances: &mut [f32]) -> f64 {
    let mut total = 0.0;
    for_later_distances(rows, group, used, distances, |squares| {
        total += with_instructions!(rows.instructions, simd => {
            let mut sums = splat(simd, 0.0);
            for squares in squares {
                sums += exp_x8((load(simd, squares) - nearest) * -2.0);
            }
            f64::from(sum(*sums))
        });
    });
    total
}

/// `L_uniform` of the measured rows from the sum of e^(-2 d^2) over so many `distinct` pairs of rows.
///
/// The kernel's exponential is 0 below e^-87.3. A mean of at least e^-60 has lost less than e^-27 of itself to that: it stays as it is, and
/// with it every number that was ever shown of a run on the sphere. Of rows farther apart nothing may be left. Then the smallest squared
/// distance s is taken out first: ln(mean of e^(-2 d^2)) = ln(mean of e^(-2 (d^2 - s))) - 2 s.
fn uniformity(rows: &Rows, used: usize, spread: f64, distinct: f64, distances: &mut [f32]) -> f64 {
    let plain = spread / distinct;
    if plain >= LEAST_MEAN {
        return libm::log(plain);
    }
    let mut nearest = f32::INFINITY;
    for group in groups(rows, used) {
        for_later_distances(rows, group, used, distances, |squares| {
            nearest = squares.as_flattened().iter().copied().fold(nearest, f32::min);
        });
    }
    if !nearest.is_finite() {
        return libm::log(plain);
    }
    let sum: f64 = groups(rows, used).map(|group| kernel_sum(rows, group, used, nearest, distances)).sum();
    libm::log(sum / distinct) - 2.0 * f64::from(nearest)
}

/// Mean cosine over all pairs of an anchor and a negative: what is left of the sum over all pairs, which is the
/// square of the sum of the unit rows, without looking at every pair.
fn negative_mean(
    rows: &Rows,
    labels: &[u8],
    positives: PositiveRows,
    measured: impl Iterator<Item = usize> + Clone,
    positive: f64,
    scratch: &mut MeterScratch,
) -> f32 {
    let dimension = rows.dimension();
    let groups = 1 + labels.iter().copied().max().map_or(0, usize::from) + 1;
    // Reserved for every label there can be: the next batch may hold one that none before it did.
    let most = 2 + usize::from(u8::MAX);
    scratch.sums.clear();
    scratch.sums.reserve(most * dimension);
    scratch.sums.resize(groups * dimension, 0.0);
    scratch.counts.clear();
    scratch.counts.reserve(most);
    scratch.counts.resize(groups, 0);
    let mut own = 0.0;
    for row in measured {
        let length = f64::from(scratch.lengths[row]);
        for group in [0, 1 + usize::from(labels[row])] {
            scratch.counts[group] += 1;
            for (sum, value) in scratch.sums[group * dimension..].iter_mut().zip(rows.row(row)) {
                *sum += if length > 0.0 { f64::from(value) / length } else { 0.0 };
            }
        }
        own += if length > 0.0 { 1.0 } else { 0.0 };
    }
    let mut squares = scratch.sums.chunks_exact(dimension).map(|sum| sum.iter().map(|value| value * value).sum::<f64>());
    let all = squares.next().unwrap_or(0.0);
    let count = scratch.counts[0];
    let (total, pairs) = match positives {
        PositiveRows::Partner => (0.5 * (all - own) - positive, (count * count.saturating_sub(2)) as f64 / 2.0),
        PositiveRows::Label => {
            let same: u64 = scratch.counts[1..].iter().map(|count| count * count).sum();
            (0.5 * (all - squares.sum::<f64>()), (count * count - same) as f64 / 2.0)
        }
    };
    (total / pairs.max(1.0)) as f32
}

/// The bin of a cosine.
fn bin(cosine: f32) -> usize {
    (((cosine + 1.0) * 0.5 * BINS as f32) as usize).min(BINS - 1)
}

/// `L_uniform` of the uniform law on the unit sphere in `dimension` coordinates (t = 2): ln(e^-4 0F1(dimension / 2; 4)).
///
/// On the circle -4 + ln I0(4) = -1.5750, on the sphere -2.0798, in ever higher dimension towards -4.
pub fn uniform_reference(dimension: usize) -> f32 {
    let half = dimension as f64 / 2.0;
    let (mut term, mut series) = (1.0, 1.0);
    for k in 0..60 {
        let k = f64::from(k);
        term *= 4.0 / ((k + 1.0) * (half + k));
        series += term;
    }
    (-4.0 + libm::log(series)) as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Similarity;
    use crate::matrix::Matrix;

    fn measured(matrix: &Matrix) -> BatchMetrics {
        measured_as(matrix, Similarity::Cosine)
    }

    fn measured_as(matrix: &Matrix, similarity: Similarity) -> BatchMetrics {
        let mut rows = Rows::default();
        rows.load(matrix, similarity);
        let labels = vec![0; matrix.rows()];
        let mut metrics = BatchMetrics::default();
        measure(&rows, &labels, PositiveRows::Partner, usize::MAX, true, &mut MeterScratch::default(), &mut metrics);
        metrics
    }

    #[test]
    fn references_are_the_closed_forms() {
        assert!((uniform_reference(2) + 1.575_027).abs() < 1e-5);
        assert!((uniform_reference(3) + 2.079_777).abs() < 1e-5);
        assert!(uniform_reference(16) < uniform_reference(3) && uniform_reference(16) > -4.0);
    }

    #[test]
    fn a_collapsed_batch_has_alignment_and_uniformity_zero() {
        let metrics = measured(&Matrix::from_rows(&[0.6, 0.8].repeat(12), 2));
        assert!(metrics.alignment.abs() < 1e-7 && metrics.uniformity.abs() < 1e-6);
        assert_eq!(metrics.positive_histogram[BINS - 1], 6);
    }

    #[test]
    fn a_regular_polygon_is_at_the_floor_of_uniformity() {
        let corners: Vec<f32> = (0..64)
            .flat_map(|i| {
                let angle = std::f32::consts::TAU * i as f32 / 64.0;
                [libm::cosf(angle), libm::sinf(angle)]
            })
            .collect();
        let uniform = f64::from(uniform_reference(2));
        let floor = libm::log((64.0 * libm::exp(uniform) - 1.0) / 63.0);
        assert!((f64::from(measured(&Matrix::from_rows(&corners, 2)).uniformity) - floor).abs() < 1e-4);
    }

    #[test]
    fn uniformity_of_far_rows_is_no_underflow() {
        for side in [0.5, 5.0, 6.0, 10.0, 1000.0f32] {
            // The corners of a square in two dimensions and in twenty: four pairs of rows a side apart, two a diagonal.
            let square = f64::from(side * side);
            let wanted = libm::log((4.0 + 2.0 * libm::exp(-2.0 * square)) / 6.0) - 2.0 * square;
            for dimension in [2, 20] {
                let mut corners = Matrix::zeros(4, dimension);
                for (row, corner) in [[0.0, 0.0], [side, 0.0], [0.0, side], [side, side]].iter().enumerate() {
                    corners.row_mut(row)[..2].copy_from_slice(corner);
                }
                let found = f64::from(measured_as(&corners, Similarity::Dot).uniformity);
                assert!((found - wanted).abs() <= 1e-6 * wanted.abs().max(1.0), "side {side}: {found} instead of {wanted}");
            }
        }
        let overflowing = measured_as(&Matrix::from_rows(&[0.0, 1e30, 2e30, 4e30], 1), Similarity::Dot);
        assert_eq!(overflowing.uniformity, f32::NEG_INFINITY);
    }
}
