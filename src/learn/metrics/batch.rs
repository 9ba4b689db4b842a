//! Alignment, uniformity and similarities of a batch (Wang and Isola 2020).

use crate::learn::config::Positives;
use crate::learn::kernels::{Lanes, exp, sum};
use crate::learn::matrix::LANES;
use crate::learn::objective::Rows;

/// Bins of the similarity histograms, over [-1, 1].
pub const BINS: usize = 40;

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

/// Room for one row's distances and similarities.
#[derive(Clone, Debug, Default)]
pub struct MeterScratch {
    distances: Vec<f32>,
    similarities: Vec<f32>,
    lengths: Vec<f32>,
}

/// Measures the rows of the first `most_pairs` pairs into `metrics`; allocates only when the batch grows.
pub fn measure(
    rows: &Rows,
    labels: &[u8],
    positives: Positives,
    most_pairs: usize,
    scratch: &mut MeterScratch,
    metrics: &mut BatchMetrics,
) {
    let MeterScratch { distances, similarities, lengths } = scratch;
    distances.resize(rows.places(), 0.0);
    similarities.resize(rows.places(), 0.0);
    lengths.clear();
    lengths.reserve(rows.rows());
    for row in 0..rows.rows() {
        lengths.push(rows.row(row).map(|value| value * value).sum::<f32>().sqrt());
    }
    metrics.positive_histogram.fill(0);
    metrics.negative_histogram.fill(0);

    let pairs = rows.pairs();
    let used = pairs.min(most_pairs);
    let measured = |row: usize| row % pairs < used;
    let (mut alignment, mut positive, mut negative, mut negatives, mut spread) = (0.0f64, 0.0f64, 0.0f64, 0u64, 0.0f64);
    for row in (0..2 * pairs).filter(|row| measured(*row)) {
        let place = rows.place(row);
        rows.squared_distances(place, distances);
        rows.similarities(place, 1.0, 0..rows.places(), similarities);
        let cosine = |other: usize, similarities: &[f32]| {
            let product = lengths[row] * lengths[other];
            if product > 0.0 { (similarities[rows.place(other)] / product).clamp(-1.0, 1.0) } else { 0.0 }
        };
        if row < pairs {
            let partner = row + pairs;
            alignment += f64::from(distances[rows.place(partner)]);
            let cosine = cosine(partner, similarities);
            positive += f64::from(cosine);
            metrics.positive_histogram[bin(cosine)] += 1;
        }
        for other in (row + 1..2 * pairs).filter(|other| measured(*other)) {
            let is_negative = match positives {
                Positives::Views => other % pairs != row % pairs,
                Positives::Labels => labels[other] != labels[row],
            };
            if is_negative {
                let cosine = cosine(other, similarities);
                negative += f64::from(cosine);
                negatives += 1;
                metrics.negative_histogram[bin(cosine)] += 1;
            }
        }
        // Each pair of rows once: the other rows before this one, padding and what is not measured drop out.
        let later = distances.iter_mut().enumerate();
        for (other, distance) in later {
            let half = rows.view_places(0).end;
            let (index, view) = (other % half, other / half);
            if index >= used || index + view * pairs <= row {
                *distance = f32::INFINITY;
            }
        }
        let mut lanes: Lanes = [0.0; LANES];
        for chunk in distances.chunks_exact(LANES) {
            for lane in 0..LANES {
                lanes[lane] += exp(-2.0 * chunk[lane]);
            }
        }
        spread += f64::from(sum(lanes));
    }
    let count = 2 * used;
    let distinct = (count * (count - 1) / 2) as f64;
    metrics.alignment = (alignment / used as f64) as f32;
    metrics.uniformity = libm::log(spread / distinct) as f32;
    metrics.positive_similarity = (positive / used as f64) as f32;
    metrics.negative_similarity = (negative / negatives.max(1) as f64) as f32;
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
    use crate::learn::config::Similarity;
    use crate::learn::matrix::Matrix;

    fn measured(matrix: &Matrix) -> BatchMetrics {
        let mut rows = Rows::default();
        rows.load(matrix, Similarity::Cosine);
        let labels = vec![0; matrix.rows()];
        let mut metrics = BatchMetrics::default();
        measure(&rows, &labels, Positives::Views, usize::MAX, &mut MeterScratch::default(), &mut metrics);
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
        let floor = ((64.0 * uniform.exp() - 1.0) / 63.0).ln();
        assert!((f64::from(measured(&Matrix::from_rows(&corners, 2)).uniformity) - floor).abs() < 1e-4);
    }
}
