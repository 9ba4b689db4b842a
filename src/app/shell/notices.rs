//! Messages over the panes: what was ignored, refused or done.

use crate::app::session::model::{Action, Model};
use crate::app::theme::{GAP, Tokens};
use crate::app::widgets::buttons::{Icon, Weight, button, button_width};
use crate::runner::{Doing, Work};
use eframe::egui::{self, Align2, Color32, CornerRadius, Frame, Margin, Rect, RichText, Stroke, Vec2};

/// Seconds for which a passing message stays.
const STAYS: f64 = 4.0;
/// Messages shown at once; older ones go.
const MOST: usize = 4;

/// How much a message matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Something was done.
    Done,
    /// Something was ignored or refused: stays until it is dismissed.
    Trouble,
}

/// The messages on screen.
#[derive(Default)]
pub struct Notices {
    shown: Vec<(Kind, String, Option<f64>)>,
}

impl Notices {
    /// Shows a message.
    pub fn add(&mut self, kind: Kind, text: String) {
        if self.shown.iter().any(|(_, shown, _)| *shown == text) {
            return;
        }
        if self.shown.len() == MOST {
            self.shown.remove(0);
        }
        self.shown.push((kind, text, None));
    }

    /// The texts on screen, for tests and for the page's status line.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.shown.iter().map(|(_, text, _)| text.as_str())
    }

    /// Draws them at the foot of `area`, the newest lowest: there they cover no title. Lowest of all comes what keeps somebody waiting, with a way
    /// to end it.
    pub fn ui(&mut self, ctx: &egui::Context, area: Rect, model: &Model, actions: &mut Vec<Action>) {
        let language = model.language();
        let tokens = Tokens::current(ctx);
        let now = ctx.input(|input| input.time);
        let mut dismissed = None;
        let mut foot = area.max.y - GAP;
        if let Some(Doing::Long(..) | Doing::Stepping) = model.waits_for {
            let (text, means) = waiting(model);
            let end = End { label: language.get("ui.stop_waiting"), name: "", help: means, weight: Weight::Plain };
            let (stops, height) = message(ctx, "waiting", area, foot, tokens.accent, &text, &end);
            if stops {
                actions.push(Action::StopWaiting);
            }
            foot -= height;
        }
        for (index, (kind, text, since)) in self.shown.iter_mut().enumerate().rev() {
            let since = *since.get_or_insert(now);
            if *kind == Kind::Done && now - since > STAYS {
                dismissed = Some(index);
                continue;
            }
            let color = if *kind == Kind::Done { tokens.positive } else { tokens.negative };
            let end = End { label: "×", name: language.get("ui.dismiss"), help: language.get("ui.dismiss"), weight: Weight::Bare };
            let (is_dismissed, height) = message(ctx, ("notice", index), area, foot, color, text, &end);
            if is_dismissed {
                dismissed = Some(index);
            }
            foot -= height;
            if *kind == Kind::Done {
                ctx.request_repaint_after_secs((STAYS - (now - since)).max(0.0) as f32 + 0.05);
            }
        }
        if let Some(index) = dismissed {
            self.shown.remove(index);
            ctx.request_repaint();
        }
    }
}

/// What keeps somebody waiting, in words, and what it means to wait no longer.
fn waiting(model: &Model) -> (String, &str) {
    let language = model.language();
    match model.waits_for {
        Some(Doing::Long(Work::Probes, share)) => {
            let text = format!("{} {:.0} %", language.get("ui.waits_probes"), 100.0 * share.unwrap_or_default());
            (text, language.get("ui.stop_waiting.probes"))
        }
        Some(Doing::Long(Work::Step, _)) => (language.get("ui.waits_step").to_owned(), language.get("ui.stop_waiting.run")),
        _ => (language.get("ui.waits_answer").to_owned(), language.get("ui.stop_waiting.run")),
    }
}

/// The button that ends a message.
struct End<'a> {
    label: &'a str,
    /// What a screen reader says, if not the label.
    name: &'a str,
    help: &'a str,
    weight: Weight,
}

/// Draws one message with its foot at this height. Returns whether its button was pressed, and how much room it takes.
fn message(
    ctx: &egui::Context,
    id: impl std::hash::Hash + std::fmt::Debug,
    area: Rect,
    foot: f32,
    color: Color32,
    text: &str,
    end: &End<'_>,
) -> (bool, f32) {
    let tokens = Tokens::current(ctx);
    let width = (area.width() - 2.0 * GAP).min(560.0);
    let mut is_pressed = false;
    let shown = egui::Area::new(egui::Id::unique(("notice", id)))
        .order(egui::Order::Foreground)
        .pivot(Align2::CENTER_BOTTOM)
        .fixed_pos(egui::pos2(area.center().x, foot))
        .show(ctx, |ui| {
            let frame = Frame::new()
                .fill(tokens.panel)
                .stroke(Stroke::new(1.0, color))
                .corner_radius(CornerRadius::same(9))
                .inner_margin(Margin::symmetric(14, 8))
                .shadow(egui::Shadow { offset: [0, 4], blur: 14, spread: 0, color: Color32::from_black_alpha(50) });
            frame.show(ui, |ui| {
                ui.set_width(width - 28.0);
                ui.horizontal(|ui| {
                    let text_width = ui.available_width() - button_width(ui, end.label) - GAP;
                    ui.allocate_ui(Vec2::new(text_width, 20.0), |ui| {
                        ui.set_width(text_width);
                        ui.add(egui::Label::new(RichText::new(text).size(12.5)).wrap());
                    });
                    is_pressed = button(ui, Icon::None, end.label, end.name, end.weight).on_hover_text(end.help).clicked();
                });
            });
        });
    (is_pressed, shown.response.rect.height() + 6.0)
}
