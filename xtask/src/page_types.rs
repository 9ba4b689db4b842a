//! Checks the page's scripts with TypeScript: the types are in their comments, the browser's own and the glue's.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Context as _;

use crate::programs::on_path;
use crate::site::{self, TYPES_ENDING};
use crate::wasm::GLUE_NAME;
use crate::workspace::{Workspace, output_of, run};

/// The checker, as npm names it.
const TYPESCRIPT: &str = "typescript@5.9.3";

/// The page's scripts, which the first one imports, and those that run in workers, with the browser's types for each.
const CHECKS: [(&[&str], &str); 2] =
    [(&["shell.js"], "esnext,dom,dom.iterable"), (&["worker.js", "service_worker.js"], "esnext,webworker")];

/// Checks the scripts beside the glue of the last build; says so where npm or its registry isn't to be had, and goes on.
pub fn check(workspace: &Workspace) -> anyhow::Result<()> {
    let Some(npx) = on_path(&["npx", "npx.cmd"]) else {
        println!("Skipped: there is no npm, which brings the checker");
        return Ok(());
    };
    let tsc = || {
        let mut command = Command::new(&npx);
        command.args(["--yes", "--package", TYPESCRIPT, "tsc"]);
        command
    };
    if let Err(error) = output_of(tsc().arg("--version")) {
        println!("Skipped: npm can't get the checker: {error:#}");
        return Ok(());
    }

    // The scripts import the glue from beside them.
    let folder = workspace.target().join("page-types");
    fs::create_dir_all(&folder).with_context(|| format!("could not create the folder {}", folder.display()))?;
    for entry in fs::read_dir(workspace.root().join("web")).context("could not list web/")? {
        let script = entry?.path();
        if script.extension().is_some_and(|extension| extension == "js") {
            copy(&script, &folder)?;
        }
    }
    copy(&site::glue_folder(workspace).join(format!("{GLUE_NAME}{TYPES_ENDING}")), &folder)?;
    for (scripts, types) in CHECKS {
        // The glue's own types name elements of the page, which workers do not have.
        let flags = ["--noEmit", "--allowJs", "--checkJs", "--strict", "--noUncheckedIndexedAccess", "--skipLibCheck"];
        let target =
            ["--moduleDetection", "force", "--target", "esnext", "--module", "esnext", "--moduleResolution", "bundler", "--lib", types];
        run(tsc().args(flags).args(target).args(scripts).current_dir(&folder))?;
    }
    Ok(())
}

/// Copies a file into a folder.
fn copy(file: &Path, folder: &Path) -> anyhow::Result<()> {
    let name = file.file_name().context("a file without a name")?;
    fs::copy(file, folder.join(name)).with_context(|| format!("could not copy {}", file.display()))?;
    Ok(())
}
