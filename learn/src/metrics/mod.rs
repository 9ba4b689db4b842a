//! What a batch and an embedding look like, in the terms of the papers.

mod batch;
mod density;
mod merged;
mod nearness;
mod neighbours;
mod probes;
mod samples;
mod similarities;
mod spread;

pub use batch::{BINS, BatchMetrics, MeterScratch, measure, uniform_reference};
pub use density::{CIRCLE_PLACES, RING_PLACES, SPHERE_RINGS, density, density_places};
pub use merged::{Merged, MergedScratch};
pub use nearness::{Near, Nearness};
pub use neighbours::{NEIGHBOURS, accuracy, accuracy_among, accuracy_of};
pub use probes::{Asked, Finding, Probe, Probing};
pub use samples::{Covered, Surroundings};
pub use similarities::{Relation, Similarities};
pub use spread::measure_spread;
