//! Whether a run is sound: gauges with their references, and alarms in words. Both are functions of a snapshot alone.

mod alarms;
mod gauges;

pub use alarms::{Alarm, AlarmKind, Remedy, alarms};
pub use gauges::{Gauge, gauges};

use crate::report::Snapshot;

/// Mean of a snapshot's negatives for each anchor, if the loss has a softmax over them.
fn negatives(snapshot: &Snapshot) -> Option<f64> {
    snapshot.terms.infonce.map(|softmax| f64::from(softmax.negatives)).filter(|negatives| *negatives >= 1.0)
}
