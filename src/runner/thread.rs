//! The trainer on a thread of its own: the desktop.

use super::standby::Standby;
use super::{Command, Engine, Event, Runner, SliceRunner, Wait, Wake};
use crate::learn::Config;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::time::{Duration, Instant};

/// Seconds of work between looks at the commands.
const SLICE: f64 = 0.004;

/// The window's end of the thread; the thread ends when it is dropped. Where the thread is lost, the trainer works between frames instead.
pub struct ThreadRunner {
    commands: Sender<Command>,
    events: Receiver<Event>,
    standby: Standby,
    stand_in: Option<SliceRunner>,
}

impl ThreadRunner {
    /// Starts the thread and prepares in it the run of `config`.
    pub fn start(config: Config, wake: Wake) -> std::io::Result<Self> {
        let standby = Standby::new(config.clone());
        let (commands, command_receiver) = channel();
        let (event_sender, events) = channel();
        std::thread::Builder::new().name("trainer".to_owned()).spawn(move || train(config, &command_receiver, &event_sender, &wake))?;
        Ok(Self { commands, events, standby, stand_in: None })
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
        if let Some(stand_in) = &mut self.stand_in {
            stand_in.send(command);
            return;
        }
        self.standby.note(&command);
        // A thread that has ended is noticed by the next poll.
        self.commands.send(command).ok();
    }

    fn poll(&mut self, events: &mut Vec<Event>) {
        if let Some(stand_in) = &mut self.stand_in {
            stand_in.poll(events);
            return;
        }
        loop {
            match self.events.try_recv() {
                Ok(event) => {
                    self.standby.hear(&event);
                    events.push(event);
                }
                Err(TryRecvError::Empty) => return,
                Err(TryRecvError::Disconnected) => break,
            }
        }
        let reason = "the trainer's thread has ended";
        log::error!("{reason}");
        self.stand_in = Some(self.standby.start());
        events.push(Event::Restarted(reason.to_owned()));
    }

    fn needs_frames(&self) -> bool {
        self.stand_in.as_ref().is_some_and(Runner::needs_frames)
    }

    fn patience_secs(&self) -> Option<f32> {
        // A thread that panics wakes nobody.
        (self.stand_in.is_none() && self.standby.is_busy()).then_some(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_whose_thread_is_lost_starts_again_with_what_was_asked_of_it() {
        let config = Config { points: 64, batch: 8, ..Config::default() };
        // A thread that ends at once.
        let (commands, _) = channel();
        let (_, events) = channel();
        let mut runner = ThreadRunner { commands, events, standby: Standby::new(config), stand_in: None };
        runner.send(Command::Step { count: 3, ticket: 8 });
        let mut events = Vec::new();
        for _ in 0..100 {
            runner.poll(&mut events);
        }
        assert!(matches!(events[0], Event::Restarted(_)));
        let last = events.iter().rev().find_map(|event| if let Event::Snapshot(snapshot) = event { Some(snapshot.step) } else { None });
        assert_eq!((last, events.last()), (Some(3), Some(&Event::Done { ticket: 8 })));
    }
}
