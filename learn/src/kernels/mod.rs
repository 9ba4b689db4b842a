//! The inner loops of training.
//!
//! Each kernel has one fixed order of operations, so that it gives the same bits on every platform, in every build and with every set
//! of vector instructions. An output element is summed over its index in ascending order; [`sum`] adds the lanes of a vector;
//! multiplications and additions are never fused.
//!
//! A kernel is written once, over vectors of eight lanes, and compiled for each of the [`Instructions`].

mod activation;
mod elementary;
pub(crate) mod instructions;
mod probe;
mod product;

pub use activation::{activate, differentiate};
pub use elementary::{Exp2, exp, exp_x8, exp2_each, ln_x8};
pub use instructions::Instructions;
pub(crate) use instructions::with_instructions;
pub use probe::probe;
pub use product::{add_column_sums, multiply, multiply_transposed};

use super::matrix::LANES;
use fearless_simd::{Simd, SimdFrom as _, f32x8};

/// The values of one vector of eight lanes.
pub type Lanes = [f32; LANES];

/// Returns the vectors of a slice whose length is a multiple of eight.
#[inline(always)]
pub fn vectors(values: &[f32]) -> &[Lanes] {
    values.as_chunks::<LANES>().0
}

/// Returns the vectors of a mutable slice whose length is a multiple of eight.
#[inline(always)]
pub fn vectors_mut(values: &mut [f32]) -> &mut [Lanes] {
    values.as_chunks_mut::<LANES>().0
}

/// Loads eight numbers into a vector.
#[inline(always)]
pub fn load<S: Simd>(simd: S, lanes: &Lanes) -> f32x8<S> {
    f32x8::simd_from(simd, *lanes)
}

/// Returns a vector with `value` in every lane.
#[inline(always)]
pub fn splat<S: Simd>(simd: S, value: f32) -> f32x8<S> {
    f32x8::simd_from(simd, value)
}

/// Returns the sum of the lanes, always added in the same order.
#[inline(always)]
pub fn sum(lanes: Lanes) -> f32 {
    let [a, b, c, d, e, f, g, h] = lanes;
    ((a + e) + (c + g)) + ((b + f) + (d + h))
}

/// Returns the largest lane. NaN lanes are ignored.
#[inline(always)]
pub fn largest(lanes: Lanes) -> f32 {
    lanes.into_iter().fold(f32::NEG_INFINITY, |a, b| if b > a { b } else { a })
}
