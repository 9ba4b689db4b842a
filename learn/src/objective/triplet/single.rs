//! The triplet loss of anchors with one positive: their other view. Every row of another pair is a negative.

use crate::config::{Config, Miner};
use crate::kernels::{Lanes, load, splat, sum, vectors, vectors_mut, with_instructions};
use crate::random::Random;
use crate::report::TripletCounts;
use crate::rows::Rows;
use fearless_simd::Simd;
use fearless_simd::prelude::*;

/// The results of one pass over an anchor's negatives.
struct Found {
    /// Number of negatives nearer than the positive's distance plus the margin.
    active: u64,
    /// Number of negatives that are not farther than the positive.
    hard: u64,
    /// Sum of the losses of the triplets whose slope is -1.
    loss: f64,
}

/// Returns the sum of the losses of one anchor's mined triplets, writes its derivative by `distances` to `slopes`, and adds the anchor's
/// triplets to `counts`.
///
/// Sets the distances of padding to infinity. The distances of all rows are the same afterwards. `slopes` is unchanged if there is only
/// one pair, and so no negative.
pub(super) fn anchor_terms(
    config: &Config,
    rows: &Rows,
    anchor: usize,
    random: &mut Random,
    distances: &mut [f32],
    slopes: &mut [f32],
    counts: &mut TripletCounts,
) -> f64 {
    let (rows_here, pairs) = (rows.rows(), rows.pairs());
    if pairs < 2 {
        return 0.0;
    }
    let partner = (anchor + pairs) % rows_here;
    let (own, positive) = (rows.place(anchor), rows.place(partner));
    let negatives = (rows_here - 2) as u64;
    // `ranked` draws a positive first, then a negative. The same here, so that the stream advances equally, although there is only one
    // positive.
    let drawn = (config.miner == Miner::Random).then(|| {
        random.below(1);
        nth_negative(rows, random.below(rows_here - 2), anchor, partner)
    });
    let distance = distances[positive];
    let own_distance = distances[own];
    // Infinite distances exclude the anchor itself, the positive and padding from the negatives.
    for place in [own..own + 1, positive..positive + 1, pairs..rows.view_places(0).end, rows.place(rows_here - 1) + 1..rows.places()] {
        distances[place].fill(f32::INFINITY);
    }
    let limit = distance + config.alpha;
    let semi_hard = config.miner == Miner::SemiHard;
    let found =
        with_instructions!(rows.instructions, simd => look(simd, vectors(distances), distance, limit, semi_hard, vectors_mut(slopes)));
    counts.hard += found.hard;
    counts.semi_hard += found.active.saturating_sub(found.hard);
    counts.easy += negatives - found.active.max(found.hard);
    let (mined, active, loss) = match config.miner {
        Miner::All => (negatives, found.active, found.loss),
        Miner::SemiHard => {
            let between = found.active.saturating_sub(found.hard);
            (between, between, found.loss)
        }
        Miner::Hard | Miner::Random => {
            let place = drawn.unwrap_or_else(|| nearest(distances));
            slopes.fill(0.0);
            let loss = limit - distances[place];
            let is_active = distances[place] < limit;
            slopes[place] = if is_active { -1.0 } else { 0.0 };
            (1, u64::from(is_active), if is_active { f64::from(loss) } else { 0.0 })
        }
    };
    slopes[positive] = active as f32;
    distances[own] = own_distance;
    distances[positive] = distance;
    counts.mined += mined;
    counts.active += active;
    loss
}

/// Counts the active and the hard negatives, and sums the losses of the selected ones: the active ones, or, if `semi_hard`, the active
/// ones that are farther than the positive. Writes the slope -1 for selected negatives and 0 for all other places.
#[inline(always)]
fn look<S: Simd>(simd: S, distances: &[Lanes], positive: f32, limit: f32, semi_hard: bool, slopes: &mut [Lanes]) -> Found {
    let (one, zero) = (splat(simd, 1.0), splat(simd, 0.0));
    let (positives, limits) = (splat(simd, positive), splat(simd, limit));
    let mut counts = [zero; 2];
    let mut losses = zero;
    for (distances, slopes) in distances.iter().zip(slopes) {
        let distances = load(simd, distances);
        let active = distances.simd_lt(limits).select(one, zero);
        let hard = distances.simd_le(positives).select(one, zero);
        let taken = if semi_hard { distances.simd_gt(positives).select(active, zero) } else { active };
        counts[0] += active;
        counts[1] += hard;
        losses += taken.simd_gt(zero).select(limits - distances, zero);
        *slopes = *(zero - taken);
    }
    let [active, hard] = counts.map(|count| sum(*count) as u64);
    Found { active, hard, loss: f64::from(sum(*losses)) }
}

/// Returns the place with the smallest distance, the first if several have it.
fn nearest(distances: &[f32]) -> usize {
    (0..distances.len()).fold(0, |nearest, place| if distances[place] < distances[nearest] { place } else { nearest })
}

/// Returns the place of the `n`-th row, counted from 0, among the rows that are neither the anchor nor its positive.
fn nth_negative(rows: &Rows, n: usize, anchor: usize, positive: usize) -> usize {
    let mut row = n;
    for skipped in [anchor.min(positive), anchor.max(positive)] {
        row += usize::from(row >= skipped);
    }
    rows.place(row)
}
