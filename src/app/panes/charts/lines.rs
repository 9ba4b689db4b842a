//! Charts of values over steps.

use super::frame::{self, Bounds};
use super::marks;
use crate::app::session::model::Model;
use crate::app::theme::Tokens;
use crate::app::widgets::count::grouped;
use crate::learn::report::HistoryRow;
use eframe::egui::{Align2, Color32, FontId, Painter, Pos2, Rect, Shape, Stroke, Ui, Vec2};
use egui_plot::{FilledArea, HLine, LineStyle, PlotPoint, PlotPoints, PlotTransform};

/// Steps that the axis shows at least.
const LEAST_STEPS: f64 = 20.0;
/// Steps from which on a run has a beginning that may be cut off.
const LEAST_CUT_STEPS: f64 = 100.0;
/// The share of the steps that is the beginning.
const BEGINNING: f64 = 0.1;
/// A beginning is cut off where the rest would have less than one of so many parts of the height.
const PARTS: f64 = 15.0;
/// And where it is so many times as far above the rest as the rest is from 0: a loss that falls to its margin and stays there is a fall to be seen.
const LEVELS: f64 = 3.0;
/// Distance of words at lines' ends.
const WORDS_APART: f32 = 13.0;

/// One quantity over the run.
pub(super) struct Line {
    name: String,
    color: Color32,
    points: Vec<PlotPoint>,
}

impl Line {
    pub(super) fn new(name: &str, color: Color32, model: &Model, value: impl Fn(&HistoryRow) -> f32) -> Self {
        let points = model.snapshot.past.rows.iter().map(|row| PlotPoint::new(row.step as f64, f64::from(value(row))));
        Self { name: name.to_owned(), color, points: points.collect() }
    }
}

impl Line {
    /// Takes another name.
    pub(super) fn rename(&mut self, name: &str) {
        name.clone_into(&mut self.name);
    }
}

/// Lines over steps with what belongs to them.
pub(super) struct LineChart {
    pub(super) id: &'static str,
    pub(super) lines: Vec<Line>,
    /// Smallest and largest value of the first line within each row.
    pub(super) band: Option<Vec<[f64; 2]>>,
    /// A value to compare with, and what it is.
    pub(super) reference: Option<(f64, String)>,
    /// Values that the y axis reaches in any case.
    pub(super) includes: Vec<f64>,
}

impl LineChart {
    /// What the chart shows: all its data but a beginning that is cut off, and nothing that is drawn over them.
    pub(super) fn bounds(&self) -> Bounds {
        Bounds { x: [0.0, self.last() * 1.01], y: self.cut().unwrap_or_else(|| self.range(0.0)) }
    }

    fn last(&self) -> f64 {
        self.lines.iter().filter_map(|line| line.points.last()).map(|point| point.x).fold(LEAST_STEPS, f64::max)
    }

    /// The range of the data from a step on.
    fn range(&self, from: f64) -> [f64; 2] {
        let values = self.lines.iter().flat_map(|line| &line.points).filter(|point| point.x >= from).map(|point| point.y);
        let steps = self.lines.first().into_iter().flat_map(|line| &line.points).map(|point| point.x);
        let band = steps.zip(self.band.iter().flatten()).filter(|(step, _)| *step >= from).flat_map(|(_, ends)| *ends);
        let extra = self.includes.iter().copied().chain(self.reference.iter().map(|(value, _)| *value));
        frame::range(values.chain(extra).chain(band))
    }

    /// The range without the top, if the first steps are so far above the rest that one would see nothing else.
    fn cut(&self) -> Option<[f64; 2]> {
        let last = self.last();
        let values =
            |from: f64| self.lines.iter().flat_map(|line| &line.points).filter(move |point| point.x >= from && point.y.is_finite());
        let from = BEGINNING * last;
        let [low, high] = self.range(from);
        let span = high - low;
        let least = (PARTS * span).max(LEVELS * low.abs().max(high.abs()));
        if last < LEAST_CUT_STEPS || values(from).next().is_none() || self.range(0.0)[1] - low <= least {
            return None;
        }
        Some([values(0.0).map(|point| point.y).fold(low, f64::min), high + 0.5 * span])
    }

    /// Says how high the highest line begins, where that is cut off.
    fn beginning(&self, painter: &Painter, transform: &PlotTransform, model: &Model, tokens: &Tokens) {
        let Some([_, top]) = self.cut() else { return };
        // A row of a long run is the mean of several steps; the band has the highest of them.
        let band = self.lines.first().into_iter().flat_map(|line| self.band.iter().flatten().map(|ends| (ends[1], line.color)));
        let points = self.lines.iter().flat_map(|line| line.points.iter().map(|point| (point.y, line.color)));
        let highest = points.chain(band).filter(|(value, _)| value.is_finite()).max_by(|a, b| a.0.total_cmp(&b.0));
        if let Some((value, color)) = highest.filter(|(value, _)| *value > top) {
            let text = model.language().fill("ui.chart_begins", &[("value", &frame::short(value))]);
            let at = transform.frame().min + Vec2::new(10.0, 9.0);
            word(painter, at, Align2::LEFT_CENTER, &text, color, tokens);
        }
    }

    /// Draws the chart into what is left of `ui`. Returns where it placed its data.
    pub(super) fn ui(self, ui: &mut Ui, model: &Model, tokens: &Tokens) -> PlotTransform {
        let transform = frame::show(
            ui,
            self.id,
            self.bounds(),
            [true, true],
            |step| grouped(step as u64),
            tokens,
            |plot| {
                if let (Some(band), Some(line)) = (&self.band, self.lines.first())
                    && band.len() > 1
                {
                    let steps: Vec<f64> = line.points.iter().map(|point| point.x).collect();
                    let edge = |side: usize| band.iter().map(|ends| ends[side]).collect::<Vec<f64>>();
                    plot.add(FilledArea::new("", &steps, &edge(0), &edge(1)).fill_color(line.color.gamma_multiply(0.18)));
                }
                if let Some((value, _)) = &self.reference {
                    plot.hline(HLine::new("", *value).color(tokens.soft).style(LineStyle::dashed_dense()).allow_hover(false));
                }
                for line in &self.lines {
                    plot.line(
                        egui_plot::Line::new("", PlotPoints::Owned(line.points.clone())).color(line.color).width(1.8).allow_hover(false),
                    );
                }
            },
        );
        let painter = frame::painter_over(ui, *transform.frame());
        marks::alarms(&painter, &transform, model, tokens);
        let taken = marks::draw(&painter, &transform, model, tokens);
        if let Some(past) = &model.recalled {
            cursor(&painter, &transform, past.step, tokens);
        }
        self.beginning(&painter, &transform, model, tokens);
        match frame::pointer(ui, *transform.frame()) {
            Some(at) => self.answer(&painter, &transform, at, model, tokens),
            None => self.words(&painter, &transform, model, &taken, tokens),
        }
        transform
    }

    /// Names and values at the lines' ends (of the step of the past that is shown, or the last ones), and the reference's name; below what is
    /// taken by other words.
    fn words(&self, painter: &Painter, transform: &PlotTransform, model: &Model, taken: &[Rect], tokens: &Tokens) {
        let frame = *transform.frame();
        let mut ends: Vec<(f32, String, Color32)> = self
            .lines
            .iter()
            .filter_map(|line| {
                let last = line.points.last().filter(|point| point.y.is_finite())?;
                let y = transform.position_from_point(last).y - 8.0;
                let past = model.recalled.as_ref().and_then(|past| nearest(&line.points, past.step as f64));
                let value = past.map_or(last.y, |row| line.points[row].y);
                Some((y, format!("{} {}", line.name, frame::short(value)), line.color))
            })
            .collect();
        ends.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut lowest = frame.min.y + 4.0;
        for (y, text, color) in &mut ends {
            *y = y.max(lowest);
            let width = painter.layout_no_wrap(text.clone(), FontId::proportional(11.0), *color).size().x;
            let place = Rect::from_center_size(Pos2::new(frame.max.x - 4.0 - width / 2.0, *y), Vec2::new(width + 6.0, WORDS_APART));
            if let Some(other) = taken.iter().filter(|other| other.intersects(place)).map(|other| other.max.y).reduce(f32::max) {
                *y = other + WORDS_APART / 2.0;
            }
            *y = y.min(frame.max.y - 7.0);
            lowest = *y + WORDS_APART;
            word(painter, Pos2::new(frame.max.x - 4.0, *y), Align2::RIGHT_CENTER, text, *color, tokens);
        }
        if let Some((value, text)) = &self.reference {
            let y = transform.position_from_point_y(*value) - 7.0;
            word(painter, Pos2::new(frame.min.x + 4.0, y), Align2::LEFT_CENTER, text, tokens.soft, tokens);
        }
    }

    /// Answers the pointer: all lines at the nearest step, in a box.
    fn answer(&self, painter: &Painter, transform: &PlotTransform, at: Pos2, model: &Model, tokens: &Tokens) {
        let Some(points) = self.lines.first().map(|line| &line.points) else { return };
        let step = transform.value_from_position(at).x;
        let Some(row) = nearest(points, step) else { return };
        let x = transform.position_from_point_x(points[row].x);
        let frame = *transform.frame();
        painter.vline(x, frame.y_range(), Stroke::new(1.0, tokens.soft));
        let mut lines = vec![(model.language().fill("ui.step_number", &[("step", &grouped(points[row].x as u64))]), tokens.soft)];
        for (place, line) in self.lines.iter().enumerate() {
            let Some(point) = line.points.get(row) else { continue };
            painter.circle_filled(transform.position_from_point(point), 3.0, line.color);
            let mut text = format!("{} {:.4}", line.name, point.y);
            if let Some([low, high]) =
                self.band.as_ref().filter(|_| place == 0).and_then(|band| band.get(row)).filter(|ends| ends[0] < ends[1])
            {
                text = format!("{text} ({} – {})", frame::short(*low), frame::short(*high));
            }
            lines.push((text, line.color));
        }
        lines.extend(self.reference.iter().map(|(_, text)| (text.clone(), tokens.soft)));
        frame::label_box(painter, frame, Pos2::new(x, at.y), &lines, tokens);
    }
}

/// The point whose step is nearest.
fn nearest(points: &[PlotPoint], step: f64) -> Option<usize> {
    let after = points.partition_point(|point| point.x < step);
    let candidates = [after.checked_sub(1), (after < points.len()).then_some(after)];
    candidates.into_iter().flatten().min_by(|a, b| (points[*a].x - step).abs().total_cmp(&(points[*b].x - step).abs()))
}

/// Where the past that is shown lies.
fn cursor(painter: &Painter, transform: &PlotTransform, step: u64, tokens: &Tokens) {
    let frame = *transform.frame();
    let x = transform.position_from_point_x(step as f64).clamp(frame.min.x, frame.max.x);
    painter.vline(x, frame.y_range(), Stroke::new(1.6, tokens.accent));
    let tip = Pos2::new(x, frame.max.y);
    painter.add(Shape::convex_polygon(vec![tip, tip + Vec2::new(5.0, 7.0), tip + Vec2::new(-5.0, 7.0)], tokens.accent, Stroke::NONE));
}

/// A word over the plot, readable whatever lies under it.
fn word(painter: &Painter, at: Pos2, anchor: Align2, text: &str, color: Color32, tokens: &Tokens) {
    let galley = painter.layout_no_wrap(text.to_owned(), FontId::proportional(11.0), color);
    let place: Rect = anchor.anchor_size(at, galley.size());
    painter.rect_filled(place.expand2(Vec2::new(2.0, 0.0)), 3.0, tokens.panel.gamma_multiply(0.75));
    painter.galley(place.min, galley, color);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(values: impl Fn(usize) -> f64, steps: usize) -> LineChart {
        let points = (0..steps).map(|step| PlotPoint::new(step as f64, values(step))).collect();
        let line = Line { name: String::new(), color: Color32::BLACK, points };
        LineChart { id: "loss", lines: vec![line], band: None, reference: None, includes: Vec::new() }
    }

    #[test]
    fn a_beginning_far_above_the_rest_is_cut_off_and_nothing_else_is() {
        let falls = |step: usize| 4.0 + 400.0 / (1.0 + step as f64).powi(2) + (step % 7) as f64 * 0.1;
        let [low, high] = chart(falls, 1000).bounds().y;
        assert!((3.0..4.0).contains(&low) && (4.6..6.0).contains(&high), "{low} {high}");
        assert!(chart(falls, 60).bounds().y[1] > 400.0, "a short run is shown whole");
        let spike = |step: usize| if step == 700 { 400.0 } else { 4.0 };
        assert!(chart(spike, 1000).bounds().y[1] > 400.0, "what comes later is shown");
        let collapses = |step: usize| if step < 10 { 0.5 } else { 0.2 };
        assert!(chart(collapses, 1000).bounds().y[1] > 0.5, "a fall to the margin is shown");
        let slow = |step: usize| 5.0 - step as f64 / 1000.0;
        assert!(chart(slow, 1000).bounds().y[1] > 5.0);
        let early = |step: usize| if step == 5 { 400.0 } else { 4.0 + (step % 7) as f64 * 0.1 };
        assert!(chart(early, 1000).bounds().y[1] < 6.0, "whatever the first steps are");
        let gone = |step: usize| if step > 50 { f64::NAN } else { 4.0 + 400.0 / (1.0 + step as f64) };
        let [low, high] = chart(gone, 1000).bounds().y;
        assert!(low < 11.8 && high > 404.0, "what is all there is is shown: {low} {high}");
        let broken = |step: usize| if step > 200 { f64::NAN } else { 4.0 + 400.0 / (1.0 + step as f64) };
        let [low, high] = chart(broken, 1000).bounds().y;
        assert!(low.is_finite() && high.is_finite() && low < high);
    }
}
