//! What stands between the trainer and the panes: it owns the trainer, takes commands and hands out snapshots.
//!
//! On the desktop a thread does the work, in the browser a worker, and where neither is to be had a slice of each
//! frame. All three turn the same [`Engine`], and panes can't tell which.

mod engine;
mod slice;
mod standby;
#[cfg(not(target_arch = "wasm32"))]
mod thread;
#[cfg(target_arch = "wasm32")]
mod worker;

pub use engine::{Engine, MOST_ANSWERED, Wait};
pub use slice::SliceRunner;
#[cfg(not(target_arch = "wasm32"))]
pub use thread::ThreadRunner;
#[cfg(target_arch = "wasm32")]
pub use worker::{WorkerRunner, serve};

use crate::learn::Config;
use crate::learn::metrics::Probe;
use crate::learn::trainer::{Extras, Inspection, Scene, Snapshot, Space, Weights};

/// What a user, a link or a script asks of the run.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum Command {
    /// Step on at the set speed.
    Play,
    /// Stop stepping.
    Pause,
    /// Stop, then take so many steps, after the jobs that were asked for before; [`Event::Done`] says when they are taken.
    Step {
        /// How many.
        count: u32,
        /// Comes back in the event.
        ticket: u32,
    },
    /// Start the same run again, after the jobs that were asked for before; [`Event::Done`] says when that is done.
    Reset {
        /// Comes back in the event.
        ticket: u32,
    },
    /// Drop the jobs that were asked for and are not done; [`Event::Cancelled`] names each.
    Cancel,
    /// Steps a second; infinite for as fast as it goes.
    Speed(f32),
    /// Take over a configuration.
    Configure {
        /// The configuration; it has been checked.
        config: Box<Config>,
        /// What a change that fits the weights does with them.
        weights: Weights,
        /// The user's gesture that it is a part of: all changes of one gesture are one mark.
        gesture: Option<u32>,
        /// Wait for the jobs that were asked for before (a script's calls), or change the run at once (a user's hand).
        waits: bool,
    },
    /// Have snapshots show a training point with its views, or none; [`Event::Inspected`] answers at once.
    Inspect {
        /// The point.
        point: Option<u32>,
        /// The step of the past that is shown, or none for the present.
        step: Option<u64>,
    },
    /// Have snapshots say why a training point moves, or of no point. With a ticket this waits for the jobs that were asked for before, and
    /// [`Event::Done`] comes after the first such snapshot.
    Pin {
        /// The point.
        point: Option<u32>,
        /// Comes back in the event.
        ticket: Option<u32>,
    },
    /// Have snapshots show a space; one that the run does not have is z.
    Show(Space),
    /// Have snapshots carry what somebody looks at.
    Carry(Extras),
    /// Ask for probes of x, h and z; [`Event::Probed`] answers.
    Probe,
    /// Ask for the run as it was near a step; [`Event::Recalled`] answers.
    Recall(u64),
    /// Ask for a sign of life; [`Event::Alive`] answers.
    Ping,
    /// Do no work until told otherwise: nobody is looking.
    Sleep(bool),
    /// The last snapshot has been taken in: the next may come.
    Seen,
}

/// What the runner tells.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum Event {
    /// A run has started: what stays the same while it lasts.
    Scene(Box<Scene>),
    /// The run goes on with other points: the scene with them.
    Points(Box<Scene>),
    /// The run as it stands, without data of one's own: the scene has them.
    Snapshot(Box<Snapshot>),
    /// The run as it was near the step that was asked for.
    Recalled(Box<Snapshot>),
    /// The point that was asked for, with its views.
    Inspected(Option<Box<Inspection>>),
    /// Probes of x, h and z at a step.
    Probed {
        /// The step.
        step: u64,
        /// Of the input, of the encoder's output, and of the head's.
        probes: [Probe; 3],
    },
    /// A command with a ticket is done; the snapshot before this event shows its result.
    Done {
        /// The command's ticket.
        ticket: u32,
    },
    /// A command with a ticket was dropped before it was done.
    Cancelled {
        /// The command's ticket.
        ticket: u32,
    },
    /// Whoever does the work is there.
    Alive,
    /// The run was lost with what did the work, and has started again; why.
    Restarted(String),
}

/// A running trainer somewhere else.
pub trait Runner {
    /// Passes a command on; it is answered within a step.
    fn send(&mut self, command: Command);
    /// Takes what has come since the last time.
    fn poll(&mut self, events: &mut Vec<Event>);
    /// Returns true when it works inside [`Self::poll`] only and wants to be polled soon.
    fn needs_frames(&self) -> bool {
        false
    }
    /// Seconds after which it wants to be polled though it may have nothing to tell, to see whether the work goes on.
    fn patience_secs(&self) -> Option<f32> {
        None
    }
}

/// Called, from any thread, when there is something to poll.
pub type Wake = Box<dyn Fn() + Send>;

/// The best runner that this platform has, with its run prepared; `worker` is a page's, and no thread needs it.
#[cfg(not(target_arch = "wasm32"))]
pub fn start(config: Config, wake: Wake, _worker: &str) -> Box<dyn Runner> {
    match ThreadRunner::start(config.clone(), wake) {
        Ok(runner) => Box::new(runner),
        Err(error) => {
            log::warn!("no thread for the trainer ({error}); it works between frames");
            Box::new(SliceRunner::start(config))
        }
    }
}

/// The best runner that this platform has, with its run prepared; `worker` is the address of the worker's script.
#[cfg(target_arch = "wasm32")]
pub fn start(config: Config, wake: Wake, worker: &str) -> Box<dyn Runner> {
    Box::new(WorkerRunner::start(config, wake, worker))
}
