//! The triplet loss of anchors with many positives: positives by label.
//!
//! The negatives are sorted by distance. For each positive, the negatives of active triplets are then consecutive: their distances'
//! sum is a difference of prefix sums, and the number of triplets in which each negative occurs is a running sum of changes. An anchor
//! with P positives and N negatives takes O(N log N + P log N) operations instead of P N.

use crate::config::{Config, Miner, PositiveRows};
use crate::random::Random;
use crate::report::TripletCounts;
use crate::rows::Rows;

/// Scratch memory for one anchor.
#[derive(Clone, Debug, Default)]
pub(super) struct Scratch {
    /// The negatives as keys, sorted by distance. The upper 32 bits are the distance's bits, the lower ones the place. Distances are not
    /// negative, so their bits have the same order as they.
    negatives: Vec<u64>,
    /// The places of the positives.
    positives: Vec<usize>,
    /// `prefix[n]` is the sum of the n smallest distances of negatives.
    prefix: Vec<f64>,
    /// `changes[rank]` is the number of active triplets of the negative with this rank, minus that of the previous rank.
    changes: Vec<i64>,
}

impl Scratch {
    /// Allocates enough memory for any anchor of `rows`.
    pub(super) fn reserve(&mut self, rows: &Rows) {
        // For the largest possible numbers at once, because the number of negatives changes from batch to batch.
        self.negatives.clear();
        self.negatives.reserve(rows.rows());
        self.positives.clear();
        self.positives.reserve(rows.rows());
        self.prefix.clear();
        self.prefix.reserve(rows.rows() + 1);
        self.changes.clear();
        self.changes.reserve(rows.rows() + 1);
    }

    /// Returns the distance of the negative with this rank.
    fn negative_distance(&self, rank: usize) -> f32 {
        f32::from_bits((self.negatives[rank] >> 32) as u32)
    }

    /// Returns the number of negatives whose distance is less than `limit`.
    fn nearer_than(&self, limit: f32) -> usize {
        self.negatives.partition_point(|key| f32::from_bits((key >> 32) as u32) < limit)
    }

    /// Returns the number of negatives whose distance is at most `limit`.
    fn not_beyond(&self, limit: f32) -> usize {
        self.negatives.partition_point(|key| f32::from_bits((key >> 32) as u32) <= limit)
    }
}

/// Returns the sum of the losses of one anchor's mined triplets, writes its derivative by `distances` to `slopes`, and adds the anchor's
/// triplets to `counts`. `slopes` is unchanged if the anchor has no positive or no negative.
#[expect(clippy::too_many_arguments, reason = "the loop's body, apart so that it can be read apart")]
pub(super) fn anchor_terms(
    config: &Config,
    rows: &Rows,
    labels: &[u8],
    anchor: usize,
    random: &mut Random,
    distances: &[f32],
    slopes: &mut [f32],
    scratch: &mut Scratch,
    counts: &mut TripletCounts,
) -> f64 {
    scratch.positives.clear();
    scratch.negatives.clear();
    for row in (0..rows.rows()).filter(|row| *row != anchor) {
        let other = rows.place(row);
        if PositiveRows::Label.join(rows.pairs(), labels, anchor, row) {
            scratch.positives.push(other);
        } else {
            scratch.negatives.push((u64::from(distances[other].to_bits()) << 32) | other as u64);
        }
    }
    let negatives = scratch.negatives.len();
    if scratch.positives.is_empty() || negatives == 0 {
        return 0.0;
    }
    let drawn =
        (config.miner == Miner::Random).then(|| (random.below(scratch.positives.len()), scratch.negatives[random.below(negatives)]));
    scratch.negatives.sort_unstable();
    scratch.prefix.clear();
    scratch.prefix.push(0.0);
    let mut sum = 0.0;
    for rank in 0..negatives {
        sum += f64::from(scratch.negative_distance(rank));
        scratch.prefix.push(sum);
    }
    scratch.changes.clear();
    scratch.changes.resize(negatives + 1, 0);
    slopes.fill(0.0);

    let farthest = scratch.positives.iter().copied().reduce(|a, b| if distances[b] > distances[a] { b } else { a });
    let mut total = 0.0;
    for index in 0..scratch.positives.len() {
        let positive = scratch.positives[index];
        let distance = distances[positive];
        // A triplet is active if its negative is nearer than this.
        let limit = distance + config.alpha;
        let active = scratch.nearer_than(limit);
        let hard = scratch.not_beyond(distance);
        counts.hard += hard as u64;
        counts.semi_hard += active.saturating_sub(hard) as u64;
        counts.easy += (negatives - active.max(hard)) as u64;
        let (mined, run) = match (config.miner, drawn) {
            (Miner::All, _) => (negatives, 0..active),
            (Miner::SemiHard, _) => (active.saturating_sub(hard), hard..active.max(hard)),
            (Miner::Hard, _) if Some(positive) == farthest => (1, 0..active.min(1)),
            (Miner::Random, Some((drawn_positive, key))) if drawn_positive == index => {
                let rank = scratch.negatives.partition_point(|other| *other < key);
                (1, if rank < active { rank..rank + 1 } else { 0..0 })
            }
            (Miner::Hard | Miner::Random, _) => (0, 0..0),
        };
        counts.mined += mined as u64;
        counts.active += run.len() as u64;
        total += run.len() as f64 * f64::from(limit) - (scratch.prefix[run.end] - scratch.prefix[run.start]);
        slopes[positive] += run.len() as f32;
        scratch.changes[run.start] += 1;
        scratch.changes[run.end] -= 1;
    }
    let mut pushing = 0;
    for rank in 0..negatives {
        pushing += scratch.changes[rank];
        let place = (scratch.negatives[rank] & u64::from(u32::MAX)) as usize;
        slopes[place] -= pushing as f32;
    }
    total
}
