//! Activation functions and their derivatives, over whole matrices.

use super::{Instructions, exp_x8, load, splat, vectors, vectors_mut, with_instructions};
use crate::config::Activation;
use fearless_simd::f32x8;
use fearless_simd::prelude::*;

/// 1 / sqrt(2).
const FRAC_1_SQRT_2: f32 = std::f32::consts::FRAC_1_SQRT_2;
/// 1 / sqrt(2 pi).
const FRAC_1_SQRT_TAU: f32 = 0.398_942_3;
/// Coefficients, highest power first, of P in tanh x = x + x^3 P(x^2) for |x| < 0.625 (Cephes' `tanhf`).
const TANH: [f32; 5] = [-5.704_988_7e-3, 2.063_909e-2, -5.373_971e-2, 1.333_144_2e-1, -3.333_328e-1];
/// Coefficients, highest power first, of P in 1 - erf x = t e^(-x^2) P(t) for x >= 0 (Abramowitz and Stegun, 7.1.26).
const ERF: [f32; 5] = [1.061_405_4, -1.453_152_1, 1.421_413_8, -0.284_496_72, 0.254_829_6];
/// The p in t = 1 / (1 + p |x|), the variable of [`ERF`]'s polynomial.
const ERF_SLOPE: f32 = 0.327_591_1;

/// Replaces every value x of `output` by the activation of x. The length of `output` is a multiple of eight.
///
/// GELU also copies x into `before`, which has the same length, because its derivative needs x; the other activations do not
/// touch `before`. Padding stays zero, because every activation maps 0 to 0.
pub fn activate(instructions: Instructions, activation: Activation, output: &mut [f32], before: &mut [f32]) {
    with_instructions!(instructions, simd => match activation {
        Activation::Linear => {}
        Activation::Relu => {
            for value in vectors_mut(output) {
                *value = *relu(load(simd, value));
            }
        }
        Activation::Tanh => {
            for value in vectors_mut(output) {
                *value = *tanh(load(simd, value));
            }
        }
        Activation::Gelu => {
            for (value, before) in vectors_mut(output).iter_mut().zip(vectors_mut(before)) {
                let x = load(simd, value);
                *before = *x;
                *value = *(x * (erf(x * FRAC_1_SQRT_2) + 1.0) * 0.5);
            }
        }
    });
}

/// Multiplies `delta` by the activation's derivative. `output` holds the activation's results, `before` its arguments (read for
/// GELU only).
pub fn differentiate(instructions: Instructions, activation: Activation, output: &[f32], before: &[f32], delta: &mut [f32]) {
    with_instructions!(instructions, simd => match activation {
        Activation::Linear => {}
        Activation::Relu => {
            let zero = splat(simd, 0.0);
            for (delta, output) in vectors_mut(delta).iter_mut().zip(vectors(output)) {
                *delta = *load(simd, output).simd_gt(zero).select(load(simd, delta), zero);
            }
        }
        Activation::Tanh => {
            let one = splat(simd, 1.0);
            for (delta, output) in vectors_mut(delta).iter_mut().zip(vectors(output)) {
                let output = load(simd, output);
                *delta = *(load(simd, delta) * (one - output * output));
            }
        }
        Activation::Gelu => {
            for (delta, x) in vectors_mut(delta).iter_mut().zip(vectors(before)) {
                let x = load(simd, x);
                let share = (erf(x * FRAC_1_SQRT_2) + 1.0) * 0.5;
                let density = exp_x8(x * x * -0.5) * FRAC_1_SQRT_TAU;
                *delta = *(load(simd, delta) * (share + x * density));
            }
        }
    });
}

/// Returns max(0, x) in each lane.
#[inline(always)]
fn relu<S: Simd>(x: f32x8<S>) -> f32x8<S> {
    let zero = splat(x.token(), 0.0);
    x.simd_gt(zero).select(x, zero)
}

/// Returns the hyperbolic tangent of each lane: by [`TANH`]'s polynomial for |x| < 0.625, else as (1 - e^(-2|x|)) / (1 + e^(-2|x|)).
#[inline(always)]
fn tanh<S: Simd>(x: f32x8<S>) -> f32x8<S> {
    let simd = x.token();
    let one = splat(simd, 1.0);
    let size = x.abs();
    let square = x * x;
    let mut polynomial = splat(simd, TANH[0]);
    for coefficient in &TANH[1..] {
        polynomial = polynomial * square + *coefficient;
    }
    let near = polynomial * square * x + x;
    let decay = exp_x8(size * -2.0);
    let far = ((one - decay) / (one + decay)).copysign(x);
    size.simd_lt(splat(simd, 0.625)).select(near, far)
}

/// Returns the error function of each lane, with an absolute error below 5e-7.
#[inline(always)]
fn erf<S: Simd>(x: f32x8<S>) -> f32x8<S> {
    let simd = x.token();
    let one = splat(simd, 1.0);
    let size = x.abs();
    let t = one / (size * ERF_SLOPE + 1.0);
    let mut polynomial = splat(simd, ERF[0]);
    for coefficient in &ERF[1..] {
        polynomial = polynomial * t + *coefficient;
    }
    (one - polynomial * t * exp_x8(-(size * size))).copysign(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns tanh and erf of eight numbers.
    fn both(instructions: Instructions, eight: &[f32; 8]) -> [[f32; 8]; 2] {
        with_instructions!(instructions, simd => {
            let x = load(simd, eight);
            [*tanh(x), *erf(x)]
        })
    }

    #[test]
    fn tanh_and_erf_follow_the_exact_functions_with_every_set_of_instructions() {
        for start in 0..25_000 {
            let eight: [f32; 8] = std::array::from_fn(|lane| -9.0 + 18.0 * ((8 * start + lane) as f32 / 200_000.0));
            let [tanh, erf] = both(Instructions::best(), &eight);
            for (lane, x) in eight.iter().enumerate() {
                let exact = libm::tanh(f64::from(*x));
                assert!((f64::from(tanh[lane]) - exact).abs() <= 3.0e-7 * exact.abs(), "tanh({x})");
                assert!((f64::from(erf[lane]) - libm::erf(f64::from(*x))).abs() < 5.0e-7, "erf({x})");
            }
            assert_eq!(both(Instructions::baseline(), &eight), [tanh, erf]);
        }
        assert_eq!(both(Instructions::best(), &[0.0, -100.0, 100.0, f32::MIN, 0.0, 0.0, 0.0, 0.0])[0][..4], [0.0, -1.0, 1.0, -1.0]);
    }
}
