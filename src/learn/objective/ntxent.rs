//! NT-Xent over a whole batch, each similarity computed once for both its ends, and none of them kept: memory grows with
//! the number of rows, not with its square.
//!
//! With y_ij = z_i . z_j / (tau ln 2) the terms of all softmaxes are 2^y_ij, the same seen from i and from j. A first walk
//! over the pairs of rows sums them for every row at once; a second one, which computes them again, adds up the gradient
//! 2^y_ij (w_i + w_j) z_j, w_i = 1 / (2N tau Z_i), Z_i being the sum over row i and 2N the number of anchors. The sums start from no largest
//! term, so [`applies`] asks first whether they stay within what a float holds.

use super::infonce::Totals;
use super::{Rows, Terms};
use crate::learn::config::{Config, InfoNce};
use crate::learn::kernels::{Lanes, exp_x8, exp2_x8, ln_x8, load, splat, sum, vectors, vectors_mut, with_instructions};
use crate::learn::matrix::LANES;
use fearless_simd::prelude::*;
use fearless_simd::{Simd, f32x8};

/// Largest |y| for which sums of 2^y, their inverses and the products of both are far from a float's ends.
const LARGEST_EXPONENT: f32 = 48.0;
/// The exponent of what is no row: next to any term nothing.
const NO_ROW: f32 = -120.0;
/// Coordinates up to which rows are kept in registers or beside them.
const MOST_COORDINATES: usize = 16;

/// Room for a batch: one number or vector a place.
#[derive(Clone, Debug, Default)]
pub(super) struct Scratch {
    /// Sum of 2^y over a row's negatives.
    sums: Vec<f32>,
    /// Sum of 2^y y over them.
    moments: Vec<f32>,
    /// The w of each row.
    weights: Vec<f32>,
    /// 0 for a row, [`NO_ROW`] for padding.
    start: Vec<f32>,
    /// Derivative by the similarity of each pair's two rows.
    positives: Vec<f32>,
}

/// Whether the loss is NT-Xent with all its negatives, and every term is of a size that can be summed as it stands.
pub(super) fn applies(config: &Config, rows: &Rows) -> bool {
    config.infonce == InfoNce::NtXent
        && !config.uses_supcon()
        && (config.negatives == 0 || config.negatives as usize >= rows.rows() - 2)
        && rows.dimension() <= MOST_COORDINATES
        // Cauchy and Schwarz: no similarity is larger than the largest square.
        && rows.largest_square() * exponent_scale(config) <= LARGEST_EXPONENT
}

/// From a similarity to the exponent of 2.
fn exponent_scale(config: &Config) -> f32 {
    std::f32::consts::LOG2_E / config.tau
}

/// The loss, its terms, and the gradient by the rows.
pub(super) fn evaluate(config: &Config, rows: &mut Rows, scratch: &mut Scratch) -> Terms {
    scratch.prepare(rows);
    let scale = exponent_scale(config);
    let gradient_scale = 1.0 / (config.tau * rows.rows() as f32);
    let mut totals = Totals::default();
    with_instructions!(rows.instructions, simd => {
        match rows.dimension() {
            2 => walk::<_, 2>(simd, rows, scale, gradient_scale, scratch, &mut totals),
            3 => walk::<_, 3>(simd, rows, scale, gradient_scale, scratch, &mut totals),
            4 => walk::<_, 4>(simd, rows, scale, gradient_scale, scratch, &mut totals),
            _ => walk::<_, MOST_COORDINATES>(simd, rows, scale, gradient_scale, scratch, &mut totals),
        }
    });
    totals.terms(config)
}

impl Scratch {
    fn prepare(&mut self, rows: &Rows) {
        let places = rows.places();
        for room in [&mut self.sums, &mut self.moments, &mut self.weights, &mut self.start] {
            room.resize(places, 0.0);
        }
        self.positives.resize(places / 2, 0.0);
        self.sums.fill(0.0);
        self.moments.fill(0.0);
        self.start.fill(NO_ROW);
        for view in 0..2 {
            self.start[rows.view_places(view)][..rows.pairs()].fill(0.0);
        }
    }
}

/// The rows as the walks read them, in vectors of eight places.
struct Places<'a, const N: usize> {
    /// For each coordinate, all places.
    values: &'a [Lanes],
    /// Where an exponent starts: 0, or [`NO_ROW`].
    start: &'a [Lanes],
    pairs: usize,
    dimension: usize,
    scale: f32,
}

/// Some rows side by side, each coordinate in all lanes.
type Anchors<S, const N: usize, const R: usize> = [[f32x8<S>; N]; R];

impl<const N: usize> Places<'_, N> {
    /// Number of vectors of places.
    #[inline(always)]
    fn blocks(&self) -> usize {
        self.start.len()
    }

    /// How many rows there are in a vector of places; padding comes behind them.
    #[inline(always)]
    fn rows_in(&self, block: usize) -> usize {
        let of_view = block % (self.blocks() / 2) * LANES;
        (self.pairs - of_view).min(LANES)
    }

    /// The vector with the positives of the rows of `block`, where it comes after it.
    #[inline(always)]
    fn positives_of(&self, block: usize) -> Option<usize> {
        let half = self.blocks() / 2;
        (block < half).then_some(block + half)
    }

    /// Number of coordinates: known when compiled, but for the one `N` that serves all others.
    #[inline(always)]
    fn dimension(&self) -> usize {
        if N == MOST_COORDINATES { self.dimension } else { N }
    }

    /// Rows from `lane` of a vector on, times `factor`.
    #[inline(always)]
    fn anchors<S: Simd, const R: usize>(&self, simd: S, block: usize, lane: usize, factor: f32) -> Anchors<S, N, R> {
        let mut anchors = [[splat(simd, 0.0); N]; R];
        for k in 0..self.dimension() {
            let values = &self.values[k * self.blocks() + block];
            for r in 0..R {
                anchors[r][k] = splat(simd, values[lane + r] * factor);
            }
        }
        anchors
    }

    /// The coordinates of a vector of places.
    #[inline(always)]
    fn others<S: Simd>(&self, simd: S, block: usize) -> [f32x8<S>; N] {
        let mut others = [splat(simd, 0.0); N];
        for k in 0..self.dimension() {
            others[k] = load(simd, &self.values[k * self.blocks() + block]);
        }
        others
    }

    /// Exponents of one anchor and a vector of places.
    #[inline(always)]
    fn exponents<S: Simd>(&self, simd: S, anchor: &[f32x8<S>; N], block: usize, others: &[f32x8<S>; N]) -> f32x8<S> {
        let mut exponents = load(simd, &self.start[block]);
        for k in 0..self.dimension() {
            exponents += anchor[k] * others[k];
        }
        exponents
    }
}

/// Calls `$one` or, where `$two_at_a_time`, `$two` for all rows: the vector they are in and their first lane.
macro_rules! for_rows {
    ($places:expr, $block:ident, $lane:ident, $two_at_a_time:expr, $two:expr, $one:expr) => {
        for $block in 0..$places.blocks() {
            let rows = $places.rows_in($block);
            let mut $lane = 0;
            while $lane < rows {
                if $two_at_a_time && $lane + 2 <= rows {
                    $two;
                    $lane += 2;
                } else {
                    $one;
                    $lane += 1;
                }
            }
        }
    };
}

/// Both walks and what lies between. `N` is the number of coordinates, or [`MOST_COORDINATES`] for any up to that.
#[inline(always)]
fn walk<S: Simd, const N: usize>(simd: S, rows: &mut Rows, scale: f32, gradient_scale: f32, scratch: &mut Scratch, totals: &mut Totals) {
    let Scratch { sums, moments, weights, start, positives } = scratch;
    let (sums, moments, weights) = (vectors_mut(sums), vectors_mut(moments), vectors_mut(weights));
    let positives = vectors_mut(positives);
    let (pairs, dimension) = (rows.pairs(), rows.dimension());
    let (values, gradient) = rows.parts();
    let gradient = vectors_mut(gradient);
    let places = Places::<N> { values: vectors(values), start: vectors(start), pairs, dimension, scale };
    // Where a vector is one register, two rows at a time read the others once for both; where it is two registers they would
    // not fit. Sums are the same either way: row after row.
    let two = S::f32s::LEN >= LANES;
    for_rows!(
        places,
        block,
        lane,
        two,
        sum_terms::<S, N, 2>(simd, &places, block, lane, sums, moments),
        sum_terms::<S, N, 1>(simd, &places, block, lane, sums, moments)
    );
    for block in 0..places.blocks() / 2 {
        finish(simd, &places, block, gradient_scale, sums, moments, weights, positives, totals);
    }
    for_rows!(
        places,
        block,
        lane,
        two,
        add_gradient::<S, N, 2>(simd, &places, block, lane, weights, gradient),
        add_gradient::<S, N, 1>(simd, &places, block, lane, weights, gradient)
    );
    for block in 0..places.blocks() / 2 {
        add_positives(simd, &places, block, positives, gradient);
    }
}

/// The lanes but those of the anchors themselves or of their positives, which stand at the same places of another vector.
#[inline(always)]
fn without<S: Simd>(simd: S, lane: usize, values: f32x8<S>) -> f32x8<S> {
    let mut lanes = *values;
    lanes[lane] = 0.0;
    load(simd, &lanes)
}

/// First walk: adds the terms of `R` rows and of all places behind their vector, to both their sums.
#[inline(always)]
fn sum_terms<S: Simd, const N: usize, const R: usize>(
    simd: S,
    places: &Places<'_, N>,
    block: usize,
    lane: usize,
    sums: &mut [Lanes],
    moments: &mut [Lanes],
) {
    let anchors: Anchors<S, N, R> = places.anchors(simd, block, lane, places.scale);
    let (mut own_sums, mut own_moments) = ([splat(simd, 0.0); R], [splat(simd, 0.0); R]);
    let own = places.others(simd, block);
    for r in 0..R {
        let exponents = places.exponents(simd, &anchors[r], block, &own);
        let terms = without(simd, lane + r, exp2_x8(exponents));
        own_sums[r] += terms;
        own_moments[r] += terms * exponents;
    }
    let positives = places.positives_of(block);
    if let Some(other) = positives {
        let others = places.others(simd, other);
        let (mut sum, mut moment) = (load(simd, &sums[other]), load(simd, &moments[other]));
        for r in 0..R {
            let exponents = places.exponents(simd, &anchors[r], other, &others);
            let terms = without(simd, lane + r, exp2_x8(exponents));
            let weighted = terms * exponents;
            own_sums[r] += terms;
            own_moments[r] += weighted;
            sum += terms;
            moment += weighted;
        }
        sums[other] = *sum;
        moments[other] = *moment;
    }
    let skipped = positives.unwrap_or(places.blocks());
    for span in [block + 1..skipped, skipped + 1..places.blocks()] {
        for other in span {
            let others = places.others(simd, other);
            let (mut sum, mut moment) = (load(simd, &sums[other]), load(simd, &moments[other]));
            for r in 0..R {
                let exponents = places.exponents(simd, &anchors[r], other, &others);
                let terms = exp2_x8(exponents);
                let weighted = terms * exponents;
                own_sums[r] += terms;
                own_moments[r] += weighted;
                sum += terms;
                moment += weighted;
            }
            sums[other] = *sum;
            moments[other] = *moment;
        }
    }
    for r in 0..R {
        sums[block][lane + r] += sum(*own_sums[r]);
        moments[block][lane + r] += sum(*own_moments[r]);
    }
}

/// From the sums of eight pairs' rows to their losses and what the gradient wants.
#[inline(always)]
#[expect(clippy::too_many_arguments, reason = "the walk's body, apart so that it can be read apart")]
fn finish<S: Simd, const N: usize>(
    simd: S,
    places: &Places<'_, N>,
    block: usize,
    gradient_scale: f32,
    sums: &[Lanes],
    moments: &[Lanes],
    weights: &mut [Lanes],
    positives: &mut [Lanes],
    totals: &mut Totals,
) {
    let other = block + places.blocks() / 2;
    let (a, b) = (places.others(simd, block), places.others(simd, other));
    let mut exponents = splat(simd, 0.0);
    for k in 0..places.dimension() {
        exponents += a[k] * places.scale * b[k];
    }
    let terms = exp2_x8(exponents);
    let ln_2 = std::f32::consts::LN_2;
    let mut both = splat(simd, 0.0);
    let mut columns = [[[0.0; LANES]; 3]; 2];
    for (view, place) in [block, other].into_iter().enumerate() {
        let negatives = load(simd, &sums[place]);
        let partition = negatives + terms;
        let weight = splat(simd, gradient_scale) / partition;
        weights[place] = *weight;
        both += weight;
        let loss = ln_x8(partition) - exponents * ln_2;
        let entropy = ln_x8(negatives) - load(simd, &moments[place]) / negatives * ln_2;
        columns[view] = [*loss, *entropy, *exp_x8(entropy)];
    }
    positives[block] = *(terms * both - 2.0 * gradient_scale);
    for [losses, entropies, effective] in columns {
        for lane in 0..places.rows_in(block) {
            totals.loss += f64::from(losses[lane]);
            totals.entropy += f64::from(entropies[lane]);
            totals.effective += f64::from(effective[lane]);
            totals.negatives += (2 * places.pairs - 2) as f64;
            totals.anchors += 1.0;
        }
    }
}

/// Second walk: adds the gradient of the similarities of `R` rows with all places behind their vector, to both their ends.
#[inline(always)]
fn add_gradient<S: Simd, const N: usize, const R: usize>(
    simd: S,
    places: &Places<'_, N>,
    block: usize,
    lane: usize,
    weights: &[Lanes],
    gradient: &mut [Lanes],
) {
    let anchors: Anchors<S, N, R> = places.anchors(simd, block, lane, places.scale);
    let plain: Anchors<S, N, R> = places.anchors(simd, block, lane, 1.0);
    let mut own_gradient = [[splat(simd, 0.0); N]; R];
    let mut own_weights = [splat(simd, 0.0); R];
    for r in 0..R {
        own_weights[r] = splat(simd, weights[block][lane + r]);
    }
    let own = places.others(simd, block);
    for r in 0..R {
        let terms = exp2_x8(places.exponents(simd, &anchors[r], block, &own));
        let slopes = without(simd, lane + r, terms * (own_weights[r] + load(simd, &weights[block])));
        for k in 0..places.dimension() {
            own_gradient[r][k] += slopes * own[k];
        }
    }
    let positives = places.positives_of(block);
    if let Some(other) = positives {
        let others = places.others(simd, other);
        let weight = load(simd, &weights[other]);
        for r in 0..R {
            let terms = exp2_x8(places.exponents(simd, &anchors[r], other, &others));
            let slopes = without(simd, lane + r, terms * (own_weights[r] + weight));
            for k in 0..places.dimension() {
                own_gradient[r][k] += slopes * others[k];
                let place = &mut gradient[k * places.blocks() + other];
                *place = *(load(simd, place) + slopes * plain[r][k]);
            }
        }
    }
    let skipped = positives.unwrap_or(places.blocks());
    for span in [block + 1..skipped, skipped + 1..places.blocks()] {
        for other in span {
            let others = places.others(simd, other);
            let weight = load(simd, &weights[other]);
            let mut slopes = [splat(simd, 0.0); R];
            for r in 0..R {
                slopes[r] = exp2_x8(places.exponents(simd, &anchors[r], other, &others)) * (own_weights[r] + weight);
            }
            for k in 0..places.dimension() {
                let place = &mut gradient[k * places.blocks() + other];
                let mut there = load(simd, place);
                for r in 0..R {
                    own_gradient[r][k] += slopes[r] * others[k];
                    there += slopes[r] * plain[r][k];
                }
                *place = *there;
            }
        }
    }
    for r in 0..R {
        for k in 0..places.dimension() {
            gradient[k * places.blocks() + block][lane + r] += sum(*own_gradient[r][k]);
        }
    }
}

/// Adds the gradient of the similarities of eight pairs' two rows.
#[inline(always)]
fn add_positives<S: Simd, const N: usize>(simd: S, places: &Places<'_, N>, block: usize, positives: &[Lanes], gradient: &mut [Lanes]) {
    let other = block + places.blocks() / 2;
    let slopes = load(simd, &positives[block]);
    for k in 0..places.dimension() {
        for (to, from) in [(block, other), (other, block)] {
            let place = &mut gradient[k * places.blocks() + to];
            *place = *(load(simd, place) + slopes * load(simd, &places.values[k * places.blocks() + from]));
        }
    }
}
