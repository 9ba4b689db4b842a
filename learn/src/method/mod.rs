//! The methods: what becomes of a batch in one step, one file each.
//!
//! A method says which networks rows pass and what is kept beside them ([`Wiring`]), turns a batch into a loss and its gradient
//! (`Method::evaluate`), and does what follows a step. It owns working memory only: everything that a step changes is in the run's
//! [`State`]. Going back, the timeline and the fingerprint never ask which method runs.
//!
//! Members of a family share their networks' passes: `joint`, `reconstruction`. The one adversarial method has its own.

mod autoencoder;
mod barlow;
mod branch;
mod byol;
mod code;
mod deepcluster;
mod explain;
mod gan;
mod given;
mod joint;
mod moco;
mod pairs;
mod reconstruction;
mod simsiam;
mod swav;
mod vae;
mod vicreg;

pub use explain::explain;
pub use given::{Evaluated, GivenRows, evaluate_rows};

use super::config::{Config, MethodName, Similarity, for_methods};
use super::kernels::Instructions;
use super::matrix::Matrix;
use super::random::Random;
use super::state::{BankPlan, Plan, State, Views, Wiring};
use super::views::Batch;
use crate::report::{About, Formula, Line, Measures, Overlay, Quantities, Quantity, Reasons, Telling, Terms, WhyAsked};
use crate::rows::{Rows, Watch};
use branch::Branch;

/// The streams that an evaluation draws from.
#[derive(Clone, Debug)]
pub struct Streams {
    /// The random miner's triplets.
    pub miner: Random,
    /// The masks of hidden units.
    pub masks: Random,
    /// The noise of variational codes and of generators.
    pub noise: Random,
}

impl Streams {
    /// The streams of the run with this seed.
    pub fn new(seed: u32) -> Self {
        Self { miner: Random::new(seed, "miner"), masks: Random::new(seed, "masks"), noise: Random::new(seed, "noise") }
    }
}

/// What an evaluation reads.
#[derive(Clone, Copy, Debug)]
pub struct Run<'a> {
    /// The configuration.
    pub config: &'a Config,
    /// The plan of the run.
    pub plan: &'a Plan,
    /// The state before the step.
    pub state: &'a State,
    /// The batch: N pairs in 2N rows, first view a, then view b.
    pub batch: &'a Batch,
    /// The batch was the last step's, and is evaluated again under a changed setting: what that step kept of it does not count.
    pub is_again: bool,
}

impl Run<'_> {
    /// Number of pairs in the batch.
    pub fn pairs(&self) -> usize {
        self.batch.inputs.rows() / 2
    }

    /// Copies the inputs of one view, where a network passes only that.
    fn take_view(&self, which: Views, views: &mut [Matrix; 2]) {
        let pairs = self.pairs();
        match which {
            Views::Both => {}
            Views::First => views[0].copy_rows(&self.batch.inputs, 0, pairs),
            Views::Second => views[1].copy_rows(&self.batch.inputs, pairs, pairs),
        }
    }
}

/// What an evaluation writes besides the method's own working memory.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The derivative of the loss by all values of the state.
    pub gradient: Vec<f32>,
    /// The rows of the batch as they are compared: z, or queries and keys. Metrics are measured on them.
    pub rows: Rows,
    /// The row that is asked about, if one is, and what the loss asks of it.
    pub watch: Option<Watch>,
    /// Memory for queries and keys as one batch of pairs.
    paired: Matrix,
}

impl Found {
    /// Creates the memory, for these vector instructions.
    pub fn new(instructions: Instructions) -> Self {
        let mut found = Self::default();
        found.rows.instructions = instructions;
        found
    }

    /// Takes queries and keys, each [N, width], for the rows of view a and view b. They are compared by cosine.
    fn load_pairs(&mut self, queries: &Matrix, keys: &Matrix) {
        self.paired.stack(queries, keys);
        self.rows.load(&self.paired, Similarity::Cosine);
    }
}

/// What the last evaluation of a method leaves for those who look. Where a method lacks something, z or its derivative stands there.
#[derive(Clone, Copy, Debug)]
pub struct Outputs<'a> {
    /// The encoder's outputs h, a row for each input that passed it.
    pub h: &'a Matrix,
    /// The outputs z of the batch, [2N, width], of a variational code the means; [N, width] where only one view passes.
    pub z: &'a Matrix,
    /// The predictions p, of the same shape.
    pub p: &'a Matrix,
    /// The target network's outputs.
    pub target: &'a Matrix,
    /// What a decoder gives back, or a generator makes, [2N, dimension].
    pub generated: Option<&'a Matrix>,
    /// A discriminator's logits, [4N, 1]: first those of the data.
    pub logits: Option<&'a Matrix>,
    /// The derivative of the loss by z, with what comes through the networks behind it. Its first rows and columns are those of z.
    pub by_z: &'a Matrix,
    /// The derivative by p.
    pub by_p: &'a Matrix,
}

impl Outputs<'_> {
    /// The outputs z of view a and then of view b of every pair, [2N, width], row by row; where only one view passes, those of the other are
    /// the target network's.
    pub fn paired(&self, plan: &Plan) -> Vec<f32> {
        let mut rows = self.z.to_rows();
        if plan.wiring.online != Views::Both {
            rows.extend(self.target.to_rows());
        }
        rows
    }
}

/// What a method implements.
pub(crate) trait Method: std::fmt::Debug + Clone + Default {
    /// What it says of itself; a loss on pairs speaks for [`pairs::Pairs`].
    const ABOUT: About = About::PLAIN;
    /// The key, under `reasons.part.`, of the part of the force on a row that its [parts](Reasons::parts) leave, where the loss compares no
    /// rows.
    const REST: Option<&'static str> = None;

    /// What it says of itself with a configuration.
    fn about(_: &Config) -> &'static About {
        &Self::ABOUT
    }

    /// How it joins the networks.
    fn wiring(config: &Config) -> Wiring;

    /// What its bank holds, for so many points of `input_dimension` coordinates.
    fn bank(_config: &Config, _input_dimension: usize, _points: usize) -> BankPlan {
        BankPlan::default()
    }

    /// The first values of numbers that are trained with the networks.
    fn trained(_: &Config) -> Vec<f32> {
        Vec::new()
    }

    /// How its rows are compared and shown.
    fn compared(_: &Config) -> Similarity {
        Similarity::Cosine
    }

    /// Its loss, as plain data.
    fn formula(config: &Config) -> Formula;

    /// The anchor's own loss with its numbers.
    fn why(asked: &WhyAsked<'_>) -> Vec<Line>;

    /// What is told of the stage in which rows are compared: the variant of its sentence and its quantities.
    fn compare(telling: &Telling<'_>) -> (&'static str, Quantities) {
        telling.all_pairs()
    }

    /// What is told of the stage in which the next steps' rows are kept.
    fn keep(telling: &Telling<'_>) -> (&'static str, Quantities) {
        ("bank", vec![("rows", Quantity::of_count(telling.pairs))])
    }

    /// The loss of an anchor at a place that is no point of the data, held against the rows of `others`; none where nothing is.
    fn loss_at(_config: &Config, _anchor: &[f32], _others: &[f32]) -> Option<f32> {
        None
    }

    /// Fills the bank before the first step. `embeddings` are the first embeddings of all points, on the sphere, [points, width], where the
    /// method keeps clusters; else empty.
    fn start(&mut self, _config: &Config, _plan: &Plan, _embeddings: &Matrix, _state: &mut State) {}

    /// Passes the batch through the networks: what an evaluation begins with.
    fn forward(&mut self, run: &Run<'_>, streams: &mut Streams);

    /// Passes the batch through the networks, finds the loss, and writes the gradient by all values into `found`.
    ///
    /// Methods keep it apart (`#[inline(never)]`), so that `cargo xtask parts` can tell how much code each is.
    fn evaluate(&mut self, run: &Run<'_>, streams: &mut Streams, found: &mut Found) -> Terms;

    /// Does what follows an accepted step, after the optimiser has moved the values: running statistics, target network, queue, clusters.
    /// `batch` is that of the evaluation.
    fn follow(&mut self, config: &Config, plan: &Plan, batch: &Batch, state: &mut State);

    /// What the last evaluation leaves.
    fn outputs(&self, plan: &Plan) -> Outputs<'_>;

    /// Evaluates the loss on rows that no network made, for `evaluate`.
    fn given(&mut self, config: &Config, rows: &GivenRows<'_>) -> Evaluated;

    /// Measures what only this method has; `measures` already holds what the step's loss gave.
    fn measure(&self, _plan: &Plan, _state: &State, _labels: &[u8], _measures: &mut Measures) {}

    /// The oldest of the rows that it keeps, with the inputs that they were made of: what the networks say of them now tells how stale they
    /// are. Empty where it keeps none.
    fn oldest(&self, _plan: &Plan, _state: &State) -> (Matrix, Matrix) {
        (Matrix::default(), Matrix::default())
    }

    /// What it shows besides points. Only of the present state (`is_present`) the memory has the last batch.
    fn exhibit(&self, _config: &Config, _plan: &Plan, _state: &State, _is_present: bool) -> Vec<Overlay> {
        Vec::new()
    }

    /// Says why the row of view a of pair [`Reasons::pair`] moves, once the evaluation is done: candidates, or the parts of the loss.
    /// [`Found::watch`] has noted that row.
    fn explain(&mut self, run: &Run<'_>, found: &Found, reasons: &mut Reasons);
}

/// Declares the closed set of methods: the words of the table, and the types that implement them.
macro_rules! methods {
    ($(#[$meta:meta])* $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $word:literal in $home:path,)+ }) => {
        /// The working memory of the method that runs.
        #[derive(Clone, Debug)]
        #[expect(missing_docs, reason = "each variant is the method of that name")]
        pub enum Memory { $($variant($home),)+ }

        impl Memory {
            /// Creates the memory of a method.
            pub fn new(name: MethodName) -> Self {
                match name { $(MethodName::$variant => Self::$variant(Default::default()),)+ }
            }
        }

        /// Runs `$run` for whichever method `$memory` is.
        macro_rules! with_method {
            ($memory:expr, $method_name:ident => $run:expr) => {
                match $memory { $(Memory::$variant($method_name) => $run,)+ }
            };
        }

        /// Runs `$run` for the type of the method of a name.
        macro_rules! with_type {
            ($of:expr, $method_name:ident => $run:expr) => {
                match $of { $(MethodName::$variant => { type $method_name = $home; $run })+ }
            };
        }
    };
}

for_methods!(methods);

use with_method;

impl Default for Memory {
    fn default() -> Self {
        Self::new(MethodName::Pairs)
    }
}

impl Memory {
    /// Fills the bank before the first step.
    pub fn start(&mut self, config: &Config, plan: &Plan, embeddings: &Matrix, state: &mut State) {
        with_method!(self, method => method.start(config, plan, embeddings, state));
    }

    /// Passes the batch through the networks.
    pub fn forward(&mut self, run: &Run<'_>, streams: &mut Streams) {
        with_method!(self, method => method.forward(run, streams));
    }

    /// Evaluates a batch: the loss and what the method says of it, and the gradient in `found`.
    pub fn evaluate(&mut self, run: &Run<'_>, streams: &mut Streams, found: &mut Found) -> Terms {
        found.gradient.resize(run.state.values.len(), 0.0);
        if let Some(prototypes) = &run.plan.prototypes {
            // Frozen ones get no derivative.
            found.gradient[prototypes.values.clone()].fill(0.0);
        }
        with_method!(self, method => method.evaluate(run, streams, found))
    }

    /// Does what follows an accepted step.
    pub fn follow(&mut self, config: &Config, plan: &Plan, batch: &Batch, state: &mut State) {
        with_method!(self, method => method.follow(config, plan, batch, state));
    }

    /// What the last evaluation leaves.
    pub fn outputs(&self, plan: &Plan) -> Outputs<'_> {
        with_method!(self, method => method.outputs(plan))
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
    pub fn exhibit(&self, config: &Config, plan: &Plan, state: &State, is_present: bool) -> Vec<Overlay> {
        with_method!(self, method => method.exhibit(config, plan, state, is_present))
    }
}

/// Lays out a run of `config` on so many points of `input_dimension` coordinates.
pub fn plan(config: &Config, input_dimension: usize, points: usize) -> Plan {
    let (bank, trained) = with_type!(config.method, M => (M::bank(config, input_dimension, points), M::trained(config)));
    Plan::new(config, config.wiring(), bank, trained, input_dimension)
}

/// The loss of a configuration, as plain data.
pub fn formula(config: &Config) -> Formula {
    with_type!(config.method, M => M::formula(config))
}

/// What the method and the loss of a configuration say of themselves.
pub fn about(config: &Config) -> &'static About {
    with_type!(config.method, M => M::about(config))
}

/// An anchor's own loss with its numbers.
pub fn why(asked: &WhyAsked<'_>) -> Vec<Line> {
    with_type!(asked.config.method, M => M::why(asked))
}

/// What is told of the stage in which rows are compared: the variant of its sentence and its quantities.
pub fn compare(telling: &Telling<'_>) -> (&'static str, Quantities) {
    with_type!(telling.config.method, M => M::compare(telling))
}

/// What is told of the stage in which rows are kept.
pub fn keep(telling: &Telling<'_>) -> (&'static str, Quantities) {
    with_type!(telling.config.method, M => M::keep(telling))
}

/// The loss of an anchor at a place that is no point of the data, whose positive lies where it does and whose negatives are all the rows of
/// `others`: how much it is in their way. None where a method holds nothing against a place.
pub fn loss_at(config: &Config, anchor: &[f32], others: &[f32]) -> Option<f32> {
    with_type!(config.method, M => M::loss_at(config, anchor, others))
}

impl Config {
    /// Returns the key of the reading that tells most of a run with this method.
    pub fn headline(&self) -> &'static str {
        about(self).headline
    }

    /// Returns how the method joins the networks.
    pub fn wiring(&self) -> Wiring {
        with_type!(self.method, M => M::wiring(self))
    }

    /// Returns how rows are compared and shown: as the method does it, and for a loss on pairs as `similarity` says.
    pub fn compared(&self) -> Similarity {
        with_type!(self.method, M => M::compared(self))
    }
}
