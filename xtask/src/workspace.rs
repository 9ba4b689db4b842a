//! Where the project lives, and how its commands are run.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};

/// The folders and the cargo that every task works with.
pub struct Workspace {
    /// The project's own folder, the one with the root `Cargo.toml`.
    root: PathBuf,
    /// Where cargo leaves what it builds.
    target: PathBuf,
    /// The cargo that started this helper.
    cargo: PathBuf,
}

impl Workspace {
    /// Reads the surroundings that cargo set up for this helper.
    pub fn find() -> anyhow::Result<Self> {
        // The run-time value first: two clones may share one target folder, and with it one compiled helper.
        let manifest_folder = env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root =
            manifest_folder.parent().context("the folder `xtask` has no parent folder; start this helper as `cargo xtask`")?.to_path_buf();
        let target = match env::var_os("CARGO_TARGET_DIR") {
            Some(folder) if !folder.is_empty() => std::path::absolute(folder)?,
            _ => root.join("target"),
        };
        let cargo = env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from);
        Ok(Self { root, target, cargo })
    }

    /// The project's own folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where cargo leaves what it builds.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Where the page goes unless told otherwise.
    pub fn dist(&self) -> PathBuf {
        self.root.join("dist")
    }

    /// A cargo command in the project's folder.
    ///
    /// Flags in the environment would silently replace the ones in `.cargo/config.toml`, which turn SIMD on for the page,
    /// so they are dropped.
    pub fn cargo<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Command {
        let mut command = Command::new(&self.cargo);
        command.args(arguments).current_dir(&self.root).env("CARGO_TARGET_DIR", &self.target);
        for variable in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_TARGET", "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS"] {
            command.env_remove(variable);
        }
        command
    }
}

/// Runs a command to its end; its output goes straight to the terminal.
pub fn run(command: &mut Command) -> anyhow::Result<()> {
    let status = command.status().with_context(|| format!("could not start {}", shown(command)))?;
    if !status.success() {
        bail!("{} failed ({status})", shown(command));
    }
    Ok(())
}

/// Runs a command to its end and returns what it printed.
pub fn output_of(command: &mut Command) -> anyhow::Result<String> {
    let output = command.output().with_context(|| format!("could not start {}", shown(command)))?;
    if !output.status.success() {
        bail!("{} failed ({}): {}", shown(command), output.status, String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// A command as one would type it, without the program's folder.
fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program.file_name().unwrap_or(program.as_os_str()).to_string_lossy();
    let words: Vec<_> = std::iter::once(name).chain(command.get_args().map(|argument| argument.to_string_lossy())).collect();
    format!("`{}`", words.join(" "))
}
