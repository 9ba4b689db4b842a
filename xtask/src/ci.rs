//! What the project asks of every change, quick checks first.

use crate::page_types;
use crate::programs::Programs;
use crate::site;
use crate::steps::Steps;
use crate::test::{self, PAGE_TESTS};
use crate::wasm::{self, PageProfile, TARGET};
use crate::workspace::{Workspace, run};

/// The package of the app.
const APP: &str = "contrastive-playground";
/// The package of the science.
const LEARN: &str = "contrastive-learn";

/// Runs every check and stops at the first that fails.
pub fn all(workspace: &Workspace) -> anyhow::Result<()> {
    let cargo = |arguments: &[&str]| run(&mut workspace.cargo(arguments.iter().copied()));
    // What the last step needs, before all the others.
    let programs = Programs::find_or_install()?;
    let mut steps = Steps::default();
    steps.step("Formatting", || cargo(&["fmt", "--all", "--check"]))?;
    steps.step("The learning code alone, without the app", || cargo(&["build", "--package", LEARN]))?;
    steps.step("Lints", || cargo(&["clippy", "--workspace", "--all-targets", "--features", PAGE_TESTS, "--", "-D", "warnings"]))?;
    steps.step("Lints of the page", || {
        wasm::ensure_target(workspace)?;
        cargo(&["clippy", "--package", APP, "--no-default-features", "--features", "app", "--target", TARGET, "--", "-D", "warnings"])
    })?;
    steps.step("Documentation", || {
        let mut command = workspace.cargo(["doc", "--no-deps", "--workspace", "--document-private-items"]);
        run(command.env("RUSTDOCFLAGS", "-D warnings"))
    })?;
    // The tests below are debug builds, the page is an optimised one; this is the third.
    steps.step("The same bits in a release build", || {
        cargo(&["test", "--package", APP, "--release", "--no-default-features", "--test", "bits", "--test", "allocation"])
    })?;
    steps.step("The effects that texts promise", || test::effects(workspace))?;
    steps.step("The page", || site::build(workspace, PageProfile::Page, &workspace.dist()))?;
    steps.step("Types of the page's scripts", || page_types::check(workspace))?;
    steps.step("Tests", || test::of_built_page(workspace, &programs, &[]))?;
    steps.print_summary();
    Ok(())
}
