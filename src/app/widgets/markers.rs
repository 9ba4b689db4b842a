//! The points' shapes: one a class, drawn once into a texture, so that thousands cost one mesh.

use crate::drawing::Shape;
use crate::drawing::classes::SHAPES;
use eframe::egui::{self, Color32, ColorImage, Mesh, Pos2, TextureHandle, TextureOptions, Vec2, epaint::Vertex};

/// A shape's cell in the texture, in pixels.
const CELL: usize = 48;
/// A shape reaches this far from its cell's centre; the rest is margin for smooth edges.
const REACH: f32 = 0.84;
/// Samples along a side of a pixel.
const SAMPLES: usize = 4;

/// The texture of all shapes.
pub struct Markers {
    texture: TextureHandle,
}

impl Markers {
    /// Draws the shapes.
    pub fn new(ctx: &egui::Context) -> Self {
        let texture = ctx.load_texture("markers", image(), TextureOptions { mipmap_mode: None, ..TextureOptions::LINEAR });
        Self { texture }
    }

    /// An empty mesh with room for so many markers.
    pub fn mesh(&self, count: usize) -> Mesh {
        let mut mesh = Mesh::with_texture(self.texture.id());
        mesh.vertices.reserve_exact(4 * count);
        mesh.indices.reserve_exact(6 * count);
        mesh
    }

    /// Adds the marker of `class` to a mesh of [`Self::mesh`].
    pub fn add(&self, mesh: &mut Mesh, class: usize, center: Pos2, radius: f32, color: Color32) {
        let shape = (class % SHAPES) as f32;
        let (left, right) = (shape / SHAPES as f32, (shape + 1.0) / SHAPES as f32);
        let reach = radius / REACH;
        let vertex = |x: f32, y: f32, u: f32, v: f32| Vertex { pos: center + Vec2::new(x, y), uv: Pos2::new(u, v), color };
        let first = mesh.vertices.len() as u32;
        mesh.vertices.extend_from_slice(&[
            vertex(-reach, -reach, left, 0.0),
            vertex(reach, -reach, right, 0.0),
            vertex(-reach, reach, left, 1.0),
            vertex(reach, reach, right, 1.0),
        ]);
        mesh.indices.extend_from_slice(&[first, first + 1, first + 2, first + 2, first + 1, first + 3]);
    }
}

/// The shapes side by side, white.
fn image() -> ColorImage {
    let mut image = ColorImage::filled([CELL * SHAPES, CELL], Color32::TRANSPARENT);
    for class in 0..SHAPES {
        let shape = Shape::of(class);
        for y in 0..CELL {
            for x in 0..CELL {
                let mut inside = 0;
                for sample in 0..SAMPLES * SAMPLES {
                    let part = |pixel: usize, offset: usize| {
                        let along = (pixel as f32 + (offset as f32 + 0.5) / SAMPLES as f32) / CELL as f32;
                        (2.0 * along - 1.0) / REACH
                    };
                    inside += usize::from(shape.covers(part(x, sample % SAMPLES), part(y, sample / SAMPLES)));
                }
                let alpha = (255 * inside / (SAMPLES * SAMPLES)) as u8;
                image.pixels[y * CELL * SHAPES + class * CELL + x] = Color32::from_white_alpha(alpha);
            }
        }
    }
    image
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::theme::Tokens;
    use crate::drawing::classes;
    use eframe::egui::Theme;

    #[test]
    fn the_window_has_the_common_shapes_and_colours() {
        let image = image();
        let full = 1.0 / (CELL as f32 * REACH);
        for class in 0..2 * SHAPES {
            let [red, green, blue] = classes::color(class);
            for theme in [Theme::Light, Theme::Dark] {
                assert_eq!(Tokens::of(theme).class(class), Color32::from_rgb(red, green, blue));
            }
            let shape = Shape::of(class);
            for pixel in 0..CELL * CELL {
                let [x, y] = [pixel % CELL, pixel / CELL];
                let [along, down] = [x, y].map(|place| (2 * place + 1) as f32 * full - 1.0 / REACH);
                // Where all around is the same, so is the pixel.
                let around = [-1.0, 0.0, 1.0].into_iter().flat_map(|dx| [-1.0, 0.0, 1.0].map(|dy| (along + dx * full, down + dy * full)));
                let covered = around.filter(|(x, y)| shape.covers(*x, *y)).count();
                let alpha = image.pixels[y * CELL * SHAPES + class % SHAPES * CELL + x].a();
                assert!(covered < 9 || alpha > 191, "class {class} at {x}, {y}: {alpha}");
                assert!(covered > 0 || alpha < 64, "class {class} at {x}, {y}: {alpha}");
            }
        }
    }
}
