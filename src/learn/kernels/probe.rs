//! What the core can do at most with the kernels' own instructions: the measure that benches hold the kernels against.

use super::{Instructions, splat, sum, with_instructions};
use crate::learn::matrix::LANES;
use fearless_simd::Simd;
use fearless_simd::prelude::*;

/// Operations on each chain in a round, so that the loop itself costs nothing.
const UNROLLED: usize = 8;

/// Multiplies and adds in registers, without a load or a store, `rounds` times; gives the floating-point operations done and a number that
/// depends on all of them.
pub fn probe(instructions: Instructions, rounds: u64) -> (u64, f32) {
    with_instructions!(instructions, simd => {
        // As many chains of each kind as the registers hold, so that no operation waits for the one before.
        if wide(simd) { chains::<_, 6>(simd, rounds) } else { chains::<_, 3>(simd, rounds) }
    })
}

/// Whether a vector of eight lanes is one register.
#[inline(always)]
fn wide<S: Simd>(_: S) -> bool {
    S::f32s::LEN >= LANES
}

#[inline(always)]
fn chains<S: Simd, const N: usize>(simd: S, rounds: u64) -> (u64, f32) {
    let (mut products, mut sums) = ([splat(simd, 1.0); N], [splat(simd, 1.0); N]);
    let (factor, addend) = (splat(simd, std::hint::black_box(1.0)), splat(simd, std::hint::black_box(0.5)));
    for _ in 0..rounds {
        for _ in 0..UNROLLED {
            for chain in 0..N {
                products[chain] *= factor;
                sums[chain] += addend;
            }
        }
    }
    let mut result = 0.0;
    for chain in 0..N {
        result += sum(*(products[chain] + sums[chain]));
    }
    (rounds * 2 * (UNROLLED * N * LANES) as u64, result)
}
