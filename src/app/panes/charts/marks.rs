//! Where live parameters changed: a line for each gesture, its words in lanes, older ones without.

use crate::app::session::model::Model;
use crate::app::theme::Tokens;
use crate::learn::config::find;
use crate::learn::report::Mark;
use eframe::egui::{FontId, Painter, Pos2, Rect, Shape, Stroke, Vec2};
use egui_plot::PlotTransform;

/// Rows of words above one another.
const LANES: usize = 2;
const LANE_HEIGHT: f32 = 14.0;
/// Marks that have a line of full strength; older ones are fainter.
const STRONG: usize = 6;

/// Height of the bar that tells when an alarm was up.
const BAR: f32 = 3.0;

/// Draws the bars of alarms at the foot of a chart whose x axis counts steps: from where each rose to where it fell.
pub(super) fn alarms(painter: &Painter, transform: &PlotTransform, model: &Model, tokens: &Tokens) {
    let frame = *transform.frame();
    for span in &model.spans {
        let [left, right] = [span.from, span.to].map(|step| transform.position_from_point_x(step as f64).clamp(frame.min.x, frame.max.x));
        let bar = Rect::from_min_max(Pos2::new(left, frame.max.y - BAR), Pos2::new(right.max(left + 2.0), frame.max.y));
        painter.rect_filled(bar, 1.5, tokens.warning);
    }
}

/// Draws the marks over a chart whose x axis counts steps. Returns what their words cover.
pub(super) fn draw(painter: &Painter, transform: &PlotTransform, model: &Model, tokens: &Tokens) -> Vec<Rect> {
    let frame = *transform.frame();
    // What the words of newer marks cover.
    let mut taken: Vec<Rect> = Vec::new();
    for (age, mark) in model.snapshot.past.marks.iter().rev().enumerate() {
        let x = transform.position_from_point_x(mark.step as f64);
        if !(frame.min.x..=frame.max.x).contains(&x) {
            continue;
        }
        let strength = if age < STRONG { 0.7 } else { 0.25 };
        let stroke = Stroke::new(1.0, tokens.soft.gamma_multiply(strength));
        painter.extend(Shape::dashed_line(&[Pos2::new(x, frame.min.y), Pos2::new(x, frame.max.y)], stroke, 3.0, 3.0));
        let galley = painter.layout_no_wrap(words(mark), FontId::proportional(11.0), tokens.soft);
        let fits = |lane: usize| {
            let y = frame.min.y + lane as f32 * LANE_HEIGHT;
            let places = [x + 3.0, x - 3.0 - galley.size().x].map(|left| Rect::from_min_size(Pos2::new(left, y), galley.size()));
            let inside = |place: &Rect| place.min.x >= frame.min.x - 1.0 && place.max.x <= frame.max.x + 1.0;
            places.into_iter().find(|place| inside(place) && taken.iter().all(|other| !other.expand(2.0).intersects(*place)))
        };
        if let Some(place) = (0..LANES).find_map(fits) {
            painter.rect_filled(place.expand2(Vec2::new(2.0, 0.0)), 3.0, tokens.panel.gamma_multiply(0.85));
            painter.galley(place.min, galley, tokens.soft);
            taken.push(place);
        }
    }
    taken
}

/// A change in words: "τ 0.2 → 1.9".
fn words(mark: &Mark) -> String {
    let symbol = find(&mark.key).ok().map(|parameter| parameter.symbol).filter(|symbol| !symbol.is_empty());
    format!("{} {} → {}", symbol.unwrap_or(&mark.key), mark.from, mark.to)
}
