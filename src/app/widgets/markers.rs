//! The points' shapes: one a class, drawn once into a texture, so that thousands cost one mesh.

use eframe::egui::{self, Color32, ColorImage, Mesh, Pos2, TextureHandle, TextureOptions, Vec2, epaint::Vertex};

/// Shapes: disc, square, triangle up, diamond, triangle down, star; then outlines of the same.
const SHAPES: usize = 12;
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
        let mut image = ColorImage::filled([CELL * SHAPES, CELL], Color32::TRANSPARENT);
        for shape in 0..SHAPES {
            for y in 0..CELL {
                for x in 0..CELL {
                    let mut inside = 0;
                    for sample in 0..SAMPLES * SAMPLES {
                        let part = |pixel: usize, offset: usize| {
                            let along = (pixel as f32 + (offset as f32 + 0.5) / SAMPLES as f32) / CELL as f32;
                            (2.0 * along - 1.0) / REACH
                        };
                        inside += usize::from(covers(shape, part(x, sample % SAMPLES), part(y, sample / SAMPLES)));
                    }
                    let alpha = (255 * inside / (SAMPLES * SAMPLES)) as u8;
                    image.pixels[y * CELL * SHAPES + shape * CELL + x] = Color32::from_white_alpha(alpha);
                }
            }
        }
        let texture = ctx.load_texture("markers", image, TextureOptions { mipmap_mode: None, ..TextureOptions::LINEAR });
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

/// Whether a shape covers (x, y) in [-1, 1] x [-1, 1], y downwards. All shapes cover about the same area.
fn covers(shape: usize, x: f32, y: f32) -> bool {
    if shape >= 6 {
        // An outline: the shape without a smaller one inside.
        return covers(shape - 6, x, y) && !covers(shape - 6, x / 0.62, y / 0.62);
    }
    match shape {
        0 => x * x + y * y <= 0.74,
        1 => x.abs().max(y.abs()) <= 0.76,
        2 => triangle(x, y),
        3 => x.abs() + y.abs() <= 1.0,
        4 => triangle(x, -y),
        _ => star(x, y),
    }
}

fn triangle(x: f32, y: f32) -> bool {
    let y = y + 0.12;
    y <= 0.78 && 1.72 * x.abs() <= y + 0.88
}

fn star(x: f32, y: f32) -> bool {
    let radius = x.hypot(y);
    let angle = x.atan2(-y).rem_euclid(std::f32::consts::TAU / 5.0) - std::f32::consts::TAU / 10.0;
    // The edge from an outer corner (radius 1) to an inner one (radius 0.45), in the wedge around an inner corner.
    let (outer, inner) = ((std::f32::consts::TAU / 10.0).sin_cos(), 0.45);
    let (px, py) = (radius * angle.abs().sin(), radius * angle.abs().cos());
    let cross = (outer.0) * (py - inner) - (outer.1 - inner) * px;
    cross <= 0.0
}
