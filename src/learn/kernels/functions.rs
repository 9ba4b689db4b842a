//! Special functions written with plain operations and without branches, so that loops over slices vectorise and
//! every platform gives the same bits.

/// log2(e).
const LOG2_E: f32 = std::f32::consts::LOG2_E;
/// The leading bits of ln 2: n times it is exact for the n that occur.
const LN2_HIGH: f32 = 0.693_359_4;
/// What is missing from [`LN2_HIGH`] to ln 2.
const LN2_LOW: f32 = -2.121_944_4e-4;
/// Adding and taking away 1.5 * 2^23 rounds to the nearest whole number.
const ROUND: f32 = 12_582_912.0;
/// Below this e^x is taken to be zero: it would leave the normal numbers.
const EXP_LOWEST: f32 = -87.3;
/// Above this e^x would overflow; the result stays at the largest value.
const EXP_HIGHEST: f32 = 88.3;

/// e^x, off by less than 2 units in the last place; 0 below -87.3 (and at minus infinity), about 2.2e38 above 88.3.
///
/// x = n ln 2 + r with |r| <= ln 2 / 2; e^r by the polynomial of Cephes' `expf`, and 2^n by its exponent bits.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    // Not `f32::clamp`, which keeps NaN and so would keep the shift below from being defined.
    let above = if x > EXP_LOWEST { x } else { EXP_LOWEST };
    let inside = if above < EXP_HIGHEST { above } else { EXP_HIGHEST };
    let shifted = inside * LOG2_E + ROUND;
    let whole = shifted - ROUND;
    let rest = (inside - whole * LN2_HIGH) - whole * LN2_LOW;
    let mut polynomial = 1.987_569_1e-4;
    polynomial = polynomial * rest + 1.398_2e-3;
    polynomial = polynomial * rest + 8.333_452e-3;
    polynomial = polynomial * rest + 4.166_579_6e-2;
    polynomial = polynomial * rest + 1.666_666_5e-1;
    polynomial = polynomial * rest + 0.5;
    let exp_rest = polynomial * (rest * rest) + rest + 1.0;
    // The low bits of `shifted` hold n; the exponent field starts at bit 23.
    let power = f32::from_bits(shifted.to_bits().wrapping_add(127) << 23);
    let result = exp_rest * power;
    if x < EXP_LOWEST { 0.0 } else { result }
}

/// Hyperbolic tangent: a polynomial (Cephes) below 0.625, by e^x above.
#[inline(always)]
pub fn tanh(x: f32) -> f32 {
    let size = x.abs();
    let square = x * x;
    let mut polynomial = -5.704_988_7e-3;
    polynomial = polynomial * square + 2.063_909e-2;
    polynomial = polynomial * square - 5.373_971e-2;
    polynomial = polynomial * square + 1.333_144_2e-1;
    polynomial = polynomial * square - 3.333_328e-1;
    let near = polynomial * square * x + x;
    let decay = exp(-2.0 * size);
    let far = ((1.0 - decay) / (1.0 + decay)).copysign(x);
    if size < 0.625 { near } else { far }
}

/// Error function, off by less than 5e-7 (Abramowitz and Stegun, 7.1.26).
#[inline(always)]
pub fn erf(x: f32) -> f32 {
    let size = x.abs();
    let t = 1.0 / (1.0 + 0.327_591_1 * size);
    let mut polynomial = 1.061_405_4;
    polynomial = polynomial * t - 1.453_152_1;
    polynomial = polynomial * t + 1.421_413_8;
    polynomial = polynomial * t - 0.284_496_72;
    polynomial = polynomial * t + 0.254_829_6;
    (1.0 - polynomial * t * exp(-size * size)).copysign(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Points spread over [low, high].
    fn spread(low: f32, high: f32) -> impl Iterator<Item = f32> {
        (0..=200_000).map(move |i| low + (high - low) * (i as f32 / 200_000.0))
    }

    #[test]
    fn exp_is_within_two_units_in_the_last_place() {
        for x in spread(-87.3, 88.3) {
            let exact = f64::from(x).exp();
            let unit = f64::from(f32::EPSILON) * exact;
            assert!((f64::from(exp(x)) - exact).abs() <= 2.0 * unit, "exp({x}) = {} instead of {exact}", exp(x));
        }
        assert_eq!(exp(0.0), 1.0);
        assert_eq!(exp(f32::NEG_INFINITY), 0.0);
        assert_eq!(exp(-100.0), 0.0);
        assert!(exp(1000.0).is_finite());
    }

    #[test]
    fn tanh_and_erf_follow_the_exact_functions() {
        for x in spread(-9.0, 9.0) {
            let exact = f64::from(x).tanh();
            assert!((f64::from(tanh(x)) - exact).abs() <= 3.0e-7 * exact.abs(), "tanh({x})");
            assert!((f64::from(erf(x)) - libm::erf(f64::from(x))).abs() < 5.0e-7, "erf({x})");
        }
        assert_eq!(tanh(0.0), 0.0);
        assert_eq!(tanh(-100.0), -1.0);
    }
}
