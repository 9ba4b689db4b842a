//! What joins the program with the world around it: its start, files, link, storage, notices, the window.

mod files;
mod focus;
mod link;
pub mod notices;
pub mod saving;
pub mod start;
#[cfg(not(target_arch = "wasm32"))]
pub mod window;
