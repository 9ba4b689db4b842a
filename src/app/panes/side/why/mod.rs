//! Why a point moves: the pinned anchor's loss with its numbers, what pulls and pushes it, and how push depends on similarity.

mod curve;
mod list;
mod made;
mod numbers;

use crate::app::panes::spaces::thumbnails::known_name;
use crate::app::session::model::{Action, Model};
use crate::app::theme::{Tokens, semibold};
use crate::app::widgets::buttons::{Icon, Weight, button};
use crate::app::widgets::markers::Markers;
use crate::drawing::classes::SHAPES;
use crate::learn::method;
use crate::learn::report::{Candidate, Reasons, Role, Turn};
use crate::runner::MOST_ANSWERED;
use eframe::egui::{self, Align, FontId, Layout, RichText, Ui, WidgetInfo};

/// What the pane and the sphere share: a pane's own small state.
#[derive(Default)]
pub struct WhyPane {
    /// The roles whose forces are asked for, see [`Self::turn`].
    pub turn: Turn,
    /// The line of the list that is under the pointer. What stands there may be another candidate in the next snapshot.
    line: Option<usize>,
    /// Which positive of the triplet loss is shown, the farthest first.
    pub positive: usize,
    /// The cloud of the anchor's views is shown, in both spaces.
    pub cloud: bool,
    /// This pane has marked the hovered point.
    is_mine: bool,
}

/// Why the pinned point moves, if that is known of what is shown.
pub fn reasons(model: &Model) -> Option<&Reasons> {
    model.shown().reasons.as_ref().filter(|reasons| Some(reasons.point) == model.pinned)
}

/// Whether a row is both an anchor and a candidate of others. Other methods compare it with what no gradient goes through, or with nothing.
pub fn has_turns(model: &Model) -> bool {
    method::about(&model.shown().config).has_turns
}

/// A class by its mark, such as "diamond", or by its name where the images of the set have names.
fn class_word(model: &Model, class: usize) -> String {
    let mark = || model.language().find(&format!("shape.{}", class % SHAPES)).unwrap_or_default();
    known_name(model, class).unwrap_or_else(mark).to_owned()
}

/// A point by its class and its number, such as "diamond 33".
pub fn name(model: &Model, label: u8, point: u32) -> String {
    format!("{} {point}", class_word(model, label.into()))
}

/// A candidate's name.
pub fn name_of(model: &Model, candidate: &Candidate) -> String {
    let number = (candidate.index + 1).to_string();
    match (candidate.role, candidate.point, candidate.label) {
        (Role::View | Role::Target, Some(point), Some(label)) => name(model, label, point),
        (role, ..) => model.language().fill(&format!("reasons.role.{}", role.key()), &[("number", &number)]),
    }
}

impl WhyPane {
    /// The roles whose forces are shown: both where a row has only one.
    pub fn turn(&self, model: &Model) -> Turn {
        if has_turns(model) { self.turn } else { Turn::Both }
    }

    /// The place of the candidate that is under the pointer, here or in another pane (a point may be there twice: the strongest counts).
    pub fn hovered(&self, model: &Model, reasons: &Reasons) -> Option<usize> {
        match self.line {
            Some(line) => list::place(reasons, self.positive, line),
            None => model.hovered.and_then(|point| reasons.by_strength().find(|place| reasons.candidates[*place].point == Some(point))),
        }
    }

    /// Draws the pane.
    pub fn ui(&mut self, ui: &mut Ui, model: &Model, markers: &Markers, actions: &mut Vec<Action>) {
        let (language, tokens) = (model.language(), Tokens::current(ui.ctx()));
        let mut lit = None;
        ui.spacing_mut().item_spacing.y = 3.0;
        header(ui, model, actions);
        let Some(point) = model.pinned else {
            paragraph(ui, &tokens, language.get("ui.why_nothing"));
            self.light(None, None, model, actions);
            return;
        };
        let Some(reasons) = reasons(model) else {
            let key = match (model.shown().divergence.is_some(), model.playing && model.config.batch > MOST_ANSWERED) {
                (true, _) => "ui.why_diverged",
                (false, true) => "ui.why_held",
                (false, false) => "ui.waiting",
            };
            paragraph(ui, &tokens, language.get(key));
            self.light(None, None, model, actions);
            return;
        };
        debug_assert_eq!(reasons.point, point);
        let snapshot = model.shown();
        self.positive = self.positive.min(reasons.positives().len().saturating_sub(1));
        let hovered = self.hovered(model, reasons);
        let mut pointed = numbers::formula(ui, language, snapshot, reasons, self.positive, hovered, &tokens);
        paragraph(ui, &tokens, language.get(if reasons.drawn { "ui.why_drawn" } else { "ui.why_made" }));
        let space = reasons.space();
        if snapshot.space != space {
            let text = language.fill("ui.why_elsewhere", &[("space", space.key())]);
            if button(ui, Icon::None, &text, "", Weight::Plain).clicked() {
                actions.push(Action::Show(space));
            }
        }
        if reasons.margin.is_some() {
            list::triplets(ui, model, reasons, &mut self.positive, hovered, markers, &mut lit);
        } else if reasons.parts.is_empty() {
            list::shares(ui, model, reasons);
            list::strongest(ui, model, reasons, hovered, markers, &mut lit);
        } else {
            if let Some(rebuilt) = &reasons.rebuilt {
                made::rebuilt(ui, language, rebuilt, &tokens);
            }
            if !reasons.moved.is_empty() && snapshot.config.method.is_generative() {
                made::latents(ui, language, reasons, &tokens);
            }
            if let Some(judged) = reasons.judged {
                made::judged(ui, language, judged, &tokens);
            }
            list::parts(ui, language, reasons, &tokens);
        }
        if curve::applies(snapshot) {
            pointed = curve::ui(ui, model, reasons, self.positive, hovered, &tokens).or(pointed);
        }
        // A line of the list, a term of the formula or a tick of the curve.
        let place = lit.map(|(_, place): (usize, usize)| place).or(pointed);
        let point = place.and_then(|place| reasons.candidates[place].point);
        self.light(lit.map(|(line, _)| line), point, model, actions);
    }

    /// Marks the line under the pointer, and its point in all panes.
    fn light(&mut self, line: Option<usize>, point: Option<u32>, model: &Model, actions: &mut Vec<Action>) {
        if point.is_some() || self.is_mine {
            actions.extend((point != model.hovered).then_some(Action::Hover(point)));
            self.is_mine = point.is_some();
        }
        self.line = line;
    }
}

/// The anchor's name with what chooses another, and its loss.
fn header(ui: &mut Ui, model: &Model, actions: &mut Vec<Action>) {
    // Before the first snapshot nobody knows how many points there are.
    if !model.is_ready() {
        return;
    }
    let (language, tokens) = (model.language(), Tokens::current(ui.ctx()));
    let last = model.scene.labels.len().saturating_sub(1) as u32;
    ui.horizontal(|ui| {
        ui.label(RichText::new(language.get("ui.why_anchor")).color(tokens.soft));
        let mut number = model.pinned.unwrap_or(0);
        let label = model.pinned.and_then(|point| model.scene.labels.get(point as usize)).copied();
        let word = label.map_or_else(String::new, |label| class_word(model, label.into()));
        ui.label(RichText::new(word).font(FontId::new(13.0, semibold())).color(tokens.ink));
        let field = ui.add(egui::DragValue::new(&mut number).range(0..=last).speed(0.2));
        field.widget_info(|| WidgetInfo::slider(true, f64::from(number), language.get("ui.why_anchor")));
        if field.changed() {
            actions.push(Action::Pin(Some(number)));
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if model.pinned.is_some() {
                if button(ui, Icon::None, "×", language.get("ui.why_leave"), Weight::Bare)
                    .on_hover_text(language.get("ui.why_leave"))
                    .clicked()
                {
                    actions.push(Action::Pin(None));
                }
            } else if button(ui, Icon::None, language.get("ui.why_ask"), "", Weight::Plain).clicked() {
                actions.push(Action::Pin(Some(number)));
            }
        });
    });
}

/// A line of softer text.
fn paragraph(ui: &mut Ui, tokens: &Tokens, text: &str) {
    ui.label(RichText::new(text).size(12.0).color(tokens.soft));
}

/// A name at the left and its value at the right.
fn row(ui: &mut Ui, tokens: &Tokens, name: &str, value: RichText) {
    ui.allocate_ui_with_layout(egui::Vec2::new(ui.available_width(), 19.0), Layout::right_to_left(Align::Center), |ui| {
        ui.label(value.font(FontId::new(13.0, semibold())));
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            ui.add(egui::Label::new(RichText::new(name).color(tokens.ink)).truncate());
        });
    });
}

/// How many negatives the anchor has.
fn negatives(reasons: &Reasons) -> usize {
    reasons.candidates.iter().filter(|other| !other.positive && other.share.is_some()).count()
}
