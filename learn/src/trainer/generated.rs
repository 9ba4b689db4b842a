//! What a generative method makes: reconstructions, samples, a grid of the code space as it comes to lie in the input space, and what a
//! discriminator says of the input plane.

use super::viewer::Viewer;
use super::{GRID_LINES, LINE_PLACES};
use crate::config::{Config, Similarity};
use crate::matrix::Matrix;
use crate::metrics::{Covered, Surroundings};
use crate::network::{Moments, Network};
use crate::objective::sigmoid;
use crate::random::Random;
use crate::report::{Measure, Measures, Overlay, Space, as_bytes};
use crate::state::NOISE_DIMENSION;

/// Samples that are shown and measured: always of the same noise.
pub const SAMPLES: usize = 400;
/// The most points whose reconstructions are shown: evenly spaced in the points' order.
const MOST_REBUILT: usize = 256;
/// How far the grid of noise or of a prior reaches, in standard deviations.
const PRIOR_REACH: f32 = 2.5;
/// A coordinate of a code is active if its mean varies more than this (Burda et al. 2016, section 4.2).
const ACTIVE: f64 = 0.01;

/// What is carried on from one look to the next.
#[derive(Clone, Debug, Default)]
pub(super) struct Generated {
    surroundings: Surroundings,
    covered: Covered,
    active: Option<f32>,
}

impl Viewer<'_> {
    /// Passes rows through a network other than those of the embedding, with the running statistics.
    fn pass(&mut self, network: &Network, rows: &Matrix) -> Matrix {
        let Self { state, passes, .. } = self;
        let pass = &mut passes[3];
        network.forward(&state.values, Moments::Running(&state.statistics), rows, pass);
        pass.output().clone()
    }

    /// What a method makes, if it makes anything. Samples are measured anew if `measures`.
    pub(super) fn generated(&mut self, config: &Config, measures: bool, kept: &mut Generated, terms: &mut Measures) -> Vec<Overlay> {
        let plan = self.plan;
        let mut exhibits = Vec::new();
        if let Some(decoder) = &plan.decoder {
            let inputs = &self.dataset.inputs;
            let every = inputs.rows().div_ceil(MOST_REBUILT).max(1);
            let points: Vec<u32> = (0..inputs.rows()).step_by(every).map(|point| point as u32).collect();
            let mut shown = Matrix::zeros(points.len(), inputs.columns());
            for (row, point) in points.iter().enumerate() {
                shown.row_mut(row).copy_from_slice(inputs.row(*point as usize));
            }
            let codes = self.codes(config, &shown);
            let rebuilt = self.pass(decoder, &codes);
            exhibits.push(Overlay::Inputs {
                role: "rebuilt".to_owned(),
                places: self.places(&rebuilt),
                points,
                labels: Vec::new(),
                lost: Vec::new(),
                pixels: self.pixels(&rebuilt),
            });
            if measures {
                let means = self.outputs_of(Space::Z, inputs);
                kept.active = plan.wiring.is_variational().then(|| active(&means) as f32);
            }
            if let Some(grid) = code_grid(config, plan.wiring.is_variational(), &codes) {
                exhibits.push(self.grid(decoder, &grid));
            }
        }
        if let Some(maker) = plan.generator.as_ref().or_else(|| plan.decoder.as_ref().filter(|_| plan.wiring.is_variational())) {
            let mut noise = Matrix::zeros(SAMPLES, if plan.generator.is_some() { NOISE_DIMENSION } else { plan.width });
            let mut random = Random::new(config.seed, "samples");
            for row in 0..SAMPLES {
                for value in noise.row_mut(row) {
                    *value = random.normal();
                }
            }
            let samples = self.pass(maker, &noise);
            let dataset = self.dataset;
            if measures || kept.covered.labels.is_empty() {
                if kept.surroundings.is_empty() {
                    kept.surroundings = Surroundings::new(&dataset.inputs);
                }
                kept.covered = kept.surroundings.cover(&samples, &dataset.inputs, &dataset.labels, dataset.classes);
            }
            terms.set(Measure::Modes, kept.covered.modes as f32);
            terms.set(Measure::NearData, kept.covered.near);
            let Covered { labels, lost, .. } = kept.covered.clone();
            exhibits.push(Overlay::Inputs {
                role: "samples".to_owned(),
                places: self.places(&samples),
                points: Vec::new(),
                labels,
                lost,
                pixels: self.pixels(&samples),
            });
            if plan.generator.is_some() {
                let reach = [[-PRIOR_REACH, PRIOR_REACH]; 2];
                exhibits.push(self.grid(maker, &square(reach)));
            }
        }
        if let Some(active) = kept.active {
            terms.set(Measure::ActiveCode, active);
        }
        exhibits
    }

    /// What the discriminator says of each cell of the input plane: the share of "real". Empty where there is none.
    pub(super) fn scores(&mut self, inputs: &Matrix) -> Vec<f32> {
        let Some(logit) = &self.plan.logit else { return Vec::new() };
        let z = self.outputs_of(Space::Z, inputs);
        let logits = self.pass(logit, &z);
        (0..logits.rows()).map(|row| sigmoid(logits.row(row)[0])).collect()
    }

    /// The codes that a decoder gets of inputs: of a variational code the means.
    fn codes(&mut self, config: &Config, inputs: &Matrix) -> Matrix {
        let mut codes = self.outputs_of(Space::Z, inputs);
        if config.compared() == Similarity::Cosine {
            for row in 0..codes.rows() {
                crate::rows::normalize_row(codes.row_mut(row));
            }
        }
        codes
    }

    /// The pixels of inputs, where they are images.
    fn pixels(&self, rows: &Matrix) -> Vec<u8> {
        if self.dataset.image_side.is_some() { as_bytes(&rows.to_rows()) } else { Vec::new() }
    }

    /// Where points of the input space show on its plane.
    fn places(&self, rows: &Matrix) -> Vec<f32> {
        (0..rows.rows()).flat_map(|row| self.dataset.plane.project(rows.row(row))).collect()
    }

    fn grid(&mut self, maker: &Network, grid: &Matrix) -> Overlay {
        let made = self.pass(maker, grid);
        Overlay::Grid { role: "decoded".to_owned(), places: self.places(&made), places_per_line: LINE_PLACES }
    }
}

/// The lines of a grid of the code space, place by place: a square of the plane, the circle, or the sphere's circles. None in more
/// dimensions.
fn code_grid(config: &Config, is_variational: bool, codes: &Matrix) -> Option<Matrix> {
    let on_sphere = config.compared() == Similarity::Cosine;
    match (codes.columns(), on_sphere) {
        (2, false) if is_variational => Some(square([[-PRIOR_REACH, PRIOR_REACH]; 2])),
        (2, false) => {
            // As far as the codes reach.
            let column = |k: usize| (0..codes.rows()).map(move |row| codes.row(row)[k]);
            let bounds = [0, 1].map(|k| column(k).fold([f32::INFINITY, f32::NEG_INFINITY], |[low, high], x| [low.min(x), high.max(x)]));
            bounds.iter().flatten().all(|bound| bound.is_finite()).then(|| square(bounds))
        }
        (2, true) => Some(circle(&[(0.0, 1.0)], |along, _, _| [libm::cosf(along), libm::sinf(along), 0.0], 2)),
        (3, true) => {
            let heights: Vec<(f32, f32)> = (1..6)
                .map(|line| {
                    let angle = std::f32::consts::PI * line as f32 / 6.0;
                    (libm::cosf(angle), libm::sinf(angle))
                })
                .collect();
            Some(circle(&heights, |along, height, radius| [radius * libm::cosf(along), height, radius * libm::sinf(along)], 3))
        }
        _ => None,
    }
}

/// The number of coordinates whose variance over the rows is above [`ACTIVE`].
fn active(means: &Matrix) -> usize {
    let rows = means.rows() as f64;
    let is_active = |k: &usize| {
        let column = || (0..means.rows()).map(|row| f64::from(means.row(row)[*k]));
        let mean = column().sum::<f64>() / rows;
        column().map(|value| (value - mean) * (value - mean)).sum::<f64>() / rows > ACTIVE
    };
    (0..means.columns()).filter(is_active).count()
}

/// Lines of a square, across and then upwards, within these bounds.
fn square([across, upwards]: [[f32; 2]; 2]) -> Matrix {
    let mut grid = Matrix::zeros(2 * GRID_LINES * LINE_PLACES, 2);
    let at = |[low, high]: [f32; 2], place: usize, of: usize| low + (high - low) * place as f32 / (of - 1) as f32;
    for row in 0..grid.rows() {
        let (line, place) = (row / LINE_PLACES, row % LINE_PLACES);
        let code = if line < GRID_LINES {
            [at(across, place, LINE_PLACES), at(upwards, line, GRID_LINES)]
        } else {
            [at(across, line - GRID_LINES, GRID_LINES), at(upwards, place, LINE_PLACES)]
        };
        grid.row_mut(row).copy_from_slice(&code);
    }
    grid
}

/// Circles, each of a height and a radius, of [`LINE_PLACES`] places.
fn circle(lines: &[(f32, f32)], at: impl Fn(f32, f32, f32) -> [f32; 3], dim: usize) -> Matrix {
    let mut grid = Matrix::zeros(lines.len() * LINE_PLACES, dim);
    for row in 0..grid.rows() {
        let (height, radius) = lines[row / LINE_PLACES];
        let along = std::f32::consts::TAU * (row % LINE_PLACES) as f32 / (LINE_PLACES - 1) as f32;
        grid.row_mut(row).copy_from_slice(&at(along, height, radius)[..dim]);
    }
    grid
}
