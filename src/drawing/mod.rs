//! What every picture of an embedding has in common, whoever draws it: the window or the command line.
//!
//! Colours and shapes of the classes, sizes of the marks, the way of an embedding onto the sphere, and the sphere's circles. Numbers only:
//! neither the window's library nor the picture's is needed here.

pub mod classes;
pub mod graticule;
pub mod marks;
pub mod projection;
mod room;

pub use classes::Shape;
pub use projection::{Axes, Place, Projection};
pub use room::with_room;
