//! Joint embedding: what the methods share that bring the rows of a pair together.

use super::{Branch, Outputs, Run};
use crate::matrix::Matrix;
use crate::network::{Moments, Pass, Wanted};
use crate::random::Random;
use crate::state::{Plan, State, Views};

/// The networks of a joint embedding, with the working memory of a step: the online encoder, head and predictor, and the target network.
#[derive(Clone, Debug, Default)]
pub(super) struct Siamese {
    online: Branch,
    predictor: Pass,
    target: Branch,
    /// The rows of view a and of view b, where a network passes one of them only.
    views: [Matrix; 2],
    by_z: Matrix,
    by_p: Matrix,
}

/// The rows that a loss compares, and room for its derivatives by them.
#[derive(Debug)]
pub(super) struct Compared<'a> {
    /// The outputs z: [2N, width], first view a, then view b; [N, width] where only one view passes.
    pub(super) z: &'a Matrix,
    /// The predictions, of the same shape; z itself where there is no predictor.
    pub(super) p: &'a Matrix,
    /// The target network's outputs; z itself where there is none.
    pub(super) target: &'a Matrix,
    /// The derivative by z, without what comes through the predictor. It is zero at first.
    pub(super) by_z: &'a mut Matrix,
    /// The derivative by p. It is zero at first, and counts where the method predicts.
    pub(super) by_p: &'a mut Matrix,
}

/// The inputs of a network that passes these views.
fn inputs<'a>(which: Views, run: &Run<'a>, views: &'a [Matrix; 2]) -> &'a Matrix {
    match which {
        Views::Both => &run.batch.inputs,
        Views::First => &views[0],
        Views::Second => &views[1],
    }
}

/// The groups of rows over which batch normalisation takes its moments.
fn groups(which: Views, plan: &Plan) -> usize {
    if which == Views::Both { plan.groups } else { 1 }
}

impl Siamese {
    /// Draws the masks of hidden units: first the online encoder's, then the target's.
    pub(super) fn draw_masks(&mut self, run: &Run<'_>, masks: &mut Random) {
        let (wiring, pairs) = (&run.plan.wiring, run.pairs());
        self.online.draw_masks(run, wiring.online.rows(pairs), masks);
        if let Some(views) = wiring.target {
            self.target.draw_masks(run, views.rows(pairs), masks);
        }
    }

    /// The online encoder and head: x -> h -> z.
    pub(super) fn encode(&mut self, run: &Run<'_>) {
        let Self { online, views, .. } = self;
        let which = run.plan.wiring.online;
        run.take_view(which, views);
        online.forward(run.plan, &run.state.values, groups(which, run.plan), inputs(which, run, views));
    }

    /// The predictor: z -> p. Without one p is z.
    pub(super) fn predict(&mut self, run: &Run<'_>) {
        if let Some(predictor) = &run.plan.predictor {
            let moments = Moments::Batch { groups: groups(run.plan.wiring.online, run.plan) };
            predictor.forward(&run.state.values, moments, self.online.z(run.plan), &mut self.predictor);
        }
    }

    /// The target network, which no gradient goes to.
    pub(super) fn encode_target(&mut self, run: &Run<'_>) {
        let Self { target, views, .. } = self;
        if let Some(which) = run.plan.wiring.target {
            run.take_view(which, views);
            target.forward(run.plan, &run.state.target, groups(which, run.plan), inputs(which, run, views));
        }
    }

    /// The rows of the last forward pass, and room for derivatives.
    pub(super) fn compared(&mut self, plan: &Plan) -> Compared<'_> {
        let Self { online, predictor, target, by_z, by_p, .. } = self;
        let z = online.z(plan);
        let p = if plan.predictor.is_some() { predictor.output() } else { z };
        let target = if plan.target.is_some() { target.z(plan) } else { z };
        for by in [&mut *by_z, &mut *by_p] {
            by.fit(z.rows(), z.columns());
            by.data_mut().fill(0.0);
        }
        Compared { z, p, target, by_z, by_p }
    }

    /// Passes the derivatives back: by p through the predictor, and with those by z through head and encoder. Writes those by the values.
    pub(super) fn backward(&mut self, run: &Run<'_>, gradient: &mut [f32]) {
        let Self { online, predictor, views, by_z, by_p, .. } = self;
        let (plan, values) = (run.plan, &run.state.values);
        if let Some(network) = &plan.predictor {
            network.backward(values, online.z(plan), predictor, by_p, gradient, Wanted::BOTH);
            by_z.add(predictor.input_gradient());
        } else if plan.wiring.predicts {
            // Without a predictor p is z.
            by_z.add(by_p);
        }
        online.backward(plan, values, inputs(plan.wiring.online, run, views), by_z, gradient, Wanted::VALUES);
    }

    /// What the last evaluation leaves for those who look.
    pub(super) fn outputs(&self, plan: &Plan) -> Outputs<'_> {
        let z = self.online.z(plan);
        let (p, by_p) = if plan.predictor.is_some() { (self.predictor.output(), &self.by_p) } else { (z, &self.by_z) };
        let target = if plan.target.is_some() { self.target.z(plan) } else { z };
        Outputs { h: self.online.h(), z, p, target, generated: None, logits: None, by_z: &self.by_z, by_p }
    }

    /// Moves the running statistics of batch normalisation by the moments of the last forward pass.
    pub(super) fn commit(&self, plan: &Plan, state: &mut State) {
        self.online.commit(plan, &mut state.statistics);
        if let Some(predictor) = &plan.predictor {
            predictor.commit_statistics(&self.predictor, &mut state.statistics);
        }
        if plan.target.is_some() {
            self.target.commit(plan, &mut state.target_statistics);
        }
    }
}
