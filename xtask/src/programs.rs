//! The programs that the page's tests need: Chromium and its driver, and Node.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{anyhow, bail, ensure};

use crate::workspace::{output_of, run};

/// Debian's packages with them.
const PACKAGES: [&str; 3] = ["chromium", "chromium-driver", "nodejs"];

/// Names under which Chromium is installed.
const CHROMIUM_NAMES: [&str; 5] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];

/// What the tests run.
pub struct Programs {
    /// Chromium or Chrome.
    pub chromium: PathBuf,
    /// The driver that comes with it.
    pub chromedriver: PathBuf,
    /// Node.
    pub node: PathBuf,
}

impl Programs {
    /// Looks for all of them, installs them where that is possible, and else says what to install.
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

    /// Looks for them: the inner error is what isn't installed, the outer one a variable that misleads.
    fn find() -> anyhow::Result<Result<Self, &'static str>> {
        let Some(chromium) = named("CHROMIUM")?.or_else(|| on_path(&CHROMIUM_NAMES)) else { return Ok(Err("there is no Chromium")) };
        // The variable that hosted build machines set instead of putting the driver on PATH.
        let hosted =
            || env::var_os("CHROMEWEBDRIVER").map(|folder| PathBuf::from(folder).join("chromedriver")).filter(|file| file.is_file());
        let driver = named("CHROMEDRIVER")?.or_else(|| on_path(&["chromedriver"])).or_else(hosted);
        let Some(chromedriver) = driver else { return Ok(Err("there is no ChromeDriver")) };
        let Some(node) = named("NODE")?.or_else(|| on_path(&["node", "nodejs"])) else { return Ok(Err("there is no Node")) };
        Ok(Ok(Self { chromium, chromedriver, node }))
    }
}

/// The program that a variable names.
fn named(variable: &str) -> anyhow::Result<Option<PathBuf>> {
    let Some(file) = env::var_os(variable).filter(|file| !file.is_empty()).map(PathBuf::from) else { return Ok(None) };
    ensure!(file.is_file(), "the variable {variable} names {}, which is no file: name the program, or unset it", file.display());
    Ok(Some(file))
}

/// The first of some programs that is on PATH.
pub fn on_path(names: &[&str]) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    names.iter().find_map(|name| env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file()))
}

/// Whether this is Debian itself; its relatives name these packages differently.
fn is_debian() -> bool {
    fs::read_to_string("/etc/os-release").is_ok_and(|text| text.lines().any(|line| matches!(line, "ID=debian" | "ID=\"debian\"")))
}

/// Whether this user may install packages.
fn is_root() -> bool {
    output_of(Command::new("id").arg("-u")).is_ok_and(|id| id == "0")
}
