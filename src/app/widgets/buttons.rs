//! Buttons with painted icons, and segmented switches.

use crate::app::theme::{Tokens, semibold};
use eframe::egui::{
    self, Color32, CornerRadius, FontId, Galley, Painter, Pos2, Rect, Response, Role, Sense, Shape, Stroke, StrokeKind, Ui, Vec2,
    WidgetInfo,
};
use std::sync::Arc;

/// Pictures on buttons: painted, because no font has them all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    /// No picture.
    None,
    /// A triangle.
    Play,
    /// Two bars.
    Pause,
    /// A triangle against a bar.
    Step,
    /// Circles on a line, the first one full.
    Stages,
    /// An arrow that comes round.
    Reset,
    /// A die.
    Dice,
}

/// How a button looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// The one thing to press.
    Primary,
    /// An edge.
    Plain,
    /// Nothing but its contents.
    Bare,
}

/// What a button consists of.
struct Measures {
    galley: Arc<Galley>,
    icon_width: f32,
    gap: f32,
    size: Vec2,
}

fn measure(ui: &Ui, icon: Icon, text: &str, weight: Weight) -> Measures {
    let tokens = Tokens::current(ui.ctx());
    let font = FontId::new(13.0, if weight == Weight::Primary { semibold() } else { egui::FontFamily::Proportional });
    let galley = ui.painter().layout_no_wrap(text.to_owned(), font, tokens.ink);
    let icon_width = if icon == Icon::None { 0.0 } else { 14.0 };
    let gap = if icon_width > 0.0 && !text.is_empty() { 7.0 } else { 0.0 };
    let padding = match (weight, text.is_empty()) {
        (Weight::Bare, _) => 5.0,
        // A picture alone: four of them have to fit on a phone.
        (_, true) => 9.0,
        (_, false) => 12.0,
    };
    let height = if weight == Weight::Bare { 24.0 } else { 30.0 };
    let size = Vec2::new((galley.size().x + icon_width + gap + 2.0 * padding).max(height), height);
    Measures { galley, icon_width, gap, size }
}

/// Width of a plain button with this text.
pub fn button_width(ui: &Ui, text: &str) -> f32 {
    measure(ui, Icon::None, text, Weight::Plain).size.x
}

/// A button; `name` is what a screen reader says where there is no text.
pub fn button(ui: &mut Ui, icon: Icon, text: &str, name: &str, weight: Weight) -> Response {
    let tokens = Tokens::current(ui.ctx());
    let Measures { galley, icon_width, gap, size } = measure(ui, icon, text, weight);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), if name.is_empty() { text } else { name }));
    if ui.is_rect_visible(rect) {
        let (fill, edge, ink) = match weight {
            Weight::Primary => (tokens.accent, Color32::TRANSPARENT, tokens.on_accent),
            Weight::Plain => (tokens.panel, tokens.line, tokens.ink),
            Weight::Bare => (Color32::TRANSPARENT, Color32::TRANSPARENT, tokens.soft),
        };
        let over = response.hovered() || response.has_focus();
        let fill = match (over, weight) {
            (true, Weight::Primary) => fill.gamma_multiply(0.88),
            (true, _) => tokens.field,
            _ => fill,
        };
        let edge = if response.has_focus() { tokens.accent } else { edge };
        let width = if response.has_focus() { 2.0 } else { 1.0 };
        ui.painter().rect(rect, CornerRadius::same(8), fill, Stroke::new(width, edge), StrokeKind::Inside);
        if response.has_focus() && weight == Weight::Primary {
            // On its own colour an edge would not be seen.
            ui.painter().rect_stroke(rect.expand(2.0), CornerRadius::same(10), Stroke::new(1.5, tokens.accent), StrokeKind::Outside);
        }
        let content = galley.size().x + icon_width + gap;
        let left = rect.center().x - content / 2.0;
        if icon_width > 0.0 {
            let at = Rect::from_center_size(Pos2::new(left + icon_width / 2.0, rect.center().y), Vec2::splat(12.0));
            paint_icon(ui.painter(), at, icon, ink);
        }
        let at = Pos2::new(left + icon_width + gap, rect.center().y - galley.size().y / 2.0);
        ui.painter().galley_with_override_text_color(at, galley, ink);
    }
    response
}

fn paint_icon(painter: &Painter, rect: Rect, icon: Icon, color: Color32) {
    let at = |x: f32, y: f32| Pos2::new(rect.left() + x * rect.width(), rect.top() + y * rect.height());
    let bar = |left: f32, right: f32| {
        painter.rect_filled(Rect::from_min_max(at(left, 0.05), at(right, 0.95)), CornerRadius::same(1), color);
    };
    match icon {
        Icon::None => {}
        Icon::Play => {
            painter.add(Shape::convex_polygon(vec![at(0.15, 0.0), at(1.0, 0.5), at(0.15, 1.0)], color, Stroke::NONE));
        }
        Icon::Pause => {
            bar(0.12, 0.40);
            bar(0.60, 0.88);
        }
        Icon::Step => {
            painter.add(Shape::convex_polygon(vec![at(0.0, 0.05), at(0.68, 0.5), at(0.0, 0.95)], color, Stroke::NONE));
            bar(0.76, 0.98);
        }
        Icon::Stages => {
            painter.line_segment([at(0.0, 0.5), at(1.0, 0.5)], Stroke::new(1.2, color));
            for x in [0.0, 0.5, 1.0] {
                painter.circle_filled(at(x, 0.5), if x == 0.0 { 3.4 } else { 2.2 }, color);
            }
        }
        Icon::Reset => {
            let arc: Vec<Pos2> = (0..=20)
                .map(|i| {
                    let angle = -0.9 + 5.1 * i as f32 / 20.0;
                    at(0.5 + 0.46 * angle.cos(), 0.5 + 0.46 * angle.sin())
                })
                .collect();
            let tip = arc[0];
            painter.add(Shape::line(arc, Stroke::new(1.6, color)));
            let head = vec![tip + Vec2::new(-4.6, -1.6), tip + Vec2::new(2.2, 1.8), tip + Vec2::new(1.6, -4.8)];
            painter.add(Shape::convex_polygon(head, color, Stroke::NONE));
        }
        Icon::Dice => {
            painter.rect_stroke(rect, CornerRadius::same(3), Stroke::new(1.4, color), StrokeKind::Inside);
            for (x, y) in [(0.3, 0.3), (0.5, 0.5), (0.7, 0.7)] {
                painter.circle_filled(at(x, y), 1.3, color);
            }
        }
    }
}

/// One choice among a few, side by side; the chosen one's index when it changes.
pub fn segmented(ui: &mut Ui, chosen: usize, labels: &[&str], helps: &[&str]) -> Option<usize> {
    segments(ui, chosen, labels, helps).0
}

/// The same; the last segment's response comes with it, for what it opens.
pub fn segments(ui: &mut Ui, chosen: usize, labels: &[&str], helps: &[&str]) -> (Option<usize>, Option<Response>) {
    let tokens = Tokens::current(ui.ctx());
    let height = 28.0;
    let (rect, _) = ui.allocate_exact_size(Vec2::new(ui.available_width(), height), Sense::hover());
    ui.painter().rect_filled(rect, CornerRadius::same(9), tokens.field);
    // Each as wide as its text (in the chosen one's weight, so that nothing moves), what is left shared alike.
    let measure = |size: f32| -> Vec<f32> {
        let font = FontId::new(size, semibold());
        labels.iter().map(|label| ui.painter().layout_no_wrap((*label).to_owned(), font.clone(), tokens.ink).size().x).collect()
    };
    let mut size = 13.0;
    let mut widths = measure(size);
    let room = rect.width() - 16.0 * labels.len() as f32;
    let total: f32 = widths.iter().sum();
    if total > room {
        size = (13.0 * room / total).max(9.0);
        widths = measure(size);
    }
    let spare = (rect.width() - widths.iter().sum::<f32>()) / labels.len() as f32;
    let mut left = rect.min.x;
    let (mut picked, mut last) = (None, None);
    for (index, label) in labels.iter().enumerate() {
        let width = widths[index] + spare;
        let cell = Rect::from_min_size(Pos2::new(left, rect.min.y), Vec2::new(width, height)).shrink(3.0);
        left += width;
        let response = ui.interact(cell, ui.scope_id().with(("segment", labels[0], index)), Sense::click());
        let selected = index == chosen;
        response.widget_info(|| WidgetInfo::selected(Role::RadioButton, ui.is_enabled(), selected, *label));
        if selected {
            let edge = if response.has_focus() { Stroke::new(2.0, tokens.accent) } else { Stroke::new(1.0, tokens.line) };
            ui.painter().rect(cell, CornerRadius::same(7), tokens.panel, edge, StrokeKind::Inside);
        } else if response.has_focus() {
            ui.painter().rect_stroke(cell, CornerRadius::same(7), Stroke::new(2.0, tokens.accent), StrokeKind::Inside);
        }
        let color = if selected || response.hovered() { tokens.ink } else { tokens.soft };
        let font = FontId::new(size, if selected { semibold() } else { egui::FontFamily::Proportional });
        let galley = ui.painter().layout_no_wrap((*label).to_owned(), font, color);
        ui.painter().galley(cell.center() - galley.size() / 2.0, galley, color);
        if response.clicked() && !selected {
            picked = Some(index);
        }
        last = Some(match helps.get(index) {
            Some(help) if !help.is_empty() => response.on_hover_text(*help),
            _ => response,
        });
    }
    (picked, last)
}

/// Whether a key presses what has the focus.
pub fn is_pressed_by_key(response: &Response) -> bool {
    response.has_focus() && response.ctx.input(|input| input.key_pressed(egui::Key::Enter) || input.key_pressed(egui::Key::Space))
}
