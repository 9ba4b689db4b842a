//! The session: what a reader has chosen, what is wanted of the run, and what the run has told.

mod actions;
mod events;
mod images;
pub mod keyboard;
pub mod model;
mod past;
mod points;
mod run;
pub mod script;
pub mod settings;
mod slow_motion;
pub mod tool;
