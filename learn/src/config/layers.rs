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

    /// Returns `Ok` if the list is one that [`Self::new`] creates. What was deserialised may hold anything.
    pub(super) fn check(self) -> Result<(), Problem> {
        let widths: Vec<u32> = self.widths().map(|width| width as u32).collect();
        if Self::new(&widths)? == self { Ok(()) } else { Err(Problem::NotLayers) }
    }

    /// Returns the widths, first the layer next to the input.
    pub fn widths(&self) -> impl ExactSizeIterator<Item = usize> + DoubleEndedIterator + '_ {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Trainer;
    use crate::config::{Config, Domain, Value};

    #[test]
    fn a_list_that_was_deserialised_is_checked() {
        for (count, widths, is_valid) in [
            (0, [0, 0, 0, 0], true),
            (2, [128, 1, 0, 0], true),
            (4, [8, 8, 8, 8], true),
            (5, [8, 8, 8, 8], false),
            (2, [8, 0, 0, 0], false),
            (1, [129, 0, 0, 0], false),
            (1, [8, 8, 0, 0], false),
        ] {
            let layers: Layers =
                serde_json::from_value(serde_json::json!({ "count": count, "widths": widths })).expect("of the right shape");
            assert_eq!(Domain::Layers.check(&Value::Layers(layers)).is_ok(), is_valid, "{layers:?}");
            let started = Trainer::new(Config { layers, ..Config::default() });
            assert_eq!(started.is_ok(), is_valid, "{layers:?}");
        }
    }
}
