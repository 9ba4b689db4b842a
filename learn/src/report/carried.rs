//! What snapshots carry only while somebody looks at it.

/// What snapshots carry only while somebody looks at it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Extras {
    /// [`Snapshot::walk`](super::Snapshot::walk): it costs a few steps, and comes with snapshots that have everything measured.
    pub walk: bool,
    /// [`Snapshot::similarities`](super::Snapshot::similarities).
    pub similarities: bool,
    /// [`Snapshot::layers`](super::Snapshot::layers), along these axes.
    pub layers: LayerAxes,
    /// [`Snapshot::cloud`](super::Snapshot::cloud) of the pinned point.
    pub cloud: bool,
    /// [`Snapshot::density`](super::Snapshot::density).
    pub density: bool,
    /// [`Snapshot::plane_losses`](super::Snapshot::plane_losses).
    pub losses: bool,
}

/// Many views of one point.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Cloud {
    /// The training point.
    pub point: u32,
    /// Where each view is on the input plane: x and y in turn.
    pub places: Vec<f32>,
    /// The embedding of each view in the space that is shown, one behind the other.
    pub embeddings: Vec<f32>,
}

/// The two axes along which hidden layers are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum LayerAxes {
    /// Nobody looks.
    #[default]
    Off,
    /// The first two principal directions of the points there.
    Principal,
    /// Two units by their numbers, from 0; the last one where a layer has fewer.
    Units([u8; 2]),
}

/// Points and grid in one space, along two axes.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Layer {
    /// Number of units; of the input, of coordinates.
    pub units: usize,
    /// Both coordinates of every `every`-th point.
    pub points: Vec<f32>,
    /// Both coordinates of the grid's places: `GRID_LINES` lines across, then as many upwards, of `LINE_PLACES` places each.
    pub grid: Vec<f32>,
    /// The share of the variance along the axes; none of units.
    pub explained: Option<f32>,
}

/// The input plane and each hidden layer.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct LayersSeen {
    /// Every how many-th point is shown.
    pub every: usize,
    /// The input plane first, then the hidden layers.
    pub layers: Vec<Layer>,
}
