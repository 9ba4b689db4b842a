//! What a runner remembers on the page's side: what is wanted, which jobs are open, and what whoever does the work is at.

use super::{Change, Doing, Event, Job, Message, Request, RunId, Ticket};
use std::collections::BTreeMap;

/// The last request, the configurations in force, and the jobs that nobody has answered: all that a lost run needs to start again.
#[derive(Default)]
pub(super) struct Desk {
    request: Option<Request>,
    changes: BTreeMap<RunId, Change>,
    open: Vec<(Ticket, Job)>,
    doing: Doing,
    /// The number of the last request that was taken over.
    taken: u64,
}

impl Desk {
    /// Takes note of a message that is on its way.
    pub(super) fn note(&mut self, message: &Message) {
        if let Some(request) = &message.request {
            self.changes.retain(|run, _| request.runs.iter().any(|wish| wish.run == *run));
            for wish in &request.runs {
                if let Some(change) = &wish.change {
                    self.note_change(wish.run, change);
                }
            }
            self.request = Some(request.clone());
        }
        self.open.extend(message.jobs.iter().cloned());
    }

    fn note_change(&mut self, run: RunId, change: &Change) {
        let known = self.changes.entry(run).or_insert_with(|| change.clone());
        if known.number < change.number {
            known.clone_from(change);
        }
    }

    /// Takes note of an event.
    pub(super) fn hear(&mut self, event: &Event) {
        match event {
            Event::Taken(number) => self.taken = *number,
            Event::Doing(doing) => self.doing = *doing,
            Event::Done(ticket) | Event::Dropped(ticket) => {
                let done = self.open.iter().position(|(open, _)| open == ticket).map(|place| self.open.remove(place));
                if let Some((_, Job::Set(run, change))) = done {
                    self.note_change(run, &change);
                }
            }
            Event::Snapshot(_, snapshot, _) if snapshot.divergence.is_some() => {
                // It has stopped by itself.
                if let Some(request) = &mut self.request {
                    request.playing = false;
                }
            }
            _ => {}
        }
    }

    /// What is being done.
    pub(super) fn doing(&self) -> Doing {
        self.doing
    }

    /// What is being done, if it takes long and says how long.
    pub(super) fn long_work(&self) -> Option<Doing> {
        Some(self.doing).filter(|doing| matches!(doing, Doing::Long(_, Some(_))))
    }

    /// Whether a request is on its way.
    pub(super) fn is_unanswered(&self) -> bool {
        self.request.as_ref().is_some_and(|request| request.number > self.taken)
    }

    /// Whether a worker that had nothing to do would have answered by now: a request is on its way, or a job is open.
    pub(super) fn is_owed_a_word(&self) -> bool {
        self.is_unanswered() || !self.open.is_empty()
    }

    /// Whether somebody waits for the runs: they play, a request is on its way, or a job is open.
    pub(super) fn is_waited_for(&self) -> bool {
        self.is_owed_a_word() || self.request.as_ref().is_some_and(|request| request.playing && !request.asleep)
    }

    /// Forgets the open jobs and returns their tickets: nobody waits for them any more.
    pub(super) fn drop_jobs(&mut self) -> Vec<Ticket> {
        self.open.drain(..).map(|(ticket, _)| ticket).collect()
    }

    /// The message with which everything that is wanted starts again elsewhere.
    pub(super) fn restart(&mut self) -> Message {
        self.doing = Doing::default();
        let request = self.request.clone().map(|mut request| {
            for wish in &mut request.runs {
                wish.change = self.changes.get(&wish.run).cloned();
                // The past is gone with the run.
                wish.shown = None;
            }
            request.seen = 0;
            request
        });
        Message { request, jobs: self.open.clone() }
    }
}
