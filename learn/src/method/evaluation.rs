//! One evaluation of a batch: forward through the networks, the method's loss, and back. It can be done in parts, with the same bits: a
//! network block at a time, and so many comparisons of rows.

use super::{Backward, Forward, Memory, Rows};
use crate::config::{Config, MethodName, Similarity};
use crate::kernels::Instructions;
use crate::matrix::Matrix;
use crate::network::{Moments, Network, Pass};
use crate::objective::{Objective, Terms, norm};
use crate::random::Random;
use crate::reasons::{Reasons, compared};
use crate::state::{Plan, State};
use crate::views::Batch;

/// A network as an evaluation passes it, in the order of the forward pass.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Leg {
    Encoder,
    Head,
    Predictor,
    TargetEncoder,
    TargetHead,
}

impl Leg {
    const ALL: [Self; 5] = [Self::Encoder, Self::Head, Self::Predictor, Self::TargetEncoder, Self::TargetHead];

    /// Its network, if the run has it.
    fn network(self, plan: &Plan) -> Option<&Network> {
        match self {
            Self::Encoder => Some(&plan.encoder),
            Self::Head => plan.head.as_ref(),
            Self::Predictor => plan.predictor.as_ref(),
            Self::TargetEncoder => plan.target.map(|_| &plan.encoder),
            Self::TargetHead => plan.target.and(plan.head.as_ref()),
        }
    }

    fn is_target(self) -> bool {
        matches!(self, Self::TargetEncoder | Self::TargetHead)
    }
}

/// How far an evaluation has come.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Stage {
    /// The batch passes block `block` of a leg next.
    Forward { leg: usize, block: usize },
    /// The method compares the rows.
    Compares,
    /// The gradient passes back through block `block` of a leg next.
    Backward { leg: usize, block: usize },
    /// All is done.
    #[default]
    Done,
}

/// The streams that an evaluation draws from.
#[derive(Clone, Debug)]
pub struct Streams {
    /// The random miner's triplets.
    pub miner: Random,
    /// The masks of hidden units.
    pub masks: Random,
}

impl Streams {
    /// The streams of the run with this seed.
    pub fn new(seed: u32) -> Self {
        Self { miner: Random::new(seed, "miner"), masks: Random::new(seed, "masks") }
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
    passes: [Pass; 5],
    /// The rows of one view, where only one passes; and of the other for the slow copy.
    views: [Matrix; 2],
    /// Queries and keys as one batch of pairs, for the metrics.
    paired: Matrix,
    by_z: Matrix,
    by_p: Matrix,
    stage: Stage,
    /// The method has begun to compare this batch's rows.
    compares: bool,
    /// See [`Forward::is_again`].
    is_again: bool,
    terms: Terms,
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

/// The slow copy's outputs, or z where there is none.
fn target<'a>(plan: &Plan, passes: &'a [Pass]) -> &'a Matrix {
    match (plan.target, &plan.head) {
        (Some(_), Some(_)) => passes[Leg::TargetHead as usize].output(),
        (Some(_), None) => passes[Leg::TargetEncoder as usize].output(),
        (None, _) => z(plan, passes),
    }
}

/// The input of a leg: the batch for an encoder, else the output of the leg before it. `earlier` are the passes before the leg's.
fn source<'a>(leg: Leg, plan: &Plan, batch: &'a Batch, views: &'a [Matrix; 2], earlier: &'a [Pass]) -> &'a Matrix {
    match leg {
        Leg::Encoder => inputs(plan.wiring.online, batch, views),
        Leg::TargetEncoder => inputs(plan.wiring.target.unwrap_or(Rows::Both), batch, views),
        Leg::Head => earlier[Leg::Encoder as usize].output(),
        Leg::TargetHead => earlier[Leg::TargetEncoder as usize].output(),
        Leg::Predictor => z(plan, earlier),
    }
}

impl Evaluation {
    /// Creates the memory for a method.
    pub fn new(method: MethodName, instructions: Instructions) -> Self {
        let mut evaluation = Self { memory: Memory::new(method), ..Self::default() };
        evaluation.objective.rows.instructions = instructions;
        evaluation
    }

    /// The outputs z of the last forward pass.
    pub fn z(&self, plan: &Plan) -> &Matrix {
        z(plan, &self.passes)
    }

    /// The predictions p of the last forward pass; z where there is no predictor.
    pub fn p(&self, plan: &Plan) -> &Matrix {
        if plan.predictor.is_some() { self.passes[Leg::Predictor as usize].output() } else { self.z(plan) }
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

    /// The derivative of the loss by the outputs z, once the evaluation is done: with what comes through the predictor.
    pub fn gradient_by_z(&mut self, plan: &Plan) -> &Matrix {
        if plan.predictor.is_some() { self.passes[Leg::Predictor as usize].input_gradient_mut() } else { &self.by_z }
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
        for leg in [Leg::Encoder, Leg::TargetEncoder].into_iter().filter(|leg| leg.network(plan).is_some()) {
            let which = if leg.is_target() { needed[1] } else { needed[0] };
            let rows = if which == Rows::Both { 2 * pairs } else { pairs };
            plan.encoder.draw_masks(config.hidden_dropout, rows, &mut streams.masks, &mut self.passes[leg as usize]);
        }
        (self.compares, self.is_again) = (false, is_again);
        self.stage = Stage::Forward { leg: 0, block: 0 };
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
        loop {
            match self.stage {
                Stage::Done => return Some(self.terms),
                Stage::Forward { leg, block } => self.forward(plan, state, batch, leg, block),
                Stage::Compares => {
                    self.terms = self.compare(config, plan, state, batch, streams, comparisons)?;
                    self.start_backward(plan);
                }
                Stage::Backward { leg, block } => self.backward(plan, state, batch, leg, block),
            }
            if !at_once && self.stage != Stage::Done {
                return None;
            }
        }
    }

    /// Passes the rows through one block.
    fn forward(&mut self, plan: &Plan, state: &State, batch: &Batch, leg: usize, block: usize) {
        let name = Leg::ALL[leg];
        let mut blocks = 0;
        if let Some(network) = name.network(plan) {
            blocks = network.block_count();
            let (earlier, rest) = self.passes.split_at_mut(leg);
            let source = source(name, plan, batch, &self.views, earlier);
            let values = if name.is_target() { &state.target } else { &state.values };
            let groups = if source.rows() == batch.inputs.rows() { plan.groups } else { 1 };
            network.forward_block(block, values, Moments::Batch { groups }, source, &mut rest[0]);
        }
        self.stage = if block + 1 < blocks {
            Stage::Forward { leg, block: block + 1 }
        } else {
            (leg + 1..Leg::ALL.len())
                .find(|leg| Leg::ALL[*leg].network(plan).is_some())
                .map_or(Stage::Compares, |leg| Stage::Forward { leg, block: 0 })
        };
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
        let Self { objective, gradient, memory, passes, by_z, by_p, paired, compares, is_again, .. } = self;
        let z = z(plan, passes);
        let p = if plan.predictor.is_some() { passes[Leg::Predictor as usize].output() } else { z };
        let target = target(plan, passes);
        let forward = Forward { config, plan, state, batch, z, p, target, is_again: *is_again };
        if !*compares {
            *compares = true;
            if plan.wiring.online == Rows::Both {
                objective.rows.load(z, config.compared());
            } else {
                paired.fit(2 * z.rows(), z.columns());
                let middle = z.data().len();
                paired.data_mut()[..middle].copy_from_slice(z.data());
                paired.data_mut()[middle..].copy_from_slice(target.data());
                objective.rows.load(paired, config.compared());
            }
            gradient.resize(state.values.len(), 0.0);
            for matrix in [&mut *by_z, &mut *by_p] {
                matrix.fit(z.rows(), z.columns());
                matrix.data_mut().fill(0.0);
            }
            if let Some(prototypes) = &plan.prototypes {
                gradient[prototypes.values.clone()].fill(0.0);
            }
            memory.begin(&forward, objective);
        }
        let mut backward = Backward { by_z, by_p, by_values: gradient };
        memory.advance(&forward, objective, &mut streams.miner, comparisons.max(1), &mut backward)
    }

    /// Lets the gradient begin its way back.
    fn start_backward(&mut self, plan: &Plan) {
        let last = [Leg::Predictor, Leg::Head, Leg::Encoder].into_iter().find(|leg| leg.network(plan).is_some()).unwrap_or(Leg::Encoder);
        if !plan.wiring.predicts || last == Leg::Predictor {
            let by_output = if last == Leg::Predictor { &self.by_p } else { &self.by_z };
            self.passes[last as usize].load_gradient(by_output);
        } else {
            // A method that predicts, without a predictor: p is z.
            for (slope, other) in self.by_z.data_mut().iter_mut().zip(self.by_p.data()) {
                *slope += other;
            }
            self.passes[last as usize].load_gradient(&self.by_z);
        }
        let blocks = last.network(plan).map_or(0, Network::block_count);
        self.stage = Stage::Backward { leg: last as usize, block: blocks.saturating_sub(1) };
    }

    /// Lets the gradient pass back through one block.
    fn backward(&mut self, plan: &Plan, state: &State, batch: &Batch, leg: usize, block: usize) {
        let name = Leg::ALL[leg];
        if let Some(network) = name.network(plan) {
            let (earlier, rest) = self.passes.split_at_mut(leg);
            let source = source(name, plan, batch, &self.views, earlier);
            network.backward_block(block, &state.values, source, &mut rest[0], &mut self.gradient, name != Leg::Encoder);
        }
        if block > 0 {
            self.stage = Stage::Backward { leg, block: block - 1 };
            return;
        }
        let Some(next) = (0..leg).rev().find(|leg| Leg::ALL[*leg].network(plan).is_some()) else {
            self.stage = Stage::Done;
            return;
        };
        let (earlier, rest) = self.passes.split_at_mut(leg);
        let by_input = rest[0].input_gradient_mut();
        if name == Leg::Predictor {
            // z has a gradient of its own, too, where no gradient stops.
            for (slope, own) in by_input.data_mut().iter_mut().zip(self.by_z.data()) {
                *slope += own;
            }
        }
        earlier[next].load_gradient(by_input);
        let blocks = Leg::ALL[next].network(plan).map_or(0, Network::block_count);
        self.stage = Stage::Backward { leg: next, block: blocks.saturating_sub(1) };
    }

    /// Passes the batch forward only, through all networks.
    pub fn pass_forward(&mut self, plan: &Plan, state: &State, batch: &Batch) {
        while let Stage::Forward { leg, block } = self.stage {
            self.forward(plan, state, batch, leg, block);
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
        let Self { objective, memory, passes, by_z, by_p, is_again, .. } = self;
        let z = z(plan, passes);
        let p = if plan.predictor.is_some() { passes[Leg::Predictor as usize].output() } else { z };
        let target = target(plan, passes);
        reasons.of_predictions = plan.predictor.is_some();
        (reasons.dim, reasons.on_sphere) = (z.columns(), on_sphere);
        let positive = if partner < p.rows() { compared(p, partner, on_sphere) } else { compared(target, row, on_sphere) };
        reasons.views = [compared(p, row, on_sphere), positive];
        let forward = Forward { config, plan, state, batch, z, p, target, is_again: *is_again };
        memory.explain(&forward, objective, reasons);
        // From the derivative by the raw row, which is as many times shorter as the row is longer.
        let length = if on_sphere { norm(p.row(row)) } else { 1.0 };
        let by_row = if plan.predictor.is_some() { by_p.row(row) } else { by_z.row(row) };
        reasons.sum = by_row.iter().map(|slope| -slope * length).collect();
    }

    /// Does what follows an accepted step: the running statistics move by the batch's moments, and the method does its own.
    pub fn commit(&mut self, config: &Config, plan: &Plan, batch: &Batch, state: &mut State) {
        for leg in Leg::ALL {
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
