//! Weights of earlier steps, so that a pane can scrub back through the run: keeping them costs a step less than embedding all points
//! would, which is done when somebody asks.

/// Frames kept; when they are full every other one goes and the distance between them doubles.
const FRAMES: usize = 64;
/// Steps between the first frames.
const FIRST_STRIDE: u64 = 4;

/// All training points' embeddings at one step.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Frame {
    /// Steps taken.
    pub step: u64,
    /// Rows of embeddings, one behind the other.
    pub embeddings: Vec<f32>,
}

/// The weights at one step.
#[derive(Clone, Debug, Default)]
pub(super) struct Kept {
    /// Steps taken.
    pub(super) step: u64,
    /// The encoder's parameters, padding included.
    pub(super) parameters: Vec<f32>,
}

/// The frames of a run, evenly spaced over all of it.
#[derive(Clone, Debug)]
pub struct Timeline {
    frames: Vec<Kept>,
    /// Frames' memory that is not in use.
    spare: Vec<Kept>,
    stride: u64,
}

impl Timeline {
    /// Room for frames of this many parameters.
    pub(super) fn new(parameters: usize) -> Self {
        let spare = (0..FRAMES).map(|_| Kept { step: 0, parameters: vec![0.0; parameters] }).collect();
        Self { frames: Vec::with_capacity(FRAMES), spare, stride: FIRST_STRIDE }
    }

    /// Whether this step's weights are wanted.
    pub(super) fn is_due(&self, step: u64) -> bool {
        step.is_multiple_of(self.stride)
    }

    /// Keeps the weights of a step.
    pub(super) fn record(&mut self, step: u64, parameters: &[f32]) {
        if self.spare.is_empty() {
            self.stride *= 2;
            // Keeps the even ones in order at the front.
            let mut kept = 0;
            for index in 0..self.frames.len() {
                if self.frames[index].step.is_multiple_of(self.stride) {
                    self.frames.swap(kept, index);
                    kept += 1;
                }
            }
            self.spare.extend(self.frames.drain(kept..));
        }
        let mut frame = self.spare.pop().unwrap_or_default();
        frame.step = step;
        frame.parameters.clear();
        frame.parameters.extend_from_slice(parameters);
        self.frames.push(frame);
    }

    /// Forgets the frame of the step just taken, if it has one: the run has gone back to before it.
    pub(super) fn undo_step(&mut self, step: u64) {
        if self.frames.last().is_some_and(|frame| frame.step == step) {
            self.spare.extend(self.frames.pop());
        }
    }

    /// The steps of the frames, oldest first.
    pub fn steps(&self) -> impl Iterator<Item = u64> + '_ {
        self.frames.iter().map(|frame| frame.step)
    }

    /// The frame nearest to `step`.
    pub(super) fn nearest(&mut self, step: u64) -> Option<&mut Kept> {
        self.frames.iter_mut().min_by_key(|frame| frame.step.abs_diff(step))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_stay_few_in_order_and_span_the_run() {
        let mut timeline = Timeline::new(1);
        timeline.record(0, &[0.0]);
        for step in 1..=5_000u64 {
            if timeline.is_due(step) {
                timeline.record(step, &[step as f32]);
            }
        }
        let steps: Vec<u64> = timeline.steps().collect();
        assert!(steps.len() <= FRAMES && steps.len() > FRAMES / 3);
        assert!(steps.windows(2).all(|pair| pair[0] < pair[1]), "{steps:?}");
        assert_eq!(steps[0], 0);
        assert!(steps[steps.len() - 1] > 4_500);
        let near = timeline.nearest(2_500).expect("there are frames");
        assert_eq!(near.parameters[0], near.step as f32);
    }
}
