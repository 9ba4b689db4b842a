//! Whether the run is sound: gauges beside their references, and the alarms that are up and those that are not.

use crate::app::session::model::{Action, Model, Raised};
use crate::app::theme::{Tokens, semibold};
use crate::app::widgets::buttons::{Icon, Weight, button};
use crate::app::widgets::card;
use crate::app::widgets::count::{grouped, percent};
use crate::app::widgets::help::named_by_text;
use crate::app::words::Language;
use crate::learn::config::TABLE;
use crate::learn::health::{Alarm, AlarmKind, Gauge, Remedy, can_raise, gauges};
use crate::learn::trainer::Weights;
use eframe::egui::{
    self, Align, Color32, CornerRadius, FontId, Layout, Painter, Pos2, Rect, RichText, Sense, Shape, Stroke, StrokeKind, Ui, UiBuilder,
    Vec2, WidgetInfo,
};

/// Height of the row that tells of an alarm.
pub const ROW: f32 = 34.0;

/// Draws the pane.
pub fn ui(ui: &mut Ui, model: &Model, actions: &mut Vec<Action>) {
    let (language, tokens) = (model.language(), Tokens::current(ui.ctx()));
    if !model.is_ready() {
        return;
    }
    let snapshot = model.shown();
    for Raised { alarm, since, .. } in model.alarms() {
        up(ui, language, model, alarm, *since, &tokens, actions);
    }
    card::head(ui, language.get("ui.health_gauges"));
    if snapshot.spaces.len() > 1 {
        let text = language.fill("ui.health_space", &[("space", snapshot.space.key())]);
        ui.label(RichText::new(text).size(12.0).color(tokens.soft));
    }
    for found in gauges(snapshot) {
        gauge(ui, language, &found, &tokens);
    }
    let quiet: Vec<AlarmKind> = AlarmKind::ALL
        .into_iter()
        .filter(|kind| can_raise(&snapshot.config, *kind) && !kind.is_good() && !model.alarms().any(|raised| raised.alarm.kind == *kind))
        .collect();
    if !quiet.is_empty() {
        ui.add_space(4.0);
        card::head(ui, language.get("ui.health_quiet"));
        for kind in quiet {
            ui.horizontal(|ui| {
                sign(ui, false, &tokens);
                let name = language.find(&format!("alarm.{}", kind.key())).unwrap_or_default();
                let help = language.find(&format!("alarm.{}.help", kind.key())).unwrap_or_default();
                named_by_text(ui, RichText::new(name).size(12.0).color(tokens.soft), help);
            });
        }
    }
}

/// An alarm that is up: what it is, what it means, what to try.
fn up(ui: &mut Ui, language: Language, model: &Model, alarm: &Alarm, since: u64, tokens: &Tokens, actions: &mut Vec<Action>) {
    let color = if alarm.kind.is_good() { tokens.positive } else { tokens.warning };
    ui.horizontal(|ui| {
        sign(ui, !alarm.kind.is_good(), tokens);
        let name = language.find(&format!("alarm.{}", alarm.kind.key())).unwrap_or_default();
        ui.label(RichText::new(name).font(FontId::new(13.0, semibold())).color(color));
    });
    ui.label(RichText::new(said(language, alarm)).size(12.0).color(tokens.ink));
    let help = language.find(&format!("alarm.{}.help", alarm.kind.key())).unwrap_or_default();
    ui.label(RichText::new(help).size(12.0).color(tokens.soft));
    for remedy in alarm.remedies(&model.config) {
        // Below one another: beside each other they would be wider than the pane.
        ui.label(RichText::new(language.fill("ui.health_try", &[("what", &named(language, &remedy))])).size(12.0).color(tokens.ink));
        set_it(ui, language, model, alarm, &remedy, actions);
    }
    if !alarm.kind.is_good() {
        ui.label(RichText::new(language.fill("ui.health_since", &[("step", &grouped(since))])).size(12.0).color(tokens.soft));
    }
    ui.add_space(8.0);
}

/// The button that sets a remedy, and starts the run again where its weights are past saving.
fn set_it(ui: &mut Ui, language: Language, model: &Model, alarm: &Alarm, remedy: &Remedy, actions: &mut Vec<Action>) {
    let name = language.fill("ui.health_set_named", &[("what", &named(language, remedy))]);
    let restarts = alarm.kind.needs_restart();
    let text = language.get(if restarts { "ui.health_set_restart" } else { "ui.health_set" });
    if button(ui, Icon::None, text, &name, Weight::Plain).clicked()
        && let Ok(config) = remedy.applied(&model.config)
    {
        actions.push(Action::Configure(Box::new(config), Weights::Fresh));
        actions.extend(restarts.then_some(Action::Reset));
    }
}

/// What an alarm says with its numbers.
fn said(language: Language, alarm: &Alarm) -> String {
    let number = |value: f64| match value.abs() {
        size if size >= 100.0 || size.fract() == 0.0 => grouped(value as u64),
        size if size >= 10.0 => format!("{value:.0}"),
        _ => format!("{value:.2}"),
    };
    let values = [("value", number(alarm.value)), ("reference", number(alarm.reference)), ("percent", percent(alarm.value as f32))];
    let values = values.each_ref().map(|(name, value)| (*name, value.as_str()));
    language.fill(&format!("alarm.{}.said", alarm.kind.key()), &values)
}

/// A remedy in words: each parameter's label with its value.
fn named(language: Language, remedy: &Remedy) -> String {
    let one = |(key, value): &(&'static str, String)| {
        let label = language.find(&format!("param.{key}.label")).unwrap_or(key);
        let is_choice = TABLE.iter().any(|parameter| parameter.key == *key) && language.find(&format!("choice.{key}.{value}")).is_some();
        let value = if is_choice { language.find(&format!("choice.{key}.{value}")).unwrap_or_default() } else { value };
        format!("{label} {value}")
    };
    remedy.keys.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// A gauge: name and value, the bar with its reference, a sentence.
fn gauge(ui: &mut Ui, language: Language, gauge: &Gauge, tokens: &Tokens) {
    let color = if gauge.is_low { tokens.warning } else { tokens.positive };
    let value = match gauge.decimals {
        _ if !gauge.value.is_finite() => "–".to_owned(),
        4 => format!("{:.1e}", gauge.value),
        decimals => format!("{:.decimals$}", gauge.value),
    };
    let value = value.replace('-', "−");
    let name = language.find(&format!("gauge.{}", gauge.key)).unwrap_or_default();
    ui.allocate_ui_with_layout(Vec2::new(ui.available_width(), 19.0), Layout::right_to_left(Align::Center), |ui| {
        ui.label(RichText::new(&value).font(FontId::new(13.0, semibold())).color(if gauge.is_low { tokens.warning } else { tokens.ink }));
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            sign(ui, gauge.is_low, tokens);
            ui.add(egui::Label::new(RichText::new(name).color(tokens.ink)).truncate());
        });
    });
    let (rect, response) = ui.allocate_exact_size(Vec2::new(ui.available_width(), 6.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(egui::Role::ProgressIndicator, true, format!("{name} {value}")));
    let painter = ui.painter();
    painter.rect_filled(rect, CornerRadius::same(3), tokens.field);
    let filled = Rect::from_min_size(rect.min, Vec2::new(rect.width() * gauge.part as f32, rect.height()));
    painter.rect_filled(filled, CornerRadius::same(3), color);
    if gauge.mark.is_finite() {
        let x = (rect.min.x + rect.width() * gauge.mark as f32).min(rect.max.x - 1.0);
        painter.vline(x, rect.min.y - 3.0..=rect.max.y + 3.0, Stroke::new(2.0, tokens.ink));
    }
    let reference = format!("{:.2}", gauge.reference).replace('-', "−");
    let text = language.fill(&format!("gauge.{}.help", gauge.key), &[("reference", &reference)]);
    ui.label(RichText::new(text).size(11.5).color(tokens.soft));
    ui.add_space(3.0);
}

/// A tick in a circle, or an exclamation mark in a triangle.
fn sign(ui: &mut Ui, warns: bool, tokens: &Tokens) {
    let (rect, _) = ui.allocate_exact_size(Vec2::splat(15.0), Sense::hover());
    paint_sign(ui.painter(), rect.center(), warns, if warns { tokens.warning } else { tokens.positive });
}

fn paint_sign(painter: &Painter, at: Pos2, warns: bool, color: Color32) {
    let stroke = Stroke::new(1.4, color);
    if warns {
        let corners = [(0.0, -6.5), (6.8, 5.2), (-6.8, 5.2)].map(|(x, y)| at + Vec2::new(x, y));
        painter.add(Shape::closed_line(corners.to_vec(), stroke));
        painter.line_segment([at + Vec2::new(0.0, -2.5), at + Vec2::new(0.0, 1.2)], stroke);
        painter.circle_filled(at + Vec2::new(0.0, 3.4), 0.9, color);
    } else {
        painter.circle_stroke(at, 6.2, stroke);
        painter.add(Shape::line([(-2.8, 0.2), (-0.8, 2.4), (3.0, -2.2)].map(|(x, y)| at + Vec2::new(x, y)).to_vec(), stroke));
    }
}

/// The row that tells of the most serious alarm. Returns true when somebody wants to look closer.
pub fn row(ui: &mut Ui, rect: Rect, model: &Model, actions: &mut Vec<Action>) -> bool {
    let Some(Raised { alarm, since, .. }) = model.told_alarm() else { return false };
    let (language, tokens) = (model.language(), Tokens::current(ui.ctx()));
    ui.painter().rect(rect, CornerRadius::same(10), tokens.warning_ground, Stroke::new(1.0, tokens.warning_line), StrokeKind::Inside);
    paint_sign(ui.painter(), Pos2::new(rect.min.x + 18.0, rect.center().y), true, tokens.warning);
    let inside = Rect::from_min_max(rect.min + Vec2::new(34.0, 0.0), rect.max - Vec2::new(8.0, 0.0));
    let is_narrow = rect.width() < 700.0;
    let mut looks = false;
    ui.scope_builder(UiBuilder::new().max_rect(inside).layout(Layout::right_to_left(Align::Center)), |ui| {
        if button(ui, Icon::None, "×", language.get("ui.dismiss"), Weight::Bare).clicked() {
            actions.push(Action::Dismiss(alarm.kind));
        }
        if !is_narrow {
            ui.label(RichText::new(language.fill("ui.health_since", &[("step", &grouped(*since))])).size(12.0).color(tokens.soft));
        }
        looks = button(ui, Icon::None, language.get("ui.health_look"), "", Weight::Plain).clicked();
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            let name = language.find(&format!("alarm.{}", alarm.kind.key())).unwrap_or_default();
            let text = RichText::new(name).font(FontId::new(13.0, semibold())).color(tokens.warning);
            if is_narrow {
                ui.add(egui::Label::new(text).truncate());
                return;
            }
            ui.label(text);
            ui.label(RichText::new(said(language, alarm)).color(tokens.warning));
            if let Some(remedy) = alarm.remedies(&model.config).first() {
                let what = language.fill("ui.health_try", &[("what", &named(language, remedy))]);
                let is_room = ui.available_width()
                    > 90.0 + ui.painter().layout_no_wrap(what.clone(), FontId::proportional(13.0), tokens.ink).size().x;
                if is_room {
                    ui.label(RichText::new(what).color(tokens.ink));
                    set_it(ui, language, model, alarm, remedy, actions);
                }
            }
        });
    });
    looks
}
