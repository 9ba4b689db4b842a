//! What a run shows: plain data, everything a pane may read and nothing else.

use super::{Cloud, Divergence, LayersSeen, Past};
use crate::config::{Config, OwnImages, OwnPoints};
use crate::metrics::{BatchMetrics, Merged, Similarities};
use crate::report::{Fingerprint, Overlay, Reasons, Space, StepTrace, Terms};
use crate::rows::Spectrum;

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
    /// Trained numbers: weights and biases of all networks, and prototypes.
    pub parameters: usize,
    /// The training images, where the data are images.
    pub images: Option<Images>,
    /// The points of one's own.
    pub own: OwnPoints,
    /// The images of one's own.
    pub own_images: OwnImages,
}

/// Small grey images.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Images {
    /// Side in pixels.
    pub side: usize,
    /// The pixels of all images, one behind the other, row by row from the top: 255 is ink.
    pub pixels: Vec<u8>,
    /// The names of the classes in the language files, under `class.`; empty where they have none.
    pub classes: Vec<String>,
}

impl Images {
    /// Returns one image; empty if there is no such one.
    pub fn image(&self, image: usize) -> &[u8] {
        let size = self.side * self.side;
        self.pixels.get(image * size..(image + 1) * size).unwrap_or_default()
    }
}

/// Returns pixels as bytes; what is lighter than the background or darker than ink is cut off.
pub fn as_bytes(pixels: &[f32]) -> Vec<u8> {
    pixels.iter().map(|pixel| (pixel.clamp(0.0, 1.0) * 255.0).round() as u8).collect()
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
    /// The pixels of both views, as those of [`Images`]; empty where the data are points.
    pub images: Vec<u8>,
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
    /// The step at which `accuracy` and `spectrum` were measured: they cost more than the rest, and while a run goes on they are taken less
    /// often.
    pub measured_step: u64,
    /// Share of held-out points whose neighbours elect their class. None where all points are in one place: neighbours mean nothing there.
    pub accuracy: Option<f32>,
    /// Principal directions of the training points' embeddings.
    pub spectrum: Spectrum,
    /// The space that is shown: `embeddings`, `plane`, `class_means`, `anchors`, `accuracy` and `spectrum` are of it.
    pub space: Space,
    /// The classes that augmentations in force make the same.
    pub merged: Vec<Merged>,
    /// The spaces that the run has.
    pub spaces: Vec<Space>,
    /// What the method shows besides points.
    pub exhibits: Vec<Overlay>,
    /// Coordinates of an embedding.
    pub dim: usize,
    /// Embeddings of all training points, as the loss compares them, one behind the other.
    pub embeddings: Vec<f32>,
    /// Embeddings of the input plane's `GRID` x `GRID` cells' centres, row by row from the lowest y.
    pub plane: Vec<f32>,
    /// What a discriminator says of the same places: the share of "real". Empty where there is none.
    pub scores: Vec<f32>,
    /// The step at which `plane` was embedded: it costs more than the points, and while a run goes on every second snapshot does without.
    pub plane_step: u64,
    /// Mean embedding of each class.
    pub class_means: Vec<f32>,
    /// One point of each class with its views, always the same points and the same views.
    pub anchors: Vec<Inspection>,
    /// The point somebody asked for.
    pub inspected: Option<Inspection>,
    /// Why the pinned point moves, if one is pinned: under the setting in force, with the weights after this step.
    pub reasons: Option<Reasons>,
    /// What the next step does, if somebody walks through it.
    pub walk: Option<StepTrace>,
    /// The last batch's rows with one another, if somebody looks at them.
    pub similarities: Option<Similarities>,
    /// The input plane and the hidden layers, if somebody looks at them.
    pub layers: Option<LayersSeen>,
    /// Many views of the pinned point, if somebody looks at them.
    pub cloud: Option<Cloud>,
    /// The density of the training points at [`density_places`](crate::metrics::density_places), as a multiple of that of the uniform law: on the circle
    /// and on the sphere, if somebody looks at it.
    pub density: Vec<f32>,
    /// The loss of an anchor at each of the plane's cells against the last batch, if somebody looks at it; empty where a method holds nothing against
    /// it.
    pub plane_losses: Vec<f32>,
    /// The run's past.
    pub past: Past,
    /// Why the run stopped by itself.
    pub divergence: Option<Divergence>,
}

impl Snapshot {
    /// Drops the points and images of one's own from all configurations: the scene has them, and they would be carried with every snapshot.
    pub fn forget_own(&mut self) {
        self.past.configs.iter_mut().chain([&mut self.config]).for_each(Config::forget_own);
    }

    /// Puts them back into the configuration in force.
    pub fn restore_own(&mut self, scene: &Scene) {
        (self.config.own, self.config.own_images) = (scene.own.clone(), scene.own_images.clone());
    }

    /// Whether the embedding has collapsed to one place, so that rank and neighbours say nothing.
    pub fn is_in_one_place(&self) -> bool {
        self.spectrum.effective_rank.is_none()
    }
}
