//! Positives: which rows of a batch belong together, and how a view of a point is made.

use super::config::{Config, Positives};
use super::data::Dataset;
use super::matrix::Matrix;
use super::random::Random;

/// A batch of N pairs: 2N rows, first every pair's view a, then every pair's view b.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// The rows that go into the encoder, [2N, dimension].
    pub inputs: Matrix,
    /// Class of each row.
    pub labels: Vec<u8>,
    /// Training point behind each row.
    pub points: Vec<u32>,
}

/// Draws batches: every point once in an epoch, in an order of its own for each epoch.
#[derive(Clone, Debug)]
pub struct Sampler {
    order: Vec<u32>,
    next: usize,
    by_class: Vec<Vec<u32>>,
    batches: Random,
    augmentation: Random,
}

impl Sampler {
    /// Starts the streams of the run with this seed.
    pub fn new(dataset: &Dataset, seed: u32) -> Self {
        let mut by_class = vec![Vec::new(); dataset.classes];
        for (point, label) in (0..).zip(&dataset.labels) {
            by_class[usize::from(*label)].push(point);
        }
        let order: Vec<u32> = (0..dataset.labels.len() as u32).collect();
        let next = order.len();
        Self { order, next, by_class, batches: Random::new(seed, "batches"), augmentation: Random::new(seed, "augmentation") }
    }

    /// Goes to where another sampler of the same run is, without allocating.
    pub fn copy_from(&mut self, other: &Self) {
        self.order.clone_from(&other.order);
        self.next = other.next;
        self.batches = other.batches.clone();
        self.augmentation = other.augmentation.clone();
    }

    /// Fills `batch` with the next `config.batch` pairs; allocates only when the batch grows.
    pub fn fill(&mut self, dataset: &Dataset, config: &Config, batch: &mut Batch) {
        let pairs = config.batch as usize;
        batch.inputs.fit(2 * pairs, dataset.inputs.columns());
        batch.labels.resize(2 * pairs, 0);
        batch.points.resize(2 * pairs, 0);
        for pair in 0..pairs {
            let anchor = self.next_point();
            let positive = match config.positives {
                Positives::Views => anchor,
                Positives::Labels => self.other_of_class(anchor, dataset.labels[anchor as usize]),
            };
            for (row, point) in [(pair, anchor), (pairs + pair, positive)] {
                batch.points[row] = point;
                batch.labels[row] = dataset.labels[point as usize];
                make_view(dataset, config, point, &mut self.augmentation, batch.inputs.row_mut(row));
            }
        }
    }

    fn next_point(&mut self) -> u32 {
        if self.next == self.order.len() {
            self.batches.shuffle(&mut self.order);
            self.next = 0;
        }
        self.next += 1;
        self.order[self.next - 1]
    }

    /// Another point with the anchor's label; the anchor itself where its class has no other.
    fn other_of_class(&mut self, anchor: u32, label: u8) -> u32 {
        let members = &self.by_class[usize::from(label)];
        if members.len() < 2 {
            return anchor;
        }
        // Drawn among the others: where the draw hits the anchor, the last member stands in for it.
        let drawn = members[self.batches.below(members.len() - 1)];
        if drawn == anchor { members[members.len() - 1] } else { drawn }
    }
}

/// Writes a view of `point` into `view`: augmented where positives are views, the point itself where they come from labels.
///
/// In this order: nuisance coordinates drawn afresh (on the set that has them), rotation of coordinates (0,1), (2,3)…
/// each by an angle of its own, scaling, axis flips, jitter, coordinate drop-out.
pub fn make_view(dataset: &Dataset, config: &Config, point: u32, random: &mut Random, view: &mut [f32]) {
    view.copy_from_slice(dataset.inputs.row(point as usize));
    if let Some((coordinates, deviation)) = &dataset.nuisance {
        for value in &mut view[coordinates.clone()] {
            *value = deviation * random.normal();
        }
    }
    if config.positives == Positives::Labels {
        return;
    }
    if config.rotation > 0.0 {
        for pair in view.chunks_exact_mut(2) {
            let angle = config.rotation.to_radians() * random.symmetric();
            let (sin, cos) = (libm::sinf(angle), libm::cosf(angle));
            let (x, y) = (pair[0], pair[1]);
            pair[0] = cos * x - sin * y;
            pair[1] = sin * x + cos * y;
        }
    }
    if config.scaling > 0.0 {
        let factor = 1.0 + config.scaling * random.symmetric();
        for value in view.iter_mut() {
            *value *= factor;
        }
    }
    if config.flip > 0.0 {
        for value in view.iter_mut() {
            if random.uniform() < config.flip {
                *value = -*value;
            }
        }
    }
    if config.jitter > 0.0 {
        for value in view.iter_mut() {
            *value += config.jitter * random.normal();
        }
    }
    if config.dropout > 0.0 {
        for value in view.iter_mut() {
            if random.uniform() < config.dropout {
                *value = 0.0;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(config: &Config) -> (Dataset, Batch) {
        let dataset = Dataset::new(config);
        let mut batch = Batch::default();
        Sampler::new(&dataset, config.seed).fill(&dataset, config, &mut batch);
        (dataset, batch)
    }

    #[test]
    fn without_augmentation_both_views_are_the_point() {
        let config = Config { jitter: 0.0, rotation: 0.0, ..Config::default() };
        let (dataset, batch) = batch(&config);
        for row in 0..batch.inputs.rows() {
            assert_eq!(batch.inputs.row(row), dataset.inputs.row(batch.points[row] as usize));
        }
    }

    #[test]
    fn each_augmentation_does_what_it_says() {
        let plain = Config { jitter: 0.0, rotation: 0.0, ..Config::default() };
        let norm = |row: &[f32]| row.iter().map(|value| value * value).sum::<f32>().sqrt();
        let (dataset, turned) = batch(&Config { rotation: 30.0, ..plain.clone() });
        let (_, scaled) = batch(&Config { scaling: 0.5, ..plain.clone() });
        let (_, flipped) = batch(&Config { flip: 1.0, ..plain.clone() });
        let (_, dropped) = batch(&Config { dropout: 1.0, ..plain.clone() });
        let mut largest_turn = 0f32;
        for row in 0..turned.inputs.rows() {
            let point = dataset.inputs.row(turned.points[row] as usize);
            let view = turned.inputs.row(row);
            assert!((norm(view) - norm(point)).abs() < 1e-5);
            let cosine = (view[0] * point[0] + view[1] * point[1]) / (norm(view) * norm(point));
            largest_turn = largest_turn.max(libm::acosf(cosine.min(1.0)).to_degrees());
            let point = dataset.inputs.row(scaled.points[row] as usize);
            let ratio = norm(scaled.inputs.row(row)) / norm(point);
            assert!((0.5..=1.5).contains(&ratio));
            let point = dataset.inputs.row(flipped.points[row] as usize);
            assert!(flipped.inputs.row(row).iter().zip(point).all(|(a, b)| *a == -*b));
            assert!(dropped.inputs.row(row).iter().all(|value| *value == 0.0));
        }
        assert!(largest_turn > 25.0 && largest_turn < 30.1, "{largest_turn}");
    }

    #[test]
    fn positives_by_label_are_other_points_of_the_class() {
        let (_, batch) = batch(&Config { positives: Positives::Labels, ..Config::default() });
        let pairs = batch.labels.len() / 2;
        for pair in 0..pairs {
            assert_eq!(batch.labels[pair], batch.labels[pairs + pair]);
            assert_ne!(batch.points[pair], batch.points[pairs + pair]);
        }
    }

    #[test]
    fn an_epoch_visits_every_point_once() {
        let config = Config { points: 64, batch: 16, ..Config::default() };
        let dataset = Dataset::new(&config);
        let mut sampler = Sampler::new(&dataset, 3);
        let mut seen = Vec::new();
        let mut batch = Batch::default();
        for _ in 0..4 {
            sampler.fill(&dataset, &config, &mut batch);
            seen.extend_from_slice(&batch.points[..16]);
        }
        seen.sort_unstable();
        assert_eq!(seen, (0..64).collect::<Vec<u32>>());
    }

    #[test]
    fn the_nuisance_is_drawn_afresh_and_nothing_else_is() {
        let config = Config { data: crate::learn::config::Data::Nuisance, jitter: 0.0, rotation: 0.0, ..Config::default() };
        let (dataset, batch) = batch(&config);
        let point = dataset.inputs.row(batch.points[0] as usize);
        assert_eq!(&batch.inputs.row(0)[..2], &point[..2]);
        assert_ne!(&batch.inputs.row(0)[2..], &point[2..]);
    }
}
