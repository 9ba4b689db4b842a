//! How dense the points are: a veil over the sphere, a hill around the circle.

use crate::app::panes::spaces::sphere::camera::Camera;
use crate::app::theme::Tokens;
use crate::learn::metrics::{CIRCLE_PLACES, RING_PLACES, SPHERE_RINGS, density_places};
use eframe::egui::{Mesh, Painter, Pos2, Shape, Stroke, epaint::Vertex};

/// A density that has the full colour, or is as high as the hill goes: so many times that of the uniform law.
const FULL: f32 = 6.0;
/// Height of the hill at [`FULL`], as a part of the radius.
const HILL: f32 = 0.11;

/// Draws the density, if there is one.
pub(super) fn draw(painter: &Painter, camera: &Camera<'_>, density: &[f32], tokens: &Tokens) {
    let dim = camera.projection.dim();
    let places = density_places(dim);
    if density.is_empty() || density.len() * dim != places.len() {
        return;
    }
    if dim == 2 {
        hill(painter, camera, density, &places, tokens);
    } else if !camera.projection.is_flat() {
        veil(painter, camera, density, &places, tokens);
    }
}

/// The share of the full colour: by the root, so that thin places are told from empty ones.
fn share(density: f32) -> f32 {
    (density / FULL).clamp(0.0, 1.0).sqrt()
}

fn veil(painter: &Painter, camera: &Camera<'_>, density: &[f32], places: &[f32], tokens: &Tokens) {
    let mut mesh = Mesh::default();
    let spots: Vec<_> = places.chunks_exact(3).map(|row| camera.spot(row)).collect();
    for (spot, density) in spots.iter().zip(density) {
        let color = tokens.accent.gamma_multiply(0.55 * share(*density));
        mesh.vertices.push(Vertex { pos: spot.at, uv: eframe::egui::epaint::WHITE_UV, color });
    }
    for ring in 0..SPHERE_RINGS - 1 {
        for place in 0..RING_PLACES {
            let next = (place + 1) % RING_PLACES;
            let corners =
                [(ring, place), (ring, next), (ring + 1, place), (ring + 1, next)].map(|(ring, place)| ring * RING_PLACES + place);
            // Only what is in front: two veils would add up.
            if corners.iter().all(|corner| spots[*corner].depth >= 0.0) {
                let [a, b, c, d] = corners.map(|corner| corner as u32);
                mesh.indices.extend([a, b, c, b, c, d]);
            }
        }
    }
    painter.add(Shape::mesh(mesh));
}

fn hill(painter: &Painter, camera: &Camera<'_>, density: &[f32], places: &[f32], tokens: &Tokens) {
    let edge = |place: usize, height: f32| -> Pos2 {
        let row: Vec<f32> = places[2 * place..2 * place + 2].iter().map(|value| value * (1.0 + height)).collect();
        camera.spot(&row).at
    };
    let height = |place: usize| HILL * (density[place] / FULL).clamp(0.0, 1.0);
    let mut mesh = Mesh::default();
    for place in 0..CIRCLE_PLACES {
        for (pos, color) in
            [(edge(place, 0.0), tokens.accent.gamma_multiply(0.1)), (edge(place, height(place)), tokens.accent.gamma_multiply(0.5))]
        {
            mesh.vertices.push(Vertex { pos, uv: eframe::egui::epaint::WHITE_UV, color });
        }
        let (here, next) = (2 * place as u32, 2 * ((place + 1) % CIRCLE_PLACES) as u32);
        mesh.indices.extend([here, here + 1, next, here + 1, next, next + 1]);
    }
    painter.add(Shape::mesh(mesh));
    let line = (0..CIRCLE_PLACES).map(|place| edge(place, height(place))).collect();
    painter.add(Shape::closed_line(line, Stroke::new(1.2, tokens.accent)));
}
