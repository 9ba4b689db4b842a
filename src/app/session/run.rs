//! What is wanted of the run: to go on, to take steps, to change, to start again.

use crate::app::{Playground, Reply};
use crate::learn::Config;
use crate::learn::config::Applies;
use crate::learn::trainer::Weights;
use crate::runner::{Change, Job, Message, Request, RunId, Wish};

/// The run that is shown.
pub(in crate::app) const RUN: RunId = RunId(0);

impl Playground {
    /// What is wanted now. All of it follows from what the interface holds.
    fn wanted(&self) -> Request {
        let model = &self.model;
        Request {
            number: self.requested.number,
            seen: self.seen,
            playing: model.playing,
            steps_per_second: model.settings.steps_per_second,
            asleep: self.asleep,
            dropped: self.dropped,
            runs: vec![Wish {
                run: RUN,
                change: self.change.clone(),
                space: model.space,
                pinned: model.pinned,
                hovered: model.hovered,
                shown: self.recall,
                extras: self.extras,
            }],
        }
    }

    /// Passes on what is wanted, if it has changed, and the jobs.
    pub(in crate::app) fn flush(&mut self) {
        let mut request = self.wanted();
        if request == self.requested && self.jobs.is_empty() {
            return;
        }
        if request != self.requested {
            request.number += 1;
            self.requested.clone_from(&request);
        }
        self.runner.send(Message { request: Some(request), jobs: std::mem::take(&mut self.jobs) });
        if self.runner.needs_frames() {
            // A runner that works between frames needs one for it.
            self.ctx.request_repaint();
        }
    }

    /// Takes note that the run has taken over what was wanted in a request.
    pub(in crate::app) fn taken(&mut self, number: u64) {
        // A newer one, on its way, has the change too.
        if number == self.requested.number {
            self.change = None;
            for wish in &mut self.requested.runs {
                wish.change = None;
            }
        }
    }

    /// Asks for something that has to happen for itself.
    fn ask(&mut self, job: Job, reply: Option<Reply>) {
        let ticket = self.script.ticket(reply);
        self.jobs.push((ticket, job));
        self.ctx.request_repaint();
    }

    /// Wants no more of the jobs that were asked for and are not done.
    fn drop_jobs(&mut self) {
        self.dropped = self.script.last_ticket();
    }

    pub(in crate::app) fn play(&mut self, on: bool) {
        self.model.playing = on;
        if !on {
            self.drop_jobs();
        }
        self.present();
    }

    pub(in crate::app) fn step(&mut self, count: u32, reply: Option<Reply>) {
        self.model.playing = false;
        self.present();
        self.ask(Job::Steps(count), reply);
    }

    /// Starts the same run again: at once for a user, after the calls before it for a script.
    pub(in crate::app) fn reset(&mut self, reply: Option<Reply>) {
        self.present();
        if reply.is_none() {
            self.drop_jobs();
        }
        self.ask(Job::Reset, reply);
    }

    /// Takes over another configuration. A script's change, which is a part of no `gesture`, waits for the script's calls before it, a user's
    /// hand for nothing.
    pub(in crate::app) fn configure(&mut self, config: Config, weights: Weights, gesture: Option<u32>) {
        self.present();
        let before = std::mem::replace(&mut self.model.config, config.clone());
        if config.lacks_data().is_some() {
            // Nothing can be trained until there are more: what is drawn waits.
            if self.model.playing {
                self.play(false);
            }
            return;
        }
        self.changes += 1;
        let ticket = self.script.last_ticket();
        let change = Change { number: self.changes, config: Box::new(config), weights, gesture, restarts: false, before: ticket };
        if gesture.is_some() {
            let last = self.change.take();
            self.change = Some(behind(last, change, &before));
        } else {
            // Those that come before the next frame are one.
            let last = match self.jobs.pop() {
                Some((_, Job::Set(_, last))) => Some(last),
                other => {
                    self.jobs.extend(other);
                    None
                }
            };
            self.ask(Job::Set(RUN, behind(last, change, &before)), None);
        }
        self.ctx.request_repaint();
    }

    /// Asks why a point moves, in both spaces and at the step that is shown, or leaves it.
    pub(in crate::app) fn pin(&mut self, point: Option<u32>, reply: Option<Reply>) {
        self.model.pinned = point;
        if reply.is_some() {
            let ticket = self.script.reasons_ticket(reply);
            self.jobs.push((ticket, Job::Why(RUN, point)));
        }
        self.ctx.request_repaint();
    }

    /// Asks for probes of the run.
    pub(in crate::app) fn probe(&mut self, reply: Option<Reply>) {
        let ticket = self.script.probes_ticket(reply);
        self.jobs.push((ticket, Job::Probe(RUN)));
        self.ctx.request_repaint();
    }

    /// Starts the run of a link or a file: from step 0, whatever in it could have changed live.
    pub(in crate::app) fn start_run(&mut self, config: Config) {
        // What was being opened is no longer asked for.
        self.model.sheet = None;
        self.drop_jobs();
        self.configure(config, Weights::Fresh, Some(self.gesture));
        if let Some(change) = &mut self.change {
            change.restarts = true;
        }
    }
}

/// A change that comes behind `last`, which has not been taken over yet: both are one. `before` is the configuration that it changes.
fn behind(last: Option<Change>, change: Change, before: &Config) -> Change {
    let Some(last) = last else { return change };
    let restarts = before.differences(&change.config).any(|parameter| match parameter.applies {
        Applies::Live => false,
        Applies::Restart => true,
        Applies::Either => change.weights == Weights::Fresh,
    });
    let weights = if last.weights == Weights::Fresh { Weights::Fresh } else { change.weights };
    Change { weights, restarts: last.restarts || restarts, ..change }
}
