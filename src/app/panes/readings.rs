//! What the sphere says: the run's metrics as numbers.

use crate::app::model::Model;
use crate::app::theme::{Tokens, semibold};
use crate::app::widgets::card;
use crate::app::widgets::count::{grouped, percent};
use crate::app::widgets::help::{named, named_by_text};
use crate::app::words::Language;
use crate::learn::objective::TripletCounts;
use crate::learn::trainer::Snapshot;
use eframe::egui::{Align, Color32, FontId, Layout, RichText, Ui, Vec2};

/// The metrics that a snapshot may carry over from an earlier step.
const MEASURED_LESS_OFTEN: [&str; 3] = ["effective_rank", "spread", "knn_accuracy"];

/// A metric as it is shown.
struct Reading {
    /// Its name in the language files.
    key: &'static str,
    value: String,
    color: Color32,
}

/// What stands for a number that would say nothing.
const NOTHING: &str = "–";

/// The rank of the embedding, or nothing where all points are in one place.
fn rank(snapshot: &Snapshot, language: Language, decimals: usize) -> String {
    match snapshot.spectrum.effective_rank {
        Some(rank) => language.fill("ui.of", &[("part", &format!("{rank:.decimals$}")), ("whole", &snapshot.dim.to_string())]),
        None => NOTHING.to_owned(),
    }
}

fn accuracy(snapshot: &Snapshot) -> String {
    snapshot.accuracy.map_or_else(|| NOTHING.to_owned(), percent)
}

/// What the last batch's objective says of what pushes: its metric, the metric's short name, and the value.
fn push(snapshot: &Snapshot, language: Language) -> Option<(&'static str, &'static str, String)> {
    let terms = &snapshot.terms;
    if let Some(softmax) = &terms.infonce {
        let (part, whole) = (format!("{:.0}", softmax.effective_negatives), format!("{:.0}", softmax.negatives));
        return Some((
            "effective_negatives",
            "ui.short_effective_negatives",
            language.fill("ui.of", &[("part", &part), ("whole", &whole)]),
        ));
    }
    let share = terms.triplets.as_ref().map(TripletCounts::active_fraction)?;
    Some(("active_fraction", "ui.short_active_fraction", percent(share)))
}

/// All metrics of what is shown.
fn readings(model: &Model, tokens: &Tokens) -> Vec<Reading> {
    let (language, snapshot) = (model.language(), model.shown());
    let mut readings = Vec::new();
    let mut add = |key: &'static str, value: String, color: Color32| readings.push(Reading { key, value, color });
    add("effective_rank", rank(snapshot, language, 2), tokens.ink);
    add("spread", percent(snapshot.spectrum.spread), tokens.ink);
    // While a live change is evaluated these are of the setting before it.
    let now = |value: String| if snapshot.is_pending { "…".to_owned() } else { value };
    if let Some((key, _, value)) = push(snapshot, language) {
        add(key, now(value), tokens.negative);
    }
    if let Some(softmax) = &snapshot.terms.infonce {
        add("entropy", now(format!("{:.2}", softmax.entropy)), tokens.ink);
        if let Some(bound) = softmax.mutual_information {
            add("mutual_information", now(format!("{bound:.2}")), tokens.ink);
        }
    }
    if let Some(counts) = &snapshot.terms.triplets {
        for (key, count) in [("active", counts.active), ("easy", counts.easy), ("semi_hard", counts.semi_hard), ("hard", counts.hard)] {
            add(key, now(grouped(count)), tokens.ink);
        }
    }
    add("positive_similarity", format!("{:.3}", snapshot.batch.positive_similarity), tokens.positive);
    add("negative_similarity", format!("{:.3}", snapshot.batch.negative_similarity), tokens.negative);
    add("knn_accuracy", accuracy(snapshot), tokens.ink);
    add("gradient_norm", now(format!("{:.4}", snapshot.gradient_norm)), tokens.ink);
    readings
}

/// Shows the metrics of what is on screen, each with its help.
pub fn ui(ui: &mut Ui, model: &Model) {
    let language = model.language();
    let tokens = Tokens::current(ui.ctx());
    card::head(ui, language.get("ui.readings"));
    if !model.is_ready() {
        return;
    }
    one_place(ui, model, &tokens);
    for Reading { key, value, color } in readings(model, &tokens) {
        ui.allocate_ui_with_layout(Vec2::new(ui.available_width(), 20.0), Layout::right_to_left(Align::Center), |ui| {
            ui.label(RichText::new(value).font(FontId::new(13.0, semibold())).color(color));
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let label = language.find(&format!("metric.{key}.label")).unwrap_or_default();
                named(ui, RichText::new(label).color(tokens.ink), true, |ui| help(ui, model, key));
            });
        });
    }
}

/// Says so where all points are in one place.
fn one_place(ui: &mut Ui, model: &Model, tokens: &Tokens) {
    if model.shown().is_in_one_place() {
        let text = RichText::new(model.language().get("ui.one_place")).font(FontId::new(13.0, semibold())).color(tokens.negative);
        named_by_text(ui, text, model.language().get("ui.one_place_help"));
    }
}

/// What a metric means; of those that are measured less often also when that was.
fn help(ui: &mut Ui, model: &Model, key: &str) {
    let (language, snapshot) = (model.language(), model.shown());
    ui.label(language.find(&format!("metric.{key}.help")).unwrap_or_default());
    if MEASURED_LESS_OFTEN.contains(&key) && snapshot.measured_step != snapshot.step {
        let tokens = Tokens::current(ui.ctx());
        ui.label(RichText::new(language.fill("ui.measured_at", &[("step", &snapshot.measured_step.to_string())])).color(tokens.soft));
    }
}

/// Shows the three that matter most, in a line; where all points are in one place, that.
pub fn strip(ui: &mut Ui, model: &Model) {
    let (language, snapshot) = (model.language(), model.shown());
    let tokens = Tokens::current(ui.ctx());
    let Some((push_key, push_short, push)) = push(snapshot, language) else { return };
    let readings = [
        ("effective_rank", "ui.short_rank", rank(snapshot, language, 1)),
        (push_key, push_short, push),
        ("knn_accuracy", "ui.short_accuracy", accuracy(snapshot)),
    ];
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 5.0;
        let gap = if ui.available_width() < 380.0 { 7.0 } else { 16.0 };
        if snapshot.is_in_one_place() {
            one_place(ui, model, &tokens);
            ui.add_space(gap);
        }
        for (key, short, value) in readings {
            if snapshot.is_in_one_place() && value == NOTHING {
                continue;
            }
            named(ui, RichText::new(language.get(short)).size(12.0).color(tokens.soft), false, |ui| help(ui, model, key));
            let value = RichText::new(value).font(FontId::new(12.0, semibold())).color(tokens.ink);
            ui.label(value).on_hover_ui(|ui| help(ui, model, key));
            ui.add_space(gap);
        }
    });
}
