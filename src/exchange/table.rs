//! Writes tables of a run as CSV.

use crate::learn::config::{Applies, Config, Parameter, TABLE};
use crate::learn::readings::READINGS;
use crate::learn::report::{HistoryRow, Scene, Snapshot};
use std::fmt::Write as _;

/// Returns the embeddings of the training points in the space that is shown, with the columns `point`, `label`, `z1`, `z2`, ... The columns
/// of other spaces begin with the space's key. With a pinned anchor two more columns say which point it is, and each one's cosine with it as it is
/// compared.
pub fn embeddings_csv(snapshot: &Snapshot, scene: &Scene) -> String {
    let mut text = "point,label".to_owned();
    let space = snapshot.space.key();
    for k in 1..=snapshot.dim {
        // Writing into a string can't fail.
        write!(text, ",{space}{k}").ok();
    }
    let anchor = snapshot.reasons.as_ref().filter(|reasons| reasons.space() == snapshot.space && reasons.dim == snapshot.dim);
    let cosines = anchor.map(|reasons| (reasons.point as usize, reasons.similarities(&snapshot.embeddings)));
    if cosines.is_some() {
        text.push_str(",anchor,cosine_to_anchor");
    }
    text.push('\n');
    let rows = snapshot.embeddings.chunks_exact(snapshot.dim.max(1));
    for (point, (row, label)) in rows.zip(&scene.labels).enumerate() {
        write!(text, "{point},{label}").ok();
        for value in row {
            write!(text, ",{value}").ok();
        }
        if let Some((anchor, cosines)) = &cosines {
            write!(text, ",{},{}", u8::from(point == *anchor), cosines[point]).ok();
        }
        text.push('\n');
    }
    text
}

/// Returns the parameters that may change while a run goes on, in the table's order.
fn live_parameters() -> impl Iterator<Item = &'static Parameter> {
    // Data of one's own would be a table in a cell.
    TABLE.iter().filter(|parameter| parameter.applies != Applies::Restart && !parameter.domain.is_own())
}

/// Returns the names of the columns with the live parameters. They begin with `param_`, because `loss` and other keys also name metrics.
pub fn live_columns() -> impl Iterator<Item = String> {
    live_parameters().map(|parameter| format!("param_{}", parameter.key))
}

/// Returns the values of the live parameters in a configuration, in the order of [`live_columns`].
pub fn live_values(config: &Config) -> impl Iterator<Item = String> {
    live_parameters().map(move |parameter| (parameter.get)(config).to_string())
}

/// Returns the past of the run, with a line for each row of the history and the live parameters that were in force.
///
/// `pushing` is the share of effective negatives (InfoNCE) or of active triplets. What only some methods measure is empty where it is not
/// measured.
pub fn metrics_csv(snapshot: &Snapshot) -> String {
    let mut text =
        "step,loss,loss_min,loss_max,gradient_norm,alignment,uniformity,positive_similarity,negative_similarity,pushing".to_owned();
    let measured = || READINGS.iter().filter_map(|reading| Some((reading.key, reading.measure?)));
    for name in measured().map(|(key, _)| key.to_owned()).chain(live_columns()) {
        text.push(',');
        text.push_str(&name);
    }
    text.push('\n');
    for row in &snapshot.past.rows {
        let HistoryRow { step, loss, loss_min, loss_max, gradient_norm, .. } = row;
        let HistoryRow { alignment, uniformity, positive_similarity, negative_similarity, pushing, .. } = row;
        write!(
            text,
            "{step},{loss},{loss_min},{loss_max},{gradient_norm},{alignment},{uniformity},{positive_similarity},{negative_similarity},{pushing}"
        )
        .ok();
        for (_, measure) in measured() {
            text.push(',');
            if let Some(value) = row.measures.get(measure) {
                write!(text, "{value}").ok();
            }
        }
        let config = snapshot.past.configs.get(usize::from(row.config)).unwrap_or(&snapshot.config);
        for value in live_values(config) {
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
    use crate::learn::report::Measure;
    use crate::learn::trainer::Weights;

    /// Returns one column of a table.
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
        assert!(text.lines().all(|line| line.split(',').count() == 10 + Measure::COUNT + live_columns().count()), "{text}");
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
        // A parameter that restarts the run is the same in all rows, so there is no column for it.
        assert!(!text.contains("param_seed"));
    }

    #[test]
    fn many_changes_are_told_row_by_row() {
        let mut trainer = Trainer::new(Config { points: 40, batch: 8, ..Config::default() }).expect("valid");
        let taus: Vec<String> = (1..=100).map(|change| (change as f32 / 64.0).to_string()).collect();
        for (gesture, tau) in (0..).zip(&taus) {
            let tau = tau.parse().expect("a number");
            // Ten gestures of ten changes each. There is one mark for each gesture, but the rows have every value.
            trainer.configure_in_gesture(Config { tau, ..trainer.config().clone() }, Weights::Keep, Some(gesture / 10)).expect("valid");
            trainer.step().expect("sound");
        }
        let snapshot = trainer.snapshot();
        assert_eq!(column(&metrics_csv(&snapshot), "param_tau"), taus);
        assert_eq!(snapshot.past.marks.len(), 10);
    }
}
