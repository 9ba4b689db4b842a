//! The rules that move the weights, in torch's conventions.

use super::config::{Config, Optimizer};

/// Decay of Adam's mean of gradients.
const BETA_1: f32 = 0.9;
/// Decay of Adam's mean of squared gradients.
const BETA_2: f32 = 0.999;
/// Keeps Adam from dividing by zero.
const EPSILON: f32 = 1e-8;

/// An optimiser's memory.
#[derive(Clone, Debug, Default)]
pub struct OptimizerState {
    /// SGD: the velocity. Adam: the mean of gradients.
    first: Vec<f32>,
    /// Adam: the mean of squared gradients.
    second: Vec<f32>,
    /// The betas to the power of the steps taken.
    powers: [f64; 2],
}

impl OptimizerState {
    /// The memory at rest for this many parameters.
    pub fn new(parameters: usize) -> Self {
        Self { first: vec![0.0; parameters], second: vec![0.0; parameters], powers: [1.0; 2] }
    }

    /// Moves `parameters` against `gradient` by the rule, rate, momentum and decay of `config`.
    ///
    /// SGD (torch): v = momentum v + g, w -= lr v. Adam (Kingma and Ba 2015, algorithm 1). `AdamW` (Loshchilov and
    /// Hutter 2019, algorithm 2) first shrinks the weights by lr decay.
    pub fn step(&mut self, config: &Config, parameters: &mut [f32], gradient: &[f32]) {
        let rate = config.lr;
        match config.optimizer {
            Optimizer::Sgd => {
                for ((weight, velocity), slope) in parameters.iter_mut().zip(&mut self.first).zip(gradient) {
                    *velocity = config.momentum * *velocity + slope;
                    *weight -= rate * *velocity;
                }
            }
            Optimizer::Adam | Optimizer::AdamW => {
                self.powers[0] *= f64::from(BETA_1);
                self.powers[1] *= f64::from(BETA_2);
                let keep = if config.optimizer == Optimizer::AdamW { 1.0 - rate * config.decay } else { 1.0 };
                let rate = (f64::from(rate) / (1.0 - self.powers[0])) as f32;
                let root_scale = (1.0 / (1.0 - self.powers[1])).sqrt() as f32;
                let moments = self.first.iter_mut().zip(&mut self.second);
                for ((weight, (first, second)), slope) in parameters.iter_mut().zip(moments).zip(gradient) {
                    *first = BETA_1 * *first + (1.0 - BETA_1) * slope;
                    *second = BETA_2 * *second + (1.0 - BETA_2) * slope * slope;
                    *weight = *weight * keep - rate * *first / (second.sqrt() * root_scale + EPSILON);
                }
            }
        }
    }

    /// Takes over `other`'s memory of the same length without allocating.
    pub fn copy_from(&mut self, other: &Self) {
        self.first.copy_from_slice(&other.first);
        self.second.copy_from_slice(&other.second);
        self.powers = other.powers;
    }
}
