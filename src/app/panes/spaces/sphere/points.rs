//! The points on the sphere: their order and shades by depth, and their trails.

use crate::app::panes::spaces::sphere::camera::{Camera, Spot};
use crate::app::session::model::Model;
use crate::app::theme::Tokens;
use crate::drawing::marks;
use eframe::egui::{self, Color32, Mesh, Pos2, Shape, epaint::Vertex};

/// Trails of so many points at most: more would be a blur.
const TRAILED: usize = 400;
/// Layers of points, from the farthest to the nearest: more than are told apart.
const LAYERS: usize = 512;
/// Shades of a class's colour from the sphere's rim to its nearest point.
const SHADES: usize = 32;

/// The classes' colours by depth: a few hundred, found once a frame, instead of one for each of thousands of points.
pub(super) struct Shades(Vec<[Color32; SHADES + 1]>);

impl Shades {
    /// Colours of so many classes, each with a strength.
    pub(super) fn new(classes: usize, strength: impl Fn(usize) -> f32, tokens: &Tokens) -> Self {
        let of_class = |class| {
            let color = tokens.class(class).gamma_multiply(strength(class));
            std::array::from_fn(|shade| match shade.checked_sub(1) {
                // What lies behind.
                None => color.gamma_multiply(marks::strength_at(-1.0)),
                Some(shade) => color.gamma_multiply(marks::strength_at(shade as f32 / (SHADES - 1) as f32)),
            })
        };
        Self((0..classes.max(1)).map(of_class).collect())
    }

    pub(super) fn at(&self, class: usize, depth: f32) -> Color32 {
        let shade = if depth < 0.0 { 0 } else { 1 + ((depth * (SHADES - 1) as f32 + 0.5) as usize).min(SHADES - 1) };
        self.0[class % self.0.len()][shade]
    }
}

/// Short lines from where points were to where they are, fading into the past.
pub(super) fn trails(camera: &Camera<'_>, model: &Model, tokens: &Tokens) -> Shape {
    let mut mesh = Mesh::default();
    let count = model.scene.labels.len();
    let every = count.div_ceil(TRAILED).max(1);
    let steps = model.trail.len();
    mesh.vertices.reserve(4 * TRAILED * steps);
    mesh.indices.reserve(6 * TRAILED * steps);
    let dim = camera.projection.dim();
    let farthest = (0.3 * camera.radius).powi(2);
    for point in (0..count).step_by(every) {
        let class = usize::from(model.scene.labels[point]);
        if !model.is_picked(class) {
            continue;
        }
        let color = tokens.class(class);
        let row = |embeddings: &[f32]| embeddings.get(point * dim..(point + 1) * dim).map(|row| camera.spot(row));
        let mut before: Option<Spot> = None;
        for (age, embeddings) in model.trail.iter().map(Vec::as_slice).chain([model.snapshot.embeddings.as_slice()]).enumerate() {
            let Some(spot) = row(embeddings) else { continue };
            if let Some(before) = before
                && (0.5..farthest).contains(&before.at.distance_sq(spot.at))
            {
                let strength = 0.32 * (age as f32 / steps.max(1) as f32) * if spot.depth < 0.0 { 0.3 } else { 1.0 };
                segment(&mut mesh, before.at, spot.at, color.gamma_multiply(strength));
            }
            before = Some(spot);
        }
    }
    Shape::mesh(mesh)
}

/// Adds a thin line to a mesh.
fn segment(mesh: &mut Mesh, from: Pos2, to: Pos2, color: Color32) {
    let along = to - from;
    let across = along.rot90() * (0.7 / along.length_sq().sqrt());
    let first = mesh.vertices.len() as u32;
    for pos in [from + across, from - across, to + across, to - across] {
        mesh.vertices.push(Vertex { pos, uv: egui::epaint::WHITE_UV, color });
    }
    mesh.indices.extend_from_slice(&[first, first + 1, first + 2, first + 1, first + 2, first + 3]);
}

/// Fills `order` with the points in the order in which they are drawn: by depth, in [`LAYERS`] layers, the farthest first.
pub(super) fn sort_by_depth(screen: &[Spot], order: &mut Vec<u32>) {
    let layer = |spot: &Spot| (((spot.depth + 1.0) * 0.5 * LAYERS as f32) as usize).min(LAYERS - 1);
    let mut next = [0u32; LAYERS + 1];
    for spot in screen {
        next[layer(spot) + 1] += 1;
    }
    for index in 0..LAYERS {
        next[index + 1] += next[index];
    }
    order.resize(screen.len(), 0);
    for (point, spot) in (0..).zip(screen) {
        let place = &mut next[layer(spot)];
        order[*place as usize] = point;
        *place += 1;
    }
}
