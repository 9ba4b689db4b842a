//! The stepper of one step in slow motion: its stages, a sentence with the shown stage's numbers, and the ways on.

use crate::app::panes::side::why;
use crate::app::session::model::{Action, Model, Pace};
use crate::app::theme::{RADIUS, Tokens, semibold};
use crate::app::widgets::buttons::{Icon, Weight, button};
use crate::app::widgets::card;
use crate::app::widgets::count::{grouped, short};
use crate::app::words::Language;
use crate::learn::report::{Quantity, Stage, StageTrace, StepTrace};
use crate::runner::MOST_ANSWERED;
use eframe::egui::text::{LayoutJob, TextFormat};
use eframe::egui::{
    self, Align, Align2, Color32, FontId, Layout, Pos2, Rect, Role, Sense, Stroke, StrokeKind, Ui, UiBuilder, Vec2, WidgetInfo,
};

/// Width below which the stages are numbers only, with the name of the one that is shown.
const NARROW: f32 = 700.0;
/// Width that a stage needs for its number under its name.
const WITH_NUMBER: f32 = 136.0;
/// Radius of a stage's circle.
const CIRCLE: f32 = 11.0;

/// Height of the stepper in a window of this width.
pub fn height(width: f32) -> f32 {
    if width < NARROW { 176.0 } else { 104.0 }
}

/// Whether a stage happens on the input plane.
pub fn is_on_plane(stage: Stage) -> bool {
    matches!(stage, Stage::Sample | Stage::Augment | Stage::Encode | Stage::Decode | Stage::Generate | Stage::Judge)
}

/// Whether a stage happens among the embeddings.
pub fn is_on_sphere(stage: Stage) -> bool {
    !matches!(stage, Stage::Sample | Stage::Augment | Stage::Generate | Stage::Decode | Stage::Follow)
}

/// Whether a stage is set in the pane of the data.
pub fn is_in_data(stage: Stage) -> bool {
    matches!(stage, Stage::Sample | Stage::Augment)
}

/// Whether a stage happens in the method's own pane: in its loss, or in its networks.
pub fn is_in_method(stage: Stage) -> bool {
    matches!(
        stage,
        Stage::Encode
            | Stage::Project
            | Stage::Target
            | Stage::Predict
            | Stage::Generate
            | Stage::Decode
            | Stage::Judge
            | Stage::Loss
            | Stage::Follow
    )
}

/// Edges a pane that takes part in the shown stage.
pub fn edge(ui: &Ui, rect: Rect, takes_part: bool) {
    if takes_part {
        let tokens = Tokens::current(ui.ctx());
        ui.painter().rect_stroke(rect, RADIUS, Stroke::new(2.0, tokens.accent), StrokeKind::Inside);
    }
}

/// A quantity as text.
fn written(model: &Model, name: &str, quantity: Quantity) -> String {
    match quantity {
        Quantity::Count(count) => grouped(count),
        // Losses are written alike everywhere.
        Quantity::Real(value) if matches!(name, "loss" | "after" | "own") => format!("{value:.3}"),
        Quantity::Real(value) => short(value.into()),
        Quantity::Point(point) => {
            let label = model.scene.labels.get(point as usize).copied().unwrap_or(0);
            why::name(model, label, point)
        }
    }
}

/// The colour of a quantity: of what pulls, of what pushes, or of the text.
fn color(name: &str, tokens: &Tokens) -> Color32 {
    match name {
        "positive" | "pull" | "near" | "on" | "real" => tokens.positive,
        "nearest" | "cosine" | "push" | "hard" | "off" | "made" => tokens.negative,
        _ => tokens.ink,
    }
}

/// A sentence with its quantities in their colours.
fn sentence(model: &Model, told: &StageTrace, width: f32, tokens: &Tokens) -> LayoutJob {
    let mut job = LayoutJob::default();
    job.wrap.max_width = width;
    let plain = TextFormat::simple(FontId::proportional(13.5), tokens.ink);
    for (text, name) in model.language().pieces(&format!("walk.{}", told.sentence)) {
        job.append(text, 0.0, plain.clone());
        if let Some((name, quantity)) = name.and_then(|name| Some((name, told.get(name)?))) {
            let strong = TextFormat::simple(FontId::new(13.5, semibold()), color(name, tokens));
            job.append(&written(model, name, quantity), 0.0, strong);
        }
    }
    job
}

/// What stands under a stage's name: its most telling number.
fn under(model: &Model, told: &StageTrace) -> String {
    let values: Vec<(&str, String)> =
        told.quantities.iter().map(|(name, quantity)| (name.as_str(), written(model, name, *quantity))).collect();
    let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let key = format!("walk.{}.short", told.sentence);
    if model.language().find(&key).is_some() { model.language().fill(&key, &values) } else { String::new() }
}

fn title(language: Language, stage: Stage) -> &'static str {
    language.find(&format!("walk.stage.{}", stage.key())).unwrap_or_default()
}

/// Draws the stepper into `rect`.
pub fn ui(ui: &mut Ui, rect: Rect, model: &Model, actions: &mut Vec<Action>) {
    card::card(ui, "slow motion", rect, |ui| {
        let Some((walk, at)) = model.walk() else {
            waiting(ui, model, actions);
            return;
        };
        let tokens = Tokens::current(ui.ctx());
        ui.spacing_mut().item_spacing.y = 6.0;
        let is_narrow = rect.width() < NARROW;
        stages(ui, model, walk, at, is_narrow, &tokens, actions);
        let told = &walk.told[at];
        if is_narrow {
            let heading = format!("{} · {}", at + 1, title(model.language(), told.stage));
            ui.label(egui::RichText::new(heading).font(FontId::new(13.5, semibold())).color(tokens.accent));
            let room = Vec2::new(ui.available_width(), (ui.available_height() - 36.0).max(20.0));
            ui.allocate_ui(room, |ui| {
                egui::ScrollArea::vertical().id_salt("told").auto_shrink(false).show(ui, |ui| {
                    let width = ui.available_width();
                    ui.label(sentence(model, told, width, &tokens));
                });
            });
            let bottom = Rect::from_min_max(Pos2::new(ui.max_rect().min.x, ui.max_rect().max.y - 30.0), ui.max_rect().max);
            ui.scope_builder(UiBuilder::new().max_rect(bottom).layout(Layout::right_to_left(Align::Center)), |ui| {
                ways(ui, model, walk, at, true, actions);
            });
            return;
        }
        ui.allocate_ui_with_layout(ui.available_size(), Layout::right_to_left(Align::Center), |ui| {
            ways(ui, model, walk, at, false, actions);
            let rest = ui.available_rect_before_wrap();
            let rest = rest.with_max_x(rest.max.x - 8.0);
            let job = sentence(model, told, rest.width(), &tokens);
            ui.scope_builder(UiBuilder::new().max_rect(rest).layout(Layout::top_down(Align::Min)), |ui| {
                let height = ui.painter().layout_job(job.clone()).size().y;
                ui.add_space(((rest.height() - height) / 2.0).max(0.0));
                ui.add(egui::Label::new(job).wrap());
            });
        });
    });
}

/// Until the next step is known, or where there is none.
fn waiting(ui: &mut Ui, model: &Model, actions: &mut Vec<Action>) {
    let language = model.language();
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        close(ui, model, actions);
        let key = match (model.shown().divergence.is_some(), model.recalled.is_some(), model.config.batch > MOST_ANSWERED) {
            (true, ..) => "ui.walk_diverged",
            (false, true, _) => "ui.walk_past",
            (false, false, true) => "ui.walk_large",
            (false, false, false) => "ui.waiting",
        };
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| ui.label(language.get(key)));
    });
}

fn close(ui: &mut Ui, model: &Model, actions: &mut Vec<Action>) {
    if button(ui, Icon::None, "×", model.language().get("ui.walk_close"), Weight::Plain).clicked() {
        actions.push(Action::Walk(Pace::Close));
    }
}

/// The buttons, from the right.
fn ways(ui: &mut Ui, model: &Model, walk: &StepTrace, at: usize, is_narrow: bool, actions: &mut Vec<Action>) {
    let language = model.language();
    ui.spacing_mut().item_spacing.x = 8.0;
    close(ui, model, actions);
    let is_last = at + 1 == walk.told.len();
    let finishes = language.get(if walk.divergence.is_some() { "ui.walk_try" } else { "ui.walk_finish" });
    if !is_last && button(ui, Icon::None, finishes, "", Weight::Plain).clicked() {
        actions.push(Action::Walk(Pace::Finish));
    }
    let next = match walk.told.get(at + 1) {
        Some(_) if is_narrow => language.get("ui.walk_next_short").to_owned(),
        Some(told) => language.fill("ui.walk_next", &[("stage", title(language, told.stage))]),
        None => finishes.to_owned(),
    };
    if button(ui, Icon::None, &next, "", Weight::Primary).clicked() {
        actions.push(Action::Walk(if is_last { Pace::Finish } else { Pace::Next }));
    }
    if at > 0 && button(ui, Icon::None, language.get("ui.walk_back"), "", Weight::Plain).clicked() {
        actions.push(Action::Walk(Pace::Back));
    }
}

/// The stages as circles on a line, each to be clicked.
fn stages(ui: &mut Ui, model: &Model, walk: &StepTrace, at: usize, is_narrow: bool, tokens: &Tokens, actions: &mut Vec<Action>) {
    let language = model.language();
    let count = walk.told.len();
    let height = if is_narrow { 26.0 } else { 34.0 };
    let (row, _) = ui.allocate_exact_size(Vec2::new(ui.available_width(), height), Sense::hover());
    let width = row.width() / count as f32;
    let has_number = !is_narrow && width >= WITH_NUMBER;
    for (place, told) in walk.told.iter().enumerate() {
        let cell = Rect::from_min_size(Pos2::new(row.min.x + width * place as f32, row.min.y), Vec2::new(width, height));
        let name = title(language, told.stage);
        let response = ui.interact(cell, ui.scope_id().with(("stage", place)), Sense::click());
        let label = format!("{} {name}", place + 1);
        response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, place == at, &label));
        if response.clicked() {
            actions.push(Action::Walk(Pace::To(place)));
        }
        let painter = ui.painter();
        let middle = Pos2::new(if is_narrow { cell.center().x } else { cell.min.x + CIRCLE + 1.0 }, cell.center().y);
        let (fill, ink, edge) = match place.cmp(&at) {
            std::cmp::Ordering::Equal => (tokens.accent, tokens.on_accent, tokens.accent),
            std::cmp::Ordering::Less => (tokens.accent.gamma_multiply(0.18), tokens.ink, tokens.accent),
            std::cmp::Ordering::Greater => (tokens.field, tokens.soft, tokens.line),
        };
        let mut end = middle.x + CIRCLE + 6.0;
        if !is_narrow {
            let font = FontId::new(13.0, semibold());
            let name_color = if place == at || response.hovered() { tokens.accent } else { ink_of(place, at, tokens) };
            let number = if has_number { under(model, told) } else { String::new() };
            let text_at = Pos2::new(middle.x + CIRCLE + 6.0, middle.y - if number.is_empty() { 0.0 } else { 8.0 });
            let drawn = painter.text(text_at, Align2::LEFT_CENTER, name, font, name_color);
            end = drawn.max.x;
            if !number.is_empty() {
                let at = Pos2::new(text_at.x, middle.y + 8.0);
                end = end.max(painter.text(at, Align2::LEFT_CENTER, number, FontId::proportional(11.5), tokens.soft).max.x);
            }
            end += 6.0;
        }
        let next = if is_narrow { middle.x + width - CIRCLE - 4.0 } else { cell.max.x - 4.0 };
        if place + 1 < count && next - end > 6.0 {
            let stroke = Stroke::new(1.5, if place < at { tokens.accent } else { tokens.line });
            painter.line_segment([Pos2::new(end, middle.y), Pos2::new(next, middle.y)], stroke);
        }
        painter.circle(middle, CIRCLE, fill, Stroke::new(1.5, edge));
        painter.text(middle, Align2::CENTER_CENTER, (place + 1).to_string(), FontId::new(11.5, semibold()), ink);
        if response.has_focus() {
            painter.circle_stroke(middle, CIRCLE + 3.0, Stroke::new(2.0, tokens.accent));
        }
        if is_narrow || !has_number {
            response.on_hover_text(format!("{name}\n{}", under(model, told)));
        }
    }
}

fn ink_of(place: usize, at: usize, tokens: &Tokens) -> Color32 {
    if place > at { tokens.soft } else { tokens.ink }
}
