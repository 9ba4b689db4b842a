//! Runs all tests, including those in a real browser.

use crate::programs::Programs;
use crate::site;
use crate::wasm::PageProfile;
use crate::workspace::{Workspace, run};

/// The feature of the root package that turns on the tests in a browser.
pub const PAGE_TESTS: &str = "contrastive-playground/page-tests";

/// Finds a browser and Node, builds the page as it is published, and runs all tests. Passes `arguments` on to `cargo test`.
pub fn all(workspace: &Workspace, arguments: &[String]) -> anyhow::Result<()> {
    // Before minutes of compiling.
    let programs = Programs::find_or_install()?;
    site::build(workspace, PageProfile::Page, &workspace.dist())?;
    of_built_page(workspace, &programs, arguments)
}

/// Runs the tests of effects and alarms, which train for long, in a release build of the learning code.
pub fn effects(workspace: &Workspace) -> anyhow::Result<()> {
    let package = ["test", "--package", "contrastive-playground", "--release", "--no-default-features", "--features", "cli"];
    let tests = ["--test", "effects", "--test", "alarms", "--", "--ignored", "--nocapture"];
    run(&mut workspace.cargo(package.into_iter().chain(tests)))
}

/// Runs the tests with the page that is built already.
pub fn of_built_page(workspace: &Workspace, programs: &Programs, arguments: &[String]) -> anyhow::Result<()> {
    let Programs { chromium, chromedriver, node } = programs;
    let mut command = workspace.cargo(["test", "--workspace", "--features", PAGE_TESTS]);
    command
        .args(arguments)
        .env("PLAYGROUND_DIST", workspace.dist())
        .env("CHROMIUM", chromium)
        .env("CHROMEDRIVER", chromedriver)
        .env("NODE", node);
    run(&mut command)
}
