//! What a user asks for is done.

use crate::app::session::model::Action;
use crate::app::shell::notices::Kind;
use crate::app::{Playground, platform};
use crate::learn::trainer::Weights;
use eframe::egui;

impl Playground {
    pub(in crate::app) fn act(&mut self, ctx: &egui::Context, action: Action) {
        match action {
            Action::TogglePlay => {
                self.model.walking = None;
                self.play(!self.model.playing);
            }
            Action::Walk(pace) => self.walk(pace),
            Action::EditPoints(points) => self.edit_points(points),
            Action::UndoPoints => self.undo_points(),
            Action::Tool(tool) => self.model.tool = tool,
            Action::PickClass(class) => self.model.picked ^= 1 << class,
            Action::Class(class) => self.model.class = class,
            Action::Step => self.step(1, None),
            Action::Reset => {
                self.model.walking = self.model.walking.map(|_| 0);
                self.reset(None);
            }
            Action::NewSeed => {
                let mut config = self.model.config.clone();
                config.seed = platform::chance() % 10_000;
                self.configure(config, Weights::Fresh, Some(self.gesture));
            }
            Action::Configure(config, weights) => self.configure(*config, weights, Some(self.gesture)),
            Action::Settings(settings) => {
                self.model.settings = settings;
                self.apply_preferences(ctx);
            }
            Action::Hover(point) => self.model.hovered = point,
            Action::Dismiss(kind) => self.model.dismiss(kind),
            Action::Pin(point) => self.pin(point, None),
            Action::Probe => self.probe(None),
            Action::Show(space) => self.model.space = space,
            Action::StopWaiting => self.stop_waiting(),
            Action::Recall(step) => {
                self.model.is_replaying = false;
                self.model.walking = None;
                self.show_past(step);
            }
            Action::Replay => {
                self.model.walking = None;
                self.start_replay(ctx);
            }
            Action::Refuse(error) => self.notices.add(Kind::Trouble, self.model.language().refused(&error)),
            Action::CopyLink => self.copy_link(ctx),
            Action::SaveConfig | Action::SaveEmbeddings | Action::SaveMetrics => self.save(&action),
            Action::SavePicture => self.save_picture(ctx),
            Action::SaveImages => self.save_images(),
            Action::OpenConfig => self.ask_for_file(ctx),
            Action::OpenFolder => self.ask_for_folder(ctx),
            Action::Tile(tile) => self.cut_sheet(tile),
            Action::TakeSheet => self.take_sheet(),
            Action::CloseSheet => self.model.sheet = None,
            Action::ToggleHelp => self.shows_help = !self.shows_help,
        }
        ctx.request_repaint();
    }
}
