//! What is asked of the run: to go on, to take steps, to change, to start again.

use super::{Playground, Reply};
use crate::learn::Config;
use crate::learn::config::Applies;
use crate::learn::trainer::Weights;
use crate::runner::Command;

/// A configuration on its way to the run.
pub(super) struct Change {
    config: Config,
    weights: Weights,
    gesture: Option<u32>,
    waits: bool,
}

impl Playground {
    /// Passes a command on; a runner that works between frames needs one for it.
    pub(super) fn send(&mut self, command: Command) {
        self.flush();
        self.runner.send(command);
        if self.runner.needs_frames() {
            self.ctx.request_repaint();
        }
    }

    /// Sends the change that waits to be sent.
    pub(super) fn flush(&mut self) {
        if let Some(Change { config, weights, gesture, waits }) = self.unsent.take() {
            self.send(Command::Configure { config: Box::new(config), weights, gesture, waits });
        }
    }

    pub(super) fn play(&mut self, on: bool) {
        self.model.playing = on;
        self.present();
        self.send(if on { Command::Play } else { Command::Pause });
    }

    pub(super) fn step(&mut self, count: u32, reply: Option<Reply>) {
        self.model.playing = false;
        self.present();
        let ticket = self.script.ticket(reply);
        self.send(Command::Step { count, ticket });
    }

    /// Starts the same run again: at once for a user, after the calls before it for a script.
    pub(super) fn reset(&mut self, reply: Option<Reply>) {
        self.present();
        if reply.is_none() {
            self.send(Command::Cancel);
        }
        let ticket = self.script.ticket(reply);
        self.send(Command::Reset { ticket });
    }

    pub(super) fn configure(&mut self, config: Config, weights: Weights, gesture: Option<u32>) {
        if let Some(unsent) = &self.unsent
            && unsent.config.differences(&config).any(|parameter| parameter.applies != Applies::Live)
        {
            self.flush();
        }
        self.present();
        self.model.config.clone_from(&config);
        if config.lacks_data().is_some() {
            // Nothing can be trained until there are more: what is drawn waits.
            if self.model.playing {
                self.play(false);
            }
            return;
        }
        // A script's change waits for the script's calls before it, a user's hand for nothing.
        self.unsent = Some(Change { config, weights, gesture, waits: gesture.is_none() });
        self.ctx.request_repaint();
    }

    /// Asks why a point moves, in both spaces and at the step that is shown, or leaves it.
    pub(super) fn pin(&mut self, point: Option<u32>, reply: Option<Reply>) {
        self.model.pinned = point;
        let ticket = reply.is_some().then(|| self.script.reasons_ticket(reply));
        self.send(Command::Pin { point, ticket });
        if let Some(step) = self.recall {
            self.send(Command::Recall(step));
        }
    }

    /// Starts the run of a link or a file: from step 0, whatever in it could have changed live.
    pub(super) fn start_run(&mut self, config: Config) {
        // What was being opened is no longer asked for.
        self.model.sheet = None;
        self.send(Command::Cancel);
        self.configure(config, Weights::Fresh, None);
        self.reset(None);
    }
}
