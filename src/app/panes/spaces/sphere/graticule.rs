//! The sphere itself: its lit surface and its circles.

use crate::app::panes::spaces::sphere::camera::Camera;
use crate::app::theme::{Tokens, mix};
use crate::drawing::graticule::{self, Circle};
use eframe::egui::{self, Color32, Mesh, Pos2, Shape, Stroke, epaint::Vertex};
use nalgebra::Vector3;

/// The sphere's surface, lit softly from the upper left.
pub(super) fn shading(camera: &Camera<'_>, tokens: &Tokens) -> Mesh {
    const RINGS: u32 = 14;
    const SECTORS: u32 = 72;
    let (bright, dim) = if tokens.dark {
        (mix(tokens.panel, tokens.ink, 0.13), mix(tokens.panel, tokens.ground, 0.35))
    } else {
        (Color32::from_rgb(253, 254, 255), mix(tokens.panel, tokens.soft, 0.24))
    };
    let light = Vector3::new(-0.5, 0.6, 0.75).normalize();
    let mut mesh = Mesh::default();
    for ring in 0..=RINGS {
        let radius = (ring as f32 / RINGS as f32).sqrt();
        for sector in 0..SECTORS {
            let angle = std::f32::consts::TAU * sector as f32 / SECTORS as f32;
            let (x, y) = (radius * angle.cos(), radius * angle.sin());
            let normal = Vector3::new(x, y, (1.0 - radius * radius).max(0.0).sqrt());
            let shade = (0.5 + 0.5 * normal.dot(&light)).clamp(0.0, 1.0).powf(1.4);
            let pos = camera.at(x, y);
            mesh.vertices.push(Vertex { pos, uv: egui::epaint::WHITE_UV, color: mix(dim, bright, shade) });
        }
    }
    for ring in 0..RINGS {
        for sector in 0..SECTORS {
            let next = (sector + 1) % SECTORS;
            let (a, b, c, d) = (ring * SECTORS + sector, ring * SECTORS + next, (ring + 1) * SECTORS + sector, (ring + 1) * SECTORS + next);
            mesh.indices.extend_from_slice(&[a, b, c, b, c, d]);
        }
    }
    mesh
}

/// The circles' far parts, and their near ones.
pub(super) fn lines(circles: &[Circle], camera: &Camera<'_>, tokens: &Tokens) -> [Vec<Shape>; 2] {
    let [far, near] = graticule::lines(circles, camera.projection.rotation(), |x, y| camera.at(x, y));
    let [faint, strong] = graticule::strengths(tokens.dark);
    let drawn = |lines: Vec<Vec<Pos2>>, strength: f32| -> Vec<Shape> {
        let stroke = Stroke::new(0.8, tokens.soft.gamma_multiply(strength));
        lines.into_iter().map(|line| Shape::line(line, stroke)).collect()
    };
    [drawn(far, faint), drawn(near, strong)]
}
