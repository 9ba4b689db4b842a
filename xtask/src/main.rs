//! `cargo xtask`: builds, serves and tests the page with nothing but cargo.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command-line helper speaks on the terminal")]

mod ci;
mod compress;
mod page_types;
mod page_words;
mod parts;
mod programs;
mod serve;
mod site;
mod static_files;
mod steps;
mod test;
mod wasm;
mod workspace;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use wasm::PageProfile;
use workspace::Workspace;

/// The project's own helper.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", disable_help_subcommand = true)]
struct Arguments {
    /// What to do.
    #[command(subcommand)]
    task: Task,
}

/// What the helper can do.
#[derive(Subcommand)]
enum Task {
    /// Build the page and leave it in a folder, as a static site for any host and any path
    Build {
        /// Build quickly and without optimisation
        #[arg(long)]
        debug: bool,
        /// The folder to write; what an earlier build left there is replaced
        #[arg(long, value_name = "FOLDER", default_value = "dist")]
        out: PathBuf,
    },
    /// Build the page and serve it on this machine
    Serve {
        /// The port to listen on; 0 takes a free one
        #[arg(long, default_value_t = 8080)]
        port: u16,
        /// Open the page in the default browser
        #[arg(long)]
        open: bool,
        /// Build quickly and without optimisation
        #[arg(long)]
        debug: bool,
    },
    /// Run all tests, the ones in a real browser too
    Test {
        /// Passed on to `cargo test`, like a test's name
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGUMENT")]
        arguments: Vec<String>,
    },
    /// Check that the effects that texts promise show, and that alarms are raised where they should be, in release, with three seeds each
    Effects,
    /// Say how much code each method is in the page that was built last
    Parts,
    /// Everything the project asks of a change: formatting, lints, documentation, tests
    Ci,
}

fn main() -> ExitCode {
    match run(Arguments::parse().task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Prints the error with its causes, without a backtrace.
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Runs one task.
fn run(task: Task) -> anyhow::Result<()> {
    let workspace = Workspace::find()?;
    match task {
        Task::Build { debug, out } => site::build(&workspace, PageProfile::from_debug(debug), &std::path::absolute(out)?),
        Task::Serve { port, open, debug } => serve::build_and_serve(&workspace, PageProfile::from_debug(debug), port, open),
        Task::Test { arguments } => test::all(&workspace, &arguments),
        Task::Effects => test::effects(&workspace),
        Task::Parts => parts::print(&workspace),
        Task::Ci => ci::all(&workspace),
    }
}
