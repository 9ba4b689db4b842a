//! Writes and reads a configuration as the hash of a link, like `loss=triplet&alpha=0.5`. The hash has only what differs from the default.

mod address;
mod escapes;
mod read;
mod trackers;
mod write;

pub use read::{Lenient, read, read_strict};
pub use write::{MOST_PIXELS, MOST_POINTS, fits, shared, to_hash};
