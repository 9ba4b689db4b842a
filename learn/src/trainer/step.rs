//! One step, and what is done when it diverges.

use super::timeline::Moment;
use super::{MEASURED_PAIRS, Scratch, Timeline, Trainer};
use crate::config::Reduction;
use crate::kernels::vectors;
use crate::matrix::LANES;
use crate::method::{self, Run};
use crate::metrics::{measure, measure_spread};
use crate::report::{Divergence, Measure, Terms};

impl Trainer {
    /// Takes one step: a batch, its loss, the gradient, an update of the weights.
    ///
    /// Where a number leaves what floats can hold, the weights stay at the last good state, the error says why, and
    /// further steps fail with the same error until the configuration changes.
    pub fn step(&mut self) -> Result<(), Divergence> {
        if let Some(divergence) = self.divergence {
            return Err(divergence);
        }
        self.look_ahead();
        if let Some(divergence) = self.divergence_of(&self.terms, self.gradient_norm) {
            // It was the last update that led here: the state before it was the last good one.
            if self.has_last_step() {
                self.history.undo_step(self.state.step);
                self.timeline.undo_step(self.state.step);
                self.go_back();
            }
            return Err(self.stop(divergence));
        }
        let Self { config, plan, state, draws, undo, scratch, .. } = self;
        undo.state.copy_from(state);
        undo.draws.copy_from(draws);
        draws.copy_from(&scratch.draws);
        state.take_gradient(config, plan, &scratch.found.gradient);
        if let Some(divergence) = Divergence::of_weights(&state.values) {
            self.go_back();
            return Err(self.stop(divergence));
        }
        scratch.memory.follow(config, plan, &scratch.batch, state);
        state.step += 1;
        let step = state.step;
        let wants_row = self.history.begin_step(step, self.terms.loss);
        let wants_frame = Timeline::is_due(step);
        if wants_row || wants_frame {
            self.measure(wants_frame);
        }
        if wants_row {
            self.history.end_row(self.gradient_norm, &self.terms, &self.scratch.metrics);
        }
        if wants_frame {
            self.record_frame();
        }
        Ok(())
    }

    /// Evaluates the batch of the next step, drawn with copies of the streams: the run stands as before.
    pub(super) fn look_ahead(&mut self) {
        let Self { config, dataset, draws, scratch, .. } = self;
        scratch.draws.copy_from(draws);
        scratch.draws.sampler.fill(dataset, config, &mut scratch.batch);
        self.evaluate(false);
    }

    /// Brings the terms up to date after a live change: the last batch with the same triplets and masks under the setting in force, or where
    /// there was no step the next one. The next step draws its own as if nobody had asked.
    pub(super) fn refresh(&mut self) {
        if !self.is_outdated {
            return;
        }
        if self.has_last_step() {
            self.scratch.draws.streams.clone_from(&self.undo.draws.streams);
            self.evaluate(true);
        } else {
            self.look_ahead();
        }
    }

    /// Evaluates the batch that is there with the streams of [`Scratch::draws`]. `is_again` is that of [`Run`].
    fn evaluate(&mut self, is_again: bool) {
        let Self { config, plan, state, scratch, .. } = self;
        let Scratch { batch, draws, memory, found, .. } = scratch;
        self.terms = memory.evaluate(&Run { config, plan, state, batch, is_again }, &mut draws.streams, found);
        self.gradient_norm = norm_of(&found.gradient);
        self.is_outdated = false;
    }

    /// Whether the last batch belongs to a step that was taken and could be taken back.
    pub(super) fn has_last_step(&self) -> bool {
        self.undo.state.step < self.state.step
    }

    /// What is wrong with the loss and the gradient of a step, if anything is.
    pub(super) fn divergence_of(&self, terms: &Terms, gradient_norm: f32) -> Option<Divergence> {
        let count = terms.triplets.filter(|_| self.config.reduction == Reduction::Sum).map_or(1, |counts| counts.mined);
        Divergence::of_gradient(terms.loss, gradient_norm, count)
    }

    /// Puts the run back to where it was before the last update, as if the steps since had not been tried.
    fn go_back(&mut self) {
        self.state.copy_from(&self.undo.state);
        self.draws.copy_from(&self.undo.draws);
    }

    /// Holds the run where it stands, with the loss of its next batch.
    fn stop(&mut self, divergence: Divergence) -> Divergence {
        self.look_ahead();
        self.divergence = Some(divergence);
        divergence
    }

    /// Measures the last batch.
    pub(super) fn measure(&mut self, histograms: bool) {
        let Scratch { batch, memory, found, meter, metrics, .. } = &mut self.scratch;
        measure(&found.rows, &batch.labels, self.config.positive_rows(), MEASURED_PAIRS, histograms, meter, metrics);
        if method::about(&self.config).measures_raw_rows {
            let [std, raw] = measure_spread(memory.outputs(&self.plan).z, MEASURED_PAIRS);
            self.terms.measures.set(Measure::Std, std);
            self.terms.measures.set(Measure::StdRaw, raw);
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
