//! The reasons why a command fails, and its exit code.

use crate::learn::config::ParameterError;
use crate::learn::report::Divergence;
use std::{fmt, io, io::Write as _, path::Path, process::ExitCode};

/// Exit code for bad input.
pub(super) const REFUSED: u8 = 2;
/// Exit code for a failure with good input.
const FAILED: u8 = 1;

/// A command's failure.
#[derive(Debug)]
pub(super) enum Failure {
    /// The input is wrong.
    Refused(String),
    /// The input is right, but a file could not be used or the run diverged.
    Failed(String),
    /// The reader of the output has closed it (`| head`); no message is printed.
    Unread,
    /// A signal has ended the command early; its results are written.
    Interrupted {
        /// How far it has come, and what the results are of.
        after: String,
        /// The exit code that names the signal.
        code: u8,
    },
    /// Several failures. The first determines the exit code.
    Several(Vec<Self>),
}

impl Failure {
    /// Returns the failure for wrong input in a file.
    pub(super) fn in_file(path: &Path, problem: impl fmt::Display) -> Self {
        Self::Refused(format!("{}: {problem}", path.display()))
    }

    /// Returns the failure for a file that can't be read or written.
    pub(super) fn of_file(path: &Path, error: &io::Error) -> Self {
        Self::Failed(format!("{}: {error}", path.display()))
    }

    /// Prints the message on standard error and returns the exit code.
    pub(super) fn report(self) -> ExitCode {
        let (message, code) = match self {
            Self::Refused(message) => (message, REFUSED),
            Self::Failed(message) => (message, FAILED),
            Self::Unread => return ExitCode::from(FAILED),
            Self::Interrupted { after, code } => {
                writeln!(io::stderr(), "interrupted after {after}").ok();
                return ExitCode::from(code);
            }
            Self::Several(failures) => {
                let codes: Vec<ExitCode> = failures.into_iter().map(Self::report).collect();
                return codes.first().copied().unwrap_or_default();
            }
        };
        // Printing fails if standard error is closed; there is no other place for the message.
        writeln!(io::stderr(), "error: {message}").ok();
        ExitCode::from(code)
    }
}

impl From<ParameterError> for Failure {
    fn from(error: ParameterError) -> Self {
        Self::Refused(error.to_string())
    }
}

impl From<Divergence> for Failure {
    fn from(divergence: Divergence) -> Self {
        Self::Failed(divergence.to_string())
    }
}
