//! The panes at the sides: controls, galleries, readings, why, health, and the wiring.

pub mod controls;
mod data_gallery;
pub mod gallery;
pub mod health;
pub mod readings;
pub mod why;
pub mod wiring;
