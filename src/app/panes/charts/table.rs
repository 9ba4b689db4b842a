//! A method's table, such as the cross-correlation, as coloured cells.

use super::frame;
use crate::app::theme::{Tokens, mix};
use crate::app::words::Language;
use eframe::egui::{Color32, CornerRadius, Pos2, Rect, Sense, Stroke, StrokeKind, Ui, Vec2};

/// Draws the table as large as fits; the cell under the pointer tells its row, column and value.
pub(super) fn ui(ui: &mut Ui, role: &str, columns: usize, values: &[f32], language: Language, tokens: &Tokens) {
    let size = ui.available_size().max(Vec2::splat(1.0));
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    let rows = values.len() / columns.max(1);
    if rows == 0 {
        return;
    }
    // Square cells where the table is a matrix, else as wide and high as there is room.
    let cell = if rows == columns {
        Vec2::splat((rect.width() / columns as f32).min(rect.height() / rows as f32))
    } else {
        Vec2::new(rect.width() / columns as f32, rect.height() / rows as f32)
    };
    let start = rect.center() - Vec2::new(cell.x * columns as f32, cell.y * rows as f32) / 2.0;
    let largest = values.iter().fold(0.0f32, |largest, value| largest.max(value.abs()));
    let scale = if role == "covariance" { largest.max(1e-6) } else { 1.0 };
    let gap = if cell.min_elem() > 6.0 { 0.5 } else { 0.0 };
    let place =
        |row: usize, column: usize| Rect::from_min_size(start + Vec2::new(cell.x * column as f32, cell.y * row as f32), cell).shrink(gap);
    for (index, value) in values.iter().enumerate() {
        ui.painter().rect_filled(place(index / columns, index % columns), CornerRadius::ZERO, color(value / scale, tokens));
    }
    let frame_rect = Rect::from_min_size(start, Vec2::new(cell.x * columns as f32, cell.y * rows as f32));
    ui.painter().rect_stroke(frame_rect, CornerRadius::ZERO, Stroke::new(1.0, tokens.line), StrokeKind::Outside);
    let Some(at) = response.hover_pos().filter(|at| frame_rect.contains(*at)) else { return };
    let Pos2 { x, y } = at - start.to_vec2();
    let (row, column) = (((y / cell.y) as usize).min(rows - 1), ((x / cell.x) as usize).min(columns - 1));
    ui.painter().rect_stroke(place(row, column), CornerRadius::ZERO, Stroke::new(1.5, tokens.ink), StrokeKind::Outside);
    let name = language.fill("ui.cell", &[("row", &(row + 1).to_string()), ("column", &(column + 1).to_string())]);
    let value = frame::short(f64::from(values[row * columns + column]));
    frame::label_box(ui.painter(), rect, at, &[(name, tokens.soft), (value, tokens.ink)], tokens);
}

/// Green above zero, red below, the ground at zero.
fn color(value: f32, tokens: &Tokens) -> Color32 {
    let end = if value >= 0.0 { tokens.positive } else { tokens.negative };
    let strength = if value.is_finite() { value.abs().min(1.0) } else { 0.0 };
    mix(tokens.field, end, strength)
}
