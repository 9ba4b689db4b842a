//! The program: a window, or the command line. (In the browser the page calls `contrastive_playground::page`.)

#[cfg(all(not(target_arch = "wasm32"), feature = "cli"))]
use std::process::ExitCode;

#[cfg(all(not(target_arch = "wasm32"), feature = "cli"))]
fn main() -> ExitCode {
    use contrastive_playground::cli::{Outcome, run};
    match run(std::env::args_os()) {
        Outcome::Exit(code) => code,
        Outcome::OpenWindow(start) => open_window(*start),
    }
}

#[cfg(all(not(target_arch = "wasm32"), feature = "cli", feature = "app"))]
#[expect(clippy::print_stderr, reason = "there is no window to say it in")]
fn open_window(start: contrastive_playground::exchange::link::Lenient) -> ExitCode {
    match contrastive_playground::app::shell::window::open(start) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(all(not(target_arch = "wasm32"), feature = "cli", not(feature = "app")))]
#[expect(clippy::print_stderr, reason = "there is no window to say it in")]
fn open_window(_: contrastive_playground::exchange::link::Lenient) -> ExitCode {
    eprintln!("this build has no window; see --help for the command line");
    ExitCode::FAILURE
}

/// The page calls what the library exports; it only has to be linked.
#[cfg(target_arch = "wasm32")]
use ::contrastive_playground as _;

#[cfg(any(target_arch = "wasm32", not(feature = "cli")))]
fn main() {}
