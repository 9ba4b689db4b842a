//! One step, at once or in parts, and what is done when it diverges.

use super::timeline::Moment;
use super::{Divergence, MEASURED_PAIRS, Scratch, Timeline, Trainer};
use crate::config::{MethodName, Reduction};
use crate::kernels::vectors;
use crate::matrix::LANES;
use crate::metrics::{measure, measure_spread};
use crate::objective::Terms;
use crate::readings::Measure;

/// What has begun and is not complete. The evaluation itself knows how far it has come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum UnderWay {
    /// Nothing.
    Nothing,
    /// The next step, with a batch of its own.
    Step,
    /// The last batch under a setting that has changed since.
    Update,
}

impl Trainer {
    /// Takes one step: a batch, its loss, the gradient, an update of the weights.
    ///
    /// Where a number leaves what floats can hold, the weights stay at the last good state, the error says why, and
    /// further steps fail with the same error until the configuration changes.
    pub fn step(&mut self) -> Result<(), Divergence> {
        while !self.advance(usize::MAX)? {}
        Ok(())
    }

    /// Does a part of a step, about `comparisons` comparisons of two rows of its batch. Returns true once the step is complete.
    ///
    /// A step has the same bits in parts and at once, and a live change between two parts counts as if it had come before the step.
    pub fn advance(&mut self, comparisons: usize) -> Result<bool, Divergence> {
        if let Some(divergence) = self.divergence {
            return Err(divergence);
        }
        if self.under_way != UnderWay::Step {
            self.give_up();
            self.remember_streams();
            self.sampler.fill(&self.dataset, &self.config, &mut self.scratch.next_batch);
            self.under_way = UnderWay::Step;
            self.begin();
        }
        if !self.evaluate_more(comparisons) {
            return Ok(false);
        }
        std::mem::swap(&mut self.scratch.batch, &mut self.scratch.next_batch);
        self.scratch.is_taken = false;
        if let Some((_, streams)) = &self.scratch.before {
            self.last_streams.clone_from(streams);
        }
        if let Some(divergence) = self.divergence_of(&self.terms, self.gradient_norm) {
            self.return_streams();
            // It was the last update that led here: the state before it was the last good one.
            if self.scratch.has_last_good {
                self.history.undo_step(self.state.step);
                self.timeline.undo_step(self.state.step);
                let Scratch { before, before_last, .. } = &mut self.scratch;
                std::mem::swap(before, before_last);
                self.go_back();
            }
            return Err(self.stop(divergence));
        }
        let Self { config, plan, state, scratch, .. } = self;
        let Scratch { evaluation, batch, last_good, has_last_good, .. } = scratch;
        last_good.copy_from(state);
        *has_last_good = true;
        state.take_gradient(config, plan, &evaluation.gradient);
        if let Some(divergence) = Divergence::of_weights(&state.values) {
            self.go_back();
            return Err(self.stop(divergence));
        }
        evaluation.commit(config, plan, batch, state);
        scratch.is_taken = true;
        // For the next step the memory of the one before the last serves again.
        std::mem::swap(&mut scratch.before, &mut scratch.before_last);
        state.step += 1;
        let step = state.step;
        let wants_row = self.history.begin_step(step, self.terms.loss);
        let wants_frame = Timeline::is_due(step);
        // Somebody may look while the next step is under way, when these rows are gone.
        let is_parted = self.scratch.is_parted || !self.fits(comparisons);
        if wants_row || wants_frame || is_parted {
            self.measure(wants_frame || is_parted);
        }
        if wants_row {
            self.history.end_row(self.gradient_norm, &self.terms, &self.scratch.metrics);
        }
        if wants_frame {
            self.record_frame();
        }
        Ok(true)
    }

    /// What is wrong with the loss and the gradient of a step, if anything is.
    pub(super) fn divergence_of(&self, terms: &Terms, gradient_norm: f32) -> Option<Divergence> {
        let count = terms.triplets.filter(|_| self.config.reduction == Reduction::Sum).map_or(1, |counts| counts.mined);
        Divergence::of_gradient(terms.loss, gradient_norm, count)
    }

    /// Whether a live change has come since [`Self::terms`] were found.
    pub fn is_pending(&self) -> bool {
        self.is_outdated
    }

    /// Does a part of evaluating the last batch under a setting that has changed since, about `comparisons` comparisons of two rows.
    /// Returns true once nothing is pending. The batch and its triplets are the same, and the next step draws its own as if nobody had asked.
    pub fn advance_update(&mut self, comparisons: usize) -> bool {
        if !self.is_outdated {
            return true;
        }
        if self.under_way != UnderWay::Update {
            self.give_up();
            self.remember_streams();
            self.streams.clone_from(&self.last_streams);
            self.under_way = UnderWay::Update;
            self.begin();
        }
        let is_complete = self.evaluate_more(comparisons);
        if is_complete {
            self.return_streams();
        }
        is_complete
    }

    /// Notes where the streams of batches, triplets and masks stand.
    fn remember_streams(&mut self) {
        match &mut self.scratch.before {
            Some((sampler, streams)) => {
                sampler.copy_from(&self.sampler);
                streams.clone_from(&self.streams);
            }
            before @ None => *before = Some((self.sampler.clone(), self.streams.clone())),
        }
    }

    /// Puts the streams back to where they stood when they were noted.
    fn return_streams(&mut self) {
        if let Some((sampler, streams)) = &self.scratch.before {
            self.sampler.copy_from(sampler);
            self.streams.clone_from(streams);
        }
    }

    /// Leaves what is under way undone, as if it had never begun.
    pub(super) fn give_up(&mut self) {
        if self.under_way != UnderWay::Nothing {
            self.under_way = UnderWay::Nothing;
            self.return_streams();
        }
    }

    /// Whether the stages of an evaluation of a batch follow one another without a pause, in parts of this size.
    fn fits(&self, comparisons: usize) -> bool {
        let rows = 2 * self.config.batch as usize;
        rows.saturating_mul(rows) <= comparisons
    }

    /// Puts the state back to where it was before the last update, and the streams to where [`Self::return_streams`] puts them: the run stands
    /// as if the steps since had not been tried. The batch that is there is evaluated in that state, so that a loss can be shown.
    fn go_back(&mut self) {
        self.state.copy_from(&self.scratch.last_good);
        self.scratch.has_last_good = false;
        self.streams.clone_from(&self.last_streams);
        self.evaluate_again();
        self.return_streams();
    }

    fn stop(&mut self, divergence: Divergence) -> Divergence {
        self.divergence = Some(divergence);
        divergence
    }

    /// Finds the loss and the gradient of the batch that is there.
    pub(super) fn evaluate_again(&mut self) {
        self.under_way = UnderWay::Update;
        self.begin();
        while !self.evaluate_more(usize::MAX) {}
    }

    /// Begins the evaluation of what is under way.
    fn begin(&mut self) {
        let is_step = self.under_way == UnderWay::Step;
        let Self { config, plan, streams, scratch, .. } = self;
        let Scratch { batch, next_batch, evaluation, has_rows, is_parted, is_taken, .. } = scratch;
        // Whatever rows there are may be of another batch until this evaluation is complete.
        (*has_rows, *is_parted) = (false, false);
        evaluation.begin(config, plan, if is_step { next_batch } else { batch }, streams, !is_step && *is_taken);
    }

    /// Goes on with what is under way, about `comparisons` comparisons of two rows. Returns true once it is complete: then its terms and
    /// its gradient are there, and nothing is under way.
    fn evaluate_more(&mut self, comparisons: usize) -> bool {
        let at_once = self.fits(comparisons);
        let is_step = match self.under_way {
            UnderWay::Nothing => return true,
            UnderWay::Step => true,
            UnderWay::Update => false,
        };
        let Self { config, plan, state, streams, scratch, .. } = self;
        let Scratch { batch, next_batch, evaluation, .. } = scratch;
        let batch = if is_step { next_batch } else { batch };
        let Some(terms) = evaluation.advance(config, plan, state, batch, streams, comparisons, at_once) else {
            scratch.is_parted = true;
            return false;
        };
        self.terms = terms;
        self.gradient_norm = norm_of(&evaluation.gradient);
        self.is_outdated = false;
        self.under_way = UnderWay::Nothing;
        self.scratch.has_rows = true;
        true
    }

    /// Measures the last batch; while the rows of another are compared its measures stay as they are.
    pub(super) fn measure(&mut self, histograms: bool) {
        let Scratch { batch, evaluation, meter, metrics, has_rows, .. } = &mut self.scratch;
        if *has_rows {
            measure(&evaluation.objective.rows, &batch.labels, self.config.positive_rows(), MEASURED_PAIRS, histograms, meter, metrics);
            if self.config.method != MethodName::Pairs {
                let [std, raw] = measure_spread(evaluation.z(&self.plan), MEASURED_PAIRS);
                self.terms.measures.set(Measure::Std, std);
                self.terms.measures.set(Measure::StdRaw, raw);
            }
        }
    }

    /// Keeps the run as it stands for going back to it.
    pub(super) fn record_frame(&mut self) {
        let Self { config, terms, gradient_norm, state, scratch, .. } = self;
        let moment = Moment { config, terms: *terms, gradient_norm: *gradient_norm, metrics: &scratch.metrics, state };
        self.timeline.record(&moment);
    }
}

/// Euclidean length, summed in eight lanes.
pub(super) fn norm_of(gradient: &[f32]) -> f32 {
    let mut squares = [0.0f64; LANES];
    for slopes in vectors(gradient) {
        for lane in 0..LANES {
            squares[lane] += f64::from(slopes[lane]) * f64::from(slopes[lane]);
        }
    }
    squares.iter().sum::<f64>().sqrt() as f32
}
