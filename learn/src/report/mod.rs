//! What runs say of themselves, as plain data that others read: terms, reasons, traces of a step, overlays, formulas, snapshots. Who fills
//! these types stands above them.

mod about;
mod alarm;
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
mod why;

pub use about::{About, Rivals, Sign};
pub use alarm::{AlarmKind, Keys, Rule};
pub use carried::{Cloud, Extras, Layer, LayerAxes, LayersSeen};
pub use divergence::Divergence;
pub use fingerprint::Fingerprint;
pub use formula::{Anchors, Candidates, Formula, Kind, Written};
pub use overlay::Overlay;
pub use past::{HistoryRow, Mark, News, Past};
pub use reasons::{Candidate, Forces, Judged, Latent, Margin, Part, Reasons, Rebuilt, Role, Triplets, Turn, compared};
pub use snapshot::{Images, Inspection, Scene, Snapshot, as_bytes};
pub use space::Space;
pub use terms::{InfoNceTerms, Measure, Measures, Terms, TripletCounts};
pub use trace::{Quantities, Quantity, Stage, StageTrace, StepTrace, Telling};
pub use why::{Height, Ink, Line, Piece, WhyAsked, short};
