//! What snapshots carry only while somebody looks at it.

use super::{MEASURED_PAIRS, Scratch, Trainer};
use crate::config::{Config, Distance, Loss, MethodName, Similarity};
use crate::kernels::exp;
use crate::matrix::Matrix;
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
        if !self.extras.losses || !has_loss_at(&self.config) || rows.dimension() != dim {
            return None;
        }
        let others: Vec<f32> = (0..rows.rows().min(2 * MEASURED_PAIRS)).flat_map(|row| rows.row(row)).collect();
        Some(plane.chunks_exact(dim).map(|place| loss_at(&self.config, place, &others)).collect())
    }
}

/// Returns true if an anchor that is no point of the data has a loss: that of rows which are held against it.
pub fn has_loss_at(config: &Config) -> bool {
    config.method == MethodName::Pairs
}

/// Returns the loss of an anchor whose positive lies where it does and whose negatives are all the rows of `others`: how much it is in their way.
/// InfoNCE: -log of the positive's share; triplet: the mean hinge over all negatives; alignment and uniformity: log of the mean kernel.
fn loss_at(config: &Config, anchor: &[f32], others: &[f32]) -> f32 {
    let dim = anchor.len();
    let count = (others.len() / dim).max(1) as f32;
    let dot = |other: &[f32]| anchor.iter().zip(other).map(|(a, b)| a * b).sum::<f32>();
    let square = |other: &[f32]| anchor.iter().zip(other).map(|(a, b)| (a - b) * (a - b)).sum::<f32>();
    let rows = || others.chunks_exact(dim);
    match config.loss {
        Loss::InfoNce => {
            let own = if config.similarity == Similarity::Cosine { 1.0 } else { dot(anchor) };
            // Of DCL too the positive is left in: it is the same for every place on the sphere.
            libm::log1pf(rows().map(|other| exp((dot(other) - own) / config.tau)).sum())
        }
        Loss::Triplet => {
            let far = |other: &[f32]| if config.distance == Distance::Squared { square(other) } else { square(other).sqrt() };
            rows().map(|other| (config.alpha - far(other)).max(0.0)).sum::<f32>() / count
        }
        Loss::AlignUniform => libm::logf(rows().map(|other| exp(-2.0 * square(other))).sum::<f32>() / count),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trainer(config: Config) -> Trainer {
        let mut trainer = Trainer::new(Config { points: 64, batch: 16, ..config }).expect("valid");
        for _ in 0..30 {
            trainer.step().expect("sound");
        }
        trainer
    }

    #[test]
    fn an_anchor_amid_the_batch_has_the_loss_of_the_closed_form() {
        let config = Config { tau: 0.5, alpha: 1.0, ..Config::default() };
        let others = [1.0, 0.0, 0.0, 1.0];
        // One other in its place and one at a right angle: log(1 + 1 + e^-2).
        assert!((loss_at(&config, &[1.0, 0.0], &others) - libm::logf(2.0 + libm::expf(-2.0))).abs() < 1e-5);
        let triplet = Config { loss: Loss::Triplet, ..config.clone() };
        assert!((loss_at(&triplet, &[1.0, 0.0], &others) - 0.5).abs() < 1e-6, "hinges 1 and 0");
        let uniform = Config { loss: Loss::AlignUniform, ..config };
        assert!((loss_at(&uniform, &[1.0, 0.0], &others) - libm::logf(f32::midpoint(1.0, libm::expf(-4.0)))).abs() < 1e-5);
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
