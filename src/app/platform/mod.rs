//! What the window and the page do differently, behind one set of functions. Nothing here knows the program, but for which files of a folder are
//! images.

mod inbox;
#[cfg(not(target_arch = "wasm32"))]
mod native;
mod storage;
#[cfg(target_arch = "wasm32")]
mod web;

pub use inbox::{Inbox, Incoming};
#[cfg(not(target_arch = "wasm32"))]
pub use native::*;
pub use storage::Storage;
#[cfg(target_arch = "wasm32")]
pub use web::*;

/// What is said of a file that is too large.
fn too_large(name: &str, most: u64) -> String {
    format!("{name}: too large: at most {} MB of a file are read", most / 1_000_000)
}

/// A number that nobody can foretell, for new seeds.
pub fn chance() -> u32 {
    let now = web_time::SystemTime::now().duration_since(web_time::SystemTime::UNIX_EPOCH);
    let nanos = now.map_or(0, |since| since.as_micros() as u64);
    // Multiplied so that two presses in the same second differ in every digit.
    (nanos.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as u32
}
