//! Images of one's own, read from files.

use super::{Field, Problem, Value};
use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::sync::Arc;

/// A labelled set of small square grey images: `class,pixels` each, with `~` between the images. A pixel is a hexadecimal digit, row by row from
/// the top: 0 is the paper and f is ink.
///
/// Sixteen greys are kept, so that a text gives the same run and is not long. A copy shares the images.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct OwnImages(Arc<Images>);

#[derive(Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
struct Images {
    /// Side in pixels.
    side: u8,
    /// The grey of every pixel, from 0 to [`OwnImages::INK`].
    #[serde(with = "serde_bytes")]
    greys: Vec<u8>,
    /// The class of each image.
    #[serde(with = "serde_bytes")]
    labels: Vec<u8>,
}

impl OwnImages {
    /// The most images of a set.
    pub const MOST: usize = 10_000;
    /// The fewest images that can be trained on.
    pub const FEWEST: usize = 2;
    /// The sides that images can have, in pixels.
    pub const SIDES: RangeInclusive<usize> = 4..=16;
    /// The classes that there can be.
    pub const CLASSES: usize = 12;
    /// The grey of full ink.
    pub const INK: u8 = 15;

    /// Creates a set from the greys of all pixels, one image behind the other, and the images' classes. Fails where there are too many images or
    /// classes, or a side or a grey is out of range.
    pub fn new(side: usize, greys: &[u8], labels: &[u8]) -> Result<Self, Problem> {
        if labels.len() > Self::MOST
            || !Self::SIDES.contains(&side)
            || greys.len() != side * side * labels.len()
            || labels.iter().any(|label| usize::from(*label) >= Self::CLASSES)
            || greys.iter().any(|grey| *grey > Self::INK)
        {
            return Err(Problem::NotImages);
        }
        Ok(Self(Arc::new(Images { side: side as u8, greys: greys.to_vec(), labels: labels.to_vec() })))
    }

    /// Returns the number of images.
    pub fn len(&self) -> usize {
        self.0.labels.len()
    }

    /// Returns true if there is no image.
    pub fn is_empty(&self) -> bool {
        self.0.labels.is_empty()
    }

    /// Returns the side of the images in pixels; the least one where there is none.
    pub fn side(&self) -> usize {
        usize::from(self.0.side).max(*Self::SIDES.start())
    }

    /// Returns the number of classes: one more than the largest that an image has.
    pub fn classes(&self) -> usize {
        self.0.labels.iter().max().map_or(1, |label| usize::from(*label) + 1)
    }

    /// Returns the images' classes.
    pub fn labels(&self) -> &[u8] {
        &self.0.labels
    }

    /// Returns all pixels, one image behind the other, from 0 to 1 for ink.
    pub fn pixels(&self) -> impl Iterator<Item = f32> + '_ {
        self.0.greys.iter().map(|grey| f32::from(*grey) / f32::from(Self::INK))
    }

    /// Returns `Ok` if the set is one that [`Self::new`] creates. What was deserialised may hold anything.
    pub(super) fn check(&self) -> Result<(), Problem> {
        let Images { side, greys, labels } = &*self.0;
        if labels.is_empty() && greys.is_empty() { Ok(()) } else { Self::new(usize::from(*side), greys, labels).map(|_| ()) }
    }
}

impl fmt::Debug for OwnImages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} own images", self.len())
    }
}

impl fmt::Display for OwnImages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("none");
        }
        let Images { greys, labels, .. } = &*self.0;
        let mut text = String::with_capacity(greys.len() + 4 * labels.len());
        for (image, (pixels, label)) in greys.chunks_exact(self.side() * self.side()).zip(labels).enumerate() {
            if image > 0 {
                text.push('~');
            }
            text.push_str(&label.to_string());
            text.push(',');
            text.extend(pixels.iter().filter_map(|grey| char::from_digit(u32::from(*grey), 16)));
        }
        f.write_str(&text)
    }
}

impl FromStr for OwnImages {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        if text == "none" {
            return Ok(Self::default());
        }
        let (mut side, mut greys, mut labels) = (0, Vec::new(), Vec::new());
        for (number, image) in text.split('~').enumerate() {
            if number >= Self::MOST {
                return Err(Problem::NotImages);
            }
            let wrong = || Problem::NotImage { number: number + 1 };
            let (label, pixels) = image.split_once(',').ok_or_else(wrong)?;
            labels.push(label.trim().parse::<u8>().ok().filter(|label| usize::from(*label) < Self::CLASSES).ok_or_else(wrong)?);
            let start = greys.len();
            for digit in pixels.trim().chars() {
                greys.push(digit.to_digit(16).ok_or_else(wrong)? as u8);
            }
            let count = greys.len() - start;
            if number == 0 {
                side = count.isqrt();
            }
            if count != side * side || !Self::SIDES.contains(&side) {
                return Err(wrong());
            }
        }
        Self::new(side, &greys, &labels)
    }
}

impl serde::Serialize for OwnImages {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> serde::Deserialize<'de> for OwnImages {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(Arc::new(Images::deserialize(deserializer)?)))
    }
}

impl Field for OwnImages {
    fn value(&self) -> Value {
        Value::Images(self.clone())
    }
    fn from_value(value: Value) -> Option<Self> {
        if let Value::Images(value) = value { Some(value) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_reads_back_and_what_is_wrong_names_its_image() {
        let greys: Vec<u8> = (0..32).map(|place| place % 16).collect();
        let images = OwnImages::new(4, &greys, &[0, 11]).expect("valid");
        assert_eq!(images.to_string(), "0,0123456789abcdef~11,0123456789abcdef");
        assert_eq!(images.to_string().parse(), Ok(images.clone()));
        assert_eq!((images.classes(), images.side(), images.len()), (12, 4, 2));
        assert_eq!(images.pixels().nth(15), Some(1.0));
        assert_eq!("none".parse(), Ok(OwnImages::default()));
        let nine = "0".repeat(9);
        let many = "0".repeat(17 * 17);
        let sixteen = "0".repeat(16);
        for (text, number) in [
            (String::new(), 1),
            (format!("0,{nine}"), 1),
            (format!("0,{many}"), 1),
            (format!("0,{sixteen}~1,{sixteen}0"), 2),
            (format!("0,{sixteen}~12,{sixteen}"), 2),
            (format!("0,{sixteen}~1,g{}", &sixteen[1..]), 2),
            (format!("0,{sixteen}~"), 2),
        ] {
            assert_eq!(text.parse::<OwnImages>(), Err(Problem::NotImage { number }), "{text}");
        }
        let many = format!("0,{sixteen}~").repeat(10_001);
        assert_eq!(many.trim_end_matches('~').parse::<OwnImages>(), Err(Problem::NotImages));
        assert!(OwnImages::new(4, &[16; 16], &[0]).is_err() && OwnImages::new(4, &[0; 15], &[0]).is_err());
    }
}
