//! The anchor's loss with its numbers.

use crate::app::theme::{Tokens, math, math_upright};
use crate::app::words::Language;
use crate::learn::method;
use crate::learn::report::{Ink, Piece, Reasons, Snapshot, WhyAsked};
use eframe::egui::{self, Color32, CornerRadius, FontId, Role, Sense, Ui, Vec2, WidgetInfo};

/// Size of the formula's letters.
const SIZE: f32 = 16.0;

/// Shows the anchor's loss and its numbers in a field. Returns the place of the candidate whose term is under the pointer: of what pulls the chosen
/// positive, of what pushes the strongest negative.
pub(super) fn formula(
    ui: &mut Ui,
    language: Language,
    snapshot: &Snapshot,
    reasons: &Reasons,
    positive: usize,
    hovered: Option<usize>,
    tokens: &Tokens,
) -> Option<usize> {
    let config = &snapshot.config;
    let lines = method::why(&WhyAsked { config, reasons, positive, hovered });
    let spoken: Vec<String> = lines.iter().map(|line| line.iter().map(|piece| piece.text.as_str()).collect()).collect();
    let spoken = format!("{} {}", language.get("ui.why_loss"), spoken.join(" "));
    let laid = |Piece { text, ink, is_variable, .. }: Piece| {
        let color = match ink {
            Ink::Plain => tokens.ink,
            Ink::Pull => tokens.positive,
            Ink::Push => tokens.negative,
            Ink::Movable => tokens.accent,
        };
        let font = FontId::new(SIZE, if is_variable { math() } else { math_upright() });
        (ui.painter().layout_no_wrap(text, font, color), color)
    };
    let lines: Vec<Vec<_>> = lines.into_iter().map(|line| line.into_iter().map(laid).collect()).collect();
    let tall = |line: &[(std::sync::Arc<egui::Galley>, Color32)]| line.iter().map(|(galley, _)| galley.size().y).fold(0.0, f32::max);
    let height = lines.iter().map(|line| tall(line) + 2.0).sum::<f32>() + 16.0;
    let (rect, response) = ui.allocate_exact_size(Vec2::new(ui.available_width(), height), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &spoken));
    ui.painter().rect_filled(rect, CornerRadius::same(9), tokens.field);
    let mut y = rect.min.y + 8.0;
    let mut pointed = None;
    for line in lines {
        let width: f32 = line.iter().map(|(galley, _)| galley.size().x).sum();
        let (mut x, bottom) = (rect.center().x - width / 2.0, y + tall(&line));
        for (galley, color) in line {
            let place = egui::Rect::from_min_size(egui::pos2(x, bottom - galley.size().y), galley.size());
            x = place.max.x;
            let meant = meant(reasons, positive, hovered, color, tokens);
            if meant.is_some() && response.hover_pos().is_some_and(|at| place.expand(1.0).contains(at)) {
                pointed = meant;
                ui.painter().hline(place.x_range(), place.max.y - 1.0, egui::Stroke::new(1.4, color));
            }
            ui.painter().galley(place.min, galley, color);
        }
        y = bottom + 2.0;
    }
    pointed
}

/// The candidate that a term of this colour stands for: the pane's own positive, or the negative whose numbers are shown.
fn meant(reasons: &Reasons, positive: usize, hovered: Option<usize>, color: Color32, tokens: &Tokens) -> Option<usize> {
    if color == tokens.positive {
        return reasons.positives().nth(positive);
    }
    if color != tokens.negative {
        return None;
    }
    let is_negative = |place: &usize| !reasons.candidates[*place].positive;
    if reasons.margin.is_some() {
        let found = reasons.triplets(positive)?;
        let shown = hovered.filter(|place| found.active.iter().any(|(other, ..)| other == place));
        return shown.or(found.active.first().map(|(place, ..)| *place));
    }
    hovered.filter(is_negative).or_else(|| reasons.by_strength().find(is_negative))
}
