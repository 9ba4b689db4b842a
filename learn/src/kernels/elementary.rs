//! Exponential and logarithm written with plain operations and without branches, so that they give the same bits on every platform.
//!
//! The functions for vectors have twins for one number, which a test holds them to, bit by bit. Of those only `exp` is used otherwise.

use fearless_simd::prelude::*;
use fearless_simd::{f32x8, u32x8};

/// log2(e).
const LOG2_E: f32 = std::f32::consts::LOG2_E;
/// The leading bits of ln 2. It has few enough bits that n times it is exact for every whole n that occurs here.
const LN2_HIGH: f32 = 0.693_359_4;
/// ln 2 - [`LN2_HIGH`].
const LN2_LOW: f32 = -2.121_944_4e-4;
/// 1.5 * 2^23. Adding it to a number and subtracting it again rounds the number to the nearest whole one.
const ROUND: f32 = 12_582_912.0;
/// Below this x, [`exp`] returns 0: e^x would no longer be a normal number.
const EXP_LOWEST: f32 = -87.3;
/// Above this x, [`exp`] returns its value at this x: e^x would overflow.
const EXP_HIGHEST: f32 = 88.3;
/// Coefficients, highest power first, of P in e^r = 1 + r + r^2 P(r) for |r| <= ln 2 / 2 (Cephes' `expf`).
const EXP: [f32; 6] = [1.987_569_1e-4, 1.398_2e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5];
/// Coefficients, lowest power first, of the polynomial for 2^r on |r| <= 1/2 that has the smallest maximal relative error (found
/// with the Remez exchange algorithm).
const EXP2: [f32; 6] = [1.0, 6.931_469_4e-1, 2.402_212e-1, 5.550_713e-2, 9.675_541e-3, 1.327_647_2e-3];
/// The bits of sqrt(2) / 2. [`ln_x8`] scales its argument by a power of two to between sqrt(2) / 2 and sqrt(2).
const SQRT_HALF: u32 = 0x3f35_04f3;
/// The bits of 1.0.
const ONE: u32 = 0x3f80_0000;
/// Mask of a float's mantissa bits.
const MANTISSA: u32 = 0x007f_ffff;
/// Coefficients of s^2, s^4, s^6 and s^8 in (ln(1 + s) - ln(1 - s) - 2s) / s for |s| < 0.1716 (FreeBSD's `logf`).
const LN: [f32; 4] = [0.666_666_6, 0.400_009_72, 0.284_987_87, 0.242_790_79];

/// Returns e^x with an error below 2 units in the last place; 0 for x < -87.3 (and at minus infinity), about 2.2e38 for x > 88.3.
///
/// Writes x = n ln 2 + r with |r| <= ln 2 / 2, computes e^r with a polynomial and multiplies it by 2^n, made from its exponent bits.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    // Not `f32::clamp`: it returns NaN for NaN, and the bits shifted below would be meaningless.
    let above = if x > EXP_LOWEST { x } else { EXP_LOWEST };
    let inside = if above < EXP_HIGHEST { above } else { EXP_HIGHEST };
    let shifted = inside * LOG2_E + ROUND;
    let whole = shifted - ROUND;
    let rest = (inside - whole * LN2_HIGH) - whole * LN2_LOW;
    let mut polynomial = EXP[0];
    for coefficient in &EXP[1..] {
        polynomial = polynomial * rest + coefficient;
    }
    let exp_rest = polynomial * (rest * rest) + rest + 1.0;
    // The low bits of `shifted` hold n; the exponent field starts at bit 23.
    let power = f32::from_bits(shifted.to_bits().wrapping_add(127) << 23);
    let result = exp_rest * power;
    if x < EXP_LOWEST { 0.0 } else { result }
}

/// Returns [`exp`] of each lane.
#[inline(always)]
pub fn exp_x8<S: Simd>(x: f32x8<S>) -> f32x8<S> {
    let simd = x.token();
    let (lowest, highest) = (f32x8::simd_from(simd, EXP_LOWEST), f32x8::simd_from(simd, EXP_HIGHEST));
    let above = x.simd_gt(lowest).select(x, lowest);
    let inside = above.simd_lt(highest).select(above, highest);
    let shifted = inside * LOG2_E + ROUND;
    let whole = shifted - ROUND;
    let rest = (inside - whole * LN2_HIGH) - whole * LN2_LOW;
    let mut polynomial = f32x8::simd_from(simd, EXP[0]);
    for coefficient in &EXP[1..] {
        polynomial = polynomial * rest + *coefficient;
    }
    let exp_rest = polynomial * (rest * rest) + rest + 1.0;
    let bits: u32x8<S> = (shifted.to_bits() + 127) << 23;
    let result = exp_rest * f32x8::from_bits(bits);
    x.simd_lt(lowest).select(f32x8::simd_from(simd, 0.0), result)
}

/// The twin of [`exp2_each`] for one number.
#[cfg(test)]
fn exp2(y: f32) -> f32 {
    let shifted = y + ROUND;
    let rest = y - (shifted - ROUND);
    let square = rest * rest;
    let [low, middle, high] = [0, 2, 4].map(|k| EXP2[k] + rest * EXP2[k + 1]);
    let polynomial = low + square * (middle + square * high);
    // The low bits of `shifted` hold the whole part of y; this adds it to the exponent.
    f32::from_bits(polynomial.to_bits().wrapping_add(shifted.to_bits() << 23))
}

/// The constants of [`exp2_each`], each copied to all lanes.
pub struct Exp2<V> {
    round: V,
    powers: [V; 6],
}

impl<V> Exp2<V> {
    /// Fills the vectors once; the caller keeps them outside its loops.
    #[inline(always)]
    pub fn new<S: Simd>(simd: S) -> Self
    where
        V: SimdFloat<S, Element = f32>,
    {
        // The wasm compiler would fill constant vectors again in every iteration of a loop. `black_box` hides that these are constant.
        let (round, powers) = std::hint::black_box((ROUND, EXP2));
        let splat = |value| V::simd_from(simd, value);
        Self { round: splat(round), powers: powers.map(splat) }
    }
}

/// Returns 2^y of each lane of `R` vectors, for |y| < 126 with a relative error below 2.5 * 2^-23. For other y the value is not specified,
/// except that its bits are the same on every platform. Each operation is done for all vectors before the next one, so that the processor
/// works on the other vectors while one vector's operation waits for its predecessor's result.
#[inline(always)]
pub fn exp2_each<S: Simd, V: SimdFloat<S, Element = f32>, const R: usize>(constants: &Exp2<V>, y: [V; R]) -> [V; R] {
    let Exp2 { round, powers } = constants;
    let (mut shifted, mut rest, mut power) = (y, y, y);
    for r in 0..R {
        shifted[r] = y[r] + *round;
    }
    for r in 0..R {
        rest[r] = y[r] - (shifted[r] - *round);
    }
    let mut square = rest;
    for r in 0..R {
        square[r] = rest[r] * rest[r];
    }
    for r in 0..R {
        power[r] = rest[r] * powers[5] + powers[4];
    }
    for r in 0..R {
        power[r] = square[r] * power[r] + (rest[r] * powers[3] + powers[2]);
    }
    for r in 0..R {
        power[r] = square[r] * power[r] + (rest[r] * powers[1] + powers[0]);
    }
    for r in 0..R {
        power[r] = V::from_bits(power[r].to_bits() + (shifted[r].to_bits() << 23));
    }
    power
}

/// The twin of [`ln_x8`] for one number.
#[cfg(test)]
fn ln(x: f32) -> f32 {
    let bits = x.to_bits().wrapping_add(ONE - SQRT_HALF);
    let exponent = f32::from_bits((bits >> 23).wrapping_add(ROUND.to_bits())) - (ROUND + 127.0);
    let f = f32::from_bits((bits & MANTISSA) + SQRT_HALF) - 1.0;
    let s = f / (f + 2.0);
    let z = s * s;
    let w = z * z;
    let series = z * (LN[0] + w * LN[2]) + w * (LN[1] + w * LN[3]);
    let half = f * f * 0.5;
    s * (half + series) + exponent * LN2_LOW - half + f + exponent * LN2_HIGH
}

/// Returns the natural logarithm of each lane, of a positive normal number with an error below 1 unit in the last place (FreeBSD's
/// `logf`).
#[inline(always)]
pub fn ln_x8<S: Simd>(x: f32x8<S>) -> f32x8<S> {
    let bits: u32x8<S> = x.to_bits() + (ONE - SQRT_HALF);
    let exponent = f32x8::from_bits((bits >> 23) + ROUND.to_bits()) - (ROUND + 127.0);
    let f = f32x8::from_bits((bits & MANTISSA) + SQRT_HALF) - 1.0;
    let s = f / (f + 2.0);
    let z = s * s;
    let w = z * z;
    let series = z * (w * LN[2] + LN[0]) + w * (w * LN[3] + LN[1]);
    let half = f * f * 0.5;
    s * (half + series) + exponent * LN2_LOW - half + f + exponent * LN2_HIGH
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::{Instructions, load, with_instructions};

    /// Returns every `stride`-th float from `low` to `high`. Both must have the same sign.
    fn floats(low: f32, high: f32, stride: usize) -> impl Iterator<Item = f32> {
        let (a, b) = (low.to_bits(), high.to_bits());
        (a.min(b)..=a.max(b)).step_by(stride).map(f32::from_bits)
    }

    /// Returns the largest error of `ours` over every 101st float of a range, relative to the exact result, in units of 2^-23.
    fn worst(low: f32, high: f32, ours: impl Fn(f32) -> f32, exact: impl Fn(f64) -> f64) -> f64 {
        floats(low, high, 101)
            .map(|x| {
                let exact = exact(f64::from(x));
                (f64::from(ours(x)) - exact).abs() / (exact.abs() * f64::from(f32::EPSILON))
            })
            .fold(0.0, f64::max)
    }

    #[test]
    fn exponentials_are_within_their_bounds() {
        for sign in [-1.0, 1.0] {
            let error = worst(sign * 1e-9, sign * 87.3, exp, libm::exp);
            assert!(error < 2.0, "exp: {error}");
            let error = worst(sign * 1e-9, sign * 125.9, exp2, libm::exp2);
            assert!(error < 2.5, "exp2: {error}");
        }
        assert_eq!((exp(0.0), exp2(0.0)), (1.0, 1.0));
        assert_eq!((exp(f32::NEG_INFINITY), exp(-100.0)), (0.0, 0.0));
        assert!(exp(1000.0).is_finite() && exp(f32::NAN).is_finite());
    }

    #[test]
    fn the_logarithm_is_within_its_bound() {
        let error =
            worst(f32::MIN_POSITIVE, 1.0 - f32::EPSILON / 2.0, ln, libm::log).max(worst(1.0 + f32::EPSILON, f32::MAX, ln, libm::log));
        assert!(error < 1.0, "{error}");
        assert_eq!(ln(1.0), 0.0);
    }

    #[test]
    fn one_number_and_eight_have_the_same_bits_with_every_set_of_instructions() {
        let edges = [0.0, -0.0, 1.0, -1.0, f32::INFINITY, f32::NEG_INFINITY, f32::NAN, f32::MAX, f32::MIN, f32::MIN_POSITIVE];
        let inputs: Vec<f32> = edges.into_iter().chain(floats(1e-9, 200.0, 9973)).chain(floats(-1e-9, -200.0, 9973)).collect();
        for vectors in [Instructions::best(), Instructions::baseline()] {
            for eight in inputs.as_chunks::<8>().0 {
                let [e, e2, l] = with_instructions!(vectors, simd => {
                    let x = load(simd, eight);
                    let [power] = exp2_each(&Exp2::new(simd), [x]);
                    [*exp_x8(x), *power, *ln_x8(x)]
                });
                for (lane, x) in eight.iter().enumerate() {
                    assert_eq!(e[lane].to_bits(), exp(*x).to_bits(), "exp({x}), {}", vectors.name());
                    assert!(x.is_nan() || e2[lane].to_bits() == exp2(*x).to_bits(), "exp2({x}), {}", vectors.name());
                    assert!(x.is_nan() || l[lane].to_bits() == ln(*x).to_bits(), "ln({x}), {}", vectors.name());
                }
            }
        }
    }
}
