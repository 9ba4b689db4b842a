//! The project's folders, and the commands that are run in them.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};

/// The folders and the cargo that every task works with.
pub struct Workspace {
    /// The folder with the root `Cargo.toml`.
    root: PathBuf,
    /// The folder into which cargo builds.
    target: PathBuf,
    /// The cargo that started this helper.
    cargo: PathBuf,
}

impl Workspace {
    /// Finds the folders and cargo from the environment variables that cargo sets for this helper.
    pub fn find() -> anyhow::Result<Self> {
        // The run-time value comes first: two clones may share a target folder, and so a helper that was compiled in the other clone.
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

    /// Returns the folder with the root `Cargo.toml`.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Returns the folder into which cargo builds.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Returns the default output folder of the page.
    pub fn dist(&self) -> PathBuf {
        self.root.join("dist")
    }

    /// Returns a cargo command that runs in the project's folder.
    ///
    /// Removes compiler flags from its environment, because they would silently replace the flags in `.cargo/config.toml`, which turn
    /// on SIMD for the page.
    pub fn cargo<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Command {
        let mut command = Command::new(&self.cargo);
        command.args(arguments).current_dir(&self.root).env("CARGO_TARGET_DIR", &self.target);
        for variable in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_TARGET", "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS"] {
            command.env_remove(variable);
        }
        command
    }
}

/// Runs a command to its end, with its output on the terminal. Returns an error if it cannot be started or fails.
pub fn run(command: &mut Command) -> anyhow::Result<()> {
    let status = command.status().with_context(|| format!("could not start {}", shown(command)))?;
    if !status.success() {
        bail!("{} failed ({status})", shown(command));
    }
    Ok(())
}

/// Runs a command to its end and returns its standard output without surrounding white space. Returns an error, with its standard
/// error output, if it fails.
pub fn output_of(command: &mut Command) -> anyhow::Result<String> {
    let output = command.output().with_context(|| format!("could not start {}", shown(command)))?;
    if !output.status.success() {
        bail!("{} failed ({}): {}", shown(command), output.status, String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Returns a command as it would be typed, without the program's folder, for messages.
fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program.file_name().unwrap_or(program.as_os_str()).to_string_lossy();
    let words: Vec<_> = std::iter::once(name).chain(command.get_args().map(|argument| argument.to_string_lossy())).collect();
    format!("`{}`", words.join(" "))
}
