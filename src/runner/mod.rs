//! What stands between the trainers and the panes: it owns the trainers, takes what is wanted and hands out snapshots.
//!
//! On the desktop a thread does the work, in the browser a worker, and where neither is to be had a slice of each
//! frame. All three turn the same [`Engine`], and panes can't tell which.

mod desk;
mod engine;
mod lane;
mod request;
mod slice;
#[cfg(not(target_arch = "wasm32"))]
mod thread;
#[cfg(target_arch = "wasm32")]
mod worker;

pub use engine::{Engine, Wait};
pub use lane::MOST_ANSWERED;
pub use request::{Change, Doing, Event, Job, Message, Request, RunId, Ticket, Wish, Work};
pub use slice::SliceRunner;
#[cfg(not(target_arch = "wasm32"))]
pub use thread::ThreadRunner;
#[cfg(target_arch = "wasm32")]
pub use worker::{WorkerRunner, serve};

/// Running trainers somewhere else.
pub trait Runner {
    /// Passes on what is wanted. A request that has not been taken over gives way to the newest.
    fn send(&mut self, message: Message);
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
    /// What keeps somebody waiting who wants an answer; none while answers come.
    fn keeps_waiting(&self) -> Option<Doing> {
        None
    }
    /// Ends what keeps somebody waiting: the open jobs are dropped, and the runs start again.
    fn stop_waiting(&mut self) {}
}

/// Called, from any thread, when there is something to poll.
pub type Wake = Box<dyn Fn() + Send>;

/// The best runner that this platform has; `worker` is a page's, and no thread needs it.
#[cfg(not(target_arch = "wasm32"))]
pub fn start(wake: Wake, _worker: &str) -> Box<dyn Runner> {
    match ThreadRunner::start(wake) {
        Ok(runner) => Box::new(runner),
        Err(error) => {
            log::warn!("no thread for the trainer ({error}); it works between frames");
            Box::new(SliceRunner::default())
        }
    }
}

/// The best runner that this platform has; `worker` is the address of the worker's script.
#[cfg(target_arch = "wasm32")]
pub fn start(wake: Wake, worker: &str) -> Box<dyn Runner> {
    Box::new(WorkerRunner::start(wake, worker))
}
