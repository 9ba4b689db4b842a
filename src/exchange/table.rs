//! Tables of a run as CSV.

use crate::learn::config::{Applies, Config, Parameter, TABLE};
use crate::learn::trainer::{History, HistoryRow, Mark, Scene, Snapshot};
use std::fmt::Write as _;

/// The training points' embeddings: columns `point`, `label`, `z1`, `z2`, ...
pub fn embeddings_csv(snapshot: &Snapshot, scene: &Scene) -> String {
    let mut text = "point,label".to_owned();
    for k in 1..=snapshot.dim {
        // Writing into a string can't fail.
        write!(text, ",z{k}").ok();
    }
    text.push('\n');
    let rows = snapshot.embeddings.chunks_exact(snapshot.dim.max(1));
    for (point, (row, label)) in rows.zip(&scene.labels).enumerate() {
        write!(text, "{point},{label}").ok();
        for value in row {
            write!(text, ",{value}").ok();
        }
        text.push('\n');
    }
    text
}

/// The parameters that may change while a run goes on, in the table's order.
fn live_parameters() -> impl Iterator<Item = &'static Parameter> {
    TABLE.iter().filter(|parameter| parameter.applies != Applies::Restart)
}

/// Names of the columns that hold the live parameters; `param_` tells the parameters `loss` and `negatives` from the metrics.
pub fn live_columns() -> impl Iterator<Item = String> {
    live_parameters().map(|parameter| format!("param_{}", parameter.key))
}

/// The live parameters' values in a configuration, in the order of [`live_columns`].
pub fn live_values(config: &Config) -> impl Iterator<Item = String> {
    live_parameters().map(move |parameter| (parameter.get)(config).to_string())
}

/// The live parameters' values that the step `step` was taken with, in the order of [`live_columns`].
///
/// They are those of the configuration in force now, after every change made at this step or later is undone: a change
/// at a step is in force from the next one on. A history keeps [`History::MARKS`] changes; when it has that many, older
/// ones may be forgotten, and the values at or before the oldest one that is kept are unknown: they are empty.
fn live_values_at(step: u64, config: &Config, marks: &[Mark]) -> Vec<String> {
    let is_known = marks.len() < History::MARKS || marks.first().is_none_or(|oldest| step > oldest.step);
    let value = |parameter: &Parameter| {
        let undone = marks.iter().rev().take_while(|mark| mark.step >= step).filter(|mark| mark.key == parameter.key);
        undone.last().map_or_else(|| (parameter.get)(config).to_string(), |mark| mark.from.clone())
    };
    live_parameters().map(|parameter| if is_known { value(parameter) } else { String::new() }).collect()
}

/// The run's past, a row for each of the charts' rows, with the live parameters that were in force.
///
/// `pushing` is the share of negatives that push as if alike (InfoNCE), or the share of active triplets.
pub fn metrics_csv(snapshot: &Snapshot) -> String {
    let mut text =
        "step,loss,loss_min,loss_max,gradient_norm,alignment,uniformity,positive_similarity,negative_similarity,pushing".to_owned();
    for name in live_columns() {
        text.push(',');
        text.push_str(&name);
    }
    text.push('\n');
    for row in &snapshot.history {
        let HistoryRow { step, loss, loss_min, loss_max, gradient_norm, .. } = row;
        let HistoryRow { alignment, uniformity, positive_similarity, negative_similarity, pushing, .. } = row;
        write!(
            text,
            "{step},{loss},{loss_min},{loss_max},{gradient_norm},{alignment},{uniformity},{positive_similarity},{negative_similarity},{pushing}"
        )
        .ok();
        for value in live_values_at(*step, &snapshot.config, &snapshot.marks) {
            text.push(',');
            text.push_str(&value);
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::Trainer;
    use crate::learn::config::Loss;
    use crate::learn::trainer::Weights;

    /// One column of a table.
    fn column(text: &str, name: &str) -> Vec<String> {
        let place = text.lines().next().and_then(|names| names.split(',').position(|known| known == name)).expect("a column");
        text.lines().skip(1).map(|line| line.split(',').nth(place).expect("a cell").to_owned()).collect()
    }

    #[test]
    fn tables_have_a_line_a_row_and_read_back() {
        let mut trainer = Trainer::new(Config { points: 40, batch: 8, ..Config::default() }).expect("valid");
        for _ in 0..5 {
            trainer.step().expect("sound");
        }
        let (snapshot, scene) = (trainer.snapshot(), trainer.scene());
        let text = embeddings_csv(&snapshot, &scene);
        assert!(text.starts_with("point,label,z1,z2,z3\n0,0,"), "{text}");
        let values = text.lines().skip(1).flat_map(|line| line.split(',').skip(2)).map(|value| value.parse::<f32>().expect("a float"));
        assert_eq!(values.collect::<Vec<f32>>(), snapshot.embeddings);
        let text = metrics_csv(&snapshot);
        assert_eq!(text.lines().count(), 6);
        assert!(text.lines().all(|line| line.split(',').count() == 10 + live_columns().count()), "{text}");
    }

    #[test]
    fn metrics_tell_the_parameters_that_each_row_was_made_with() {
        let config = |tau, loss| Config { points: 40, batch: 8, tau, loss, ..Config::default() };
        let mut trainer = Trainer::new(config(0.5, Loss::InfoNce)).expect("valid");
        for (tau, loss) in [(0.5, Loss::InfoNce), (0.1, Loss::InfoNce), (0.25, Loss::InfoNce), (0.25, Loss::Triplet)] {
            trainer.configure(config(tau, loss), Weights::Keep).expect("valid");
            for _ in 0..2 {
                trainer.step().expect("sound");
            }
        }
        let text = metrics_csv(&trainer.snapshot());
        assert_eq!(column(&text, "step"), ["1", "2", "3", "4", "5", "6", "7", "8"]);
        assert_eq!(column(&text, "param_tau"), ["0.5", "0.5", "0.1", "0.1", "0.25", "0.25", "0.25", "0.25"]);
        let losses = column(&text, "param_loss");
        assert_eq!((losses[5].as_str(), losses[6].as_str()), ("infonce", "triplet"));
        assert_eq!(column(&text, "param_alpha"), ["0.2"; 8]);
        // What starts a run anew is the same in all its rows.
        assert!(!text.contains("param_seed"));
    }

    #[test]
    fn what_was_before_forgotten_changes_is_left_empty() {
        let mut trainer = Trainer::new(Config { points: 40, batch: 8, ..Config::default() }).expect("valid");
        let changes = History::MARKS as u32 + 3;
        for change in 1..=changes {
            let tau = change as f32 / 64.0;
            trainer.configure(Config { tau, ..trainer.config().clone() }, Weights::Keep).expect("valid");
            trainer.step().expect("sound");
        }
        let values = column(&metrics_csv(&trainer.snapshot()), "param_tau");
        // The change at step 3 is the oldest that is kept: up to there the value is unknown.
        assert_eq!(values[..3], ["", "", ""]);
        let expected: Vec<String> = (4..=changes).map(|change| (change as f32 / 64.0).to_string()).collect();
        assert_eq!(values[3..], expected);
    }

    #[test]
    fn changes_made_at_one_step_and_after_going_back_are_undone_in_their_order() {
        let mark = |step, from: &str, to: &str| Mark { step, key: "tau".to_owned(), from: from.to_owned(), to: to.to_owned() };
        let config = Config { tau: 0.5, ..Config::default() };
        let tau = |step, marks: &[Mark]| {
            let place = live_columns().position(|name| name == "param_tau").expect("a column");
            live_values_at(step, &config, marks)[place].clone()
        };
        // A step that diverged was taken back from 50 to 49, and tau was changed again there.
        let marks = [mark(10, "1", "2"), mark(50, "2", "3"), mark(49, "3", "0.5")];
        let values: Vec<String> = [10, 11, 49, 50, 51].map(|step| tau(step, &marks)).to_vec();
        assert_eq!(values, ["1", "2", "2", "0.5", "0.5"]);
        assert_eq!(tau(7, &[]), "0.5");
    }
}
