//! Alignment and uniformity as a loss (Wang and Isola 2020): the mean over pairs of |z_a - z_b|^2, plus `weight` times
//! ln of the mean of e^{-2 |z_i - z_j|^2} over all distinct pairs of the 2N rows.
//!
//! Where rows may be far apart, the smallest squared distance is taken out of the exponentials first, so that something is left of them.

use super::Terms;
use super::rows::Rows;
use crate::kernels::{exp_x8, load, splat, sum, vectors, vectors_mut, with_instructions};
use crate::matrix::LANES;

/// Walks over all pairs of rows: for the smallest distance, for the sum, for the gradient.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Walk {
    #[default]
    Nearest,
    Sum,
    Gradient,
}

/// Rows whose squared length is at most this have distances whose exponentials are floats without that.
const LONGEST_SQUARE: f32 = 4.0;

/// Working memory and progress of an evaluation.
#[derive(Clone, Debug, Default)]
pub(super) struct Scratch {
    distances: Vec<f32>,
    walk: Walk,
    next: usize,
    nearest: f32,
    sum: f64,
}

/// Starts an evaluation.
pub(super) fn begin(rows: &Rows, scratch: &mut Scratch) {
    scratch.distances.resize(rows.places(), 0.0);
    let (walk, nearest) = if rows.largest_square() <= LONGEST_SQUARE { (Walk::Sum, 0.0) } else { (Walk::Nearest, f32::INFINITY) };
    (scratch.walk, scratch.next, scratch.nearest, scratch.sum) = (walk, 0, nearest, 0.0);
}

/// Goes on for at least `comparisons` comparisons of two rows. Returns the terms once it is done; then the gradient by the rows is complete.
pub(super) fn advance(weight: f32, rows: &mut Rows, comparisons: usize, scratch: &mut Scratch) -> Option<Terms> {
    let count = rows.rows();
    let mut made = 0;
    loop {
        while scratch.next < count {
            if made >= comparisons {
                return None;
            }
            row(weight, rows, scratch);
            scratch.next += 1;
            made += count - scratch.next;
        }
        scratch.next = 0;
        scratch.walk = match scratch.walk {
            Walk::Nearest => Walk::Sum,
            Walk::Sum => Walk::Gradient,
            Walk::Gradient => break,
        };
    }
    let alignment = align(rows);
    let distinct = (count * (count - 1) / 2) as f64;
    let uniformity = libm::log(scratch.sum / distinct) - 2.0 * f64::from(scratch.nearest);
    Some(Terms { loss: (alignment + f64::from(weight) * uniformity) as f32, ..Terms::default() })
}

/// Returns the sum of e^(-2 (d^2 - s)) over all distinct pairs of rows, and s.
pub(super) fn kernel_sum(scratch: &Scratch) -> (f64, f32) {
    (scratch.sum, scratch.nearest)
}

/// Compares the next row with those behind it.
fn row(weight: f32, rows: &mut Rows, scratch: &mut Scratch) {
    let place = rows.place(scratch.next);
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
    match scratch.walk {
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
