//! The keys.

use crate::app::session::model::{Action, Model, Pace};
use crate::learn::config::{Data, Loss};
use crate::learn::recipes;
use eframe::egui::{Context, Event, InputState, Key};

/// What the keys pressed in this frame ask for; none while something is typed.
pub fn actions(ctx: &Context, model: &Model, actions: &mut Vec<Action>) {
    if ctx.text_edit_focused() {
        return;
    }
    // Space and Enter press what has the focus.
    let free = ctx.memory(|memory| memory.focused().is_none());
    let loss = |loss: Loss| {
        let config = recipes::with_loss(&model.config, loss);
        (config != model.config).then(|| Action::Configure(Box::new(config), model.settings.weights()))
    };
    let draws = model.config.data == Data::Own;
    ctx.input(|input| {
        if draws && input.modifiers.command && input.key_pressed(Key::Z) {
            actions.push(Action::UndoPoints);
        }
        if input.modifiers.command || input.modifiers.alt {
            return;
        }
        if free && input.key_pressed(Key::Space) {
            actions.push(Action::TogglePlay);
        }
        if free && model.walking.is_some() {
            for (key, pace) in [(Key::ArrowLeft, Pace::Back), (Key::ArrowRight, Pace::Next)] {
                // Two presses may come in one frame.
                actions.extend((0..input.num_presses(key)).map(|_| Action::Walk(pace)));
            }
        }
        for (key, action) in
            [(Key::S, Action::Step), (Key::R, Action::Reset), (Key::N, Action::NewSeed), (Key::W, Action::Walk(Pace::Toggle))]
        {
            if input.key_pressed(key) {
                actions.push(action);
            }
        }
        // The question mark stands elsewhere on every keyboard: take it as text.
        if input.events.iter().any(|event| matches!(event, Event::Text(text) if text == "?" || text == "？")) {
            actions.push(Action::ToggleHelp);
        }
        if draws {
            drawing(input, model, actions);
            return;
        }
        for (key, chosen) in [(Key::Num1, Loss::Triplet), (Key::Num2, Loss::InfoNce)] {
            if input.key_pressed(key) {
                actions.extend(loss(chosen));
            }
        }
    });
}

/// With points of one's own the digits choose their class, and Delete takes the one under the pointer away.
fn drawing(input: &InputState, model: &Model, actions: &mut Vec<Action>) {
    const DIGITS: [Key; 10] =
        [Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5, Key::Num6, Key::Num7, Key::Num8, Key::Num9, Key::Num0];
    for (class, key) in DIGITS.into_iter().enumerate() {
        if input.key_pressed(key) {
            actions.push(Action::Class(class as u8));
        }
    }
    let deletes = input.key_pressed(Key::Delete) || input.key_pressed(Key::Backspace);
    if let Some(gone) = model.hovered.or(model.pinned).filter(|_| deletes) {
        actions.push(Action::EditPoints(model.config.own.without(|point| point == gone as usize)));
    }
}

/// A table that was pasted, where nothing is typed into.
pub fn pasted(ctx: &Context) -> Option<String> {
    if ctx.text_edit_focused() {
        return None;
    }
    ctx.input(|input| {
        input.events.iter().find_map(|event| match event {
            // A word or a link is no table.
            Event::Paste(text) if text.contains('\n') => Some(text.clone()),
            _ => None,
        })
    })
}
