//! What stands between the trainer and the panes: it owns the trainer, takes commands and hands out snapshots.
//!
//! On the desktop a thread does the work, in the browser a worker, and where neither is to be had a slice of each
//! frame. All three turn the same [`Engine`], and panes can't tell which.

mod engine;
mod slice;
#[cfg(not(target_arch = "wasm32"))]
mod thread;
#[cfg(target_arch = "wasm32")]
mod worker;

pub use engine::{Engine, Wait};
pub use slice::SliceRunner;
#[cfg(not(target_arch = "wasm32"))]
pub use thread::ThreadRunner;
#[cfg(target_arch = "wasm32")]
pub use worker::{WorkerRunner, serve};

use crate::learn::Config;
use crate::learn::trainer::{Frame, Scene, Snapshot, Weights};

/// What a user, a link or a script asks of the run.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum Command {
    /// Step on at the set speed.
    Play,
    /// Stop stepping.
    Pause,
    /// Stop, then take so many steps; [`Event::Done`] says when they are taken.
    Step {
        /// How many.
        count: u32,
        /// Comes back in the event.
        ticket: u32,
    },
    /// Start the same run again.
    Reset {
        /// Comes back in the event.
        ticket: u32,
    },
    /// Steps a second; infinite for as fast as it goes.
    Speed(f32),
    /// Take over a configuration.
    Configure {
        /// The configuration; it has been checked.
        config: Config,
        /// What a change that fits the weights does with them.
        weights: Weights,
    },
    /// Have snapshots show a training point with its views, or none.
    Inspect(Option<u32>),
    /// Ask for the embeddings near a step.
    Recall(u64),
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
    /// The run as it stands.
    Snapshot(Box<Snapshot>),
    /// The embeddings that were asked for.
    Frame(Box<Frame>),
    /// A command with a ticket is done; the snapshot before this event shows its result.
    Done {
        /// The command's ticket.
        ticket: u32,
    },
    /// The run was lost with what did the work, and has started again; why.
    Restarted(String),
}

/// A running trainer somewhere else.
pub trait Runner {
    /// Passes a command on; it is answered within a step.
    fn send(&mut self, command: Command);
    /// Takes what has come since the last time.
    fn poll(&mut self, events: &mut Vec<Event>);
    /// Whether it works inside [`Self::poll`] only and wants to be polled soon.
    fn needs_frames(&self) -> bool {
        false
    }
}

/// Called, from any thread, when there is something to poll.
pub type Wake = Box<dyn Fn() + Send>;

/// The best runner that this platform has, with its run prepared.
#[cfg(not(target_arch = "wasm32"))]
pub fn start(config: Config, wake: Wake) -> Box<dyn Runner> {
    match ThreadRunner::start(config.clone(), wake) {
        Ok(runner) => Box::new(runner),
        Err(error) => {
            log::warn!("no thread for the trainer ({error}); it works between frames");
            Box::new(SliceRunner::start(config))
        }
    }
}

/// The best runner that this platform has, with its run prepared.
#[cfg(target_arch = "wasm32")]
pub fn start(config: Config, wake: Wake) -> Box<dyn Runner> {
    Box::new(WorkerRunner::start(config, wake))
}
