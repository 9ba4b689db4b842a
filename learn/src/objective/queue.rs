//! `InfoNCE` with a queue of keys as negatives (He et al. 2020, eq. 1).
//!
//! For a query q, its key k+ and the keys k_j of the queue: l = -q.k+ / tau + log( e^{q.k+ / tau} + sum_j e^{q.k_j / tau} ). The loss is the
//! mean over the queries. Keys have no gradient.

use super::softmax::softmax_sums;
use crate::kernels::{Instructions, Lanes, exp, exp_x8, load, splat, sum, vectors, vectors_mut, with_instructions};
use crate::matrix::{LANES, Matrix, padded};
use crate::report::{InfoNceTerms, Terms};
use crate::rows::UnitRows;
use fearless_simd::Simd;
use fearless_simd::prelude::*;
use std::ops::Range;

/// A queue of unit rows, coordinate by coordinate: `stride` numbers each, of which the first `count` are keys.
#[derive(Clone, Copy, Debug)]
pub struct Queue<'a> {
    /// The coordinates of all keys.
    pub rows: &'a [f32],
    /// Number of keys.
    pub count: usize,
    /// Distance between the starts of two coordinates.
    pub stride: usize,
}

impl<'a> Queue<'a> {
    /// Takes these numbers for a queue of so many keys.
    pub fn new(rows: &'a [f32], count: usize) -> Self {
        Self { rows, count, stride: padded(count) }
    }

    /// Copies a key out.
    pub fn copy(&self, index: usize, key: &mut [f32]) {
        for (coordinate, value) in key.iter_mut().enumerate() {
            *value = self.rows[coordinate * self.stride + index];
        }
    }
}

/// Working memory of an evaluation.
#[derive(Clone, Debug, Default)]
pub struct QueueLoss {
    queries: UnitRows,
    keys: UnitRows,
    /// One query's similarity with each key of the queue over tau; later the derivatives by the similarities.
    logits: Vec<f32>,
    loss: f64,
    entropy: f64,
    effective: f64,
}

/// From this temperature on e^(-2 / tau) is a float.
const LEAST_TAU: f32 = 0.03;

/// Replaces each logit l by w = e^(l - highest). Returns the sum of w and the sum of w (l - highest). No logit is larger than `highest`.
#[inline(always)]
fn sums_below<S: Simd>(simd: S, row: &mut [Lanes], highest: f32) -> (f32, f32) {
    let lowest = splat(simd, -100.0);
    let (mut sums, mut moments) = (splat(simd, 0.0), splat(simd, 0.0));
    for logits in row {
        let below = load(simd, logits) - highest;
        let weights = exp_x8(below);
        sums += weights;
        // What is left out is infinitely far below, and 0 times that is no number.
        moments += weights * below.simd_gt(lowest).select(below, lowest);
        *logits = *weights;
    }
    (sum(*sums), sum(*moments))
}

impl QueueLoss {
    /// Evaluates the loss of queries and their keys, both [N, width] and raw, with the keys of a queue as negatives. Writes the derivative by
    /// the queries into `by_queries`, [N, width]. `left_out` are keys that do not count, by the numbers in which they came: key n is at place n
    /// modulo the queue's length.
    pub fn evaluate(
        &mut self,
        instructions: Instructions,
        tau: f32,
        [queries, keys]: [&Matrix; 2],
        queue: Queue<'_>,
        left_out: Range<u64>,
        by_queries: &mut Matrix,
    ) -> Terms {
        self.queries.load(queries);
        self.keys.load(keys);
        (self.loss, self.entropy, self.effective) = (0.0, 0.0, 0.0);
        let queries = queries.rows();
        self.logits.resize(queue.stride, 0.0);
        for query in 0..queries {
            self.query(query, instructions, tau, queue, left_out.clone(), by_queries);
        }
        self.queries.to_raw(by_queries);
        let count = queries as f64;
        let negatives = (queue.count as u64 - (left_out.end - left_out.start)) as f64;
        let loss = self.loss / count;
        Terms {
            loss: loss as f32,
            infonce: Some(InfoNceTerms {
                entropy: (self.entropy / count) as f32,
                effective_negatives: (self.effective / count) as f32,
                negatives: negatives as f32,
                mutual_information: Some((libm::log(negatives + 1.0) - loss) as f32),
                coupling: None,
            }),
            ..Terms::default()
        }
    }

    /// Adds the loss of a query and writes its gradient.
    fn query(
        &mut self,
        index: usize,
        instructions: Instructions,
        tau: f32,
        queue: Queue<'_>,
        left_out: Range<u64>,
        by_queries: &mut Matrix,
    ) {
        let Self { queries, keys, logits, .. } = self;
        let (query, key) = (queries.rows.row(index), keys.rows.row(index));
        let inverse_tau = 1.0 / tau;
        let columns = queue.stride / LANES;
        let coordinates = vectors(queue.rows);
        with_instructions!(instructions, simd => {
            for (place, logits) in vectors_mut(logits).iter_mut().enumerate() {
                let mut sums = splat(simd, 0.0);
                for (k, value) in query.iter().enumerate() {
                    sums += load(simd, &coordinates[k * columns + place]) * (value * inverse_tau);
                }
                *logits = *sums;
            }
        });
        logits[queue.count..].fill(f32::NEG_INFINITY);
        for key in left_out {
            logits[(key % queue.count as u64) as usize] = f32::NEG_INFINITY;
        }
        let mut positive = 0.0;
        for (a, b) in query.iter().zip(key) {
            positive += a * b;
        }
        positive *= inverse_tau;
        let row = vectors_mut(logits);
        // No cosine over tau is larger than this. If the smallest one, too, leaves a float of its exponential, nobody need look for the largest.
        let (highest, negative_sum, moment) = if tau >= LEAST_TAU {
            let (sum, moment) = with_instructions!(instructions, simd => sums_below(simd, row, inverse_tau));
            (inverse_tau, sum, moment)
        } else {
            with_instructions!(instructions, simd => softmax_sums(simd, row, true))
        };
        let entropy = libm::logf(negative_sum) - moment / negative_sum;
        self.entropy += f64::from(entropy);
        self.effective += f64::from(exp(entropy));
        let top = highest.max(positive);
        let negative_scale = exp(highest - top);
        let partition = negative_sum * negative_scale + exp(positive - top);
        self.loss += f64::from(top + libm::logf(partition) - positive);
        let scale = inverse_tau / queries.rows.rows() as f32;
        let factor = scale * negative_scale / partition;
        let by_positive = scale * (exp(positive - top) / partition - 1.0);
        let logits = vectors(logits);
        for (k, (slope, key)) in by_queries.row_mut(index).iter_mut().zip(key).enumerate() {
            let coordinate = &coordinates[k * columns..(k + 1) * columns];
            let pushed = with_instructions!(instructions, simd => {
                let mut sums = splat(simd, 0.0);
                for (weight, value) in logits.iter().zip(coordinate) {
                    sums += load(simd, weight) * load(simd, value);
                }
                sum(*sums)
            });
            *slope = pushed * factor + by_positive * key;
        }
    }
}
