//! What a generative method makes of the anchor: its reconstruction coordinate by coordinate, its code, and what a discriminator says of it.

use crate::app::panes::side::why::list::bar;
use crate::app::panes::side::why::{paragraph, row};
use crate::app::panes::spaces::thumbnails;
use crate::app::theme::Tokens;
use crate::app::widgets::card;
use crate::app::widgets::count::percent;
use crate::app::words::Language;
use crate::learn::report::short;
use crate::learn::report::{Judged, Reasons, Rebuilt, as_bytes};
use eframe::egui::{Align2, FontId, Pos2, Rect, RichText, Sense, Stroke, Ui, Vec2};

/// The most coordinates that have a line of their own.
const SHOWN: usize = 16;

/// What the decoder gives back, and how far each coordinate is off.
pub(super) fn rebuilt(ui: &mut Ui, language: Language, rebuilt: &Rebuilt, tokens: &Tokens) {
    card::head(ui, language.get("ui.why_rebuilt"));
    let error: f32 = rebuilt.errors.iter().sum();
    let mean = error / rebuilt.errors.len().max(1) as f32;
    row(ui, tokens, language.get("ui.why_error"), RichText::new(short(mean)).color(tokens.negative));
    if rebuilt.errors.len() > SHOWN {
        pictures(ui, language, rebuilt, tokens);
        return;
    }
    let most = rebuilt.errors.iter().copied().fold(f32::MIN_POSITIVE, f32::max);
    for (k, error) in rebuilt.errors.iter().enumerate().take(SHOWN) {
        let name = format!("x{}   {} → {}", k + 1, short(rebuilt.wanted[k]), short(rebuilt.output[k]));
        row(ui, tokens, &name, RichText::new(short(*error)).color(tokens.ink));
        let (rect, _) = ui.allocate_exact_size(Vec2::new(ui.available_width(), 5.0), Sense::hover());
        bar(ui.painter(), rect, error / most, tokens.negative, tokens);
    }
    ui.add_space(4.0);
}

/// An image, what the decoder makes of it, and where the error is.
fn pictures(ui: &mut Ui, language: Language, rebuilt: &Rebuilt, tokens: &Tokens) {
    let most = rebuilt.errors.iter().copied().fold(f32::MIN_POSITIVE, f32::max);
    let errors: Vec<f32> = rebuilt.errors.iter().map(|error| (error / most).sqrt()).collect();
    let shown = [
        ("ui.why_wanted", as_bytes(&rebuilt.wanted), tokens.ink),
        ("ui.made_rebuilt", as_bytes(&rebuilt.output), tokens.ink),
        ("ui.why_error_where", as_bytes(&errors), tokens.negative),
    ];
    let cell = ui.available_width() / shown.len() as f32;
    let side = (cell - 14.0).min(84.0);
    let (rect, _) = ui.allocate_exact_size(Vec2::new(ui.available_width(), side + 26.0), Sense::hover());
    for (index, (key, pixels, color)) in shown.into_iter().enumerate() {
        let middle = Pos2::new(rect.min.x + cell * (index as f32 + 0.5), rect.min.y + side / 2.0 + 3.0);
        let place = Rect::from_center_size(middle, Vec2::splat(side));
        thumbnails::picture(ui.painter(), place, &[], Stroke::new(1.0, tokens.line), tokens);
        ui.painter().add(thumbnails::ink(place, &pixels, color));
        let at = Pos2::new(middle.x, place.max.y + 12.0);
        ui.painter().text(at, Align2::CENTER_CENTER, language.get(key), FontId::proportional(12.0), tokens.soft);
    }
    ui.add_space(4.0);
}

/// Each coordinate of z: where it is, where the next step takes it, and of a variational code its spread and divergence.
pub(super) fn latents(ui: &mut Ui, language: Language, reasons: &Reasons, tokens: &Tokens) {
    card::head(ui, language.get("ui.why_code"));
    let latents = reasons.rebuilt.as_ref().map_or(&[][..], |rebuilt| &rebuilt.latents);
    let moves: Vec<f32> = reasons.views[0].iter().zip(&reasons.moved).map(|(before, after)| after - before).collect();
    let most = moves.iter().map(|move_| move_.abs()).fold(f32::MIN_POSITIVE, f32::max);
    for (k, before) in reasons.views[0].iter().enumerate().take(SHOWN) {
        let spread = latents.get(k).map_or(String::new(), |latent| format!(" ± {}", short(latent.deviation)));
        let by = moves.get(k).copied().unwrap_or(0.0);
        let sign = if by >= 0.0 { "+" } else { "" };
        row(
            ui,
            tokens,
            &format!("z{}   {}{spread}", k + 1, short(*before)),
            RichText::new(format!("{sign}{}", short(by))).color(tokens.accent),
        );
        let (rect, _) = ui.allocate_exact_size(Vec2::new(ui.available_width(), 5.0), Sense::hover());
        bar(ui.painter(), rect, by.abs() / most, tokens.accent, tokens);
    }
    paragraph(ui, tokens, language.get("ui.why_code_note"));
    if !latents.is_empty() {
        let all: Vec<String> = latents.iter().map(|latent| short(latent.divergence)).collect();
        row(ui, tokens, language.get("ui.why_kl"), RichText::new(all.join(" + ")).color(tokens.negative));
    }
    ui.add_space(4.0);
}

/// What the discriminator says.
pub(super) fn judged(ui: &mut Ui, language: Language, judged: Judged, tokens: &Tokens) {
    row(ui, tokens, language.get("ui.why_judged"), RichText::new(percent(judged.score)).color(tokens.positive));
    row(ui, tokens, language.get("ui.why_logit"), RichText::new(short(judged.logit)).color(tokens.ink));
}
