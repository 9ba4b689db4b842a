//! Where embeddings are on the screen.

use crate::drawing::{Place, Projection};
use eframe::egui::{Pos2, Vec2};
use nalgebra::Vector3;

/// Where a point shows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spot {
    pub(super) at: Pos2,
    /// Towards the viewer, -1 to 1.
    pub(super) depth: f32,
}

/// A projection with the sphere's middle and radius on the screen.
pub(super) struct Camera<'a> {
    pub(super) center: Pos2,
    pub(super) radius: f32,
    pub(super) projection: Projection<'a>,
}

impl Camera<'_> {
    /// Where an embedding shows.
    pub(super) fn spot(&self, row: &[f32]) -> Spot {
        self.on_screen(self.projection.place(row))
    }

    /// Where the three numbers show that the projection shows of an embedding.
    pub(super) fn spot_of_shown(&self, position: Vector3<f32>) -> Spot {
        self.on_screen(self.projection.place_of_shown(position))
    }

    /// Where a place towards the right and upwards shows.
    pub(super) fn at(&self, x: f32, y: f32) -> Pos2 {
        self.center + Vec2::new(x, -y) * self.radius
    }

    fn on_screen(&self, Place { x, y, depth }: Place) -> Spot {
        Spot { at: self.at(x, y), depth }
    }
}
