//! Axes, ticks and bounds that all charts share.

use crate::app::theme::Tokens;
pub(super) use crate::app::widgets::count::short;
use eframe::egui::{Color32, FontId, Painter, Pos2, Rect, Sense, Stroke, StrokeKind, Ui, Vec2, text::LayoutJob, text::TextFormat};
use egui_plot::{AxisHints, GridInput, GridMark, Plot, PlotBounds, PlotTransform, PlotUi};
use std::ops::RangeInclusive;

/// Room for the numbers beside the y axis.
const Y_LABELS: f32 = 34.0;

/// What a chart shows of its plane: it comes from the data alone, never from what was drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Bounds {
    pub(super) x: [f64; 2],
    pub(super) y: [f64; 2],
}

/// The range of some values with a margin; what is not finite is left out, and equal values get a range about them.
pub(super) fn range(values: impl Iterator<Item = f64>) -> [f64; 2] {
    let (low, high) = values
        .filter(|value| value.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
    if low > high {
        return [0.0, 1.0];
    }
    // Wide enough that a line of rounding errors is a line.
    let least = 0.02 * low.abs().max(high.abs()).max(0.05);
    let margin = 0.08 * (high - low).max(least);
    let missing = 0.5 * (least - (high - low)).max(0.0);
    [low - margin - missing, high + margin + missing]
}

/// A plot that fills the rest of `ui` and shows exactly `bounds`. It is looked at, neither dragged nor zoomed.
pub(super) fn show<'a>(
    ui: &mut Ui,
    id: &'static str,
    bounds: Bounds,
    axes: [bool; 2],
    x_label: impl Fn(f64) -> String + 'a,
    tokens: &Tokens,
    build: impl FnOnce(&mut PlotUi<'a>) + 'a,
) -> PlotTransform {
    let font = FontId::proportional(10.5);
    let x_axis = AxisHints::new_x().formatter(move |mark: GridMark, _: &RangeInclusive<f64>| x_label(mark.value));
    let y_axis = AxisHints::new_y().formatter(|mark: GridMark, _: &RangeInclusive<f64>| short(mark.value)).min_thickness(Y_LABELS);
    let wide = ui.available_width() > 220.0;
    Plot::new(id)
        .allow_drag(false)
        .allow_zoom(false)
        .allow_scroll(false)
        .allow_boxed_zoom(false)
        .allow_double_click_reset(false)
        .allow_axis_zoom_drag(false)
        .sense(Sense::hover())
        .show_background(false)
        .show_x(false)
        .show_y(false)
        .show_crosshair(false)
        .label_formatter(|_| None)
        .cursor_color(Color32::TRANSPARENT)
        .auto_bounds(false)
        .set_margin_fraction(Vec2::ZERO)
        .show_axes(axes)
        .show_grid([false, axes[1]])
        .grid_color(tokens.line)
        .grid_spacing(1.0..=2.0)
        .custom_x_axes(vec![x_axis.label_spacing(1.0..=2.0).tick_label_font(font.clone()).tick_label_color(tokens.soft)])
        .custom_y_axes(vec![y_axis.label_spacing(1.0..=2.0).tick_label_font(font).tick_label_color(tokens.soft)])
        .x_grid_spacer(move |input: GridInput| marks(input.bounds, if wide { 3.0 } else { 2.0 }))
        .y_grid_spacer(|input: GridInput| marks(input.bounds, 2.0))
        .show(ui, move |plot| {
            plot.set_plot_bounds(PlotBounds::from_min_max([bounds.x[0], bounds.y[0]], [bounds.x[1], bounds.y[1]]));
            build(plot);
        })
        .transform
}

fn marks((low, high): (f64, f64), at_least: f64) -> Vec<GridMark> {
    let step = step(high - low, at_least);
    ticks(low, high, step).into_iter().map(|value| GridMark { value, step_size: step }).collect()
}

/// The largest of 1, 2 and 5 times a power of ten that puts at least so many ticks into a span.
fn step(span: f64, at_least: f64) -> f64 {
    let largest = (span / at_least).max(f64::MIN_POSITIVE);
    let power = 10f64.powf(largest.log10().floor());
    [5.0, 2.0, 1.0].map(|digit| digit * power).into_iter().find(|step| *step <= largest * (1.0 + 1e-9)).unwrap_or(power)
}

/// The multiples of `step` from `low` to `high`.
fn ticks(low: f64, high: f64, step: f64) -> Vec<f64> {
    let (first, last) = ((low / step).ceil(), (high / step).floor());
    // A range beyond what numbers resolve has none.
    let count = (last - first).clamp(-1.0, 20.0) as i64;
    (0..=count).map(|place| (first + place as f64) * step).collect()
}

/// The pointer's place, where it is over the plot.
pub(super) fn pointer(ui: &Ui, frame: Rect) -> Option<Pos2> {
    let over = ui.rect_contains_pointer(frame);
    ui.input(|input| input.pointer.latest_pos()).filter(|at| over && frame.contains(*at))
}

/// Lines of coloured text in a box beside `at`, inside `frame`.
pub(super) fn label_box(painter: &Painter, frame: Rect, at: Pos2, lines: &[(String, Color32)], tokens: &Tokens) {
    let mut job = LayoutJob::default();
    for (index, (text, color)) in lines.iter().enumerate() {
        let text = if index > 0 { format!("\n{text}") } else { text.clone() };
        job.append(&text, 0.0, TextFormat::simple(FontId::proportional(11.5), *color));
    }
    let galley = painter.layout_job(job);
    let size = galley.size() + Vec2::new(14.0, 8.0);
    let left = if at.x + 10.0 + size.x <= frame.max.x { at.x + 10.0 } else { at.x - 10.0 - size.x };
    let top = (at.y - size.y / 2.0).min(frame.max.y - size.y).max(frame.min.y);
    let rect = Rect::from_min_size(Pos2::new(left.max(frame.min.x), top), size);
    painter.rect(rect, 6.0, tokens.panel, Stroke::new(1.0, tokens.line), StrokeKind::Inside);
    painter.galley(rect.min + Vec2::new(7.0, 4.0), galley, tokens.ink);
}

/// A painter for what lies over a plot and inside its card.
pub(super) fn painter_over(ui: &Ui, frame: Rect) -> Painter {
    ui.painter().with_clip_rect(frame.expand2(Vec2::new(Y_LABELS, 18.0)).intersect(ui.clip_rect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_come_from_finite_values_and_are_never_empty() {
        assert_eq!(range([].into_iter()), [0.0, 1.0]);
        assert_eq!(range([f64::NAN, f64::INFINITY].into_iter()), [0.0, 1.0]);
        for values in [vec![0.0], vec![-3.0, -3.0], vec![1e-9, 2e-9], vec![-5.0, 7.0, f64::NAN], vec![1e30], vec![-1e30, 1e30]] {
            let [low, high] = range(values.iter().copied());
            assert!(low < high && high.is_finite(), "{values:?}");
            assert!(values.iter().all(|value| value.is_nan() || (low <= *value && *value <= high)), "{values:?}");
            let count = marks((low, high), 2.0).len();
            assert!((2..=6).contains(&count), "{values:?}: {count} ticks");
        }
    }
}
