//! One step, stage by stage: what each stage does, with the numbers of the step that comes next.
//!
//! A run holds still between steps. What its next step will do is known all the same, to the last bit: it is done once with copies of what a
//! step changes. Whoever takes the step afterwards gets the state with [`StepTrace::fingerprint`].

use super::{Divergence, Fingerprint, Measure, Reasons, Terms};
use crate::config::Config;
use crate::metrics::Similarities;

/// A stage of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum Stage {
    /// Points are drawn.
    Sample,
    /// Two views are made of each.
    Augment,
    /// The generator makes points of noise.
    Generate,
    /// The encoder makes a row h of each view.
    Encode,
    /// The head makes z of h.
    Project,
    /// The slow copy of the networks makes the rows that are compared with.
    Target,
    /// The predictor makes p of z.
    Predict,
    /// Rows are divided by their length.
    Normalise,
    /// Codes are drawn from Gaussians.
    Draw,
    /// The decoder makes points of codes.
    Decode,
    /// The discriminator says what it takes for real.
    Judge,
    /// Rows are compared: with one another, with keys, targets, prototypes or centroids, or coordinate by coordinate.
    Compare,
    /// Scores become codes, or clusters become labels.
    Codes,
    /// Comparisons become one number.
    Loss,
    /// The derivative goes back through the networks.
    Gradient,
    /// The weights move.
    Move,
    /// The slow copy follows.
    Follow,
    /// What the next steps need is kept: keys in the queue, embeddings in the bank.
    Keep,
}

impl Stage {
    /// Every stage, in the order of a step.
    pub const ALL: [Self; 18] = [
        Self::Sample,
        Self::Augment,
        Self::Generate,
        Self::Encode,
        Self::Project,
        Self::Target,
        Self::Predict,
        Self::Normalise,
        Self::Draw,
        Self::Decode,
        Self::Judge,
        Self::Compare,
        Self::Codes,
        Self::Loss,
        Self::Gradient,
        Self::Move,
        Self::Follow,
        Self::Keep,
    ];

    /// Returns its name in the language files and in JSON.
    pub fn key(self) -> &'static str {
        match self {
            Self::Sample => "sample",
            Self::Augment => "augment",
            Self::Generate => "generate",
            Self::Encode => "encode",
            Self::Project => "project",
            Self::Target => "target",
            Self::Predict => "predict",
            Self::Normalise => "normalise",
            Self::Draw => "draw",
            Self::Decode => "decode",
            Self::Judge => "judge",
            Self::Compare => "compare",
            Self::Codes => "codes",
            Self::Loss => "loss",
            Self::Gradient => "gradient",
            Self::Move => "move",
            Self::Follow => "follow",
            Self::Keep => "keep",
        }
    }
}

/// A number of a stage, or what it is about.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum Quantity {
    /// How many.
    Count(u64),
    /// A number.
    Real(f32),
    /// A training point.
    Point(u32),
}

/// What a stage is told by: the name of each quantity in its sentence.
pub type Quantities = Vec<(&'static str, Quantity)>;

/// What a method or a loss tells a stage of.
#[derive(Clone, Copy, Debug)]
pub struct Telling<'a> {
    /// The configuration in force.
    pub config: &'a Config,
    /// Coordinates of z.
    pub width: usize,
    /// Number of pairs in the batch.
    pub pairs: usize,
    /// The training point that is followed.
    pub anchor: u32,
    /// What the evaluation said.
    pub terms: &'a Terms,
    /// Why the anchor moves, if that is known.
    pub reasons: Option<&'a Reasons>,
}

impl Telling<'_> {
    /// The anchor, as a quantity of a sentence.
    pub fn anchor(&self) -> (&'static str, Quantity) {
        ("anchor", Quantity::Point(self.anchor))
    }

    /// A measure of the step.
    pub fn measured(&self, measure: Measure) -> Quantity {
        Quantity::Real(self.terms.measures.get(measure).unwrap_or(f32::NAN))
    }

    /// All distinct pairs of rows, where nothing else is to be told.
    pub fn all_pairs(&self) -> (&'static str, Quantities) {
        let rows = 2 * self.pairs;
        ("all", vec![("pairs", Quantity::of_count(rows * (rows - 1) / 2))])
    }
}

impl Quantity {
    /// How many.
    pub fn of_count(number: usize) -> Self {
        Self::Count(number as u64)
    }
}

/// What is told of a stage.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct StageTrace {
    /// The stage.
    pub stage: Stage,
    /// Its sentence in the language files, under `walk.`, and in JSON: the stage's key, with a dot and a variant where there are several.
    pub sentence: String,
    /// The sentence's quantities, by their names in it.
    pub quantities: Vec<(String, Quantity)>,
}

impl StageTrace {
    /// Returns the quantity with this name.
    pub fn get(&self, name: &str) -> Option<Quantity> {
        self.quantities.iter().find(|(own, _)| own == name).map(|(_, quantity)| *quantity)
    }
}

/// What the next step does. Rows come in the order of the batch: view a of every pair, then view b of every pair.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct StepTrace {
    /// Steps taken before it.
    pub step: u64,
    /// The stages that it has, in their order.
    pub told: Vec<StageTrace>,
    /// The fingerprint of the state after it; none if it diverges.
    pub fingerprint: Option<Fingerprint>,
    /// Why it diverges, if it does: then the run stays where it is.
    pub divergence: Option<Divergence>,
    /// The training point of each row.
    pub points: Vec<u32>,
    /// Where each row's view is on the input plane: x and y in turn.
    pub places: Vec<f32>,
    /// Where what a decoder gives back, or what a generator makes, is on the input plane: x and y in turn, row by row; else empty.
    pub made: Vec<f32>,
    /// Coordinates of a row.
    pub dim: usize,
    /// The outputs z, as the networks return them. Of a method with a slow copy that passes one view only, view b is the slow copy's.
    pub raw: Vec<f32>,
    /// The same as they are compared.
    pub rows: Vec<f32>,
    /// Minus the derivative of the loss by each of `rows`; zero where no gradient goes.
    pub forces: Vec<f32>,
    /// `rows` after the step, of the same views.
    pub after: Vec<f32>,
    /// Why the anchor moves: the pinned point if the step draws it, else the first one that it draws. None if the loss is no number.
    pub reasons: Option<Reasons>,
    /// `rows` with one another.
    pub similarities: Similarities,
}

impl StepTrace {
    /// Returns the place of a row's view on the input plane.
    pub fn place(&self, row: usize) -> [f32; 2] {
        [self.places[2 * row], self.places[2 * row + 1]]
    }

    /// Returns a row of `rows`, `raw`, `forces` or `after`.
    pub fn row<'a>(&self, rows: &'a [f32], row: usize) -> &'a [f32] {
        &rows[row * self.dim..(row + 1) * self.dim]
    }
}
