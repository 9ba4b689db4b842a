//! How samples lie to the data: which are near it, and which of its classes they cover.

use crate::matrix::Matrix;

/// A sample is near data if it is no farther from a training point than that one's so-many-th nearest other training point (Kynkäänniemi
/// et al. 2019, section 3, whose precision is the share of such samples).
const NEIGHBOUR: usize = 3;
/// The most training points that samples are held against: their number grows with its square. Evenly spaced in the points' order.
const MOST_POINTS: usize = 1024;
/// The most of long inputs, such as images.
const MOST_LONG: usize = 384;
/// Inputs of more coordinates are long.
const LONG: usize = 32;

/// The neighbourhood of training points.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// Every how many-th point counts.
    every: usize,
    /// The squared distance to the [`NEIGHBOUR`]-th nearest other one, of each that counts.
    radii: Vec<f32>,
}

/// What samples are.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Covered {
    /// The class of the nearest training point in whose neighbourhood each sample lies; none where it lies in nobody's.
    pub labels: Vec<Option<u8>>,
    /// The share of samples that are near data.
    pub near: f32,
    /// The classes near which at least a fifth of their fair share of the samples lies.
    pub modes: usize,
    /// The other classes.
    pub lost: Vec<u8>,
}

fn squared_distance(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}

impl Surroundings {
    /// Finds the neighbourhoods of training points.
    pub fn new(points: &Matrix) -> Self {
        let most = if points.columns() > LONG { MOST_LONG } else { MOST_POINTS };
        let every = points.rows().div_ceil(most).max(1);
        let chosen = || (0..points.rows()).step_by(every);
        let radius = |point: usize| {
            // The smallest distances so far, in their order.
            let mut nearest = [f32::INFINITY; NEIGHBOUR];
            for other in chosen().filter(|other| *other != point) {
                let mut distance = squared_distance(points.row(point), points.row(other));
                for place in &mut nearest {
                    if distance < *place {
                        std::mem::swap(place, &mut distance);
                    }
                }
            }
            // With too few others nothing is near.
            Some(nearest[NEIGHBOUR - 1]).filter(|radius| radius.is_finite()).unwrap_or(0.0)
        };
        Self { every, radii: chosen().map(radius).collect() }
    }

    /// Returns true before the neighbourhoods have been found.
    pub fn is_empty(&self) -> bool {
        self.radii.is_empty()
    }

    /// Says where samples lie; `points` are those of [`Self::new`], with their classes.
    pub fn cover(&self, samples: &Matrix, points: &Matrix, labels: &[u8], classes: usize) -> Covered {
        let label = |sample: usize| {
            let sample = samples.row(sample);
            let mut nearest = (f32::INFINITY, None);
            for (index, radius) in self.radii.iter().enumerate() {
                let point = index * self.every;
                let distance = squared_distance(sample, points.row(point));
                if distance <= *radius && distance < nearest.0 {
                    nearest = (distance, labels.get(point).copied());
                }
            }
            nearest.1
        };
        let found: Vec<Option<u8>> = (0..samples.rows()).map(label).collect();
        let mut counts = vec![0usize; classes];
        for label in found.iter().flatten() {
            counts[usize::from(*label)] += 1;
        }
        let near = counts.iter().sum::<usize>() as f32 / samples.rows().max(1) as f32;
        let is_lost = |class: &u8| 5 * classes * counts[usize::from(*class)] < samples.rows();
        let lost: Vec<u8> = (0..classes as u8).filter(is_lost).collect();
        Covered { labels: found, near, modes: classes - lost.len(), lost }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Config;
    use crate::data::Dataset;

    #[test]
    fn the_data_covers_itself_and_one_class_covers_one() {
        let dataset = Dataset::new(&Config::default());
        let surroundings = Surroundings::new(&dataset.inputs);
        let cover = |samples: &Matrix| surroundings.cover(samples, &dataset.inputs, &dataset.labels, dataset.classes);
        let all = cover(&dataset.held_out_inputs);
        assert_eq!(all.modes, 6);
        assert!(all.near > 0.7, "{}", all.near);
        let of_one: Vec<f32> = (0..1024).step_by(6).flat_map(|point| dataset.inputs.row(point).to_vec()).collect();
        let one = cover(&Matrix::from_rows(&of_one, 2));
        assert_eq!((one.modes, one.near, one.lost), (1, 1.0, vec![1, 2, 3, 4, 5]));
        let few = Matrix::from_rows(&[0.0, 0.0, 1.0, 0.0], 2);
        let of_few = Surroundings::new(&few).cover(&Matrix::from_rows(&[9.0, 9.0], 2), &few, &[0, 1], 2);
        assert_eq!(of_few.near, 0.0, "two points have no third neighbour");
        let far = cover(&Matrix::from_rows(&[90.0, 0.0, 0.0, -70.0], 2));
        assert_eq!((far.modes, far.near, far.labels), (0, 0.0, vec![None, None]));
    }
}
