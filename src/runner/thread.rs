//! The trainer on a thread of its own: the desktop.

use super::{Command, Engine, Event, Runner, Wait, Wake};
use crate::learn::Config;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::time::{Duration, Instant};

/// Seconds of work between looks at the commands.
const SLICE: f64 = 0.004;

/// The window's end of the thread; the thread ends when it is dropped.
pub struct ThreadRunner {
    commands: Sender<Command>,
    events: Receiver<Event>,
}

impl ThreadRunner {
    /// Starts the thread and prepares in it the run of `config`.
    pub fn start(config: Config, wake: Wake) -> std::io::Result<Self> {
        let (commands, command_receiver) = channel();
        let (event_sender, events) = channel();
        std::thread::Builder::new().name("trainer".to_owned()).spawn(move || train(config, &command_receiver, &event_sender, &wake))?;
        Ok(Self { commands, events })
    }
}

/// The thread's life: ends when the window's end hangs up.
fn train(config: Config, commands: &Receiver<Command>, sender: &Sender<Event>, wake: &Wake) {
    let mut engine = Engine::new(config);
    let mut events = Vec::new();
    let start = Instant::now();
    loop {
        let wait = engine.work(SLICE, || start.elapsed().as_secs_f64(), &mut events);
        let told = !events.is_empty();
        for event in events.drain(..) {
            if sender.send(event).is_err() {
                return;
            }
        }
        if told {
            wake();
        }
        let first = match wait {
            Wait::None => commands.try_recv().map_err(|error| error == TryRecvError::Disconnected),
            Wait::Seconds(seconds) => {
                let wait = Duration::from_secs_f64(seconds.min(1.0));
                commands.recv_timeout(wait).map_err(|error| error == RecvTimeoutError::Disconnected)
            }
            Wait::Command => commands.recv().map_err(|_| true),
        };
        match first {
            Ok(command) => engine.handle(command, &mut events),
            Err(true) => return,
            Err(false) => {}
        }
        while let Ok(command) = commands.try_recv() {
            engine.handle(command, &mut events);
        }
    }
}

impl Runner for ThreadRunner {
    fn send(&mut self, command: Command) {
        // The thread only ends with this value.
        self.commands.send(command).ok();
    }

    fn poll(&mut self, events: &mut Vec<Event>) {
        events.extend(self.events.try_iter());
    }
}
