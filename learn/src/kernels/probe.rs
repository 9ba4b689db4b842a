//! Measures how fast one core multiplies and adds with the kernels' instructions. The benches compare the kernels with that rate.

use super::{Instructions, splat, sum, with_instructions};
use crate::matrix::LANES;
use fearless_simd::Simd;
use fearless_simd::prelude::*;

/// Operations on each chain in one round: enough that the loop's own cost does not count.
const UNROLLED: usize = 8;

/// Multiplies and adds in registers for `rounds` rounds, without loads or stores. Returns the number of floating-point operations done
/// and a number that depends on all of them, so that the compiler cannot leave any out.
pub fn probe(instructions: Instructions, rounds: u64) -> (u64, f32) {
    with_instructions!(instructions, simd => {
        // As many independent chains of each kind as fit into the registers, so that no operation waits for the previous one.
        if wide(simd) { chains::<_, 6>(simd, rounds) } else { chains::<_, 3>(simd, rounds) }
    })
}

/// Returns true if a vector of eight lanes fits into one register.
#[inline(always)]
fn wide<S: Simd>(_: S) -> bool {
    S::f32s::LEN >= LANES
}

/// Runs `N` chains of multiplications and `N` of additions; returns what [`probe`] returns.
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
