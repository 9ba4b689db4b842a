//! From a request's path to a file of the site.

use std::path::{Path, PathBuf};

/// The file a request asks for, if its path stays inside the site.
///
/// The site's own names are plain ASCII, so a path is taken as it stands: an escaped `..` is just a name that no file has.
pub fn file_for(site: &Path, url: &str) -> Option<PathBuf> {
    let path = url.split(['?', '#']).next()?.strip_prefix('/')?;
    let mut file = site.to_path_buf();
    if !path.is_empty() {
        for part in path.trim_end_matches('/').split('/') {
            let is_plain = !part.is_empty() && !part.starts_with('.') && !part.contains(['\\', ':', '\0']);
            if !is_plain {
                return None;
            }
            file.push(part);
        }
    }
    if file.is_dir() {
        file.push("index.html");
    }
    file.is_file().then_some(file)
}

/// The type a browser has to be told for a file.
pub fn mime_type(file: &Path) -> &'static str {
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("txt") => "text/plain; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("json") => "application/json",
        Some("webmanifest") => "application/manifest+json",
        Some("png") => "image/png",
        Some("svg") => "image/svg+xml",
        Some("ico") => "image/x-icon",
        Some("ttf") => "font/ttf",
        Some("otf") => "font/otf",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// This package's own folder stands in for a site.
    fn site() -> &'static Path {
        Path::new(env!("CARGO_MANIFEST_DIR"))
    }

    #[test]
    fn files_of_the_site_are_found() {
        assert_eq!(file_for(site(), "/src/main.rs"), Some(site().join("src/main.rs")));
        assert_eq!(file_for(site(), "/Cargo.toml?v=1"), Some(site().join("Cargo.toml")), "a query is no part of the path");
    }

    #[test]
    fn a_missing_file_and_a_folder_without_index_are_not_found() {
        assert_eq!(file_for(site(), "/nothing.js"), None);
        assert_eq!(file_for(site(), "/"), None);
        assert_eq!(file_for(site(), "/src/"), None);
    }

    #[test]
    fn nothing_outside_the_site_is_served() {
        for url in [
            "/../Cargo.toml",
            "/src/../../Cargo.toml",
            "//etc/passwd",
            "/src//main.rs",
            "/..\\Cargo.toml",
            "/%2e%2e/Cargo.toml",
            "/.git",
            "Cargo.toml",
            "/C:/x",
            "",
        ] {
            assert_eq!(file_for(site(), url), None, "{url}");
        }
    }

    #[test]
    fn a_module_has_the_type_that_streaming_compilation_asks_for() {
        assert_eq!(mime_type(Path::new("x_bg.wasm")), "application/wasm");
        assert_eq!(mime_type(Path::new("index.html")), "text/html; charset=utf-8");
        assert_eq!(mime_type(Path::new("unknown")), "application/octet-stream");
    }
}
