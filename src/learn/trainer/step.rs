//! One step, at once or in parts, and what is done when it diverges.

use super::timeline::Moment;
use super::{Divergence, MEASURED_PAIRS, Scratch, Timeline, Trainer};
use crate::learn::config::Reduction;
use crate::learn::kernels::vectors;
use crate::learn::matrix::LANES;
use crate::learn::metrics::measure;
use crate::learn::objective::Terms;

/// What has begun and is not complete.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum UnderWay {
    /// Nothing.
    Nothing,
    /// The next step, with a batch of its own.
    Step(Stage),
    /// The last batch under a setting that has changed since.
    Update(Stage),
}

/// How far an evaluation has come. Each stage is a part of its own where a batch is too large for one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Stage {
    /// The batch has passed the encoder, and the objective compares its rows.
    Compares,
    /// The loss and its gradient by the rows are found; the gradient has yet to pass the encoder.
    Found(Terms),
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
        if !matches!(self.under_way, UnderWay::Step(_)) {
            self.give_up();
            self.remember_streams();
            self.sampler.fill(&self.dataset, &self.config, &mut self.scratch.next_batch);
            self.under_way = UnderWay::Step(Stage::Compares);
            self.begin();
            if !self.fits(comparisons) {
                return Ok(false);
            }
        }
        if !self.evaluate_more(comparisons) {
            return Ok(false);
        }
        std::mem::swap(&mut self.scratch.batch, &mut self.scratch.next_batch);
        self.scratch.has_rows = true;
        if let Some((_, miner)) = &self.scratch.before {
            self.last_miner.clone_from(miner);
        }
        let terms = self.terms.triplets.filter(|_| self.config.reduction == Reduction::Sum).map_or(1, |counts| counts.mined);
        if let Some(divergence) = Divergence::of_gradient(self.terms.loss, self.gradient_norm, terms) {
            // It was the last update that led here: the state before it was the last good one.
            if !self.scratch.last_good.is_empty() {
                self.go_back();
                self.history.undo_step(self.step);
                self.timeline.undo_step(self.step);
                self.step -= 1;
            }
            return Err(self.stop(divergence));
        }
        let Scratch { gradient, last_good, last_optimizer, .. } = &mut self.scratch;
        last_good.clear();
        last_good.extend_from_slice(&self.encoder.parameters);
        last_optimizer.copy_from(&self.optimizer);
        self.optimizer.step(&self.config, &mut self.encoder.parameters, gradient);
        if let Some(divergence) = Divergence::of_weights(&self.encoder.parameters) {
            self.go_back();
            return Err(self.stop(divergence));
        }
        self.step += 1;
        let wants_row = self.history.begin_step(self.step, self.terms.loss);
        let wants_frame = Timeline::is_due(self.step);
        // Somebody may look while the next step is under way, when these rows are gone.
        if wants_row || wants_frame || !self.fits(comparisons) {
            self.measure(wants_frame || !self.fits(comparisons));
        }
        if wants_row {
            self.history.end_row(self.gradient_norm, &self.terms, &self.scratch.metrics);
        }
        if wants_frame {
            self.record_frame();
        }
        Ok(true)
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
        if !matches!(self.under_way, UnderWay::Update(_)) {
            self.give_up();
            self.remember_streams();
            self.miner.clone_from(&self.last_miner);
            self.under_way = UnderWay::Update(Stage::Compares);
            self.begin();
            if !self.fits(comparisons) {
                return false;
            }
        }
        let is_complete = self.evaluate_more(comparisons);
        if is_complete {
            self.return_streams();
        }
        is_complete
    }

    /// Notes where the streams of batches and triplets stand.
    fn remember_streams(&mut self) {
        match &mut self.scratch.before {
            Some((sampler, miner)) => {
                sampler.copy_from(&self.sampler);
                miner.clone_from(&self.miner);
            }
            before @ None => *before = Some((self.sampler.clone(), self.miner.clone())),
        }
    }

    /// Puts the streams back to where they stood when they were noted.
    fn return_streams(&mut self) {
        if let Some((sampler, miner)) = &self.scratch.before {
            self.sampler.copy_from(sampler);
            self.miner.clone_from(miner);
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

    /// Puts weights and optimiser back to where they were before the last update.
    fn go_back(&mut self) {
        self.encoder.parameters.copy_from_slice(&self.scratch.last_good);
        self.optimizer.copy_from(&self.scratch.last_optimizer);
        self.scratch.last_good.clear();
        self.evaluate_again();
    }

    fn stop(&mut self, divergence: Divergence) -> Divergence {
        self.divergence = Some(divergence);
        divergence
    }

    /// Finds the loss and the gradient of the batch that is there.
    pub(super) fn evaluate_again(&mut self) {
        self.under_way = UnderWay::Update(Stage::Compares);
        self.begin();
        while !self.evaluate_more(usize::MAX) {}
    }

    /// Has the batch of what is under way pass the encoder, and the objective begin.
    fn begin(&mut self) {
        let is_step = matches!(self.under_way, UnderWay::Step(_));
        let Scratch { batch, next_batch, pass, objective, has_rows, .. } = &mut self.scratch;
        *has_rows = !is_step;
        self.encoder.forward(&if is_step { next_batch } else { batch }.inputs, pass);
        objective.begin(&self.config, pass.output());
    }

    /// Goes on with what is under way, about `comparisons` comparisons of two rows. Returns true once it is complete: then its terms and
    /// its gradient are there, and nothing is under way.
    fn evaluate_more(&mut self, comparisons: usize) -> bool {
        let fits = self.fits(comparisons);
        let (is_step, stage) = match self.under_way {
            UnderWay::Nothing => return true,
            UnderWay::Step(stage) => (true, stage),
            UnderWay::Update(stage) => (false, stage),
        };
        let Scratch { batch, next_batch, pass, objective, output_gradient, gradient, .. } = &mut self.scratch;
        let batch = if is_step { next_batch } else { batch };
        output_gradient.fit(pass.output().rows(), pass.output().columns());
        let terms = match stage {
            Stage::Found(terms) => terms,
            Stage::Compares => {
                let Some(terms) = objective.advance(&self.config, &batch.labels, &mut self.miner, comparisons, output_gradient) else {
                    return false;
                };
                if !fits {
                    let found = Stage::Found(terms);
                    self.under_way = if is_step { UnderWay::Step(found) } else { UnderWay::Update(found) };
                    return false;
                }
                terms
            }
        };
        self.terms = terms;
        gradient.resize(self.encoder.parameters.len(), 0.0);
        self.encoder.backward(&batch.inputs, pass, output_gradient, gradient);
        self.gradient_norm = norm_of(gradient);
        self.is_outdated = false;
        self.under_way = UnderWay::Nothing;
        true
    }

    /// Measures the last batch; while the rows of another are compared its measures stay as they are.
    pub(super) fn measure(&mut self, histograms: bool) {
        let Scratch { batch, objective, meter, metrics, has_rows, .. } = &mut self.scratch;
        if *has_rows {
            measure(&objective.rows, &batch.labels, self.config.positive_rows(), MEASURED_PAIRS, histograms, meter, metrics);
        }
    }

    /// Keeps the run as it stands for going back to it.
    pub(super) fn record_frame(&mut self) {
        let Self { step, config, terms, gradient_norm, encoder, scratch, .. } = self;
        let moment = Moment { step: *step, config, terms: *terms, gradient_norm: *gradient_norm, metrics: &scratch.metrics };
        self.timeline.record(&moment, &encoder.parameters);
    }
}

/// Euclidean length, summed in eight lanes.
fn norm_of(gradient: &[f32]) -> f32 {
    let mut squares = [0.0f64; LANES];
    for slopes in vectors(gradient) {
        for lane in 0..LANES {
            squares[lane] += f64::from(slopes[lane]) * f64::from(slopes[lane]);
        }
    }
    squares.iter().sum::<f64>().sqrt() as f32
}
