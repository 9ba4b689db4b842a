//! What snapshots carry only while somebody looks at it.

use super::{MEASURED_PAIRS, Scratch, Trainer};
use crate::config::Similarity;
use crate::matrix::Matrix;
use crate::method::loss_at;
use crate::metrics::{Similarities, density};
use crate::random::Random;
use crate::report::{Cloud, Extras, Snapshot};
use crate::views::{make_view, scratch};

/// Views in a cloud.
const CLOUD: usize = 96;

impl Trainer {
    /// Has snapshots carry what somebody looks at.
    pub fn carry(&mut self, extras: Extras) {
        self.extras = extras;
    }

    /// The last batch's rows with one another, if somebody looks at them.
    pub(super) fn similarities(&self) -> Option<Similarities> {
        let Scratch { batch, found, .. } = &self.scratch;
        let rows = &found.rows;
        self.extras.similarities.then(|| {
            let positives = self.config.positive_rows();
            Similarities::new(rows.dimension(), &batch.points, &batch.labels, positives, MEASURED_PAIRS, |row| rows.row(row))
        })
    }

    /// Many views of the pinned point, if somebody looks at them: the same ones at every step.
    pub(super) fn cloud(&mut self) -> Option<Cloud> {
        let point = self.pinned.filter(|_| self.extras.cloud)?;
        let mut random = Random::of_item(self.config.seed, "cloud", point);
        let mut memory = scratch(&self.dataset);
        let mut views = Matrix::zeros(CLOUD, self.dataset.inputs.columns());
        for row in 0..CLOUD {
            make_view(&self.dataset, &self.config, point, &mut random, views.row_mut(row), &mut memory);
        }
        let places = (0..CLOUD).flat_map(|row| self.dataset.plane.project(views.row(row))).collect();
        Some(Cloud { point, places, embeddings: self.embed(&views).to_rows() })
    }

    /// How dense the points of a snapshot are, if somebody looks at it and they are on the sphere.
    pub(super) fn density(&self, snapshot: &Snapshot) -> Vec<f32> {
        if self.extras.density && snapshot.config.compared() == Similarity::Cosine {
            density(&snapshot.embeddings, snapshot.dim)
        } else {
            Vec::new()
        }
    }

    /// The loss that an anchor at each place of the plane would have against the last batch, if somebody looks at it: see [`loss_at`].
    pub(super) fn plane_losses(&self, plane: &[f32], dim: usize) -> Option<Vec<f32>> {
        let rows = &self.scratch.found.rows;
        if !self.extras.losses || rows.dimension() != dim {
            return None;
        }
        let others: Vec<f32> = (0..rows.rows().min(2 * MEASURED_PAIRS)).flat_map(|row| rows.row(row)).collect();
        plane.chunks_exact(dim).map(|place| loss_at(&self.config, place, &others)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, MethodName};

    fn trainer(config: Config) -> Trainer {
        let mut trainer = Trainer::new(Config { points: 64, batch: 16, ..config }).expect("valid");
        for _ in 0..30 {
            trainer.step().expect("sound");
        }
        trainer
    }

    #[test]
    fn snapshots_carry_what_is_asked_for_and_nothing_else() {
        let mut trainer = trainer(Config::default());
        let plain = trainer.snapshot();
        assert!(plain.cloud.is_none() && plain.density.is_empty() && plain.plane_losses.is_empty() && plain.similarities.is_none());
        trainer.pin(Some(5));
        trainer.carry(Extras { cloud: true, density: true, losses: true, similarities: true, ..Extras::default() });
        let snapshot = trainer.snapshot();
        assert_eq!(snapshot.fingerprint, plain.fingerprint);
        let cloud = snapshot.cloud.expect("a point is pinned");
        assert_eq!((cloud.point, cloud.places.len(), cloud.embeddings.len()), (5, 2 * CLOUD, 3 * CLOUD));
        // Views are about their point, by the jitter and the rotation.
        let scene = trainer.scene();
        let apart = |at: &[f32]| libm::hypotf(at[0] - scene.places[10], at[1] - scene.places[11]);
        let far = cloud.places.chunks_exact(2).map(apart).fold(0.0, f32::max);
        assert!((0.2..1.6).contains(&far), "{far}");
        assert_eq!(snapshot.plane_losses.len() * 3, snapshot.plane.len());
        assert!(snapshot.plane_losses.iter().all(|loss| loss.is_finite() && *loss > 0.0));
        let mean = snapshot.density.iter().sum::<f32>() / snapshot.density.len() as f32;
        assert!(mean > 0.2, "{mean}");
        let byol = Trainer::new(Config { method: MethodName::Byol, points: 64, batch: 16, ..Config::default() });
        let mut byol = byol.expect("valid");
        byol.carry(Extras { losses: true, ..Extras::default() });
        assert!(byol.snapshot().plane_losses.is_empty(), "nothing is held against a place");
    }
}
