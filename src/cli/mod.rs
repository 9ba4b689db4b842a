//! The commands without a window: `train`, `inspect`, `evaluate`, `params`, `recipes` and `experiments`. Without a command, the arguments say what the window shows.
//!
//! Results go to standard output as JSON, everything else goes to standard error. Exit code 2 means bad input; the message then names the
//! key, the value and what would be right. Exit code 1 means that a file can't be read or written, or that the run diverged. Exit codes 130
//! and 143 mean that Ctrl-C or SIGTERM ended the run; all results are then written as of its last step.

mod arguments;
mod evaluate;
mod experiments;
mod failure;
mod files;
mod inspect;
mod interruption;
mod outputs;
pub mod paired_rows;
mod params;
mod picture;
mod print;
mod recipes;
mod target;
mod train;

use crate::exchange::link::Lenient;
use failure::Failure;
use std::{ffi::OsString, process::ExitCode};

/// What the program does next.
#[derive(Debug)]
pub enum Outcome {
    /// Open the window with this run. The window shows what was wrong in the given link and uses the rest.
    OpenWindow(Box<Lenient>),
    /// End with this exit code: everything is done.
    Exit(ExitCode),
}

/// Runs the command in the arguments, of which the first is the program's name. Without a command it returns what the window is to show.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> Outcome {
    let matches = match arguments::command().try_get_matches_from(arguments) {
        Ok(matches) => matches,
        Err(error) => {
            // Help and version go to standard output. Printing fails if it is closed, and then nobody reads them.
            error.print().ok();
            return Outcome::Exit(ExitCode::from(if error.use_stderr() { failure::REFUSED } else { 0 }));
        }
    };
    let done = match matches.subcommand() {
        Some(("train", matches)) => train::train(matches),
        Some(("evaluate", matches)) => evaluate::evaluate(matches),
        Some(("inspect", matches)) => inspect::inspect(matches),
        Some(("params", matches)) => params::params(matches),
        Some(("recipes", matches)) => recipes::recipes(matches),
        Some(("experiments", matches)) => experiments::experiments(matches),
        _ => match arguments::window(&matches) {
            Ok(start) => return Outcome::OpenWindow(Box::new(start)),
            Err(failure) => Err(failure),
        },
    };
    Outcome::Exit(done.err().map_or(ExitCode::SUCCESS, Failure::report))
}
