//! Looking at a run: it embeds points and measures the embedding, and leaves no trace in the run.

use super::generated::Generated;
use super::timeline::Moment;
use super::viewer::Viewer;
use super::{Scratch, Trainer};
use crate::config::Config;
use crate::data::Dataset;
use crate::matrix::Matrix;
use crate::method;
use crate::metrics::{Asked, MergedScratch, Probe, Probing, accuracy, accuracy_among, uniform_reference};
use crate::random::Random;
use crate::report::{Images, Inspection, Measure, Past, Scene, Snapshot, Space, as_bytes};
use crate::rows::{Spectrum, cosine, norm, normalize_row};
use crate::state::{Kept, Plan};
use crate::views::{make_view, scratch};
use std::ops::Range;

/// What snapshots carry on from one to the next while a run goes on.
#[derive(Clone, Debug, Default)]
pub(super) struct Looked {
    spectrum: Spectrum,
    accuracy: Option<f32>,
    /// Effective rank of the raw rows, for methods that have it.
    rank_raw: Option<f32>,
    /// Mean cosine of the oldest kept rows with what the networks say now.
    staleness: Option<f32>,
    /// The step at which all four were measured.
    measured_step: u64,
    plane: Vec<f32>,
    scores: Vec<f32>,
    plane_step: u64,
    generated: Generated,
    merged: MergedScratch,
    /// Principal directions of the hidden layers, while somebody looks at them.
    layers: Vec<Spectrum>,
    /// The space of all of it.
    space: Space,
    /// The last snapshot embedded the plane.
    has_fresh_plane: bool,
}

/// What a look measures anew; the rest is carried on.
#[derive(Clone, Copy, Debug)]
struct Wanted {
    /// Accuracy and spectrum.
    measures: bool,
    /// The input plane.
    plane: bool,
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
            parameters: self.plan.parameter_count(),
            own: self.config.own.clone(),
            own_images: self.config.own_images.clone(),
            images: self.dataset.image_side.map(|side| Images {
                side,
                pixels: as_bytes(&inputs.to_rows()),
                classes: self.dataset.class_names.iter().map(|name| (*name).to_owned()).collect(),
            }),
        }
    }

    /// The spaces that the run has.
    pub fn spaces(&self) -> Vec<Space> {
        let Plan { head, predictor, target, .. } = &self.plan;
        let has = |space: &Space| match space {
            Space::H => head.is_some(),
            Space::Z => true,
            Space::P => predictor.is_some(),
            Space::Target => target.is_some(),
        };
        Space::ALL.into_iter().filter(has).collect()
    }

    /// Has snapshots show a space; one that the run does not have is z.
    pub fn show(&mut self, space: Space) {
        self.space = if self.spaces().contains(&space) { space } else { Space::Z };
    }

    /// Fills the method's bank before the first step.
    pub(super) fn start_method(&mut self) {
        let wants_embeddings = matches!(self.plan.wiring.kept, Some(Kept::Clusters(_)));
        let embeddings = if wants_embeddings { self.embed(&self.dataset.inputs.clone()) } else { Matrix::default() };
        self.scratch.memory.start(&self.config, &self.plan, &embeddings, &mut self.state);
    }

    /// Shows the run as it stands, with everything measured at this step. It looks only: the run goes on as if nobody had.
    pub fn snapshot(&mut self) -> Snapshot {
        self.take_snapshot(Wanted { measures: true, plane: true })
    }

    /// Shows the same for less work: accuracy and spectrum as they were last measured, the plane every second time
    /// ([`Snapshot::measured_step`] and [`Snapshot::plane_step`] say when).
    pub fn quick_snapshot(&mut self) -> Snapshot {
        let is_new = self.looked.plane.is_empty() || self.looked.space != self.space;
        let plane = is_new || !self.looked.has_fresh_plane;
        let measures = is_new;
        self.take_snapshot(Wanted { measures, plane })
    }

    /// Shows what the last batch says of the run and nothing else: no point is embedded. For whoever looks at every step.
    pub fn batch_snapshot(&mut self) -> Snapshot {
        self.refresh();
        self.measure(false);
        Snapshot {
            step: self.state.step,
            config: self.config.clone(),
            terms: self.terms,
            gradient_norm: self.gradient_norm,
            batch: self.scratch.metrics.clone(),
            divergence: self.divergence,
            ..Snapshot::default()
        }
    }

    fn take_snapshot(&mut self, wanted: Wanted) -> Snapshot {
        self.refresh();
        self.measure(true);
        let Self { config, dataset, plan, state, space, scratch, looked, terms, gradient_norm, .. } = self;
        let Scratch { view, chunk, metrics, memory, .. } = scratch;
        let moment = Moment { state, config, terms: *terms, gradient_norm: *gradient_norm, metrics };
        let mut viewer = Viewer { plan, state, dataset, memory, is_present: true, space: *space, passes: view, chunk };
        let snapshot = viewer.look(&moment, wanted, looked, self.inspected);
        let layers = viewer.layers(self.extras.layers, wanted.measures, &mut looked.layers);
        let reasons = if self.answers { self.reasons() } else { None };
        // At rest only: it is for somebody who looks at one step.
        let walk = if self.extras.walk && wanted.measures { self.next_step() } else { None };
        let similarities = self.similarities();
        let cloud = self.cloud();
        let density = self.density(&snapshot);
        let plane_losses = self.plane_losses(&snapshot.plane, snapshot.dim).unwrap_or_default();
        let divergence = self.divergence;
        let snapshot = self.with_past(snapshot);
        Snapshot { reasons, walk, similarities, layers, cloud, density, plane_losses, divergence, ..snapshot }
    }

    /// Shows the run as it was at the kept step that is nearest to `step`, with everything measured then; its history goes on to the
    /// present. Returns nothing while no step is kept.
    pub fn recall(&mut self, step: u64) -> Option<Snapshot> {
        let index = self.timeline.nearest(step)?;
        let inspected = self.inspected;
        // What is known of the data is as true of the past.
        let Looked { spectrum, generated, merged, layers, .. } = self.looked.clone();
        let mut looked = Looked { spectrum, generated, merged, layers, ..Looked::default() };
        let wanted = Wanted { measures: true, plane: true };
        let axes = self.extras.layers;
        let (snapshot, layers) = self.look_back(index, |viewer, moment| {
            (viewer.look(moment, wanted, &mut looked, inspected), viewer.layers(axes, true, &mut looked.layers))
        })?;
        let reasons = self.reasons_of_past(index);
        let density = self.density(&snapshot);
        Some(Snapshot { reasons, layers, density, ..self.with_past(snapshot) })
    }

    /// Has snapshots show one training point with its views, or none; a point that does not exist is none.
    pub fn inspect(&mut self, point: Option<u32>) {
        self.inspected = point.filter(|point| (*point as usize) < self.dataset.labels.len());
    }

    /// The point that [`Self::inspect`] asked for, as the run stands or as it was at the kept step nearest to `step`.
    pub fn inspection(&mut self, step: Option<u64>) -> Option<Inspection> {
        let points = [self.inspected?];
        let mut inspections = if let Some(step) = step {
            let index = self.timeline.nearest(step)?;
            self.look_back(index, |viewer, moment| viewer.inspections(moment.config, &points))?
        } else {
            self.look_now(|viewer, config| viewer.inspections(config, &points))
        };
        inspections.pop()
    }

    /// Embeddings of `inputs` in the space that is shown, as the loss compares them.
    pub fn embed(&mut self, inputs: &Matrix) -> Matrix {
        self.look_now(|viewer, config| viewer.embed(config, inputs))
    }

    /// Outputs of `inputs` in a space as the networks return them; in z where the run does not have that space.
    pub fn embed_raw(&mut self, space: Space, inputs: &Matrix) -> Matrix {
        let space = if space == Space::H || self.spaces().contains(&space) { space } else { Space::Z };
        self.look_now(|viewer, _| viewer.outputs_of(space, inputs))
    }

    /// Trains probes on the input x, on h and on z, and measures them on held-out points. Without a head h is z. The networks are looked
    /// at only.
    pub fn probe(&mut self) -> [Probe; 3] {
        let mut probing = self.start_probing();
        loop {
            if let Some(probes) = probing.advance() {
                return probes;
            }
        }
    }

    /// Starts what [`Self::probe`] does, to be done in pieces: the representations are those of now.
    pub fn start_probing(&mut self) -> Probing<3> {
        let Dataset { mut inputs, mut labels, mut held_out_inputs, mut held_out_labels, classes, nuisance, .. } = self.dataset.clone();
        if held_out_labels.is_empty() {
            // Every second point is held out from the probes.
            let half = |first: usize| (first..labels.len()).step_by(2);
            let rows = |first: usize| {
                Matrix::from_rows(&half(first).flat_map(|row| inputs.row(row).to_vec()).collect::<Vec<f32>>(), inputs.columns())
            };
            let of = |first: usize| half(first).map(|row| labels[row]).collect::<Vec<u8>>();
            ([inputs, held_out_inputs], [labels, held_out_labels]) = ([rows(0), rows(1)], [of(0), of(1)]);
        }
        let coordinates = nuisance.map_or(0..0, |(coordinates, _)| coordinates);
        let [known, unseen] = [&inputs, &held_out_inputs].map(|inputs| columns(inputs, coordinates.clone()));
        let representations = [None, Some(Space::H), Some(Space::Z)].map(|space| {
            let mut rows = |inputs: &Matrix| space.map_or_else(|| inputs.clone(), |space| self.embed_raw(space, inputs));
            [rows(&inputs), rows(&held_out_inputs)]
        });
        let asked = Asked { classes, labels: [labels, held_out_labels], nuisance: [known, unseen] };
        Probing::new(self.plan.encoder.instructions, asked, representations)
    }

    /// Looks with the state as it is.
    fn look_now<R>(&mut self, look: impl FnOnce(&mut Viewer<'_>, &Config) -> R) -> R {
        let Self { config, dataset, plan, state, space, scratch, .. } = self;
        let Scratch { view, chunk, memory, .. } = scratch;
        look(&mut Viewer { plan, state, dataset, memory, is_present: true, space: *space, passes: view, chunk }, config)
    }

    /// Looks with a kept state.
    fn look_back<R>(&mut self, index: usize, look: impl FnOnce(&mut Viewer<'_>, &Moment<'_>) -> R) -> Option<R> {
        let Self { timeline, plan, dataset, space, scratch, .. } = self;
        let Scratch { view, chunk, memory, .. } = scratch;
        let moment = timeline.frame(index)?.moment();
        let state = moment.state;
        Some(look(&mut Viewer { plan, state, dataset, memory, is_present: false, space: *space, passes: view, chunk }, &moment))
    }

    /// The two views that stand for a point on the screen.
    pub(super) fn shown_views(&self, point: u32) -> [(u32, Vec<f32>); 2] {
        shown_views(&self.dataset, &self.config, point)
    }

    /// Adds the run's past.
    fn with_past(&self, snapshot: Snapshot) -> Snapshot {
        Snapshot { past: self.past(), spaces: self.spaces(), ..snapshot }
    }

    /// The run's past.
    pub fn past(&self) -> Past {
        Past {
            rows: self.history.rows().to_vec(),
            configs: self.history.configs().to_vec(),
            marks: self.history.marks().to_vec(),
            frames: self.timeline.steps().collect(),
        }
    }
}

impl Viewer<'_> {
    /// Everything that is shown of a moment but the run's past.
    fn look(&mut self, moment: &Moment<'_>, wanted: Wanted, looked: &mut Looked, inspected: Option<u32>) -> Snapshot {
        let Moment { state, config, mut terms, gradient_norm, metrics } = *moment;
        let step = state.step;
        let embeddings = self.embed(config, &self.dataset.inputs);
        let Dataset { labels, held_out_inputs, held_out_labels, .. } = self.dataset;
        if wanted.measures {
            let held_out = self.embed(config, held_out_inputs);
            looked.spectrum = Spectrum::new(&embeddings, &looked.spectrum);
            let is_spread = looked.spectrum.effective_rank.is_some();
            let instructions = self.plan.encoder.instructions;
            looked.accuracy = is_spread.then(|| {
                if held_out_labels.is_empty() {
                    accuracy_among(instructions, &embeddings, labels)
                } else {
                    accuracy(instructions, &embeddings, labels, &held_out, held_out_labels)
                }
            });
            let has_raw = method::about(config).measures_raw_rows;
            // Of z, as the other measures of raw rows are.
            let raw = |viewer: &mut Self| Spectrum::new(&viewer.outputs_of(Space::Z, &viewer.dataset.inputs), &Spectrum::default());
            looked.rank_raw = has_raw.then(|| raw(self).effective_rank).flatten();
            // With dropout two passes of one input differ as it is.
            looked.staleness = if config.hidden_dropout > 0.0 { None } else { self.staleness() };
            looked.measured_step = step;
        }
        if let Some(staleness) = looked.staleness {
            terms.measures.set(Measure::Staleness, staleness);
        }
        if let Some(rank) = looked.rank_raw {
            terms.measures.set(Measure::RankRaw, rank);
        }
        self.memory.measure(self.plan, state, labels, &mut terms.measures);
        let merged = looked.merged.find(self.dataset, config);
        if wanted.plane {
            let places = self.plane_inputs();
            looked.plane = self.embed(config, &places).to_rows();
            looked.scores = self.scores(&places);
            looked.plane_step = step;
        }
        let mut exhibits = self.memory.exhibit(config, self.plan, state, self.is_present);
        exhibits.extend(self.generated(config, wanted.measures, &mut looked.generated, &mut terms.measures));
        (looked.has_fresh_plane, looked.space) = (wanted.plane, self.space);
        let dim = embeddings.columns();
        let shown: Vec<u32> = shown_points(labels, self.dataset.classes).chain(inspected).collect();
        let mut anchors = self.inspections(config, &shown);
        let inspected = inspected.and_then(|_| anchors.pop());
        Snapshot {
            step,
            fingerprint: state.fingerprint(self.plan),
            space: self.space,
            exhibits,
            config: config.clone(),
            terms,
            gradient_norm,
            batch: metrics.clone(),
            uniform_reference: uniform_reference(dim),
            measured_step: looked.measured_step,
            accuracy: looked.accuracy,
            spectrum: looked.spectrum.clone(),
            dim,
            merged,
            class_means: class_means(&embeddings, labels, self.dataset.classes),
            embeddings: embeddings.to_rows(),
            plane: looked.plane.clone(),
            scores: looked.scores.clone(),
            plane_step: looked.plane_step,
            anchors,
            inspected,
            ..Snapshot::default()
        }
    }

    /// Mean cosine of the oldest rows that the method keeps with what the networks say of the same inputs now.
    fn staleness(&mut self) -> Option<f32> {
        let (inputs, keys) = self.memory.oldest(self.plan, self.state);
        if keys.rows() == 0 || inputs.columns() != self.dataset.inputs.columns() {
            return None;
        }
        let mut now = self.outputs_of(Space::Z, &inputs);
        let mut total = 0.0;
        for row in 0..keys.rows() {
            normalize_row(now.row_mut(row));
            total += now.row(row).iter().zip(keys.row(row)).map(|(a, b)| a * b).sum::<f32>();
        }
        Some(total / keys.rows() as f32)
    }

    /// Points with the views that stand for them on the screen: the same at every step.
    fn inspections(&mut self, config: &Config, points: &[u32]) -> Vec<Inspection> {
        let dataset = self.dataset;
        let mut views = Matrix::zeros(2 * points.len(), dataset.inputs.columns());
        for (index, point) in points.iter().enumerate() {
            for (row, (_, view)) in shown_views(dataset, config, *point).into_iter().enumerate() {
                views.row_mut(2 * index + row).copy_from_slice(&view);
            }
        }
        let embedded = self.embed(config, &views);
        let inspection = |(index, point): (usize, &u32)| {
            let rows = [2 * index, 2 * index + 1];
            let [[ax, ay], [bx, by]] = rows.map(|row| dataset.plane.project(views.row(row)));
            let [anchor, positive] = rows.map(|row| embedded.row(row));
            let product: f32 = anchor.iter().zip(positive).map(|(a, b)| a * b).sum();
            let cosine = cosine(product, norm(anchor) * norm(positive));
            let images = if dataset.image_side.is_some() { rows.map(|row| as_bytes(views.row(row))).concat() } else { Vec::new() };
            Inspection { point: *point, places: [ax, ay, bx, by], embeddings: [anchor, positive].concat(), cosine, images }
        };
        points.iter().enumerate().map(inspection).collect()
    }
}

/// The two views that stand for a point on the screen, the same at every step: of which point each is, and the input.
fn shown_views(dataset: &Dataset, config: &Config, point: u32) -> [(u32, Vec<f32>); 2] {
    let mut random = Random::of_item(config.seed, "shown views", point);
    let mut memory = scratch(dataset);
    let positive = config.positives.partner(point, || {
        let others = dataset.labels.len() as u32;
        (1..others)
            .map(|offset| (point + offset) % others)
            .find(|other| dataset.labels[*other as usize] == dataset.labels[point as usize])
            .unwrap_or(point)
    });
    [point, positive].map(|point| {
        let mut view = vec![0.0; dataset.inputs.columns()];
        make_view(dataset, config, point, &mut random, &mut view, &mut memory);
        (point, view)
    })
}

/// Some columns of a matrix.
fn columns(matrix: &Matrix, wanted: Range<usize>) -> Matrix {
    let mut part = Matrix::zeros(matrix.rows(), wanted.len());
    for row in 0..matrix.rows() {
        part.row_mut(row).copy_from_slice(&matrix.row(row)[wanted.clone()]);
    }
    part
}

/// The first point of each class, in the classes' order.
fn shown_points(labels: &[u8], classes: usize) -> impl Iterator<Item = u32> + '_ {
    (0..classes).filter_map(|class| labels.iter().position(|label| usize::from(*label) == class)).map(|point| point as u32)
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
