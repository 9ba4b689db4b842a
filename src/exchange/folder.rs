//! Reads the image files of a folder: the one place here that reads files, for the window and the command line.

use super::images::{ImageFile, is_image_path};
use crate::learn::config::OwnImages;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;

/// Folders inside one another that are gone into.
const DEEPEST: usize = 4;
/// The most of a file that is read, in bytes.
const LARGEST: u64 = 1 << 22;

/// Returns the PNG files in a folder and the folders in it, up to one more than there can be images. The error names what could not be read.
pub fn read(folder: &Path) -> Result<Vec<ImageFile>, String> {
    let mut files = Vec::new();
    look_into(folder, "", 0, &mut files)?;
    Ok(files)
}

fn look_into(folder: &Path, below: &str, depth: usize, files: &mut Vec<ImageFile>) -> Result<(), String> {
    let failed = |path: &Path, error: &io::Error| format!("{}: {error}", path.display());
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>).map_err(|error| failed(folder, &error))?;
    for entry in entries {
        if files.len() > OwnImages::MOST {
            break;
        }
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        let inner = if below.is_empty() { name } else { format!("{below}/{name}") };
        if path.is_dir() {
            if depth < DEEPEST && !inner.rsplit('/').next().is_some_and(|name| name.starts_with('.')) {
                look_into(&path, &inner, depth + 1, files)?;
            }
        } else if is_image_path(&inner) {
            let mut bytes = Vec::new();
            File::open(&path).and_then(|file| file.take(LARGEST).read_to_end(&mut bytes)).map_err(|error| failed(&path, &error))?;
            files.push(ImageFile { path: inner, bytes });
        }
    }
    Ok(())
}
