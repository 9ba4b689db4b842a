//! The triplet loss: max(0, d(a,p) - d(a,n) + alpha) over triplets of a batch.
//!
//! Every row is an anchor. Where positives are views, its positive is its other view and every row of another point
//! is a negative; where they come from labels, rows of the same label are positives and the others negatives.
//!
//! [`single`] is for anchors with one positive: it looks through the negatives once. [`ranked`] is for those with many: it sorts
//! the negatives, and each positive then costs a search.

mod ranked;
mod single;

use super::{Rows, Terms};
use crate::learn::config::{Config, Distance, Positives, Reduction};
use crate::learn::kernels::{load, splat, vectors, vectors_mut, with_instructions};
use crate::learn::random::Random;
use fearless_simd::prelude::*;

/// How the triplets of a batch fall. Easy, semi-hard and hard ones are counted over all triplets of the batch,
/// whichever the miner takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct TripletCounts {
    /// Triplets that the miner took.
    pub mined: u64,
    /// Those of them with a loss above zero: the only ones with a gradient.
    pub active: u64,
    /// d(a,n) >= d(a,p) + alpha: no loss.
    pub easy: u64,
    /// d(a,p) < d(a,n) < d(a,p) + alpha.
    pub semi_hard: u64,
    /// d(a,n) <= d(a,p).
    pub hard: u64,
}

impl TripletCounts {
    /// The share of mined triplets that push, 0 where none was mined.
    pub fn active_fraction(&self) -> f32 {
        if self.mined == 0 { 0.0 } else { (self.active as f64 / self.mined as f64) as f32 }
    }
}

/// Room for one anchor, and how far an evaluation has come.
#[derive(Clone, Debug, Default)]
pub(super) struct Scratch {
    /// Distance from the anchor to each place.
    distances: Vec<f32>,
    /// Derivative of the loss by each of those distances, then by their squares.
    slopes: Vec<f32>,
    ranks: ranked::Ranks,
    /// The next anchor.
    next: usize,
    counts: TripletCounts,
    total: f64,
}

/// Starts an evaluation.
pub(super) fn begin(rows: &Rows, scratch: &mut Scratch) {
    scratch.distances.resize(rows.places(), 0.0);
    scratch.slopes.resize(rows.places(), 0.0);
    scratch.ranks.reserve(rows);
    scratch.next = 0;
    (scratch.counts, scratch.total) = (TripletCounts::default(), 0.0);
}

/// Goes on until it has made so many `comparisons` of two rows or is done, which gives the terms: then the gradient by the rows is there too.
pub(super) fn advance(
    config: &Config,
    rows: &mut Rows,
    labels: &[u8],
    random: &mut Random,
    comparisons: usize,
    scratch: &mut Scratch,
) -> Option<Terms> {
    let Scratch { distances, slopes, ranks, next, counts, total } = scratch;
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
            Positives::Labels => ranked::anchor_terms(config, rows, labels, anchor, random, distances, slopes, ranks, counts),
        };
        // An anchor without an active triplet moves nothing.
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

/// Writes the distances in use from the row at `place` to all places.
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

/// From the derivative by the distances to that by their squares: d sqrt(x) = dx / (2 sqrt(x)); at distance zero the subgradient 0.
fn by_squares(rows: &Rows, distances: &[f32], slopes: &mut [f32]) {
    with_instructions!(rows.instructions, simd => {
        for (slopes, distances) in vectors_mut(slopes).iter_mut().zip(vectors(distances)) {
            let distances = load(simd, distances);
            let zero = splat(simd, 0.0);
            *slopes = *distances.simd_gt(zero).select(load(simd, slopes) / (distances * 2.0), zero);
        }
    });
}
