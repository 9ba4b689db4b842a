//! Points of one's own: drawn, or read from a table.

use super::{Field, Problem, Value};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// A labelled set of points: `x,y,class` each, with `~` between the points and as many coordinates as the first one has.
///
/// Coordinates are kept to a thousandth, so that a text gives the same run. A copy shares the points.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct OwnPoints(Arc<Points>);

#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
struct Points {
    /// Coordinates of a point.
    dimension: u8,
    /// All coordinates, in thousandths.
    thousandths: Vec<i16>,
    /// The class of each point.
    labels: Vec<u8>,
}

/// The unit in which coordinates are kept.
const THOUSANDTH: f32 = 0.001;

impl OwnPoints {
    /// The most points of a set.
    pub const MOST: usize = 10_000;
    /// The fewest points that can be trained on.
    pub const FEWEST: usize = 2;
    /// The dimensions that a set can have.
    pub const DIMENSIONS: std::ops::RangeInclusive<usize> = 2..=16;
    /// The classes that there can be.
    pub const CLASSES: usize = 12;
    /// The largest size of a coordinate.
    pub const FARTHEST: f32 = 32.0;

    /// Creates a set from the points' coordinates, one behind the other, and their classes. Fails where there are too many points, dimensions
    /// or classes, or a coordinate is out of range.
    pub fn new(dimension: usize, coordinates: &[f32], labels: &[u8]) -> Result<Self, Problem> {
        let is_sound = |value: &f32| value.abs() <= Self::FARTHEST;
        if labels.len() > Self::MOST
            || !Self::DIMENSIONS.contains(&dimension)
            || coordinates.len() != dimension * labels.len()
            || labels.iter().any(|label| usize::from(*label) >= Self::CLASSES)
            || !coordinates.iter().all(is_sound)
        {
            return Err(Problem::NotPoints);
        }
        let thousandths = coordinates.iter().map(|value| (value / THOUSANDTH).round() as i16).collect();
        Ok(Self(Arc::new(Points { dimension: dimension as u8, thousandths, labels: labels.to_vec() })))
    }

    /// Returns the number of points.
    pub fn len(&self) -> usize {
        self.0.labels.len()
    }

    /// Returns true if there is no point.
    pub fn is_empty(&self) -> bool {
        self.0.labels.is_empty()
    }

    /// Returns the number of coordinates of a point; 2 where there is none.
    pub fn dimension(&self) -> usize {
        usize::from(self.0.dimension).max(2)
    }

    /// Returns the number of classes: one more than the largest that a point has.
    pub fn classes(&self) -> usize {
        self.0.labels.iter().max().map_or(1, |label| usize::from(*label) + 1)
    }

    /// Returns the points' classes.
    pub fn labels(&self) -> &[u8] {
        &self.0.labels
    }

    /// Returns all coordinates, one point behind the other.
    pub fn coordinates(&self) -> impl Iterator<Item = f32> + '_ {
        self.0.thousandths.iter().map(|value| f32::from(*value) * THOUSANDTH)
    }

    /// Returns the set with other points added. Fails as [`Self::new`] does.
    pub fn with(&self, coordinates: &[f32], labels: &[u8]) -> Result<Self, Problem> {
        let all: Vec<f32> = self.coordinates().chain(coordinates.iter().copied()).collect();
        Self::new(self.dimension(), &all, &[self.labels(), labels].concat())
    }

    /// Returns the set without the points for which `goes` is true.
    #[must_use]
    pub fn without(&self, goes: impl Fn(usize) -> bool) -> Self {
        let Points { dimension, thousandths, labels } = &*self.0;
        let stays: Vec<usize> = (0..labels.len()).filter(|point| !goes(*point)).collect();
        let width = usize::from(*dimension).max(1);
        Self(Arc::new(Points {
            dimension: *dimension,
            thousandths: stays.iter().flat_map(|point| &thousandths[point * width..(point + 1) * width]).copied().collect(),
            labels: stays.iter().map(|point| labels[*point]).collect(),
        }))
    }

    /// Returns the set with one point elsewhere. A place out of range is the nearest one within.
    #[must_use]
    pub fn with_moved(&self, point: usize, coordinates: &[f32]) -> Self {
        let mut points = (*self.0).clone();
        let width = usize::from(points.dimension);
        if let Some(place) = points.thousandths.get_mut(point * width..(point + 1) * width) {
            for (own, value) in place.iter_mut().zip(coordinates) {
                *own = (value.clamp(-Self::FARTHEST, Self::FARTHEST) / THOUSANDTH).round() as i16;
            }
        }
        Self(Arc::new(points))
    }

    /// Returns `Ok` if the set is one that [`Self::new`] creates. What was deserialised may hold anything.
    pub(super) fn check(&self) -> Result<(), Problem> {
        let Points { dimension, thousandths, labels } = &*self.0;
        let coordinates: Vec<f32> = thousandths.iter().map(|value| f32::from(*value) * THOUSANDTH).collect();
        if labels.is_empty() { Ok(()) } else { Self::new(usize::from(*dimension), &coordinates, labels).map(|_| ()) }
    }
}

impl fmt::Debug for OwnPoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} own points", self.len())
    }
}

impl fmt::Display for OwnPoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("none");
        }
        let Points { thousandths, labels, .. } = &*self.0;
        for (point, (row, label)) in thousandths.chunks_exact(self.dimension()).zip(labels).enumerate() {
            if point > 0 {
                f.write_str("~")?;
            }
            for value in row {
                // Exactly, without the noise of a division in f32.
                write!(f, "{},", f64::from(*value) / 1000.0)?;
            }
            label.fmt(f)?;
        }
        Ok(())
    }
}

impl FromStr for OwnPoints {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        if text == "none" {
            return Ok(Self::default());
        }
        let (mut dimension, mut coordinates, mut labels) = (0, Vec::new(), Vec::new());
        for (number, point) in text.split('~').enumerate() {
            let wrong = || Problem::NotPoint { number: number + 1 };
            let (place, label) = point.rsplit_once(',').ok_or_else(wrong)?;
            labels.push(label.trim().parse::<u8>().ok().filter(|label| usize::from(*label) < Self::CLASSES).ok_or_else(wrong)?);
            let start = coordinates.len();
            for value in place.split(',') {
                let value = value.trim().parse::<f32>().ok().filter(|value| value.abs() <= Self::FARTHEST).ok_or_else(wrong)?;
                coordinates.push(value);
            }
            let width = coordinates.len() - start;
            if number == 0 {
                dimension = width;
            }
            if width != dimension || !Self::DIMENSIONS.contains(&dimension) {
                return Err(wrong());
            }
            if number >= Self::MOST {
                return Err(Problem::NotPoints);
            }
        }
        Self::new(dimension, &coordinates, &labels)
    }
}

impl serde::Serialize for OwnPoints {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> serde::Deserialize<'de> for OwnPoints {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(Arc::new(Points::deserialize(deserializer)?)))
    }
}

impl Field for OwnPoints {
    fn value(&self) -> Value {
        Value::Points(self.clone())
    }
    fn from_value(value: Value) -> Option<Self> {
        if let Value::Points(value) = value { Some(value) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_reads_back_and_what_is_wrong_names_its_point() {
        let points = OwnPoints::new(2, &[1.25, -0.4, 31.999, 0.001], &[0, 11]).expect("valid");
        assert_eq!(points.to_string(), "1.25,-0.4,0~31.999,0.001,11");
        assert_eq!(points.to_string().parse(), Ok(points.clone()));
        assert_eq!((points.classes(), points.dimension(), points.len()), (12, 2, 2));
        assert_eq!("none".parse(), Ok(OwnPoints::default()));
        for (text, number) in
            [("", 1), ("1,2", 1), ("1,2,0~1,2,3,0", 2), ("1,2,0~NaN,2,0", 2), ("1,2,12", 1), ("1,2,0~1,33,0", 2), ("1,2,0~", 2)]
        {
            assert_eq!(text.parse::<OwnPoints>(), Err(Problem::NotPoint { number }), "{text}");
        }
        assert_eq!("1,1,0~".repeat(10_001).trim_end_matches('~').parse::<OwnPoints>(), Err(Problem::NotPoints));
    }

    #[test]
    fn points_come_go_and_move() {
        let points = OwnPoints::new(2, &[1.0, 2.0, 3.0, 4.0], &[0, 1]).expect("valid");
        let more = points.with(&[5.0, 6.0], &[2]).expect("valid");
        assert_eq!(more.to_string(), "1,2,0~3,4,1~5,6,2");
        assert_eq!(more.without(|point| point == 1).to_string(), "1,2,0~5,6,2");
        assert_eq!(more.with_moved(0, &[-9.0, 99.0]).to_string(), "-9,32,0~3,4,1~5,6,2");
        assert_eq!(OwnPoints::default().with(&[0.5, 0.5], &[3]).expect("valid").to_string(), "0.5,0.5,3");
        assert!(points.with(&[99.0, 0.0], &[0]).is_err() && points.without(|_| true).is_empty());
    }
}
