//! What runs say of themselves, as plain data that others read: terms, reasons, traces of a step, overlays, formulas, snapshots. Who fills
//! these types stands above them.

mod carried;
mod divergence;
mod fingerprint;
mod formula;
mod overlay;
mod past;
mod reasons;
mod snapshot;
mod space;
mod terms;
mod trace;

pub use carried::{Cloud, Extras, Layer, LayerAxes, LayersSeen};
pub use divergence::Divergence;
pub use fingerprint::Fingerprint;
pub use formula::{Anchors, Candidates, Formula, Kind};
pub use overlay::Overlay;
pub use past::{HistoryRow, Mark, News, Past};
pub use reasons::{Candidate, Forces, Judged, Latent, Margin, Part, Reasons, Rebuilt, Role, Triplets, Turn, compared};
pub use snapshot::{Images, Inspection, Scene, Snapshot, as_bytes};
pub use space::Space;
pub use terms::{InfoNceTerms, Measure, Measures, Terms, TripletCounts};
pub use trace::{Quantity, Stage, StageTrace, StepTrace};
