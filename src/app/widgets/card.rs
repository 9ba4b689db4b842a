//! Panels and their heads.

use crate::app::theme::{MARGIN, RADIUS, Tokens, semibold};
use eframe::egui::{self, FontId, Rect, RichText, Stroke, StrokeKind, Ui, UiBuilder};

/// A panel that fills `rect`; its contents stay inside. `id` keeps their state (scrolling, a drag) when the panel moves.
pub fn card<R>(ui: &mut Ui, id: impl egui::AsIdSalt, rect: Rect, add: impl FnOnce(&mut Ui) -> R) -> R {
    paint(ui, rect);
    let mut inner = ui.new_child(UiBuilder::new().max_rect(rect.shrink(MARGIN)).id_salt(id));
    inner.set_clip_rect(rect.shrink(1.0).intersect(ui.clip_rect()));
    add(&mut inner)
}

/// The panel itself.
pub fn paint(ui: &Ui, rect: Rect) {
    let tokens = Tokens::current(ui.ctx());
    ui.painter().rect(rect, RADIUS, tokens.panel, Stroke::new(1.0, tokens.line), StrokeKind::Inside);
}

/// A section's head: small spaced capitals.
pub fn head(ui: &mut Ui, text: &str) {
    let tokens = Tokens::current(ui.ctx());
    ui.label(head_text(text, &tokens));
}

/// The text of a section's head.
pub fn head_text(text: &str, tokens: &Tokens) -> RichText {
    RichText::new(text.to_uppercase()).font(FontId::new(11.0, semibold())).extra_letter_spacing(0.8).color(tokens.soft)
}

/// A title with a softer line under it.
pub fn title(ui: &mut Ui, title: &str, subtitle: &str) {
    let tokens = Tokens::current(ui.ctx());
    ui.spacing_mut().item_spacing.y = 3.0;
    ui.label(RichText::new(title).font(FontId::new(15.0, semibold())).color(tokens.ink));
    ui.add(egui::Label::new(RichText::new(subtitle).size(12.0).color(tokens.soft)).truncate());
}
