//! What the sphere says: the run's metrics as numbers.

use crate::app::session::model::{Action, Model};
use crate::app::theme::{Tokens, semibold};
use crate::app::widgets::buttons::{Icon, Weight, button};
use crate::app::widgets::card;
use crate::app::widgets::count::{grouped, percent};
use crate::app::widgets::help::{named, named_by_text};
use crate::app::words::Language;
use crate::learn::metrics::{Finding, Probe};
use crate::learn::readings::{self, Format, READINGS, Reading, Side};
use crate::learn::recipes;
use crate::learn::report::{Snapshot, Space};
use eframe::egui::{self, Align, Color32, FontId, Layout, RichText, Ui, Vec2};

/// A reading as it is shown.
struct Shown {
    reading: &'static Reading,
    value: String,
    color: Color32,
}

/// What stands for a number that would say nothing.
const NOTHING: &str = "–";

/// Writes a reading's value with so many decimals at most.
fn written(reading: &Reading, snapshot: &Snapshot, language: Language, most: usize) -> String {
    let Some(value) = reading.value(snapshot) else { return NOTHING.to_owned() };
    let number = |value: f64, most: usize| match reading.format {
        Format::Percent => percent(value as f32),
        Format::Count => grouped(value as u64),
        Format::Decimals(decimals) => format!("{value:.0$}", decimals.min(most)),
    };
    match (reading.whole)(snapshot) {
        Some(whole) => {
            let is_many = whole >= 100.0;
            let part = number(value, if is_many { 0 } else { most });
            language.fill("ui.of", &[("part", &part), ("whole", &format!("{whole:.0}"))])
        }
        None => number(value, most),
    }
}

/// All readings of what is shown. While a live change is evaluated, those of the objective are of the setting before it.
fn readings(model: &Model, tokens: &Tokens) -> Vec<Shown> {
    let (language, snapshot) = (model.language(), model.shown());
    let is_there = |reading: &&Reading| {
        // A metric of the embedding that would say nothing is shown as nothing.
        reading.is_listed && (reading.value(snapshot).is_some() || (reading.is_metric && reading.is_rare))
    };
    let shown = |reading: &'static Reading| Shown {
        reading,
        value: written(reading, snapshot, language, 4),
        color: match reading.side {
            Side::Neutral => tokens.ink,
            Side::Positive => tokens.positive,
            Side::Negative => tokens.negative,
        },
    };
    READINGS.iter().filter(is_there).map(shown).collect()
}

/// Shows the metrics of what is on screen, each with its help.
pub fn ui(ui: &mut Ui, model: &Model) {
    let language = model.language();
    let tokens = Tokens::current(ui.ctx());
    card::head(ui, language.get("ui.readings"));
    if !model.is_ready() {
        return;
    }
    one_place(ui, model, &tokens);
    for Shown { reading, value, color } in readings(model, &tokens) {
        ui.allocate_ui_with_layout(Vec2::new(ui.available_width(), 20.0), Layout::right_to_left(Align::Center), |ui| {
            ui.label(RichText::new(value).font(FontId::new(13.0, semibold())).color(color));
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let label = language.find(&format!("metric.{}.label", reading.key)).unwrap_or_default();
                named(ui, RichText::new(label).color(tokens.ink), true, |ui| help(ui, model, reading));
            });
        });
    }
}

/// What linear classifiers, neighbours and a regression find in x, h and z, on demand.
pub fn probes(ui: &mut Ui, model: &Model, actions: &mut Vec<Action>) {
    let (language, tokens) = (model.language(), Tokens::current(ui.ctx()));
    ui.horizontal(|ui| {
        named_by_text(ui, card::head_text(language.get("ui.probes"), &tokens), language.get("ui.probes_help"));
        if button(ui, Icon::None, language.get("ui.probe"), "", Weight::Plain).clicked() {
            actions.push(Action::Probe);
        }
        if let Some((step, _)) = model.probes {
            ui.label(RichText::new(language.fill("ui.step_number", &[("step", &step.to_string())])).size(12.0).color(tokens.soft));
        }
    });
    let Some((_, probes)) = model.probes else { return };
    let number = |value: Option<f32>, is_share: bool| match value {
        Some(value) if is_share => percent(value),
        Some(value) => format!("{value:.2}"),
        None => NOTHING.to_owned(),
    };
    let has_head = model.shown().spaces.contains(&Space::H);
    let mut shown: Vec<(&str, &Probe)> = ["x", "h", "z"].into_iter().zip(&probes).filter(|(name, _)| has_head || *name != "h").collect();
    // Beside it what was found in z with other methods on the same data.
    let own = recipes::name_of(&model.shown().config);
    let others = model.earlier_probes.iter().map(|earlier| (recipes::name_of(&earlier.config), &earlier.probe));
    let word = |name: &'static str| language.find(&format!("choice.loss.{name}")).unwrap_or(name);
    shown.extend(others.filter(|(name, _)| *name != own).map(|(name, probe)| (word(name), probe)));
    egui::Grid::new("probes").num_columns(shown.len() + 1).spacing(Vec2::new(14.0, 4.0)).show(ui, |ui| {
        ui.label("");
        for (name, _) in &shown {
            ui.label(RichText::new(*name).font(FontId::new(12.0, semibold())).color(tokens.soft));
        }
        ui.end_row();
        let kinds: [(&str, Finding, bool); 3] = [
            ("ui.probe_class", |probe| probe.class, true),
            ("ui.probe_knn", |probe| probe.knn, true),
            ("ui.probe_nuisance", |probe| probe.nuisance, false),
        ];
        for (key, get, is_share) in kinds {
            if shown.iter().all(|(_, probe)| get(probe).is_none()) {
                continue;
            }
            ui.label(RichText::new(language.get(key)).size(12.0).color(tokens.ink));
            for (_, probe) in &shown {
                ui.label(RichText::new(number(get(probe), is_share)).font(FontId::new(12.0, semibold())).color(tokens.ink));
            }
            ui.end_row();
        }
    });
}

/// Says so where all points are in one place.
fn one_place(ui: &mut Ui, model: &Model, tokens: &Tokens) {
    if model.shown().is_in_one_place() {
        let text = RichText::new(model.language().get("ui.one_place")).font(FontId::new(13.0, semibold())).color(tokens.negative);
        named_by_text(ui, text, model.language().get("ui.one_place_help"));
    }
}

/// What a reading means; of those that are measured less often also when that was.
fn help(ui: &mut Ui, model: &Model, reading: &Reading) {
    let (language, snapshot) = (model.language(), model.shown());
    ui.label(language.find(&format!("metric.{}.help", reading.key)).unwrap_or_default());
    if reading.is_rare && snapshot.measured_step != snapshot.step {
        let tokens = Tokens::current(ui.ctx());
        ui.label(RichText::new(language.fill("ui.measured_at", &[("step", &snapshot.measured_step.to_string())])).color(tokens.soft));
    }
}

/// Shows the three that matter most, in a line; where all points are in one place, that.
pub fn strip(ui: &mut Ui, model: &Model) {
    let (language, snapshot) = (model.language(), model.shown());
    let tokens = Tokens::current(ui.ctx());
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 5.0;
        let gap = if ui.available_width() < 380.0 { 7.0 } else { 16.0 };
        if snapshot.is_in_one_place() {
            one_place(ui, model, &tokens);
            ui.add_space(gap);
        }
        for key in ["effective_rank", snapshot.config.headline(), "knn_accuracy"] {
            let Some(reading) = readings::find(key) else { continue };
            let value = written(reading, snapshot, language, 1 + usize::from(key != "effective_rank"));
            if snapshot.is_in_one_place() && value == NOTHING {
                continue;
            }
            let name = language.find(&format!("metric.{key}.short")).unwrap_or_default();
            named(ui, RichText::new(name).size(12.0).color(tokens.soft), false, |ui| help(ui, model, reading));
            let value = RichText::new(value).font(FontId::new(12.0, semibold())).color(tokens.ink);
            ui.label(value).on_hover_ui(|ui| help(ui, model, reading));
            ui.add_space(gap);
        }
    });
}
