//! Batch normalisation (Ioffe and Szegedy 2015), with the conventions of torch.
//!
//! In training each column of a batch is shifted and divided so that its mean is 0 and its variance (divided by the number of rows) is 1,
//! then multiplied by a learned scale and moved by a learned shift. When somebody looks, running means and variances take the place of the
//! batch's.

use super::Place;
use crate::kernels::{Instructions, Lanes, load, splat, vectors, vectors_mut, with_instructions};
use crate::matrix::{LANES, Matrix, padded};
use std::ops::Range;

/// Is added to a variance before its root is taken.
const EPSILON: f32 = 1e-5;
/// The part of a batch's moments in the running ones.
pub const MOMENTUM: f32 = 0.1;

/// The places of a normalisation's values and statistics, each padded to whole vectors.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Normalization {
    /// Places of the scales (gamma) among the values.
    pub(super) scale: Range<usize>,
    /// Places of the shifts (beta) among the values.
    pub(super) shift: Range<usize>,
    /// Places of the running means among the statistics.
    pub(super) mean: Range<usize>,
    /// Places of the running variances among the statistics.
    pub(super) variance: Range<usize>,
}

/// Whose means and variances rows are normalised with.
#[derive(Clone, Copy, Debug)]
pub enum Moments<'a> {
    /// The batch's own: in one group of all rows, or in two of the two views' rows.
    Batch {
        /// Number of groups.
        groups: usize,
    },
    /// The running ones among these statistics.
    Running(&'a [f32]),
}

/// What a normalisation found in a batch.
#[derive(Clone, Debug, Default)]
pub(super) struct NormPass {
    /// The rows, normalised, before scale and shift.
    normalized: Matrix,
    /// Rows of a group.
    group: usize,
    /// For each group the mean of each column.
    means: Vec<f32>,
    /// For each group the variance of each column.
    variances: Vec<f32>,
    /// For each group 1 / sqrt(variance + epsilon) of each column.
    inverses: Vec<f32>,
    /// Sums over a group's rows, for the backward pass.
    sums: Vec<f32>,
}

impl Normalization {
    pub(super) fn new(width: usize, place: &mut Place) -> Self {
        let stride = padded(width);
        let next = |from: usize| from..from + stride;
        let (scale, mean) = (next(place.values), next(place.statistics));
        let (shift, variance) = (next(scale.end), next(mean.end));
        *place = Place { values: shift.end, statistics: variance.end };
        Self { scale, shift, mean, variance }
    }

    /// Normalises the rows of `output` in place.
    pub(super) fn forward(
        &self,
        instructions: Instructions,
        values: &[f32],
        moments: Moments<'_>,
        output: &mut Matrix,
        pass: &mut NormPass,
    ) {
        let (rows, stride) = (output.rows(), output.stride());
        let groups = if let Moments::Batch { groups } = moments { groups } else { 1 };
        pass.group = rows / groups;
        pass.normalized.fit(rows, output.columns());
        for numbers in [&mut pass.means, &mut pass.variances, &mut pass.inverses] {
            numbers.resize(groups * stride, 0.0);
        }
        let (scale, shift) = (&values[self.scale.clone()], &values[self.shift.clone()]);
        for group in 0..groups {
            let part = group * stride..(group + 1) * stride;
            let span = group * pass.group * stride..(group + 1) * pass.group * stride;
            let (mean, variance, inverse) = (&mut pass.means[part.clone()], &mut pass.variances[part.clone()], &mut pass.inverses[part]);
            match moments {
                Moments::Batch { .. } => find_moments(instructions, &output.data()[span.clone()], mean, variance),
                Moments::Running(statistics) => {
                    mean.copy_from_slice(&statistics[self.mean.clone()]);
                    variance.copy_from_slice(&statistics[self.variance.clone()]);
                }
            }
            for (inverse, variance) in inverse.iter_mut().zip(variance.iter()) {
                *inverse = 1.0 / (*variance + EPSILON).sqrt();
            }
            let normalized = &mut pass.normalized.data_mut()[span.clone()];
            for (output, normalized) in output.data_mut()[span].chunks_exact_mut(stride).zip(normalized.chunks_exact_mut(stride)) {
                for column in 0..stride {
                    normalized[column] = (output[column] - mean[column]) * inverse[column];
                    output[column] = normalized[column] * scale[column] + shift[column];
                }
            }
        }
    }

    /// Replaces the derivative by the outputs, `delta`, by the one by the inputs, and writes those by scale and shift into `gradient`.
    ///
    /// With x' the normalised input, n rows in a group, and g the derivative by an output: by the shift it is sum g, by the scale sum g x',
    /// and by an input scale / sqrt(variance + epsilon) (g - mean g - x' mean (g x')), means over the group.
    pub(super) fn backward(
        &self,
        instructions: Instructions,
        values: &[f32],
        pass: &mut NormPass,
        delta: &mut Matrix,
        gradient: &mut [f32],
    ) {
        let stride = delta.stride();
        let NormPass { normalized, group, inverses, sums, .. } = pass;
        gradient[self.scale.start..self.shift.end].fill(0.0);
        let scale = &values[self.scale.clone()];
        sums.resize(2 * stride, 0.0);
        let groups = inverses.len() / stride;
        for part in 0..groups {
            let span = part * *group * stride..(part + 1) * *group * stride;
            let (normalized, delta) = (&normalized.data()[span.clone()], &mut delta.data_mut()[span]);
            sums.fill(0.0);
            let (by_scale, by_shift) = sums.split_at_mut(stride);
            add_sums(instructions, delta, Some(normalized), by_scale);
            add_sums(instructions, delta, None, by_shift);
            for column in 0..stride {
                gradient[self.scale.start + column] += by_scale[column];
                gradient[self.shift.start + column] += by_shift[column];
            }
            let share = 1.0 / *group as f32;
            let inverse = &inverses[part * stride..];
            for (delta, normalized) in delta.chunks_exact_mut(stride).zip(normalized.chunks_exact(stride)) {
                for column in 0..stride {
                    let centred = delta[column] - by_shift[column] * share - normalized[column] * (by_scale[column] * share);
                    delta[column] = scale[column] * inverse[column] * centred;
                }
            }
        }
    }

    /// Moves the running statistics, see [`super::Network::commit_statistics`].
    pub(super) fn commit(&self, pass: &NormPass, statistics: &mut [f32]) {
        let stride = self.mean.len();
        let rows = pass.group as f32;
        // A single row has no variance of its own: torch refuses it, and here the running one stays.
        let unbiased = if pass.group > 1 { rows / (rows - 1.0) } else { 0.0 };
        for (means, variances) in pass.means.chunks_exact(stride).zip(pass.variances.chunks_exact(stride)) {
            for column in 0..stride {
                let mean = &mut statistics[self.mean.start + column];
                *mean = (1.0 - MOMENTUM) * *mean + MOMENTUM * means[column];
                let variance = &mut statistics[self.variance.start + column];
                *variance = (1.0 - MOMENTUM) * *variance + MOMENTUM * (variances[column] * unbiased);
            }
        }
    }
}

/// Writes mean and variance of each column of `rows`, which has whole rows of as many numbers as `mean`.
fn find_moments(instructions: Instructions, rows: &[f32], mean: &mut [f32], variance: &mut [f32]) {
    let share = 1.0 / (rows.len() / mean.len()) as f32;
    mean.fill(0.0);
    add_sums(instructions, rows, None, mean);
    for mean in mean.iter_mut() {
        *mean *= share;
    }
    let columns = mean.len() / LANES;
    let (mean, rows) = (vectors(mean), vectors(rows));
    with_instructions!(instructions, simd => {
        for (column, (mean, variance)) in mean.iter().zip(vectors_mut(variance)).enumerate() {
            let mean = load(simd, mean);
            let mut sum = splat(simd, 0.0);
            for row in rows.chunks_exact(columns) {
                let difference = load(simd, &row[column]) - mean;
                sum += difference * difference;
            }
            *variance = *(sum * share);
        }
    });
}

/// Adds to `sums` the sum of each column of `rows`, each number times the one at its place in `factors` if there are any.
fn add_sums(instructions: Instructions, rows: &[f32], factors: Option<&[f32]>, sums: &mut [f32]) {
    let columns = sums.len() / LANES;
    let rows = vectors(rows);
    let factors: Option<&[Lanes]> = factors.map(vectors);
    with_instructions!(instructions, simd => {
        for (column, sums) in vectors_mut(sums).iter_mut().enumerate() {
            let mut sum = load(simd, sums);
            if let Some(factors) = factors {
                for (row, factors) in rows.chunks_exact(columns).zip(factors.chunks_exact(columns)) {
                    sum += load(simd, &row[column]) * load(simd, &factors[column]);
                }
            } else {
                for row in rows.chunks_exact(columns) {
                    sum += load(simd, &row[column]);
                }
            }
            *sums = *sum;
        }
    });
}
