//! What a run shows: plain data, everything a pane may read and nothing else.

use super::{Divergence, Fingerprint, HistoryRow, Mark, Trainer, room_for_views};
use crate::learn::config::{Config, Positives, Similarity};
use crate::learn::encoder::{Encoder, Pass};
use crate::learn::matrix::Matrix;
use crate::learn::metrics::{BatchMetrics, Spectrum, accuracy, cosine, uniform_reference};
use crate::learn::objective::{Terms, norm, normalize_row};
use crate::learn::random::Random;
use crate::learn::views::make_view;

/// Cells along a side of the coloured input plane.
pub const GRID: usize = 56;
/// The coloured square reaches this many times as far as the data, so that a tall pane is filled too.
pub const PLANE_REACH: f32 = 2.0;
/// Points embedded at a time.
const CHUNK: usize = 256;

/// What does not change while a run lasts.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Scene {
    /// Where each training point shows on the input plane, x and y in turn.
    pub places: Vec<f32>,
    /// Class of each training point.
    pub labels: Vec<u8>,
    /// Number of classes.
    pub classes: usize,
    /// Dimension of the input space.
    pub input_dimension: usize,
    /// Half the side of the input plane that is shown.
    pub half_extent: f32,
    /// Weights and biases of the encoder.
    pub parameters: usize,
}

/// One training point with its two views, as the input plane and the sphere show them.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Inspection {
    /// The training point.
    pub point: u32,
    /// Where its anchor and its positive show on the input plane: x, y, x, y.
    pub places: [f32; 4],
    /// Embeddings of anchor and positive, one behind the other.
    pub embeddings: Vec<f32>,
    /// Their cosine.
    pub cosine: f32,
}

/// A run at one step.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Snapshot {
    /// Steps taken.
    pub step: u64,
    /// Hash of step and weights.
    pub fingerprint: Fingerprint,
    /// The configuration in force.
    pub config: Config,
    /// Loss of the last step's batch, before its update, and what the objective said of it.
    pub terms: Terms,
    /// Euclidean norm of the loss's gradient by all weights.
    pub gradient_norm: f32,
    /// What the last batch looks like.
    pub batch: BatchMetrics,
    /// `L_uniform` of the uniform law in this dimension.
    pub uniform_reference: f32,
    /// Share of held-out points whose neighbours elect their class.
    pub accuracy: f32,
    /// Principal directions of the training points' embeddings.
    pub spectrum: Spectrum,
    /// Coordinates of an embedding.
    pub dim: usize,
    /// Embeddings of all training points, as the loss compares them, one behind the other.
    pub embeddings: Vec<f32>,
    /// Embeddings of the input plane's [`GRID`] x [`GRID`] cells' centres, row by row from the lowest y.
    pub plane: Vec<f32>,
    /// Mean embedding of each class.
    pub class_means: Vec<f32>,
    /// One point of each class with its views, always the same points and the same views.
    pub anchors: Vec<Inspection>,
    /// The point somebody asked for.
    pub inspected: Option<Inspection>,
    /// The run's past.
    pub history: Vec<HistoryRow>,
    /// Live changes so far.
    pub marks: Vec<Mark>,
    /// Steps to which a pane can scrub back.
    pub frames: Vec<u64>,
    /// Why the run stopped by itself.
    pub divergence: Option<Divergence>,
}

impl Trainer {
    /// What stays the same while the run lasts.
    pub fn scene(&self) -> Scene {
        let inputs = &self.dataset.inputs;
        Scene {
            places: (0..inputs.rows()).flat_map(|point| self.dataset.plane.project(inputs.row(point))).collect(),
            labels: self.dataset.labels.clone(),
            classes: self.dataset.classes,
            input_dimension: inputs.columns(),
            half_extent: self.dataset.plane.half_extent,
            parameters: self.encoder.parameter_count(),
        }
    }

    /// The run as it stands. It looks only: the run goes on as if nobody had.
    pub fn snapshot(&mut self) -> Snapshot {
        self.measure(true);
        let dim = self.config.dim as usize;
        let embeddings = self.embed(&self.dataset.inputs.clone());
        let held_out = self.embed(&self.dataset.held_out_inputs.clone());
        self.spectrum = Spectrum::new(&embeddings, &self.spectrum);
        let accuracy = accuracy(&embeddings, &self.dataset.labels, &held_out, &self.dataset.held_out_labels);
        let plane = self.embed(&self.plane_inputs()).to_rows();
        let anchors = (0..self.dataset.classes as u32).map(|point| self.inspection(point)).collect();
        let inspected = self.inspected.map(|point| self.inspection(point));
        Snapshot {
            step: self.step,
            fingerprint: self.fingerprint(),
            config: self.config.clone(),
            terms: self.terms,
            gradient_norm: self.gradient_norm,
            batch: self.room.metrics.clone(),
            uniform_reference: uniform_reference(dim),
            accuracy,
            spectrum: self.spectrum.clone(),
            dim,
            class_means: class_means(&embeddings, &self.dataset.labels, self.dataset.classes),
            embeddings: embeddings.to_rows(),
            plane,
            anchors,
            inspected,
            history: self.history.rows().to_vec(),
            marks: self.history.marks().to_vec(),
            frames: self.timeline.steps().collect(),
            divergence: self.divergence,
        }
    }

    /// Embeddings of `inputs`, as the loss compares them.
    pub fn embed(&mut self, inputs: &Matrix) -> Matrix {
        let dim = self.config.dim as usize;
        let mut rows = vec![0.0; inputs.rows() * dim];
        embed(&self.encoder, &self.config, inputs, room_for_views(&mut self.room), &mut rows);
        Matrix::from_rows(&rows, dim)
    }

    /// The centres of the input plane's cells.
    fn plane_inputs(&self) -> Matrix {
        let plane = &self.dataset.plane;
        let mut inputs = Matrix::zeros(GRID * GRID, self.dataset.inputs.columns());
        let along = |cell: usize| plane.half_extent * PLANE_REACH * ((2 * cell + 1) as f32 / GRID as f32 - 1.0);
        for cell in 0..GRID * GRID {
            plane.lift([along(cell % GRID), along(cell / GRID)], inputs.row_mut(cell));
        }
        inputs
    }

    /// A point with the views that stand for it on the screen: the same at every step.
    fn inspection(&mut self, point: u32) -> Inspection {
        let Self { dataset, config, .. } = &*self;
        let mut random = Random::of_item(config.seed, "shown views", point);
        let positive = match config.positives {
            Positives::Views => point,
            Positives::Labels => {
                let others = dataset.labels.len() as u32;
                (1..others)
                    .map(|offset| (point + offset) % others)
                    .find(|other| dataset.labels[*other as usize] == dataset.labels[point as usize])
                    .unwrap_or(point)
            }
        };
        let mut views = Matrix::zeros(2, dataset.inputs.columns());
        make_view(dataset, config, point, &mut random, views.row_mut(0));
        make_view(dataset, config, positive, &mut random, views.row_mut(1));
        let [[ax, ay], [bx, by]] = [0, 1].map(|view| dataset.plane.project(views.row(view)));
        let embedded = self.embed(&views);
        let embeddings = embedded.to_rows();
        let (anchor, positive) = (embedded.row(0), embedded.row(1));
        let product: f32 = anchor.iter().zip(positive).map(|(a, b)| a * b).sum();
        let cosine = cosine(product, norm(anchor) * norm(positive));
        Inspection { point, places: [ax, ay, bx, by], embeddings, cosine }
    }
}

/// Writes the embeddings of `inputs`, as the loss compares them, into `target`, one behind the other.
pub(super) fn embed(encoder: &Encoder, config: &Config, inputs: &Matrix, (pass, chunk): (&mut Pass, &mut Matrix), target: &mut [f32]) {
    let dim = config.dim as usize;
    for (start, target) in (0..inputs.rows()).step_by(CHUNK).zip(target.chunks_mut(CHUNK * dim)) {
        // Always whole chunks, so that the memory keeps its shape: the rows past the end are left from before.
        chunk.fit(CHUNK, inputs.columns());
        for (row, source) in (start..inputs.rows()).take(CHUNK).enumerate() {
            chunk.row_mut(row).copy_from_slice(inputs.row(source));
        }
        encoder.forward(chunk, pass);
        for (row, target) in target.chunks_exact_mut(dim).enumerate() {
            target.copy_from_slice(pass.output().row(row));
            if config.similarity == Similarity::Cosine {
                normalize_row(target);
            }
        }
    }
}

/// Mean row of each class.
fn class_means(rows: &Matrix, labels: &[u8], classes: usize) -> Vec<f32> {
    let dim = rows.columns();
    let mut means = vec![0.0; classes * dim];
    let mut counts = vec![0.0f32; classes];
    for (row, label) in labels.iter().enumerate() {
        let class = usize::from(*label);
        counts[class] += 1.0;
        for (mean, value) in means[class * dim..].iter_mut().zip(rows.row(row)) {
            *mean += value;
        }
    }
    for (means, count) in means.chunks_exact_mut(dim).zip(counts) {
        for mean in means {
            *mean /= count.max(1.0);
        }
    }
    means
}
