//! States of earlier steps, so that one can go back through the run: every one of the first steps, then eight to each doubling of the step.
//!
//! States are kept, not embeddings: that costs a step less, and a state is embedded when somebody goes back to it. Where states are large, such as
//! those with a long queue, fewer are kept: never more than [`MOST_BYTES`] of them.

use crate::config::Config;
use crate::metrics::BatchMetrics;
use crate::report::Terms;
use crate::state::State;

/// Every step up to this one is kept.
const FIRST_STEPS: u64 = 64;
/// States kept of each doubling of the step after that.
const PER_DOUBLING: u64 = 8;
/// States kept in all: sixteen million steps.
const MOST: usize = FIRST_STEPS as usize + 1 + 18 * PER_DOUBLING as usize;
/// Bytes of all states that are kept.
const MOST_BYTES: usize = 64 << 20;
/// States that are kept however large they are: with fewer there is nothing to go back to.
const FEWEST: usize = 8;

/// What a run is seen by at one step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment<'a> {
    /// The state, without what only the next step needs.
    pub(super) state: &'a State,
    /// The configuration in force.
    pub(super) config: &'a Config,
    /// Terms of the last step's batch.
    pub(super) terms: Terms,
    /// Euclidean norm of the loss's gradient by all weights.
    pub(super) gradient_norm: f32,
    /// What the last batch looks like.
    pub(super) metrics: &'a BatchMetrics,
}

/// The state of a run at one step.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    state: State,
    config: Config,
    terms: Terms,
    gradient_norm: f32,
    metrics: BatchMetrics,
}

impl Kept {
    /// What is shown of it.
    pub(super) fn moment(&self) -> Moment<'_> {
        let Self { state, config, terms, gradient_norm, metrics } = self;
        Moment { state, config, terms: *terms, gradient_norm: *gradient_norm, metrics }
    }
}

/// The kept states of a run, oldest first. Which steps they are depends on the number of steps alone.
#[derive(Clone, Debug)]
pub struct Timeline {
    frames: Vec<Kept>,
    /// Memory for states to come. No more are kept than there is memory for.
    spare: Vec<Kept>,
}

impl Timeline {
    /// Makes room for states like this one.
    pub(super) fn new(state: &State) -> Self {
        let empty = || Kept {
            state: State::with_room(state),
            config: Config::default(),
            terms: Terms::default(),
            gradient_norm: 0.0,
            metrics: BatchMetrics::default(),
        };
        let most = (MOST_BYTES / state.seen_bytes().max(1)).clamp(FEWEST, MOST);
        Self { frames: Vec::with_capacity(most), spare: (0..most).map(|_| empty()).collect() }
    }

    /// Returns true when the state after this step is wanted.
    pub(super) fn is_due(step: u64) -> bool {
        step <= FIRST_STEPS || step.is_multiple_of((1 << step.ilog2()) / PER_DOUBLING)
    }

    /// Keeps a state. Where there is no room left the one goes whose neighbours are nearest to one another, as a ratio of their steps.
    pub(super) fn record(&mut self, moment: &Moment<'_>) {
        if self.spare.is_empty() {
            let step = |index: usize| (self.frames[index].state.step + 1) as f64;
            let gap = |index: &usize| step(index + 1) / step(index - 1);
            if let Some(index) = (1..self.frames.len() - 1).min_by(|a, b| gap(a).total_cmp(&gap(b))) {
                self.spare.push(self.frames.remove(index));
            }
        }
        let Some(mut kept) = self.spare.pop() else { return };
        kept.state.copy_seen_from(moment.state);
        kept.config.clone_from(moment.config);
        kept.terms = moment.terms;
        kept.gradient_norm = moment.gradient_norm;
        kept.metrics.copy_from(moment.metrics);
        self.frames.push(kept);
    }

    /// Forgets the state after the step just taken, if it is kept: the run has gone back to before it.
    pub(super) fn undo_step(&mut self, step: u64) {
        if self.frames.last().is_some_and(|frame| frame.state.step == step) {
            self.spare.extend(self.frames.pop());
        }
    }

    /// The steps whose states are kept, oldest first.
    pub fn steps(&self) -> impl Iterator<Item = u64> + '_ {
        self.frames.iter().map(|frame| frame.state.step)
    }

    /// Index of the kept state nearest to `step`.
    pub(super) fn nearest(&self, step: u64) -> Option<usize> {
        (0..self.frames.len()).min_by_key(|index| self.frames[*index].state.step.abs_diff(step))
    }

    /// The kept state with this index.
    pub(super) fn frame(&self, index: usize) -> Option<&Kept> {
        self.frames.get(index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(timeline: &mut Timeline, step: u64) {
        let state = State { step, values: vec![step as f32], ..State::default() };
        let (config, metrics) = (Config::default(), BatchMetrics::default());
        timeline.record(&Moment { state: &state, config: &config, terms: Terms::default(), gradient_norm: 0.0, metrics: &metrics });
    }

    /// The steps that are kept of a run of `steps` steps.
    fn kept(steps: u64) -> Vec<u64> {
        let mut timeline = Timeline::new(&State::default());
        for step in (0..=steps).filter(|step| Timeline::is_due(*step)) {
            record(&mut timeline, step);
        }
        assert!(timeline.frames.iter().all(|frame| frame.state.values == [frame.state.step as f32]));
        timeline.steps().collect()
    }

    #[test]
    fn the_first_steps_stay_and_later_ones_lie_evenly_on_a_logarithmic_scale() {
        let steps = kept(20_000);
        assert_eq!(steps[..=64], (0..=64).collect::<Vec<u64>>());
        assert!(steps.windows(2).all(|pair| pair[0] < pair[1] && pair[1] - pair[0] <= pair[0] / 8 + 1), "{steps:?}");
        assert!(steps.len() < 150 && steps[steps.len() - 1] > 18_000);
    }

    #[test]
    fn they_are_bounded_in_number_and_bytes_for_ever_and_reach_from_the_first_step_to_the_last() {
        for (numbers, most) in [(1, MOST), (1 << 20, 16), (1 << 24, FEWEST)] {
            let large = State { values: vec![0.0; numbers], ..State::default() };
            // Its memory is reserved, and not taken by what follows.
            let mut timeline = Timeline::new(&large);
            let last = 20 * MOST as u64;
            for step in 0..=last {
                record(&mut timeline, step);
            }
            let steps: Vec<u64> = timeline.steps().collect();
            assert_eq!((steps.len(), steps[0], steps[most - 1]), (most, 0, last), "{numbers} numbers");
            let gaps = steps.windows(2).map(|pair| (pair[1] + 1) as f64 / (pair[0] + 1) as f64);
            let even = libm::pow((last + 1) as f64, 1.0 / (most - 1) as f64);
            assert!(gaps.clone().fold(0.0, f64::max) < (even * even).max(2.01), "{steps:?}");
            assert_eq!(timeline.nearest(0).map(|index| timeline.frames[index].state.step), Some(0));
        }
    }
}
