//! How dense points are on the circle and on the sphere: a kernel estimate with von Mises-Fisher kernels, as Wang and Isola (2020, figures 3 and 4)
//! show the uniformity of embeddings.

use crate::kernels::exp;

/// The concentration of the kernels: about fifteen degrees wide.
const KAPPA: f32 = 15.0;
/// Places on the circle.
pub const CIRCLE_PLACES: usize = 180;
/// Rings of the sphere's grid from pole to pole, and places on each.
pub const SPHERE_RINGS: usize = 25;
/// See [`SPHERE_RINGS`].
pub const RING_PLACES: usize = 48;
/// The most points that the estimate takes: evenly spaced.
const MOST_POINTS: usize = 1024;

/// Returns the places of the estimate, one row behind the other: on the circle counter-clockwise from (1, 0); on the sphere ring by ring from the
/// third axis' negative pole, each with [`RING_PLACES`] places counter-clockwise from the first axis. Empty in other dimensions.
pub fn density_places(dim: usize) -> Vec<f32> {
    let turn = |place: usize, of: usize| std::f32::consts::TAU * place as f32 / of as f32;
    match dim {
        2 => (0..CIRCLE_PLACES)
            .flat_map(|place| {
                let angle = turn(place, CIRCLE_PLACES);
                [libm::cosf(angle), libm::sinf(angle)]
            })
            .collect(),
        3 => (0..SPHERE_RINGS)
            .flat_map(|ring| {
                let latitude = std::f32::consts::PI * (ring as f32 / (SPHERE_RINGS - 1) as f32 - 0.5);
                let (height, radius) = (libm::sinf(latitude), libm::cosf(latitude));
                (0..RING_PLACES).flat_map(move |place| {
                    let angle = turn(place, RING_PLACES);
                    [radius * libm::cosf(angle), radius * libm::sinf(angle), height]
                })
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// Returns the density of unit rows at [`density_places`], as a multiple of that of the uniform law. Empty in other dimensions than two and three.
pub fn density(rows: &[f32], dim: usize) -> Vec<f32> {
    let count = rows.len() / dim.max(1);
    let every = count.div_ceil(MOST_POINTS).max(1);
    let points: Vec<&[f32]> = rows.chunks_exact(dim.max(1)).step_by(every).collect();
    // The mean of e^(kappa (cos - 1)) under the uniform law: I0(kappa) e^-kappa on the circle, (1 - e^(-2 kappa)) / (2 kappa) on the sphere.
    let uniform = match dim {
        2 => {
            let (mut term, mut series) = (1.0f64, 1.0f64);
            for k in 1..80 {
                let factor = 0.5 * f64::from(KAPPA) / f64::from(k);
                term *= factor * factor;
                series += term;
            }
            (series * libm::exp(-f64::from(KAPPA))) as f32
        }
        3 => (1.0 - libm::expf(-2.0 * KAPPA)) / (2.0 * KAPPA),
        _ => return Vec::new(),
    };
    let at = |place: &[f32]| {
        let kernel = |point: &&[f32]| {
            let cosine: f32 = place.iter().zip(point.iter()).map(|(a, b)| a * b).sum();
            exp(KAPPA * (cosine - 1.0))
        };
        points.iter().map(kernel).sum::<f32>() / (points.len().max(1) as f32 * uniform)
    };
    density_places(dim).chunks_exact(dim).map(at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn even_points_have_density_one_everywhere_and_a_heap_has_it_in_one_place() {
        let circle: Vec<f32> = density_places(2);
        assert!(density(&circle, 2).iter().all(|value| (value - 1.0).abs() < 1e-3));
        // A spiral from pole to pole is even on the sphere.
        let spiral: Vec<f32> = (0..1000)
            .flat_map(|place| {
                let height = 1.0 - 2.0 * (place as f32 + 0.5) / 1000.0;
                let (radius, angle) = ((1.0 - height * height).sqrt(), 2.399_963 * place as f32);
                [radius * libm::cosf(angle), radius * libm::sinf(angle), height]
            })
            .collect();
        assert!(density(&spiral, 3).iter().all(|value| (value - 1.0).abs() < 0.03));
        let heap = density(&[0.0, 0.0, 1.0].repeat(50), 3);
        let highest = heap.iter().copied().fold(0.0, f32::max);
        assert!((heap[heap.len() - 1] - highest).abs() < 1e-3 && (highest - 30.0).abs() < 0.1, "{highest}: at the pole 2 kappa");
        assert!(heap[0] < 1e-6);
        assert!(density(&[1.0, 0.0, 0.0, 0.0], 4).is_empty());
    }
}
