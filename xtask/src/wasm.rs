//! Builds the app as a wasm module with its JavaScript glue.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};
use wasm_bindgen_cli_support::Bindgen;

use crate::workspace::{Workspace, output_of, run};

/// The compilation target of the page.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// The name from which the output's file names are made: `contrastive_playground.js` and `contrastive_playground_bg.wasm`.
pub const GLUE_NAME: &str = "contrastive_playground";

/// The name of the package and of its binary.
const BINARY: &str = "contrastive-playground";

/// The oldest usable version of wasm-opt. Older ones make a page that fails at its start.
const OLDEST_OPTIMIZER: u32 = 120;

/// The profile with which the page is compiled.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum PageProfile {
    /// Small and fast: the profile of the published page.
    Page,
    /// Fast to build, with function names in stack traces.
    Debug,
}

impl PageProfile {
    /// Returns [`Self::Debug`] if `debug`, else [`Self::Page`].
    pub fn from_debug(debug: bool) -> Self {
        if debug { Self::Debug } else { Self::Page }
    }

    /// Returns cargo's name for the profile.
    fn cargo_name(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Debug => "dev",
        }
    }

    /// Returns the name of the folder into which cargo writes the profile's output.
    fn folder(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Debug => "debug",
        }
    }
}

/// Adds the compiler's target [`TARGET`] with rustup if it is missing.
pub fn ensure_target(workspace: &Workspace) -> anyhow::Result<()> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let sysroot = output_of(Command::new(rustc).args(["--print", "sysroot"]).current_dir(workspace.root()))?;
    if Path::new(&sysroot).join("lib/rustlib").join(TARGET).join("lib").is_dir() {
        return Ok(());
    }
    println!("Adding the compiler's target {TARGET} ...");
    let mut rustup = Command::new("rustup");
    rustup.args(["target", "add", TARGET]).current_dir(workspace.root());
    match rustup.output() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => bail!(
            "the compiler has no target {TARGET}, and there is no `rustup` to add it: install rustup (https://rustup.rs), \
             or the package that brings {TARGET} to your compiler"
        ),
        _ => run(&mut rustup),
    }
}

/// Compiles the app and writes the module and its glue into `folder`.
pub fn build(workspace: &Workspace, profile: PageProfile, folder: &Path) -> anyhow::Result<()> {
    ensure_target(workspace)?;
    run(&mut workspace.cargo([
        "build",
        "--profile",
        profile.cargo_name(),
        "--target",
        TARGET,
        "--package",
        BINARY,
        "--bin",
        BINARY,
        "--no-default-features",
        "--features",
        "app",
    ]))?;

    let module = compiled_module(workspace, profile);
    let keep_names = profile == PageProfile::Debug;
    fs::create_dir_all(folder).with_context(|| format!("could not create the folder {}", folder.display()))?;
    Bindgen::new()
        .input_path(&module)
        .out_name(GLUE_NAME)
        .web(true)?
        .typescript(true)
        .keep_debug(keep_names)
        .remove_name_section(!keep_names)
        .remove_producers_section(!keep_names)
        .generate(folder)
        .with_context(|| format!("could not make the JavaScript glue for {}", module.display()))?;
    if profile == PageProfile::Page { optimize(workspace, &folder.join(format!("{GLUE_NAME}_bg.wasm"))) } else { Ok(()) }
}

/// Returns where the compiler leaves the published page's module, with the names of its functions.
pub fn page_module(workspace: &Workspace) -> PathBuf {
    compiled_module(workspace, PageProfile::Page)
}

fn compiled_module(workspace: &Workspace, profile: PageProfile) -> PathBuf {
    workspace.target().join(TARGET).join(profile.folder()).join(format!("{BINARY}.wasm"))
}

/// Runs Binaryen's wasm-opt on the module, if it is installed. Uses the program that the variable `WASM_OPT` names, else the one that
/// `npm install binaryen` installed in the project's folder, else the one on PATH.
///
/// It makes the module a little smaller. Without a usable wasm-opt, prints a note and leaves the module as it is.
fn optimize(workspace: &Workspace, module: &Path) -> anyhow::Result<()> {
    let in_folder = workspace.root().join("node_modules/.bin/wasm-opt");
    let named = env::var_os("WASM_OPT").filter(|name| !name.is_empty());
    let program = named.unwrap_or_else(|| if in_folder.is_file() { in_folder.into() } else { "wasm-opt".into() });
    // The output looks like "wasm-opt version 132 (version_132)".
    let version = output_of(Command::new(&program).arg("--version")).unwrap_or_default();
    let number = version.split(' ').find_map(|word| word.parse::<u32>().ok()).unwrap_or(0);
    if number < OLDEST_OPTIMIZER {
        println!(
            "Not optimised further: there is no wasm-opt of version {OLDEST_OPTIMIZER} or newer ({})",
            if number == 0 { "none was found" } else { &version }
        );
        return Ok(());
    }
    println!("Optimising with {version} ...");
    let features = ["simd", "bulk-memory", "sign-ext", "mutable-globals", "nontrapping-float-to-int", "reference-types", "multivalue"];
    let mut command = Command::new(&program);
    command.arg("-O2").args(features.map(|feature| format!("--enable-{feature}"))).arg(module).arg("-o").arg(module);
    run(&mut command)
}
