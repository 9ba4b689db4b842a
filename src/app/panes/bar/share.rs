//! Sharing a run and taking its numbers away.

use crate::app::session::model::{Action, Model};
use crate::app::widgets::buttons::{Icon, Weight, button};
use eframe::egui::{self, Popup, Ui};

/// The button and its menu.
pub fn ui(ui: &mut Ui, model: &Model, actions: &mut Vec<Action>) {
    let language = model.language();
    let response = button(ui, Icon::None, language.get("ui.share"), "", Weight::Plain);
    Popup::menu(&response).show(|ui| {
        ui.set_min_width(210.0);
        let mut item = |key: &'static str, action: Action| {
            if ui.add(egui::Button::new(language.get(key)).frame(false).min_size(egui::vec2(200.0, 26.0))).clicked() {
                actions.push(action);
                ui.close();
            }
        };
        item("ui.copy_link", Action::CopyLink);
        item("ui.save_config", Action::SaveConfig);
        item("ui.open_config", Action::OpenConfig);
        item("ui.save_embeddings", Action::SaveEmbeddings);
        item("ui.save_metrics", Action::SaveMetrics);
        item("ui.save_picture", Action::SavePicture);
        if model.scene.images.is_some() {
            item("ui.save_images", Action::SaveImages);
        }
    });
}
