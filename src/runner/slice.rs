//! The trainer between frames: where there is neither a thread nor a worker, and in tests.

use super::{Command, Engine, Event, Runner, Wait};
use crate::learn::Config;
use web_time::Instant;

/// Seconds of a frame that training takes.
const SLICE: f64 = 0.008;

/// Works inside [`Runner::poll`].
pub struct SliceRunner {
    engine: Engine,
    start: Instant,
    events: Vec<Event>,
    wait: Wait,
}

impl SliceRunner {
    /// Prepares the run of `config`.
    pub fn start(config: Config) -> Self {
        Self { engine: Engine::new(config), start: Instant::now(), events: Vec::new(), wait: Wait::None }
    }
}

impl Runner for SliceRunner {
    fn send(&mut self, command: Command) {
        self.engine.handle(command, &mut self.events);
        self.wait = Wait::None;
    }

    fn poll(&mut self, events: &mut Vec<Event>) {
        let start = self.start;
        self.wait = self.engine.work(SLICE, || start.elapsed().as_secs_f64(), &mut self.events);
        events.append(&mut self.events);
    }

    fn needs_frames(&self) -> bool {
        self.wait != Wait::Command
    }
}
