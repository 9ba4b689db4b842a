//! The run's past as the charts show it: rows that thin themselves without losing peaks.

use crate::config::{Config, Domain, Value};
use crate::metrics::BatchMetrics;
use crate::report::{HistoryRow, Mark, Terms};

/// Rows kept; when they are full, neighbours merge and each row stands for twice as many steps.
const ROWS: usize = 512;
/// Marks kept: the oldest go first.
const MARKS: usize = 64;

/// The rows and marks of a run. What it holds depends on the run alone, never on when somebody looked.
#[derive(Clone, Debug)]
pub struct History {
    rows: Vec<HistoryRow>,
    marks: Vec<Mark>,
    /// The configurations that rows were taken under, each another than the one before it; the last is in force.
    configs: Vec<Config>,
    /// Steps a row stands for.
    stride: u64,
    open: HistoryRow,
    loss_sum: f64,
    count: u64,
    /// The latest step's loss.
    latest: f32,
}

impl History {
    /// Starts the history of a run.
    pub(super) fn new(config: &Config) -> Self {
        Self {
            rows: Vec::with_capacity(ROWS),
            marks: Vec::new(),
            configs: vec![config.clone()],
            stride: 1,
            open: HistoryRow::default(),
            loss_sum: 0.0,
            count: 0,
            latest: 0.0,
        }
    }

    /// The rows, oldest first.
    pub fn rows(&self) -> &[HistoryRow] {
        &self.rows
    }

    /// The live changes, oldest first.
    pub fn marks(&self) -> &[Mark] {
        &self.marks
    }

    /// The configurations that rows were taken under ([`HistoryRow::config`]); the last is in force.
    pub fn configs(&self) -> &[Config] {
        &self.configs
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
            measures: terms.measures,
            config: (self.configs.len() - 1) as u16,
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

    /// Takes note of a live change after `step`. Changes of one parameter at one step, or in one gesture, are one mark; one that has come
    /// back to where it began is none.
    pub(super) fn change(&mut self, step: u64, from: &Config, to: &Config, gesture: Option<u32>) {
        for parameter in from.differences(to) {
            // Of points only how many there are: all of them would be long.
            let value = |config: &Config| match (parameter.get)(config) {
                Value::Points(points) => points.len().to_string(),
                value => value.to_string(),
            };
            let goes_on = |mark: &Mark| mark.key == parameter.key && (mark.step == step || (gesture.is_some() && mark.gesture == gesture));
            if let Some(place) = self.marks.iter().rposition(goes_on) {
                let mark = &mut self.marks[place];
                (mark.step, mark.to, mark.gesture) = (step, value(to), gesture);
                // As many points may still be other points.
                if mark.from == mark.to && mark.since == step && parameter.domain != Domain::Points {
                    self.marks.remove(place);
                }
            } else {
                if self.marks.len() == MARKS {
                    self.marks.remove(0);
                }
                let key = parameter.key.to_owned();
                self.marks.push(Mark { step, since: step, gesture, key, from: value(from), to: value(to) });
            }
        }
        let in_use = self.rows.iter().any(|row| usize::from(row.config) + 1 == self.configs.len());
        if !in_use {
            // No row was taken under it.
            self.configs.pop();
        }
        if self.configs.last() != Some(to) {
            self.forget_unused_configs();
            self.configs.push(to.clone());
        }
    }

    /// Drops the configurations that no row was taken under: there are never more than rows.
    fn forget_unused_configs(&mut self) {
        let mut places = vec![None; self.configs.len()];
        let mut kept = Vec::with_capacity(self.configs.len() + 1);
        for row in &mut self.rows {
            let old = usize::from(row.config);
            let place = *places[old].get_or_insert_with(|| {
                kept.push(self.configs[old].clone());
                kept.len() - 1
            });
            row.config = place as u16;
        }
        self.configs = kept;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinning_keeps_peaks_and_the_mean_and_stays_small() {
        let mut history = History::new(&Config::default());
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

    #[test]
    fn a_gesture_is_one_mark_and_every_row_knows_its_setting() {
        let mut history = History::new(&Config::default());
        let mut config = Config::default();
        let mut step = 0;
        let mut go_on = |history: &mut History, steps: u64| {
            for _ in 0..steps {
                step += 1;
                if history.begin_step(step, 1.0) {
                    history.end_row(0.0, &Terms::default(), &BatchMetrics::default());
                }
            }
            step
        };
        let mut change = |history: &mut History, step: u64, tau: f32, gesture: Option<u32>| {
            let from = config.clone();
            config.tau = tau;
            history.change(step, &from, &config, gesture);
        };
        let mut at = go_on(&mut history, 5);
        // A drag while the run goes on, then another one.
        for tau in [0.3, 0.5, 0.9] {
            change(&mut history, at, tau, Some(1));
            at = go_on(&mut history, 2);
        }
        change(&mut history, at, 0.2, Some(2));
        at = go_on(&mut history, 1);
        // There and back between two steps.
        change(&mut history, at, 3.0, None);
        change(&mut history, at, 0.2, None);
        let marks: Vec<_> = history.marks().iter().map(|mark| (mark.since, mark.step, mark.from.as_str(), mark.to.as_str())).collect();
        assert_eq!(marks, [(5, 9, "0.2", "0.9"), (11, 11, "0.9", "0.2")]);
        let taus: Vec<f32> = history.rows().iter().map(|row| history.configs()[usize::from(row.config)].tau).collect();
        assert_eq!(taus, [0.2, 0.2, 0.2, 0.2, 0.2, 0.3, 0.3, 0.5, 0.5, 0.9, 0.9, 0.2]);
        assert_eq!(history.configs().len(), 5);
        // Many changes need no more room than rows.
        for place in 0..5_000_u16 {
            change(&mut history, at, 0.2 + f32::from(place) / 1000.0, Some(3));
            at = go_on(&mut history, 1);
        }
        assert!(history.rows().len() < ROWS && history.configs().len() <= ROWS + 1);
        assert_eq!(history.marks().len(), 3);
    }
}
