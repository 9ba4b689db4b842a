//! Alignment and uniformity as a loss (Wang and Isola 2020): the mean over pairs of |z_a - z_b|^2, plus `weight` times
//! ln of the mean of e^{-2 |z_i - z_j|^2} over all distinct pairs of the 2N rows.
//!
//! Where rows may be far apart, the smallest squared distance is taken out of the exponentials first, so that something is left of them.

use super::pair::{Asked, PairLoss};
use crate::config::Config;
use crate::kernels::{exp, exp_x8, load, splat, sum, vectors, vectors_mut, with_instructions};
use crate::matrix::LANES;
use crate::report::{About, Kind, Line, Quantities, Telling, Terms, WhyAsked};
use crate::rows::{Rows, Watch};

/// Walks over all pairs of rows: for the smallest distance, for the sum, for the gradient.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Walk {
    Nearest,
    Sum,
    Gradient,
}

/// Rows whose squared length is at most this have distances whose exponentials are floats without that.
const LONGEST_SQUARE: f32 = 4.0;

/// Working memory of an evaluation.
#[derive(Clone, Debug, Default)]
pub(super) struct Scratch {
    distances: Vec<f32>,
    nearest: f32,
    sum: f64,
}

/// Alignment and uniformity, with its scratch memory.
#[derive(Clone, Debug, Default)]
pub struct AlignUniform(Scratch);

impl PairLoss for AlignUniform {
    const ABOUT: About = About {
        headline: "uniformity",
        convention: |config| vec![("loss", config.loss.word()), ("similarity", config.similarity.word())],
        remedies: &[("collapsed", &[&[("weight", "1")]])],
        measures_raw_rows: false,
        has_turns: true,
        ..About::PLAIN
    };
    const BY_DIFFERENCE: bool = true;

    fn evaluate(&mut self, asked: Asked<'_>, rows: &mut Rows, _: &mut [f32], _: Option<&mut Watch>) -> Terms {
        walks(asked.config.weight, rows, &mut self.0)
    }

    /// Each pair of rows comes once, whoever is the anchor.
    fn weights(&self, config: &Config, rows: &Rows, watch: &Watch, other: usize, is_positive: bool) -> [f32; 2] {
        let (sum, nearest) = (self.0.sum, self.0.nearest);
        let square: f32 = rows.row(watch.row).zip(rows.row(other)).map(|(a, b)| (a - b) * (a - b)).sum();
        let push = 2.0 * f64::from(config.weight) * libm::exp(-2.0 * f64::from(square - nearest)) / sum;
        let pull = if is_positive { 1.0 / rows.pairs() as f64 } else { 0.0 };
        [(2.0 * (pull - push)) as f32, 0.0]
    }

    /// Log of the mean kernel.
    fn loss_at(_: &Config, anchor: &[f32], others: &[f32]) -> f32 {
        let square = |other: &[f32]| anchor.iter().zip(other).map(|(a, b)| (a - b) * (a - b)).sum::<f32>();
        let rows = others.chunks_exact(anchor.len());
        let count = rows.len().max(1) as f32;
        libm::logf(rows.map(|other| exp(-2.0 * square(other))).sum::<f32>() / count)
    }

    fn formula(config: &Config) -> Kind {
        Kind::AlignUniform { pairs: config.batch as usize, weight: config.weight }
    }

    fn why(asked: &WhyAsked<'_>) -> Vec<Line> {
        asked.plain()
    }

    fn compare(telling: &Telling<'_>) -> (&'static str, Quantities) {
        ("uniform", telling.all_pairs().1)
    }
}

/// Returns the terms, and writes the gradient by the rows.
fn walks(weight: f32, rows: &mut Rows, scratch: &mut Scratch) -> Terms {
    let count = rows.rows();
    scratch.distances.resize(rows.places(), 0.0);
    let may_be_far = rows.largest_square() > LONGEST_SQUARE;
    (scratch.nearest, scratch.sum) = (if may_be_far { f32::INFINITY } else { 0.0 }, 0.0);
    for walk in [Walk::Nearest, Walk::Sum, Walk::Gradient].into_iter().filter(|walk| may_be_far || *walk != Walk::Nearest) {
        for index in 0..count {
            row(walk, weight, index, rows, scratch);
        }
    }
    let alignment = align(rows);
    let distinct = (count * (count - 1) / 2) as f64;
    let uniformity = libm::log(scratch.sum / distinct) - 2.0 * f64::from(scratch.nearest);
    Terms { loss: (alignment + f64::from(weight) * uniformity) as f32, ..Terms::default() }
}

/// Compares a row with those behind it.
fn row(walk: Walk, weight: f32, index: usize, rows: &mut Rows, scratch: &mut Scratch) {
    let place = rows.place(index);
    let start = place - place % LANES;
    let span = start..rows.places();
    rows.squared_distances(place..place + 1, span.clone(), &mut scratch.distances);
    // The row itself, those before it, and padding belong to no pair.
    scratch.distances[start..=place].fill(f32::INFINITY);
    let (first, second) = (rows.view_places(0), rows.view_places(1));
    for padding in [first.start + rows.pairs()..first.end, second.start + rows.pairs()..second.end] {
        let padding = padding.start.max(start)..padding.end.max(start);
        scratch.distances[padding].fill(f32::INFINITY);
    }
    let nearest = scratch.nearest;
    let squares = &mut scratch.distances[span.clone()];
    match walk {
        Walk::Nearest => scratch.nearest = squares.iter().copied().fold(nearest, f32::min),
        Walk::Sum => {
            scratch.sum += with_instructions!(rows.instructions, simd => {
                let mut sums = splat(simd, 0.0);
                for squares in vectors(squares) {
                    sums += exp_x8((load(simd, squares) - nearest) * -2.0);
                }
                f64::from(sum(*sums))
            });
        }
        Walk::Gradient => {
            // By each squared distance d^2: -2 weight e^(-2 d^2) over the sum.
            let factor = (-2.0 * f64::from(weight) / scratch.sum) as f32;
            with_instructions!(rows.instructions, simd => {
                for squares in vectors_mut(squares) {
                    *squares = *(exp_x8((load(simd, squares) - nearest) * -2.0) * factor);
                }
            });
            rows.add_distance_gradient(place, span, &scratch.distances);
        }
    }
}

/// Returns L_align and adds its gradient.
fn align(rows: &mut Rows) -> f64 {
    let pairs = rows.pairs();
    let mut total = 0.0;
    for pair in 0..pairs {
        let (a, b) = (rows.place(pair), rows.place(pairs + pair));
        for k in 0..rows.dimension() {
            let difference = rows.at(k, a) - rows.at(k, b);
            total += f64::from(difference) * f64::from(difference);
            rows.add_to_gradient(k, a, 2.0 * difference / pairs as f32);
            rows.add_to_gradient(k, b, -2.0 * difference / pairs as f32);
        }
    }
    total / pairs as f64
}
