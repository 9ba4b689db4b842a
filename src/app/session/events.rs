//! What the run says: its messages are taken in, with frames or without.

use crate::app::Playground;
use crate::app::shell::notices::Kind;
use crate::runner::{Doing, Event, Work};

impl Playground {
    /// Exchanges commands and events with the run. Frames do it; where they have stopped (a hidden tab, a frame below the fold) scripts are
    /// answered all the same.
    pub fn pump(&mut self) {
        self.flush();
        let mut events = std::mem::take(&mut self.events);
        self.runner.poll(&mut events);
        for event in events.drain(..) {
            self.take(event);
        }
        self.events = events;
        self.model.waits_for = self.runner.keeps_waiting();
        self.flush();
    }

    /// Ends what keeps somebody waiting.
    pub(in crate::app) fn stop_waiting(&mut self) {
        if matches!(self.model.waits_for, Some(Doing::Long(Work::Probes, _))) {
            // They are trained piece by piece.
            self.dropped = self.script.last_ticket();
        } else {
            self.runner.stop_waiting();
        }
    }

    fn take(&mut self, event: Event) {
        match event {
            Event::Taken(number) => self.taken(number),
            Event::Doing(_) => {}
            Event::Scene(_, scene) => {
                self.recall = None;
                self.model.take_scene(*scene);
            }
            Event::Points(_, scene) => self.model.take_points(*scene),
            Event::Snapshot(_, snapshot, news) => {
                let diverged = snapshot.divergence.filter(|_| self.model.snapshot.divergence.is_none());
                self.model.take_snapshot(*snapshot, *news);
                if let Some(divergence) = diverged {
                    let key = format!("diverged.{}", divergence.key());
                    self.notices.add(Kind::Trouble, self.model.language().get(&key).to_owned());
                }
            }
            Event::Shown(number) => self.seen = number,
            Event::Recalled(_, mut snapshot) => {
                if self.recall.is_some() {
                    snapshot.restore_own(&self.model.scene);
                    self.model.recall(Some(*snapshot));
                }
            }
            Event::Inspected(_, inspection) => self.model.take_inspection(inspection.map(|inspection| *inspection)),
            Event::Done(ticket) => self.script.done(ticket, &self.model),
            Event::Dropped(ticket) => self.script.cancelled(ticket),
            Event::Probed(_, step, probes) => {
                self.model.take_probes(step, probes);
                self.ctx.request_repaint();
            }
            Event::Restarted(reason) => {
                self.seen = 0;
                self.present();
                self.trouble("ui.worker_failed", &reason);
            }
        }
    }
}
