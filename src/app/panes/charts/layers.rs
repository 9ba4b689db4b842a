//! What the encoder's hidden layers make of the plane: the input, then each layer, with points and grid.

use super::frame;
use crate::app::panes::spaces::shared::linked_stroke;
use crate::app::session::model::{Action, Model};
use crate::app::theme::Tokens;
use crate::app::widgets::markers::Markers;
use crate::learn::report::{Layer, LayerAxes};
use crate::learn::trainer::LINE_PLACES;
use eframe::egui::{Align2, DragValue, FontId, Pos2, Rect, RichText, Role, Sense, Shape, Stroke, StrokeKind, Ui, Vec2, WidgetInfo};

/// Height of the line with the axes, where there is room for it.
const FOOT: f32 = 22.0;
/// A pointer this near to a point is on it.
const REACH: f32 = 7.0;

/// The chart's own state.
pub(super) struct LayersChart {
    /// The axes that are shown.
    pub(super) axes: LayerAxes,
    is_mine: bool,
}

impl Default for LayersChart {
    fn default() -> Self {
        Self { axes: LayerAxes::Principal, is_mine: false }
    }
}

impl LayersChart {
    /// Draws the layers side by side.
    pub(super) fn ui(&mut self, ui: &mut Ui, model: &Model, markers: &Markers, tokens: &Tokens, actions: &mut Vec<Action>) {
        let language = model.language();
        let Some(seen) = &model.shown().layers else {
            ui.label(RichText::new(language.get("ui.waiting")).size(12.0).color(tokens.soft));
            return;
        };
        let space = ui.available_rect_before_wrap();
        let count = seen.layers.len();
        let gap = 8.0;
        let width = (space.width() - gap * (count - 1) as f32) / count as f32;
        let side = width.min(space.height() - FOOT - 14.0).max(20.0);
        let mut nearest = None;
        let pointer = frame::pointer(ui, space);
        for (number, layer) in seen.layers.iter().enumerate() {
            let left = space.min.x + number as f32 * (width + gap) + (width - side) / 2.0;
            let square = Rect::from_min_size(Pos2::new(left, space.min.y + 14.0), Vec2::splat(side));
            let title = match number {
                0 => language.get("ui.layers_input").to_owned(),
                _ => language.fill("ui.layers_hidden", &[("number", &number.to_string()), ("units", &layer.units.to_string())]),
            };
            let title = match layer.explained {
                Some(share) if width > 120.0 => format!("{title} · {:.0} %", 100.0 * share),
                _ => title,
            };
            let at = Pos2::new(square.center().x, space.min.y + 5.0);
            ui.painter().text(at, Align2::CENTER_CENTER, title, FontId::proportional(10.5), tokens.soft);
            let place = draw(ui, square, layer, seen.every, model, markers, tokens);
            if let Some(pointer) = pointer.filter(|pointer| square.contains(*pointer)) {
                let near = layer.points.chunks_exact(2).enumerate().map(|(point, at)| (place(at).distance(pointer), point * seen.every));
                nearest = near.filter(|(distance, _)| *distance < REACH).min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, point)| point as u32);
            }
        }
        let squares = Rect::from_min_max(space.min, Pos2::new(space.max.x, space.min.y + side + 14.0));
        let response = ui.interact(squares, ui.scope_id().with("layers"), Sense::click());
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, language.get("ui.chart_layers")));
        if nearest.is_some() || self.is_mine {
            if nearest != model.hovered {
                actions.push(Action::Hover(nearest));
            }
            self.is_mine = nearest.is_some();
        }
        if response.clicked() && nearest.is_some() {
            actions.push(Action::Pin(nearest));
        }
        let foot = Rect::from_min_max(Pos2::new(space.min.x, space.max.y - FOOT), space.max);
        ui.scope_builder(eframe::egui::UiBuilder::new().max_rect(foot), |ui| self.axes(ui, model, tokens));
    }

    /// The choice between principal directions and two units.
    fn axes(&mut self, ui: &mut Ui, model: &Model, tokens: &Tokens) {
        let language = model.language();
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 5.0;
            let text = |key: &str| RichText::new(language.get(key)).size(11.0).color(tokens.soft);
            let mut by_units = matches!(self.axes, LayerAxes::Units(_));
            if ui.checkbox(&mut by_units, text("ui.layers_units")).on_hover_text(language.get("ui.layers_units_help")).changed() {
                self.axes = if by_units { LayerAxes::Units([0, 1]) } else { LayerAxes::Principal };
            }
            if let LayerAxes::Units(units) = &mut self.axes {
                for (axis, unit) in units.iter_mut().enumerate() {
                    let mut shown = *unit + 1;
                    let response = ui.add(DragValue::new(&mut shown).range(1..=128).speed(0.1));
                    let name = language.fill("ui.layers_unit", &[("number", &(axis + 1).to_string())]);
                    response.widget_info(|| WidgetInfo::slider(true, f64::from(shown), &name));
                    *unit = shown - 1;
                }
            }
        });
    }
}

/// Draws one layer into a square. Returns where its places are.
fn draw<'a>(
    ui: &Ui,
    square: Rect,
    layer: &'a Layer,
    every: usize,
    model: &Model,
    markers: &Markers,
    tokens: &Tokens,
) -> impl Fn(&[f32]) -> Pos2 + use<'a> {
    // The points decide what is shown: the grid goes on beyond them.
    let bounds = |axis: usize| {
        let values = layer.points.iter().skip(axis).step_by(2).copied().filter(|value| value.is_finite());
        values.fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)))
    };
    let [(left, right), (low, high)] = [bounds(0), bounds(1)];
    let extent = (right - left).max(high - low).max(1e-6) * 1.12;
    let middle = [f32::midpoint(left, right), f32::midpoint(low, high)];
    let (center, scale) = (square.center(), square.width() / extent);
    let place = move |at: &[f32]| center + Vec2::new(at[0] - middle[0], middle[1] - at[1]) * scale;
    let painter = ui.painter().with_clip_rect(square.intersect(ui.clip_rect()));
    painter.rect(square, 4.0, tokens.field.gamma_multiply(0.35), Stroke::new(1.0, tokens.line), StrokeKind::Inside);
    for (number, line) in layer.grid.chunks_exact(2 * LINE_PLACES).enumerate() {
        let across = number < layer.grid.len() / (4 * LINE_PLACES);
        let places = line.chunks_exact(2).map(&place).collect();
        painter.add(Shape::line(places, linked_stroke(across, 0.7, tokens)));
    }
    let mut mesh = markers.mesh(layer.points.len() / 2);
    let class = |number: usize| model.scene.labels.get(number * every).map_or(0, |label| usize::from(*label));
    for (number, at) in layer.points.chunks_exact(2).enumerate() {
        let strength = if model.is_picked(class(number)) { 1.0 } else { 0.12 };
        markers.add(&mut mesh, class(number), place(at), 1.8, tokens.class(class(number)).gamma_multiply(strength));
    }
    painter.add(mesh);
    for (point, color) in
        [(model.pinned, tokens.ink), (model.hovered, tokens.ink)].into_iter().filter_map(|(point, color)| Some((point?, color)))
    {
        let number = point as usize / every;
        if (point as usize).is_multiple_of(every)
            && let Some(at) = layer.points.get(2 * number..2 * number + 2)
        {
            painter.circle_stroke(place(at), 5.0, Stroke::new(1.8, color));
        }
    }
    place
}
