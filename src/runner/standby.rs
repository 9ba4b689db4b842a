//! What a runner remembers of its run, so that another can go on where the first one is lost.

use super::{Command, Event, Runner as _, SliceRunner};
use crate::learn::Config;
use crate::learn::trainer::{Extras, Space};

/// The commands that are in force, and those that nobody has answered.
pub(super) struct Standby {
    config: Config,
    playing: bool,
    steps_per_second: f32,
    asleep: bool,
    space: Space,
    extras: Extras,
    pinned: Option<u32>,
    /// Commands with a ticket that are neither done nor cancelled.
    open: Vec<(u32, Command)>,
}

impl Standby {
    /// Begins with the run of `config`, held.
    pub(super) fn new(config: Config) -> Self {
        Self {
            config,
            playing: false,
            steps_per_second: f32::INFINITY,
            asleep: false,
            space: Space::default(),
            extras: Extras::default(),
            pinned: None,
            open: Vec::new(),
        }
    }

    /// Takes note of a command.
    pub(super) fn note(&mut self, command: &Command) {
        match command {
            Command::Configure { config, .. } => self.config.clone_from(config),
            Command::Play => self.playing = true,
            Command::Pause => self.playing = false,
            Command::Step { ticket, .. } => {
                self.playing = false;
                self.open.push((*ticket, command.clone()));
            }
            Command::Reset { ticket } => self.open.push((*ticket, command.clone())),
            Command::Pin { point, ticket } => {
                self.pinned = *point;
                self.open.extend(ticket.map(|ticket| (ticket, command.clone())));
            }
            Command::Speed(steps_per_second) => self.steps_per_second = *steps_per_second,
            Command::Sleep(asleep) => self.asleep = *asleep,
            Command::Show(space) => self.space = *space,
            Command::Carry(extras) => self.extras = *extras,
            Command::Inspect { .. } | Command::Probe | Command::Recall(_) | Command::Ping | Command::Cancel | Command::Seen => {}
        }
    }

    /// Takes note of an event.
    pub(super) fn hear(&mut self, event: &Event) {
        match event {
            Event::Done { ticket } | Event::Cancelled { ticket } => self.open.retain(|(open, _)| open != ticket),
            // It has stopped by itself.
            Event::Snapshot(snapshot) if snapshot.divergence.is_some() => self.playing = false,
            _ => {}
        }
    }

    /// Whether the run should give signs of life: it plays, or somebody waits for an answer.
    pub(super) fn is_busy(&self) -> bool {
        (self.playing && !self.asleep) || !self.open.is_empty()
    }

    /// Starts the run again, between frames, with everything that was asked of it.
    pub(super) fn start(&mut self) -> SliceRunner {
        let mut runner = SliceRunner::start(self.config.clone());
        runner.send(Command::Speed(self.steps_per_second));
        if self.playing {
            runner.send(Command::Play);
        }
        runner.send(Command::Sleep(self.asleep));
        runner.send(Command::Show(self.space));
        runner.send(Command::Carry(self.extras));
        runner.send(Command::Pin { point: self.pinned, ticket: None });
        for (_, command) in self.open.drain(..) {
            runner.send(command);
        }
        runner
    }
}
