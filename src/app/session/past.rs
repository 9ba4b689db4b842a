//! The way back through the run: a step of the past in place of the present, or all of them as a film.

use crate::app::Playground;
use eframe::egui;

/// Kept steps a second when the past is shown as a film.
const REPLAY_SPEED: f64 = 20.0;

impl Playground {
    /// Shows a step of the past, with the run held meanwhile, or the present again.
    pub(in crate::app) fn show_past(&mut self, step: Option<u64>) {
        let Some(step) = step else {
            let resumes = self.resumes;
            self.present();
            if resumes {
                self.play(true);
            }
            return;
        };
        if self.model.playing {
            self.model.playing = false;
            self.resumes = true;
        }
        self.recall = Some(step);
        self.ctx.request_repaint();
    }

    /// Shows the present again, where the past was shown: something is asked of the run.
    pub(in crate::app) fn present(&mut self) {
        self.resumes = false;
        if self.recall.take().is_some() {
            self.model.recall(None);
        }
        self.ctx.request_repaint();
    }

    /// Shows the past from step 0 on.
    pub(in crate::app) fn start_replay(&mut self, ctx: &egui::Context) {
        self.show_past(Some(0));
        self.model.is_replaying = true;
        self.next_replay = ctx.input(|input| input.time) + 1.0 / REPLAY_SPEED;
    }

    /// Goes on with the film of the past.
    pub(in crate::app) fn replay(&mut self, ctx: &egui::Context) {
        let (true, Some(at)) = (self.model.is_replaying, self.recall) else { return };
        let now = ctx.input(|input| input.time);
        if now >= self.next_replay {
            let next = self.model.snapshot.past.frames.iter().copied().find(|step| *step > at);
            // After a frame that came late the film goes on from there: every step is seen.
            self.next_replay = (self.next_replay + 1.0 / REPLAY_SPEED).max(now);
            self.show_past(next);
        }
        ctx.request_repaint_after_secs((self.next_replay - now).max(0.0) as f32);
    }
}
