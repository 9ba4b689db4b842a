//! How embeddings come onto the screen.

use eframe::egui::{Pos2, Vec2};
use nalgebra::{UnitQuaternion, Vector3};

/// Where a point shows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spot {
    pub(super) at: Pos2,
    /// Towards the viewer, -1 to 1.
    pub(super) depth: f32,
}

/// How embeddings come onto the screen.
pub(super) struct Projection<'a> {
    pub(super) center: Pos2,
    pub(super) radius: f32,
    pub(super) dim: usize,
    pub(super) directions: Option<&'a [f32]>,
    pub(super) pair: Option<[usize; 2]>,
    pub(super) rotation: UnitQuaternion<f32>,
    pub(super) flat: bool,
    pub(super) extent: f32,
    /// What each coordinate of an embedding adds to its place as it is turned: thousands of points go this way in every frame.
    pub(super) turned: Vec<[f32; 3]>,
}

impl Projection<'_> {
    /// Fills in [`Self::turned`].
    pub(super) fn prepared(mut self) -> Self {
        let mut unit = vec![0.0; self.dim];
        for k in 0..self.dim {
            unit[k] = 1.0;
            self.turned.push(self.turn(self.coordinates(&unit)).into());
            unit[k] = 0.0;
        }
        self
    }

    /// The three coordinates that are shown of an embedding.
    pub(super) fn coordinates(&self, row: &[f32]) -> Vector3<f32> {
        let shown = if let Some([x, y]) = self.pair {
            Vector3::new(row[x], row[y], 0.0)
        } else if let Some(directions) = self.directions {
            let along = |k: usize| directions[k * self.dim..][..self.dim].iter().zip(row).map(|(a, b)| a * b).sum();
            Vector3::new(along(0), along(1), along(2))
        } else {
            Vector3::new(row[0], row[1], row.get(2).copied().unwrap_or(0.0))
        };
        shown / self.extent
    }

    pub(super) fn spot(&self, row: &[f32]) -> Spot {
        let [mut x, mut y, mut z] = [0.0; 3];
        for (value, [along_x, along_y, along_z]) in row.iter().zip(&self.turned) {
            x += value * along_x;
            y += value * along_y;
            z += value * along_z;
        }
        self.on_screen(x, y, z)
    }

    pub(super) fn place(&self, position: Vector3<f32>) -> Spot {
        let turned = self.turn(position);
        self.on_screen(turned.x, turned.y, turned.z)
    }

    pub(super) fn turn(&self, position: Vector3<f32>) -> Vector3<f32> {
        if self.flat { position } else { self.rotation * position }
    }

    pub(super) fn on_screen(&self, x: f32, y: f32, z: f32) -> Spot {
        Spot { at: self.center + Vec2::new(x, -y) * self.radius, depth: if self.flat { 1.0 } else { z } }
    }
}
