//! Tables of a run as CSV.

use crate::learn::trainer::{HistoryRow, Scene, Snapshot};
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

/// The run's past, a row for each of the charts' rows.
///
/// `pushing` is the share of negatives that push as if alike (InfoNCE), or the share of active triplets.
pub fn metrics_csv(snapshot: &Snapshot) -> String {
    let mut text =
        "step,loss,loss_min,loss_max,gradient_norm,alignment,uniformity,positive_similarity,negative_similarity,pushing\n".to_owned();
    for row in &snapshot.history {
        let HistoryRow { step, loss, loss_min, loss_max, gradient_norm, .. } = row;
        let HistoryRow { alignment, uniformity, positive_similarity, negative_similarity, pushing, .. } = row;
        writeln!(
            text,
            "{step},{loss},{loss_min},{loss_max},{gradient_norm},{alignment},{uniformity},{positive_similarity},{negative_similarity},{pushing}"
        )
        .ok();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::{Config, Trainer};

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
        assert!(text.lines().all(|line| line.split(',').count() == 10), "{text}");
    }
}
