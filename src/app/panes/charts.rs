//! The charts over steps, the histograms of similarities and the spectrum.

use crate::app::model::Model;
use crate::app::theme::{Tokens, semibold};
use crate::app::widgets::card;
use crate::app::widgets::still::Still;
use crate::app::words::Language;
use crate::learn::config::Loss;
use crate::learn::metrics::{BINS, Spectrum};
use crate::learn::trainer::HistoryRow;
use eframe::egui::{Align, Color32, FontId, Layout, Rect, RichText, Stroke, Ui, UiBuilder, Vec2};
use egui_plot::{Bar, BarChart, FilledArea, HLine, HoverPosition, Line, Plot, PlotPoint, PlotUi, Text, VLine};
use std::time::Duration;

/// Seconds for which a chart may stay as it is while newer snapshots come: laying all of them out is a quarter of a frame's work.
const WAITS: f64 = 0.1;

/// A chart of the bottom row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Chart {
    /// The loss.
    Loss,
    /// Alignment and uniformity.
    Geometry,
    /// Cosines of positives and of negatives.
    Similarity,
    /// Variance along the principal directions.
    Spectrum,
    /// The gradient's norm and the share of what pushes.
    Gradient,
}

/// Which chart of the two that share a place is shown, and what the charts are drawn from.
#[derive(Default)]
pub struct Charts {
    shows_gradient: bool,
    series: Series,
    drawn: [Drawn; 5],
}

/// A chart with what it shows while snapshots come by the dozen a second.
struct Drawn {
    still: Still<Shown>,
    /// The snapshot that it shows.
    generation: u64,
    /// When it took that over, in seconds.
    since: f64,
}

impl Default for Drawn {
    fn default() -> Self {
        Self { still: Still::unanimated(), generation: 0, since: 0.0 }
    }
}

/// All that a chart shows.
#[derive(PartialEq)]
struct Shown {
    rect: Rect,
    language: Language,
    of: Source,
}

/// What a chart is drawn from.
#[derive(PartialEq)]
enum Source {
    /// Nothing yet.
    Nothing,
    /// A snapshot, by its number.
    Snapshot(u64),
    /// The spectrum, which many snapshots carry on as it was.
    Spectrum(Spectrum),
}

impl Drawn {
    /// Takes over the latest snapshot, if it is this chart's turn or the chart has waited long enough. Lines take turns with the input
    /// plane, which is new with every second snapshot, and histograms with the lines: so no frame has to draw it all.
    fn update(&mut self, ui: &Ui, chart: Chart, model: &Model) -> Source {
        if !model.is_ready() {
            return Source::Nothing;
        }
        if chart == Chart::Spectrum {
            return Source::Spectrum(model.snapshot.spectrum.clone());
        }
        if self.generation != model.generation {
            let has_new_plane = model.snapshot.plane_step == model.snapshot.step;
            let is_its_turn = has_new_plane == (chart == Chart::Similarity);
            let now = ui.input(|input| input.time);
            let rest = self.since + WAITS - now;
            if is_its_turn || rest <= 0.0 {
                (self.generation, self.since) = (model.generation, now);
            } else {
                ui.request_repaint_after(Duration::from_secs_f64(rest.min(WAITS)));
            }
        }
        Source::Snapshot(self.generation)
    }
}

/// The history as the plots want it, kept until the next snapshot.
#[derive(Default)]
struct Series {
    /// Which snapshot it is of.
    generation: u64,
    steps: Vec<f64>,
    loss_min: Vec<f64>,
    loss_max: Vec<f64>,
    loss: Vec<PlotPoint>,
    alignment: Vec<PlotPoint>,
    uniformity: Vec<PlotPoint>,
    gradient_norm: Vec<PlotPoint>,
    pushing: Vec<PlotPoint>,
}

impl Series {
    fn update(&mut self, model: &Model) {
        if self.generation == model.generation {
            return;
        }
        self.generation = model.generation;
        let history = &model.snapshot.history;
        let column = |target: &mut Vec<f64>, value: fn(&HistoryRow) -> f64| {
            target.clear();
            target.extend(history.iter().map(value));
        };
        column(&mut self.steps, |row| row.step as f64);
        column(&mut self.loss_min, |row| row.loss_min.into());
        column(&mut self.loss_max, |row| row.loss_max.into());
        let line = |target: &mut Vec<PlotPoint>, value: fn(&HistoryRow) -> f32| {
            target.clear();
            target.extend(history.iter().map(|row| PlotPoint::new(row.step as f64, f64::from(value(row)))));
        };
        line(&mut self.loss, |row| row.loss);
        line(&mut self.alignment, |row| row.alignment);
        line(&mut self.uniformity, |row| row.uniformity);
        line(&mut self.gradient_norm, |row| row.gradient_norm);
        line(&mut self.pushing, |row| row.pushing);
    }
}

impl Charts {
    /// Draws the row of charts into `rect`.
    pub fn ui(&mut self, ui: &mut Ui, rect: Rect, model: &Model) {
        let gap = crate::app::theme::GAP;
        let width = rect.width() - 3.0 * gap;
        let mut left = rect.min.x;
        for (chart, share) in [(Chart::Loss, 0.31), (Chart::Geometry, 0.25), (Chart::Similarity, 0.25), (Chart::Spectrum, 0.19)] {
            let place = Rect::from_min_size(eframe::egui::pos2(left, rect.min.y), Vec2::new(width * share, rect.height()));
            left += width * share + gap;
            self.chart(ui, place, chart, model);
        }
    }

    /// Draws one chart as a card.
    pub fn chart(&mut self, ui: &mut Ui, rect: Rect, chart: Chart, model: &Model) {
        let Self { shows_gradient, series, drawn } = self;
        let chart = if chart == Chart::Geometry && *shows_gradient { Chart::Gradient } else { chart };
        let drawn = &mut drawn[chart as usize];
        let shown = Shown { rect, language: model.language(), of: drawn.update(ui, chart, model) };
        ui.scope_builder(UiBuilder::new().max_rect(rect), |ui| {
            drawn.still.show(ui, shown, |ui| {
                card::card(ui, ("chart", chart), rect, |ui| {
                    ui.spacing_mut().item_spacing.y = 4.0;
                    head(ui, chart, model, shows_gradient);
                    if model.is_ready() {
                        series.update(model);
                        plotted(ui, chart, model, series);
                    }
                });
                ui.advance_cursor_after_rect(rect);
            });
        });
    }
}

/// A chart's title and the numbers beside it.
fn head(ui: &mut Ui, chart: Chart, model: &Model, shows_gradient: &mut bool) {
    let tokens = Tokens::current(ui.ctx());
    let language = model.language();
    let (title, help) = match chart {
        Chart::Loss => ("ui.chart_loss", "metric.loss.help"),
        Chart::Geometry => ("ui.chart_geometry", "ui.chart_geometry_help"),
        Chart::Similarity => ("ui.chart_similarity", "ui.chart_similarity_help"),
        Chart::Spectrum => ("ui.chart_spectrum", "ui.chart_spectrum_help"),
        Chart::Gradient => ("ui.chart_gradient", "ui.chart_gradient_help"),
    };
    ui.allocate_ui_with_layout(Vec2::new(ui.available_width(), 18.0), Layout::right_to_left(Align::Center), |ui| {
        for (text, color) in reading(chart, model, &tokens).into_iter().rev() {
            ui.label(RichText::new(text).font(FontId::new(13.0, semibold())).color(color));
        }
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            let head = eframe::egui::Label::new(card::head_text(language.get(title), &tokens)).truncate();
            if matches!(chart, Chart::Geometry | Chart::Gradient) {
                let response = ui.add(head.sense(eframe::egui::Sense::click()));
                let response = response.on_hover_ui(|ui| {
                    ui.set_max_width(ui.spacing().tooltip_width);
                    ui.label(format!("{}\n\n{}", language.get(help), language.get("ui.chart_more")));
                });
                if response.clicked() {
                    *shows_gradient = !*shows_gradient;
                }
            } else {
                ui.add(head).on_hover_text(language.get(help));
            }
        });
    });
}

/// The chart itself.
fn plotted(ui: &mut Ui, chart: Chart, model: &Model, series: &Series) {
    let tokens = Tokens::current(ui.ctx());
    match chart {
        Chart::Loss => loss(ui, model, series, &tokens),
        Chart::Geometry => geometry(ui, model, series, &tokens),
        Chart::Gradient => gradient(ui, model, series, &tokens),
        Chart::Similarity => similarity(ui, model, &tokens),
        Chart::Spectrum => spectrum(ui, model, &tokens),
    }
}

/// The numbers at a chart's right upper corner.
fn reading(chart: Chart, model: &Model, tokens: &Tokens) -> Vec<(String, Color32)> {
    let snapshot = &model.snapshot;
    if !model.is_ready() {
        return Vec::new();
    }
    match chart {
        Chart::Loss => vec![(model.loss(), tokens.ink)],
        Chart::Geometry => {
            vec![(hundredths(snapshot.batch.alignment), tokens.positive), (hundredths(snapshot.batch.uniformity), tokens.accent)]
        }
        Chart::Gradient => vec![(format!("{:.3}", snapshot.gradient_norm), tokens.accent)],
        Chart::Similarity => vec![
            (hundredths(snapshot.batch.positive_similarity), tokens.positive),
            (hundredths(snapshot.batch.negative_similarity), tokens.negative),
        ],
        Chart::Spectrum => vec![(format!("{:.1} / {}", snapshot.spectrum.effective_rank, snapshot.dim), tokens.ink)],
    }
}

/// Two decimals, and no minus before a zero.
fn hundredths(value: f32) -> String {
    let text = format!("{value:.2}");
    if text == "-0.00" { "0.00".to_owned() } else { text }
}

/// A plot that is looked at and hovered, not dragged.
fn plot<'a>(id: &'static str, tokens: &Tokens) -> Plot<'a> {
    Plot::new(id)
        .allow_drag(false)
        .allow_zoom(false)
        .allow_scroll(false)
        .allow_boxed_zoom(false)
        .allow_double_click_reset(false)
        .show_background(false)
        .show_grid([false, true])
        .show_axes([false, true])
        .y_axis_min_width(26.0)
        .grid_color(tokens.line)
        .cursor_color(tokens.soft)
        .set_margin_fraction(Vec2::new(0.01, 0.10))
        .grid_spacing(28.0..=90.0)
}

/// What hovering a line says.
fn line_label(position: &HoverPosition<'_>) -> Option<String> {
    match position {
        HoverPosition::NearDataPoint { plot_name, position, .. } => Some(format!("{plot_name} {:.4}\n{:.0}", position.y, position.x)),
        HoverPosition::Elsewhere { .. } => None,
    }
}

/// Marks where a live parameter changed: a line for each, and words for the last few.
fn marks(plot: &mut PlotUi<'_>, model: &Model, tokens: &Tokens) {
    let marks = &model.snapshot.marks;
    let bounds = plot.plot_bounds();
    for (index, mark) in marks.iter().enumerate() {
        let x = mark.step as f64;
        plot.vline(VLine::new("", x).color(tokens.soft.gamma_multiply(0.7)).width(1.0).style(egui_plot::LineStyle::dashed_dense()));
        if index + 2 >= marks.len() {
            let high = bounds.max()[1] - (bounds.max()[1] - bounds.min()[1]) * (0.05 + 0.13 * (index % 2) as f64);
            let symbol = match mark.key.as_str() {
                "tau" => "τ",
                "alpha" => "α",
                key => key,
            };
            let right = x < 0.5 * (bounds.min()[0] + bounds.max()[0]);
            let text = RichText::new(format!(" {symbol} {} → {} ", mark.from, mark.to)).size(11.0).color(tokens.soft);
            let anchor = if right { eframe::egui::Align2::LEFT_TOP } else { eframe::egui::Align2::RIGHT_TOP };
            plot.text(Text::new("", PlotPoint::new(x, high), text).anchor(anchor));
        }
    }
}

fn loss(ui: &mut Ui, model: &Model, series: &Series, tokens: &Tokens) {
    let name = model.language().get("metric.loss.label").to_owned();
    plot("loss", tokens).label_formatter(line_label).show(ui, |plot| {
        if series.steps.len() > 1 {
            plot.add(FilledArea::new("", &series.steps, &series.loss_min, &series.loss_max).fill_color(tokens.accent.gamma_multiply(0.18)));
        }
        plot.line(Line::new(name, series.loss.as_slice()).color(tokens.accent).width(1.8));
        marks(plot, model, tokens);
    });
}

fn geometry(ui: &mut Ui, model: &Model, series: &Series, tokens: &Tokens) {
    let language = model.language();
    let reference = f64::from(model.snapshot.uniform_reference);
    plot("geometry", tokens).label_formatter(line_label).include_y(reference - 0.1).include_y(0.2).show(ui, |plot| {
        let note = language.fill("ui.uniform_law", &[("value", &format!("{reference:.2}"))]);
        plot.hline(HLine::new(note, reference).color(tokens.soft).style(egui_plot::LineStyle::dashed_dense()));
        plot.line(Line::new(language.get("metric.alignment.label"), series.alignment.as_slice()).color(tokens.positive).width(1.8));
        plot.line(Line::new(language.get("metric.uniformity.label"), series.uniformity.as_slice()).color(tokens.accent).width(1.8));
        marks(plot, model, tokens);
    });
}

fn gradient(ui: &mut Ui, model: &Model, series: &Series, tokens: &Tokens) {
    let language = model.language();
    let pushing = match model.snapshot.config.loss {
        Loss::InfoNce => language.get("ui.pushing_infonce"),
        Loss::Triplet => language.get("metric.active_fraction.label"),
    };
    plot("gradient", tokens).label_formatter(line_label).include_y(0.0).show(ui, |plot| {
        plot.line(Line::new(language.get("metric.gradient_norm.label"), series.gradient_norm.as_slice()).color(tokens.accent).width(1.8));
        plot.line(Line::new(pushing, series.pushing.as_slice()).color(tokens.negative).width(1.8));
        marks(plot, model, tokens);
    });
}

fn similarity(ui: &mut Ui, model: &Model, tokens: &Tokens) {
    let language = model.language();
    let bars = |counts: &[u32], color: Color32| {
        let highest = f64::from(counts.iter().copied().max().unwrap_or(0).max(1));
        let width = 2.0 / BINS as f64;
        let bars = counts.iter().enumerate().filter(|(_, count)| **count > 0).map(|(bin, count)| {
            let at = -1.0 + (bin as f64 + 0.5) * width;
            Bar::new(at, f64::from(*count) / highest).width(width * 0.86).fill(color).stroke(Stroke::NONE)
        });
        bars.collect::<Vec<Bar>>()
    };
    let batch = &model.snapshot.batch;
    let negative = bars(&batch.negative_histogram, tokens.negative.gamma_multiply(0.8));
    let positive = bars(&batch.positive_histogram, tokens.positive.gamma_multiply(0.8));
    let label = |position: &HoverPosition<'_>| match position {
        HoverPosition::NearDataPoint { plot_name, position, .. } => Some(format!("{plot_name}\ncos {:.2}", position.x)),
        HoverPosition::Elsewhere { .. } => None,
    };
    plot("similarity", tokens)
        .show_axes([true, false])
        .show_grid([false, false])
        .include_x(-1.0)
        .include_x(1.0)
        .include_y(0.0)
        .include_y(1.05)
        .label_formatter(label)
        .show(ui, |plot| {
            plot.bar_chart(
                BarChart::new(language.get("metric.negative_similarity.label"), negative).element_formatter(Box::new(cosine_of_bar)),
            );
            plot.bar_chart(
                BarChart::new(language.get("metric.positive_similarity.label"), positive).element_formatter(Box::new(cosine_of_bar)),
            );
        });
}

/// What hovering a bar of a histogram says.
fn cosine_of_bar(bar: &Bar, chart: &BarChart) -> String {
    use egui_plot::PlotItem as _;
    format!("{}\ncos {:.2}", chart.name(), bar.argument)
}

fn spectrum(ui: &mut Ui, model: &Model, tokens: &Tokens) {
    let values = &model.snapshot.spectrum.eigenvalues;
    let total: f32 = values.iter().sum::<f32>().max(1e-12);
    let bars = values.iter().enumerate().map(|(k, value)| {
        let fade = 1.0 - 0.45 * k as f32 / values.len().max(2) as f32;
        Bar::new((k + 1) as f64, f64::from(value / total)).width(0.66).fill(tokens.accent.gamma_multiply(fade)).stroke(Stroke::NONE)
    });
    let bars: Vec<Bar> = bars.collect();
    let count = values.len() as f64;
    plot("spectrum", tokens).show_axes([false, false]).include_y(0.0).include_y(0.5).include_x(0.4).include_x(count + 0.6).show(
        ui,
        |plot| {
            let name = model.language().get("ui.chart_spectrum");
            plot.bar_chart(
                BarChart::new(name, bars).element_formatter(Box::new(|bar, _| format!("λ{:.0}: {:.1} %", bar.argument, bar.value * 100.0))),
            );
        },
    );
}

#[cfg(test)]
mod tests {
    use super::{Chart, Charts, WAITS};
    use crate::app::model::Model;
    use crate::learn::{Config, Trainer};
    use eframe::egui::{Context, Pos2, RawInput, Rect, vec2};
    use std::time::Duration;

    /// A window with charts and a run.
    struct Window {
        ctx: Context,
        charts: Charts,
        model: Model,
        trainer: Trainer,
        time: f64,
    }

    impl Window {
        fn new() -> Self {
            let ctx = Context::default();
            crate::app::theme::install(&ctx);
            let config = Config { points: 64, batch: 8, ..Config::default() };
            let trainer = Trainer::new(config).expect("a sound configuration");
            let mut window = Self { ctx, charts: Charts::default(), model: Model::default(), trainer, time: 0.0 };
            window.model.take_scene(window.trainer.scene());
            window.model.take_snapshot(window.trainer.snapshot());
            window
        }

        fn train(&mut self) {
            self.trainer.step().expect("a step");
            self.model.take_snapshot(self.trainer.quick_snapshot());
        }

        /// A frame so many seconds after the last; how long the next may wait.
        fn frame(&mut self, after: f64) -> Duration {
            self.time += after;
            let screen = Rect::from_min_size(Pos2::ZERO, vec2(1000.0, 200.0));
            let input = RawInput { screen_rect: Some(screen), time: Some(self.time), ..RawInput::default() };
            let mut output = self.ctx.run_ui(input, |ui| self.charts.ui(ui, screen, &self.model));
            output.textures_delta.clear();
            output.viewport_output.values().map(|viewport| viewport.repaint_delay).min().unwrap_or(Duration::MAX)
        }

        fn shown(&self, chart: Chart) -> u64 {
            self.charts.drawn[chart as usize].generation
        }
    }

    #[test]
    fn lines_take_turns_with_the_plane_and_none_waits_for_long() {
        let mut window = Window::new();
        window.frame(0.0);
        let mut turns = [0, 0];
        for _ in 0..40 {
            window.train();
            window.frame(0.02);
            let has_new_plane = window.model.snapshot.plane_step == window.model.snapshot.step;
            let (lines, bars) = (window.shown(Chart::Loss), window.shown(Chart::Similarity));
            assert_eq!([lines, bars].map(|shown| shown == window.model.generation), [!has_new_plane, has_new_plane]);
            assert_eq!(window.shown(Chart::Geometry), lines);
            assert!(lines.min(bars) + 1 >= window.model.generation);
            turns[usize::from(has_new_plane)] += 1;
        }
        assert_eq!(turns, [20, 20]);
        // Slow ones are shown as they come, all of them.
        for _ in 0..4 {
            window.train();
            window.frame(WAITS);
            assert_eq!([Chart::Loss, Chart::Similarity].map(|chart| window.shown(chart)), [window.model.generation; 2]);
        }
    }

    #[test]
    fn at_rest_every_chart_comes_to_show_the_last_snapshot() {
        let mut window = Window::new();
        for after in [0.0, 0.02, 0.02, 0.02] {
            window.train();
            window.frame(after);
        }
        let delay = window.frame(0.02);
        assert!(window.shown(Chart::Loss).min(window.shown(Chart::Similarity)) < window.model.generation);
        assert!(delay <= Duration::from_secs_f64(WAITS), "nobody asks for the frame in which the charts catch up");
        window.frame(delay.as_secs_f64());
        assert_eq!([Chart::Loss, Chart::Similarity].map(|chart| window.shown(chart)), [window.model.generation; 2]);
        for _ in 0..30 {
            window.frame(0.02);
        }
        assert!(window.frame(0.02) > Duration::from_mins(1), "charts at rest ask for frames");
    }

    #[test]
    fn a_zero_has_no_sign() {
        assert_eq!(super::hundredths(-0.004), "0.00");
        assert_eq!(super::hundredths(-1.821), "-1.82");
    }
}
