//! NT-Xent over a whole batch, each similarity computed once for both its ends, and none of them kept: memory grows with
//! the number of rows, not with its square.
//!
//! With y_ij = z_i . z_j / (tau ln 2) the terms of all softmaxes are 2^y_ij, the same seen from i and from j. A first walk
//! over the pairs of rows sums them for every row at once; a second one, which computes them again, adds up the gradient
//! 2^y_ij (w_i + w_j) z_j, w_i = 1 / (2N tau Z_i), Z_i being the sum over row i and 2N the number of anchors. The sums start from no largest
//! term, so [`applies`] asks first whether they stay within what a float holds.

use super::softmax::Totals;
use crate::config::{Config, InfoNce};
use crate::kernels::{Exp2, Lanes, exp_x8, exp2_each, ln_x8, load, splat, sum, vectors, vectors_mut, with_instructions};
use crate::matrix::LANES;
use crate::report::Terms;
use crate::rows::{NARROW, Rows};
use fearless_simd::Simd;
use fearless_simd::prelude::*;
use std::ops::Range;

/// Largest |y| for which sums of 2^y, their inverses and the products of both are far from a float's ends.
const LARGEST_EXPONENT: f32 = 48.0;
/// The exponent of what is no row: next to any term nothing.
const NO_ROW: f32 = -120.0;
/// Coordinates up to which rows are kept in registers or beside them.
const MOST_COORDINATES: usize = NARROW;

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

/// Returns the terms, and writes the gradient by the rows.
pub(super) fn evaluate(config: &Config, rows: &mut Rows, scratch: &mut Scratch) -> Terms {
    scratch.prepare(rows);
    let scale = exponent_scale(config);
    let gradient_scale = 1.0 / (config.tau * rows.rows() as f32);
    let totals = with_instructions!(rows.instructions, simd => {
        match rows.dimension() {
            2 => walk::<_, 2>(simd, rows, scale, gradient_scale, scratch),
            3 => walk::<_, 3>(simd, rows, scale, gradient_scale, scratch),
            _ => walk::<_, MOST_COORDINATES>(simd, rows, scale, gradient_scale, scratch),
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

/// As much of a vector of places as an instruction takes at once: all of it, or half. With halves the walks go along each span once for either.
type Part<S> = <S as Simd>::f32s;

/// How many lanes that is.
const fn part_lanes<S: Simd>() -> usize {
    <Part<S> as SimdBase<S>>::LEN
}

/// The lanes of a vector of places from `from` on.
#[inline(always)]
fn part<S: Simd>(simd: S, lanes: &Lanes, from: usize) -> Part<S> {
    // As it is anyway; said so that no check is made of it.
    let from = from & (LANES - part_lanes::<S>());
    Part::<S>::from_slice(simd, &lanes[from..][..part_lanes::<S>()])
}

/// The same, to write to.
#[inline(always)]
fn store_part<S: Simd>(values: Part<S>, lanes: &mut Lanes, from: usize) {
    let from = from & (LANES - part_lanes::<S>());
    values.store_slice(&mut lanes[from..][..part_lanes::<S>()]);
}

/// One number in all lanes.
#[inline(always)]
fn fill<S: Simd>(simd: S, value: f32) -> Part<S> {
    Part::<S>::simd_from(simd, value)
}

/// Some rows side by side, each coordinate in all lanes.
type Anchors<S, const N: usize, const R: usize> = [[Part<S>; N]; R];

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
        let mut anchors = [[fill(simd, 0.0); N]; R];
        for k in 0..self.dimension() {
            let values = &self.values[k * self.blocks() + block];
            for r in 0..R {
                anchors[r][k] = fill(simd, values[lane + r] * factor);
            }
        }
        anchors
    }

    /// Some vectors of places.
    #[inline(always)]
    fn span(&self, span: Range<usize>) -> Span<'_, N> {
        let length = span.len();
        let mut values = [&[] as &[Lanes]; N];
        for k in 0..self.dimension() {
            values[k] = &self.values[k * self.blocks() + span.start..][..length];
        }
        Span { values, start: &self.start[span.start..][..length], dimension: self.dimension() }
    }
}

/// Vectors of places that follow one another. All its slices are of one length, so that a walk along them has no bounds to check.
struct Span<'a, const N: usize> {
    values: [&'a [Lanes]; N],
    start: &'a [Lanes],
    dimension: usize,
}

impl<const N: usize> Span<'_, N> {
    /// Number of coordinates.
    #[inline(always)]
    fn dimension(&self) -> usize {
        if N == MOST_COORDINATES { self.dimension } else { N }
    }

    /// The coordinates of a vector of places, its lanes from `from` on.
    #[inline(always)]
    fn others<S: Simd>(&self, simd: S, index: usize, from: usize) -> [Part<S>; N] {
        let mut others = [fill(simd, 0.0); N];
        for k in 0..self.dimension() {
            others[k] = part(simd, &self.values[k][index], from);
        }
        others
    }

    /// Exponents of some anchors and these places.
    #[inline(always)]
    fn exponents<S: Simd, const R: usize>(
        &self,
        simd: S,
        anchors: &Anchors<S, N, R>,
        (index, from): (usize, usize),
        others: &[Part<S>; N],
    ) -> [Part<S>; R] {
        let mut exponents = [part(simd, &self.start[index], from); R];
        for k in 0..self.dimension() {
            for r in 0..R {
                exponents[r] += anchors[r][k] * others[k];
            }
        }
        exponents
    }
}

/// Calls `$work` for all rows of some vectors of places, `$r` at a time where there are so many left in their vector.
macro_rules! for_rows {
    ($places:ident, $blocks:expr, $work:ident::<$s:ty, $n:ident, $r:literal>($simd:expr, $($argument:expr),*)) => {
        for block in $blocks {
            let rows = $places.rows_in(block);
            let mut lane = 0;
            while lane < rows {
                if lane + $r <= rows {
                    $work::<$s, $n, $r>($simd, &$places, block, lane, $($argument),*);
                    lane += $r;
                } else {
                    $work::<$s, $n, 1>($simd, &$places, block, lane, $($argument),*);
                    lane += 1;
                }
            }
        }
    };
}

/// Both walks and what lies between. `N` is the number of coordinates, or [`MOST_COORDINATES`] for any up to that.
#[inline(always)]
fn walk<S: Simd, const N: usize>(simd: S, rows: &mut Rows, scale: f32, gradient_scale: f32, scratch: &mut Scratch) -> Totals {
    let Scratch { sums, moments, weights, start, positives } = scratch;
    let (sums, moments, weights) = (vectors_mut(sums), vectors_mut(moments), vectors_mut(weights));
    let positives = vectors_mut(positives);
    let (pairs, dimension) = (rows.pairs(), rows.dimension());
    let (values, gradient) = rows.parts();
    let gradient = vectors_mut(gradient);
    let places = Places::<N> { values: vectors(values), start: vectors(start), pairs, dimension, scale };
    let blocks = places.blocks();
    // So many rows that an operation finds another to work on while it waits, and no more than the registers hold. Sums are the same
    // either way: row after row.
    let constants = Exp2::new(simd);
    for_rows!(places, 0..blocks, sum_terms::<S, N, 4>(simd, &constants, sums, moments));
    let mut totals = Totals::default();
    for block in 0..blocks / 2 {
        finish(simd, &places, block, gradient_scale, sums, moments, weights, positives, &mut totals);
    }
    for_rows!(places, 0..blocks, add_gradient::<S, N, 4>(simd, &constants, weights, gradient));
    for block in 0..blocks / 2 {
        add_positives(simd, &places, block, positives, gradient);
    }
    totals
}

/// Where a walk from some rows of a vector goes: their own vector, that of their positives where it comes behind, all others behind.
///
/// Of their own vector a row meets the rows behind it, of that of their positives all but its own; `MASKED` walks are told so by factors of 0
/// and 1 for each lane.
macro_rules! for_spans {
    ($places:ident, $simd:ident, $block:ident, $lane:ident, $from:ident, $work:ident::<$s:ty, $n:ident, $r:ident>($($argument:expr),*)) => {
        let blocks = $places.blocks();
        let lane_of = |row: usize| $lane + row;
        let behind = masks::<$s, $r>($simd, $from, |row, lane| lane > lane_of(row));
        let others = masks::<$s, $r>($simd, $from, |row, lane| lane != lane_of(row));
        let positives = $places.positives_of($block);
        let skipped = positives.unwrap_or(blocks);
        // Loops, so that the walk's body is compiled once for each kind.
        for (masks, range) in [(&behind, $block..$block + 1), (&others, skipped..(skipped + 1).min(blocks))] {
            $work::<$s, $n, $r, true>($simd, $places, $($argument,)* $from, masks, range);
        }
        for range in [$block + 1..skipped, (skipped + 1).min(blocks)..blocks] {
            $work::<$s, $n, $r, false>($simd, $places, $($argument,)* $from, &behind, range);
        }
    };
}

/// For each row 1 in the lanes that it keeps, 0 in the others; of the lanes from `from` on.
#[inline(always)]
fn masks<S: Simd, const R: usize>(simd: S, from: usize, keeps: impl Fn(usize, usize) -> bool) -> [Part<S>; R] {
    let mut masks = [fill(simd, 0.0); R];
    for (row, mask) in masks.iter_mut().enumerate() {
        let mut lanes = [0.0; LANES];
        for (lane, factor) in lanes.iter_mut().enumerate() {
            *factor = if keeps(row, lane) { 1.0 } else { 0.0 };
        }
        *mask = part(simd, &lanes, from);
    }
    masks
}

/// First walk: adds the terms of `R` rows and of the rows behind them to the sums of both.
#[inline(always)]
fn sum_terms<S: Simd, const N: usize, const R: usize>(
    simd: S,
    places: &Places<'_, N>,
    block: usize,
    lane: usize,
    constants: &Exp2<Part<S>>,
    sums: &mut [Lanes],
    moments: &mut [Lanes],
) {
    let anchors: Anchors<S, N, R> = places.anchors(simd, block, lane, places.scale);
    let mut own = [[[0.0; LANES]; R]; 2];
    for from in (0..LANES).step_by(part_lanes::<S>()) {
        let mut part = [[fill(simd, 0.0); R]; 2];
        for_spans!(places, simd, block, lane, from, sum_span::<S, N, R>(constants, &anchors, &mut part, sums, moments));
        for (own, part) in own.iter_mut().zip(part) {
            for r in 0..R {
                store_part::<S>(part[r], &mut own[r], from);
            }
        }
    }
    for r in 0..R {
        sums[block][lane + r] += sum(own[0][r]);
        moments[block][lane + r] += sum(own[1][r]);
    }
}

/// The first walk along a span.
#[inline(always)]
#[expect(clippy::too_many_arguments, reason = "the walk's body, apart so that it can be read apart")]
fn sum_span<S: Simd, const N: usize, const R: usize, const MASKED: bool>(
    simd: S,
    places: &Places<'_, N>,
    constants: &Exp2<Part<S>>,
    anchors: &Anchors<S, N, R>,
    own: &mut [[Part<S>; R]; 2],
    sums: &mut [Lanes],
    moments: &mut [Lanes],
    from: usize,
    masks: &[Part<S>; R],
    range: Range<usize>,
) {
    let length = range.len();
    let (sums, moments) = (&mut sums[range.start..][..length], &mut moments[range.start..][..length]);
    let span = places.span(range);
    for index in 0..length {
        let others = span.others(simd, index, from);
        let exponents = span.exponents(simd, anchors, (index, from), &others);
        let mut terms = exp2_each(constants, exponents);
        let (mut sum, mut moment) = (part(simd, &sums[index], from), part(simd, &moments[index], from));
        for r in 0..R {
            if MASKED {
                terms[r] *= masks[r];
            }
            let weighted = terms[r] * exponents[r];
            own[0][r] += terms[r];
            own[1][r] += weighted;
            sum += terms[r];
            moment += weighted;
        }
        store_part::<S>(sum, &mut sums[index], from);
        store_part::<S>(moment, &mut moments[index], from);
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
    let mut exponents = splat(simd, 0.0);
    for k in 0..places.dimension() {
        let [a, b] = [block, other].map(
            #[inline(always)]
            |block| load(simd, &places.values[k * places.blocks() + block]),
        );
        exponents += a * places.scale * b;
    }
    let [terms] = exp2_each(&Exp2::new(simd), [exponents]);
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

/// Second walk: adds the gradient of the similarities of `R` rows with the rows behind them to both.
#[inline(always)]
fn add_gradient<S: Simd, const N: usize, const R: usize>(
    simd: S,
    places: &Places<'_, N>,
    block: usize,
    lane: usize,
    constants: &Exp2<Part<S>>,
    weights: &[Lanes],
    gradient: &mut [Lanes],
) {
    let anchors: Anchors<S, N, R> = places.anchors(simd, block, lane, places.scale);
    let plain: Anchors<S, N, R> = places.anchors(simd, block, lane, 1.0);
    let mut own = [[[0.0; LANES]; N]; R];
    let mut own_weights = [fill(simd, 0.0); R];
    for r in 0..R {
        own_weights[r] = fill(simd, weights[block][lane + r]);
    }
    for from in (0..LANES).step_by(part_lanes::<S>()) {
        let mut part = [[fill(simd, 0.0); N]; R];
        for_spans!(
            places,
            simd,
            block,
            lane,
            from,
            gradient_span::<S, N, R>(constants, &anchors, &plain, &own_weights, &mut part, weights, gradient)
        );
        for r in 0..R {
            for k in 0..places.dimension() {
                store_part::<S>(part[r][k], &mut own[r][k], from);
            }
        }
    }
    for r in 0..R {
        for k in 0..places.dimension() {
            gradient[k * places.blocks() + block][lane + r] += sum(own[r][k]);
        }
    }
}

/// The second walk along a span.
#[inline(always)]
#[expect(clippy::too_many_arguments, reason = "the walk's body, apart so that it can be read apart")]
fn gradient_span<S: Simd, const N: usize, const R: usize, const MASKED: bool>(
    simd: S,
    places: &Places<'_, N>,
    constants: &Exp2<Part<S>>,
    anchors: &Anchors<S, N, R>,
    plain: &Anchors<S, N, R>,
    own_weights: &[Part<S>; R],
    own: &mut Anchors<S, N, R>,
    weights: &[Lanes],
    gradient: &mut [Lanes],
    from: usize,
    masks: &[Part<S>; R],
    range: Range<usize>,
) {
    let length = range.len();
    let weights = &weights[range.start..][..length];
    let mut there: [&mut [Lanes]; N] = std::array::from_fn(
        #[inline(always)]
        |_| &mut [] as &mut [Lanes],
    );
    let mut rest = gradient;
    for k in 0..places.dimension() {
        let (coordinate, others) = rest.split_at_mut(places.blocks());
        there[k] = &mut coordinate[range.start..][..length];
        rest = others;
    }
    let span = places.span(range);
    for index in 0..length {
        let others = span.others(simd, index, from);
        let weight = part(simd, &weights[index], from);
        let mut slopes = exp2_each(constants, span.exponents(simd, anchors, (index, from), &others));
        for r in 0..R {
            slopes[r] *= own_weights[r] + weight;
            if MASKED {
                slopes[r] *= masks[r];
            }
        }
        for k in 0..span.dimension() {
            let mut sum = part(simd, &there[k][index], from);
            for r in 0..R {
                own[r][k] += slopes[r] * others[k];
                sum += slopes[r] * plain[r][k];
            }
            store_part::<S>(sum, &mut there[k][index], from);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Similarity;
    use crate::kernels::Instructions;
    use crate::matrix::Matrix;
    use crate::objective::infonce;
    use crate::random::Random;

    /// Terms and gradient of the walks, and of the loss that goes through every anchor's row.
    fn both(config: &Config, outputs: &Matrix, instructions: Instructions) -> [(Terms, Vec<f32>); 2] {
        let mut rows = Rows::default();
        rows.instructions = instructions;
        rows.load(outputs, config.similarity);
        assert!(applies(config, &rows), "{config:?}");
        let walked = evaluate(config, &mut rows, &mut Scratch::default());
        let mut gradient = Matrix::zeros(outputs.rows(), outputs.columns());
        rows.store_gradient(config.similarity, &mut gradient);
        let walked = (walked, gradient.to_rows());
        rows.load(outputs, config.similarity);
        let terms = infonce::anchors(config, &mut rows, &[], &mut infonce::Scratch::default(), None);
        rows.store_gradient(config.similarity, &mut gradient);
        [walked, (terms, gradient.to_rows())]
    }

    #[test]
    fn the_walks_find_what_going_through_every_anchor_finds_with_the_same_bits_everywhere() {
        let mut random = Random::new(5, "rows");
        for pairs in [2, 3, 7, 8, 9, 16, 33] {
            for dimension in [2, 3, 4, 5, 8, 16] {
                for (tau, similarity) in
                    [(0.05, Similarity::Cosine), (0.2, Similarity::Cosine), (2.0, Similarity::Cosine), (3.0, Similarity::Dot)]
                {
                    let values: Vec<f32> = (0..2 * pairs * dimension).map(|_| random.normal()).collect();
                    let outputs = Matrix::from_rows(&values, dimension);
                    let config = Config { tau, similarity, dim: dimension as u32, ..Config::default() };
                    let [walked, anchor_by_anchor] = both(&config, &outputs, Instructions::best());
                    let name = format!("{pairs} pairs, {dimension} coordinates, tau {tau}");
                    let (found, wanted) = (walked.0.infonce.expect("InfoNCE"), anchor_by_anchor.0.infonce.expect("InfoNCE"));
                    for (found, wanted) in [
                        (walked.0.loss, anchor_by_anchor.0.loss),
                        (found.entropy, wanted.entropy),
                        (found.effective_negatives, wanted.effective_negatives),
                        (found.negatives, wanted.negatives),
                    ] {
                        assert!((found - wanted).abs() <= 1e-5 * wanted.abs().max(1.0), "{name}: {found} instead of {wanted}");
                    }
                    let largest = anchor_by_anchor.1.iter().fold(0f32, |largest, slope| largest.max(slope.abs()));
                    for (found, wanted) in walked.1.iter().zip(&anchor_by_anchor.1) {
                        assert!((found - wanted).abs() <= 1e-5 * largest, "{name}: {found} instead of {wanted}");
                    }
                    assert_eq!(both(&config, &outputs, Instructions::baseline()), [walked, anchor_by_anchor], "{name}");
                }
            }
        }
    }

    #[test]
    fn what_could_leave_the_floats_is_left_to_the_other_program() {
        let mut rows = Rows::default();
        rows.load(&Matrix::from_rows(&[3.0, 4.0, 1.0, 0.0, 0.0, 1.0, 2.0, 2.0], 2), Similarity::Dot);
        let with_tau = |tau| Config { tau, similarity: Similarity::Dot, ..Config::default() };
        assert!(applies(&with_tau(1.0), &rows));
        assert!(!applies(&with_tau(0.5), &rows), "25 / 0.5 is an exponent of 72");
        assert!(!applies(&Config { negatives: 1, ..with_tau(1.0) }, &rows));
        rows.load(&Matrix::from_rows(&[f32::NAN, 4.0, 1.0, 0.0], 2), Similarity::Cosine);
        assert!(!applies(&with_tau(10.0), &rows));
    }
}
