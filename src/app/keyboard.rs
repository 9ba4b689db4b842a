//! The keys.

use super::model::{Action, Model, Pace};
use crate::learn::config::Loss;
use crate::learn::recipes;
use eframe::egui::{Context, Event, Key};

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
    ctx.input(|input| {
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
        for (key, chosen) in [(Key::Num1, Loss::Triplet), (Key::Num2, Loss::InfoNce)] {
            if input.key_pressed(key) {
                actions.extend(loss(chosen));
            }
        }
        // The question mark stands elsewhere on every keyboard: take it as text.
        if input.events.iter().any(|event| matches!(event, Event::Text(text) if text == "?" || text == "？")) {
            actions.push(Action::ToggleHelp);
        }
    });
}
