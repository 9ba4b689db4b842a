//! Prototypes on the sphere: scores, balanced codes, and the cross-entropy of a row's softmax over prototypes.

use crate::kernels::{Instructions, exp_x8, load, multiply, multiply_transposed, vectors, vectors_mut, with_instructions};
use crate::matrix::{Matrix, padded};
use crate::rows::UnitRows;
use std::ops::Range;

/// Working memory for rows, prototypes and their scores.
#[derive(Clone, Debug, Default)]
pub struct Prototypes {
    rows: UnitRows,
    centres: UnitRows,
    /// The prototypes' coordinates, each a row of padded(prototypes) numbers.
    transposed: Vec<f32>,
    zeros: Vec<f32>,
    /// Cosine of each row with each prototype.
    scores: Matrix,
    /// The derivative of the loss by the scores.
    slopes: Matrix,
    by_centres: Matrix,
}

impl Prototypes {
    /// Puts rows z, [2N, width], and prototypes, [K, width], on the sphere and finds their cosines.
    pub fn begin(&mut self, instructions: Instructions, z: &Matrix, prototypes: &Matrix) {
        self.rows.load(z);
        self.centres.load(prototypes);
        let (count, width) = (prototypes.rows(), prototypes.columns());
        let stride = padded(count);
        self.transposed.clear();
        self.transposed.resize(width * stride, 0.0);
        for prototype in 0..count {
            for (coordinate, value) in self.centres.rows.row(prototype).iter().enumerate() {
                self.transposed[coordinate * stride + prototype] = *value;
            }
        }
        self.zeros.clear();
        self.zeros.resize(stride.max(padded(width)), 0.0);
        self.scores.fit(z.rows(), count);
        // Now, and not only when the prototypes are no longer frozen.
        self.by_centres.fit(count, width);
        multiply(instructions, &self.rows.rows, &self.transposed, &self.zeros[..stride], &mut self.scores);
    }

    /// Returns a prototype on the sphere.
    pub fn centre(&self, index: usize) -> &[f32] {
        self.centres.rows.row(index)
    }

    /// Returns the cosine of each row with each prototype, [2N, K].
    pub fn scores(&self) -> &Matrix {
        &self.scores
    }

    /// Returns the mean over all rows of the cross-entropy -sum_k q_k log softmax(scores / tau)_k, where `target` gives the row's q, which
    /// sums to 1. Writes the derivative by z into `by_z` and the one by the prototypes into `by_prototypes`, as rows of padded(width)
    /// numbers.
    pub fn cross_entropy<'a>(
        &mut self,
        instructions: Instructions,
        tau: f32,
        target: impl Fn(usize) -> &'a [f32],
        by_z: &mut Matrix,
        by_prototypes: Option<&mut [f32]>,
    ) -> f32 {
        let Self { rows, centres, zeros, scores, slopes, by_centres, .. } = self;
        let count = scores.rows();
        slopes.fit(count, scores.columns());
        let scale = 1.0 / (tau * count as f32);
        let mut total = 0.0;
        let (columns, stride) = (scores.columns(), scores.stride());
        for (row, (scores, slopes)) in scores.data().chunks_exact(stride).zip(slopes.data_mut().chunks_exact_mut(stride)).enumerate() {
            let highest = scores[..columns].iter().copied().fold(f32::NEG_INFINITY, f32::max);
            with_instructions!(instructions, simd => {
                for (slope, score) in vectors_mut(slopes).iter_mut().zip(vectors(scores)) {
                    *slope = *exp_x8((load(simd, score) - highest) / tau);
                }
            });
            slopes[columns..].fill(0.0);
            let (scores, slopes, target) = (&scores[..columns], &mut slopes[..columns], target(row));
            let partition: f32 = slopes.iter().sum();
            let log_partition = libm::logf(partition);
            let mut loss = 0.0;
            for (score, target) in scores.iter().zip(target) {
                loss += target * (log_partition - (score - highest) / tau);
            }
            for (slope, target) in slopes.iter_mut().zip(target) {
                *slope = scale * (*slope / partition - target);
            }
            total += f64::from(loss);
        }
        multiply(instructions, slopes, centres.rows.data(), &zeros[..centres.rows.stride()], by_z);
        rows.to_raw(by_z);
        if let Some(by_prototypes) = by_prototypes {
            by_centres.data_mut().fill(0.0);
            multiply_transposed(instructions, slopes, &rows.rows, by_centres.data_mut());
            centres.to_raw(by_centres);
            by_prototypes.copy_from_slice(by_centres.data());
        }
        (total / count as f64) as f32
    }
}

/// Writes the codes of the rows in `view`: softmax(scores / epsilon), balanced by so many rounds of Sinkhorn and Knopp's algorithm (Caron et
/// al. 2020). A round brings each prototype's total to 1 / prototypes, then each row's to 1 / rows. A code sums to 1. Without a
/// round it is the softmax itself.
///
/// The exponentials are taken in f64, where a small epsilon leaves something of each of them.
pub fn sinkhorn(scores: &Matrix, view: Range<usize>, epsilon: f32, rounds: u32, memory: &mut Vec<f64>, codes: &mut Matrix) {
    let columns = scores.columns();
    memory.clear();
    // First each prototype's total, then the codes in the making, row by row.
    memory.resize(columns, 0.0);
    for row in view.clone() {
        memory.extend(scores.row(row).iter().map(|score| libm::exp(f64::from(*score) / f64::from(epsilon))));
    }
    let (totals, making) = memory.split_at_mut(columns);
    for _ in 0..rounds {
        totals.fill(0.0);
        for code in making.chunks_exact(columns) {
            for (total, value) in totals.iter_mut().zip(code) {
                *total += value;
            }
        }
        for total in totals.iter_mut() {
            *total = 1.0 / (*total * columns as f64);
        }
        for code in making.chunks_exact_mut(columns) {
            for (value, factor) in code.iter_mut().zip(totals.iter()) {
                *value *= factor;
            }
            let factor = 1.0 / (code.iter().sum::<f64>() * view.len() as f64);
            for value in code {
                *value *= factor;
            }
        }
    }
    for (row, code) in view.zip(making.chunks_exact(columns)) {
        let total: f64 = code.iter().sum();
        for (target, value) in codes.row_mut(row).iter_mut().zip(code) {
            *target = (value / total) as f32;
        }
    }
}
