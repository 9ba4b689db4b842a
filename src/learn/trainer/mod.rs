//! The trainer: a run, advanced step by step.

mod divergence;
mod fingerprint;
mod history;
mod snapshot;
mod timeline;

pub use divergence::Divergence;
pub use fingerprint::Fingerprint;
pub use history::{History, HistoryRow, Mark};
pub use snapshot::{GRID, Inspection, PLANE_REACH, Scene, Snapshot};
pub use timeline::{Frame, Timeline};

use super::config::{Applies, Config, ParameterError, Reduction};
use super::data::Dataset;
use super::encoder::{Encoder, Pass};
use super::kernels::{Instructions, vectors};
use super::matrix::{LANES, Matrix};
use super::metrics::{BatchMetrics, MeterScratch, Spectrum, measure};
use super::objective::{Objective, Terms};
use super::optimizer::OptimizerState;
use super::random::Random;
use super::views::{Batch, Sampler};

/// Pairs of a batch that the running metrics look at: they grow with the square of it, and a sample says as much.
pub const MEASURED_PAIRS: usize = 128;
/// Comparisons of two rows that stand for a large batch's right after a live change: 512 anchors' at 1,024 pairs, 128 anchors' at 4,096.
const ESTIMATED_COMPARISONS: usize = 1 << 20;

/// Whether a change that leaves the weights fitting starts over or goes on from them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Weights {
    /// Start again from the first weights.
    Fresh,
    /// Go on from the current ones.
    Keep,
}

/// A run: its configuration, its data, its network, and everything it needs from step to step.
#[derive(Clone, Debug)]
pub struct Trainer {
    config: Config,
    dataset: Dataset,
    encoder: Encoder,
    optimizer: OptimizerState,
    sampler: Sampler,
    miner: Random,
    step: u64,
    terms: Terms,
    gradient_norm: f32,
    /// A live change has come since the terms were found. They are found anew when somebody looks or with the next step, whichever is
    /// first: a slider that is dragged costs no evaluation for each of its places.
    is_outdated: bool,
    /// The terms are those of some of the batch's anchors.
    is_estimate: bool,
    under_way: Option<UnderWay>,
    /// The terms of what is under way, once they are found: its gradient's way back through the encoder is a part of its own.
    found: Option<Terms>,
    divergence: Option<Divergence>,
    history: History,
    timeline: Timeline,
    inspected: Option<u32>,
    /// Snapshots' principal directions keep their sense from one to the next.
    spectrum: Spectrum,
    /// Share of held-out points whose neighbours elect their class, when it was last measured.
    accuracy: f32,
    /// The step at which it and the spectrum were.
    measured_step: u64,
    /// The input plane's embeddings when they were last found, at which step, and whether the last snapshot found them.
    plane: Vec<f32>,
    plane_step: u64,
    has_fresh_plane: bool,
    room: Room,
}

/// What an evaluation that is done in parts is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum UnderWay {
    /// The next step.
    Step,
    /// The last batch under a setting that has changed since.
    Update,
}

/// Memory that is written anew in every step.
#[derive(Clone, Debug, Default)]
struct Room {
    /// The last step's batch, and the one of the step that is under way.
    batch: Batch,
    next_batch: Batch,
    /// Where the streams of batches and triplets were before what is under way: it may be given up.
    before: Option<(Sampler, Random)>,
    pass: Pass,
    objective: Objective,
    output_gradient: Matrix,
    gradient: Vec<f32>,
    last_good: Vec<f32>,
    last_optimizer: OptimizerState,
    meter: MeterScratch,
    metrics: BatchMetrics,
    /// For embedding points that are not a batch.
    view: Pass,
    chunk: Matrix,
}

impl Trainer {
    /// Starts the run of `config`, at step 0.
    pub fn new(config: Config) -> Result<Self, ParameterError> {
        Self::with_instructions(config, Instructions::best())
    }

    /// The same with chosen vector instructions: the same bits, sooner or later.
    pub fn with_instructions(config: Config, instructions: Instructions) -> Result<Self, ParameterError> {
        config.check()?;
        let dataset = Dataset::new(&config);
        let mut encoder = Encoder::new(&config, dataset.inputs.columns());
        encoder.instructions = instructions;
        let mut optimizer = OptimizerState::new(encoder.parameters.len());
        optimizer.instructions = instructions;
        let mut objective = Objective::default();
        objective.rows.instructions = instructions;
        let mut trainer = Self {
            sampler: Sampler::new(&dataset, config.seed),
            miner: Random::new(config.seed, "miner"),
            step: 0,
            terms: Terms::default(),
            gradient_norm: 0.0,
            is_outdated: false,
            is_estimate: false,
            under_way: None,
            found: None,
            divergence: None,
            history: History::default(),
            timeline: Timeline::new(encoder.parameters.len()),
            inspected: None,
            spectrum: Spectrum::default(),
            accuracy: 0.0,
            measured_step: 0,
            plane: Vec::new(),
            plane_step: 0,
            has_fresh_plane: false,
            room: Room { last_optimizer: optimizer.clone(), objective, ..Room::default() },
            config,
            dataset,
            encoder,
            optimizer,
        };
        // The first batch's loss with the first weights, which the first step will find too: drawn from copies.
        let (sampler, miner) = (trainer.sampler.clone(), trainer.miner.clone());
        trainer.sampler.fill(&trainer.dataset, &trainer.config, &mut trainer.room.batch);
        trainer.evaluate_again();
        (trainer.sampler, trainer.miner) = (sampler, miner);
        trainer.record_frame();
        Ok(trainer)
    }

    /// One step: a batch, its loss, the gradient, an update of the weights.
    ///
    /// Where a number leaves what floats can hold, the weights stay at the last good state, the error says why, and
    /// further steps refuse until the configuration changes.
    pub fn step(&mut self) -> Result<(), Divergence> {
        while !self.advance(usize::MAX)? {}
        Ok(())
    }

    /// Does a part of a step: about so many comparisons of two rows of its batch; whether the step is done with it. In parts or at once a step
    /// gives the same bits, and a live change between two parts counts as if it had come before the step.
    pub fn advance(&mut self, comparisons: usize) -> Result<bool, Divergence> {
        if let Some(divergence) = self.divergence {
            return Err(divergence);
        }
        if self.under_way != Some(UnderWay::Step) {
            self.give_up();
            if !self.is_done_in(comparisons) {
                self.remember_streams();
            }
            self.sampler.fill(&self.dataset, &self.config, &mut self.room.next_batch);
            self.under_way = Some(UnderWay::Step);
            self.begin();
            if !self.is_done_in(comparisons) {
                return Ok(false);
            }
        }
        if !self.evaluate_more(comparisons) {
            return Ok(false);
        }
        self.under_way = None;
        std::mem::swap(&mut self.room.batch, &mut self.room.next_batch);
        let terms = self.terms.triplets.filter(|_| self.config.reduction == Reduction::Sum).map_or(1, |counts| counts.mined);
        if let Some(divergence) = Divergence::of_gradient(self.terms.loss, self.gradient_norm, terms) {
            // It was the last update that led here: the state before it was the last good one.
            if !self.room.last_good.is_empty() {
                self.go_back();
                self.history.undo_step(self.step);
                self.timeline.undo_step(self.step);
                self.step -= 1;
            }
            return Err(self.stop(divergence));
        }
        let Room { gradient, last_good, last_optimizer, .. } = &mut self.room;
        last_good.clear();
        last_good.extend_from_slice(&self.encoder.parameters);
        last_optimizer.copy_from(&self.optimizer);
        self.optimizer.step(&self.config, &mut self.encoder.parameters, gradient);
        if let Some(divergence) = Divergence::of_weights(&self.encoder.parameters) {
            self.go_back();
            return Err(self.stop(divergence));
        }
        self.step += 1;
        if self.history.begin_step(self.step, self.terms.loss) {
            self.measure(false);
            self.history.end_row(self.gradient_norm, &self.terms, &self.room.metrics);
        }
        if self.timeline.is_due(self.step) {
            self.record_frame();
        }
        if !self.is_done_in(comparisons) {
            // Who looks while the next step is under way finds the rows of its batch.
            self.measure(true);
        }
        Ok(true)
    }

    /// Whether a live change has come whose evaluation takes more comparisons of two rows than these.
    pub fn has_long_update(&self, comparisons: usize) -> bool {
        self.is_outdated && !self.is_done_in(comparisons)
    }

    /// Has some of the batch's anchors answer for all after a live change, until the next step or [`Trainer::advance_update`] has asked all.
    pub fn estimate_update(&mut self) {
        if self.is_outdated {
            self.give_up();
            let Room { batch, pass, objective, .. } = &mut self.room;
            self.encoder.forward(&batch.inputs, pass);
            let mut miner = self.miner.clone();
            let anchors = ESTIMATED_COMPARISONS / pass.output().rows();
            self.terms = objective.estimate(&self.config, pass.output(), &batch.labels, &mut miner, anchors);
            (self.is_outdated, self.is_estimate) = (false, true);
        }
    }

    /// Whether the terms are an estimate.
    pub fn is_estimate(&self) -> bool {
        self.is_estimate
    }

    /// Does a part of what an estimate stands for, about so many comparisons of two rows; whether nothing is left to do.
    pub fn advance_update(&mut self, comparisons: usize) -> bool {
        if !self.is_estimate {
            return true;
        }
        if self.under_way != Some(UnderWay::Update) {
            self.give_up();
            self.remember_streams();
            self.under_way = Some(UnderWay::Update);
            self.begin();
            return false;
        }
        let is_done = self.evaluate_more(comparisons);
        if is_done {
            self.give_up();
        }
        is_done
    }

    /// Notes where the streams of batches and triplets are.
    fn remember_streams(&mut self) {
        match &mut self.room.before {
            Some((sampler, miner)) => {
                sampler.copy_from(&self.sampler);
                miner.clone_from(&self.miner);
            }
            before @ None => *before = Some((self.sampler.clone(), self.miner.clone())),
        }
    }

    /// Leaves what is under way undone, as if it had never begun.
    fn give_up(&mut self) {
        if self.under_way.take().is_some()
            && let Some((sampler, miner)) = &self.room.before
        {
            self.sampler.copy_from(sampler);
            self.miner.clone_from(miner);
        }
    }

    /// Whether an evaluation of a batch makes no more comparisons than these.
    fn is_done_in(&self, comparisons: usize) -> bool {
        let rows = 2 * self.config.batch as usize;
        rows.saturating_mul(rows) <= comparisons
    }

    /// Puts weights and optimiser back to where they were before the last update.
    fn go_back(&mut self) {
        self.encoder.parameters.copy_from_slice(&self.room.last_good);
        self.optimizer.copy_from(&self.room.last_optimizer);
        self.room.last_good.clear();
        self.evaluate_again();
    }

    fn stop(&mut self, divergence: Divergence) -> Divergence {
        self.divergence = Some(divergence);
        divergence
    }

    /// Finds the loss and the gradient of the batch that is there.
    fn evaluate_again(&mut self) {
        self.begin();
        self.evaluate_more(usize::MAX);
    }

    /// Starts the evaluation of the batch that is there, or of that of the step under way.
    fn begin(&mut self) {
        self.found = None;
        let Room { batch, next_batch, pass, objective, .. } = &mut self.room;
        let batch = if self.under_way == Some(UnderWay::Step) { next_batch } else { batch };
        self.encoder.forward(&batch.inputs, pass);
        objective.begin(&self.config, pass.output());
    }

    /// Goes on with it for about so many comparisons of two rows; whether it is done.
    fn evaluate_more(&mut self, comparisons: usize) -> bool {
        let is_done_at_once = self.is_done_in(comparisons);
        let Room { batch, next_batch, pass, objective, output_gradient, gradient, .. } = &mut self.room;
        let batch = if self.under_way == Some(UnderWay::Step) { next_batch } else { batch };
        output_gradient.fit(pass.output().rows(), pass.output().columns());
        let terms = if let Some(terms) = self.found.take() {
            terms
        } else {
            let Some(terms) = objective.advance(&self.config, &batch.labels, &mut self.miner, comparisons, output_gradient) else {
                return false;
            };
            if !is_done_at_once {
                self.found = Some(terms);
                return false;
            }
            terms
        };
        self.terms = terms;
        gradient.resize(self.encoder.parameters.len(), 0.0);
        self.encoder.backward(&batch.inputs, pass, output_gradient, gradient);
        self.gradient_norm = norm_of(gradient);
        (self.is_outdated, self.is_estimate) = (false, false);
        true
    }

    /// Measures the last batch; while another is being evaluated its measures stay as they are.
    fn measure(&mut self, histograms: bool) {
        if self.under_way == Some(UnderWay::Step) {
            return;
        }
        let Room { batch, objective, meter, metrics, .. } = &mut self.room;
        measure(&objective.rows, &batch.labels, self.config.measured_positives(), MEASURED_PAIRS, histograms, meter, metrics);
    }

    fn record_frame(&mut self) {
        self.timeline.record(self.step, &self.encoder.parameters);
    }

    /// Takes over another configuration: live parameters in the next step, the others by starting again.
    ///
    /// `weights` decides for those that could be either (the loss). A live change also lifts a divergence: it may
    /// be the cure. Nothing changes when the configuration is refused.
    /// The result says whether the run has started again.
    pub fn configure(&mut self, config: Config, weights: Weights) -> Result<bool, ParameterError> {
        config.check()?;
        let restart = self.config.differences(&config).any(|parameter| match parameter.applies {
            Applies::Live => false,
            Applies::Restart => true,
            Applies::Either => weights == Weights::Fresh,
        });
        if restart {
            let inspected = self.inspected;
            *self = Self::with_instructions(config, self.encoder.instructions)?;
            self.inspect(inspected);
        } else if config != self.config {
            for parameter in self.config.differences(&config) {
                self.history.mark(Mark {
                    step: self.step,
                    key: parameter.key.to_owned(),
                    from: (parameter.get)(&self.config).to_string(),
                    to: (parameter.get)(&config).to_string(),
                });
            }
            self.give_up();
            self.config = config;
            self.divergence = None;
            self.is_outdated = true;
        }
        Ok(restart)
    }

    /// Has what is shown of the last batch fit the setting in force, paused or not. The next step draws its own batch and triplets.
    fn bring_up_to_date(&mut self, measures_all: bool) {
        if self.is_outdated || (self.is_estimate && measures_all) {
            self.give_up();
            let miner = self.miner.clone();
            self.evaluate_again();
            self.miner = miner;
        }
    }

    /// Starts the same run again.
    pub fn reset(&mut self) -> Result<(), ParameterError> {
        let inspected = self.inspected;
        *self = Self::with_instructions(self.config.clone(), self.encoder.instructions)?;
        self.inspect(inspected);
        Ok(())
    }

    /// Has snapshots show one training point with its views, or none; a point that does not exist is none.
    pub fn inspect(&mut self, point: Option<u32>) {
        self.inspected = point.filter(|point| (*point as usize) < self.dataset.labels.len());
    }

    /// Steps taken.
    pub fn steps(&self) -> u64 {
        self.step
    }

    /// The configuration in force.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The data.
    pub fn dataset(&self) -> &Dataset {
        &self.dataset
    }

    /// The network.
    pub fn encoder(&self) -> &Encoder {
        &self.encoder
    }

    /// The last batch's loss and terms.
    pub fn terms(&self) -> &Terms {
        &self.terms
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

    /// All training points' embeddings at the kept step that is nearest to `step`, as the loss compares them now.
    pub fn recall(&mut self, step: u64) -> Option<Frame> {
        let Self { timeline, encoder, config, dataset, room, .. } = self;
        let kept = timeline.nearest(step)?;
        let mut embeddings = vec![0.0; dataset.inputs.rows() * config.dim as usize];
        std::mem::swap(&mut encoder.parameters, &mut kept.parameters);
        snapshot::embed(encoder, config, &dataset.inputs, room_for_views(room), &mut embeddings);
        std::mem::swap(&mut encoder.parameters, &mut kept.parameters);
        Some(Frame { step: kept.step, embeddings })
    }

    /// Hash of step and weights: two runs with the same fingerprint are in the same state.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::new(self.step, self.encoder.places().map(|place| self.encoder.parameters[place]))
    }
}

/// Euclidean length, summed in eight lanes.
fn norm_of(gradient: &[f32]) -> f32 {
    let mut squares = [0.0f64; LANES];
    for slopes in vectors(gradient) {
        for lane in 0..LANES {
            squares[lane] += f64::from(slopes[lane]) * f64::from(slopes[lane]);
        }
    }
    squares.iter().sum::<f64>().sqrt() as f32
}

/// The room in which points other than the batch are embedded.
fn room_for_views(room: &mut Room) -> (&mut Pass, &mut Matrix) {
    (&mut room.view, &mut room.chunk)
}
