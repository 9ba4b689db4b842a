//! Ctrl-C and SIGTERM: they end a run after the step under way, so that its results can still be written.

use super::Failure;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// What a shell adds to a signal's number for the exit code of a program that the signal has ended.
const BY_SIGNAL: u8 = 128;

/// Whether somebody has asked the program to end.
#[derive(Debug)]
pub(super) struct Interruption {
    /// The signal's number; 0 before one has come.
    signal: Arc<AtomicUsize>,
}

impl Interruption {
    /// From now on the first SIGINT or SIGTERM is only noted here. A second one ends the program at once, as it would without this.
    pub(super) fn watch() -> Result<Self, Failure> {
        let interruption = Self { signal: Arc::new(AtomicUsize::new(0)) };
        let has_come = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            interruption.watch_for(signal, &has_come).map_err(|error| Failure::Failed(format!("Ctrl-C can't be watched for: {error}")))?;
        }
        Ok(interruption)
    }

    fn watch_for(&self, signal: i32, has_come: &Arc<AtomicBool>) -> io::Result<()> {
        // A signal runs these in their order: the first time the default is not due yet.
        flag::register_conditional_default(signal, Arc::clone(has_come))?;
        flag::register(signal, Arc::clone(has_come))?;
        flag::register_usize(signal, Arc::clone(&self.signal), signal as usize)?;
        Ok(())
    }

    /// The exit code that tells of the signal, once one has come.
    pub(super) fn exit_code(&self) -> Option<u8> {
        match self.signal.load(Ordering::Relaxed) {
            0 => None,
            signal => Some(BY_SIGNAL + signal as u8),
        }
    }
}
