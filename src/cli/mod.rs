//! The headless commands: `train`, `evaluate` and `params`. Without a command the arguments say what the window shows.
//!
//! Results go to standard output as JSON, everything else to standard error. Exit code 2 is bad input, said with its
//! key, its value and what would be right; 1 is a file that can't be read or written, or a run that diverged; 130 and 143
//! are a run that Ctrl-C or SIGTERM has ended, with everything written as far as it went.

mod arguments;
mod evaluate;
mod failure;
mod files;
mod interruption;
mod outputs;
pub mod paired_rows;
mod params;
#[expect(clippy::disallowed_methods, reason = "what is drawn is looked at, and no bit of it goes into a run")]
mod picture;
mod print;
mod target;
mod train;

use crate::exchange::link::Lenient;
use failure::Failure;
use std::{ffi::OsString, process::ExitCode};

/// What the arguments ask of the program.
#[derive(Debug)]
pub enum Outcome {
    /// Open the window with this run. What the given link got wrong the window shows, and goes on with the rest.
    OpenWindow(Lenient),
    /// Everything is done.
    Exit(ExitCode),
}

/// Does what the arguments (the first is the program's name) ask for, unless it is to open the window.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> Outcome {
    let matches = match arguments::command().try_get_matches_from(arguments) {
        Ok(matches) => matches,
        Err(error) => {
            // Help and version go to standard output; where that is closed nobody reads them.
            error.print().ok();
            return Outcome::Exit(ExitCode::from(if error.use_stderr() { failure::REFUSED } else { 0 }));
        }
    };
    let done = match matches.subcommand() {
        Some(("train", matches)) => train::train(matches),
        Some(("evaluate", matches)) => evaluate::evaluate(matches),
        Some(("params", matches)) => params::params(matches),
        _ => match arguments::window(&matches) {
            Ok(start) => return Outcome::OpenWindow(start),
            Err(failure) => Err(failure),
        },
    };
    Outcome::Exit(done.err().map_or(ExitCode::SUCCESS, Failure::report))
}
