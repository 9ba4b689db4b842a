//! The trainer: a run, advanced step by step.

mod extras;
mod generated;
mod history;
mod layers;
mod look;
mod reasons;
mod step;
mod timeline;
mod trace;
mod viewer;

pub use generated::SAMPLES;
pub use history::History;
pub use layers::{GRID_LINES, LINE_PLACES};
pub use timeline::Timeline;
pub use viewer::{GRID, PLANE_REACH};

use super::config::{Applies, Config, Data, ParameterError};
use super::data::Dataset;
use super::kernels::Instructions;
use super::matrix::Matrix;
use super::method::{Found, Memory, Streams, plan};
use super::metrics::{BatchMetrics, MeterScratch};
use super::network::Pass;
use super::state::{Plan, State};
use super::views::{Batch, Sampler};
use crate::report::{Divergence, Extras, Fingerprint, Space, Terms};
use look::Looked;

/// Pairs of a batch that the running metrics look at: they grow with the square of it, and a sample says as much.
pub const MEASURED_PAIRS: usize = 128;

/// Whether a change that leaves the weights fitting starts over or goes on from them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Weights {
    /// Start again from the first weights.
    Fresh,
    /// Go on from the current ones.
    Keep,
}

/// A run: its configuration, its data, its plan, its state, and everything it needs from step to step.
///
/// ```
/// use contrastive_learn::{Config, Trainer};
///
/// let mut trainer = Trainer::new(Config { points: 64, batch: 16, ..Config::default() }).expect("the values lie in their ranges");
/// for _ in 0..20 {
///     trainer.step().expect("the run does not diverge");
/// }
/// let snapshot = trainer.snapshot();
/// assert_eq!((snapshot.step, snapshot.embeddings.len()), (20, 64 * snapshot.dim));
/// ```
#[derive(Clone, Debug)]
pub struct Trainer {
    config: Config,
    dataset: Dataset,
    plan: Plan,
    state: State,
    draws: Draws,
    undo: Undo,
    terms: Terms,
    gradient_norm: f32,
    /// A live change has come since the terms were found. They are found anew when somebody looks or with the next step, whichever is
    /// first, so that a dragged slider costs no evaluation for each of its places.
    is_outdated: bool,
    divergence: Option<Divergence>,
    history: History,
    timeline: Timeline,
    inspected: Option<u32>,
    /// The point that is asked about: why does it move?
    pinned: Option<u32>,
    /// Snapshots say why the pinned point moves.
    answers: bool,
    /// What snapshots carry because somebody looks at it.
    extras: Extras,
    /// The space that snapshots show.
    space: Space,
    looked: Looked,
    scratch: Scratch,
}

/// Where the streams of random numbers stand.
#[derive(Clone, Debug)]
struct Draws {
    /// Batches and their views.
    sampler: Sampler,
    /// What is drawn while a batch is evaluated.
    streams: Streams,
}

impl Draws {
    /// Takes over where the streams of `other` stand, of the same data set, without allocating.
    fn copy_from(&mut self, other: &Self) {
        self.sampler.copy_from(&other.sampler);
        self.streams.clone_from(&other.streams);
    }
}

/// The run as it stood before its last step, or as it stands where no step can be taken back: the next step may show that the last one led to a
/// divergence.
#[derive(Clone, Debug)]
struct Undo {
    state: State,
    draws: Draws,
}

/// Memory that every step writes anew.
#[derive(Clone, Debug)]
struct Scratch {
    /// The last step's batch; where there is no last step, the next one's.
    batch: Batch,
    /// What a step draws, until it is taken.
    draws: Draws,
    memory: Memory,
    found: Found,
    meter: MeterScratch,
    metrics: BatchMetrics,
    /// For embedding points that are not a batch: a pass for each network, and one for decoder, generator and logit.
    view: [Pass; 4],
    chunk: Matrix,
}

impl Trainer {
    /// Starts the run of `config`, at step 0. Fails where a value lies outside its range.
    pub fn new(config: Config) -> Result<Self, ParameterError> {
        Self::with_instructions(config, Instructions::best())
    }

    /// Starts the same run with chosen vector instructions: they change the speed and no bit.
    pub fn with_instructions(config: Config, instructions: Instructions) -> Result<Self, ParameterError> {
        config.check()?;
        let dataset = Dataset::new(&config);
        let mut plan = plan(&config, dataset.inputs.columns(), dataset.inputs.rows());
        plan.use_instructions(instructions);
        let state = State::new(&config, &plan, instructions);
        let draws = Draws { sampler: Sampler::new(&dataset, config.seed), streams: Streams::new(config.seed) };
        let scratch = Scratch {
            batch: Batch::default(),
            draws: draws.clone(),
            memory: Memory::new(config.method),
            found: Found::new(instructions),
            meter: MeterScratch::default(),
            metrics: BatchMetrics::default(),
            view: Default::default(),
            chunk: Matrix::default(),
        };
        let mut trainer = Self {
            undo: Undo { state: state.clone(), draws: draws.clone() },
            draws,
            terms: Terms::default(),
            gradient_norm: 0.0,
            is_outdated: false,
            divergence: None,
            history: History::new(&config),
            timeline: Timeline::new(&state),
            inspected: None,
            pinned: None,
            answers: true,
            extras: Extras::default(),
            space: Space::default(),
            looked: Looked::default(),
            scratch,
            config,
            dataset,
            plan,
            state,
        };
        trainer.start_method();
        trainer.forget_last_step();
        // With the first weights, which the first step will find too.
        trainer.look_ahead();
        trainer.measure(true);
        trainer.record_frame();
        Ok(trainer)
    }

    /// Takes over another configuration: live parameters in the next step, the others by starting again.
    ///
    /// `weights` decides for those that could be either (the loss, and the method if its state has the same shape). A live change also lifts a divergence: it may
    /// be the cure. Nothing changes when the configuration is refused.
    /// Returns true when the run has started again.
    pub fn configure(&mut self, config: Config, weights: Weights) -> Result<bool, ParameterError> {
        self.configure_in_gesture(config, weights, None)
    }

    /// Does the same as a part of a user's gesture, such as the drag of a slider: all changes with one number are one mark in the history.
    pub fn configure_in_gesture(&mut self, config: Config, weights: Weights, gesture: Option<u32>) -> Result<bool, ParameterError> {
        config.check()?;
        let restart = self.config.differences(&config).any(|parameter| match parameter.applies {
            Applies::Live => false,
            Applies::Restart => true,
            Applies::Either => weights == Weights::Fresh,
        });
        let inputs = &self.dataset.inputs;
        let has_other = (config.method, config.loss) != (self.config.method, self.config.loss);
        let other_plan = has_other.then(|| plan(&config, inputs.columns(), inputs.rows()));
        let restart = restart || other_plan.as_ref().is_some_and(|plan| !plan.fits(&self.plan)) || self.needs_other_networks(&config);
        if restart {
            self.start_again(config)?;
        } else if config != self.config {
            self.history.change(self.state.step, &self.config, &config, gesture);
            let has_other_points = config.data == Data::Own && config.own != self.config.own;
            let has_other_method = config.method != self.config.method;
            self.config = config;
            if let Some(mut plan) = other_plan {
                plan.use_instructions(self.plan.encoder.instructions);
                self.plan = plan;
                if has_other_method {
                    self.scratch.memory = Memory::new(self.config.method);
                    // What was measured last is another method's.
                    self.looked = Looked::default();
                }
            }
            self.divergence = None;
            self.is_outdated = true;
            if has_other_points {
                self.take_points();
            }
        }
        Ok(restart)
    }

    /// Returns true if other points of one's own ask for another state: in another dimension, or of another number where the method keeps a row
    /// for each.
    fn needs_other_networks(&self, config: &Config) -> bool {
        if config.data != Data::Own {
            return false;
        }
        let inputs = config.own.dimension();
        inputs != self.dataset.inputs.columns() || !plan(config, inputs, config.own.len()).fits(&self.plan)
    }

    /// Goes on with other points. The last batch may have points that are gone, so the next one is looked at in its place.
    fn take_points(&mut self) {
        self.dataset = Dataset::new(&self.config);
        self.draws.sampler.renew(&self.dataset);
        self.scratch.draws = self.draws.clone();
        self.forget_last_step();
        self.looked = Looked::default();
        self.inspect(self.inspected);
        self.pin(self.pinned);
    }

    /// Leaves no step that could be taken back: the run goes on from here.
    fn forget_last_step(&mut self) {
        self.undo = Undo { state: self.state.clone(), draws: self.draws.clone() };
    }

    /// Starts the same run again.
    pub fn reset(&mut self) -> Result<(), ParameterError> {
        self.start_again(self.config.clone())
    }

    fn start_again(&mut self, config: Config) -> Result<(), ParameterError> {
        let (inspected, pinned, space, extras) = (self.inspected, self.pinned, self.space, self.extras);
        *self = Self::with_instructions(config, self.plan.encoder.instructions)?;
        self.inspect(inspected);
        self.pin(pinned);
        self.show(space);
        self.carry(extras);
        Ok(())
    }

    /// Number of steps taken.
    pub fn steps(&self) -> u64 {
        self.state.step
    }

    /// The configuration in force.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The data.
    pub fn dataset(&self) -> &Dataset {
        &self.dataset
    }

    /// The networks, and the places of everything in the state.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// What the steps have changed so far.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Loss and terms of the last batch, under the setting in force when somebody looked last or the step was taken.
    pub fn terms(&self) -> &Terms {
        &self.terms
    }

    /// Euclidean length of the last batch's gradient by all weights.
    pub fn gradient_norm(&self) -> f32 {
        self.gradient_norm
    }

    /// Why the run stopped by itself, if it did.
    pub fn divergence(&self) -> Option<Divergence> {
        self.divergence
    }

    /// The run's past, for charts.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// Which steps of the past can be recalled.
    pub fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    /// Hash of the state: two runs with the same fingerprint are in the same state.
    pub fn fingerprint(&self) -> Fingerprint {
        self.state.fingerprint(&self.plan)
    }
}
