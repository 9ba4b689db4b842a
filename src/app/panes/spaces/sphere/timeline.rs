//! The way back through the run: a slider over the kept steps, a film of them, and the way to the present.

use crate::app::session::model::{Action, Model};
use crate::app::theme::{MARGIN, Tokens};
use crate::app::widgets::buttons::{Icon, Weight, button};
use crate::app::widgets::count::grouped;
use crate::app::widgets::slider::{Track, slider};
use crate::learn::config::Scale;
use eframe::egui::{self, Pos2, Rect, RichText, Ui, UiBuilder, Vec2, WidgetInfo};

/// Room for the step that is shown with the way to the present, and for the present's name.
const LABEL: f32 = 122.0;
const NOW: f32 = 40.0;

/// Draws the timeline at the foot of `rect`.
pub(super) fn ui(ui: &mut Ui, rect: Rect, model: &Model, tokens: &Tokens, actions: &mut Vec<Action>) {
    let language = model.language();
    let frames = &model.snapshot.past.frames;
    if frames.len() < 2 {
        return;
    }
    let strip = Rect::from_min_max(Pos2::new(rect.min.x + MARGIN - 4.0, rect.max.y - 36.0), rect.max - Vec2::new(MARGIN, 6.0));
    ui.scope_builder(UiBuilder::new().max_rect(strip).layout(egui::Layout::left_to_right(egui::Align::Center)), |ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        let (icon, name) = if model.is_replaying { (Icon::Pause, "ui.replay_stop") } else { (Icon::Play, "ui.replay") };
        let name = language.get(name);
        if button(ui, icon, "", name, Weight::Bare).on_hover_text(name).clicked() {
            actions.push(match &model.recalled {
                Some(past) if model.is_replaying => Action::Recall(Some(past.step)),
                _ => Action::Replay,
            });
        }
        let mut place = model.recalled.as_ref().map_or(frames.len(), |past| frames.partition_point(|step| *step < past.step));
        let before = place;
        let mut at = place as f64;
        let track = Track { min: 0.0, max: frames.len() as f64, scale: Scale::Linear, whole: true };
        let label = if model.recalled.is_some() { LABEL } else { NOW };
        let response = ui
            .scope(|ui| {
                ui.spacing_mut().slider_width = (ui.available_width() - label).max(40.0);
                slider(ui, "timeline", &mut at, track, tokens)
            })
            .inner;
        place = at as usize;
        let value = place as f64;
        response.widget_info(|| WidgetInfo::slider(true, value, language.get("ui.timeline")));
        if response.changed() && place != before {
            actions.push(Action::Recall(frames.get(place).copied()));
        }
        response.on_hover_text(language.get("ui.timeline"));
        match &model.recalled {
            Some(past) => {
                if button(ui, Icon::None, language.get("ui.now"), language.get("ui.back_to_now"), Weight::Plain)
                    .on_hover_text(language.get("ui.back_to_now"))
                    .clicked()
                {
                    actions.push(Action::Recall(None));
                }
                let step = language.fill("ui.step_number", &[("step", &grouped(past.step))]);
                ui.add(egui::Label::new(RichText::new(step).size(12.0).color(tokens.accent)).truncate());
            }
            None => {
                ui.label(RichText::new(language.get("ui.now")).size(12.0).color(tokens.soft));
            }
        }
    });
}
