//! The bar on top: the run's buttons on the left, the page's on the right.

use crate::app::session::model::{Action, Model, Pace};
use crate::app::session::settings::{FASTEST, SLOWEST, Settings};
use crate::app::theme::{Tokens, semibold};
use crate::app::widgets::buttons::{Icon, Weight, button, button_width};
use crate::app::widgets::count::grouped;
use crate::app::widgets::slider::{Track, slider};
use crate::app::words::Language;
use crate::learn::config::Scale;
use eframe::egui::{
    Align, CornerRadius, FontId, Layout, Rect, RichText, Stroke, StrokeKind, Theme, ThemePreference, Ui, UiBuilder, Vec2, WidgetInfo,
};

/// What the bar has room for.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
enum Room {
    /// The buttons' pictures, the step, help, language and sharing.
    Phone,
    /// The theme too, and the fingerprint.
    Tablet,
    /// The speed too.
    Laptop,
    /// The title and the buttons' words too.
    Wide,
}

impl Room {
    fn of(width: f32) -> Self {
        match width {
            1240.0.. => Self::Wide,
            900.0.. => Self::Laptop,
            690.0.. => Self::Tablet,
            _ => Self::Phone,
        }
    }
}

/// Draws the bar into `rect`.
pub fn ui(ui: &mut Ui, rect: Rect, model: &Model, actions: &mut Vec<Action>) {
    let tokens = Tokens::current(ui.ctx());
    ui.painter().rect(rect, CornerRadius::ZERO, tokens.panel, Stroke::NONE, StrokeKind::Inside);
    ui.painter().hline(rect.x_range(), rect.max.y, Stroke::new(1.0, tokens.line));
    let room = Room::of(rect.width());
    let inner = rect.shrink2(Vec2::new(if room == Room::Phone { 10.0 } else { 16.0 }, 0.0));
    ui.scope_builder(UiBuilder::new().max_rect(inner).layout(Layout::left_to_right(Align::Center)), |ui| {
        ui.spacing_mut().item_spacing.x = if room == Room::Phone { 4.0 } else { 10.0 };
        run_buttons(ui, model, &tokens, room, actions);
        count(ui, model, &tokens, room);
        page_buttons(ui, model, room, actions);
    });
}

/// What drives the run.
fn run_buttons(ui: &mut Ui, model: &Model, tokens: &Tokens, room: Room, actions: &mut Vec<Action>) {
    let language = model.language();
    let (wide, phone) = (room == Room::Wide, room == Room::Phone);
    if wide {
        ui.label(RichText::new(language.get("ui.title")).font(FontId::new(15.0, semibold())));
        ui.add_space(8.0);
    }
    let (icon, text) = if model.playing { (Icon::Pause, language.get("ui.pause")) } else { (Icon::Play, language.get("ui.play")) };
    if button(ui, icon, if phone { "" } else { text }, text, Weight::Primary).on_hover_text(language.get("ui.play_help")).clicked() {
        actions.push(Action::TogglePlay);
    }
    let step = language.get("ui.step");
    if button(ui, Icon::Step, if wide { step } else { "" }, step, Weight::Plain).on_hover_text(language.get("ui.step_help")).clicked() {
        actions.push(Action::Step);
    }
    let slow = language.get("ui.walk");
    if button(ui, Icon::Stages, "", slow, Weight::Plain).on_hover_text(language.get("ui.walk_help")).clicked() {
        actions.push(Action::Walk(Pace::Toggle));
    }
    let reset = language.get("ui.reset");
    if button(ui, Icon::Reset, if wide { reset } else { "" }, reset, Weight::Plain).on_hover_text(language.get("ui.reset_help")).clicked() {
        actions.push(Action::Reset);
    }
    if room >= Room::Laptop {
        speed(ui, model, tokens, wide, actions);
    }
}

/// What is about the page: sharing, language, look, help. Against the right edge, and laid out from left to right, as Tab goes.
fn page_buttons(ui: &mut Ui, model: &Model, room: Room, actions: &mut Vec<Action>) {
    let language = model.language();
    let has_theme = room > Room::Phone;
    let theme = theme_name(ui, model);
    let texts = [Some(language.get("ui.share")), Some(other_language(model).1), has_theme.then_some(theme), Some("?")];
    let widths: Vec<f32> = texts.into_iter().flatten().map(|text| button_width(ui, text)).collect();
    let width = widths.iter().sum::<f32>() + ui.spacing().item_spacing.x * (widths.len() - 1) as f32;
    ui.add_space((ui.available_width() - width).max(0.0));
    super::share::ui(ui, model, actions);
    language_button(ui, model, actions);
    if has_theme {
        theme_button(ui, model, theme, actions);
    }
    if button(ui, Icon::None, "?", language.get("ui.help"), Weight::Plain).on_hover_text(language.get("ui.help")).clicked() {
        actions.push(Action::ToggleHelp);
    }
}

/// Steps a second, logarithmic, the right end as fast as it goes.
pub fn speed(ui: &mut Ui, model: &Model, tokens: &Tokens, has_label: bool, actions: &mut Vec<Action>) {
    let language = model.language();
    if has_label {
        ui.label(RichText::new(language.get("ui.speed")).color(tokens.soft));
    }
    let mut settings = model.settings;
    let mut shown = f64::from(settings.steps_per_second.min(FASTEST));
    let track = Track { min: SLOWEST.into(), max: FASTEST.into(), scale: Scale::Logarithmic, whole: true };
    let response = ui
        .scope(|ui| {
            ui.spacing_mut().slider_width = 90.0;
            slider(ui, "speed", &mut shown, track, tokens)
        })
        .inner;
    response.widget_info(|| WidgetInfo::slider(true, shown, language.get("ui.speed")));
    if response.changed() {
        settings.steps_per_second = if shown >= f64::from(FASTEST) * 0.97 { f32::INFINITY } else { shown as f32 };
        actions.push(Action::Settings(settings));
    }
    let text = if model.settings.steps_per_second.is_infinite() {
        language.get("ui.speed_max").to_owned()
    } else {
        language.fill("ui.speed_value", &[("speed", &grouped(model.settings.steps_per_second as u64))])
    };
    response.on_hover_text(format!("{}\n{text}", language.get("ui.speed_help")));
    ui.allocate_ui_with_layout(Vec2::new(44.0, 24.0), Layout::left_to_right(Align::Center), |ui| {
        let short = if model.settings.steps_per_second.is_infinite() {
            language.get("ui.speed_short_max").to_owned()
        } else {
            language.fill("ui.speed_short", &[("speed", &grouped(model.settings.steps_per_second as u64))])
        };
        ui.label(RichText::new(short).size(12.0).color(tokens.soft)).on_hover_text(text);
    });
}

/// The step count and the run's fingerprint, in places that do not jump.
fn count(ui: &mut Ui, model: &Model, tokens: &Tokens, room: Room) {
    let phone = room == Room::Phone;
    let language = model.language();
    let walked = model.walk().filter(|_| !phone).map(|(walk, _)| format!(" → {}", grouped(walk.step + 1)));
    let width = if phone { 44.0 } else { 62.0 + if walked.is_some() { 60.0 } else { 0.0 } };
    let step = grouped(model.shown().step) + &walked.unwrap_or_default();
    ui.allocate_ui_with_layout(Vec2::new(width, 24.0), Layout::right_to_left(Align::Center), |ui| {
        ui.label(RichText::new(step).font(FontId::new(13.0, semibold()))).on_hover_text(language.get("metric.step.help"));
    });
    if !phone {
        ui.label(RichText::new(language.get("ui.steps")).color(tokens.soft));
        let text = format!("{} {}", language.get("ui.run"), model.shown().fingerprint);
        let label = eframe::egui::Button::new(RichText::new(text).size(12.0).color(tokens.soft))
            .fill(tokens.field)
            .corner_radius(9)
            .sense(eframe::egui::Sense::hover());
        ui.add(label).on_hover_text(language.get("metric.fingerprint.help"));
    }
}

/// The name of the theme that is not in force.
fn theme_name(ui: &Ui, model: &Model) -> &'static str {
    let key = if ui.ctx().theme() == Theme::Dark { "ui.light" } else { "ui.dark" };
    model.language().find(key).unwrap_or(key)
}

fn theme_button(ui: &mut Ui, model: &Model, name: &str, actions: &mut Vec<Action>) {
    let dark = ui.ctx().theme() == Theme::Dark;
    if button(ui, Icon::None, name, "", Weight::Plain).on_hover_text(model.language().get("ui.theme_help")).clicked() {
        let theme = if dark { ThemePreference::Light } else { ThemePreference::Dark };
        actions.push(Action::Settings(Settings { theme, ..model.settings }));
    }
}

/// The language that is not in force, by its own name.
fn other_language(model: &Model) -> (Language, &'static str) {
    match model.language() {
        Language::English => (Language::Chinese, "中文"),
        Language::Chinese => (Language::English, "English"),
    }
}

fn language_button(ui: &mut Ui, model: &Model, actions: &mut Vec<Action>) {
    let (other, text) = other_language(model);
    if button(ui, Icon::None, text, "", Weight::Plain).on_hover_text(model.language().get("ui.language_help")).clicked() {
        actions.push(Action::Settings(Settings { language: Some(other), ..model.settings }));
    }
}
