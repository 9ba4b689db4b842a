//! The shapes of the point sets in the plane.

use super::Drawer;
use crate::config::Data;
use std::f32::consts::{FRAC_PI_2, PI, TAU};

/// Radius of the circle on which the centres of the blobs lie.
const RING: f32 = 2.0;

/// Returns the point with the polar coordinates `angle`, in radians, and `radius`.
fn polar(angle: f32, radius: f32) -> [f32; 2] {
    [radius * libm::cosf(angle), radius * libm::sinf(angle)]
}

impl Drawer<'_> {
    /// Draws one point of class `label` into `input`.
    pub(super) fn draw(&mut self, label: usize, input: &mut [f32]) {
        match self.config.data {
            Data::Roll => self.draw_roll(label, input),
            Data::Nuisance => self.draw_nuisance(label, input),
            Data::Lifted => self.draw_lifted(label, input),
            _ => input.copy_from_slice(&self.draw_plane(label)),
        }
    }

    /// Draws one point of class `label` in the plane: of a set in the plane, or of the ring of blobs for `nuisance` and `lifted`.
    pub(super) fn draw_plane(&mut self, label: usize) -> [f32; 2] {
        let classes = self.classes as f32;
        let share = label as f32 / classes;
        let mut noise = self.config.noise;
        let [x, y] = match self.config.data {
            Data::Overlap => polar(TAU * share, 0.5 * RING),
            Data::Moons => {
                // The default noise of 0.25 suits blobs; thin shapes need less noise to stay as distinct.
                noise *= 0.5;
                let [x, y] = polar(PI * self.random.uniform(), 1.6);
                if label == 0 { [x - 0.8, y - 0.4] } else { [0.8 - x, 0.4 - y] }
            }
            Data::Circles => {
                noise *= 0.4;
                polar(TAU * self.random.uniform(), 2.4 * (label as f32 + 1.0) / classes)
            }
            Data::Spirals | Data::Spirals3 => {
                noise *= 0.3;
                let along = self.random.uniform().sqrt();
                polar(TAU * share + 1.25 * TAU * along, 0.15 + 2.25 * along)
            }
            Data::Xor => {
                noise *= 0.4;
                let x = 2.2 * self.random.symmetric();
                let y = 2.2 * self.random.uniform();
                // Moved 0.2 away from both axes, so that there is a gap between the classes.
                let x = x + 0.2f32.copysign(x);
                let y = y + 0.2;
                if (label == 0) == (x > 0.0) { [x, y] } else { [x, -y] }
            }
            Data::Pinwheel => {
                let radius = 1.2 + 0.6 * self.random.normal();
                let across = noise * 0.6 * self.random.normal();
                noise = 0.0;
                let [cos, sin] = polar(TAU * share + 0.9 * radius, 1.0);
                [radius * cos - across * sin, radius * sin + across * cos]
            }
            Data::Rings => {
                noise *= 0.7;
                // Two classes share an angle, one on each ring.
                let angles = self.classes.div_ceil(2) as f32;
                polar(TAU * (label / 2) as f32 / angles, if label.is_multiple_of(2) { 1.3 } else { 2.3 })
            }
            // The ring of blobs, which the sets `nuisance` and `lifted` use too.
            _ => polar(TAU * share + if self.classes == 2 { FRAC_PI_2 } else { 0.0 }, RING),
        };
        [x + noise * self.random.normal(), y + noise * self.random.normal()]
    }
}
