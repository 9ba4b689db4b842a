//! Rows of numbers: those of a batch as losses and metrics compare them, unit rows, lengths and cosines, principal directions.

mod pairs;
mod spectrum;
mod unit;
mod watch;

pub use pairs::{NARROW, Rows, norm, normalize_row};
pub use spectrum::Spectrum;
pub use unit::{UnitRows, cosine};
pub use watch::Watch;
