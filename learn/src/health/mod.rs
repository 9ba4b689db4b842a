//! Whether a run is sound: gauges with their references, and alarms in words. Both are functions of a snapshot alone.

mod alarms;
mod gauges;

pub use crate::report::AlarmKind;
pub use alarms::{Alarm, Remedy, alarms, can_raise};
pub use gauges::{Gauge, gauges};
