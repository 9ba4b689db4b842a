//! What both spaces draw and do alike.

use crate::app::session::model::{Action, Model};
use crate::app::theme::Tokens;
use eframe::egui::{self, Align2, FontId, Rect, Stroke, Ui};

/// A line of the grid, the same in both spaces.
pub fn linked_stroke(across: bool, strength: f32, tokens: &Tokens) -> Stroke {
    Stroke::new(1.0, if across { tokens.accent } else { tokens.negative }.gamma_multiply(0.55 * strength))
}

/// A click on a point asks why it moves; one beside all points leaves it as it is.
pub fn pin_on_click(response: &egui::Response, model: &Model, actions: &mut Vec<Action>) {
    if response.clicked()
        && let Some(point) = model.hovered
    {
        actions.push(Action::Pin(Some(point)));
    }
}

/// A note in the middle of the pane while there is nothing to show yet.
pub fn waiting(ui: &Ui, rect: Rect, text: &str) {
    let tokens = Tokens::current(ui.ctx());
    ui.painter().text(rect.center(), Align2::CENTER_CENTER, text, FontId::proportional(13.0), tokens.soft);
}
