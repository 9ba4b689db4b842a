//! The ways out of the canvas for the keyboard.

use crate::app::Playground;
use eframe::egui;

impl Playground {
    /// Returns true when Tab leads out of the canvas: the focus is on its last control, or on its first one when going backwards.
    pub fn tab_leaves(&self, backwards: bool) -> bool {
        let Some(focused) = self.ctx.memory(egui::Memory::focused) else { return backwards };
        let ends = self.ctx.viewport(|viewport| {
            // Menus and the help lie in layers of their own, and come and go.
            let widgets = viewport.prev_pass.widgets.get_layer(egui::LayerId::background());
            let mut controls = widgets.filter(|widget| widget.enabled && widget.sense.is_focusable());
            if backwards { controls.next() } else { controls.last() }.map(|widget| widget.id)
        });
        ends == Some(focused)
    }

    /// Returns true when Escape has nothing to close and leads out of the canvas; the focus is given up.
    pub fn escape_leaves(&self) -> bool {
        let is_busy = self.shows_help
            || self.model.sheet.is_some()
            || self.model.pinned.is_some()
            || self.model.walking.is_some()
            || egui::Popup::is_any_open(&self.ctx)
            || self.ctx.text_edit_focused();
        !is_busy
    }

    /// Takes the focus away from all controls.
    pub fn give_up_focus(&self) {
        self.ctx.memory_mut(|memory| {
            if let Some(focused) = memory.focused() {
                memory.surrender_focus(focused);
            }
        });
    }
}
