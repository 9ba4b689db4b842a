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

use super::pair::{Asked, PairLoss};
use crate::config::{Config, Distance, PositiveRows, Reduction};
use crate::kernels::{load, splat, sum, vectors, vectors_mut, with_instructions};
use crate::random::Random;
use crate::report::{
    About, AlarmKind, Ink, Keys, Kind, Line, Margin, Piece, Quantities, Quantity, Reasons, Rule, Snapshot, Telling, Terms, TripletCounts,
    WhyAsked,
};
use crate::rows::{Rows, Watch};
use fearless_simd::prelude::*;

/// 2^-63: the square of a smaller distance is no normal float.
const SMALL: f32 = f32::from_bits((127 - 63) << 23);

/// Scratch memory for one anchor.
#[derive(Clone, Debug, Default)]
pub(super) struct Scratch {
    /// Distance from the anchor to each place.
    distances: Vec<f32>,
    /// Derivative of the loss by each of these distances; later by their squares.
    slopes: Vec<f32>,
    /// Scratch memory of [`ranked`].
    ranked: ranked::Scratch,
}

/// Fewer active triplets than this give next to no gradient.
pub const DRIED: f64 = 0.02;

/// The triplet loss, with its scratch memory.
#[derive(Clone, Debug, Default)]
pub struct Triplet(Scratch);

impl PairLoss for Triplet {
    const ABOUT: About = About {
        headline: "active_fraction",
        convention: |config| {
            vec![
                ("distance", config.distance.word()),
                ("miner", config.miner.word()),
                ("reduction", config.reduction.word()),
                ("similarity", config.similarity.word()),
            ]
        },
        alarms: &[
            Rule { kind: AlarmKind::StuckAtMargin, check: stuck_at_margin, remedies: OTHER_MINER },
            Rule { kind: AlarmKind::GradientsDriedUp, check: gradients_dried_up, remedies: &[&[("loss", "infonce")]] },
        ],
        remedies: &[("collapsed", OTHER_MINER)],
        measures_raw_rows: false,
        has_pushes: true,
        has_turns: true,
        ..About::PLAIN
    };
    const BY_DIFFERENCE: bool = true;

    fn evaluate(&mut self, asked: Asked<'_>, rows: &mut Rows, _: &mut [f32], watch: Option<&mut Watch>) -> Terms {
        anchors(asked.config, rows, asked.labels, asked.random, &mut self.0, watch)
    }

    /// From the derivatives by squared distances, d|a - b|^2 / da = 2 (a - b).
    fn weights(&self, _: &Config, _: &Rows, watch: &Watch, other: usize, _: bool) -> [f32; 2] {
        [2.0 * (watch.as_anchor[other] + watch.as_candidate[other]), 2.0 * watch.as_candidate[other]]
    }

    fn settle(config: &Config, _: &[Option<f64>], reasons: &mut Reasons) {
        reasons.set_triplet_loss(Margin::of(config));
    }

    /// The mean hinge over all negatives.
    fn loss_at(config: &Config, anchor: &[f32], others: &[f32]) -> f32 {
        let square = |other: &[f32]| anchor.iter().zip(other).map(|(a, b)| (a - b) * (a - b)).sum::<f32>();
        let far = |other: &[f32]| if config.distance == Distance::Squared { square(other) } else { square(other).sqrt() };
        let rows = others.chunks_exact(anchor.len());
        let count = rows.len().max(1) as f32;
        rows.map(|other| (config.alpha - far(other)).max(0.0)).sum::<f32>() / count
    }

    fn formula(config: &Config) -> Kind {
        Kind::Margin {
            squared: config.distance == Distance::Squared,
            alpha: config.alpha,
            positives: config.positive_rows(),
            miner: config.miner,
            reduction: config.reduction,
        }
    }

    fn why(asked: &WhyAsked<'_>) -> Vec<Line> {
        let WhyAsked { reasons, positive, hovered, .. } = *asked;
        let Some(Margin { alpha, squared }) = reasons.margin else { return asked.plain() };
        let Some(found) = reasons.triplets(positive) else { return vec![vec![Piece::plain("0")]] };
        let power = if squared { "²" } else { "" };
        let chosen = hovered.and_then(|place| found.active.iter().find(|(other, ..)| *other == place)).or(found.active.first());
        let general = vec![
            Piece::plain("max( 0, "),
            Piece::variable("d", Ink::Pull),
            Piece::plain(&format!("₊{power} − ")),
            Piece::variable("d", Ink::Push),
            Piece::plain(&format!("₋{power} + ")),
            Piece::variable("α", Ink::Movable),
            Piece::plain(" )"),
        ];
        let Some((_, far, loss)) = chosen else { return vec![general, vec![Piece::plain("= 0")]] };
        let numbers = vec![
            Piece::plain("= "),
            Piece::number(found.distance, Ink::Pull),
            Piece::plain(" − "),
            Piece::number(*far, Ink::Push),
            Piece::plain(" + "),
            Piece::number(alpha, Ink::Movable),
            Piece::plain(" = "),
            Piece::number(*loss, Ink::Plain),
        ];
        vec![general, numbers]
    }

    fn compare(telling: &Telling<'_>) -> (&'static str, Quantities) {
        let Some(found) = telling.reasons.and_then(|reasons| reasons.triplets(0)) else { return telling.all_pairs() };
        let mut quantities = vec![telling.anchor(), ("near", Quantity::Real(found.distance))];
        let kinds = [("hard", found.hard), ("semi_hard", found.semi_hard), ("easy", found.easy)];
        quantities.extend(kinds.map(|(name, count)| (name, Quantity::of_count(count))));
        ("triplet", quantities)
    }
}

/// What cures a collapse to the margin.
const OTHER_MINER: &[Keys] = &[&[("miner", "semihard")], &[("loss", "infonce")]];

fn stuck_at_margin(snapshot: &Snapshot) -> Option<(f64, f64)> {
    let (loss, alpha) = (f64::from(snapshot.terms.loss), f64::from(snapshot.config.alpha));
    let active = f64::from(snapshot.terms.triplets?.active_fraction());
    let is_tight = f64::from(snapshot.batch.negative_similarity) > 0.98;
    (!snapshot.is_early() && is_tight && active > 0.9 && (loss - alpha).abs() < 0.15 * alpha).then_some((loss, alpha))
}

fn gradients_dried_up(snapshot: &Snapshot) -> Option<(f64, f64)> {
    let triplets = snapshot.terms.triplets?;
    let all = triplets.easy + triplets.semi_hard + triplets.hard;
    // Of all triplets, whichever the miner selects; where there is none, none can be active.
    let pushing = (triplets.semi_hard + triplets.hard) as f64 / all as f64;
    (!snapshot.is_early() && all > 0 && pushing < DRIED).then_some((pushing, DRIED))
}

/// Returns the terms, and writes the gradient by the rows, anchor by anchor. `random` serves the random miner only. What the loss asks of
/// the row that `watch` is about is noted there, as derivatives by squared distances; plain distances below [`SMALL`] are left out.
fn anchors(
    config: &Config,
    rows: &mut Rows,
    labels: &[u8],
    random: &mut Random,
    scratch: &mut Scratch,
    mut watch: Option<&mut Watch>,
) -> Terms {
    let Scratch { distances, slopes, ranked } = scratch;
    distances.resize(rows.places(), 0.0);
    slopes.resize(rows.places(), 0.0);
    ranked.reserve(rows);
    let mut counts = TripletCounts::default();
    // Sum of the losses of the mined triplets.
    let mut total = 0.0;
    for anchor in 0..rows.rows() {
        let place = rows.place(anchor);
        let has_small = find_distances(config, rows, place, distances);
        let active = counts.active;
        total += match config.positive_rows() {
            PositiveRows::Partner => single::anchor_terms(config, rows, anchor, random, distances, slopes, &mut counts),
            PositiveRows::Label => ranked::anchor_terms(config, rows, labels, anchor, random, distances, slopes, ranked, &mut counts),
        };
        // An anchor without an active triplet has no gradient.
        if counts.active > active {
            if has_small {
                add_small(rows, place, distances, slopes);
            }
            if config.distance == Distance::Plain {
                by_squares(rows, distances, slopes);
            }
            rows.add_distance_gradient(place, 0..rows.places(), slopes);
            if let Some(watch) = &mut watch {
                watch.note(anchor, |row| if row == anchor { 0.0 } else { slopes[rows.place(row)] });
            }
        }
    }
    let divisor = match config.reduction {
        Reduction::Sum => 1.0,
        Reduction::All => counts.mined.max(1) as f64,
        Reduction::Active => counts.active.max(1) as f64,
    };
    rows.scale_gradient((1.0 / divisor) as f32);
    if let Some(watch) = watch {
        watch.scale((1.0 / divisor) as f32);
    }
    Terms { loss: (total / divisor) as f32, triplets: Some(counts), ..Terms::default() }
}

/// Writes the distances, squared or plain as `config` says, from the row at `place` to all places.
///
/// Returns true if a plain distance of an unequal row is below [`SMALL`]: [`add_small`] has to add the gradient by such distances.
fn find_distances(config: &Config, rows: &Rows, place: usize, distances: &mut [f32]) -> bool {
    rows.squared_distances(place..place + 1, 0..rows.places(), distances);
    if config.distance == Distance::Squared {
        return false;
    }
    let small = with_instructions!(rows.instructions, simd => {
        let (one, zero) = (splat(simd, 1.0), splat(simd, 0.0));
        let limit = splat(simd, SMALL);
        let mut small = zero;
        for distances in vectors_mut(distances) {
            let found = load(simd, distances).sqrt();
            small += found.simd_lt(limit).select(one, zero);
            *distances = *found;
        }
        sum(*small)
    });
    // The row itself is one of them.
    if small <= 1.0 {
        return false;
    }
    let mut has_small = false;
    for other in (0..rows.rows()).map(|row| rows.place(row)) {
        if other != place && distances[other] < SMALL {
            distances[other] = rows.small_distance(place, other);
            has_small |= distances[other] > 0.0;
        }
    }
    has_small
}

/// Adds the gradient by the distances below [`SMALL`] from the row at `place`, and sets their slopes to zero: the derivative by the square
/// of such a distance may be larger than a float.
fn add_small(rows: &mut Rows, place: usize, distances: &[f32], slopes: &mut [f32]) {
    for (other, (distance, slope)) in distances.iter().zip(slopes).enumerate() {
        if other != place && *distance < SMALL && *slope != 0.0 {
            rows.add_small_distance_gradient(place, other, *slope);
            *slope = 0.0;
        }
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
