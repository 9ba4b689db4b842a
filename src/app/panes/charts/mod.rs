//! The cards of the bottom row: each shows any of the charts.

mod bars;
mod frame;
mod layers;
mod lines;
mod marks;
mod matrix;
mod table;

use crate::app::panes::bar::stepper;
use crate::app::session::model::{Action, Model};
use crate::app::theme::{GAP, Tokens};
use crate::app::widgets::card;
use crate::app::widgets::markers::Markers;
use crate::app::words::Language;
use crate::exchange::charts::{CARDS, Chart, FIRST};
use crate::learn::config::Similarity;
use crate::learn::report::{Extras, HistoryRow, LayerAxes, Measure, Overlay, Snapshot, Stage};
use crate::learn::{method, readings};
use eframe::egui::{Color32, ComboBox, Rect, Stroke, Ui, UiBuilder, Vec2, pos2};
use layers::LayersChart;
use lines::{Line, LineChart};
use matrix::Matrix;

/// The charts that a run has.
fn offered(snapshot: &Snapshot) -> Vec<Chart> {
    let last = snapshot.past.rows.last().map(|row| row.measures);
    // At step 0 there is no row yet.
    let is_measured = |measure: Measure| last.unwrap_or(snapshot.terms.measures).get(measure).is_some();
    let has = |chart: Chart| match chart {
        Chart::Pushing => snapshot.terms.infonce.is_some() || snapshot.terms.triplets.is_some(),
        Chart::Table => tables(snapshot).next().is_some(),
        Chart::Measure(measure) => is_measured(measure),
        _ => true,
    };
    Chart::all().map(|(chart, _)| chart).filter(|chart| has(*chart)).collect()
}

/// Texts of a chart's title and its help.
fn texts(chart: Chart, language: Language, snapshot: &Snapshot) -> [&'static str; 2] {
    let keys = match chart {
        Chart::Loss => ["ui.chart_loss", "metric.loss.help"],
        Chart::Geometry => ["ui.chart_geometry", "ui.chart_geometry_help"],
        Chart::Gradient => ["metric.gradient_norm.label", "metric.gradient_norm.help"],
        Chart::Pushing if snapshot.terms.triplets.is_some() => ["metric.active_fraction.label", "metric.active_fraction.help"],
        Chart::Pushing => ["ui.pushing_infonce", "metric.effective_negatives.help"],
        Chart::Histogram => ["ui.chart_similarity", "ui.chart_similarity_help"],
        Chart::Spectrum => ["ui.chart_spectrum", "ui.chart_spectrum_help"],
        Chart::Similarities => ["ui.chart_matrix", "ui.chart_matrix_help"],
        Chart::Layers => ["ui.chart_layers", "ui.chart_layers_help"],
        Chart::Table => {
            let role = tables(snapshot).next().map_or("", |(role, ..)| role);
            return ["", ".help"].map(|end| language.find(&format!("exhibit.{role}{end}")).unwrap_or_default());
        }
        Chart::Measure(_) => {
            return ["label", "help"].map(|end| language.find(&format!("metric.{}.{end}", chart.word())).unwrap_or_default());
        }
    };
    keys.map(|key| language.find(key).unwrap_or_default())
}

/// The method's table, by its role.
fn tables(snapshot: &Snapshot) -> impl Iterator<Item = (&str, usize, &[f32])> {
    snapshot.exhibits.iter().filter_map(|exhibit| match exhibit {
        Overlay::Table { role, columns, values } => Some((role.as_str(), *columns, values.as_slice())),
        _ => None,
    })
}

/// The charts' own state.
#[derive(Default)]
pub struct Charts {
    matrices: [Matrix; CARDS],
    layers: LayersChart,
    /// The cards are drawn; of hidden ones nothing is asked of the run.
    drawn: bool,
}

impl Charts {
    /// Draws the row of charts into `rect`.
    pub fn ui(&mut self, ui: &mut Ui, rect: Rect, model: &Model, markers: &Markers, actions: &mut Vec<Action>) {
        let width = rect.width() - (CARDS - 1) as f32 * GAP;
        let mut left = rect.min.x;
        for (card, share) in [0.29, 0.27, 0.25, 0.19].into_iter().enumerate() {
            let rect = Rect::from_min_size(pos2(left, rect.min.y), Vec2::new(width * share, rect.height()));
            left += width * share + GAP;
            self.chart(ui, rect, card, model, markers, actions);
        }
    }

    /// Draws one card.
    pub fn chart(&mut self, ui: &mut Ui, rect: Rect, card: usize, model: &Model, markers: &Markers, actions: &mut Vec<Action>) {
        self.drawn = true;
        let shown = shown(card, model);
        ui.scope_builder(UiBuilder::new().max_rect(rect), |ui| {
            card::card(ui, ("chart", card), rect, |ui| {
                ui.spacing_mut().item_spacing.y = 2.0;
                head(ui, card, shown, model, actions);
                if model.is_ready() {
                    self.body(ui, card, shown, model, markers, actions);
                }
            });
            stepper::edge(ui, rect, model.stage().is_some_and(|stage| takes_part(shown, stage)));
            ui.advance_cursor_after_rect(rect);
        });
    }

    /// What snapshots shall carry for the cards; asked once a frame, after all cards are drawn.
    pub fn extras(&mut self, model: &Model) -> Extras {
        let drawn = std::mem::take(&mut self.drawn);
        let shows = |chart: Chart| drawn && (0..CARDS).any(|card| shown(card, model) == chart);
        let layers = if shows(Chart::Layers) { self.layers.axes } else { LayerAxes::Off };
        Extras { similarities: shows(Chart::Similarities), layers, ..Extras::default() }
    }

    fn body(&mut self, ui: &mut Ui, card: usize, chart: Chart, model: &Model, markers: &Markers, actions: &mut Vec<Action>) {
        let tokens = Tokens::current(ui.ctx());
        let [name, _] = texts(chart, model.language(), model.shown());
        match chart {
            Chart::Loss => {
                loss(model, &tokens).ui(ui, model, &tokens);
            }
            Chart::Geometry => {
                geometry(model, &tokens).ui(ui, model, &tokens);
            }
            Chart::Gradient => {
                single("gradient", name, tokens.accent, model, |row| row.gradient_norm).ui(ui, model, &tokens);
            }
            Chart::Measure(measure) => {
                let value = move |row: &HistoryRow| row.measures.get(measure).unwrap_or(f32::NAN);
                single("measure", name, tokens.accent, model, value).ui(ui, model, &tokens);
            }
            Chart::Pushing => {
                let chart = single("pushing", name, tokens.negative, model, |row| row.pushing);
                LineChart { includes: vec![0.0, 1.0], ..chart }.ui(ui, model, &tokens);
            }
            Chart::Histogram => {
                bars::similarity(ui, model, &tokens);
            }
            Chart::Spectrum => {
                bars::spectrum(ui, model, &tokens);
            }
            Chart::Similarities => self.matrices[card].ui(ui, model, &tokens, actions),
            Chart::Layers => self.layers.ui(ui, model, markers, &tokens, actions),
            Chart::Table => {
                if let Some((role, columns, values)) = tables(model.shown()).next() {
                    table::ui(ui, role, columns, values, model.language(), &tokens);
                }
            }
        }
    }
}

/// What a card shows: what was chosen for it, or what it shows at first where the run does not have that. In slow motion the card of the
/// histogram shows which rows are compared.
fn shown(card: usize, model: &Model) -> Chart {
    let chosen = model.settings.charts[card];
    let compares = model.stage() == Some(Stage::Compare) && card == 2;
    if compares && !model.settings.charts.contains(&Chart::Similarities) {
        return Chart::Similarities;
    }
    if offered(model.shown()).contains(&chosen) { chosen } else { FIRST[card] }
}

/// Whether a stage of a step is to be seen in a chart.
fn takes_part(chart: Chart, stage: Stage) -> bool {
    match stage {
        Stage::Compare => chart == Chart::Similarities,
        Stage::Codes => chart == Chart::Table,
        Stage::Loss => chart == Chart::Loss,
        Stage::Gradient => chart == Chart::Gradient,
        _ => false,
    }
}

/// The title, which is the switch between the charts.
fn head(ui: &mut Ui, card: usize, shown: Chart, model: &Model, actions: &mut Vec<Action>) {
    let (language, tokens) = (model.language(), Tokens::current(ui.ctx()));
    let texts = |chart: Chart| texts(chart, language, model.shown());
    let mut chosen = shown;
    // As quiet as a title, until the pointer is over it.
    let widgets = &mut ui.visuals_mut().widgets;
    (widgets.inactive.weak_bg_fill, widgets.inactive.bg_stroke) = (Color32::TRANSPARENT, Stroke::NONE);
    ui.spacing_mut().button_padding.x = 0.0;
    let combo = ComboBox::from_id_salt(("chart choice", card)).selected_text(card::head_text(texts(shown)[0], &tokens));
    let response = combo.width(ui.available_width()).height(420.0).truncate().show_ui(ui, |ui| {
        ui.spacing_mut().button_padding.x = 6.0;
        for chart in offered(model.shown()) {
            let [title, help] = texts(chart);
            ui.selectable_value(&mut chosen, chart, title).on_hover_text(help);
        }
    });
    response.response.widget_info(|| {
        let name = language.fill("ui.chart_choice", &[("number", &(card + 1).to_string())]);
        let mut info = eframe::egui::WidgetInfo::labeled(eframe::egui::Role::ComboBox, true, name);
        info.current_text_value = Some(texts(shown)[0].to_owned());
        info
    });
    response.response.on_hover_text(texts(shown)[1]);
    if chosen != shown {
        let mut settings = model.settings;
        settings.charts[card] = chosen;
        actions.push(Action::Settings(settings));
    }
}

fn loss(model: &Model, tokens: &Tokens) -> LineChart {
    let rows = &model.snapshot.past.rows;
    let chart = single("loss", model.language().get("metric.loss.label"), tokens.accent, model, |row| row.loss);
    let band = rows.iter().map(|row| [f64::from(row.loss_min), f64::from(row.loss_max)]).collect();
    let mut chart = LineChart { band: Some(band), ..chart };
    if let Some(rivals) = method::about(&model.shown().config).rivals {
        let language = model.language();
        let name = |key: &str| language.find(&format!("metric.{key}.short")).unwrap_or_default();
        chart.lines[0].rename(name(rivals.first));
        let second = readings::find(rivals.second).and_then(|reading| reading.measure);
        let value = |row: &HistoryRow| second.and_then(|measure| row.measures.get(measure)).unwrap_or(f32::NAN);
        chart.lines.push(Line::new(name(rivals.second), tokens.negative, model, value));
        chart.reference = Some((rivals.equilibrium, language.get("ui.equilibrium").to_owned()));
    }
    chart
}

fn geometry(model: &Model, tokens: &Tokens) -> LineChart {
    let language = model.language();
    let mut chart = single("geometry", language.get("metric.alignment.label"), tokens.positive, model, |row| row.alignment);
    chart.lines.push(Line::new(language.get("metric.uniformity.label"), tokens.accent, model, |row| row.uniformity));
    // The law of rows spread evenly over the sphere says nothing of rows that are not on it.
    if model.shown().config.compared() == Similarity::Cosine {
        let value = f64::from(model.snapshot.uniform_reference);
        chart.reference = Some((value, uniform_law(language, value)));
        chart.includes.push(0.0);
    }
    chart
}

fn uniform_law(language: Language, value: f64) -> String {
    language.fill("ui.uniform_law", &[("value", &frame::short(value))])
}

fn single(id: &'static str, name: &str, color: Color32, model: &Model, value: impl Fn(&HistoryRow) -> f32) -> LineChart {
    LineChart { id, lines: vec![Line::new(name, color, model, value)], band: None, reference: None, includes: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::metrics::BINS;
    use crate::learn::report::{Mark, Past};
    use crate::learn::rows::Spectrum;
    use crate::learn::trainer::Weights;
    use crate::learn::{Config, Trainer};
    use eframe::egui::{Context, Event, Pos2, RawInput};
    use egui_plot::PlotBounds;

    /// A window with the row of charts.
    struct Window {
        ctx: Context,
        charts: Charts,
        markers: Markers,
        model: Model,
        time: f64,
    }

    impl Window {
        fn new(model: Model) -> Self {
            let ctx = Context::default();
            crate::app::theme::install(&ctx, None);
            let markers = Markers::new(&ctx);
            Self { ctx, charts: Charts::default(), markers, model, time: 0.0 }
        }

        /// One frame: the row of charts, and over its first card the chart that `add` draws.
        fn draw<R>(&mut self, pointer: Option<Pos2>, mut add: impl FnMut(&mut Ui, &Model, &Tokens) -> R) -> R {
            self.time += 0.05;
            let screen = Rect::from_min_size(Pos2::ZERO, Vec2::new(1000.0, 200.0));
            let events = pointer.map(Event::PointerMoved).into_iter().collect();
            let input = RawInput { screen_rect: Some(screen), time: Some(self.time), events, ..RawInput::default() };
            let mut seen = None;
            let Self { ctx, charts, markers, model, .. } = self;
            let mut output = ctx.run_ui(input, |ui| {
                charts.ui(ui, screen, model, markers, &mut Vec::new());
                let rect = Rect::from_min_size(pos2(0.0, 0.0), Vec2::new(300.0, 180.0));
                ui.scope_builder(UiBuilder::new().max_rect(rect), |ui| {
                    let tokens = Tokens::current(ui.ctx());
                    seen = Some(add(ui, model, &tokens));
                });
            });
            output.textures_delta.clear();
            seen.expect("it was drawn")
        }

        /// One frame; where a chart of the loss placed its data, marks and all.
        fn frame(&mut self, pointer: Option<Pos2>) -> egui_plot::PlotTransform {
            self.draw(pointer, |ui, model, tokens| loss(model, tokens).ui(ui, model, tokens))
        }
    }

    /// A run whose history has a live change in it, or none.
    fn model(with_marks: bool, steps: u32) -> Model {
        let config = Config { points: 64, batch: 8, ..Config::default() };
        let mut trainer = Trainer::new(config.clone()).expect("valid");
        for step in 0..steps {
            trainer.step().expect("sound");
            if with_marks && step % 3 == 0 {
                // As far as the bounds go the run is the same: there and back.
                for tau in [0.9, 0.2] {
                    trainer.configure(Config { tau, ..config.clone() }, Weights::Keep).expect("valid");
                }
            }
        }
        let mut model = Model::default();
        model.take_scene(trainer.scene());
        let mut snapshot = trainer.snapshot();
        if with_marks {
            let mark = |step: u32| Mark {
                step: u64::from(step),
                since: u64::from(step),
                gesture: None,
                key: "tau".to_owned(),
                from: "0.2".to_owned(),
                to: "1.9".to_owned(),
            };
            snapshot.past.marks = (0..steps).step_by(3).map(mark).collect();
        }
        let news = snapshot.past.since(&Past::default());
        model.take_snapshot(snapshot, news);
        model
    }

    #[test]
    fn bounds_come_from_the_data_alone_however_long_marks_and_pointers_are_drawn() {
        let mut plain = Window::new(model(false, 40));
        let mut marked = Window::new(model(true, 40));
        let (first, mut bounds) = (*plain.frame(None).bounds(), None);
        for frame in 0..1000u16 {
            // A pointer that wanders over all charts.
            let pointer = (frame % 3 > 0).then(|| pos2(f32::from(frame % 1000), f32::from(frame % 190)));
            bounds = Some(*marked.frame(pointer).bounds());
        }
        assert_eq!(bounds, Some(first));
        assert_eq!(*plain.frame(None).bounds(), first);
        assert!(first.max()[0] < 45.0 && first.max()[1] < 10.0, "{first:?}");
    }

    #[test]
    fn every_chart_stays_within_its_data_for_a_minute_of_frames() {
        let mut window = Window::new(model(true, 30));
        // What goes wrong in training: numbers that are none, huge ones, all the same, below zero.
        let values = [f32::NAN, f32::INFINITY, -3.0, -3.0, 1e30, 0.0];
        for (row, value) in window.model.snapshot.past.rows.iter_mut().zip(values.iter().cycle()) {
            (row.loss, row.loss_min, row.loss_max, row.gradient_norm, row.pushing) = (*value, *value, *value, *value, *value);
            (row.alignment, row.uniformity) = (0.0, -2.0);
        }
        for chosen in [Chart::Geometry, Chart::Gradient, Chart::Pushing] {
            window.model.settings.charts[1] = chosen;
            let mut last = None;
            for frame in 0..400u16 {
                let bounds = *window.frame(Some(pos2(f32::from(frame) * 2.0, 100.0))).bounds();
                assert!(last.is_none_or(|last| last == bounds), "frame {frame}: {bounds:?} after {last:?}");
                assert!(bounds.is_valid(), "{bounds:?}");
                last = Some(bounds);
            }
        }
    }

    #[test]
    fn histogram_and_spectrum_show_what_their_data_ask_for_however_long_they_are_drawn() {
        let in_one_bin = |bin: usize| (0..BINS).map(|other| 5_000 * u32::from(other == bin)).collect::<Vec<_>>();
        let histograms = [vec![0; BINS], in_one_bin(0), in_one_bin(BINS - 1), vec![1_000_000; BINS], (0..BINS as u32).collect()];
        // None, all equal, what goes wrong, more than the axis shows at least, far more; and how far the axis then goes.
        let spectra = [
            (Vec::new(), 0.5),
            (vec![0.0; 3], 0.5),
            (vec![f32::NAN, 0.25, f32::INFINITY], 0.5),
            (vec![0.75, 0.25], 0.75),
            (vec![1e30, 1.0, 1.0, 1.0], f64::from(1e30f32)),
        ];
        let mut window = Window::new(model(true, 5));
        for (frame, (histogram, (eigenvalues, most))) in (0u16..).step_by(200).zip(histograms.iter().zip(spectra)) {
            let snapshot = &mut window.model.snapshot;
            snapshot.batch.negative_histogram.clone_from(histogram);
            snapshot.batch.positive_histogram.clone_from(&histograms[1]);
            let of_spectrum = PlotBounds::from_min_max([0.4, 0.0], [eigenvalues.len() as f64 + 0.6, 1.1 * most]);
            snapshot.spectrum = Spectrum { eigenvalues, largest_variance: 1.0, ..Spectrum::default() };
            for frame in frame..frame + 200 {
                // A pointer that wanders over both.
                let pointer = (frame % 3 > 0).then(|| pos2(f32::from(frame % 300), f32::from(frame % 190)));
                let bounds = window.draw(pointer, |ui, model, tokens| *bars::similarity(ui, model, tokens).bounds());
                assert_eq!(bounds, PlotBounds::from_min_max([-1.02, 0.0], [1.02, 1.3]), "frame {frame}");
                let bounds = window.draw(pointer, |ui, model, tokens| *bars::spectrum(ui, model, tokens).bounds());
                assert_eq!(bounds, of_spectrum, "frame {frame}");
            }
        }
    }

    #[test]
    fn the_uniform_law_is_only_for_rows_on_the_sphere() {
        let tokens = Tokens::of(eframe::egui::Theme::Light);
        let mut model = model(false, 5);
        assert!(geometry(&model, &tokens).reference.is_some());
        model.snapshot.config.similarity = Similarity::Dot;
        assert!(geometry(&model, &tokens).reference.is_none());
    }
}
