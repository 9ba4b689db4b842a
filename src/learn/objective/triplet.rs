//! The triplet loss: max(0, d(a,p) - d(a,n) + alpha) over triplets of a batch.
//!
//! Every row is an anchor. Where positives are views, its positive is its other view and every row of another point
//! is a negative; where they come from labels, rows of the same label are positives and the others negatives.
//!
//! For one anchor the negatives are sorted by distance. Then the negatives that are active for a positive are a run
//! of that order, its sum a difference of prefix sums, and the gradient's weights a difference of counts: all
//! triplets of an anchor cost a sort instead of positives times negatives.

use super::{Rows, Terms};
use crate::learn::config::{Config, Distance, Miner, Positives, Reduction};
use crate::learn::random::Random;

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

/// Room for one anchor.
#[derive(Clone, Debug, Default)]
pub(super) struct Scratch {
    /// Distance from the anchor to each place.
    distances: Vec<f32>,
    /// Derivative of the loss by each of those distances, then by their squares.
    slopes: Vec<f32>,
    /// Negatives by distance: the distance's bits above the place (distances are not negative, so bits sort alike).
    negatives: Vec<u64>,
    /// Places of the positives.
    positives: Vec<usize>,
    /// Sums of the first distances in order.
    prefix: Vec<f64>,
    /// Changes of the count of positives that push a negative, by rank.
    changes: Vec<i64>,
}

impl Scratch {
    fn reserve(&mut self, rows: &Rows) {
        self.distances.resize(rows.places(), 0.0);
        self.slopes.resize(rows.places(), 0.0);
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

/// The loss, the counts, and the gradient by the rows.
pub(super) fn evaluate(config: &Config, rows: &mut Rows, labels: &[u8], random: &mut Random, scratch: &mut Scratch) -> Terms {
    scratch.reserve(rows);
    let mut counts = TripletCounts::default();
    let mut total = 0.0;
    for anchor in 0..rows.rows() {
        total += anchor_terms(config, rows, labels, anchor, random, scratch, &mut counts);
    }
    let divisor = match config.reduction {
        Reduction::Sum => 1.0,
        Reduction::All => counts.mined.max(1) as f64,
        Reduction::Active => counts.active.max(1) as f64,
    };
    rows.scale_gradient((1.0 / divisor) as f32);
    Terms { loss: (total / divisor) as f32, infonce: None, triplets: Some(counts) }
}

/// The sum over one anchor's mined triplets; its gradient is added to `rows`.
fn anchor_terms(
    config: &Config,
    rows: &mut Rows,
    labels: &[u8],
    anchor: usize,
    random: &mut Random,
    scratch: &mut Scratch,
    counts: &mut TripletCounts,
) -> f64 {
    let pairs = rows.pairs();
    let place = rows.place(anchor);
    rows.squared_distances(place, 0..rows.places(), &mut scratch.distances);
    if config.distance == Distance::Plain {
        for distance in &mut scratch.distances {
            *distance = distance.sqrt();
        }
    }

    scratch.positives.clear();
    scratch.negatives.clear();
    for row in (0..2 * pairs).filter(|row| *row != anchor) {
        let other = rows.place(row);
        let (positive, negative) = match config.positives {
            Positives::Views => (row % pairs == anchor % pairs, row % pairs != anchor % pairs),
            Positives::Labels => (labels[row] == labels[anchor], labels[row] != labels[anchor]),
        };
        if positive {
            scratch.positives.push(other);
        }
        if negative {
            scratch.negatives.push((u64::from(scratch.distances[other].to_bits()) << 32) | other as u64);
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
    scratch.slopes.fill(0.0);

    let farthest = scratch.positives.iter().copied().reduce(|a, b| if scratch.distances[b] > scratch.distances[a] { b } else { a });
    let mut total = 0.0;
    for index in 0..scratch.positives.len() {
        let positive = scratch.positives[index];
        let distance = scratch.distances[positive];
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
        scratch.slopes[positive] += run.len() as f32;
        scratch.changes[run.start] += 1;
        scratch.changes[run.end] -= 1;
    }
    let mut pushing = 0;
    for rank in 0..negatives {
        pushing += scratch.changes[rank];
        let place = (scratch.negatives[rank] & u64::from(u32::MAX)) as usize;
        scratch.slopes[place] -= pushing as f32;
    }
    if config.distance == Distance::Plain {
        // d sqrt(x) = dx / (2 sqrt(x)); at distance zero the subgradient 0.
        for (slope, distance) in scratch.slopes.iter_mut().zip(&scratch.distances) {
            *slope = if *distance > 0.0 { *slope / (2.0 * distance) } else { 0.0 };
        }
    }
    rows.add_distance_gradient(place, &scratch.slopes);
    total
}
