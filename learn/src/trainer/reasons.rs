//! Why a point moves, asked of a run: in the last batch if that has drawn the point, else in a batch that is made for it.

use super::{Scratch, Trainer};
use crate::config::Similarity;
use crate::method::{self, Found, Memory, Run, Streams};
use crate::report::{Reasons, as_bytes, compared};
use crate::rows::Watch;
use crate::views::Batch;

impl Trainer {
    /// Has snapshots say why a training point moves, or of no point; one that does not exist is none.
    pub fn pin(&mut self, point: Option<u32>) {
        self.pinned = point.filter(|point| (*point as usize) < self.dataset.labels.len());
    }

    /// Has snapshots leave the answer out, or give it: with a large batch it takes as long as a step.
    pub fn answer(&mut self, answers: bool) {
        self.answers = answers;
    }

    /// The point of [`Self::pin`].
    pub fn pinned(&self) -> Option<u32> {
        self.pinned
    }

    /// Why the pinned point moves under the present setting. The run goes on as if nobody had asked.
    pub fn reasons(&self) -> Option<Reasons> {
        let point = self.pinned?;
        let (batch, pair) = self.batch_of(point);
        let drawn = pair.is_some();
        let is_again = drawn && self.has_last_step();
        let streams = if is_again { &self.undo.draws.streams } else { &self.draws.streams }.clone();
        let run = Run { config: &self.config, plan: &self.plan, state: &self.state, batch: &batch, is_again };
        self.explain(point, &run, pair.unwrap_or(0), streams, true).map(|reasons| Reasons { drawn, ..reasons })
    }

    /// Why the pinned point moved in a kept state, in a batch that is made for it.
    pub(super) fn reasons_of_past(&self, index: usize) -> Option<Reasons> {
        let point = self.pinned?;
        let (batch, pair) = self.batch_of(point);
        let kept = self.timeline.frame(index)?.moment();
        // Under the setting of then, which may have joined the networks in another way.
        let (config, inputs) = (kept.config, &self.dataset.inputs);
        let mut plan = method::plan(config, inputs.columns(), inputs.rows());
        plan.use_instructions(self.plan.encoder.instructions);
        let run = Run { config, plan: &plan, state: kept.state, batch: &batch, is_again: false };
        self.explain(point, &run, pair.unwrap_or(0), self.draws.streams.clone(), false)
    }

    /// The last batch, with the pair whose view a is of the point; or the same batch with the point in place of the first pair.
    fn batch_of(&self, point: u32) -> (Batch, Option<usize>) {
        let Scratch { batch, .. } = &self.scratch;
        let mut batch = batch.clone();
        let pairs = batch.points.len() / 2;
        let pair = batch.points[..pairs].iter().position(|other| *other == point);
        if pair.is_none() {
            let shown = self.shown_views(point);
            for (row, (point, view)) in [0, pairs].into_iter().zip(shown) {
                batch.points[row] = point;
                batch.labels[row] = self.dataset.labels[point as usize];
                batch.inputs.row_mut(row).copy_from_slice(&view);
                if self.config.method.rebuilds() {
                    batch.clean.row_mut(row).copy_from_slice(self.dataset.inputs.row(point as usize));
                }
            }
        }
        (batch, pair)
    }

    /// Says why the row of view a of `pair`, a view of `point`, moves in a batch; with `moves`, also where an update takes it.
    pub(super) fn explain(&self, point: u32, run: &Run<'_>, pair: usize, mut streams: Streams, moves: bool) -> Option<Reasons> {
        let dataset = &self.dataset;
        let Run { config, plan, state, batch, .. } = *run;
        // The same masks before and after, so that only the update tells the two places apart.
        let mut again = streams.clone();
        let mut memory = Memory::new(config.method);
        let mut found = Found::new(plan.encoder.instructions);
        found.watch = Some(Watch { row: pair, ..Watch::default() });
        let terms = memory.evaluate(run, &mut streams, &mut found);
        if !terms.loss.is_finite() {
            return None;
        }
        let pairs = batch.points.len() / 2;
        let places = [pair, pairs + pair].map(|row| dataset.plane.project(batch.inputs.row(row)));
        let mut reasons = Reasons {
            point,
            pair: pair as u32,
            pairs: pairs as u32,
            batch_loss: terms.loss,
            images: match dataset.image_side {
                Some(_) => [pair, pairs + pair].map(|row| as_bytes(batch.inputs.row(row))).concat(),
                None => Vec::new(),
            },
            places: [places[0][0], places[0][1], places[1][0], places[1][1]],
            ..Reasons::default()
        };
        method::explain(&mut memory, run, &found, &mut reasons);
        if let Some(rebuilt) = &mut reasons.rebuilt {
            let [[ax, ay], [bx, by]] = [&rebuilt.wanted, &rebuilt.output].map(|row| dataset.plane.project(row));
            rebuilt.places = [ax, ay, bx, by];
        }
        reasons.finish(dataset.classes);
        if moves {
            let mut next = state.clone();
            next.take_gradient(config, plan, &found.gradient);
            memory.forward(&Run { state: &next, ..*run }, &mut again);
            reasons.moved = compared(memory.outputs(plan).p, pair, config.compared() == Similarity::Cosine);
        }
        Some(reasons)
    }
}
