//! How embeddings come onto the sphere that is drawn.

use crate::learn::config::Similarity;
use crate::learn::report::Snapshot;
use crate::learn::rows::norm;
use nalgebra::{UnitQuaternion, Vector3};

/// The least extent: rows of no length at all are in the middle.
const LEAST: f32 = 1e-6;

/// How the sphere is turned at first.
pub fn first_view() -> UnitQuaternion<f32> {
    UnitQuaternion::from_euler_angles(0.42, -0.5, 0.0)
}

/// The length that is drawn as the sphere's radius: 1, or that of the longest row where rows are not on the unit sphere.
pub fn extent(snapshot: &Snapshot) -> f32 {
    if snapshot.config.compared() == Similarity::Cosine {
        1.0
    } else {
        snapshot.embeddings.chunks_exact(snapshot.dim.max(1)).map(norm).fold(LEAST, f32::max)
    }
}

/// Which numbers of an embedding are shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Axes<'a> {
    /// The first three coordinates, or all two.
    First,
    /// Those along three directions, each as long as the dimension, one behind the other.
    Along(&'a [f32]),
    /// Two chosen coordinates.
    Pair([usize; 2]),
}

impl<'a> Axes<'a> {
    /// All coordinates of up to three, the principal directions of more.
    pub fn of(snapshot: &'a Snapshot) -> Self {
        let directions = snapshot.spectrum.directions.as_slice();
        if snapshot.dim > 3 && directions.len() == 3 * snapshot.dim { Self::Along(directions) } else { Self::First }
    }
}

/// Where an embedding is seen, on a sphere of radius 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// Towards the right.
    pub x: f32,
    /// Upwards.
    pub y: f32,
    /// Towards the eye, from -1 to 1; on a circle 1 everywhere.
    pub depth: f32,
}

/// How embeddings come onto the sphere: without perspective.
#[derive(Clone, Debug)]
pub struct Projection<'a> {
    dim: usize,
    axes: Axes<'a>,
    rotation: UnitQuaternion<f32>,
    extent: f32,
    is_flat: bool,
    /// What each coordinate of an embedding adds to its place as it is turned: thousands of points go this way in every frame.
    turned: Vec<[f32; 3]>,
}

impl<'a> Projection<'a> {
    /// The length of a row that is shown at radius 1.
    pub fn extent(&self) -> f32 {
        self.extent
    }

    /// Shows these numbers of embeddings of `dim` coordinates, turned, with `extent` at radius 1.
    pub fn new(dim: usize, axes: Axes<'a>, rotation: UnitQuaternion<f32>, extent: f32) -> Self {
        let is_flat = dim == 2 || matches!(axes, Axes::Pair(_));
        let mut projection = Self { dim, axes, rotation, extent: extent.max(LEAST), is_flat, turned: Vec::with_capacity(dim) };
        let mut unit = vec![0.0; dim];
        for k in 0..dim {
            unit[k] = 1.0;
            let turned = projection.turn(projection.shown(&unit));
            projection.turned.push(turned.into());
            unit[k] = 0.0;
        }
        projection
    }

    /// Shows an embedding as it is shown until somebody turns it.
    pub fn at_first(snapshot: &'a Snapshot) -> Self {
        Self::new(snapshot.dim, Axes::of(snapshot), first_view(), extent(snapshot))
    }

    /// Coordinates of an embedding.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// Which of them are shown.
    pub fn axes(&self) -> Axes<'a> {
        self.axes
    }

    /// How the sphere is turned.
    pub fn rotation(&self) -> &UnitQuaternion<f32> {
        &self.rotation
    }

    /// Whether a circle is shown instead of the sphere.
    pub fn is_flat(&self) -> bool {
        self.is_flat
    }

    /// The three numbers that are shown of an embedding, before the sphere is turned.
    pub fn shown(&self, row: &[f32]) -> Vector3<f32> {
        let shown = match self.axes {
            Axes::Pair([x, y]) => Vector3::new(row[x], row[y], 0.0),
            Axes::Along(directions) => {
                let along = |k: usize| directions[k * self.dim..][..self.dim].iter().zip(row).map(|(a, b)| a * b).sum();
                Vector3::new(along(0), along(1), along(2))
            }
            Axes::First => Vector3::new(row[0], row[1], row.get(2).copied().unwrap_or(0.0)),
        };
        shown / self.extent
    }

    /// Where an embedding is seen.
    pub fn place(&self, row: &[f32]) -> Place {
        let [mut x, mut y, mut z] = [0.0; 3];
        for (value, [along_x, along_y, along_z]) in row.iter().zip(&self.turned) {
            x += value * along_x;
            y += value * along_y;
            z += value * along_z;
        }
        self.seen(x, y, z)
    }

    /// Where those three numbers are seen.
    pub fn place_of_shown(&self, position: Vector3<f32>) -> Place {
        let turned = self.turn(position);
        self.seen(turned.x, turned.y, turned.z)
    }

    fn turn(&self, position: Vector3<f32>) -> Vector3<f32> {
        if self.is_flat { position } else { self.rotation * position }
    }

    fn seen(&self, x: f32, y: f32, z: f32) -> Place {
        Place { x, y, depth: if self.is_flat { 1.0 } else { z } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::rows::Spectrum;
    use crate::learn::{Config, Trainer};

    fn length(place: Place) -> f32 {
        (place.x * place.x + place.y * place.y + place.depth * place.depth).sqrt()
    }

    #[test]
    fn whatever_is_not_on_the_sphere_fits_into_its_outline() {
        for link in ["similarity=dot", "method=vicreg", "method=autoencoder", "method=vae", "method=gan"] {
            let mut config = Config { points: 64, batch: 16, ..Config::default() };
            let (key, word) = link.split_once('=').expect("a pair");
            config.set_text(key, word).expect("valid");
            let mut trainer = Trainer::new(config).expect("valid");
            let snapshot = trainer.snapshot();
            let longest = snapshot.embeddings.chunks_exact(3).map(norm).fold(0.0, f32::max);
            assert!((extent(&snapshot) - longest).abs() < 1e-6, "{link}: {longest}");
        }
    }

    #[test]
    fn turning_keeps_lengths_and_up_is_up() {
        let projection = Projection::new(3, Axes::First, first_view(), 1.0);
        assert!((length(projection.place(&[0.6, 0.0, 0.8])) - 1.0).abs() < 1e-6);
        assert!(projection.place(&[0.0, 1.0, 0.0]).y > 0.85);
    }

    #[test]
    fn rows_are_seen_where_their_shown_numbers_are() {
        let directions = [0.6, 0.8, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0];
        for axes in [Axes::First, Axes::Along(&directions), Axes::Pair([3, 1])] {
            let projection = Projection::new(4, axes, first_view(), 2.0);
            let row = [0.1, -0.7, 0.4, 1.2];
            let (place, other) = (projection.place(&row), projection.place_of_shown(projection.shown(&row)));
            assert!((place.x - other.x).abs() < 1e-6 && (place.y - other.y).abs() < 1e-6 && (place.depth - other.depth).abs() < 1e-6);
            assert_eq!(projection.is_flat(), matches!(axes, Axes::Pair(_)));
        }
        let pair = Projection::new(4, Axes::Pair([3, 1]), first_view(), 2.0);
        assert_eq!(pair.place(&[0.1, -0.8, 0.4, 1.2]), Place { x: 0.6, y: -0.4, depth: 1.0 });
    }

    #[test]
    fn the_longest_row_is_on_the_sphere_where_rows_are_not_normalised() {
        let mut trainer = Trainer::new(Config { similarity: Similarity::Dot, dim: 3, points: 120, ..Config::default() }).expect("valid");
        let snapshot = trainer.snapshot();
        let projection = Projection::at_first(&snapshot);
        let longest = snapshot.embeddings.chunks_exact(3).map(|row| length(projection.place(row))).fold(0.0, f32::max);
        assert!((longest - 1.0).abs() < 1e-5, "{longest}");
    }

    #[test]
    fn directions_that_are_not_there_yet_leave_the_first_coordinates() {
        let mut snapshot = Snapshot { dim: 5, embeddings: vec![0.0; 5], ..Snapshot::default() };
        assert_eq!(Axes::of(&snapshot), Axes::First);
        assert_eq!(extent(&snapshot), 1.0);
        snapshot.spectrum = Spectrum { directions: vec![0.5; 15], ..Spectrum::default() };
        assert_eq!(Axes::of(&snapshot), Axes::Along(&[0.5; 15]));
    }
}
