//! All tests, the ones in a real browser too.

use crate::programs::Programs;
use crate::site;
use crate::wasm::PageProfile;
use crate::workspace::{Workspace, run};

/// The root package's feature that turns the browser's tests on.
pub const PAGE_TESTS: &str = "contrastive-playground/page-tests";

/// Finds a browser and Node, builds the page as it is published, and runs the tests; `arguments` go to `cargo test`.
pub fn all(workspace: &Workspace, arguments: &[String]) -> anyhow::Result<()> {
    let Programs { chromium, chromedriver, node } = Programs::find_or_install()?;
    let dist = workspace.dist();
    site::build(workspace, PageProfile::Page, &dist)?;
    let mut command = workspace.cargo(["test", "--workspace", "--features", PAGE_TESTS]);
    command.args(arguments).env("PLAYGROUND_DIST", dist).env("CHROMIUM", chromium).env("CHROMEDRIVER", chromedriver).env("NODE", node);
    run(&mut command)
}
