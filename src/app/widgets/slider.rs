//! A slider that the keyboard moves by sensible steps.

use crate::app::theme::Tokens;
use crate::learn::config::Scale;
use eframe::egui::{self, CornerRadius, Id, Key, Modifiers, Response, Ui};

/// Ten steps to a page.
const PAGE: i32 = 10;
/// Presses are counted in tenths of a step: with Shift one is a tenth.
const TENTHS: i32 = 10;
/// Presses of a logarithmic slider that multiply by ten.
const TO_TEN: f64 = 20.0;
/// Presses of a linear slider from end to end, about.
const TO_END: f64 = 50.0;

/// What a slider slides over.
#[derive(Clone, Copy, Debug)]
pub struct Track {
    /// Smallest value.
    pub min: f64,
    /// Largest value.
    pub max: f64,
    /// How the values are spread.
    pub scale: Scale,
    /// Whether values are whole numbers.
    pub whole: bool,
}

/// From where the presses of keys are counted: any press and its opposite come back to the very same value.
#[derive(Clone, Copy, Debug)]
struct Anchor {
    from: f64,
    tenths: i32,
    reached: f64,
}

impl Track {
    /// The step of a press, for linear tracks.
    fn step(&self) -> f64 {
        let largest = (self.max - self.min) / TO_END;
        let power = 10f64.powf(largest.log10().floor());
        let step = [5.0, 2.0, 1.0].map(|digit| digit * power).into_iter().find(|step| *step <= largest * 1.000_001).unwrap_or(power);
        if self.whole { step.max(1.0) } else { step }
    }

    /// The value so many tenths of a press from another.
    fn at(&self, from: f64, tenths: i32) -> f64 {
        if tenths == 0 {
            return from;
        }
        let presses = f64::from(tenths) / f64::from(TENTHS);
        let value = match self.scale {
            Scale::Linear => from + presses * self.step(),
            Scale::Logarithmic => from * 10f64.powf(presses / TO_TEN),
        };
        let value = if self.whole {
            // At least one for a press, and for a tenth of one too.
            let least = if tenths % TENTHS == 0 { presses } else { f64::from(tenths) };
            let moved = value.round() - from;
            from + if tenths > 0 { moved.max(least.ceil()) } else { moved.min(least.floor()) }
        } else {
            significant(value, if tenths % TENTHS == 0 { 3 } else { 4 })
        };
        value.clamp(self.min, self.max)
    }
}

/// Shows the slider. It takes the focus when it is dragged, and then listens to the arrows (Shift for a tenth), Page keys, Home and End.
pub fn slider(ui: &mut Ui, salt: &str, value: &mut f64, track: Track, tokens: &Tokens) -> Response {
    let key = ui.scope_id().with(("slider", salt));
    let id = ui.data(|data| data.get_temp::<Id>(key));
    let is_focused = id.is_some_and(|id| ui.memory(|memory| memory.has_focus(id)));
    let pressed = if is_focused { take_keys(ui) } else { Pressed::default() };
    let mut shown = *value;
    let mut slider = egui::Slider::new(&mut shown, track.min..=track.max).show_value(false).trailing_fill(true);
    if track.scale == Scale::Logarithmic {
        slider = slider.logarithmic(true).smallest_positive(if track.whole { 1.0 } else { track.min.max(1e-6) });
    }
    if track.whole {
        slider = slider.integer();
    }
    let mut response = ui
        .scope(|ui| {
            slider_look(ui, tokens);
            ui.add(slider)
        })
        .inner;
    ui.data_mut(|data| data.insert_temp(key, response.id));
    if response.has_focus() {
        let ring = egui::Stroke::new(1.5, tokens.accent);
        ui.painter().rect_stroke(response.rect.expand2(egui::Vec2::new(3.0, 0.0)), 6.0, ring, egui::StrokeKind::Outside);
    }
    if response.drag_started() || response.clicked() {
        response.request_focus();
    }
    if response.changed() {
        *value = if track.whole { shown.round() } else { significant(shown, 3) }.clamp(track.min, track.max);
    }
    let anchor_key = key.with("anchor");
    let known = ui.data(|data| data.get_temp::<Anchor>(anchor_key)).filter(|anchor| anchor.reached == *value);
    let anchor = known.unwrap_or(Anchor { from: *value, tenths: 0, reached: *value });
    let moved = match pressed.end {
        Some(false) => Some(Anchor { from: track.min, tenths: 0, reached: track.min }),
        Some(true) => Some(Anchor { from: track.max, tenths: 0, reached: track.max }),
        None if pressed.tenths != 0 => {
            let tenths = anchor.tenths + pressed.tenths;
            Some(Anchor { tenths, reached: track.at(anchor.from, tenths), ..anchor })
        }
        None => None,
    };
    if let Some(moved) = moved.filter(|moved| moved.reached != *value) {
        ui.data_mut(|data| data.insert_temp(anchor_key, moved));
        *value = moved.reached;
        response.mark_changed();
    }
    response
}

/// What the keys of a frame ask for.
#[derive(Default)]
struct Pressed {
    tenths: i32,
    /// The right end, or the left one.
    end: Option<bool>,
}

/// Takes the keys that move a slider, before anybody else does.
fn take_keys(ui: &Ui) -> Pressed {
    ui.input_mut(|input| {
        let mut count = |key, modifiers| input.count_and_consume_key(modifiers, key) as i32;
        let mut tenths = 0;
        for (key, sign) in [(Key::ArrowRight, 1), (Key::ArrowUp, 1), (Key::ArrowLeft, -1), (Key::ArrowDown, -1)] {
            // The finer ones first: a key with Shift would count as one without.
            tenths += sign * count(key, Modifiers::SHIFT);
            tenths += sign * TENTHS * count(key, Modifiers::NONE);
        }
        tenths += PAGE * TENTHS * (count(Key::PageUp, Modifiers::NONE) - count(Key::PageDown, Modifiers::NONE));
        let (home, end) = (count(Key::Home, Modifiers::NONE), count(Key::End, Modifiers::NONE));
        Pressed { tenths, end: (home + end > 0).then_some(end > 0) }
    })
}

/// A number with so many significant digits.
fn significant(value: f64, digits: usize) -> f64 {
    format!("{value:.*e}", digits - 1).parse().unwrap_or(value)
}

/// The slider of the design: a thin rail, filled in the accent, a ringed handle; filled where it has the focus.
pub fn slider_look(ui: &mut Ui, tokens: &Tokens) {
    let visuals = ui.visuals_mut();
    visuals.selection.bg_fill = tokens.accent;
    for state in [&mut visuals.widgets.inactive, &mut visuals.widgets.hovered, &mut visuals.widgets.active] {
        state.bg_fill = tokens.panel;
        state.fg_stroke = egui::Stroke::new(2.0, tokens.accent);
        state.corner_radius = CornerRadius::same(2);
    }
    visuals.widgets.inactive.bg_fill = tokens.line;
    ui.spacing_mut().interact_size.y = 16.0;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presses_there_and_back_come_to_the_same_value_and_every_press_moves() {
        let tracks = [
            Track { min: 0.0, max: 2.0, scale: Scale::Linear, whole: false },
            Track { min: 0.01, max: 10.0, scale: Scale::Logarithmic, whole: false },
            Track { min: 2.0, max: 4096.0, scale: Scale::Logarithmic, whole: true },
            Track { min: 2.0, max: 16.0, scale: Scale::Linear, whole: true },
            Track { min: 0.0, max: 8190.0, scale: Scale::Logarithmic, whole: true },
        ];
        for track in tracks {
            for start in [track.min, track.max, 0.5 * (track.min + track.max), 3.0f64.clamp(track.min, track.max)] {
                let start = if track.whole { start.round() } else { start };
                assert_eq!(track.at(start, 0), start);
                for sign in [1, -1] {
                    let mut before = start;
                    for presses in 1..=40 {
                        let value = track.at(start, sign * presses * TENTHS);
                        let end = if sign > 0 { track.max } else { track.min };
                        assert!(value == end || (value - before) * f64::from(sign) > 0.0, "{track:?} {start}: {before} to {value}");
                        before = value;
                    }
                }
            }
        }
        assert_eq!(tracks[0].at(0.2, TENTHS), 0.22);
        assert_eq!(tracks[1].at(0.2, 20 * TENTHS), 2.0);
        assert_eq!(tracks[0].at(0.2, 1), 0.202);
    }
}
