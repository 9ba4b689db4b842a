//! The plan of a run: which networks there are, and where everything stands in the state.

use super::wiring::{Family, NOISE_DIMENSION, Wiring};
use crate::config::{Config, Head, NormViews};
use crate::kernels::Instructions;
use crate::matrix::{Matrix, padded};
use crate::network::{Network, Place};
use crate::random::Random;
use std::ops::Range;

/// The networks of a run, and the places of everything that its state holds.
#[derive(Clone, Debug)]
pub struct Plan {
    /// How the method joins the networks.
    pub wiring: Wiring,
    /// The encoder: from a point to h.
    pub encoder: Network,
    /// The projector: from h to z. Without one z is h.
    pub head: Option<Network>,
    /// The predictor: from z to p.
    pub predictor: Option<Network>,
    /// Prototypes that are trained with the networks.
    pub prototypes: Option<PrototypesPlan>,
    /// The place of the loss's own trained numbers among the values.
    pub trained: Range<usize>,
    /// Their first values.
    pub first_trained: Vec<f32>,
    /// The decoder: from a code to the input space.
    pub decoder: Option<Network>,
    /// The discriminator's last layer: from z to a logit.
    pub logit: Option<Network>,
    /// The generator: from noise to the input space.
    pub generator: Option<Network>,
    /// How many values and statistics there are.
    pub places: Place,
    /// How many of them, from the start, have a slow copy: encoder and head.
    pub target: Option<Place>,
    /// The size of the bank.
    pub bank: BankPlan,
    /// Number of coordinates of h.
    pub dim: usize,
    /// Number of coordinates of z.
    pub width: usize,
    /// Number of groups of rows over which batch normalisation takes its moments where both views pass: 1 or 2.
    pub groups: usize,
}

/// The numbers that a bank holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BankPlan {
    /// Numbers of all rows.
    pub rows: usize,
    /// Numbers of all inputs.
    pub inputs: usize,
    /// Number of tags.
    pub tags: usize,
}

/// The place of trained prototypes: rows on the unit sphere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrototypesPlan {
    /// Number of prototypes.
    pub count: usize,
    /// Number of coordinates of each.
    pub dimension: usize,
    /// Their place among the values: `count` rows of padded(`dimension`) numbers.
    pub values: Range<usize>,
}

impl PrototypesPlan {
    /// Draws the first prototypes, uniform on the sphere, from the seed's stream "prototypes".
    pub fn start(&self, seed: u32, values: &mut [f32]) {
        draw_unit_rows(seed, "prototypes", self.dimension, padded(self.dimension), &mut values[self.values.clone()]);
    }

    /// Copies the prototypes out of the values, as a matrix of `count` rows.
    pub fn load(&self, values: &[f32], prototypes: &mut Matrix) {
        prototypes.fit(self.count, self.dimension);
        prototypes.data_mut().copy_from_slice(&values[self.values.clone()]);
    }
}

/// Writes rows that are uniform on the unit sphere: normal coordinates, divided by their length.
pub fn draw_unit_rows(seed: u32, stream: &str, dimension: usize, stride: usize, rows: &mut [f32]) {
    let mut random = Random::new(seed, stream);
    for row in rows.chunks_exact_mut(stride) {
        let row = &mut row[..dimension];
        for value in row.iter_mut() {
            *value = random.normal();
        }
        crate::rows::normalize_row(row);
    }
}

impl Plan {
    /// Lays out a run of `config` on points of `input_dimension` coordinates, with its method's wiring, bank, and first values of numbers that
    /// are trained with the networks.
    pub fn new(config: &Config, wiring: Wiring, bank: BankPlan, first_trained: Vec<f32>, input_dimension: usize) -> Self {
        let mut places = Place::default();
        let dim = config.dim as usize;
        let width = config.code_dimension() as usize;
        // A variational code has a mean and a log variance for each coordinate; they come out of the last network before it.
        let doubled = if wiring.is_variational() { 2 } else { 1 };
        let outputs = if config.head == Head::None { doubled * dim } else { dim };
        let encoder = Network::encoder_to(config, input_dimension, outputs, &mut places);
        let head = Network::head(config.head, dim, config.head_width as usize, doubled * width, &mut places);
        let target = wiring.target.is_some().then_some(places);
        let predictor =
            wiring.predicts.then(|| Network::head(config.predictor, width, config.predictor_width as usize, width, &mut places));
        let prototypes = wiring.prototypes.map(|count| {
            let start = places.values;
            places.values += count * padded(width);
            PrototypesPlan { count, dimension: width, values: start..places.values }
        });
        let trained = places.values..places.values + first_trained.len();
        places.values += padded(first_trained.len());
        let reconstructs = matches!(wiring.family, Family::Reconstruction { .. });
        let decoder = reconstructs.then(|| Network::decoder(config, width, input_dimension, &mut places));
        let is_adversarial = wiring.family == Family::Adversarial;
        let logit = Network::head(if is_adversarial { Head::Linear } else { Head::None }, width, 0, 1, &mut places);
        let generator = is_adversarial.then(|| Network::decoder(config, NOISE_DIMENSION, input_dimension, &mut places));
        let apart = match config.norm_views {
            NormViews::Paper => wiring.passes_views_apart,
            NormViews::Together => false,
            NormViews::Apart => true,
        };
        Self {
            wiring,
            encoder,
            head,
            predictor: predictor.flatten(),
            prototypes,
            trained,
            first_trained,
            decoder,
            logit,
            generator,
            places,
            target,
            bank,
            dim,
            width,
            groups: if apart { 2 } else { 1 },
        }
    }

    /// Has all networks compute with these vector instructions.
    pub fn use_instructions(&mut self, instructions: Instructions) {
        let Self { encoder, head, predictor, decoder, logit, generator, .. } = self;
        let networks = [Some(encoder), head.as_mut(), predictor.as_mut(), decoder.as_mut(), logit.as_mut(), generator.as_mut()];
        for network in networks.into_iter().flatten() {
            network.instructions = instructions;
        }
    }

    /// Returns the networks of the rows' way with the names of the streams that their first weights are drawn from, in the order of their places.
    pub fn networks(&self) -> impl Iterator<Item = (&Network, &'static str)> {
        let networks = [Some((&self.encoder, "weights")), self.head.as_ref().map(|head| (head, "head"))];
        networks.into_iter().chain([self.predictor.as_ref().map(|predictor| (predictor, "predictor"))]).flatten()
    }

    /// Returns the networks that generative methods have besides, in the same way; they come behind the prototypes.
    pub fn generative(&self) -> impl Iterator<Item = (&Network, &'static str)> {
        let networks = [self.decoder.as_ref().map(|decoder| (decoder, "decoder")), self.logit.as_ref().map(|logit| (logit, "logit"))];
        networks.into_iter().chain([self.generator.as_ref().map(|generator| (generator, "generator"))]).flatten()
    }

    /// Returns where the generator's values begin, which are the last; where there is none, the end.
    pub fn generator_start(&self) -> usize {
        self.generator.as_ref().map_or(self.places.values, |generator| generator.values().start)
    }

    /// Returns the places of all trained numbers without the padding, in the fingerprint's order.
    pub fn value_places(&self) -> impl Iterator<Item = usize> + '_ {
        let prototypes = self
            .prototypes
            .iter()
            .flat_map(|plan| plan.values.clone().step_by(padded(plan.dimension)).flat_map(|row| row..row + plan.dimension));
        let generative = self.generative().flat_map(|(network, _)| network.places());
        self.networks().flat_map(|(network, _)| network.places()).chain(prototypes).chain(self.trained.clone()).chain(generative)
    }

    /// Returns the number of trained numbers.
    pub fn parameter_count(&self) -> usize {
        self.value_places().count()
    }

    /// Returns true if a state of the plan `other` is one of this plan too, so that a run can go on from its weights.
    pub fn fits(&self, other: &Self) -> bool {
        let shapes =
            |plan: &Self| (plan.places, plan.target, plan.bank, plan.dim, plan.width, plan.head.is_some(), plan.predictor.is_some());
        self.wiring.family == other.wiring.family
            && shapes(self) == shapes(other)
            && self.prototypes == other.prototypes
            && self.trained == other.trained
            && self.value_places().eq(other.value_places())
    }
}
