//! What a step changes, and the plan that lays it out.
//!
//! Everything that a step changes is here, apart from the streams of random numbers. Going back after a divergence, keeping earlier states
//! and the fingerprint are written once, for every method.

mod plan;
mod wiring;

pub use plan::{BankPlan, Plan, PrototypesPlan, draw_unit_rows};
pub use wiring::{Family, Kept, NOISE_DIMENSION, Views, Wiring};

use super::config::Config;
use super::kernels::Instructions;
use super::optimizer::OptimizerState;
use crate::report::Fingerprint;

/// Numbers in a part of a state that is large: more than any networks have.
const LARGE: usize = 1 << 17;

/// The state of a run between two steps.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// Steps taken.
    pub step: u64,
    /// All trained numbers, at the places that the [`Plan`] gives them, padding included.
    pub values: Vec<f32>,
    /// The optimiser's memory, for the same places.
    pub optimizer: OptimizerState,
    /// Running statistics of batch normalisation.
    pub statistics: Vec<f32>,
    /// The slow copy of encoder and head, at the same places as in `values`; empty where the method has none.
    pub target: Vec<f32>,
    /// The slow copy's own running statistics.
    pub target_statistics: Vec<f32>,
    /// Rows that a method keeps from step to step.
    pub bank: Bank,
}

/// Rows that a method keeps from step to step: MoCo's queue, or `DeepCluster`'s embeddings, centroids and pseudo-labels.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bank {
    /// The rows, laid out as the method needs them.
    pub rows: Vec<f32>,
    /// The inputs that the rows were made of; empty where the method does not need them.
    pub inputs: Vec<f32>,
    /// A number for each row, such as its class or its pseudo-label.
    pub tags: Vec<u16>,
    /// How many rows have come so far.
    pub taken: u64,
    /// How often the bank was made anew as a whole.
    pub rounds: u32,
    /// What the last round measured.
    pub agreement: Option<f32>,
}

impl State {
    /// Creates the state before the first step: weights drawn from the seed's streams, one for each network, and the slow copy equal to the
    /// networks. A method fills the bank and what else is its own.
    pub fn new(config: &Config, plan: &Plan, instructions: Instructions) -> Self {
        let mut values = vec![0.0; plan.places.values];
        let mut statistics = vec![0.0; plan.places.statistics];
        for (network, stream) in plan.networks().chain(plan.generative()) {
            network.start(config, stream, &mut values);
            network.start_statistics(&mut statistics);
        }
        if plan.wiring.is_variational() {
            // Log variances of 0: every code is drawn with deviation 1 at first. Drawn like the other weights, behind a head they can be so large
            // that the first step diverges.
            plan.head.as_ref().unwrap_or(&plan.encoder).silence_outputs(plan.width, &mut values);
        }
        if let Some(prototypes) = &plan.prototypes {
            prototypes.start(config.seed, &mut values);
        }
        values[plan.trained.clone()].copy_from_slice(&plan.first_trained);
        let mut optimizer = OptimizerState::new(values.len());
        optimizer.instructions = instructions;
        let target = plan.target.map_or_else(Vec::new, |places| values[..places.values].to_vec());
        let target_statistics = plan.target.map_or_else(Vec::new, |places| statistics[..places.statistics].to_vec());
        let BankPlan { rows, inputs, tags } = plan.bank;
        let bank = Bank { rows: vec![0.0; rows], inputs: vec![0.0; inputs], tags: vec![0; tags], ..Bank::default() };
        Self { step: 0, values, optimizer, statistics, target, target_statistics, bank }
    }

    /// Creates an empty state with room for what [`Self::copy_seen_from`] copies. Memory that is reserved and not written is not taken from
    /// the system yet; in a browser it is, and so a large bank finds its room when it is copied.
    pub fn with_room(other: &Self) -> Self {
        let room = |numbers: &[f32]| Vec::with_capacity(if numbers.len() <= LARGE { numbers.len() } else { 0 });
        let Bank { rows, tags, .. } = &other.bank;
        Self {
            values: room(&other.values),
            statistics: room(&other.statistics),
            target: room(&other.target),
            target_statistics: room(&other.target_statistics),
            bank: Bank { rows: room(rows), tags: Vec::with_capacity(tags.len()), ..Bank::default() },
            ..Self::default()
        }
    }

    /// Takes over what `other`, a state of the same plan, holds. Allocates only the first time.
    pub fn copy_from(&mut self, other: &Self) {
        self.copy_seen_from(other);
        self.optimizer.clone_from(&other.optimizer);
        self.bank.inputs.clone_from(&other.bank.inputs);
    }

    /// Takes over all that somebody who looks can see: everything but the optimiser's memory and the inputs of a bank's rows.
    pub fn copy_seen_from(&mut self, other: &Self) {
        let Self { step, values, optimizer: _, statistics, target, target_statistics, bank } = self;
        *step = other.step;
        values.clone_from(&other.values);
        statistics.clone_from(&other.statistics);
        target.clone_from(&other.target);
        target_statistics.clone_from(&other.target_statistics);
        let Bank { rows, inputs: _, tags, taken, rounds, agreement } = bank;
        rows.clone_from(&other.bank.rows);
        tags.clone_from(&other.bank.tags);
        (*taken, *rounds, *agreement) = (other.bank.taken, other.bank.rounds, other.bank.agreement);
    }

    /// Returns how many bytes [`Self::copy_seen_from`] copies.
    pub fn seen_bytes(&self) -> usize {
        let Self { values, statistics, target, target_statistics, bank, .. } = self;
        let numbers = [values, statistics, target, target_statistics, &bank.rows].map(Vec::len).iter().sum::<usize>();
        numbers * size_of::<f32>() + bank.tags.len() * size_of::<u16>()
    }

    /// Has the optimiser move the values against a gradient by them; the generator with its own learning rate.
    pub fn take_gradient(&mut self, config: &Config, plan: &Plan, gradient: &[f32]) {
        self.optimizer.step(config, plan.generator_start(), &mut self.values, gradient);
    }

    /// Moves the slow copy after the values: target = ema target + (1 - ema) value. The running statistics of its batch normalisation are
    /// its own and do not follow.
    pub fn update_ema(&mut self, ema: f32) {
        for (slow, value) in self.target.iter_mut().zip(&self.values) {
            *slow = ema * *slow + (1.0 - ema) * value;
        }
    }

    /// Hash of the state: two runs of a configuration with the same fingerprint are in the same state.
    ///
    /// The order is for ever: step; weights and biases of the encoder, the head, the predictor; prototypes; the loss's own numbers; decoder, logit, generator; running
    /// statistics; the slow copy and its statistics; the bank's rows. A run that has only an encoder hashes step and encoder.
    pub fn fingerprint(&self, plan: &Plan) -> Fingerprint {
        let trained = plan.value_places().map(|place| self.values[place]);
        let statistics = [&self.statistics, &self.target, &self.target_statistics, &self.bank.rows];
        Fingerprint::new(self.step, trained.chain(statistics.into_iter().flatten().copied()))
    }
}
