//! The anchor's candidates: shares by class, the strongest one by one, and the triplets of one positive.

use crate::app::panes::side::why::{class_word, name_of, negatives, paragraph, row};
use crate::app::session::model::Model;
use crate::app::theme::{Tokens, semibold};
use crate::app::widgets::buttons::{Icon, Weight, button};
use crate::app::widgets::card;
use crate::app::widgets::count::percent;
use crate::app::widgets::markers::Markers;
use crate::app::words::Language;
use crate::learn::report::short;
use crate::learn::report::{Candidate, Reasons, Role};
use crate::learn::rows::norm;
use eframe::egui::{self, Align2, Color32, CornerRadius, FontId, Painter, Pos2, Rect, RichText, Sense, Ui, Vec2, WidgetInfo};

/// Rows of the list.
const SHOWN: usize = 8;
/// Rows where all are told apart: prototypes.
const MOST_SHOWN: usize = 16;

/// Returns the place of the candidate in a line of the list, counted from 0.
pub(super) fn place(reasons: &Reasons, positive: usize, line: usize) -> Option<usize> {
    if reasons.margin.is_none() {
        return reasons.by_strength().nth(line);
    }
    reasons.triplets(positive)?.active.get(line).map(|(place, ..)| *place)
}

/// The positive's share, the effective negatives, and the push by class.
pub(super) fn shares(ui: &mut Ui, model: &Model, reasons: &Reasons) {
    let (language, tokens) = (model.language(), Tokens::current(ui.ctx()));
    if let Some(share) = reasons.positive_share {
        row(ui, &tokens, language.get("ui.why_positive_share"), RichText::new(percent(share)).color(tokens.positive));
    }
    if let Some(effective) = reasons.effective_negatives {
        let text = language.fill("ui.of", &[("part", &format!("{effective:.0}")), ("whole", &negatives(reasons).to_string())]);
        row(ui, &tokens, language.get("ui.why_effective"), RichText::new(text).color(tokens.ink));
    }
    if reasons.positive_share.is_some()
        && let Some(count) = reasons.strongest
    {
        paragraph(ui, &tokens, &language.fill("ui.why_strongest", &[("count", &count.to_string())]));
    }
    by_class(ui, model, reasons, &tokens);
}

/// A bar of the negatives' shares by class.
fn by_class(ui: &mut Ui, model: &Model, reasons: &Reasons, tokens: &Tokens) {
    let classes = model.scene.classes;
    let mut parts = vec![0.0f32; classes + 1];
    for other in reasons.candidates.iter().filter(|other| !other.positive && matches!(other.role, Role::View | Role::Key)) {
        parts[other.label.map_or(classes, usize::from).min(classes)] += other.share.unwrap_or(0.0);
    }
    let all: f32 = parts.iter().sum();
    if all <= 0.0 {
        return;
    }
    let (rect, response) = ui.allocate_exact_size(Vec2::new(ui.available_width(), 8.0), Sense::hover());
    let mut order: Vec<usize> = (0..classes).collect();
    order.sort_by(|a, b| parts[*b].total_cmp(&parts[*a]));
    let legend: Vec<String> = order
        .iter()
        .take(3)
        .filter(|class| parts[**class] > 0.0)
        .map(|class| format!("{} {}", class_word(model, *class), percent(parts[*class] / all).replace(' ', "\u{a0}")))
        .collect();
    let legend = legend.join(" · ");
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Image, true, &legend));
    let mut left = rect.min.x;
    for class in order.into_iter().chain([classes]) {
        let width = rect.width() * parts[class] / all;
        let color = if class == classes { tokens.soft } else { tokens.class(class) };
        ui.painter().rect_filled(
            Rect::from_min_size(Pos2::new(left, rect.min.y), Vec2::new(width, rect.height())),
            CornerRadius::ZERO,
            color,
        );
        left += width;
    }
    paragraph(ui, tokens, &format!("{} {legend}", model.language().get("ui.why_by_class")));
}

/// What a line of the list shows.
struct Line {
    /// Counted from 0.
    number_in_list: usize,
    place: usize,
    number: String,
    part: f32,
    value: String,
    color: Color32,
}

/// The strongest candidates, and what the others do together.
pub(super) fn strongest(
    ui: &mut Ui,
    model: &Model,
    reasons: &Reasons,
    hovered: Option<usize>,
    markers: &Markers,
    lit: &mut Option<(usize, usize)>,
) {
    let (language, tokens) = (model.language(), Tokens::current(ui.ctx()));
    let strength = |other: &Candidate| other.share.unwrap_or(other.weight.abs());
    let order: Vec<usize> = reasons.by_strength().take(MOST_SHOWN).collect();
    let count = reasons.candidates.len();
    let has_shares = reasons.candidates.iter().any(|other| other.share.is_some());
    let has_codes = reasons.candidates.iter().any(|other| other.code.is_some());
    let most = reasons.candidates.iter().map(strength).fold(0.0, f32::max).max(f32::MIN_POSITIVE);
    ui.add_space(4.0);
    let head = match (has_codes, has_shares) {
        (true, _) => "ui.why_prototypes",
        (false, true) => "ui.why_candidates",
        (false, false) => "ui.why_pulls",
    };
    card::head(ui, language.get(head));
    let shown = if has_codes { order.len() } else { order.len().min(SHOWN) };
    for (number_in_list, place) in order[..shown].iter().enumerate() {
        let other = &reasons.candidates[*place];
        let value = match (other.code, other.share) {
            (Some(code), Some(share)) => format!("{:.0} → {:.0} %", 100.0 * share, 100.0 * code),
            (_, Some(share)) => percent(share),
            _ => short(other.weight),
        };
        let line = Line {
            number_in_list,
            place: *place,
            number: format!("{:.3}", other.cosine).replace('-', "−"),
            part: strength(other) / most,
            value,
            color: if other.positive { tokens.positive } else { tokens.negative },
        };
        candidate(ui, model, reasons, &line, hovered, lit, markers, &tokens);
    }
    if count > shown {
        let rest: f32 = reasons.by_strength().skip(shown).filter_map(|place| reasons.candidates[place].share).sum();
        let text = language.fill("ui.why_others", &[("count", &(count - shown).to_string())]);
        let value = if has_shares { percent(rest) } else { String::new() };
        row(ui, &tokens, &text, RichText::new(value).color(tokens.soft));
    }
}

/// The negatives against one positive, which can be stepped through.
pub(super) fn triplets(
    ui: &mut Ui,
    model: &Model,
    reasons: &Reasons,
    positive: &mut usize,
    hovered: Option<usize>,
    markers: &Markers,
    lit: &mut Option<(usize, usize)>,
) {
    let (language, tokens) = (model.language(), Tokens::current(ui.ctx()));
    let count = reasons.positives().len();
    ui.horizontal(|ui| {
        ui.label(RichText::new(language.get("ui.why_positive")).color(tokens.ink));
        let (before, after) = (language.get("ui.why_before"), language.get("ui.why_after"));
        if button(ui, Icon::None, "‹", before, Weight::Bare).clicked() {
            *positive = (*positive + count.max(1) - 1) % count.max(1);
        }
        ui.label(language.fill("ui.of", &[("part", &(*positive + 1).to_string()), ("whole", &count.to_string())]));
        if button(ui, Icon::None, "›", after, Weight::Bare).clicked() {
            *positive = (*positive + 1) % count.max(1);
        }
    });
    let Some(found) = reasons.triplets(*positive) else {
        paragraph(ui, &tokens, language.get("ui.why_no_positive"));
        return;
    };
    let chosen = &reasons.candidates[found.positive];
    row(ui, &tokens, &name_of(model, chosen), RichText::new(format!("{:.3}", found.distance)).color(tokens.positive));
    for (key, number, color) in [
        ("ui.why_hard", found.hard, tokens.negative),
        ("ui.why_semi_hard", found.semi_hard, tokens.negative),
        ("ui.why_easy", found.easy, tokens.soft),
    ] {
        row(ui, &tokens, language.get(key), RichText::new(number.to_string()).color(color));
    }
    ui.add_space(4.0);
    card::head(ui, language.get("ui.why_active"));
    let most = found.active.first().map_or(1.0, |(_, _, loss)| *loss).max(f32::MIN_POSITIVE);
    for (number_in_list, (place, distance, loss)) in found.active.iter().take(SHOWN).enumerate() {
        let line = Line {
            number_in_list,
            place: *place,
            number: format!("{distance:.2}"),
            part: loss / most,
            value: format!("{loss:.3}"),
            color: tokens.negative,
        };
        candidate(ui, model, reasons, &line, hovered, lit, markers, &tokens);
    }
    if found.active.is_empty() {
        paragraph(ui, &tokens, language.get("ui.why_none_active"));
    } else if found.active.len() > SHOWN {
        let text = language.fill("ui.why_others", &[("count", &(found.active.len() - SHOWN).to_string())]);
        row(ui, &tokens, &text, RichText::new(""));
    }
}

/// The terms of a loss that compares no pairs, each with the length of its force.
pub(super) fn parts(ui: &mut Ui, language: Language, reasons: &Reasons, tokens: &Tokens) {
    let is_generative = reasons.rebuilt.is_some() || reasons.judged.is_some();
    paragraph(ui, tokens, language.get(if is_generative { "ui.why_parts" } else { "ui.why_no_pairs" }));
    let most = reasons.parts.iter().map(|part| norm(&part.force)).fold(f32::MIN_POSITIVE, f32::max);
    for part in &reasons.parts {
        let length = norm(&part.force);
        let color = if part.pulls { tokens.positive } else { tokens.negative };
        let name = language.find(&format!("reasons.part.{}", part.key)).unwrap_or_default();
        row(ui, tokens, name, RichText::new(short(length)).color(color));
        let (rect, _) = ui.allocate_exact_size(Vec2::new(ui.available_width(), 6.0), Sense::hover());
        bar(ui.painter(), rect, length / most, color, tokens);
    }
}

pub(super) fn bar(painter: &Painter, rect: Rect, part: f32, color: Color32, tokens: &Tokens) {
    painter.rect_filled(rect, CornerRadius::same(3), tokens.field);
    let filled = Rect::from_min_size(rect.min, Vec2::new(rect.width() * part.clamp(0.0, 1.0), rect.height()));
    painter.rect_filled(filled, CornerRadius::same(3), color);
}

/// A candidate's line: mark, name, number, bar, value. It lights the candidate while the pointer is on it.
#[expect(clippy::too_many_arguments, reason = "a line reads the whole list")]
fn candidate(
    ui: &mut Ui,
    model: &Model,
    reasons: &Reasons,
    line: &Line,
    hovered: Option<usize>,
    lit: &mut Option<(usize, usize)>,
    markers: &Markers,
    tokens: &Tokens,
) {
    let other = &reasons.candidates[line.place];
    let (rect, response) = ui.allocate_exact_size(Vec2::new(ui.available_width(), 18.0), Sense::hover());
    let name = name_of(model, other);
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Label, true, format!("{name}, {}, {}", line.number, line.value)));
    let is_lit = response.hovered() || hovered == Some(line.place);
    if response.hovered() {
        *lit = Some((line.number_in_list, line.place));
    }
    let painter = ui.painter();
    if is_lit {
        painter.rect_filled(rect.expand2(Vec2::new(4.0, 0.0)), CornerRadius::same(5), tokens.field);
    }
    let middle = rect.center().y;
    mark(painter, Pos2::new(rect.min.x + 6.0, middle), 5.0, other.label, markers, tokens);
    let font = FontId::new(12.5, if is_lit { semibold() } else { egui::FontFamily::Proportional });
    let plain = FontId::proportional(12.0);
    let bar_left = rect.min.x + rect.width() * 0.6;
    let value = painter.text(Pos2::new(rect.max.x, middle), Align2::RIGHT_CENTER, &line.value, FontId::new(12.0, semibold()), tokens.ink);
    painter.text(Pos2::new(rect.min.x + 18.0, middle), Align2::LEFT_CENTER, name, font, tokens.ink);
    painter.text(Pos2::new(bar_left - 6.0, middle), Align2::RIGHT_CENTER, &line.number, plain, tokens.soft);
    let right = value.min.x.min(rect.max.x - 50.0) - 8.0;
    if right > bar_left {
        bar(painter, Rect::from_min_max(Pos2::new(bar_left, middle - 2.5), Pos2::new(right, middle + 2.5)), line.part, line.color, tokens);
    }
}

/// A class's mark, or a ring for what has no class.
fn mark(painter: &Painter, at: Pos2, size: f32, label: Option<u8>, markers: &Markers, tokens: &Tokens) {
    let Some(label) = label.map(usize::from) else {
        painter.circle_stroke(at, size * 0.8, egui::Stroke::new(1.4, tokens.soft));
        return;
    };
    let mut mesh = markers.mesh(1);
    markers.add(&mut mesh, label, at, size, tokens.class(label));
    painter.add(mesh);
}
