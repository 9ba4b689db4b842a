//! The histogram of similarities and the spectrum.

use super::frame::{self, Bounds};
use crate::app::model::Model;
use crate::app::theme::Tokens;
use crate::learn::metrics::BINS;
use eframe::egui::{Align2, Color32, FontId, Pos2, Stroke, Ui};
use egui_plot::{Bar, BarChart, PlotTransform};

/// The largest share of the variance that the spectrum's axis shows where nothing is larger.
const LEAST_SHARE: f64 = 0.5;

/// Counts of pairs by cosine: positives as bars, negatives as bars and their outline over them, so that neither hides the other.
pub(super) fn similarity(ui: &mut Ui, model: &Model, tokens: &Tokens) {
    let language = model.language();
    let batch = &model.shown().batch;
    let histograms = [
        (&batch.negative_histogram, tokens.negative, language.get("metric.negative_similarity.label"), batch.negative_similarity),
        (&batch.positive_histogram, tokens.positive, language.get("metric.positive_similarity.label"), batch.positive_similarity),
    ];
    let bars = |counts: &[u32], fill: Color32, stroke: Stroke| {
        let highest = f64::from(counts.iter().copied().max().unwrap_or(0).max(1));
        let bars = counts
            .iter()
            .enumerate()
            .filter(|(_, count)| **count > 0)
            .map(|(bin, count)| Bar::new(cosine(bin), f64::from(*count) / highest).width(1.8 / BINS as f64).fill(fill).stroke(stroke));
        bars.collect::<Vec<Bar>>()
    };
    let sets: Vec<Vec<Bar>> = histograms
        .iter()
        .map(|(counts, color, ..)| bars(counts, color.gamma_multiply(0.55), Stroke::NONE))
        // Outlines last: where both stand, both edges are seen.
        .chain(histograms.iter().map(|(counts, color, ..)| bars(counts, Color32::TRANSPARENT, Stroke::new(1.2, *color))))
        .collect();
    let bounds = Bounds { x: [-1.02, 1.02], y: [0.0, 1.3] };
    let transform = frame::show(ui, "similarity", bounds, [true, false], frame::short, tokens, |plot| {
        for bars in sets {
            plot.bar_chart(BarChart::new("", bars).allow_hover(false));
        }
    });
    let (painter, frame) = (frame::painter_over(ui, *transform.frame()), *transform.frame());
    let Some(at) = frame::pointer(ui, frame) else {
        // Words where they belong: each at its side of the axis, with its mean.
        for (index, (_, color, name, mean)) in histograms.iter().enumerate() {
            let text = format!("{name} {}", frame::short(f64::from(*mean)));
            let at = frame.left_top() + eframe::egui::vec2(2.0, 2.0 + 14.0 * index as f32);
            painter.text(at, Align2::LEFT_TOP, text, FontId::proportional(11.0), *color);
        }
        return;
    };
    let bin = (((transform.value_from_position(at).x + 1.0) * 0.5 * BINS as f64).max(0.0) as usize).min(BINS - 1);
    let [low, high] = [bin, bin + 1].map(|edge| frame::short(2.0 * edge as f64 / BINS as f64 - 1.0));
    let mut lines = vec![(format!("cos {low} … {high}"), tokens.soft)];
    for (counts, color, name, _) in histograms {
        let pairs =
            language.fill("ui.pairs_of", &[("count", &counts[bin].to_string()), ("whole", &counts.iter().sum::<u32>().to_string())]);
        lines.push((format!("{name}: {pairs}"), color));
    }
    frame::label_box(&painter, frame, at, &lines, tokens);
}

/// The middle of a bin.
fn cosine(bin: usize) -> f64 {
    2.0 * (bin as f64 + 0.5) / BINS as f64 - 1.0
}

/// Variance along each principal direction as a share of the largest possible one: an embedding in one place has none.
pub(super) fn spectrum(ui: &mut Ui, model: &Model, tokens: &Tokens) {
    let language = model.language();
    let spectrum = &model.shown().spectrum;
    let shares: Vec<f64> = spectrum.shares().map(f64::from).collect();
    let count = shares.len();
    let bars = shares.iter().enumerate().map(|(k, share)| {
        let fade = 1.0 - 0.45 * k as f32 / count.max(2) as f32;
        Bar::new((k + 1) as f64, *share).width(0.66).fill(tokens.accent.gamma_multiply(fade)).stroke(Stroke::NONE)
    });
    let bars: Vec<Bar> = bars.collect();
    let highest = shares.iter().copied().fold(LEAST_SHARE, f64::max) * 1.1;
    let bounds = Bounds { x: [0.4, count as f64 + 0.6], y: [0.0, highest] };
    let transform = frame::show(ui, "spectrum", bounds, [true, true], whole, tokens, |plot| {
        plot.bar_chart(BarChart::new("", bars).allow_hover(false));
    });
    let (painter, frame) = (frame::painter_over(ui, *transform.frame()), *transform.frame());
    if model.shown().is_in_one_place() {
        painter.text(frame.center(), Align2::CENTER_CENTER, language.get("ui.one_place"), FontId::proportional(12.0), tokens.negative);
    }
    if let Some(at) = frame::pointer(ui, frame) {
        answer_spectrum(&painter, &transform, at, &shares, model, tokens);
    }
}

/// The number of a direction.
fn whole(value: f64) -> String {
    if value.fract().abs() < 1e-9 { format!("{value:.0}") } else { String::new() }
}

fn answer_spectrum(painter: &eframe::egui::Painter, transform: &PlotTransform, at: Pos2, shares: &[f64], model: &Model, tokens: &Tokens) {
    let language = model.language();
    let direction = transform.value_from_position(at).x.round().clamp(1.0, shares.len().max(1) as f64) as usize;
    let Some(share) = shares.get(direction - 1) else { return };
    let percent = |share: f64| frame::short(100.0 * share);
    let lines = [
        (language.fill("ui.direction", &[("number", &direction.to_string())]), tokens.soft),
        (language.fill("ui.share_of_largest", &[("share", &percent(*share))]), tokens.ink),
    ];
    frame::label_box(painter, *transform.frame(), at, &lines, tokens);
}
