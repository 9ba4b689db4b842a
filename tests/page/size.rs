//! What a first visit downloads.

use std::path::PathBuf;
use std::{env, fs};

/// The module with gzip, in bytes.
const MODULE_BUDGET: u64 = 1_850_000;
/// Everything that a first visit loads, fonts too, with gzip where the build leaves it.
const WHOLE_BUDGET: u64 = 2_100_000;

#[test]
fn the_page_is_as_light_as_it_says() {
    let dist = PathBuf::from(env::var_os("PLAYGROUND_DIST").expect("a built page: run `cargo xtask test`"));
    let (mut whole, mut module) = (0, 0);
    for entry in fs::read_dir(&dist).expect("the site") {
        let path = entry.expect("a file").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        if path.is_dir() || ["gz", "br"].contains(&extension) {
            continue;
        }
        let size = fs::metadata(&path).expect("a file").len();
        let compressed = fs::metadata(dist.join(format!("{name}.gz"))).map(|file| file.len());
        let brotli = fs::metadata(dist.join(format!("{name}.br"))).map(|file| file.len());
        assert_eq!(compressed.is_ok(), size >= 10_000, "{name}: large files are there compressed too");
        assert!(brotli.is_ok() == compressed.is_ok(), "{name}");
        let size = compressed.unwrap_or(size);
        if extension == "wasm" {
            module = size;
        }
        whole += size;
    }
    assert!((500_000..=MODULE_BUDGET).contains(&module), "the module is {module} bytes with gzip; {MODULE_BUDGET} are allowed");
    assert!((module..=WHOLE_BUDGET).contains(&whole), "the first load is {whole} bytes with gzip; {WHOLE_BUDGET} are allowed");
}

#[test]
fn what_only_the_project_needs_is_not_in_the_site() {
    let dist = PathBuf::from(env::var_os("PLAYGROUND_DIST").expect("a built page: run `cargo xtask test`"));
    for entry in fs::read_dir(&dist).expect("the site") {
        let name = entry.expect("a file").file_name().to_string_lossy().into_owned();
        assert!(!["bench", "config", ".d.ts", ".map"].iter().any(|part| name.contains(part)), "{name}");
    }
}
