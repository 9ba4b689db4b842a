//! The link of the run: copied for others, and followed where it is changed.

use crate::app::shell::notices::Kind;
use crate::app::{Playground, platform};
use crate::exchange::{charts, link};
use eframe::egui;

impl Playground {
    pub(in crate::app) fn copy_link(&mut self, ctx: &egui::Context) {
        if !link::fits(&self.model.config) {
            let are_images = self.model.config.data.are_images();
            let (key, most) =
                if are_images { ("ui.link_too_large_images", link::MOST_PIXELS) } else { ("ui.link_too_large", link::MOST_POINTS) };
            let text = self.model.language().fill(key, &[("most", &most.to_string())]);
            self.notices.add(Kind::Trouble, text);
            return;
        }
        let hash = link::to_hash(&link::shared(&self.model.config));
        // A bare address would go on with whatever its reader ran last.
        let hash = if hash.is_empty() { format!("seed={}", self.model.config.seed) } else { hash };
        let anchor = self.model.pinned.map_or(String::new(), |point| format!("&anchor={point}"));
        let cards = &self.model.settings.charts;
        let charts = if *cards == charts::FIRST { String::new() } else { format!("&charts={}", charts::write(cards)) };
        ctx.copy_text(platform::link(&format!("{hash}{anchor}{charts}")));
        self.done(if self.model.snapshot.past.marks.is_empty() { "ui.link_copied" } else { "ui.link_copied_changed" });
    }

    /// Takes over what the page's link has become by other hands than ours.
    pub(in crate::app) fn follow_link(&mut self, hash: &str, ctx: &egui::Context) {
        let read = link::read(hash);
        for (key, value) in &read.own {
            self.model.settings.set(key, value);
            match key.as_str() {
                "play" => self.play(self.model.settings.plays),
                "anchor" => self.pin(self.model.settings.anchor, None),
                _ => {}
            }
        }
        self.apply_preferences(ctx);
        self.tell_ignored(&read.ignored);
        if read.config != self.model.config {
            self.start_run(read.config);
        }
    }
}
