//! What the input plane is coloured by, and the lines of equal similarity.

use crate::app::panes::side::why;
use crate::app::session::model::Model;
use crate::app::theme::{Tokens, mix};
use crate::learn::report::{Reasons, Space};
use crate::learn::trainer::GRID;
use eframe::egui::{Color32, ColorImage};

/// What colours the plane.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Colours {
    /// Each place by the classes that its embedding is near to.
    #[default]
    Embedding,
    /// Each place by the similarity of its embedding to the anchor's.
    Similarity,
    /// Each place by the loss of an anchor there against the last batch.
    Loss,
    /// Each place by what the discriminator says of it.
    Score,
    /// Nothing.
    Nothing,
}

impl Colours {
    const ALL: [Self; 5] = [Self::Embedding, Self::Similarity, Self::Score, Self::Loss, Self::Nothing];

    /// Those that there are: the similarity is to a pinned anchor, and some methods hold nothing against a place.
    pub(super) fn offered(model: &Model) -> impl Iterator<Item = Self> + '_ {
        Self::ALL.into_iter().filter(|colours| match colours {
            Self::Similarity => anchor(model).is_some(),
            Self::Loss => model.shown().config.pair_loss().is_some() && model.shown().space == Space::Z,
            Self::Score => !model.shown().scores.is_empty(),
            Self::Embedding | Self::Nothing => true,
        })
    }

    /// Its name in the language files.
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::Embedding => "ui.plane_by_embedding",
            Self::Similarity => "ui.plane_by_similarity",
            Self::Loss => "ui.plane_by_loss",
            Self::Score => "ui.plane_by_score",
            Self::Nothing => "ui.plane_by_nothing",
        }
    }
}

/// Similarities at which lines are drawn.
pub(super) const LEVELS: [f32; 3] = [0.0, 0.5, 0.9];

/// The anchor whose similarity can colour the plane: the plane's embeddings are of the space in which it is compared.
pub(super) fn anchor(model: &Model) -> Option<&Reasons> {
    why::reasons(model).filter(|reasons| model.shown().space == reasons.space() && reasons.on_sphere && reasons.dim == model.shown().dim)
}

/// A picture of similarities from -1 to 1: the more similar, the darker (in the dark theme, the lighter).
pub(super) fn shade(similarities: &[f32], tokens: &Tokens) -> ColorImage {
    let mut image = ColorImage::filled([GRID, GRID], tokens.panel);
    let shades: Vec<Color32> = (0..=64).map(|step| mix(tokens.panel, tokens.ink, 0.42 * step as f32 / 64.0)).collect();
    for (cell, similarity) in similarities.iter().enumerate() {
        let shade = ((similarity.clamp(-1.0, 1.0) + 1.0) * 32.0) as usize;
        image.pixels[(GRID - 1 - cell / GRID) * GRID + cell % GRID] = shades[shade.min(64)];
    }
    image
}

/// A picture of losses, with the least and the largest: the more loss, the stronger.
pub(super) fn heat(losses: &[f32], tokens: &Tokens) -> (ColorImage, [f32; 2]) {
    let finite = losses.iter().copied().filter(|loss| loss.is_finite());
    let (least, largest) = finite.fold((f32::INFINITY, f32::NEG_INFINITY), |(least, largest), loss| (least.min(loss), largest.max(loss)));
    let span = (largest - least).max(1e-6);
    let mut image = ColorImage::filled([GRID, GRID], tokens.panel);
    for (cell, loss) in losses.iter().enumerate().filter(|(_, loss)| loss.is_finite()) {
        let part = (loss - least) / span;
        image.pixels[(GRID - 1 - cell / GRID) * GRID + cell % GRID] = mix(tokens.panel, tokens.negative, 0.62 * part * part.sqrt());
    }
    (image, [least, largest])
}

/// A picture of a discriminator's scores from 0, made, to 1, real.
pub(super) fn judged(scores: &[f32], tokens: &Tokens) -> ColorImage {
    let mut image = ColorImage::filled([GRID, GRID], tokens.panel);
    let shades: Vec<Color32> = (0..=64)
        .map(|step| {
            let side = step as f32 / 32.0 - 1.0;
            mix(tokens.panel, if side > 0.0 { tokens.positive } else { tokens.negative }, 0.5 * side.abs())
        })
        .collect();
    for (cell, score) in scores.iter().enumerate() {
        let shade = (score.clamp(0.0, 1.0) * 64.0) as usize;
        image.pixels[(GRID - 1 - cell / GRID) * GRID + cell % GRID] = shades[shade.min(64)];
    }
    image
}

/// Line segments along which a grid of values takes a level, in cells from the lowest left cell's centre: x, y, x, y. (Marching squares.)
pub(super) fn contour(values: &[f32], level: f32) -> Vec<[f32; 4]> {
    let mut segments = Vec::new();
    if values.len() != GRID * GRID {
        return segments;
    }
    for y in 0..GRID - 1 {
        for x in 0..GRID - 1 {
            let at = |dx: usize, dy: usize| values[(y + dy) * GRID + x + dx];
            let corners = [(0, 0), (1, 0), (1, 1), (0, 1)];
            let mut crossings: Vec<[f32; 2]> = Vec::with_capacity(4);
            for side in 0..4 {
                let ((ax, ay), (bx, by)) = (corners[side], corners[(side + 1) % 4]);
                let (a, b) = (at(ax, ay), at(bx, by));
                if (a < level) != (b < level) {
                    let share = (level - a) / (b - a);
                    let along = |from: usize, to: usize| from as f32 + (to as f32 - from as f32) * share;
                    crossings.push([x as f32 + along(ax, bx), y as f32 + along(ay, by)]);
                }
            }
            for pair in crossings.chunks_exact(2) {
                segments.push([pair[0][0], pair[0][1], pair[1][0], pair[1][1]]);
            }
        }
    }
    segments
}

#[cfg(test)]
mod tests {
    use crate::app::panes::spaces::plane_colours::*;

    #[test]
    fn a_slope_has_one_straight_line() {
        let values: Vec<f32> = (0..GRID * GRID).map(|cell| (cell % GRID) as f32).collect();
        let segments = contour(&values, 10.25);
        assert_eq!(segments.len(), GRID - 1);
        assert!(segments.iter().all(|[ax, _, bx, _]| (ax - 10.25).abs() < 1e-5 && (bx - 10.25).abs() < 1e-5));
        assert!(contour(&values, -1.0).is_empty() && contour(&[], 0.0).is_empty());
    }

    #[test]
    fn likeness_is_darker_in_the_light() {
        let tokens = Tokens::of(eframe::egui::Theme::Light);
        let mut similarities = vec![-1.0; GRID * GRID];
        similarities[0] = 1.0;
        let image = shade(&similarities, &tokens);
        assert_eq!(image.pixels[0], tokens.panel);
        assert!(image.pixels[(GRID - 1) * GRID].r() < 200, "the first cell is the lowest left");
    }
}
