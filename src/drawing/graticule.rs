//! The sphere's circles: six meridians and five parallels.

use nalgebra::{UnitQuaternion, Vector3};
use std::f32::consts::{PI, TAU};

/// Corners of a circle.
const CORNERS: usize = 64;

/// A circle on the unit sphere; its last corner is its first.
pub type Circle = [Vector3<f32>; CORNERS + 1];

/// The circles, as corners on the unit sphere.
pub fn circles() -> Vec<Circle> {
    let circle =
        |curve: &dyn Fn(f32) -> Vector3<f32>| -> Circle { std::array::from_fn(|corner| curve(TAU * corner as f32 / CORNERS as f32)) };
    let meridians = (0..6).map(|meridian| {
        let (sin, cos) = (PI * meridian as f32 / 6.0).sin_cos();
        circle(&|t| Vector3::new(t.cos() * cos, t.sin(), t.cos() * sin))
    });
    let parallels = (1..6).map(|parallel| {
        let (sin, cos) = (PI * (parallel as f32 / 6.0 - 0.5)).sin_cos();
        circle(&|t| Vector3::new(cos * t.cos(), sin, cos * t.sin()))
    });
    meridians.chain(parallels).collect()
}

/// The lines of the turned circles' far parts, and those of their near ones. `at` says where a place towards the right and upwards is.
pub fn lines<P>(circles: &[Circle], rotation: &UnitQuaternion<f32>, at: impl Fn(f32, f32) -> P) -> [Vec<Vec<P>>; 2] {
    let rotation = rotation.to_rotation_matrix();
    let mut lines = [Vec::new(), Vec::new()];
    for circle in circles {
        let mut line: Vec<P> = Vec::with_capacity(CORNERS + 1);
        let mut side = 0;
        for corner in circle {
            let turned = rotation * corner;
            let here = usize::from(turned.z >= 0.0);
            if here != side {
                let done = std::mem::replace(&mut line, Vec::with_capacity(CORNERS + 1));
                lines[side].extend((done.len() > 1).then_some(done));
                side = here;
            }
            line.push(at(turned.x, turned.y));
        }
        lines[side].extend((line.len() > 1).then_some(line));
    }
    lines
}

/// The share of their colour that far lines have, and near ones.
pub fn strengths(is_dark: bool) -> [f32; 2] {
    [0.22, 0.55].map(|strength| strength * if is_dark { 0.8 } else { 0.7 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drawing::projection::first_view;

    #[test]
    fn the_circles_are_on_the_sphere_and_closed() {
        let circles = circles();
        assert_eq!(circles.len(), 11);
        for circle in &circles {
            assert!(circle.iter().all(|corner| (corner.norm() - 1.0).abs() < 1e-6));
            assert!((circle[0] - circle[CORNERS]).norm() < 1e-5);
        }
    }

    #[test]
    fn every_meridian_has_a_far_part_and_a_near_one() {
        let [far, near] = lines(&circles()[..6], &first_view(), |x, y| [x, y]);
        let corners = |lines: &[Vec<[f32; 2]>]| lines.iter().map(Vec::len).sum::<usize>();
        assert!((6..=12).contains(&far.len()) && (6..=12).contains(&near.len()));
        assert!(corners(&far).abs_diff(corners(&near)) <= 24, "{} and {}", corners(&far), corners(&near));
    }
}
