//! The site: the module, its glue and the page's own files, in one folder that works anywhere.

use std::collections::BTreeMap;
use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};

use crate::compress;
use crate::page_words::PageWords;
use crate::wasm::{self, GLUE_NAME, PageProfile};
use crate::workspace::Workspace;

/// Where the service worker wants the word that changes with the site's content, so that no cache mixes two builds.
const BUILD_MARK: &str = "BUILD_MARK";

/// The font that the page fetches when it needs it.
const CHINESE_FONT: &str = "NotoSansSC-Regular.otf";

/// Where the service worker wants the list of all files but itself, as the inside of a JavaScript list.
const FILES_MARK: &str = "SITE_FILES";

/// The service worker, which is no part of what it keeps.
const SERVICE_WORKER: &str = "service_worker.js";

/// Types for whoever uses the glue from TypeScript, and for our own checks; no part of the site.
pub const TYPES_ENDING: &str = ".d.ts";

/// Files from this size on are left compressed too, for hosts that serve such files as they lie there.
const LARGE_BYTES: usize = 10_000;

/// Where the page wants the module's size: a host that compresses doesn't tell it, and the progress bar needs it.
const WASM_BYTES_MARK: &str = "WASM_BYTES";

/// Builds the page and puts the site into `out`, replacing an earlier one.
pub fn build(workspace: &Workspace, profile: PageProfile, out: &Path) -> anyhow::Result<()> {
    // Nothing to replace is found out before minutes of compiling, and the old site stays until the new one is whole.
    check_replaceable(out)?;
    let glue = glue_folder(workspace);
    remove_folder(&glue)?;
    wasm::build(workspace, profile, &glue)?;

    let mut site = Site::default();
    site.add_folder(&glue)?;
    site.files.retain(|path, _| !path.ends_with(TYPES_ENDING));
    site.add_folder(&workspace.root().join("web"))?;
    for (path, source) in [("index.html", "index.html"), (CHINESE_FONT, "assets/fonts/NotoSansSC-Regular.otf")] {
        site.files.insert(path.to_owned(), read(&workspace.root().join(source))?);
    }
    site.fill_words(&PageWords::read(workspace)?)?;
    site.fill_marks()?;
    let compressed = site.compress();
    site.write(out)?;
    site.print_sizes(out, &compressed);
    Ok(())
}

/// Where a build leaves the module, its glue and the glue's types.
pub fn glue_folder(workspace: &Workspace) -> PathBuf {
    workspace.target().join("page-glue")
}

/// The files of a site, by their path from its root.
#[derive(Default)]
struct Site {
    /// A path with `/` between its parts, and the file's content.
    files: BTreeMap<String, Vec<u8>>,
}

impl Site {
    /// Takes in everything under a folder.
    fn add_folder(&mut self, folder: &Path) -> anyhow::Result<()> {
        self.add_folder_as(folder, "")
    }

    /// Takes in everything under a folder, with a prefix to its path.
    fn add_folder_as(&mut self, folder: &Path, prefix: &str) -> anyhow::Result<()> {
        for entry in fs::read_dir(folder).with_context(|| format!("could not list {}", folder.display()))? {
            let entry = entry?;
            let name = entry.file_name();
            let Some(name) = name.to_str() else { bail!("{} has a name that isn't UTF-8", entry.path().display()) };
            if name.starts_with('.') {
                continue;
            }
            let path = format!("{prefix}{name}");
            if entry.file_type()?.is_dir() {
                self.add_folder_as(&entry.path(), &format!("{path}/"))?;
            } else {
                let replaced = self.files.insert(path.clone(), read(&entry.path())?);
                ensure!(replaced.is_none(), "two files of the site have the same path `{path}`; one of them is {}", entry.path().display());
            }
        }
        Ok(())
    }

    /// Fills in the texts of the page itself.
    fn fill_words(&mut self, words: &PageWords) -> anyhow::Result<()> {
        let page = self.files.get_mut("index.html").context("there is no index.html")?;
        *page = words.fill(str::from_utf8(page).context("index.html isn't UTF-8")?)?.into_bytes();
        Ok(())
    }

    /// Fills in the marks of the page's own files, and gives the build's mark to every address `"./file"` of a file of the site, so that no cache
    /// mixes two builds; the last thing to do.
    fn fill_marks(&mut self) -> anyhow::Result<()> {
        let module = format!("{GLUE_NAME}_bg.wasm");
        let wasm_bytes = self.files.get(&module).with_context(|| format!("the glue has no `{module}`"))?.len().to_string();
        let build = self.content_hash();
        // The service worker has one name in every build: the browser looks for a changed one by itself.
        let kept: Vec<String> = self.files.keys().filter(|path| *path != SERVICE_WORKER).cloned().collect();
        let list = kept.iter().map(|path| format!("\"{path}\"")).collect::<Vec<_>>().join(", ");
        for (mark, value) in [(BUILD_MARK, &build), (WASM_BYTES_MARK, &wasm_bytes), (FILES_MARK, &list)] {
            let count = self.change_texts(|text| text.contains(mark).then(|| text.replace(mark, value)));
            ensure!(count > 0, "neither index.html nor a file in web/ has the mark `{mark}` to fill in");
        }
        for path in &kept {
            let (plain, marked) = (format!("\"./{path}\""), format!("\"./{path}?v={build}\""));
            self.change_texts(|text| text.contains(&plain).then(|| text.replace(&plain, &marked)));
        }
        Ok(())
    }

    /// Changes the texts that a browser reads into what `change` makes of them, if anything, and says how many those were.
    fn change_texts(&mut self, change: impl Fn(&str) -> Option<String>) -> usize {
        let mut count = 0;
        for (path, content) in &mut self.files {
            let is_text = [".html", ".css", ".js", ".webmanifest"].iter().any(|ending| path.ends_with(ending));
            if let Some(changed) = str::from_utf8(content).ok().filter(|_| is_text).and_then(&change) {
                *content = changed.into_bytes();
                count += 1;
            }
        }
        count
    }

    /// Adds the large files in compressed form, and says how large each became: with gzip, with brotli.
    fn compress(&mut self) -> BTreeMap<String, [usize; 2]> {
        let mut sizes = BTreeMap::new();
        let large: Vec<(String, Vec<u8>)> = self
            .files
            .iter()
            .filter(|(_, content)| content.len() >= LARGE_BYTES)
            .map(|(path, content)| (path.clone(), content.clone()))
            .collect();
        for (path, content) in large {
            let (gzip, brotli) = (compress::gzip(&content), compress::brotli(&content));
            sizes.insert(path.clone(), [gzip.len(), brotli.len()]);
            self.files.insert(format!("{path}.gz"), gzip);
            self.files.insert(format!("{path}.br"), brotli);
        }
        sizes
    }

    /// A short word for the content so far.
    fn content_hash(&self) -> String {
        let mut hasher = DefaultHasher::new();
        self.files.hash(&mut hasher);
        format!("{:016x}", hasher.finish())
    }

    /// Writes the files into a folder that holds nothing else afterwards.
    fn write(&self, out: &Path) -> anyhow::Result<()> {
        empty_folder(out)?;
        for (path, content) in &self.files {
            let file = out.join(path);
            if let Some(folder) = file.parent() {
                fs::create_dir_all(folder).with_context(|| format!("could not create the folder {}", folder.display()))?;
            }
            fs::write(&file, content).with_context(|| format!("could not write {}", file.display()))?;
        }
        Ok(())
    }

    /// Says what was written, and how large it is.
    fn print_sizes(&self, out: &Path, compressed: &BTreeMap<String, [usize; 2]>) {
        println!("The site is in {} (sizes in kB):", out.display());
        println!("{:>9} {:>9} {:>9}", "", "gzip", "brotli");
        let kilobytes = |bytes: usize| format!("{:.1}", bytes as f64 / 1000.0);
        let mut whole = [0; 3];
        for (path, content) in self.files.iter().filter(|(path, _)| !is_compressed(path)) {
            let [gzip, brotli] = compressed.get(path).copied().unwrap_or([content.len(); 2]);
            println!("{:>9} {:>9} {:>9}  {path}", kilobytes(content.len()), kilobytes(gzip), kilobytes(brotli));
            for (whole, part) in whole.iter_mut().zip([content.len(), gzip, brotli]) {
                *whole += part;
            }
        }
        println!("{:>9} {:>9} {:>9}  in all", kilobytes(whole[0]), kilobytes(whole[1]), kilobytes(whole[2]));
    }
}

/// Whether this is another file's compressed form.
fn is_compressed(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|extension| extension == "gz" || extension == "br")
}

/// Refuses a folder that holds something other than an earlier build.
fn check_replaceable(out: &Path) -> anyhow::Result<()> {
    let holds_something = match fs::read_dir(out) {
        Ok(mut entries) => entries.next().is_some(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => false,
        Err(error) => return Err(error).with_context(|| format!("{} can't be used as the site's folder", out.display())),
    };
    ensure!(
        !holds_something || out.join(format!("{GLUE_NAME}.js")).is_file(),
        "{} holds files that aren't an earlier build of the page, and building would delete them: name an empty or a new folder with --out",
        out.display()
    );
    Ok(())
}

/// Removes what a folder holds but not the folder, so that a server that stands in it goes on.
fn empty_folder(folder: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("could not create the folder {}", folder.display()))?;
    for entry in fs::read_dir(folder).with_context(|| format!("could not list {}", folder.display()))? {
        let path: PathBuf = entry?.path();
        let removed = if path.is_dir() && !path.is_symlink() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        removed.with_context(|| format!("could not remove the stale {}", path.display()))?;
    }
    Ok(())
}

/// Removes a folder if it is there.
fn remove_folder(folder: &Path) -> anyhow::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("could not remove the stale folder {}", folder.display()))
        }
        _ => Ok(()),
    }
}

/// Reads a file whole.
fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    fs::read(file).with_context(|| format!("could not read {}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_of_a_file_gets_the_mark_and_the_service_worker_none() {
        let mut site = Site::default();
        for (path, content) in [
            ("index.html", r#"<link href="./shell.css" /><canvas data-wasm-bytes="WASM_BYTES"></canvas>"#),
            ("shell.css", ""),
            ("offline.js", r#"register("./service_worker.js"); import("./other.js");"#),
            ("contrastive_playground_bg.wasm", "four"),
            (SERVICE_WORKER, r#"const BUILD = "BUILD_MARK", FILES = [SITE_FILES];"#),
        ] {
            site.files.insert(path.to_owned(), content.into());
        }
        site.fill_marks().expect("every mark is there");
        let text = |path: &str| String::from_utf8(site.files[path].clone()).expect("a text");
        let worker = text(SERVICE_WORKER);
        let build = worker.split('"').nth(1).expect("the mark");
        assert_eq!(text("index.html"), format!(r#"<link href="./shell.css?v={build}" /><canvas data-wasm-bytes="4"></canvas>"#));
        assert_eq!(text("offline.js"), r#"register("./service_worker.js"); import("./other.js");"#);
        assert!(worker.contains(r#"FILES = ["contrastive_playground_bg.wasm", "index.html", "offline.js", "shell.css"];"#), "{worker}");
    }
}
