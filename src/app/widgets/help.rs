//! Names that say what they mean: to a pointer that rests on them, and to a finger that taps them.

use eframe::egui::{Context, Id, Label, Popup, PopupCloseBehavior, Response, RichText, Sense, Ui};

fn key() -> Id {
    Id::unique("has touch")
}

/// Notes that the screen is touched with fingers: from then on names answer a tap.
pub fn note_touch(ctx: &Context) {
    ctx.data_mut(|data| data.insert_temp(key(), true));
}

/// Whether the screen was touched with a finger.
pub fn has_touch(ctx: &Context) -> bool {
    ctx.data(|data| data.get_temp(key()).unwrap_or(false))
}

/// Shows a name, and what it means to whoever asks: `add` writes it then, not in every frame.
pub fn named(ui: &mut Ui, name: impl Into<RichText>, cuts: bool, add: impl FnOnce(&mut Ui)) -> Response {
    let label = Label::new(name.into());
    let label = if cuts { label.truncate() } else { label };
    // A tap needs a sense of clicks; without fingers it would only be one more stop for Tab.
    let by_touch = has_touch(ui.ctx());
    let response = ui.add(label.sense(if by_touch { Sense::click() } else { Sense::hover() }));
    let width = ui.spacing().tooltip_width;
    let add = |ui: &mut Ui| {
        ui.set_max_width(width);
        add(ui);
    };
    if by_touch {
        Popup::from_toggle_button_response(&response).close_behavior(PopupCloseBehavior::CloseOnClick).show(add);
        response
    } else {
        response.on_hover_ui(add)
    }
}

/// The same with a text.
pub fn named_by_text(ui: &mut Ui, name: impl Into<RichText>, text: &str) -> Response {
    named(ui, name, false, |ui| {
        ui.label(text);
    })
}
