//! The methods: what joins the rows of a pair, one file each.
//!
//! A method says which networks rows pass and what is kept beside them ([`Wiring`]), turns the networks' outputs into a loss and its
//! gradient, and does what follows a step. It owns working memory only: everything that a step changes is in the run's
//! [`State`]. Steps in parts, going back, the timeline and the fingerprint never ask which method runs.

mod acts;
mod autoencoder;
mod barlow;
mod byol;
mod code;
mod deepcluster;
mod evaluation;
mod gan;
mod given;
mod moco;
mod pairs;
mod simsiam;
mod swav;
mod vae;
mod vicreg;

pub use evaluation::{Evaluation, Streams};
pub use given::{Evaluated, GivenRows, evaluate_rows};

use super::config::{Code, Config, MethodName, Rebuild, Similarity};
use super::matrix::Matrix;
use super::objective::{Formula, Objective, Prototypes, Terms};
use super::random::Random;
use super::readings::Measures;
use super::reasons::{Candidate, Part, Reasons, Rebuilt, Role, compared};
use super::state::{BankPlan, Plan, State};
use super::views::Batch;

/// Which of a pair's rows pass a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Rows {
    /// Both views.
    Both,
    /// View a.
    First,
    /// View b.
    Second,
}

/// What a method keeps beside its networks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Kept {
    /// The newest keys of the slow copy.
    Queue(usize),
    /// The last embedding of every point, and centroids.
    Clusters(usize),
}

/// Coordinates of a generator's noise.
pub const NOISE_DIMENSION: usize = 2;

/// What a method is after, and so which way its rows go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Aim {
    /// The rows of a pair are joined.
    Joins,
    /// A decoder rebuilds the input from the code.
    Rebuilds {
        /// z is a mean and a log variance for each coordinate of the code, which is drawn.
        variational: bool,
    },
    /// A generator plays against the encoder with a logit.
    Plays,
}

impl Aim {
    /// Returns true if a decoder rebuilds the input.
    pub fn rebuilds(self) -> bool {
        matches!(self, Self::Rebuilds { .. })
    }
}

/// How a method joins the networks, as plain data: the plan, the evaluation and the diagram on screen go by it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Wiring {
    /// What the method is after.
    pub aim: Aim,
    /// The rows that pass encoder, head and predictor.
    pub online: Rows,
    /// There is a predictor behind z.
    pub predicts: bool,
    /// The rows that pass the slow copy of encoder and head, if there is one.
    pub target: Option<Rows>,
    /// No gradient goes to the other view's rows, which are compared with. (Codes and clusters are no rows of a network, and never have one.)
    pub stops: bool,
    /// Number of trained prototypes.
    pub prototypes: Option<usize>,
    /// What is kept beside the networks.
    pub kept: Option<Kept>,
    /// The published code passes the views one after the other, so that batch normalisation sees them apart.
    pub passes_views_apart: bool,
}

impl Wiring {
    /// Both views pass one chain of networks, and the loss sees z.
    pub const PLAIN: Self = Self {
        aim: Aim::Joins,
        online: Rows::Both,
        predicts: false,
        target: None,
        stops: false,
        prototypes: None,
        kept: None,
        passes_views_apart: false,
    };
}

/// What a method reads in an evaluation.
#[derive(Clone, Copy, Debug)]
pub struct Forward<'a> {
    /// The configuration.
    pub config: &'a Config,
    /// The plan of the run.
    pub plan: &'a Plan,
    /// The state before the step.
    pub state: &'a State,
    /// The batch.
    pub batch: &'a Batch,
    /// The outputs z: [2N, width], first view a, then view b; [N, width] where only one view passes. Of a variational code there are as many
    /// log variances behind the means; in a game the rows of what the generator made come behind those of the data.
    pub z: &'a Matrix,
    /// The predictions p, of the same shape; z itself where there is no predictor. Of a decoder, what it rebuilds, [2N, dimension]; in a game
    /// the logits, one a row.
    pub p: &'a Matrix,
    /// The slow copy's outputs, or z where there is none.
    pub target: &'a Matrix,
    /// The batch was a step's before, and is evaluated again under a changed setting: what the step kept of it does not count.
    pub is_again: bool,
    /// In a game, whose turn it is: the discriminator's, 0, or the generator's, 1. The logits are then of what the generator made, as the
    /// discriminator sees it after its move.
    pub turn: usize,
}

/// What a method writes: the derivatives of its loss. All are zero when it begins.
#[derive(Debug)]
pub struct Backward<'a> {
    /// By z, without what comes through the predictor.
    pub by_z: &'a mut Matrix,
    /// By p, if the method predicts, rebuilds or plays; else it is not read.
    pub by_p: &'a mut Matrix,
    /// By all values; a method writes those of its prototypes.
    pub by_values: &'a mut [f32],
}

/// Something that a method shows besides points.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum Exhibit {
    /// Rows in the space of z.
    Rows {
        /// What they are, by its name in the language files: `keys`, `prototypes`, `centroids`.
        role: String,
        /// Number of coordinates.
        dim: usize,
        /// Unit rows, one behind the other.
        rows: Vec<f32>,
        /// Class of each row, none where it has none.
        labels: Vec<Option<u8>>,
        /// Age of each row from 0, the newest, to 1; empty where rows have no age.
        ages: Vec<f32>,
    },
    /// A table of numbers.
    Table {
        /// What it is, by its name in the language files: `correlation`, `covariance`, `codes`.
        role: String,
        /// Number of columns.
        columns: usize,
        /// The numbers, row by row.
        values: Vec<f32>,
    },
    /// Points of the input space.
    Inputs {
        /// What they are, by its name in the language files: `rebuilt`, `samples`.
        role: String,
        /// Where each shows on the input plane: x and y in turn.
        places: Vec<f32>,
        /// The training point that each stands for; empty where they stand for none.
        points: Vec<u32>,
        /// Class of the nearest training point of each; none of those that are near none. Empty where nobody asks.
        labels: Vec<Option<u8>>,
        /// The classes near which too few of them lie.
        lost: Vec<u8>,
        /// Their pixels, one image behind the other, 255 for ink; empty where the data are no images.
        pixels: Vec<u8>,
    },
    /// Lines of a grid of the code space, or of the noise, and where they come to lie in the input space.
    Grid {
        /// What it is, by its name in the language files: `decoded`.
        role: String,
        /// Both coordinates of the lines' places on the input plane, line by line.
        places: Vec<f32>,
        /// Places on a line.
        places_per_line: usize,
    },
    /// A label for each training point.
    Labels {
        /// What they are, by its name in the language files: `clusters`.
        role: String,
        /// The labels.
        labels: Vec<u16>,
        /// How many different ones there may be.
        count: usize,
    },
}

/// What a method implements.
pub(crate) trait Method: std::fmt::Debug + Clone + Default {
    /// How it joins the networks.
    fn wiring(&self, config: &Config) -> Wiring;

    /// What its bank holds, for rows z of `width` coordinates.
    fn bank(&self, _config: &Config, _input_dimension: usize, _points: usize, _width: usize) -> BankPlan {
        BankPlan::default()
    }

    /// Fills the bank before the first step. `embeddings` are the first embeddings of all points, on the sphere, where the method keeps
    /// clusters; else empty.
    fn start(&mut self, _config: &Config, _plan: &Plan, _embeddings: &Matrix, _state: &mut State) {}

    /// Starts an evaluation. `objective` holds the rows z as they are compared ([`Forward::z`], or queries and keys).
    fn begin(&mut self, forward: &Forward<'_>, objective: &mut Objective);

    /// Goes on for about so many comparisons of two rows. Returns the terms once it is done; then the derivatives are complete too.
    ///
    /// Methods keep it apart (`#[inline(never)]`), so that `cargo xtask parts` can tell how much code each is.
    fn advance(
        &mut self,
        forward: &Forward<'_>,
        objective: &mut Objective,
        miner: &mut Random,
        comparisons: usize,
        backward: &mut Backward<'_>,
    ) -> Option<Terms>;

    /// Does what follows an accepted step: the values have been updated. `forward` is that of the evaluation.
    fn commit(&mut self, _config: &Config, _plan: &Plan, _batch: &Batch, _z: &Matrix, _target: &Matrix, _state: &mut State) {}

    /// Measures what only this method has; `measures` already holds what the step's objective gave.
    fn measure(&self, _plan: &Plan, _state: &State, _labels: &[u8], _measures: &mut Measures) {}

    /// The oldest of the rows that it keeps, with the inputs that they were made of: what the networks say of them now tells how stale they
    /// are. Empty where it keeps none.
    fn oldest(&self, _plan: &Plan, _state: &State) -> (Matrix, Matrix) {
        (Matrix::default(), Matrix::default())
    }

    /// What it shows besides points. Only of the present state (`is_present`) the memory has the last batch.
    fn exhibit(&self, _config: &Config, _plan: &Plan, _state: &State, _: bool) -> Vec<Exhibit> {
        Vec::new()
    }

    /// Says why the row of view a of pair [`Reasons::pair`] moves, once the evaluation is done: candidates, or the parts of the loss.
    /// [`Objective::watch`] has noted that row.
    fn explain(&mut self, forward: &Forward<'_>, objective: &Objective, reasons: &mut Reasons);

    /// Its loss, as plain data.
    fn formula(&self, config: &Config) -> Formula;

    /// The key of the reading that tells most of a run with this method.
    fn headline(&self, config: &Config) -> &'static str;
}

/// Declares the closed set of methods: a word of the table, and the type that implements it.
macro_rules! methods {
    ($($name:ident => $method:ty,)+) => {
        /// The working memory of the method that runs.
        #[derive(Clone, Debug)]
        #[expect(missing_docs, reason = "each variant is the method of that name")]
        pub enum Memory { $($name($method),)+ }

        impl Memory {
            /// Creates the memory of a method.
            pub fn new(name: MethodName) -> Self {
                match name { $(MethodName::$name => Self::$name(Default::default()),)+ }
            }
        }

        /// Runs `$run` for whichever method `$memory` is.
        macro_rules! with_method {
            ($memory:expr, $method_name:ident => $run:expr) => {
                match $memory { $(Memory::$name($method_name) => $run,)+ }
            };
        }
    };
}

methods! {
    Pairs => pairs::Pairs,
    Moco => moco::Moco,
    Byol => byol::Byol,
    SimSiam => simsiam::SimSiam,
    Swav => swav::Swav,
    DeepCluster => deepcluster::DeepCluster,
    Barlow => barlow::Barlow,
    Vicreg => vicreg::Vicreg,
    Autoencoder => autoencoder::Autoencoder,
    Vae => vae::Vae,
    Gan => gan::Gan,
}

impl Default for Memory {
    fn default() -> Self {
        Self::new(MethodName::Pairs)
    }
}

impl Memory {
    /// How the method joins the networks.
    pub fn wiring(&self, config: &Config) -> Wiring {
        with_method!(self, method => method.wiring(config))
    }

    /// What the method's bank holds.
    pub fn bank(&self, config: &Config, input_dimension: usize, points: usize, width: usize) -> BankPlan {
        with_method!(self, method => method.bank(config, input_dimension, points, width))
    }

    /// The method's loss, as plain data.
    pub fn formula(&self, config: &Config) -> Formula {
        with_method!(self, method => method.formula(config))
    }

    /// The key of the reading that tells most of a run with the method.
    pub fn headline(&self, config: &Config) -> &'static str {
        with_method!(self, method => method.headline(config))
    }

    /// Fills the bank before the first step.
    pub fn start(&mut self, config: &Config, plan: &Plan, embeddings: &Matrix, state: &mut State) {
        with_method!(self, method => method.start(config, plan, embeddings, state));
    }

    /// Starts an evaluation.
    pub fn begin(&mut self, forward: &Forward<'_>, objective: &mut Objective) {
        with_method!(self, method => method.begin(forward, objective));
    }

    /// Goes on with an evaluation for about so many comparisons of two rows.
    pub fn advance(
        &mut self,
        forward: &Forward<'_>,
        objective: &mut Objective,
        miner: &mut Random,
        comparisons: usize,
        backward: &mut Backward<'_>,
    ) -> Option<Terms> {
        with_method!(self, method => method.advance(forward, objective, miner, comparisons, backward))
    }

    /// Says why a row moves.
    pub fn explain(&mut self, forward: &Forward<'_>, objective: &Objective, reasons: &mut Reasons) {
        with_method!(self, method => method.explain(forward, objective, reasons));
    }

    /// Does what follows an accepted step.
    pub fn commit(&mut self, config: &Config, plan: &Plan, batch: &Batch, z: &Matrix, target: &Matrix, state: &mut State) {
        with_method!(self, method => method.commit(config, plan, batch, z, target, state));
    }

    /// Measures what only this method has.
    pub fn measure(&self, plan: &Plan, state: &State, labels: &[u8], measures: &mut Measures) {
        with_method!(self, method => method.measure(plan, state, labels, measures));
    }

    /// The inputs and the rows of the oldest of what the method keeps.
    pub fn oldest(&self, plan: &Plan, state: &State) -> (Matrix, Matrix) {
        with_method!(self, method => method.oldest(plan, state))
    }

    /// What the method shows besides points.
    pub fn exhibit(&self, config: &Config, plan: &Plan, state: &State, is_present: bool) -> Vec<Exhibit> {
        with_method!(self, method => method.exhibit(config, plan, state, is_present))
    }
}

/// Explains a prediction, whose own `loss` is a function of the cosine: it has one candidate, the target of the other view, which pulls with
/// this weight. With `both_ways` the row is a target itself, to which a gradient goes, if there is no predictor between.
fn explain_prediction(
    forward: &Forward<'_>,
    targets: &Matrix,
    weight: f32,
    both_ways: bool,
    loss: impl Fn(f32) -> f32,
    reasons: &mut Reasons,
) {
    let Forward { batch, plan, .. } = *forward;
    let other = reasons.pair as usize + forward.p.rows() / 2;
    let as_candidate = if both_ways && plan.predictor.is_none() { weight } else { 0.0 };
    let candidate = Candidate {
        role: Role::Target,
        index: other as u32,
        point: Some(batch.points[other]),
        label: Some(batch.labels[other]),
        positive: true,
        weight: weight + as_candidate,
        as_candidate,
        ..Candidate::default()
    };
    reasons.add(candidate, compared(targets, other, true));
    reasons.loss = reasons.candidates.first().map(|target| loss(target.cosine));
}

/// Explains a cross-entropy over prototypes: each pulls by its part of the target and pushes by its part of the row's softmax.
fn explain_prototypes(forward: &Forward<'_>, role: Role, prototypes: &Prototypes, target: &[f32], reasons: &mut Reasons) {
    let tau = f64::from(forward.config.tau);
    let scores = prototypes.scores().row(reasons.pair as usize);
    let highest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let parts: Vec<f64> = scores.iter().map(|score| libm::exp(f64::from(score - highest) / tau)).collect();
    let all: f64 = parts.iter().sum();
    let scale = 1.0 / (tau * forward.z.rows() as f64);
    let mut loss = 0.0;
    for (index, (part, code)) in parts.iter().zip(target).enumerate() {
        let share = part / all;
        if *code > 0.0 {
            loss -= f64::from(*code) * libm::log(share);
        }
        let weight = (scale * (f64::from(*code) - share)) as f32;
        let candidate = Candidate {
            role,
            index: index as u32,
            positive: weight > 0.0,
            share: Some(share as f32),
            code: Some(*code),
            weight,
            ..Candidate::default()
        };
        reasons.add(candidate, prototypes.centre(index).iter().copied());
    }
    reasons.loss = Some(loss as f32);
}

/// Explains a loss that compares no pairs of rows by its terms: the derivative of each alone, which `evaluate` finds for weights of the terms.
fn explain_terms(
    row: usize,
    terms: &[(&str, bool)],
    mut evaluate: impl FnMut(usize, &mut Matrix),
    by_z: &mut Matrix,
    reasons: &mut Reasons,
) {
    for (term, (key, pulls)) in terms.iter().enumerate() {
        by_z.data_mut().fill(0.0);
        evaluate(term, by_z);
        let force = by_z.row(row).iter().map(|slope| -slope).collect();
        reasons.parts.push(Part { key: (*key).to_owned(), force, pulls: *pulls });
    }
}

/// The row that a decoder is to give back for a row of the batch.
fn wanted(rebuild: Rebuild, batch: &Batch, row: usize) -> &[f32] {
    let rows = batch.inputs.rows();
    match rebuild {
        Rebuild::View => batch.inputs.row(row),
        Rebuild::Clean => batch.clean.row(row),
        Rebuild::Other => batch.inputs.row((row + rows / 2) % rows),
    }
}

/// Notes what a decoder makes of the row that is asked about, and returns its squared error.
fn explain_rebuilding(forward: &Forward<'_>, reasons: &mut Reasons) -> f32 {
    let Forward { config, batch, p, .. } = *forward;
    let row = reasons.pair as usize;
    let wanted = wanted(config.rebuild, batch, row);
    let errors: Vec<f32> = p.row(row).iter().zip(wanted).map(|(value, wanted)| (value - wanted) * (value - wanted)).collect();
    let error = errors.iter().sum();
    reasons.rebuilt = Some(Rebuilt {
        input: batch.inputs.row(row).to_vec(),
        wanted: wanted.to_vec(),
        output: p.row(row).to_vec(),
        errors,
        latents: Vec::new(),
        places: [0.0; 4],
    });
    error
}

/// The loss of a configuration, as plain data.
pub fn formula(config: &Config) -> Formula {
    Memory::new(config.method).formula(config)
}

impl Config {
    /// Returns the key of the reading that tells most of a run with this method.
    pub fn headline(&self) -> &'static str {
        Memory::new(self.method).headline(self)
    }

    /// Returns how the method joins the networks.
    pub fn wiring(&self) -> Wiring {
        Memory::new(self.method).wiring(self)
    }

    /// Returns how rows are compared and shown: as the method does it, and for a loss on pairs as `similarity` says.
    pub fn compared(&self) -> Similarity {
        match self.method {
            MethodName::Pairs => self.similarity,
            MethodName::Autoencoder if self.code == Code::Sphere => Similarity::Cosine,
            // Two look at the coordinates' own variances; the others compare no rows.
            MethodName::Barlow | MethodName::Vicreg | MethodName::Autoencoder | MethodName::Vae | MethodName::Gan => Similarity::Dot,
            _ => Similarity::Cosine,
        }
    }
}
