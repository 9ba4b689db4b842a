//! The widths of an encoder's hidden layers.

use super::Problem;
use std::{fmt, str::FromStr};

/// The widths of zero to four hidden layers of 1 to 128 units each, written `64,64`; no hidden layer is written `none`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Layers {
    count: u8,
    widths: [u8; Self::MOST],
}

impl Layers {
    /// The most hidden layers an encoder has.
    pub const MOST: usize = 4;
    /// The most units a hidden layer has.
    pub const WIDEST: u32 = 128;

    /// Creates the list from the widths, first the layer next to the input. Returns an error if there are more than [`Self::MOST`]
    /// widths or one is not in `1..=WIDEST`.
    pub fn new(widths: &[u32]) -> Result<Self, Problem> {
        let mut layers = Self::default();
        if widths.len() > Self::MOST || widths.iter().any(|width| !(1..=Self::WIDEST).contains(width)) {
            return Err(Problem::NotLayers);
        }
        for (slot, width) in layers.widths.iter_mut().zip(widths) {
            *slot = *width as u8;
        }
        layers.count = widths.len() as u8;
        Ok(layers)
    }

    /// Returns the widths, first the layer next to the input.
    pub fn widths(&self) -> impl ExactSizeIterator<Item = usize> + '_ {
        self.widths.iter().take(usize::from(self.count)).map(|width| usize::from(*width))
    }
}

impl fmt::Display for Layers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.count == 0 {
            return f.write_str("none");
        }
        for (place, width) in self.widths().enumerate() {
            if place > 0 {
                f.write_str(",")?;
            }
            width.fmt(f)?;
        }
        Ok(())
    }
}

impl FromStr for Layers {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        if text == "none" {
            return Ok(Self::default());
        }
        let widths: Result<Vec<u32>, _> = text.split(',').map(|width| width.trim().parse::<u32>()).collect();
        Self::new(&widths.map_err(|_| Problem::NotLayers)?)
    }
}
