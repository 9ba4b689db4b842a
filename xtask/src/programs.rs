//! Finds the programs that the page's tests need: Chromium, its driver and Node.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{anyhow, bail, ensure};

use crate::workspace::{output_of, run};

/// The Debian packages that contain the programs.
const PACKAGES: [&str; 3] = ["chromium", "chromium-driver", "nodejs"];

/// The file names under which Chromium or Chrome may be installed.
const CHROMIUM_NAMES: [&str; 5] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];

/// Paths of the programs that the tests run.
pub struct Programs {
    /// Chromium or Chrome.
    pub chromium: PathBuf,
    /// The driver that comes with it.
    pub chromedriver: PathBuf,
    /// Node.
    pub node: PathBuf,
}

impl Programs {
    /// Finds the programs. Installs missing ones on Debian if the user is root; otherwise returns an error that says what to install.
    pub fn find_or_install() -> anyhow::Result<Self> {
        let missing = match Self::find()? {
            Ok(programs) => return Ok(programs),
            Err(missing) => missing,
        };
        if is_debian() && is_root() {
            println!("{missing}: installing the packages {} ...", PACKAGES.join(", "));
            let apt_get = |arguments: &[&str]| run(Command::new("apt-get").args(arguments).env("DEBIAN_FRONTEND", "noninteractive"));
            apt_get(&["update"])?;
            apt_get(&[&["install", "--yes", "--no-install-recommends"][..], &PACKAGES].concat())?;
            return Self::find()?.map_err(|missing| anyhow!("{missing}, although the packages {} are installed", PACKAGES.join(", ")));
        }
        bail!(
            "{missing}, and the tests of the page need Chromium, its driver and Node. On Debian: `sudo apt-get install {}`; elsewhere install \
             Chromium or Chrome, the ChromeDriver of the same version, and Node 18 or newer, and put them on PATH or name them in the \
             variables CHROMIUM, CHROMEDRIVER and NODE",
            PACKAGES.join(" ")
        )
    }

    /// Finds the programs. The inner error names a program that is not installed; the outer error is a variable that names no file.
    fn find() -> anyhow::Result<Result<Self, &'static str>> {
        let Some(chromium) = named("CHROMIUM")?.or_else(|| on_path(&CHROMIUM_NAMES)) else { return Ok(Err("there is no Chromium")) };
        // Hosted build machines set this variable instead of putting the driver on PATH.
        let hosted =
            || env::var_os("CHROMEWEBDRIVER").map(|folder| PathBuf::from(folder).join("chromedriver")).filter(|file| file.is_file());
        let driver = named("CHROMEDRIVER")?.or_else(|| on_path(&["chromedriver"])).or_else(hosted);
        let Some(chromedriver) = driver else { return Ok(Err("there is no ChromeDriver")) };
        let Some(node) = named("NODE")?.or_else(|| on_path(&["node", "nodejs"])) else { return Ok(Err("there is no Node")) };
        Ok(Ok(Self { chromium, chromedriver, node }))
    }
}

/// Returns the program that the variable names, `None` if it is unset or empty, or an error if it names no file.
fn named(variable: &str) -> anyhow::Result<Option<PathBuf>> {
    let Some(file) = env::var_os(variable).filter(|file| !file.is_empty()).map(PathBuf::from) else { return Ok(None) };
    ensure!(file.is_file(), "the variable {variable} names {}, which is no file: name the program, or unset it", file.display());
    Ok(Some(file))
}

/// Returns the path of the first of `names` that is on PATH, or `None`.
pub fn on_path(names: &[&str]) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    names.iter().find_map(|name| env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file()))
}

/// Returns true on Debian itself. Distributions derived from Debian name the packages differently.
fn is_debian() -> bool {
    fs::read_to_string("/etc/os-release").is_ok_and(|text| text.lines().any(|line| matches!(line, "ID=debian" | "ID=\"debian\"")))
}

/// Returns true if the user is root, who may install packages.
fn is_root() -> bool {
    output_of(Command::new("id").arg("-u")).is_ok_and(|id| id == "0")
}
