//! The panes: each a function of the model and of its own small state. What a user does becomes an
//! [`Action`](super::model::Action), carried out after drawing.

pub mod charts;
pub mod controls;
mod cursor;
mod data_gallery;
pub mod draw;
pub mod gallery;
pub mod health;
pub mod help;
pub mod hover;
pub mod input_plane;
pub mod linked;
mod made;
mod plane_colours;
pub mod readings;
pub mod share;
pub mod sheet;
pub mod sphere;
mod thumbnails;
pub mod top_bar;
pub mod walk;
pub mod why;
pub mod wiring;
