//! The histogram of similarities and the spectrum.

use super::frame::{self, Bounds};
use crate::app::panes::side::why;
use crate::app::session::model::Model;
use crate::app::theme::Tokens;
use crate::learn::metrics::BINS;
use eframe::egui::{Align2, Color32, FontId, Pos2, Stroke, Ui};
use egui_plot::{Bar, BarChart, PlotTransform};

/// The largest share of the variance that the spectrum's axis shows where nothing is larger.
const LEAST_SHARE: f64 = 0.5;

/// Counts of pairs by cosine, negatives and positives: side by side in the bins that hold both, so that neither hides the other. Returns where
/// it placed them.
pub(super) fn similarity(ui: &mut Ui, model: &Model, tokens: &Tokens) -> PlotTransform {
    let language = model.language();
    let batch = &model.shown().batch;
    let histograms = [
        (&batch.negative_histogram, tokens.negative, language.get("metric.negative_similarity.label"), batch.negative_similarity),
        (&batch.positive_histogram, tokens.positive, language.get("metric.positive_similarity.label"), batch.positive_similarity),
    ];
    let sets: Vec<Vec<Bar>> = (0..2).map(|set| bars(histograms[set].0, histograms[1 - set].0, set, histograms[set].1)).collect();
    let bounds = Bounds { x: [-1.02, 1.02], y: [0.0, 1.3] };
    let transform = frame::show(ui, "similarity", bounds, [true, false], frame::short, tokens, |plot| {
        for set in sets {
            plot.bar_chart(BarChart::new("", set).allow_hover(false));
        }
    });
    let (painter, frame) = (frame::painter_over(ui, *transform.frame()), *transform.frame());
    anchor_ticks(&painter, &transform, model, tokens);
    let Some(at) = frame::pointer(ui, frame) else {
        // Words where they belong: each at its side of the axis, with its mean.
        for (index, (_, color, name, mean)) in histograms.iter().enumerate() {
            let text = format!("{name} {}", frame::short(f64::from(*mean)));
            let at = frame.left_top() + eframe::egui::vec2(2.0, 2.0 + 14.0 * index as f32);
            painter.text(at, Align2::LEFT_TOP, text, FontId::proportional(11.0), *color);
        }
        return transform;
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
    transform
}

/// The cosines of the pinned anchor's candidates, as ticks at the foot: of the picked classes, and the hovered point's longer.
fn anchor_ticks(painter: &eframe::egui::Painter, transform: &PlotTransform, model: &Model, tokens: &Tokens) {
    let Some(reasons) = why::reasons(model) else { return };
    let foot = transform.frame().max.y;
    for candidate in &reasons.candidates {
        if candidate.label.is_some_and(|label| !model.is_picked(label.into())) {
            continue;
        }
        let is_hovered = candidate.point.is_some() && candidate.point == model.hovered;
        let x = transform.position_from_point_x(f64::from(candidate.cosine));
        let (height, width, color) = match (is_hovered, candidate.positive) {
            (true, _) => (16.0, 2.0, tokens.ink),
            (false, true) => (11.0, 2.0, tokens.positive),
            (false, false) => (6.0, 1.0, tokens.ink.gamma_multiply(0.45)),
        };
        painter.vline(x, foot - height..=foot, Stroke::new(width, color));
    }
}

/// The bars of one of two histograms, the first on the left: as wide as their bin where the other has none.
fn bars(counts: &[u32], others: &[u32], set: usize, color: Color32) -> Vec<Bar> {
    let highest = f64::from(counts.iter().copied().max().unwrap_or(0).max(1));
    let width = 1.8 / BINS as f64;
    let bar = |(bin, (count, other)): (usize, (&u32, &u32))| {
        let (at, width) = match (*other > 0, set) {
            (false, _) => (cosine(bin), width),
            (true, 0) => (cosine(bin) - width / 4.0, width / 2.0),
            (true, _) => (cosine(bin) + width / 4.0, width / 2.0),
        };
        Bar::new(at, f64::from(*count) / highest).width(width).fill(color.gamma_multiply(0.8)).stroke(Stroke::NONE)
    };
    counts.iter().zip(others).enumerate().filter(|(_, (count, _))| **count > 0).map(bar).collect()
}

/// The middle of a bin.
fn cosine(bin: usize) -> f64 {
    2.0 * (bin as f64 + 0.5) / BINS as f64 - 1.0
}

/// Variance along each principal direction as a share of the largest possible one: an embedding in one place has none. Returns
/// where it placed them.
pub(super) fn spectrum(ui: &mut Ui, model: &Model, tokens: &Tokens) -> PlotTransform {
    let language = model.language();
    let spectrum = &model.shown().spectrum;
    let shares: Vec<f64> = spectrum.shares().map(f64::from).collect();
    let count = shares.len();
    // A share that is no number has neither a bar nor a say in the axis.
    let finite = shares.iter().copied().enumerate().filter(|(_, share)| share.is_finite());
    let bars = finite.clone().map(|(k, share)| {
        let fade = 1.0 - 0.45 * k as f32 / count.max(2) as f32;
        Bar::new((k + 1) as f64, share).width(0.66).fill(tokens.accent.gamma_multiply(fade)).stroke(Stroke::NONE)
    });
    let bars: Vec<Bar> = bars.collect();
    let highest = finite.map(|(_, share)| share).fold(LEAST_SHARE, f64::max) * 1.1;
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
    transform
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_both_histograms_stand_neither_hides_the_other() {
        let mut counts = [vec![0; BINS], vec![0; BINS]];
        // A collapsed embedding: every cosine is 1.
        counts[0][BINS - 1] = 900;
        counts[1][BINS - 1] = 30;
        counts[0][3] = 10;
        let [negative, positive] = [0, 1].map(|set| bars(&counts[set], &counts[1 - set], set, Color32::RED));
        assert_eq!((negative.len(), positive.len()), (2, 1));
        let ends = |bar: &Bar| [bar.argument - bar.bar_width / 2.0, bar.argument + bar.bar_width / 2.0];
        assert!(ends(&negative[1])[1] <= ends(&positive[0])[0] + 1e-9, "{:?} {:?}", ends(&negative[1]), ends(&positive[0]));
        assert!((negative[1].value - 1.0).abs() < 1e-9 && (positive[0].value - 1.0).abs() < 1e-9);
        assert!(negative[0].bar_width > 1.9 * negative[1].bar_width);
    }
}
