//! What a run shows: plain data, everything a pane may read and nothing else.

use super::{Divergence, Fingerprint, HistoryRow, Mark, Room, Trainer, room_for_views};
use crate::learn::config::{Config, Positives, Similarity};
use crate::learn::data::Dataset;
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
    /// A live change has come to a large batch: `terms` are those of some of its anchors, and `gradient_norm` is from before.
    pub is_estimate: bool,
    /// Euclidean norm of the loss's gradient by all weights.
    pub gradient_norm: f32,
    /// What the last batch looks like.
    pub batch: BatchMetrics,
    /// `L_uniform` of the uniform law in this dimension.
    pub uniform_reference: f32,
    /// The step at which `accuracy` and `spectrum` were measured: they cost more than the rest, and while a run goes on they are taken less
    /// often.
    pub measured_step: u64,
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
    /// The step at which `plane` was embedded: it costs more than the points, and while a run goes on every second snapshot does without.
    pub plane_step: u64,
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

    /// The run as it stands, all of it exact. It looks only: the run goes on as if nobody had.
    pub fn snapshot(&mut self) -> Snapshot {
        self.take_snapshot(true)
    }

    /// The same with accuracy and spectrum as they were last measured, and the plane every second time, which is cheaper;
    /// [`Snapshot::measured_step`] and [`Snapshot::plane_step`] say when.
    pub fn quick_snapshot(&mut self) -> Snapshot {
        self.take_snapshot(false)
    }

    fn take_snapshot(&mut self, measures_all: bool) -> Snapshot {
        let embeds_plane = measures_all || self.is_outdated || self.plane.is_empty() || !std::mem::take(&mut self.has_fresh_plane);
        self.bring_up_to_date(measures_all);
        self.measure(true);
        let dim = self.config.dim as usize;
        let embeddings = Self::embed_with(&self.encoder, &self.config, &mut self.room, &self.dataset.inputs);
        if measures_all || self.spectrum.eigenvalues.len() != dim {
            let held_out = Self::embed_with(&self.encoder, &self.config, &mut self.room, &self.dataset.held_out_inputs);
            self.spectrum = Spectrum::new(&embeddings, &self.spectrum);
            let Dataset { labels, held_out_labels, .. } = &self.dataset;
            self.accuracy = accuracy(self.encoder.instructions, &embeddings, labels, &held_out, held_out_labels);
            self.measured_step = self.step;
        }
        if embeds_plane {
            self.plane = self.embed(&self.plane_inputs()).to_rows();
            self.plane_step = self.step;
            self.has_fresh_plane = true;
        }
        let shown: Vec<u32> = (0..self.dataset.classes as u32).chain(self.inspected).collect();
        let mut anchors = self.inspections(&shown);
        let inspected = self.inspected.and_then(|_| anchors.pop());
        Snapshot {
            step: self.step,
            fingerprint: self.fingerprint(),
            config: self.config.clone(),
            terms: self.terms,
            is_estimate: self.is_estimate,
            gradient_norm: self.gradient_norm,
            batch: self.room.metrics.clone(),
            uniform_reference: uniform_reference(dim),
            measured_step: self.measured_step,
            accuracy: self.accuracy,
            spectrum: self.spectrum.clone(),
            dim,
            class_means: class_means(&embeddings, &self.dataset.labels, self.dataset.classes),
            embeddings: embeddings.to_rows(),
            plane: self.plane.clone(),
            plane_step: self.plane_step,
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
        Self::embed_with(&self.encoder, &self.config, &mut self.room, inputs)
    }

    fn embed_with(encoder: &Encoder, config: &Config, room: &mut Room, inputs: &Matrix) -> Matrix {
        let dim = config.dim as usize;
        let mut rows = vec![0.0; inputs.rows() * dim];
        embed(encoder, config, inputs, room_for_views(room), &mut rows);
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

    /// Points with the views that stand for them on the screen: the same at every step.
    fn inspections(&mut self, points: &[u32]) -> Vec<Inspection> {
        let Self { dataset, config, .. } = &*self;
        let mut views = Matrix::zeros(2 * points.len(), dataset.inputs.columns());
        for (index, point) in points.iter().enumerate() {
            let mut random = Random::of_item(config.seed, "shown views", *point);
            let positive = match config.positives {
                Positives::Views => *point,
                Positives::Labels => {
                    let others = dataset.labels.len() as u32;
                    (1..others)
                        .map(|offset| (point + offset) % others)
                        .find(|other| dataset.labels[*other as usize] == dataset.labels[*point as usize])
                        .unwrap_or(*point)
                }
            };
            make_view(dataset, config, *point, &mut random, views.row_mut(2 * index));
            make_view(dataset, config, positive, &mut random, views.row_mut(2 * index + 1));
        }
        let embedded = self.embed(&views);
        let inspection = |(index, point): (usize, &u32)| {
            let rows = [2 * index, 2 * index + 1];
            let [[ax, ay], [bx, by]] = rows.map(|row| self.dataset.plane.project(views.row(row)));
            let [anchor, positive] = rows.map(|row| embedded.row(row));
            let product: f32 = anchor.iter().zip(positive).map(|(a, b)| a * b).sum();
            let cosine = cosine(product, norm(anchor) * norm(positive));
            Inspection { point: *point, places: [ax, ay, bx, by], embeddings: [anchor, positive].concat(), cosine }
        };
        points.iter().enumerate().map(inspection).collect()
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
