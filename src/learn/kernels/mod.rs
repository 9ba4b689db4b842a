//! The inner loops. Each has one fixed order of operations, so that it gives the same bits on every platform and in
//! every build: an output element is summed over its index in ascending order, a sum over lanes by [`sum`].
//!
//! They are plain loops over eight lanes, shaped so that the compiler keeps the lanes in vector registers; nothing
//! is dispatched at run time and nothing is fused.

mod functions;
mod product;

pub use functions::{erf, exp, tanh};
pub use product::{add_column_sums, multiply, multiply_transposed};

use super::matrix::LANES;

/// Eight partial results.
pub type Lanes = [f32; LANES];

/// The eight numbers at `start`.
#[inline(always)]
pub fn load(values: &[f32], start: usize) -> Lanes {
    let mut lanes = [0.0; LANES];
    lanes.copy_from_slice(&values[start..start + LANES]);
    lanes
}

/// A slice whose length is a multiple of eight, as vectors.
#[inline(always)]
pub fn vectors(values: &[f32]) -> &[Lanes] {
    values.as_chunks::<LANES>().0
}

/// The sum of the lanes, always added in this order.
#[inline(always)]
pub fn sum(lanes: Lanes) -> f32 {
    let [a, b, c, d, e, f, g, h] = lanes;
    ((a + e) + (c + g)) + ((b + f) + (d + h))
}

/// The largest lane.
#[inline(always)]
pub fn largest(lanes: Lanes) -> f32 {
    lanes.into_iter().fold(f32::NEG_INFINITY, |a, b| if b > a { b } else { a })
}
