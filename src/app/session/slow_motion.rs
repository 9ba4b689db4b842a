//! One step in slow motion: which stage is shown, and what that asks of the run.

use crate::app::Playground;
use crate::app::session::model::Pace;
use crate::learn::report::Space;

impl Playground {
    /// Moves through the stages of the next step, or takes it. The run is held meanwhile.
    pub(in crate::app) fn walk(&mut self, pace: Pace) {
        let last = self.model.snapshot.walk.as_ref().map_or(0, |walk| walk.told.len().saturating_sub(1));
        let at = self.model.walking;
        match (pace, at) {
            (Pace::Toggle, Some(_)) | (Pace::Close, _) => self.model.walking = None,
            (Pace::Toggle, None) => {
                self.play(false);
                // What is told is of z.
                self.model.space = Space::Z;
                self.model.walking = Some(0);
            }
            (Pace::To(stage), Some(_)) => self.model.walking = Some(stage.min(last)),
            (Pace::Back, Some(at)) => self.model.walking = Some(at.min(last).saturating_sub(1)),
            (Pace::Next, Some(at)) if at < last => self.model.walking = Some(at + 1),
            (Pace::Next | Pace::Finish, Some(_)) => {
                self.step(1, None);
                self.model.walking = Some(0);
            }
            (Pace::To(_) | Pace::Back | Pace::Next | Pace::Finish, None) => {}
        }
        self.ctx.request_repaint();
    }
}
