//! What the sphere says: the run's metrics as numbers.

use crate::app::model::Model;
use crate::app::theme::{Tokens, semibold};
use crate::app::widgets::card;
use crate::app::widgets::still::is_read_out;
use eframe::egui::{Align, Color32, FontId, Label, Layout, Rect, RichText, Ui, Vec2};

/// The metrics that a snapshot may carry over from an earlier step.
const MEASURED_LESS_OFTEN: [&str; 2] = ["effective_rank", "knn_accuracy"];

/// Shows the metrics of the snapshot, each with its help.
pub fn ui(ui: &mut Ui, model: &Model) {
    let language = model.language();
    let tokens = Tokens::current(ui.ctx());
    card::head(ui, language.get("ui.readings"));
    if !model.is_ready() {
        return;
    }
    let snapshot = &model.snapshot;
    let is_read_out = is_read_out(ui.ctx());
    let row = |ui: &mut Ui, key: &str, value: String, color: Color32| {
        let size = Vec2::new(ui.available_width(), 21.0);
        // In most windows the panel is longer than what is seen of it, and what is not costs as much.
        if !is_read_out && !ui.is_rect_visible(Rect::from_min_size(ui.next_widget_position(), size)) {
            ui.allocate_space(size);
            return;
        }
        ui.allocate_ui_with_layout(size, Layout::right_to_left(Align::Center), |ui| {
            ui.label(RichText::new(value).font(FontId::new(13.0, semibold())).color(color));
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let label = language.find(&format!("metric.{key}.label")).unwrap_or_default();
                ui.add(Label::new(RichText::new(label).color(tokens.ink)).truncate()).on_hover_ui(|ui| help(ui, model, key));
            });
        });
    };
    let of = |part: String, whole: String| language.fill("ui.of", &[("part", &part), ("whole", &whole)]);
    row(ui, "effective_rank", of(format!("{:.2}", snapshot.spectrum.effective_rank), snapshot.dim.to_string()), tokens.ink);
    if let Some(softmax) = &snapshot.terms.infonce {
        row(
            ui,
            "effective_negatives",
            of(format!("{:.0}", softmax.effective_negatives), format!("{:.0}", softmax.negatives)),
            tokens.negative,
        );
        row(ui, "entropy", format!("{:.2}", softmax.entropy), tokens.ink);
        if let Some(bound) = softmax.mutual_information {
            row(ui, "mutual_information", format!("{bound:.2}"), tokens.ink);
        }
    }
    if let Some(counts) = &snapshot.terms.triplets {
        row(ui, "active_fraction", percent(counts.active_fraction()), tokens.negative);
        for (key, count) in [("active", counts.active), ("easy", counts.easy), ("semi_hard", counts.semi_hard), ("hard", counts.hard)] {
            row(ui, key, grouped(count), tokens.ink);
        }
    }
    row(ui, "positive_similarity", format!("{:.3}", snapshot.batch.positive_similarity), tokens.positive);
    row(ui, "negative_similarity", format!("{:.3}", snapshot.batch.negative_similarity), tokens.negative);
    row(ui, "knn_accuracy", percent(snapshot.accuracy), tokens.ink);
    row(ui, "gradient_norm", format!("{:.4}", snapshot.gradient_norm), tokens.ink);
}

/// What a metric means; of those that are measured less often also when that was.
fn help(ui: &mut Ui, model: &Model, key: &str) {
    let (language, snapshot) = (model.language(), &model.snapshot);
    ui.set_max_width(ui.spacing().tooltip_width);
    ui.label(language.find(&format!("metric.{key}.help")).unwrap_or_default());
    if MEASURED_LESS_OFTEN.contains(&key) && snapshot.measured_step != snapshot.step {
        let tokens = Tokens::current(ui.ctx());
        ui.label(RichText::new(language.fill("ui.measured_at", &[("step", &snapshot.measured_step.to_string())])).color(tokens.soft));
    }
}

/// The three that matter most, in a line.
pub fn strip(ui: &mut Ui, model: &Model) {
    let language = model.language();
    let tokens = Tokens::current(ui.ctx());
    let snapshot = &model.snapshot;
    let of = |part: String, whole: String| language.fill("ui.of", &[("part", &part), ("whole", &whole)]);
    let pushing = match (&snapshot.terms.infonce, &snapshot.terms.triplets) {
        (Some(softmax), _) => {
            ("effective_negatives", of(format!("{:.0}", softmax.effective_negatives), format!("{:.0}", softmax.negatives)))
        }
        (_, Some(counts)) => ("active_fraction", percent(counts.active_fraction())),
        _ => return,
    };
    let rank = ("effective_rank", of(format!("{:.1}", snapshot.spectrum.effective_rank), snapshot.dim.to_string()));
    let accuracy = ("knn_accuracy", percent(snapshot.accuracy));
    ui.columns(3, |columns| {
        let shorts = ["ui.short_rank", "ui.short_pushing", "ui.short_accuracy"];
        for ((ui, short), (key, value)) in columns.iter_mut().zip(shorts).zip([rank, pushing, accuracy]) {
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = 6.0;
                ui.label(RichText::new(language.get(short)).size(12.0).color(tokens.soft)).on_hover_ui(|ui| help(ui, model, key));
                let value = RichText::new(value).font(FontId::new(12.0, semibold())).color(tokens.ink);
                ui.label(value).on_hover_ui(|ui| help(ui, model, key));
            });
        }
    });
}

fn percent(share: f32) -> String {
    format!("{:.1} %", share * 100.0)
}

/// A count with its thousands apart.
pub fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn thousands_stand_apart() {
        assert_eq!(super::grouped(7), "7");
        assert_eq!(super::grouped(1_482), "1,482");
        assert_eq!(super::grouped(1_234_567), "1,234,567");
    }
}
