//! Settings and results as texts that leave the program: links, config files, tables and JSON.
//!
//! Everything that comes in is checked against the table of parameters; nothing here reads or writes a file.

pub mod file;
mod json;
pub mod link;
pub mod preferences;
pub mod results;
pub mod table;

pub use json::number;

use crate::learn::config::{Config, Parameter};

/// Puts one parameter back to its default.
fn restore_default(config: &mut Config, parameter: &Parameter) {
    (parameter.set)(config, (parameter.default)());
}
