//! Anchors with many positives: those of their label.
//!
//! The negatives are sorted by distance. Then those that are active for a positive are a run of that order, its sum a
//! difference of prefix sums, and the gradient's weights a difference of counts: all triplets of an anchor cost a sort
//! instead of positives times negatives.

use super::TripletCounts;
use crate::learn::config::{Config, Miner};
use crate::learn::objective::Rows;
use crate::learn::random::Random;

/// Room for one anchor's order.
#[derive(Clone, Debug, Default)]
pub(super) struct Ranks {
    /// Negatives by distance: the distance's bits above the place (distances are not negative, so bits sort alike).
    negatives: Vec<u64>,
    /// Places of the positives.
    positives: Vec<usize>,
    /// Sums of the first distances in order.
    prefix: Vec<f64>,
    /// Changes of the count of positives that push a negative, by rank.
    changes: Vec<i64>,
}

impl Ranks {
    pub(super) fn reserve(&mut self, rows: &Rows) {
        // Reserved for the worst anchor at once: which rows are negatives changes from batch to batch.
        self.negatives.clear();
        self.negatives.reserve(rows.rows());
        self.positives.clear();
        self.positives.reserve(rows.rows());
        self.prefix.clear();
        self.prefix.reserve(rows.rows() + 1);
        self.changes.clear();
        self.changes.reserve(rows.rows() + 1);
    }

    /// Distance of the negative with this rank.
    fn negative_distance(&self, rank: usize) -> f32 {
        f32::from_bits((self.negatives[rank] >> 32) as u32)
    }

    /// How many negatives are nearer than `limit`.
    fn nearer_than(&self, limit: f32) -> usize {
        self.negatives.partition_point(|key| f32::from_bits((key >> 32) as u32) < limit)
    }

    /// How many negatives are no farther than `limit`.
    fn not_beyond(&self, limit: f32) -> usize {
        self.negatives.partition_point(|key| f32::from_bits((key >> 32) as u32) <= limit)
    }
}

/// The sum over one anchor's mined triplets; `slopes` receives its derivative by `distances`.
#[expect(clippy::too_many_arguments, reason = "the loop's body, apart so that it can be read apart")]
pub(super) fn anchor_terms(
    config: &Config,
    rows: &Rows,
    labels: &[u8],
    anchor: usize,
    random: &mut Random,
    distances: &[f32],
    slopes: &mut [f32],
    scratch: &mut Ranks,
    counts: &mut TripletCounts,
) -> f64 {
    scratch.positives.clear();
    scratch.negatives.clear();
    for row in (0..rows.rows()).filter(|row| *row != anchor) {
        let other = rows.place(row);
        if labels[row] == labels[anchor] {
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
        // A triplet is active when its negative is nearer than this.
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
