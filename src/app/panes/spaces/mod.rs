//! The two spaces: the input plane and the sphere of embeddings, with what both share.

mod cursor;
pub mod draw;
mod generated;
pub mod hover;
pub mod input_plane;
pub mod linked;
mod plane_colours;
pub mod shared;
pub mod sphere;
pub mod thumbnails;
