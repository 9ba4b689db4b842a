//! Which classes a place of the embedding is near to.

use crate::kernels::{Lanes, exp};
use crate::matrix::LANES;
use crate::rows::normalize_row;

/// Compares rows with the mean rows of the classes, eight at a time, by a softmax over cosines.
#[derive(Clone, Debug)]
pub struct Nearness {
    /// Mean row of each class at length one, one behind the other.
    means: Vec<f32>,
    /// The sharpness of the softmax: the inverse of its temperature.
    sharpness: f32,
    /// Each coordinate of the eight rows.
    coordinates: Vec<Lanes>,
    /// See [`Near::weights`].
    weights: Vec<Lanes>,
}

/// How near eight rows are to the classes.
#[derive(Clone, Copy, Debug)]
pub struct Near<'a> {
    /// For each class its weight e^(sharpness (cosine - 1)): 1 along the class's mean.
    pub weights: &'a [Lanes],
    /// Sum of each row's weights, and a little more, so that it is not zero. A weight over it is the softmax.
    pub total: Lanes,
    /// Largest of each row's weights.
    pub largest: Lanes,
}

impl Nearness {
    /// Creates the comparison with the classes whose mean rows, of `dimension` coordinates each, stand one behind the other.
    pub fn new(class_means: &[f32], dimension: usize, sharpness: f32) -> Self {
        let mut means = class_means.to_vec();
        for mean in means.chunks_exact_mut(dimension) {
            normalize_row(mean);
        }
        let weights = vec![[0.0; LANES]; means.len() / dimension];
        Self { means, sharpness, coordinates: vec![[0.0; LANES]; dimension], weights }
    }

    /// Compares eight rows, one behind the other. A row without a direction is as far from every class as a row across all of them.
    pub fn compare(&mut self, rows: &[f32]) -> Near<'_> {
        let Self { means, sharpness, coordinates, weights } = self;
        let (dimension, sharpness) = (coordinates.len(), *sharpness);
        // Loops over lanes, which the compiler makes vectors of.
        let mut squares = [0.0f32; LANES];
        for (k, values) in coordinates.iter_mut().enumerate() {
            for lane in 0..LANES {
                values[lane] = rows[lane * dimension + k];
                squares[lane] += values[lane] * values[lane];
            }
        }
        let scale = squares.map(|square| sharpness / square.sqrt().max(1e-12));
        let (mut total, mut largest) = ([1e-12; LANES], [0.0f32; LANES]);
        for (mean, class_weights) in means.chunks_exact(dimension).zip(weights.iter_mut()) {
            let mut weight = [0.0f32; LANES];
            for (values, along) in coordinates.iter().zip(mean) {
                for lane in 0..LANES {
                    weight[lane] += values[lane] * along;
                }
            }
            for lane in 0..LANES {
                weight[lane] = exp(weight[lane] * scale[lane] - sharpness);
                total[lane] += weight[lane];
                largest[lane] = if weight[lane] > largest[lane] { weight[lane] } else { largest[lane] };
            }
            *class_weights = weight;
        }
        Near { weights, total, largest }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_the_softmax_over_cosines() {
        let sharpness = 9.0;
        // Means of any length, and rows along them, between them, across them, against one, and without a direction.
        let mut nearness = Nearness::new(&[0.5, 0.0, 0.0, 0.0, 2.0, 0.0], 3, sharpness);
        let rows: [[f32; 3]; LANES] = [
            [1.0, 0.0, 0.0],
            [7.0, 0.0, 0.0],
            [0.0, 0.1, 0.0],
            [1.0, 1.0, 0.0],
            [0.0, 0.0, 1.0],
            [-1.0, 0.0, 0.0],
            [0.0, 0.0, 0.0],
            [3.0, 4.0, 0.0],
        ];
        let cosines = [[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.707_106_77, 0.707_106_77], [0.0, 0.0], [-1.0, 0.0], [0.0, 0.0], [0.6, 0.8]];
        let near = nearness.compare(rows.as_flattened());
        assert_eq!(near.weights.len(), 2);
        for (lane, cosines) in cosines.iter().enumerate() {
            let wanted = cosines.map(|cosine| libm::expf(sharpness * (cosine - 1.0)));
            for (weight, wanted) in near.weights.iter().zip(wanted) {
                assert!((weight[lane] - wanted).abs() <= 1e-5 * wanted, "row {lane}: {} instead of {wanted}", weight[lane]);
            }
            assert!((near.total[lane] - wanted[0] - wanted[1]).abs() <= 1e-5 * near.total[lane], "row {lane}");
            assert_eq!(near.largest[lane], near.weights[0][lane].max(near.weights[1][lane]));
        }
    }
}
