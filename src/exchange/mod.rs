//! Converts settings and results to texts and back: links, config files, tables and JSON.
//!
//! Everything that is read is checked against the table of parameters. Nothing here writes a file, and only `folder` reads any.

pub(crate) mod cells;
pub mod charts;
pub mod experiments;
pub mod file;
#[cfg(not(target_arch = "wasm32"))]
pub mod folder;
pub mod images;
mod json;
pub mod link;
pub mod points;
pub mod preferences;
pub mod reasons;
pub mod results;
pub mod sheet;
pub mod table;

pub use json::number;

use crate::learn::config::{Config, Parameter};

/// Sets one parameter to its default.
fn restore_default(config: &mut Config, parameter: &Parameter) {
    (parameter.set)(config, (parameter.default)());
}
