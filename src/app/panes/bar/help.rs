//! The help: what this is, and the keys.

use crate::app::session::model::{Action, Model};
use crate::app::session::settings::Settings;
use crate::app::theme::{Tokens, semibold};
use crate::app::widgets::card;
use crate::app::widgets::help::has_touch;
use eframe::egui::{self, Align2, FontId, RichText, ThemePreference, Vec2};

/// The keys and what they do.
const KEYS: [(&str, &str); 13] = [
    ("Space", "ui.key_play"),
    ("S", "ui.key_step"),
    ("W", "ui.key_walk"),
    ("R", "ui.key_reset"),
    ("N", "ui.key_seed"),
    ("1", "ui.key_triplet"),
    ("2", "ui.key_infonce"),
    ("← →", "ui.key_arrows"),
    ("⇧", "ui.key_shift"),
    ("Tab Enter", "ui.key_plane"),
    ("Home End", "ui.key_ends"),
    ("Esc", "ui.key_escape"),
    ("?", "ui.key_help"),
];

/// Shows the help over everything else.
pub fn ui(ctx: &egui::Context, model: &Model, actions: &mut Vec<Action>) {
    let language = model.language();
    let mut open = true;
    let width = (ctx.content_rect().width() - 48.0).min(430.0);
    egui::Window::new(RichText::new(language.get("ui.help")).font(FontId::new(15.0, semibold())))
        .id(egui::Id::unique("help"))
        .open(&mut open)
        .collapsible(false)
        .resizable(false)
        .anchor(Align2::CENTER_CENTER, Vec2::ZERO)
        .show(ctx, |ui| {
            ui.set_width(width);
            ui.set_max_height(ctx.content_rect().height() - 96.0);
            egui::ScrollArea::vertical().show(ui, |ui| contents(ui, model, width, actions));
        });
    if !open {
        actions.push(Action::ToggleHelp);
    }
}

fn contents(ui: &mut egui::Ui, model: &Model, width: f32, actions: &mut Vec<Action>) {
    let (language, tokens, ctx) = (model.language(), Tokens::current(ui.ctx()), ui.ctx().clone());
    ui.label(language.get("ui.about"));
    ui.add_space(8.0);
    if has_touch(&ctx) {
        card::head(ui, language.get("ui.touch"));
        for text in ["ui.touch_help", "ui.touch_point", "ui.touch_turn", "ui.touch_zoom"] {
            ui.label(language.get(text));
        }
        ui.add_space(8.0);
    }
    card::head(ui, language.get("ui.keys"));
    egui::Grid::new("keys").num_columns(2).spacing(Vec2::new(18.0, 6.0)).show(ui, |ui| {
        for (key, text) in KEYS {
            ui.label(RichText::new(key).font(FontId::new(13.0, semibold())).color(tokens.accent));
            ui.scope(|ui| {
                ui.set_max_width(width - 96.0);
                ui.add(egui::Label::new(language.get(text)).wrap());
            });
            ui.end_row();
        }
    });
    ui.add_space(8.0);
    card::head(ui, language.get("ui.preferences"));
    let mut settings = model.settings;
    ui.checkbox(&mut settings.lecture, language.get("ui.lecture"));
    ui.horizontal(|ui| {
        for (theme, key) in
            [(ThemePreference::System, "ui.system"), (ThemePreference::Light, "ui.light"), (ThemePreference::Dark, "ui.dark")]
        {
            ui.radio_value(&mut settings.theme, theme, language.get(key));
        }
    });
    changed(model, settings, actions);
    ui.horizontal(|ui| super::top_bar::speed(ui, model, &tokens, true, actions));
    ui.add_space(4.0);
    ui.add(egui::Label::new(RichText::new(language.get("ui.licences")).size(11.0).color(tokens.soft)).wrap());
}

fn changed(model: &Model, settings: Settings, actions: &mut Vec<Action>) {
    if settings != model.settings {
        actions.push(Action::Settings(settings));
    }
}
