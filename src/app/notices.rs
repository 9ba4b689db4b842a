//! Messages over the panes: what was ignored, refused or done.

use super::theme::{GAP, Tokens};
use super::widgets::buttons::{Icon, Weight, button};
use super::words::Language;
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

    /// Draws them at the foot of `area`, the newest lowest: there they cover no title.
    pub fn ui(&mut self, ctx: &egui::Context, area: Rect, language: Language) {
        let tokens = Tokens::current(ctx);
        let now = ctx.input(|input| input.time);
        let mut dismissed = None;
        let mut foot = area.max.y - GAP;
        for (index, (kind, text, since)) in self.shown.iter_mut().enumerate().rev() {
            let since = *since.get_or_insert(now);
            if *kind == Kind::Done && now - since > STAYS {
                dismissed = Some(index);
                continue;
            }
            let color = if *kind == Kind::Done { tokens.positive } else { tokens.negative };
            let width = (area.width() - 2.0 * GAP).min(560.0);
            let shown = egui::Area::new(egui::Id::unique(("notice", index)))
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
                            let text_width = ui.available_width() - 40.0;
                            ui.allocate_ui(Vec2::new(text_width, 20.0), |ui| {
                                ui.set_width(text_width);
                                ui.add(egui::Label::new(RichText::new(text.as_str()).size(12.5)).wrap());
                            });
                            if button(ui, Icon::None, "×", language.get("ui.dismiss"), Weight::Bare).clicked() {
                                dismissed = Some(index);
                            }
                        });
                    });
                });
            foot -= shown.response.rect.height() + 6.0;
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
