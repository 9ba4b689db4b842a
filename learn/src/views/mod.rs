//! Batches of positive pairs, and the augmentation that makes a view of a point or of an image.

mod images;

pub use images::ImageViews;

use super::config::Config;
use super::data::Dataset;
use super::matrix::Matrix;
use super::random::Random;

/// A batch of N pairs in 2N rows: first view a of every pair, then view b of every pair.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// The encoder's inputs, [2N, dimension].
    pub inputs: Matrix,
    /// Class of each row.
    pub labels: Vec<u8>,
    /// Index of the training point of which each row is a view.
    pub points: Vec<u32>,
    /// The training point of which each row is a view, as it is, [2N, dimension]; empty where nobody rebuilds it.
    pub clean: Matrix,
}

/// Draws batches. Each epoch uses every point once as an anchor, in a new random order.
#[derive(Clone, Debug)]
pub struct Sampler {
    /// The points in the order of this epoch.
    order: Vec<u32>,
    /// Index in `order` of the next anchor.
    next: usize,
    /// The points of each class.
    by_class: Vec<Vec<u32>>,
    /// The stream of the orders and of the positives by label.
    batches: Random,
    /// The stream of the views.
    augmentation: Random,
    /// Working memory for views of images.
    scratch: Vec<f32>,
}

impl Sampler {
    /// Creates the sampler of the run with this seed, before its first batch.
    pub fn new(dataset: &Dataset, seed: u32) -> Self {
        let mut by_class = vec![Vec::new(); dataset.classes];
        for (point, label) in (0..).zip(&dataset.labels) {
            by_class[usize::from(*label)].push(point);
        }
        let order: Vec<u32> = (0..dataset.labels.len() as u32).collect();
        let next = order.len();
        Self {
            order,
            next,
            by_class,
            batches: Random::new(seed, "batches"),
            augmentation: Random::new(seed, "augmentation"),
            scratch: scratch(dataset),
        }
    }

    /// Goes on with another data set: from here on a new epoch, and the streams as they are.
    pub fn renew(&mut self, dataset: &Dataset) {
        let (batches, augmentation) = (self.batches.clone(), self.augmentation.clone());
        *self = Self { batches, augmentation, ..Self::new(dataset, 0) };
    }

    /// Copies the state of `other`, a sampler of the same data set, without allocating.
    pub fn copy_from(&mut self, other: &Self) {
        self.order.clone_from(&other.order);
        self.next = other.next;
        self.batches = other.batches.clone();
        self.augmentation = other.augmentation.clone();
    }

    /// Fills `batch` with the next `config.batch` pairs. Allocates only if the batch needs more memory than it ever had.
    pub fn fill(&mut self, dataset: &Dataset, config: &Config, batch: &mut Batch) {
        let pairs = config.batch as usize;
        batch.inputs.fit(2 * pairs, dataset.inputs.columns());
        batch.labels.resize(2 * pairs, 0);
        batch.points.resize(2 * pairs, 0);
        if config.method.rebuilds() {
            batch.clean.fit(2 * pairs, dataset.inputs.columns());
        }
        for pair in 0..pairs {
            let anchor = self.next_point();
            let positive = config.positives.partner(anchor, || self.other_of_class(anchor, dataset.labels[anchor as usize]));
            for (row, point) in [(pair, anchor), (pairs + pair, positive)] {
                batch.points[row] = point;
                batch.labels[row] = dataset.labels[point as usize];
                make_view(dataset, config, point, &mut self.augmentation, batch.inputs.row_mut(row), &mut self.scratch);
                if config.method.rebuilds() {
                    batch.clean.row_mut(row).copy_from_slice(dataset.inputs.row(point as usize));
                }
            }
        }
    }

    /// Returns the next anchor; starts a new epoch after the last.
    fn next_point(&mut self) -> u32 {
        if self.next == self.order.len() {
            self.batches.shuffle(&mut self.order);
            self.next = 0;
        }
        self.next += 1;
        self.order[self.next - 1]
    }

    /// Draws another point of the anchor's class `label`. Returns the anchor if its class has no other point.
    fn other_of_class(&mut self, anchor: u32, label: u8) -> u32 {
        let members = &self.by_class[usize::from(label)];
        if members.len() < 2 {
            return anchor;
        }
        // Uniform over the other members: a draw from all members but the last, in which the last one replaces the anchor.
        let drawn = members[self.batches.below(members.len() - 1)];
        if drawn == anchor { members[members.len() - 1] } else { drawn }
    }
}

/// Returns working memory for [`make_view`].
pub fn scratch(dataset: &Dataset) -> Vec<f32> {
    vec![0.0; dataset.image_side.map_or(0, ImageViews::scratch)]
}

/// Writes a view of `point` into `view`. `scratch` is that of [`scratch()`]. Views of images are [`ImageViews`]'s; those of points follow.
///
/// If both rows of a pair are the same input, it is the point itself. Else, on the set `nuisance`, the nuisance coordinates are drawn anew. If
/// positives are views, the augmentation follows, in this order:
/// rotation of the coordinate pairs (0, 1), (2, 3)..., each by its own angle; scaling; axis flips; jitter; coordinate drop-out. If
/// positives come from labels, there is no augmentation.
pub fn make_view(dataset: &Dataset, config: &Config, point: u32, random: &mut Random, view: &mut [f32], scratch: &mut [f32]) {
    view.copy_from_slice(dataset.inputs.row(point as usize));
    if config.positives.are_the_same() {
        return;
    }
    if let Some(side) = dataset.image_side {
        if config.positives.are_augmented() {
            config.image_views().apply(side, random, view, scratch);
        }
        return;
    }
    if let Some((coordinates, deviation)) = &dataset.nuisance
        && config.redraw > 0.0
    {
        // The parts' squares add up to 1, so that views spread as points do.
        let kept = (1.0 - config.redraw * config.redraw).sqrt();
        for value in &mut view[coordinates.clone()] {
            *value = kept * *value + config.redraw * deviation * random.normal();
        }
    }
    if !config.positives.are_augmented() {
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

impl Config {
    /// Returns the augmentation of images.
    pub fn image_views(&self) -> ImageViews {
        let Self { shift, crop, spin, turn, mirror, erase, grain, contrast, blur, .. } = *self;
        ImageViews { shift, crop, spin, turn, mirror, erase, grain, contrast, blur }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Positives;

    fn batch(config: &Config) -> (Dataset, Batch) {
        let dataset = Dataset::new(config);
        let mut batch = Batch::default();
        Sampler::new(&dataset, config.seed).fill(&dataset, config, &mut batch);
        (dataset, batch)
    }

    #[test]
    fn without_augmentation_both_views_equal_the_point() {
        let config = Config { jitter: 0.0, rotation: 0.0, ..Config::default() };
        let (dataset, batch) = batch(&config);
        for row in 0..batch.inputs.rows() {
            assert_eq!(batch.inputs.row(row), dataset.inputs.row(batch.points[row] as usize));
        }
    }

    #[test]
    fn each_augmentation_changes_the_view_as_documented() {
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
    fn a_nuisance_that_is_redrawn_in_part_keeps_its_spread() {
        let plain = Config { data: crate::config::Data::Nuisance, jitter: 0.0, rotation: 0.0, rest: 2.0, ..Config::default() };
        for redraw in [0.0, 0.3, 0.7, 1.0] {
            let (dataset, batch) = batch(&Config { redraw, points: 2000, batch: 1000, ..plain.clone() });
            let (mut kept, mut square) = (0.0, 0.0);
            for row in 0..batch.inputs.rows() {
                let point = dataset.inputs.row(batch.points[row] as usize);
                for (view, own) in batch.inputs.row(row)[2..].iter().zip(&point[2..]) {
                    (kept, square) = (kept + view * own / 4.0, square + view * view / 4.0);
                }
            }
            let [kept, square] = [kept, square].map(|sum| sum / (2 * batch.inputs.rows()) as f32);
            assert!((square - 1.0).abs() < 0.1, "{redraw}: {square}");
            assert!((kept - (1.0 - redraw * redraw).sqrt()).abs() < 0.1, "{redraw}: {kept}");
        }
    }

    #[test]
    fn only_the_nuisance_coordinates_are_drawn_anew() {
        let config = Config { data: crate::config::Data::Nuisance, jitter: 0.0, rotation: 0.0, ..Config::default() };
        let (dataset, batch) = batch(&config);
        let point = dataset.inputs.row(batch.points[0] as usize);
        assert_eq!(&batch.inputs.row(0)[..2], &point[..2]);
        assert_ne!(&batch.inputs.row(0)[2..], &point[2..]);
    }
}
