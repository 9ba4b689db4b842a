//! The point sets with more than two dimensions.

use super::Drawer;
use crate::random::Random;
use nalgebra::DMatrix;
use std::f32::consts::PI;

/// Dimension of the set `lifted`.
pub(super) const LIFTED_DIMENSION: usize = 16;

/// Draws two random orthonormal vectors in the space of the set `lifted` and returns their coordinates, first the first vector's.
///
/// They are the Q of the QR decomposition of a matrix of normal numbers.
pub(super) fn frame(random: &mut Random) -> Vec<f32> {
    let drawn = DMatrix::from_fn(LIFTED_DIMENSION, 2, |_, _| f64::from(random.normal()));
    let q = drawn.qr().q();
    q.as_slice().iter().map(|value| *value as f32).collect()
}

impl Drawer<'_> {
    /// Writes a point of a Swiss roll around the third axis into `input`, which has 3 coordinates. The classes divide the roll along
    /// its length.
    pub(super) fn draw_roll(&mut self, label: usize, input: &mut [f32]) {
        let along = (label as f32 + self.random.uniform()) / self.classes as f32;
        let angle = 1.5 * PI * (1.0 + 2.0 * along);
        let radius = angle * (2.2 / (4.5 * PI));
        let noise = self.config.noise * 0.3;
        input[0] = radius * libm::cosf(angle) + noise * self.random.normal();
        input[1] = radius * libm::sinf(angle) + noise * self.random.normal();
        input[2] = 1.5 * self.random.symmetric() + noise * self.random.normal();
    }

    /// Writes a point into `input`, which has 4 coordinates: a point of the ring of blobs in coordinates 0 and 1, normal noise with
    /// standard deviation `rest` in coordinates 2 and 3.
    pub(super) fn draw_nuisance(&mut self, label: usize, input: &mut [f32]) {
        let [x, y] = self.draw_plane(label);
        input[..2].copy_from_slice(&[x, y]);
        for value in &mut input[2..] {
            *value = self.config.rest * self.random.normal();
        }
    }

    /// Writes a point into `input`, which has [`LIFTED_DIMENSION`] coordinates: a point of the ring of blobs in the plane that `frame`
    /// spans, normal noise with standard deviation `rest` in the directions orthogonal to it.
    pub(super) fn draw_lifted(&mut self, label: usize, input: &mut [f32]) {
        let in_plane = self.draw_plane(label);
        for value in input.iter_mut() {
            *value = self.config.rest * self.random.normal();
        }
        for (axis, wanted) in self.frame.chunks_exact(LIFTED_DIMENSION).zip(in_plane) {
            let drawn: f32 = axis.iter().zip(input.iter()).map(|(a, b)| a * b).sum();
            for (value, direction) in input.iter_mut().zip(axis) {
                *value += (wanted - drawn) * direction;
            }
        }
    }
}
