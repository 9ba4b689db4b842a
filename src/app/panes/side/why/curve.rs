//! Push against similarity: how strongly a negative is pushed at each cosine, under both losses, with this anchor's candidates as ticks.

use crate::app::session::model::Model;
use crate::app::theme::Tokens;
use crate::app::widgets::card;
use crate::learn::config::Similarity;
use crate::learn::method;
use crate::learn::report::{Margin, Reasons, Snapshot};
use eframe::egui::{Align2, FontId, Pos2, Rect, Role, Sense, Shape, Stroke, Ui, Vec2, WidgetInfo};

/// Ticks at most: more are a band.
const TICKS: usize = 400;

/// The loss has such a curve: rows are on the sphere, and each negative is pushed by its own similarity.
pub(super) fn applies(snapshot: &Snapshot) -> bool {
    let config = &snapshot.config;
    let has_pushes = method::about(config).has_pushes;
    has_pushes && config.compared() == Similarity::Cosine
}

/// A pointer this near to a tick is on it.
const REACH: f32 = 4.0;

/// Draws the curves. Returns the place of the candidate whose tick is under the pointer.
pub(super) fn ui(ui: &mut Ui, model: &Model, reasons: &Reasons, positive: usize, hovered: Option<usize>, tokens: &Tokens) -> Option<usize> {
    let language = model.language();
    let config = &model.shown().config;
    ui.add_space(6.0);
    card::head(ui, language.get("ui.why_curve"));
    let (rect, response) = ui.allocate_exact_size(Vec2::new(ui.available_width(), 104.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, language.get("ui.why_curve")));
    let plot = Rect::from_min_max(rect.min + Vec2::new(2.0, 20.0), rect.max - Vec2::new(2.0, 30.0));
    let painter = ui.painter();
    let x = |cosine: f32| plot.min.x + (0.5 * cosine + 0.5) * plot.width();
    let y = |weight: f32| plot.max.y - weight.clamp(0.0, 1.0) * plot.height();
    painter.hline(plot.x_range(), plot.max.y, Stroke::new(1.0, tokens.line));
    let is_triplet = reasons.margin.is_some();
    let softmax: Vec<Pos2> = (0..=80)
        .map(|i| {
            let cosine = -1.0 + i as f32 / 40.0;
            Pos2::new(x(cosine), y(((cosine - 1.0) / config.tau).exp()))
        })
        .collect();
    // On the sphere d^2 = 2 - 2 cos.
    let within = reasons.reach(positive, Margin::of(config)).map_or(0.0, |[_, within]| within);
    let threshold = (1.0 - 0.5 * within).clamp(-1.0, 1.0);
    let step =
        vec![Pos2::new(x(-1.0), y(0.0)), Pos2::new(x(threshold), y(0.0)), Pos2::new(x(threshold), y(0.72)), Pos2::new(x(1.0), y(0.72))];
    let full = Stroke::new(1.8, tokens.negative);
    let thin = Stroke::new(1.2, tokens.soft);
    let (own, other) = if is_triplet { (step, softmax) } else { (softmax, step) };
    painter.extend(Shape::dashed_line(&other, thin, 4.0, 3.0));
    painter.add(Shape::line(own, full));
    let names = [
        (is_triplet, language.fill("ui.why_curve_triplet", &[("alpha", &format!("{}", config.alpha))])),
        (!is_triplet, language.fill("ui.why_curve_infonce", &[("tau", &format!("{}", config.tau))])),
    ];
    let mut left = rect.min.x;
    for (is_own, name) in names {
        let color = if is_own { tokens.negative } else { tokens.soft };
        let place = painter.text(Pos2::new(left, rect.min.y), Align2::LEFT_TOP, name, FontId::proportional(11.0), color);
        left = place.max.x + 12.0;
    }
    let every = reasons.candidates.len().div_ceil(TICKS).max(1);
    for (place, candidate) in reasons.candidates.iter().enumerate() {
        let is_lit = hovered == Some(place);
        if !(candidate.positive || is_lit || place.is_multiple_of(every)) {
            continue;
        }
        let color = if candidate.positive { tokens.positive } else { tokens.negative };
        let (strength, width, length) = if is_lit || candidate.positive { (1.0, 2.0, 12.0) } else { (0.35, 1.0, 8.0) };
        painter.vline(
            x(candidate.cosine),
            plot.max.y + 2.0..=plot.max.y + 2.0 + length,
            Stroke::new(width, color.gamma_multiply(strength)),
        );
    }
    for (cosine, text) in [(-1.0, "−1"), (0.0, "0"), (1.0, "1")] {
        let align = if cosine < 0.0 {
            Align2::LEFT_BOTTOM
        } else if cosine > 0.0 {
            Align2::RIGHT_BOTTOM
        } else {
            Align2::CENTER_BOTTOM
        };
        painter.text(Pos2::new(x(cosine), rect.max.y), align, text, FontId::proportional(11.0), tokens.soft);
    }
    painter.text(
        Pos2::new(x(0.55), rect.max.y),
        Align2::CENTER_BOTTOM,
        language.get("ui.chart_similarity"),
        FontId::proportional(11.0),
        tokens.soft,
    );
    let at = response.hover_pos().filter(|at| at.y > plot.max.y - 2.0)?;
    let apart = |place: usize| (x(reasons.candidates[place].cosine) - at.x).abs();
    (0..reasons.candidates.len()).filter(|place| apart(*place) < REACH).min_by(|a, b| apart(*a).total_cmp(&apart(*b)))
}
