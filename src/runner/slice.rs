//! The trainers between frames: where there is neither a thread nor a worker, and in tests.

use super::{Engine, Event, Message, Runner, Wait};
use web_time::Instant;

/// Seconds of a frame that training takes.
const SLICE: f64 = 0.008;

/// Works inside [`Runner::poll`].
pub struct SliceRunner {
    engine: Engine,
    start: Instant,
    wait: Wait,
}

impl Default for SliceRunner {
    fn default() -> Self {
        Self { engine: Engine::default(), start: Instant::now(), wait: Wait::Message }
    }
}

impl Runner for SliceRunner {
    fn send(&mut self, message: Message) {
        self.engine.receive(message);
        self.wait = Wait::None;
    }

    fn poll(&mut self, events: &mut Vec<Event>) {
        let start = self.start;
        self.wait = self.engine.work(SLICE, || start.elapsed().as_secs_f64(), events);
    }

    fn needs_frames(&self) -> bool {
        self.wait != Wait::Message
    }
}
