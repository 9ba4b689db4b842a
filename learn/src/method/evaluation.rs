//! One evaluation of a batch: forward through the networks, the method's loss, and back. It can be done in parts, with the same bits: a
//! network block at a time, and so many comparisons of rows.

use super::acts::{Act, LEGS, Leg, acts};
use super::code::Code;
use super::{Aim, Backward, Forward, Memory, NOISE_DIMENSION, Rows};
use crate::config::{Config, MethodName, Similarity};
use crate::kernels::Instructions;
use crate::matrix::Matrix;
use crate::network::{Moments, Pass, Wanted};
use crate::objective::{Objective, Terms, norm};
use crate::optimizer::OptimizerState;
use crate::random::Random;
use crate::reasons::{Part, Reasons, compared};
use crate::state::{Plan, State};
use crate::views::Batch;

/// How far an evaluation has come: the next act, and how many blocks of its network are done.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Stage {
    act: usize,
    blocks: usize,
}

/// The streams that an evaluation draws from.
#[derive(Clone, Debug)]
pub struct Streams {
    /// The random miner's triplets.
    pub miner: Random,
    /// The masks of hidden units.
    pub masks: Random,
    /// The noise of variational codes and of generators.
    pub noise: Random,
}

impl Streams {
    /// The streams of the run with this seed.
    pub fn new(seed: u32) -> Self {
        Self { miner: Random::new(seed, "miner"), masks: Random::new(seed, "masks"), noise: Random::new(seed, "noise") }
    }
}

/// Working memory and progress of an evaluation, used again from step to step.
#[derive(Clone, Debug, Default)]
pub struct Evaluation {
    /// The loss on pairs; its rows are the last batch's, as they are compared.
    pub objective: Objective,
    /// The derivative by all values.
    pub gradient: Vec<f32>,
    /// The method's own memory.
    pub memory: Memory,
    /// One pass for each leg.
    passes: [Pass; LEGS],
    /// The codes of a decoder, and the noise.
    code: Code,
    /// In a game the real rows, and behind them what the generator made.
    joint: Matrix,
    /// The outputs z of the batch's rows, [2N, width], where the networks give more than that.
    seen: Matrix,
    /// In a game, the state with the discriminator's move.
    moved: Moved,
    /// The rows of one view, where only one passes; and of the other for the slow copy.
    views: [Matrix; 2],
    /// Queries and keys as one batch of pairs, for the metrics.
    paired: Matrix,
    by_z: Matrix,
    by_p: Matrix,
    stage: Stage,
    /// The method has begun to compare rows, in this turn.
    compares: bool,
    /// See [`Forward::turn`].
    turn: usize,
    /// See [`Forward::is_again`].
    is_again: bool,
    terms: Terms,
}

/// What the discriminator's move changes, as copies.
#[derive(Clone, Debug, Default)]
struct Moved {
    values: Vec<f32>,
    optimizer: OptimizerState,
    /// Scratch memory of a gradient in the generator's turn.
    gradient: Vec<f32>,
}

/// The rows of a batch that pass a network.
fn inputs<'a>(which: Rows, batch: &'a Batch, views: &'a [Matrix; 2]) -> &'a Matrix {
    match which {
        Rows::Both => &batch.inputs,
        Rows::First => &views[0],
        Rows::Second => &views[1],
    }
}

/// The outputs z.
fn z<'a>(plan: &Plan, passes: &'a [Pass]) -> &'a Matrix {
    passes[if plan.head.is_some() { Leg::Head } else { Leg::Encoder } as usize].output()
}

/// Whether the networks give more than the outputs z of the batch's rows: log variances, or rows of what a generator made.
fn has_more(plan: &Plan) -> bool {
    matches!(plan.wiring.aim, Aim::Rebuilds { variational: true } | Aim::Plays)
}

/// Copies the outputs z of the batch's rows, [2N, width], out of all that the networks give.
fn see(plan: &Plan, batch: &Batch, z: &Matrix, seen: &mut Matrix) {
    seen.fit(batch.inputs.rows(), plan.width);
    for row in 0..seen.rows() {
        seen.row_mut(row).copy_from_slice(&z.row(row)[..plan.width]);
    }
}

/// The derivative by the inputs of the leg `other`. `behind` are the passes behind those of `leg`.
fn input_gradient(behind: &mut [Pass], leg: Leg, other: Leg) -> &mut Matrix {
    behind[other as usize - leg as usize - 1].input_gradient_mut()
}

/// Adds the numbers of `other` to a matrix of the same shape.
fn add<'a>(sum: &'a mut Matrix, other: &Matrix) -> &'a Matrix {
    for (slope, other) in sum.data_mut().iter_mut().zip(other.data()) {
        *slope += other;
    }
    sum
}

/// The slow copy's outputs, or z where there is none.
fn target<'a>(plan: &Plan, passes: &'a [Pass]) -> &'a Matrix {
    match (plan.target, &plan.head) {
        (Some(_), Some(_)) => passes[Leg::TargetHead as usize].output(),
        (Some(_), None) => passes[Leg::TargetEncoder as usize].output(),
        (None, _) => z(plan, passes),
    }
}

/// The input of a leg: the batch for an encoder, else the output of a leg before it. `earlier` are the passes before the leg's.
fn source<'a>(
    leg: Leg,
    plan: &Plan,
    batch: &'a Batch,
    views: &'a [Matrix; 2],
    joint: &'a Matrix,
    code: &'a Code,
    earlier: &'a [Pass],
) -> &'a Matrix {
    match leg {
        Leg::Generator => &code.noise,
        Leg::Encoder if plan.wiring.aim == Aim::Plays => joint,
        Leg::Encoder => inputs(plan.wiring.online, batch, views),
        Leg::TargetEncoder => inputs(plan.wiring.target.unwrap_or(Rows::Both), batch, views),
        Leg::Head => earlier[Leg::Encoder as usize].output(),
        Leg::TargetHead => earlier[Leg::TargetEncoder as usize].output(),
        Leg::Predictor | Leg::Logit => z(plan, earlier),
        Leg::Decoder => &code.rows,
        Leg::MovedEncoder => earlier[Leg::Generator as usize].output(),
        Leg::MovedHead => earlier[Leg::MovedEncoder as usize].output(),
        Leg::MovedLogit => earlier[if plan.head.is_some() { Leg::MovedHead } else { Leg::MovedEncoder } as usize].output(),
    }
}

/// The groups of rows over which batch normalisation takes its moments in a leg.
fn groups(leg: Leg, plan: &Plan, rows: usize, batch: &Batch) -> usize {
    let in_two = match plan.wiring.aim {
        // What is real and what is made.
        Aim::Plays => matches!(leg, Leg::Encoder | Leg::Head),
        _ => rows == batch.inputs.rows(),
    };
    if in_two { plan.groups } else { 1 }
}

/// What the method compares: the outputs of a predictor, a decoder or a logit, or z.
fn compared_outputs<'a>(plan: &Plan, passes: &'a [Pass], turn: usize) -> &'a Matrix {
    let last = match plan.wiring.aim {
        Aim::Rebuilds { .. } => Leg::Decoder,
        Aim::Plays if turn == 0 => Leg::Logit,
        Aim::Plays => Leg::MovedLogit,
        Aim::Joins if plan.predictor.is_some() => Leg::Predictor,
        Aim::Joins => return z(plan, passes),
    };
    passes[last as usize].output()
}

impl Evaluation {
    /// Creates the memory for a method.
    pub fn new(method: MethodName, instructions: Instructions) -> Self {
        let mut evaluation = Self { memory: Memory::new(method), ..Self::default() };
        evaluation.objective.rows.instructions = instructions;
        evaluation
    }

    /// The outputs z of the batch's rows in the last forward pass; of a variational code the means.
    pub fn z(&self, plan: &Plan) -> &Matrix {
        if has_more(plan) { &self.seen } else { z(plan, &self.passes) }
    }

    /// The predictions p of the last forward pass; z where there is no predictor.
    pub fn p(&self, plan: &Plan) -> &Matrix {
        if plan.predictor.is_some() { self.passes[Leg::Predictor as usize].output() } else { self.z(plan) }
    }

    /// What the decoder gave back in the last forward pass, or in a game the logits: first those of the data.
    pub fn given_back(&self, plan: &Plan) -> &Matrix {
        compared_outputs(plan, &self.passes, 0)
    }

    /// What the generator made in the last forward pass.
    pub fn made(&self) -> &Matrix {
        self.passes[Leg::Generator as usize].output()
    }

    /// Takes this noise, [2N, width of a code or of a generator's input], in place of what was drawn.
    pub fn set_noise(&mut self, noise: &Matrix) {
        self.code.noise.clone_from(noise);
    }

    /// The encoder's outputs h of the last forward pass.
    pub fn h(&self) -> &Matrix {
        self.passes[Leg::Encoder as usize].output()
    }

    /// The slow copy's outputs; z where there is none.
    pub fn target(&self, plan: &Plan) -> &Matrix {
        target(plan, &self.passes)
    }

    /// The outputs z of view a and view b of every pair, one behind the other, [2N, width]; where only one view passes, those of the other are
    /// the slow copy's.
    pub fn paired_outputs(&self, plan: &Plan) -> Vec<f32> {
        let mut outputs = self.z(plan).to_rows();
        if plan.wiring.online != Rows::Both {
            outputs.extend(self.target(plan).to_rows());
        }
        outputs
    }

    /// The derivative of the loss by the outputs z, once the evaluation is done: with what comes through predictor, decoder or logit. The first
    /// rows and columns are those of [`Self::z`].
    pub fn gradient_by_z(&mut self, plan: &Plan) -> &Matrix {
        if plan.predictor.is_some() {
            self.passes[Leg::Predictor as usize].input_gradient_mut()
        } else if plan.logit.is_some() {
            self.passes[Leg::Logit as usize].input_gradient_mut()
        } else {
            &self.by_z
        }
    }

    /// Starts an evaluation. The masks of hidden units are drawn now, at once. `is_again` says that the batch was a step's before.
    pub fn begin(&mut self, config: &Config, plan: &Plan, batch: &Batch, streams: &mut Streams, is_again: bool) {
        let pairs = batch.inputs.rows() / 2;
        let needed = [plan.wiring.online, plan.wiring.target.unwrap_or(Rows::Both)];
        for (view, which) in [Rows::First, Rows::Second].into_iter().enumerate().filter(|(_, which)| needed.contains(which)) {
            let (view, start) = (&mut self.views[view], if which == Rows::First { 0 } else { pairs });
            view.fit(pairs, batch.inputs.columns());
            let stride = view.stride();
            view.data_mut().copy_from_slice(&batch.inputs.data()[start * stride..(start + pairs) * stride]);
        }
        if plan.wiring.aim == Aim::Plays {
            plan.encoder.draw_masks(config.hidden_dropout, 2 * pairs, &mut streams.masks, &mut self.passes[Leg::MovedEncoder as usize]);
        }
        for leg in [Leg::Encoder, Leg::TargetEncoder].into_iter().filter(|leg| leg.network(plan).is_some()) {
            let which = if leg.is_target() { needed[1] } else { needed[0] };
            let rows = match (plan.wiring.aim, which) {
                (Aim::Plays, _) => 4 * pairs,
                (_, Rows::Both) => 2 * pairs,
                _ => pairs,
            };
            plan.encoder.draw_masks(config.hidden_dropout, rows, &mut streams.masks, &mut self.passes[leg as usize]);
        }
        match plan.wiring.aim {
            Aim::Joins | Aim::Rebuilds { variational: false } => {}
            Aim::Rebuilds { variational: true } => self.code.draw(2 * pairs, plan.width, &mut streams.noise),
            Aim::Plays => self.code.draw(2 * pairs, NOISE_DIMENSION, &mut streams.noise),
        }
        (self.compares, self.turn, self.is_again) = (false, 0, is_again);
        self.stage = Stage::default();
    }

    /// Takes these masks of hidden units, 0 or 1, in place of those that were drawn, one [rows, width] for each hidden block of the encoder.
    /// Kept units are divided by 1 - `rate`.
    pub fn set_masks(&mut self, masks: &[Matrix], rate: f32) {
        self.passes[Leg::Encoder as usize].set_masks(masks, rate);
    }

    /// Goes on for about so many comparisons of two rows; with `at_once` one stage follows the other without a pause. Returns the terms
    /// once the evaluation is done; then [`Self::gradient`] is complete.
    #[expect(clippy::too_many_arguments, reason = "what an evaluation reads lives in different places of a run")]
    pub fn advance(
        &mut self,
        config: &Config,
        plan: &Plan,
        state: &State,
        batch: &Batch,
        streams: &mut Streams,
        comparisons: usize,
        at_once: bool,
    ) -> Option<Terms> {
        let acts = acts(plan);
        loop {
            let Some(act) = acts.get(self.stage.act) else { return Some(self.terms) };
            match *act {
                Act::Forward(leg) | Act::Backward(leg) if leg.network(plan).is_none() => {
                    self.next_block(0);
                    continue;
                }
                Act::Forward(leg) => self.forward(config, plan, state, batch, leg),
                Act::Compare => {
                    self.terms = self.compare(config, plan, state, batch, streams, comparisons)?;
                    self.compares = false;
                    self.turn += 1;
                    self.stage.act += 1;
                }
                Act::Backward(leg) => self.backward(config, plan, state, batch, leg),
                Act::Try => {
                    self.try_move(config, plan, state);
                    self.stage.act += 1;
                }
            }
            if !at_once && self.stage.act < acts.len() {
                return None;
            }
        }
    }

    /// Goes on to the next block of the act, of `blocks`, or to the next act.
    fn next_block(&mut self, blocks: usize) {
        self.stage.blocks += 1;
        if self.stage.blocks >= blocks {
            self.stage = Stage { act: self.stage.act + 1, blocks: 0 };
        }
    }

    /// Passes the rows through the next block of a leg.
    fn forward(&mut self, config: &Config, plan: &Plan, state: &State, batch: &Batch, leg: Leg) {
        let Some(network) = leg.network(plan) else { return self.next_block(0) };
        let block = self.stage.blocks;
        let Self { passes, code, joint, views, moved, .. } = self;
        let (earlier, rest) = passes.split_at_mut(leg as usize);
        if block == 0 && leg == Leg::Decoder {
            code.make(config, plan.wiring.aim, plan.width, z(plan, earlier));
        }
        if block == 0 && leg == Leg::Encoder && plan.wiring.aim == Aim::Plays {
            let made = earlier[Leg::Generator as usize].output();
            joint.fit(batch.inputs.rows() + made.rows(), made.columns());
            let middle = batch.inputs.data().len();
            joint.data_mut()[..middle].copy_from_slice(batch.inputs.data());
            joint.data_mut()[middle..].copy_from_slice(made.data());
        }
        let source = source(leg, plan, batch, views, joint, code, earlier);
        let values = match leg {
            _ if leg.is_target() => &state.target,
            _ if leg.is_moved() => &moved.values,
            _ => &state.values,
        };
        let groups = groups(leg, plan, source.rows(), batch);
        network.forward_block(block, values, Moments::Batch { groups }, source, &mut rest[0]);
        self.next_block(network.block_count());
    }

    /// Tries the discriminator's move with copies. The trainer makes the same move, to the bit, with the whole gradient.
    fn try_move(&mut self, config: &Config, plan: &Plan, state: &State) {
        let Self { moved, gradient, .. } = self;
        moved.values.clone_from(&state.values);
        moved.optimizer.clone_from(&state.optimizer);
        moved.gradient.resize(gradient.len(), 0.0);
        moved.optimizer.step(config, plan.generator_start(), &mut moved.values, gradient);
    }

    /// Has the method compare the rows.
    fn compare(
        &mut self,
        config: &Config,
        plan: &Plan,
        state: &State,
        batch: &Batch,
        streams: &mut Streams,
        comparisons: usize,
    ) -> Option<Terms> {
        let Self { objective, gradient, memory, passes, by_z, by_p, paired, seen, compares, turn, is_again, .. } = self;
        let z = z(plan, passes);
        let p = compared_outputs(plan, passes, *turn);
        let target = target(plan, passes);
        let forward = Forward { config, plan, state, batch, z, p, target, is_again: *is_again, turn: *turn };
        if !*compares {
            *compares = true;
            by_p.fit(p.rows(), p.columns());
            by_p.data_mut().fill(0.0);
            let is_first = *turn == 0;
            if is_first && has_more(plan) {
                see(plan, batch, z, seen);
                objective.rows.load(seen, config.compared());
            } else if plan.wiring.online == Rows::Both && is_first {
                objective.rows.load(z, config.compared());
            } else if is_first {
                paired.fit(2 * z.rows(), z.columns());
                let middle = z.data().len();
                paired.data_mut()[..middle].copy_from_slice(z.data());
                paired.data_mut()[middle..].copy_from_slice(target.data());
                objective.rows.load(paired, config.compared());
            }
            if is_first {
                gradient.resize(state.values.len(), 0.0);
                by_z.fit(z.rows(), z.columns());
                by_z.data_mut().fill(0.0);
                if let Some(prototypes) = &plan.prototypes {
                    gradient[prototypes.values.clone()].fill(0.0);
                }
                memory.begin(&forward, objective);
            }
        }
        let mut backward = Backward { by_z, by_p, by_values: gradient };
        memory.advance(&forward, objective, &mut streams.miner, comparisons.max(1), &mut backward)
    }

    /// Lets the gradient pass back through the last block of a leg that it has not passed.
    fn backward(&mut self, config: &Config, plan: &Plan, state: &State, batch: &Batch, leg: Leg) {
        let Some(network) = leg.network(plan) else { return self.next_block(0) };
        let blocks = network.block_count();
        if self.stage.blocks == 0 {
            self.load_gradient(config, plan, leg);
        }
        let block = blocks - 1 - self.stage.blocks;
        let Self { passes, code, joint, views, gradient, moved, .. } = self;
        let (earlier, rest) = passes.split_at_mut(leg as usize);
        let source = source(leg, plan, batch, views, joint, code, earlier);
        let Moved { values: moved_values, gradient: moved_gradient, .. } = moved;
        let (values, gradient) = if leg.is_moved() { (&*moved_values, moved_gradient) } else { (&state.values, gradient) };
        // In the generator's turn the discriminator stays as it is.
        let wanted = Wanted { inputs: !matches!(leg, Leg::Encoder | Leg::Generator), values: !leg.is_moved() };
        network.backward_of(block, values, source, &mut rest[0], gradient, wanted);
        self.next_block(blocks);
    }

    /// Gives a leg the derivative by its outputs: from the method, or from the leg behind it.
    fn load_gradient(&mut self, config: &Config, plan: &Plan, leg: Leg) {
        let Self { passes, code, by_z, by_p, .. } = self;
        let (own, behind) = passes.split_at_mut(leg as usize + 1);
        let by_output = match leg {
            Leg::Predictor | Leg::Decoder | Leg::Logit | Leg::MovedLogit => &*by_p,
            Leg::Encoder if plan.head.is_some() => input_gradient(behind, leg, Leg::Head),
            Leg::Encoder | Leg::Head => {
                if plan.predictor.is_some() {
                    // z has a gradient of its own, too, where no gradient stops.
                    add(input_gradient(behind, leg, Leg::Predictor), by_z)
                } else if plan.wiring.predicts {
                    // Without a predictor p is z.
                    add(by_z, by_p)
                } else if plan.decoder.is_some() {
                    code.go_back(config, plan.wiring.aim, input_gradient(behind, leg, Leg::Decoder), by_z);
                    &*by_z
                } else if plan.logit.is_some() {
                    input_gradient(behind, leg, Leg::Logit)
                } else {
                    &*by_z
                }
            }
            Leg::MovedEncoder if plan.head.is_some() => input_gradient(behind, leg, Leg::MovedHead),
            Leg::MovedEncoder | Leg::MovedHead => input_gradient(behind, leg, Leg::MovedLogit),
            Leg::Generator => input_gradient(behind, leg, Leg::MovedEncoder),
            // No gradient goes to a slow copy.
            Leg::TargetEncoder | Leg::TargetHead => return,
        };
        own[leg as usize].load_gradient(by_output);
    }

    /// Passes the batch forward only, through all networks.
    pub fn pass_forward(&mut self, config: &Config, plan: &Plan, state: &State, batch: &Batch) {
        while let Act::Forward(leg) = acts(plan)[self.stage.act] {
            self.forward(config, plan, state, batch, leg);
        }
        if has_more(plan) {
            see(plan, batch, z(plan, &self.passes), &mut self.seen);
        }
    }

    /// The prediction p of a row of the last forward pass, or its z where there is no predictor, as it is compared.
    pub fn row(&self, config: &Config, plan: &Plan, row: usize) -> Vec<f32> {
        compared(self.p(plan), row, config.compared() == Similarity::Cosine)
    }

    /// Says why the row of view a of pair [`Reasons::pair`] moves, once the evaluation is done: candidates or parts, and the force on the row.
    /// [`Objective::watch`] was about that row.
    pub fn explain(&mut self, config: &Config, plan: &Plan, state: &State, batch: &Batch, reasons: &mut Reasons) {
        let (row, pairs) = (reasons.pair as usize, batch.labels.len() / 2);
        let on_sphere = config.compared() == Similarity::Cosine;
        let partner = row + pairs;
        let Self { objective, memory, passes, seen, by_z, by_p, is_again, .. } = self;
        let target = target(plan, passes);
        // The rows that move: predictions, or z.
        let rows = match &plan.predictor {
            Some(_) => passes[Leg::Predictor as usize].output(),
            None if has_more(plan) => &*seen,
            None => z(plan, passes),
        };
        reasons.of_predictions = plan.predictor.is_some();
        (reasons.dim, reasons.on_sphere) = (plan.width, on_sphere);
        let positive = if partner < rows.rows() { compared(rows, partner, on_sphere) } else { compared(target, row, on_sphere) };
        reasons.views = [compared(rows, row, on_sphere), positive];
        let length = if on_sphere { norm(rows.row(row)) } else { 1.0 };
        let (z, p) = (z(plan, passes), compared_outputs(plan, passes, 0));
        let forward = Forward { config, plan, state, batch, z, p, target, is_again: *is_again, turn: 0 };
        memory.explain(&forward, objective, reasons);
        // From the derivative by the raw row, which is as many times shorter as the row is longer.
        let by_row = match plan.wiring.aim {
            Aim::Plays => passes[Leg::Logit as usize].input_gradient_mut().row(row),
            _ if plan.predictor.is_some() => by_p.row(row),
            _ => by_z.row(row),
        };
        reasons.sum = by_row.iter().take(plan.width).map(|slope| -slope * length).collect();
        let key = match plan.wiring.aim {
            Aim::Joins => return,
            Aim::Rebuilds { .. } => "rebuild",
            Aim::Plays => "judge",
        };
        // What the other parts leave of it.
        let mut force = reasons.sum.clone();
        for part in &reasons.parts {
            for (force, other) in force.iter_mut().zip(&part.force) {
                *force -= other;
            }
        }
        reasons.parts.insert(0, Part { key: key.to_owned(), force, pulls: true });
    }

    /// Does what follows an accepted step: the running statistics move by the batch's moments, and the method does its own.
    pub fn commit(&mut self, config: &Config, plan: &Plan, batch: &Batch, state: &mut State) {
        for act in acts(plan) {
            let Act::Forward(leg) = *act else { continue };
            if let Some(network) = leg.network(plan) {
                let statistics = if leg.is_target() { &mut state.target_statistics } else { &mut state.statistics };
                network.commit_statistics(&self.passes[leg as usize], statistics);
            }
        }
        let Self { memory, passes, .. } = self;
        let z = z(plan, passes);
        let target = target(plan, passes);
        memory.commit(config, plan, batch, z, target, state);
    }
}
