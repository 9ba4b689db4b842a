//! Ctrl-C and SIGTERM end a run after the current step, or a check of experiments after the current runs, so that results are written.

use super::Failure;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// A program that a signal ended has this exit code plus the signal's number.
const BY_SIGNAL: u8 = 128;

/// Notes the signal that asks the program to end.
#[derive(Debug)]
pub(super) struct Interruption {
    /// The signal's number, or 0 if none has come.
    signal: Arc<AtomicUsize>,
}

impl Interruption {
    /// Starts to note SIGINT and SIGTERM instead of ending the program. A second signal ends the program at once.
    pub(super) fn watch() -> Result<Self, Failure> {
        let interruption = Self { signal: Arc::new(AtomicUsize::new(0)) };
        let has_come = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            interruption.watch_for(signal, &has_come).map_err(|error| Failure::Failed(format!("Ctrl-C can't be watched for: {error}")))?;
        }
        Ok(interruption)
    }

    fn watch_for(&self, signal: i32, has_come: &Arc<AtomicBool>) -> io::Result<()> {
        // A signal runs these handlers in this order. The first signal finds `has_come` false, so that the default does not run.
        flag::register_conditional_default(signal, Arc::clone(has_come))?;
        flag::register(signal, Arc::clone(has_come))?;
        flag::register_usize(signal, Arc::clone(&self.signal), signal as usize)?;
        Ok(())
    }

    /// Returns the exit code for the signal, or `None` if none has come.
    pub(super) fn exit_code(&self) -> Option<u8> {
        match self.signal.load(Ordering::Relaxed) {
            0 => None,
            signal => Some(BY_SIGNAL + signal as u8),
        }
    }
}
