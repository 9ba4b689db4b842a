//! What the run says: its messages are taken in, with frames or without.

use super::Playground;
use super::notices::Kind;
use crate::runner::{Command, Event};

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
    }

    fn take(&mut self, event: Event) {
        match event {
            Event::Scene(scene) => self.model.take_scene(*scene),
            Event::Points(scene) => self.model.take_points(*scene),
            Event::Snapshot(snapshot) => {
                let diverged = snapshot.divergence.filter(|_| self.model.snapshot.divergence.is_none());
                self.model.take_snapshot(*snapshot);
                if let Some(divergence) = diverged {
                    let key = format!("diverged.{}", divergence.key());
                    self.notices.add(Kind::Trouble, self.model.language().get(&key).to_owned());
                }
                self.send(Command::Seen);
            }
            Event::Recalled(mut snapshot) => {
                if self.recall.is_some() {
                    snapshot.restore_own(&self.model.scene);
                    self.model.recall(Some(*snapshot));
                }
            }
            Event::Inspected(inspection) => self.model.take_inspection(inspection.map(|inspection| *inspection)),
            Event::Done { ticket } => self.script.done(ticket, &self.model),
            Event::Cancelled { ticket } => self.script.cancelled(ticket),
            Event::Probed { step, probes } => {
                self.model.take_probes(step, probes);
                self.ctx.request_repaint();
            }
            Event::Alive => {}
            Event::Restarted(reason) => self.trouble("ui.worker_failed", &reason),
        }
    }
}
