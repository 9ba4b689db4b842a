//! The run's past as the charts show it: rows that thin themselves without losing peaks.

use crate::learn::metrics::BatchMetrics;
use crate::learn::objective::Terms;

/// Rows kept; when they are full, neighbours merge and each row stands for twice as many steps.
const ROWS: usize = 512;

/// What happened over a few steps.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct HistoryRow {
    /// The last of the steps.
    pub step: u64,
    /// Mean loss over them.
    pub loss: f32,
    /// Smallest loss.
    pub loss_min: f32,
    /// Largest loss.
    pub loss_max: f32,
    /// Euclidean norm of the gradient by all weights at the last of them, as all that follow.
    pub gradient_norm: f32,
    /// `L_align`.
    pub alignment: f32,
    /// `L_uniform`.
    pub uniformity: f32,
    /// Mean cosine of positives.
    pub positive_similarity: f32,
    /// Mean cosine of negatives.
    pub negative_similarity: f32,
    /// `InfoNCE`: share of the negatives that push as if alike. Triplet: share of active triplets.
    pub pushing: f32,
}

/// A live change of a parameter.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Mark {
    /// The step after which it took effect.
    pub step: u64,
    /// The parameter.
    pub key: String,
    /// The value before.
    pub from: String,
    /// The value since.
    pub to: String,
}

/// The rows and marks of a run. What it holds depends on the run alone, never on when somebody looked.
#[derive(Clone, Debug)]
pub struct History {
    rows: Vec<HistoryRow>,
    marks: Vec<Mark>,
    /// Steps a row stands for.
    stride: u64,
    open: HistoryRow,
    loss_sum: f64,
    count: u64,
    /// The latest step's loss.
    latest: f32,
}

impl Default for History {
    fn default() -> Self {
        let open = HistoryRow::default();
        Self { rows: Vec::with_capacity(ROWS), marks: Vec::new(), stride: 1, open, loss_sum: 0.0, count: 0, latest: 0.0 }
    }
}

impl History {
    /// Marks kept; a slider that is dragged about makes many, and the oldest go first.
    pub const MARKS: usize = 64;

    /// The rows, oldest first.
    pub fn rows(&self) -> &[HistoryRow] {
        &self.rows
    }

    /// The live changes, oldest first.
    pub fn marks(&self) -> &[Mark] {
        &self.marks
    }

    /// Takes a step's loss; true when the row is complete and wants its metrics.
    #[must_use]
    pub(super) fn begin_step(&mut self, step: u64, loss: f32) -> bool {
        if self.count == 0 {
            (self.open.loss_min, self.open.loss_max) = (loss, loss);
        }
        self.open.step = step;
        self.open.loss_min = self.open.loss_min.min(loss);
        self.open.loss_max = self.open.loss_max.max(loss);
        self.loss_sum += f64::from(loss);
        self.count += 1;
        self.latest = loss;
        step.is_multiple_of(self.stride)
    }

    /// Closes the row.
    pub(super) fn end_row(&mut self, gradient_norm: f32, terms: &Terms, metrics: &BatchMetrics) {
        let pushing = match (&terms.infonce, &terms.triplets) {
            (Some(softmax), _) => softmax.effective_negatives / softmax.negatives.max(1.0),
            (_, Some(counts)) => counts.active_fraction(),
            _ => 0.0,
        };
        let row = HistoryRow {
            loss: (self.loss_sum / self.count as f64) as f32,
            gradient_norm,
            alignment: metrics.alignment,
            uniformity: metrics.uniformity,
            positive_similarity: metrics.positive_similarity,
            negative_similarity: metrics.negative_similarity,
            pushing,
            ..self.open
        };
        (self.loss_sum, self.count) = (0.0, 0);
        self.rows.push(row);
        if self.rows.len() == ROWS {
            self.thin();
        }
    }

    /// Forgets the step just taken: the run has gone back to before it.
    pub(super) fn undo_step(&mut self, step: u64) {
        if self.rows.last().is_some_and(|row| row.step == step) {
            self.rows.pop();
        } else {
            self.loss_sum -= f64::from(self.latest);
            self.count = self.count.saturating_sub(1);
        }
    }

    /// Merges neighbours, in place.
    fn thin(&mut self) {
        for pair in 0..ROWS / 2 {
            let (first, second) = (self.rows[2 * pair], self.rows[2 * pair + 1]);
            self.rows[pair] = HistoryRow {
                loss: 0.5 * (first.loss + second.loss),
                loss_min: first.loss_min.min(second.loss_min),
                loss_max: first.loss_max.max(second.loss_max),
                ..second
            };
        }
        self.rows.truncate(ROWS / 2);
        self.stride *= 2;
    }

    /// Remembers a live change; changes of one parameter at one step are one change.
    pub(super) fn mark(&mut self, mark: Mark) {
        if let Some(last) = self.marks.iter_mut().rev().take_while(|last| last.step == mark.step).find(|last| last.key == mark.key) {
            last.to = mark.to;
            return;
        }
        if self.marks.len() == Self::MARKS {
            self.marks.remove(0);
        }
        self.marks.push(mark);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinning_keeps_peaks_and_the_mean_and_stays_small() {
        let mut history = History::default();
        for step in 1..=10_000u64 {
            let loss = if step == 777 { 50.0 } else { 1.0 };
            if history.begin_step(step, loss) {
                history.end_row(0.0, &Terms::default(), &BatchMetrics::default());
            }
        }
        assert!(history.rows().len() < ROWS);
        assert!(history.rows().iter().any(|row| row.loss_max == 50.0));
        assert!(history.rows().windows(2).all(|pair| pair[0].step < pair[1].step));
        assert!(history.rows().last().is_some_and(|row| row.step > 9_900));
    }
}
