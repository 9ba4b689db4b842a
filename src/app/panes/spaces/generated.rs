//! What a generative method makes, on the input plane: reconstructions beside their points, samples, and the decoder's grid.

use crate::app::panes::spaces::thumbnails::{SMALL, picture, with_room};
use crate::app::session::model::Model;
use crate::app::theme::Tokens;
use crate::learn::report::Overlay;
use eframe::egui::{Align2, Color32, FontId, Painter, Pos2, Rect, Shape, Stroke, Vec2};

/// Half the width of a sample's cross.
const CROSS: f32 = 3.2;
/// The most samples that are shown as images.
const MOST_SAMPLES: usize = 24;
/// Radius of the ring around a class that no sample lies in.
const LOST: f32 = 20.0;

/// What a method makes, as the legend names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Made {
    /// A decoder gives back what was encoded.
    Rebuilt,
    /// Samples, of a prior or of noise.
    Samples,
}

/// Whether the shown run makes something of a kind.
pub fn makes(model: &Model, made: Made) -> bool {
    let key = match made {
        Made::Rebuilt => "rebuilt",
        Made::Samples => "samples",
    };
    model.shown().exhibits.iter().any(|exhibit| matches!(exhibit, Overlay::Inputs { role, .. } if role == key))
}

/// Draws what lies under the points: the decoder's grid.
pub fn under(painter: &Painter, place: impl Fn(f32, f32) -> Pos2, model: &Model, tokens: &Tokens) {
    for exhibit in &model.shown().exhibits {
        let Overlay::Grid { places, places_per_line, .. } = exhibit else { continue };
        for line in places.chunks_exact(2 * places_per_line) {
            let line = line.chunks_exact(2).map(|at| place(at[0], at[1])).collect();
            painter.add(Shape::line(line, Stroke::new(1.0, tokens.accent.gamma_multiply(0.38))));
        }
    }
}

/// Draws what lies over the points: `screen` has their places.
pub fn over(painter: &Painter, place: impl Fn(f32, f32) -> Pos2, screen: &[Pos2], model: &Model, tokens: &Tokens) {
    let class_of = |point: u32| usize::from(model.scene.labels.get(point as usize).copied().unwrap_or(0));
    for exhibit in &model.shown().exhibits {
        let Overlay::Inputs { places, points, labels, lost, pixels, .. } = exhibit else { continue };
        // Between thumbnails the lines to what the decoder gives back would only be in the way: the strip below shows it.
        if !points.is_empty() && !pixels.is_empty() {
            continue;
        }
        let mut shapes = Vec::with_capacity(2 * places.len());
        for (index, at) in places.chunks_exact(2).enumerate() {
            let at = place(at[0], at[1]);
            if let Some(point) = points.get(index) {
                let class = class_of(*point);
                let color = tokens.class(class).gamma_multiply(if model.is_picked(class) { 0.75 } else { 0.12 });
                if let Some(from) = screen.get(*point as usize) {
                    shapes.push(Shape::line_segment([*from, at], Stroke::new(1.0, color)));
                }
                shapes.push(Shape::circle_stroke(at, 2.4, Stroke::new(1.2, color)));
            } else {
                let color = labels.get(index).copied().flatten().map_or(tokens.soft, |label| {
                    let class = usize::from(label);
                    tokens.class(class).gamma_multiply(if model.is_picked(class) { 1.0 } else { 0.15 })
                });
                shapes.extend(cross(at, color));
            }
        }
        painter.extend(shapes);
        if points.is_empty() && !pixels.is_empty() {
            let size = pixels.len() / (places.len() / 2).max(1);
            let at = places.chunks_exact(2).map(|at| Some(place(at[0], at[1])));
            for (sample, at) in with_room(at, SMALL, painter.clip_rect()).into_iter().take(MOST_SAMPLES) {
                let image = &pixels[sample as usize * size..(sample as usize + 1) * size];
                picture(painter, Rect::from_center_size(at, Vec2::splat(SMALL)), image, Stroke::new(1.4, tokens.negative), tokens);
            }
        }
        // Among many pixels hardly any sample is near to the data.
        for class in lost.iter().filter(|_| pixels.is_empty()) {
            ring(painter, screen, usize::from(*class), model, tokens);
        }
    }
}

/// A sample: a small cross.
fn cross(at: Pos2, color: Color32) -> [Shape; 2] {
    [Vec2::new(CROSS, CROSS), Vec2::new(CROSS, -CROSS)].map(|half| Shape::line_segment([at - half, at + half], Stroke::new(1.4, color)))
}

/// A ring around the middle of a class that no sample lies in.
fn ring(painter: &Painter, screen: &[Pos2], class: usize, model: &Model, tokens: &Tokens) {
    let mine = || screen.iter().zip(&model.scene.labels).filter(|(_, label)| usize::from(**label) == class).map(|(at, _)| at.to_vec2());
    let count = mine().count();
    if count == 0 {
        return;
    }
    let middle = (mine().fold(Vec2::ZERO, |sum, at| sum + at) / count as f32).to_pos2();
    let places: Vec<Pos2> = (0..=32).map(|k| middle + LOST * Vec2::angled(std::f32::consts::TAU * k as f32 / 32.0)).collect();
    painter.extend(Shape::dashed_line(&places, Stroke::new(1.6, tokens.negative), 4.0, 3.0));
    let text = model.language().get("ui.made_lost");
    painter.text(middle + Vec2::new(0.0, LOST + 7.0), Align2::CENTER_CENTER, text, FontId::proportional(11.0), tokens.negative);
}

/// The legend's mark at `at`, which is 12 points wide.
pub fn mark(painter: &Painter, at: Pos2, made: Made, tokens: &Tokens) {
    match made {
        Made::Rebuilt => {
            painter.line_segment([at, at + Vec2::new(10.0, 0.0)], Stroke::new(1.2, tokens.ink));
            painter.circle(at + Vec2::new(12.0, 0.0), 2.6, tokens.panel, Stroke::new(1.3, tokens.ink));
        }
        Made::Samples => {
            painter.extend(cross(at + Vec2::new(6.0, 0.0), tokens.ink));
        }
    }
}
