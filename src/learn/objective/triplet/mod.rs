//! The triplet loss: max(0, d(a,p) - d(a,n) + alpha) over the triplets of a batch (Schroff et al. 2015).
//!
//! Every row a is an anchor. If positives are views, the positive p is the anchor's other view, and every row n of another pair is a
//! negative. If positives come from labels, all other rows with the anchor's label are positives, and all rows with another label are
//! negatives.
//!
//! [`single`] evaluates anchors with one positive in one pass over the negatives. [`ranked`] evaluates anchors with many positives: it
//! sorts the negatives by distance, after which each positive needs only a binary search.

mod ranked;
mod single;

use super::{Rows, Terms};
use crate::learn::config::{Config, Distance, Positives, Reduction};
use crate::learn::kernels::{load, splat, vectors, vectors_mut, with_instructions};
use crate::learn::random::Random;
use fearless_simd::prelude::*;

/// Counts of the triplets of a batch. `easy`, `semi_hard` and `hard` count all triplets of the batch, whichever the miner selects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct TripletCounts {
    /// Triplets that the miner selected.
    pub mined: u64,
    /// Mined triplets with a loss above zero. Only these have a gradient.
    pub active: u64,
    /// Triplets with d(a,n) >= d(a,p) + alpha: their loss is zero.
    pub easy: u64,
    /// Triplets with d(a,p) < d(a,n) < d(a,p) + alpha.
    pub semi_hard: u64,
    /// Triplets with d(a,n) <= d(a,p).
    pub hard: u64,
}

impl TripletCounts {
    /// Returns the fraction of mined triplets that are active, or 0 if none was mined.
    pub fn active_fraction(&self) -> f32 {
        if self.mined == 0 { 0.0 } else { (self.active as f64 / self.mined as f64) as f32 }
    }
}

/// Scratch memory for one anchor, and the progress of an evaluation.
#[derive(Clone, Debug, Default)]
pub(super) struct Scratch {
    /// Distance from the anchor to each place.
    distances: Vec<f32>,
    /// Derivative of the loss by each of these distances; later by their squares.
    slopes: Vec<f32>,
    /// Scratch memory of [`ranked`].
    ranked: ranked::Scratch,
    /// The next anchor.
    next: usize,
    counts: TripletCounts,
    /// Sum of the losses of the mined triplets so far.
    total: f64,
}

/// Starts an evaluation.
pub(super) fn begin(rows: &Rows, scratch: &mut Scratch) {
    scratch.distances.resize(rows.places(), 0.0);
    scratch.slopes.resize(rows.places(), 0.0);
    scratch.ranked.reserve(rows);
    scratch.next = 0;
    (scratch.counts, scratch.total) = (TripletCounts::default(), 0.0);
}

/// Continues the evaluation anchor by anchor, until at least `comparisons` pairs of rows have been compared or no anchor is left.
///
/// Returns the terms once no anchor is left; then the gradient by the rows is complete too. Returns `None` before that. `random`
/// serves the random miner only.
pub(super) fn advance(
    config: &Config,
    rows: &mut Rows,
    labels: &[u8],
    random: &mut Random,
    comparisons: usize,
    scratch: &mut Scratch,
) -> Option<Terms> {
    let Scratch { distances, slopes, ranked, next, counts, total } = scratch;
    let mut made = 0;
    while *next < rows.rows() {
        if made >= comparisons {
            return None;
        }
        let anchor = *next;
        made += rows.places();
        let place = rows.place(anchor);
        find_distances(config, rows, place, distances);
        let active = counts.active;
        *total += match config.positives {
            Positives::Views => single::anchor_terms(config, rows, anchor, random, distances, slopes, counts),
            Positives::Labels => ranked::anchor_terms(config, rows, labels, anchor, random, distances, slopes, ranked, counts),
        };
        // An anchor without an active triplet has no gradient.
        if counts.active > active {
            if config.distance == Distance::Plain {
                by_squares(rows, distances, slopes);
            }
            rows.add_distance_gradient(place, slopes);
        }
        *next += 1;
    }
    let divisor = match config.reduction {
        Reduction::Sum => 1.0,
        Reduction::All => counts.mined.max(1) as f64,
        Reduction::Active => counts.active.max(1) as f64,
    };
    rows.scale_gradient((1.0 / divisor) as f32);
    Some(Terms { loss: (*total / divisor) as f32, infonce: None, triplets: Some(*counts) })
}

/// Writes the distances, squared or plain as `config` says, from the row at `place` to all places.
fn find_distances(config: &Config, rows: &Rows, place: usize, distances: &mut [f32]) {
    rows.squared_distances(place, 0..rows.places(), distances);
    if config.distance == Distance::Plain {
        with_instructions!(rows.instructions, simd => {
            for distances in vectors_mut(distances) {
                *distances = *load(simd, distances).sqrt();
            }
        });
    }
}

/// Converts the derivative by the distances to the derivative by their squares: d sqrt(x) / dx = 1 / (2 sqrt(x)). At distance zero it
/// is set to the subgradient 0.
fn by_squares(rows: &Rows, distances: &[f32], slopes: &mut [f32]) {
    with_instructions!(rows.instructions, simd => {
        for (slopes, distances) in vectors_mut(slopes).iter_mut().zip(vectors(distances)) {
            let distances = load(simd, distances);
            let zero = splat(simd, 0.0);
            *slopes = *distances.simd_gt(zero).select(load(simd, slopes) / (distances * 2.0), zero);
        }
    });
}
