//! The sets of points and of small images to learn from. All points are drawn from random streams of the run's seed.

mod glyphs;
mod high;
mod plane;

pub use glyphs::Glyphs;

use super::config::{Config, Data};
use super::matrix::Matrix;
use super::random::Random;
use crate::rows::Spectrum;
use std::ops::Range;

/// Number of held-out points: they are not trained on, and the embedding's accuracy is measured on them.
pub const HELD_OUT: usize = 256;

/// The most images whose principal directions are found.
const MOST_ANALYSED: usize = 512;

/// Half the side of the plane around points of one's own is a multiple of this.
const OWN_EXTENT: f32 = 3.0;

/// A labelled set of points in the input space.
///
/// # Example
///
/// ```
/// use contrastive_learn::Config;
/// use contrastive_learn::data::Dataset;
///
/// let dataset = Dataset::new(&Config { points: 64, ..Config::default() });
/// assert_eq!((dataset.inputs.rows(), dataset.inputs.columns()), (64, 2));
/// assert_eq!(dataset.labels.len(), 64);
/// ```
#[derive(Clone, Debug)]
pub struct Dataset {
    /// Training points, [points, dimension].
    pub inputs: Matrix,
    /// Class of each training point, from 0.
    pub labels: Vec<u8>,
    /// Held-out points, `HELD_OUT` rows of the input's dimension; none of data of one's own, which are all there are.
    pub held_out_inputs: Matrix,
    /// Class of each held-out point.
    pub held_out_labels: Vec<u8>,
    /// Number of classes.
    pub classes: usize,
    /// On the set `nuisance`: the coordinates that do not depend on the class and are drawn anew for every view, and their standard
    /// deviation.
    pub nuisance: Option<(Range<usize>, f32)>,
    /// The plane through the input space that is shown.
    pub plane: InputPlane,
    /// The side of the images in pixels; none where the data are points.
    pub image_side: Option<usize>,
    /// The names of the classes, where they have any.
    pub class_names: Vec<&'static str>,
}

/// A plane through the input space. A point is shown at its coordinates along two orthonormal axes.
#[derive(Clone, Debug, PartialEq)]
pub struct InputPlane {
    /// The two axes, each as long as the input's dimension.
    pub axes: [Vec<f32>; 2],
    /// The input that is shown in the middle: the origin, or the mean image.
    pub middle: Vec<f32>,
    /// Half the side length of the square around the middle that is shown.
    pub half_extent: f32,
}

impl InputPlane {
    /// The plane through the mean along the first two principal directions of some of the inputs.
    fn principal(inputs: &Matrix) -> Self {
        let dimension = inputs.columns();
        let every = inputs.rows().div_ceil(MOST_ANALYSED).max(1);
        let rows: Vec<f32> = (0..inputs.rows()).step_by(every).flat_map(|row| inputs.row(row)).copied().collect();
        let some = Matrix::from_rows(&rows, dimension);
        let mut middle = vec![0.0; dimension];
        for row in 0..some.rows() {
            for (mean, value) in middle.iter_mut().zip(some.row(row)) {
                *mean += value / some.rows() as f32;
            }
        }
        let directions = Spectrum::new(&some, &Spectrum::default()).directions;
        let axes = [0, 1].map(|axis| directions[axis * dimension..(axis + 1) * dimension].to_vec());
        let mut plane = Self { axes, middle, half_extent: 0.0 };
        plane.half_extent = plane.farthest(inputs) * 1.08;
        plane
    }

    /// Returns how far from the middle the farthest of some inputs shows, at least 1.
    fn farthest(&self, inputs: &Matrix) -> f32 {
        (0..inputs.rows()).map(|row| self.project(inputs.row(row))).fold(1.0, |far: f32, [x, y]| far.max(x.abs()).max(y.abs()))
    }

    /// Returns the plane's coordinates (x, y) of the orthogonal projection of `input`.
    pub fn project(&self, input: &[f32]) -> [f32; 2] {
        [0, 1].map(|axis| self.axes[axis].iter().zip(input).zip(&self.middle).map(|((a, b), middle)| a * (b - middle)).sum())
    }

    /// Writes the point of the plane with the plane's coordinates (x, y) into `input`.
    pub fn lift(&self, [x, y]: [f32; 2], input: &mut [f32]) {
        for (k, value) in input.iter_mut().enumerate() {
            *value = x * self.axes[0][k] + y * self.axes[1][k] + self.middle[k];
        }
    }
}

impl Data {
    /// Returns the number of classes of the set: `chosen`, or the set's own number if that is fixed. Data of one's own have as many as they
    /// say.
    pub fn class_count(self, chosen: u32) -> Option<u32> {
        match self {
            Self::Moons | Self::Spirals | Self::Xor => Some(2),
            Self::Spirals3 => Some(3),
            Self::Blobs | Self::Overlap | Self::Circles | Self::Pinwheel | Self::Roll | Self::Nuisance | Self::Lifted | Self::Rings => {
                Some(chosen)
            }
            Self::Shapes | Self::Digits | Self::Shades | Self::Places => self.glyphs().map(|glyphs| glyphs.classes() as u32),
            Self::Own | Self::Images => None,
        }
    }

    /// Returns true if the data are points or images of one's own.
    pub fn are_own(self) -> bool {
        matches!(self, Self::Own | Self::Images)
    }

    /// Returns true if the data are images.
    pub fn are_images(self) -> bool {
        self == Self::Images || self.glyphs().is_some()
    }

    /// Returns what the images of the set show that the program draws; none of other sets.
    pub fn glyphs(self) -> Option<Glyphs> {
        match self {
            Self::Shapes => Some(Glyphs::Shapes),
            Self::Digits => Some(Glyphs::Digits),
            Self::Shades => Some(Glyphs::Shades),
            Self::Places => Some(Glyphs::Places),
            _ => None,
        }
    }
}

impl Config {
    /// Returns the dimension of the input space.
    pub fn input_dimension(&self) -> usize {
        match self.data {
            Data::Roll => 3,
            Data::Nuisance => 4,
            Data::Lifted => high::LIFTED_DIMENSION,
            Data::Own => self.own.dimension(),
            Data::Images => self.own_images.side() * self.own_images.side(),
            data if data.glyphs().is_some() => self.size.side() * self.size.side(),
            _ => 2,
        }
    }
}

/// Draws the points of one set, first the training points, then the held-out points.
struct Drawer<'a> {
    config: &'a Config,
    classes: usize,
    random: Random,
    /// Two orthonormal vectors, one after the other, on the set `lifted`; empty on other sets.
    frame: Vec<f32>,
}

impl Dataset {
    /// Draws the set that `config` names. Point i belongs to class i mod `classes`, so that the classes have equal sizes up to one.
    pub fn new(config: &Config) -> Self {
        let Some(classes) = config.data.class_count(config.classes) else {
            return if config.data == Data::Images { Self::own_images(config) } else { Self::own(config) };
        };
        if let Some(glyphs) = config.data.glyphs() {
            return Self::images(config, glyphs);
        }
        let classes = classes as usize;
        let dimension = config.input_dimension();
        let mut drawer = Drawer { config, classes, random: Random::new(config.seed, "data"), frame: Vec::new() };
        if config.data == Data::Lifted {
            drawer.frame = high::frame(&mut Random::new(config.seed, "frame"));
        }
        let mut draw = |count: usize| {
            let mut inputs = Matrix::zeros(count, dimension);
            let labels: Vec<u8> = (0..count).map(|i| (i % classes) as u8).collect();
            for (i, label) in labels.iter().enumerate() {
                drawer.draw(usize::from(*label), inputs.row_mut(i));
            }
            (inputs, labels)
        };
        let (inputs, labels) = draw(config.points as usize);
        let (held_out_inputs, held_out_labels) = draw(HELD_OUT);
        let axes = match config.data {
            Data::Lifted => [drawer.frame[..dimension].to_vec(), drawer.frame[dimension..].to_vec()],
            Data::Nuisance => [unit(dimension, 0), unit(dimension, 2)],
            _ => [unit(dimension, 0), unit(dimension, 1)],
        };
        let mut plane = InputPlane { axes, middle: vec![0.0; dimension], half_extent: 0.0 };
        plane.half_extent = plane.farthest(&inputs) * 1.08;
        let nuisance = (config.data == Data::Nuisance).then_some((2..4, config.rest));
        Self { inputs, labels, held_out_inputs, held_out_labels, classes, nuisance, plane, image_side: None, class_names: Vec::new() }
    }

    /// Images, each drawn from a stream of its own, so that the number of images and their size change none of them. They are shown along the
    /// first two principal directions of their pixels.
    fn images(config: &Config, glyphs: Glyphs) -> Self {
        let (side, classes) = (config.size.side(), glyphs.classes());
        let draw = |count: usize, purpose: &str| {
            let labels: Vec<u8> = (0..count).map(|image| (image % classes) as u8).collect();
            let mut inputs = Matrix::zeros(count, side * side);
            for (image, label) in labels.iter().enumerate() {
                let mut random = Random::of_item(config.seed, purpose, image as u32);
                glyphs.draw(usize::from(*label), side, config.variation, &mut random, inputs.row_mut(image));
            }
            (inputs, labels)
        };
        let (inputs, labels) = draw(config.points as usize, "images");
        let (held_out_inputs, held_out_labels) = draw(HELD_OUT, "held-out images");
        let plane = InputPlane::principal(&inputs);
        let class_names = (0..classes).map(|class| glyphs.class_name(class)).collect();
        Self { inputs, labels, held_out_inputs, held_out_labels, classes, nuisance: None, plane, image_side: Some(side), class_names }
    }

    /// The images of one's own, shown as [`Self::images`] are.
    fn own_images(config: &Config) -> Self {
        let own = &config.own_images;
        let pixels: Vec<f32> = own.pixels().collect();
        let inputs = Matrix::from_rows(&pixels, own.side() * own.side());
        let plane = InputPlane::principal(&inputs);
        Self {
            inputs,
            labels: own.labels().to_vec(),
            held_out_inputs: Matrix::default(),
            held_out_labels: Vec::new(),
            classes: own.classes(),
            nuisance: None,
            plane,
            image_side: Some(own.side()),
            class_names: Vec::new(),
        }
    }

    /// The points of one's own. In more than two dimensions they are shown along their first two principal directions.
    fn own(config: &Config) -> Self {
        let own = &config.own;
        let dimension = own.dimension();
        let coordinates: Vec<f32> = own.coordinates().collect();
        let inputs = Matrix::from_rows(&coordinates, dimension);
        let axes = if dimension == 2 {
            [unit(2, 0), unit(2, 1)]
        } else {
            let directions = Spectrum::new(&inputs, &Spectrum::default()).directions;
            [0, 1].map(|axis| directions[axis * dimension..(axis + 1) * dimension].to_vec())
        };
        let mut plane = InputPlane { axes, middle: vec![0.0; dimension], half_extent: 0.0 };
        // In steps, so that the picture does not jump with every point that is drawn.
        let farthest = plane.farthest(&inputs).max(OWN_EXTENT / 1.08);
        plane.half_extent = (farthest * 1.08 / OWN_EXTENT).ceil() * OWN_EXTENT;
        Self {
            inputs,
            labels: own.labels().to_vec(),
            held_out_inputs: Matrix::default(),
            held_out_labels: Vec::new(),
            classes: own.classes(),
            nuisance: None,
            plane,
            image_side: None,
            class_names: Vec::new(),
        }
    }
}

/// Returns the unit vector along coordinate `k`.
fn unit(dimension: usize, k: usize) -> Vec<f32> {
    (0..dimension).map(|i| if i == k { 1.0 } else { 0.0 }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_set_is_balanced_and_finite_and_depends_on_the_seed() {
        for data in Data::ALL.iter().filter(|data| !data.are_own()) {
            let config = Config { data: *data, points: 240, ..Config::default() };
            let set = Dataset::new(&config);
            assert_eq!(set.inputs.columns(), config.input_dimension());
            assert_eq!(set.inputs.rows(), 240);
            assert_eq!(set.held_out_inputs.rows(), HELD_OUT);
            assert!(set.inputs.data().iter().all(|value| value.is_finite()));
            for class in 0..set.classes {
                assert_eq!(set.labels.iter().filter(|label| usize::from(**label) == class).count(), 240 / set.classes);
            }
            assert_eq!(set.inputs, Dataset::new(&config).inputs, "{data:?} replays");
            assert_ne!(set.inputs, Dataset::new(&Config { seed: 8, ..config.clone() }).inputs, "{data:?} follows the seed");
            let shown = set.plane.project(set.inputs.row(0));
            let mut lifted = vec![0.0; config.input_dimension()];
            set.plane.lift(shown, &mut lifted);
            let again = set.plane.project(&lifted);
            assert!((0..2).all(|axis| (shown[axis] - again[axis]).abs() < 1e-4), "{data:?}: the axes are orthonormal");
        }
    }

    #[test]
    fn more_points_keep_the_first_ones() {
        let small = Dataset::new(&Config { points: 64, ..Config::default() });
        let large = Dataset::new(&Config { points: 128, ..Config::default() });
        assert_eq!(small.inputs.row(63), large.inputs.row(63));
    }
}
