//! The rules that update the weights, with the conventions of torch.

use super::config::{Config, Optimizer};
use super::kernels::{Instructions, load, splat, vectors, vectors_mut, with_instructions};
use super::matrix::padded;
use fearless_simd::prelude::*;
use fearless_simd::{Simd, f32x8};
use std::ops::Range;

/// Adam's beta_2: the decay of its running mean of squared gradients.
const BETA_2: f32 = 0.999;
/// Adam's epsilon, which is added to the denominator so that it is not zero.
const EPSILON: f32 = 1e-8;

/// The state of an optimiser between steps.
#[derive(Debug)]
pub struct OptimizerState {
    /// SGD: the velocity. Adam: the running mean of gradients.
    first: Vec<f32>,
    /// Adam: the running mean of squared gradients. SGD does not use it.
    second: Vec<f32>,
    /// Adam: the products of beta_1 and of `BETA_2` over the steps taken.
    powers: [f64; 2],
    /// The vector instructions that the rules are computed with.
    pub instructions: Instructions,
}

impl Default for OptimizerState {
    /// Returns the state before the first step, without any parameter.
    fn default() -> Self {
        Self::new(0)
    }
}

impl OptimizerState {
    /// Returns the state before the first step, for this many parameters.
    pub fn new(parameters: usize) -> Self {
        let parameters = padded(parameters);
        Self { first: vec![0.0; parameters], second: vec![0.0; parameters], powers: [1.0; 2], instructions: Instructions::best() }
    }

    /// Updates `parameters` by one step, with the rule, learning rate, momentum and decay of `config`. The lengths of `parameters` and
    /// `gradient` are the same multiple of eight. From the place `generator` on, a multiple of eight too, the learning rate is the
    /// generator's; where there is none that is the end.
    ///
    /// SGD, as in torch: v = momentum v + g, w -= lr v. Adam: Kingma and Ba 2015, algorithm 1. AdamW: Loshchilov and Hutter 2019,
    /// algorithm 2; it first multiplies the weights by 1 - lr decay, as in torch.
    pub fn step(&mut self, config: &Config, generator: usize, parameters: &mut [f32], gradient: &[f32]) {
        self.powers[0] *= f64::from(config.beta1);
        self.powers[1] *= f64::from(BETA_2);
        self.step_part(config, config.lr, 0..generator, parameters, gradient);
        self.step_part(config, config.generator_lr, generator..parameters.len(), parameters, gradient);
    }

    /// Updates the parameters at some places.
    fn step_part(&mut self, config: &Config, rate: f32, places: Range<usize>, parameters: &mut [f32], gradient: &[f32]) {
        let Self { first, second, powers, instructions } = self;
        let beta = config.beta1;
        let moments = vectors_mut(&mut first[places.clone()]).iter_mut().zip(vectors_mut(&mut second[places.clone()]));
        let walk = vectors_mut(&mut parameters[places.clone()]).iter_mut().zip(moments).zip(vectors(&gradient[places]));
        match config.optimizer {
            Optimizer::Sgd => with_instructions!(instructions, simd => {
                for ((weight, (velocity, _)), slope) in walk {
                    let moved = load(simd, velocity) * config.momentum + load(simd, slope);
                    *velocity = *without_subnormals(simd, moved);
                    *weight = *(load(simd, weight) - moved * rate);
                }
            }),
            Optimizer::Adam | Optimizer::AdamW => {
                let keep = if config.optimizer == Optimizer::AdamW { 1.0 - rate * config.decay } else { 1.0 };
                let rate = (f64::from(rate) / (1.0 - powers[0])) as f32;
                let root_scale = (1.0 / (1.0 - powers[1])).sqrt() as f32;
                with_instructions!(instructions, simd => {
                    for ((weight, (first, second)), slope) in walk {
                        let slope = load(simd, slope);
                        let mean = load(simd, first) * beta + slope * (1.0 - beta);
                        let square = load(simd, second) * BETA_2 + slope * (1.0 - BETA_2) * slope;
                        *first = *without_subnormals(simd, mean);
                        *second = *without_subnormals(simd, square);
                        *weight = *(load(simd, weight) * keep - mean * rate / (square.sqrt() * root_scale + EPSILON));
                    }
                });
            }
        }
    }
}

/// Returns 0 in the lanes whose number is smaller than the smallest normal one, and the other lanes as they are.
///
/// The moments of a weight that has no gradient any more, such as one of a dead unit, shrink until they are subnormal and stay so for ever.
/// Many processors take a hundred times as long for such a number, and no weight would change by it.
#[inline(always)]
fn without_subnormals<S: Simd>(simd: S, moments: f32x8<S>) -> f32x8<S> {
    let zero = splat(simd, 0.0);
    moments.abs().simd_lt(splat(simd, f32::MIN_POSITIVE)).select(zero, moments)
}

impl Clone for OptimizerState {
    fn clone(&self) -> Self {
        let Self { first, second, powers, instructions } = self;
        Self { first: first.clone(), second: second.clone(), powers: *powers, instructions: *instructions }
    }

    /// Allocates only if `source` has more parameters than this ever had.
    fn clone_from(&mut self, source: &Self) {
        self.first.clone_from(&source.first);
        self.second.clone_from(&source.second);
        (self.powers, self.instructions) = (source.powers, source.instructions);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_without_a_gradient_go_to_zero_and_never_stay_subnormal() {
        for optimizer in [Optimizer::Sgd, Optimizer::Adam] {
            let config = Config { optimizer, momentum: 0.9, ..Config::default() };
            let mut state = OptimizerState::new(8);
            let mut parameters = [0.5; 8];
            state.step(&config, 8, &mut parameters, &[1e-18; 8]);
            for _ in 0..1000 {
                state.step(&config, 8, &mut parameters, &[0.0; 8]);
                assert!(state.first.iter().chain(&state.second).all(|moment| !moment.is_subnormal()));
            }
            assert_eq!(state.first, [0.0; 8]);
        }
    }

    #[test]
    fn the_default_has_taken_no_step_either() {
        // With powers of 0 Adam's first steps would go without the correction for moments that begin at zero.
        let (mut parameters, gradient, config) = ([0.0; 8], [3.0; 8], Config::default());
        let mut state = OptimizerState { first: vec![0.0; 8], second: vec![0.0; 8], ..OptimizerState::default() };
        state.step(&config, 8, &mut parameters, &gradient);
        assert!(parameters.iter().all(|weight| (weight + config.lr).abs() < 1e-6), "a first step is as long as the rate: {parameters:?}");
    }
}
