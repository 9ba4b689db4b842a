//! The sphere itself: its lit surface and its circles.

use super::camera::Projection;
use crate::app::theme::{Tokens, mix};
use eframe::egui::{self, Color32, Mesh, Pos2, Shape, Stroke, Vec2, epaint::Vertex};
use nalgebra::Vector3;

/// Corners of a circle of the graticule.
const CIRCLE_POINTS: usize = 64;

/// A circle on the unit sphere.
pub(super) type Circle = [Vector3<f32>; CIRCLE_POINTS + 1];

/// The sphere's surface, lit softly from the upper left.
pub(super) fn shading(projection: &Projection<'_>, tokens: &Tokens) -> Mesh {
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
            let pos = projection.center + Vec2::new(x, -y) * projection.radius;
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

/// The sphere's circles: six meridians and five parallels, as points on the unit sphere.
pub(super) fn circles() -> Vec<Circle> {
    let circle = |curve: &dyn Fn(f32) -> Vector3<f32>| {
        std::array::from_fn(|point| curve(std::f32::consts::TAU * point as f32 / CIRCLE_POINTS as f32))
    };
    let meridians = (0..6).map(|meridian| {
        let (sin, cos) = (std::f32::consts::PI * meridian as f32 / 6.0).sin_cos();
        circle(&|t| Vector3::new(t.cos() * cos, t.sin(), t.cos() * sin))
    });
    let parallels = (1..6).map(|parallel| {
        let (sin, cos) = (std::f32::consts::PI * (parallel as f32 / 6.0 - 0.5)).sin_cos();
        circle(&|t| Vector3::new(cos * t.cos(), sin, cos * t.sin()))
    });
    meridians.chain(parallels).collect()
}

/// The circles' far parts, and their near ones.
pub(super) fn graticule(circles: &[Circle], projection: &Projection<'_>, tokens: &Tokens) -> [Vec<Shape>; 2] {
    let strokes = [0.22, 0.55].map(|strength| Stroke::new(0.8, tokens.soft.gamma_multiply(strength * if tokens.dark { 0.8 } else { 0.7 })));
    let rotation = projection.rotation.to_rotation_matrix();
    let mut shapes = [Vec::new(), Vec::new()];
    for circle in circles {
        let mut run: Vec<Pos2> = Vec::with_capacity(CIRCLE_POINTS + 1);
        let mut side = 0;
        for point in circle {
            let turned = rotation * point;
            let spot = projection.on_screen(turned.x, turned.y, turned.z);
            let here = usize::from(spot.depth >= 0.0);
            if here != side {
                let done = std::mem::replace(&mut run, Vec::with_capacity(CIRCLE_POINTS + 1));
                shapes[side].extend((done.len() > 1).then(|| Shape::line(done, strokes[side])));
                side = here;
            }
            run.push(spot.at);
        }
        shapes[side].extend((run.len() > 1).then(|| Shape::line(run, strokes[side])));
    }
    shapes
}
