//! What is asked of the runs, and what they tell.

use crate::learn::Config;
use crate::learn::metrics::Probe;
use crate::learn::report::{Extras, Inspection, News, Scene, Snapshot, Space};
use crate::learn::trainer::Weights;

/// The number of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct RunId(pub u32);

/// Names a job. Later jobs have larger tickets.
pub type Ticket = u32;

/// What is wanted now. The newest replaces the one before it.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Request {
    /// Counts requests.
    pub number: u64,
    /// The number of the last [`Event::Shown`] that was taken in: the next snapshots may come.
    pub seen: u64,
    /// Step on at the set speed.
    pub playing: bool,
    /// Steps a second; infinite for as fast as it goes.
    pub steps_per_second: f32,
    /// Nobody looks: no step is taken but for a job.
    pub asleep: bool,
    /// Jobs up to this ticket are no longer wanted.
    pub dropped: Ticket,
    /// The runs. Those that are missing end.
    pub runs: Vec<Wish>,
}

impl Request {
    /// Wants no run, and nothing to go on.
    pub fn paused() -> Self {
        Self { number: 1, seen: 0, playing: false, steps_per_second: f32::INFINITY, asleep: false, dropped: 0, runs: Vec::new() }
    }
}

/// What is wanted of one run.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Wish {
    /// The run.
    pub run: RunId,
    /// Another configuration, until it has been taken over. A run that is new starts with it.
    pub change: Option<Change>,
    /// The space that snapshots show; one that the run does not have is z.
    pub space: Space,
    /// The training point of which snapshots say why it moves.
    pub pinned: Option<u32>,
    /// The training point that snapshots show with its views.
    pub hovered: Option<u32>,
    /// The step of the past that is shown, or none for the present. [`Event::Recalled`] answers.
    pub shown: Option<u64>,
    /// What snapshots carry because somebody looks at it.
    pub extras: Extras,
}

impl Wish {
    /// Wants the run of a configuration and nothing else.
    pub fn of(run: RunId, change: Option<Change>) -> Self {
        Self { run, change, space: Space::default(), pinned: None, hovered: None, shown: None, extras: Extras::default() }
    }
}

/// A configuration that a run takes over.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Change {
    /// Counts changes of a run, by whatever hand. One that is older than what has been taken over is nothing.
    pub number: u64,
    /// The configuration; it has been checked.
    pub config: Box<Config>,
    /// What becomes of the weights where they would fit.
    pub weights: Weights,
    /// The user's gesture that it is a part of: all changes of one gesture are one mark.
    pub gesture: Option<u32>,
    /// The run starts again, even if it need not.
    pub restarts: bool,
    /// Jobs up to this ticket were asked for before: they have lost their meaning if the run starts again.
    pub before: Ticket,
}

impl Change {
    /// The first configuration of a run.
    pub fn first(config: Config) -> Self {
        Self { number: 0, config: Box::new(config), weights: Weights::Fresh, gesture: None, restarts: false, before: 0 }
    }
}

/// What has to happen for itself, in the order in which it was asked for. [`Event::Done`] says when it has, after a snapshot that shows it.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum Job {
    /// Take so many steps.
    Steps(u32),
    /// Start the runs again.
    Reset,
    /// Take over a configuration.
    Set(RunId, Change),
    /// Say why a training point moves, or of none.
    Why(RunId, Option<u32>),
    /// Train probes on x, h and z; [`Event::Probed`] says what they find.
    Probe(RunId),
}

/// What crosses to whoever does the work.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Message {
    /// What is wanted, if that has changed.
    pub request: Option<Request>,
    /// Jobs behind those that were asked for before.
    pub jobs: Vec<(Ticket, Job)>,
}

/// What is being done.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum Doing {
    /// Nothing: a message is answered at once.
    #[default]
    Nothing,
    /// Steps, each of which takes little.
    Stepping,
    /// Something that takes a while, in which nothing is answered. With how much of it is done, from 0 to 1, if that is known.
    Long(Work, Option<f32>),
}

/// What may take long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Work {
    /// A step, or a look, with a large batch or many points.
    Step,
    /// Probes.
    Probes,
}

/// What the runner tells.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum Event {
    /// The request with this number, and so all before it, has been taken over.
    Taken(u64),
    /// What is done from now on.
    Doing(Doing),
    /// A run has started: what stays the same while it lasts.
    Scene(RunId, Box<Scene>),
    /// A run goes on with other points: the scene with them.
    Points(RunId, Box<Scene>),
    /// A run as it stands, and what is new of its past, which the snapshot itself goes without. Data of one's own are in the scene.
    Snapshot(RunId, Box<Snapshot>, Box<News>),
    /// The snapshots of all runs have come, for the time of this number.
    Shown(u64),
    /// A run as it was near the step that is shown. Its past is the run's.
    Recalled(RunId, Box<Snapshot>),
    /// The point under the pointer, with its views.
    Inspected(RunId, Option<Box<Inspection>>),
    /// Probes of x, h and z of a run at a step.
    Probed(RunId, u64, [Probe; 3]),
    /// A job is done; the snapshots before this event show its result.
    Done(Ticket),
    /// A job was dropped before it was done.
    Dropped(Ticket),
    /// The runs were lost with what did the work, and have started again; why.
    Restarted(String),
}

impl Event {
    /// Returns true if somebody wants to see it at once.
    pub fn is_news(&self) -> bool {
        !matches!(self, Self::Taken(_) | Self::Doing(Doing::Nothing | Doing::Stepping))
    }
}
