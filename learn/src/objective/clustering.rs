//! Spherical k-means, and the agreement of two clusterings.

use crate::kernels::{Instructions, multiply};
use crate::matrix::{Matrix, padded};

/// Rows that are compared with all centroids at a time.
const CHUNK: usize = 256;

/// Working memory of k-means.
#[derive(Clone, Debug, Default)]
pub struct KMeans {
    chunk: Matrix,
    transposed: Vec<f32>,
    zeros: Vec<f32>,
    scores: Matrix,
    sums: Vec<f64>,
    counts: Vec<f64>,
    /// The vector instructions that rows and centroids are compared with.
    pub instructions: Instructions,
}

impl KMeans {
    /// Clusters unit rows by their cosine with the centroids (Dhillon and Modha 2001): in each round every row goes to the nearest centroid,
    /// then each centroid becomes the direction of its rows' sum. A centroid without a row stays. The tags are of the last centroids.
    ///
    /// `rows` and `centroids` have rows of padded(`dimension`) numbers; centroids are unit rows too.
    pub fn cluster(&mut self, rows: &[f32], dimension: usize, centroids: &mut [f32], rounds: usize, tags: &mut [u16]) {
        for _ in 0..rounds {
            self.assign(rows, dimension, centroids, tags);
            self.move_centroids(rows, dimension, centroids, tags);
        }
        self.assign(rows, dimension, centroids, tags);
    }

    /// Gives each row the number of the centroid with the largest cosine; of equal ones the first.
    pub fn assign(&mut self, rows: &[f32], dimension: usize, centroids: &[f32], tags: &mut [u16]) {
        let width = padded(dimension);
        let count = centroids.len() / width;
        let stride = padded(count);
        self.transposed.clear();
        self.transposed.resize(dimension * stride, 0.0);
        for (cluster, centroid) in centroids.chunks_exact(width).enumerate() {
            for (coordinate, value) in centroid[..dimension].iter().enumerate() {
                self.transposed[coordinate * stride + cluster] = *value;
            }
        }
        self.zeros.clear();
        self.zeros.resize(stride, 0.0);
        self.scores.fit(CHUNK, count);
        self.chunk.fit(CHUNK, dimension);
        for (rows, tags) in rows.chunks(CHUNK * width).zip(tags.chunks_mut(CHUNK)) {
            // Rows past the end are left from before, and nobody reads their scores.
            self.chunk.data_mut()[..rows.len()].copy_from_slice(rows);
            multiply(self.instructions, &self.chunk, &self.transposed, &self.zeros, &mut self.scores);
            for (row, tag) in tags.iter_mut().enumerate() {
                let scores = self.scores.row(row);
                let mut best = 0;
                for (cluster, score) in scores.iter().enumerate() {
                    if *score > scores[best] {
                        best = cluster;
                    }
                }
                *tag = best as u16;
            }
        }
    }

    fn move_centroids(&mut self, rows: &[f32], dimension: usize, centroids: &mut [f32], tags: &[u16]) {
        let width = padded(dimension);
        self.sums.clear();
        self.sums.resize(centroids.len(), 0.0);
        for (row, tag) in rows.chunks_exact(width).zip(tags) {
            let sums = &mut self.sums[usize::from(*tag) * width..][..width];
            for (sum, value) in sums.iter_mut().zip(row) {
                *sum += f64::from(*value);
            }
        }
        for (centroid, sums) in centroids.chunks_exact_mut(width).zip(self.sums.chunks_exact(width)) {
            let length = sums.iter().map(|sum| sum * sum).sum::<f64>().sqrt();
            if length > 1e-12 {
                for (value, sum) in centroid.iter_mut().zip(sums) {
                    *value = (sum / length) as f32;
                }
            }
        }
    }

    /// Returns [`mutual_information`] of pairs of labels, in this memory.
    pub fn agreement(&mut self, pairs: impl Iterator<Item = (usize, usize)>, first: usize, second: usize) -> Option<f32> {
        mutual_information(pairs, first, second, &mut self.counts)
    }
}

/// Returns the normalised mutual information of two labelings, 2 I(A; B) / (H(A) + H(B)), from 0 to 1. `None` if both have one label only:
/// there is nothing to agree on.
/// `first` and `second` are the numbers of labels, `counts` is memory.
pub fn mutual_information(pairs: impl Iterator<Item = (usize, usize)>, first: usize, second: usize, counts: &mut Vec<f64>) -> Option<f32> {
    counts.clear();
    counts.resize(first * second, 0.0);
    let mut total = 0.0;
    for (a, b) in pairs {
        counts[a * second + b] += 1.0;
        total += 1.0;
    }
    let entropy = |shares: &mut dyn Iterator<Item = f64>| -> f64 {
        shares.filter(|share| *share > 0.0).map(|share| -share / total * libm::log(share / total)).sum()
    };
    let joint = entropy(&mut counts.iter().copied());
    let of_first = entropy(&mut counts.chunks_exact(second).map(|row| row.iter().sum()));
    let of_second = entropy(&mut (0..second).map(|b| counts.iter().skip(b).step_by(second).sum()));
    let both = of_first + of_second;
    (both > 0.0).then(|| (2.0 * (both - joint) / both).clamp(0.0, 1.0) as f32)
}
