//! Activation functions over whole matrices, and their derivatives.

use super::{Instructions, exp_x8, load, splat, vectors, vectors_mut, with_instructions};
use crate::learn::config::Activation;
use fearless_simd::f32x8;
use fearless_simd::prelude::*;

/// 1 / sqrt(2).
const FRAC_1_SQRT_2: f32 = std::f32::consts::FRAC_1_SQRT_2;
/// 1 / sqrt(2 pi).
const FRAC_1_SQRT_TAU: f32 = 0.398_942_3;
/// tanh x on |x| < 0.625 is x + x^3 times this polynomial in x^2, highest power first (Cephes' `tanhf`).
const TANH: [f32; 5] = [-5.704_988_7e-3, 2.063_909e-2, -5.373_971e-2, 1.333_144_2e-1, -3.333_328e-1];
/// 1 - erf x = t e^(-x^2) times this polynomial in t, highest power first (Abramowitz and Stegun, 7.1.26).
const ERF: [f32; 5] = [1.061_405_4, -1.453_152_1, 1.421_413_8, -0.284_496_72, 0.254_829_6];
/// t = 1 / (1 + this |x|).
const ERF_SLOPE: f32 = 0.327_591_1;

/// Puts `output` through the activation; its length is a multiple of eight.
///
/// GELU keeps what goes in in `before`, of the same length, for its derivative; the others leave that alone. The
/// padding stays zero: every activation sends 0 to 0.
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

/// Multiplies `delta` by the activation's derivative, given its results and (for GELU) what went into it.
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

#[inline(always)]
fn relu<S: Simd>(x: f32x8<S>) -> f32x8<S> {
    let zero = splat(x.token(), 0.0);
    x.simd_gt(zero).select(x, zero)
}

/// Hyperbolic tangent: a polynomial below 0.625, by e^x above.
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

/// Error function, off by less than 5e-7.
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

    /// Both functions of eight numbers.
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
                let exact = f64::from(*x).tanh();
                assert!((f64::from(tanh[lane]) - exact).abs() <= 3.0e-7 * exact.abs(), "tanh({x})");
                assert!((f64::from(erf[lane]) - libm::erf(f64::from(*x))).abs() < 5.0e-7, "erf({x})");
            }
            assert_eq!(both(Instructions::baseline(), &eight), [tanh, erf]);
        }
        assert_eq!(both(Instructions::best(), &[0.0, -100.0, 100.0, f32::MIN, 0.0, 0.0, 0.0, 0.0])[0][..4], [0.0, -1.0, 1.0, -1.0]);
    }
}
