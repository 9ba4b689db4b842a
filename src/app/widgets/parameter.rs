//! A parameter's control, made from its row in the table.

use super::buttons::{Icon, Weight, button, segmented};
use super::count;
use super::help::named;
use super::slider::{Track, slider};
use crate::app::theme::Tokens;
use crate::app::words::Language;
use crate::learn::config::{Config, Domain, Layers, Parameter, ParameterError, Problem, Value, Zero, find};
use eframe::egui::{self, Align, Layout, RichText, Ui, Vec2};
use std::cell::RefCell;

/// Widths of a field, of one for a seed's ten digits, of a checkbox, of the way back to the default, of a list of words, of two words.
const FIELD: f32 = 60.0;
const LONG_FIELD: f32 = 92.0;
const CHECKBOX: f32 = 26.0;
const RESET: f32 = 24.0;
const LIST: f32 = 132.0;
const TWO_WORDS: f32 = 146.0;
const TWO_WORDS_AND_RESET: f32 = 120.0;
/// Two words with no more characters than this stand beside their label.
const LONGEST_BESIDE: usize = 24;

/// Shows the control of the parameter `key` for `config`, unless it does not matter there. What is typed and refused is added to `refused`.
pub fn parameter(ui: &mut Ui, language: Language, config: &mut Config, key: &str, refused: &mut Vec<ParameterError>) {
    let Ok(parameter) = find(key) else { return };
    if !(parameter.matters)(config) {
        return;
    }
    let before = (parameter.get)(config);
    let are_images = config.data.are_images();
    let control = Control { parameter, language, are_images, tokens: Tokens::current(ui.ctx()), refused: RefCell::default() };
    let after = ui
        .push_id(parameter.key, |ui| match (parameter.domain, &before) {
            (Domain::Choice(words), Value::Choice(word)) => control.choice(ui, words, word),
            (Domain::Layers, Value::Layers(layers)) => control.layers(ui, *layers, config),
            // Data of one's own have tools of their own.
            (Domain::Points | Domain::Images, _) => before.clone(),
            _ => control.number(ui, &before),
        })
        .inner;
    refused.append(&mut control.refused.borrow_mut());
    if after != before
        && let Err(error) = config.set(parameter, after)
    {
        refused.push(error);
    }
}

struct Control {
    parameter: &'static Parameter,
    language: Language,
    /// The data are images, which some parameters have other words for.
    are_images: bool,
    tokens: Tokens,
    /// What was typed and refused in this frame.
    refused: RefCell<Vec<ParameterError>>,
}

impl Control {
    fn text(&self, end: &str) -> &'static str {
        let of_images = || self.language.find(&format!("param.{}.{end}_images", self.parameter.key)).filter(|_| self.are_images);
        let of_any = || self.language.find(&format!("param.{}.{end}", self.parameter.key));
        of_images().or_else(of_any).unwrap_or(self.parameter.key)
    }

    /// The help text with the default and the range behind it.
    fn help(&self) -> String {
        let default = (self.parameter.default)().to_string();
        let range = match self.parameter.domain {
            Domain::Integer { min, max, .. } => format!("{min} – {max}"),
            Domain::Real { min, max, .. } => format!("{min} – {max}"),
            Domain::Choice(_) | Domain::Layers | Domain::Points | Domain::Images => String::new(),
        };
        let facts = if range.is_empty() {
            self.language.fill("ui.default", &[("default", &default)])
        } else {
            self.language.fill("ui.default_range", &[("default", &default), ("range", &range)])
        };
        format!("{}\n\n{facts}\n{}", self.text("help"), self.parameter.key)
    }

    /// The label on the left, a way back to the default where the value is another, and on the right what `add` shows in `width` points: laid
    /// out from left to right, so that Tab follows the eye.
    fn row(&self, ui: &mut Ui, value: &Value, width: f32, add: impl FnOnce(&mut Ui) -> Value) -> Value {
        let mut after = value.clone();
        let gap = ui.spacing().item_spacing.x;
        ui.allocate_ui_with_layout(Vec2::new(ui.available_width(), 26.0), Layout::left_to_right(Align::Center), |ui| {
            let is_default = *value == (self.parameter.default)();
            let right = width + gap + if is_default { 0.0 } else { RESET + gap };
            let place = Vec2::new((ui.available_width() - right).max(20.0), 26.0);
            ui.allocate_ui_with_layout(place, Layout::left_to_right(Align::Center), |ui| {
                ui.set_min_width(place.x);
                named(ui, RichText::new(self.text("label")).color(self.tokens.ink), true, |ui| {
                    ui.label(self.help());
                });
            });
            let mut resets = false;
            if !is_default {
                let name = format!("{} {}", self.language.get("ui.reset_value"), self.text("label"));
                resets = button(ui, Icon::Reset, "", &name, Weight::Bare).on_hover_text(&name).clicked();
            }
            after = add(ui);
            if resets {
                after = (self.parameter.default)();
            }
        });
        after
    }

    fn number(&self, ui: &mut Ui, value: &Value) -> Value {
        let (mut number, min, max, scale, whole) = match (value, self.parameter.domain) {
            (Value::Integer(value), Domain::Integer { min, max, scale }) => {
                (f64::from(*value), f64::from(min), f64::from(max), scale, true)
            }
            (Value::Real(value), Domain::Real { min, max, scale }) => (decimal(*value), decimal(min), decimal(max), scale, false),
            _ => return value.clone(),
        };
        let shown = number;
        let switch = match self.parameter.zero {
            Zero::Off { strength } => Some(strength),
            Zero::All | Zero::Same | Zero::Number => None,
        };
        let is_seed = whole && (max - min) > 1e6;
        let field_width = if is_seed { LONG_FIELD } else { FIELD };
        let width = field_width + if switch.is_some() { CHECKBOX + ui.spacing().item_spacing.x } else { 0.0 };
        let mut after = self.row(ui, value, width, |ui| {
            let mut typed = number;
            if let Some(on) = switch {
                let mut enabled = number > 0.0;
                let name = self.text("label");
                let response = ui.add_sized([CHECKBOX, 26.0], egui::Checkbox::without_text(&mut enabled));
                response.widget_info(|| egui::WidgetInfo::selected(egui::Role::CheckBox, true, number > 0.0, name));
                if response.changed() {
                    typed = if enabled { decimal(on) } else { 0.0 };
                }
            }
            let zero = self.zero_word();
            let field = egui::DragValue::new(&mut typed)
                .range(min..=max)
                .update_while_editing(false)
                .speed(if whole { (max - min).min(200.0) / 200.0 } else { (max - min) / 400.0 })
                .custom_formatter(move |shown, _| {
                    if let Some(zero) = zero.filter(|_| shown < 0.5) {
                        zero.to_owned()
                    } else if whole {
                        format!("{shown:.0}")
                    } else {
                        (shown as f32).to_string()
                    }
                })
                .custom_parser(|text| self.typed(text, min, max, whole))
                .suffix(unit_suffix(self.parameter));
            let response = ui.add_sized([field_width, 26.0], field);
            response.widget_info(|| named_number(self.text("label"), typed));
            number = typed;
            Self::value_of(number, whole)
        });
        if is_seed && number == shown {
            return after; // A seed: a slider over four thousand million numbers helps nobody.
        }
        if switch.is_some() && number <= 0.0 {
            return after;
        }
        let mut slid = match after {
            Value::Integer(value) => f64::from(value),
            Value::Real(value) => decimal(value),
            _ => return after,
        };
        ui.spacing_mut().slider_width = ui.available_width();
        let response = slider(ui, self.parameter.key, &mut slid, Track { min, max, scale, whole }, &self.tokens);
        response.widget_info(|| named_number(self.text("label"), slid));
        if response.changed() {
            after = Self::value_of(slid, whole);
        }
        after
    }

    /// The word that stands for 0, if it means something else than a number.
    fn zero_word(&self) -> Option<&'static str> {
        match self.parameter.zero {
            Zero::All => self.language.find("ui.all"),
            Zero::Same => self.language.find("ui.same"),
            Zero::Off { .. } | Zero::Number => None,
        }
    }

    /// The number that was typed; what is none, or lies outside the range, is refused where it is seen.
    fn typed(&self, text: &str, min: f64, max: f64, whole: bool) -> Option<f64> {
        if self.zero_word().is_some_and(|zero| zero == text.trim()) {
            return Some(0.0);
        }
        let number = count::parse(text, whole).map(|number| if whole { number } else { decimal(number as f32) });
        let is_right = |number: &f64| (min..=max).contains(number) && !(whole && number.fract() != 0.0);
        if number.as_ref().is_some_and(is_right) {
            return number;
        }
        let problem = match number {
            Some(number) if !(min..=max).contains(&number) => Problem::OutOfRange { min: min.to_string(), max: max.to_string(), whole },
            _ if whole => Problem::NotInteger { min: min as u32, max: max as u32 },
            _ => Problem::NotNumber { min: min as f32, max: max as f32 },
        };
        self.refused.borrow_mut().push(ParameterError::new(self.text("label"), text.trim(), problem));
        None
    }

    fn value_of(number: f64, whole: bool) -> Value {
        if whole { Value::Integer(number as u32) } else { Value::Real(number as f32) }
    }

    fn choice(&self, ui: &mut Ui, words: &'static [&'static str], word: &'static str) -> Value {
        let text = |word: &str, end: &str| {
            let key = format!("choice.{}.{word}{end}", self.parameter.key);
            self.language.find(&key).unwrap_or_default()
        };
        let labels: Vec<&str> = words.iter().map(|word| text(word, "")).collect();
        let index = words.iter().position(|other| *other == word).unwrap_or(0);
        let helps: Vec<&str> = words.iter().map(|word| text(word, ".help")).collect();
        if words.len() == 2 || (words.len() == 3 && self.parameter.stands_alone) {
            let short = labels.iter().map(|label| label.chars().count()).sum::<usize>() <= LONGEST_BESIDE;
            let segments = |ui: &mut Ui| Value::Choice(segmented(ui, index, &labels, &helps).map_or(word, |picked| words[picked]));
            // Positives are a choice of their own, under their own head.
            return if self.parameter.stands_alone || !short {
                segments(ui)
            } else {
                // In the narrowest panel the label must not be cut by the way back to the default.
                let is_default = Value::Choice(word) == (self.parameter.default)();
                let width = if is_default || ui.available_width() > 240.0 { TWO_WORDS } else { TWO_WORDS_AND_RESET };
                self.row(ui, &Value::Choice(word), width, |ui| {
                    ui.allocate_ui_with_layout(Vec2::new(width, 28.0), Layout::left_to_right(Align::Center), |ui| segments(ui)).inner
                })
            };
        }
        self.row(ui, &Value::Choice(word), LIST, |ui| {
            let mut chosen = index;
            let response = egui::ComboBox::from_id_salt(self.parameter.key).selected_text(labels[index]).width(LIST).show_ui(ui, |ui| {
                for (index, label) in labels.iter().enumerate() {
                    ui.selectable_value(&mut chosen, index, *label).on_hover_text(text(words[index], ".help"));
                }
            });
            response.response.widget_info(|| {
                let mut info = egui::WidgetInfo::labeled(egui::Role::ComboBox, true, self.text("label"));
                info.current_text_value = Some(labels[index].to_owned());
                info
            });
            response.response.on_hover_text(text(word, ".help"));
            Value::Choice(words[chosen])
        })
    }

    fn layers(&self, ui: &mut Ui, layers: Layers, config: &Config) -> Value {
        let mut widths: Vec<u32> = layers.widths().map(|width| width as u32).collect();
        let after = self.row(ui, &Value::Layers(layers), 2.0 * RESET + ui.spacing().item_spacing.x, |ui| {
            let (fewer, more) = (self.language.get("ui.fewer_layers"), self.language.get("ui.more_layers"));
            ui.add_enabled_ui(!widths.is_empty(), |ui| {
                if button(ui, Icon::None, "−", fewer, Weight::Bare).on_hover_text(fewer).clicked() {
                    widths.pop();
                }
            });
            ui.add_enabled_ui(widths.len() < Layers::MOST, |ui| {
                if button(ui, Icon::None, "+", more, Weight::Bare).on_hover_text(more).clicked() {
                    widths.push(widths.last().copied().unwrap_or(64));
                }
            });
            Value::Layers(Layers::new(&widths).unwrap_or(layers))
        });
        if after != Value::Layers(layers) {
            return after;
        }
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            let soft = |text: String| RichText::new(text).color(self.tokens.soft);
            ui.label(soft(config.input_dimension().to_string()));
            for (place, width) in widths.iter_mut().enumerate() {
                ui.label(soft("→".to_owned()));
                let response = ui.add(egui::DragValue::new(width).range(1..=Layers::WIDEST).speed(0.5).update_while_editing(false));
                let value = f64::from(*width);
                let name = format!("{} {}", self.text("label"), place + 1);
                response.widget_info(|| named_number(&name, value));
            }
            ui.label(soft(format!("→ {}", config.dim)));
        });
        Value::Layers(Layers::new(&widths).unwrap_or(layers))
    }
}

/// The unit as it follows the number in a field.
fn unit_suffix(parameter: &Parameter) -> &'static str {
    if parameter.unit == "°" { "°" } else { "" }
}

/// What a screen reader says of a field or slider.
fn named_number(name: &str, value: f64) -> egui::WidgetInfo {
    egui::WidgetInfo::slider(true, value, name)
}

/// The f64 that reads like the f32: 0.2, not 0.20000000298.
fn decimal(value: f32) -> f64 {
    let exact = f64::from(value);
    // Six digits are enough for nearly every number here, and need no text: this is asked in every frame.
    if (1e-6..1e6).contains(&exact.abs()) {
        let scale = 10f64.powi(5 - exact.abs().log10().floor() as i32);
        let short = (exact * scale).round() / scale;
        if short as f32 == value {
            return short;
        }
    }
    value.to_string().parse().unwrap_or(exact)
}

#[cfg(test)]
mod tests {
    use super::decimal;

    #[test]
    fn a_decimal_reads_like_its_float() {
        for value in [0.0, 0.2, -0.3, 0.003, 0.000_01, 1.0, 10.0, 180.0, 0.1 + 0.2, 1.234_567_9, 123_456.79, 8.0e9, 3.0e-12, f32::MAX] {
            assert_eq!(decimal(value).to_string(), value.to_string(), "{value}");
        }
    }
}
