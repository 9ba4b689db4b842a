//! Reads the image files of folders: the one place here that reads files, for the window and the command line.

use super::images::{FolderImages, ImagesError, MOST_FILE, ReadImages, is_image_path};
use crate::learn::config::OwnImages;
use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// Folders inside one another that are gone into.
const DEEPEST: usize = 4;

/// Why images are not read.
#[derive(Debug)]
pub enum FolderError {
    /// A folder or a file that can't be read: its name, and why.
    Unreadable(String),
    /// What is in them is refused.
    Refused(ImagesError),
}

impl fmt::Display for FolderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(reason) => f.write_str(reason),
            Self::Refused(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for FolderError {}

impl FolderError {
    fn unreadable(path: &Path, error: &io::Error) -> Self {
        Self::Unreadable(format!("{}: {error}", path.display()))
    }
}

/// Reads the images of a folder with a folder for each class; or of several folders, which are a class each, and single files.
pub fn read(chosen: &[&Path]) -> Result<ReadImages, FolderError> {
    // By their paths below what was chosen, as messages name them.
    let mut files = BTreeMap::new();
    for path in chosen {
        let name = if chosen.len() == 1 && path.is_dir() { String::new() } else { file_name(path) };
        look_into(path, name, 0, &mut files)?;
    }
    let mut images = FolderImages::new(files.keys().cloned()).map_err(FolderError::Refused)?;
    for (below, path) in &files {
        let mut bytes = Vec::new();
        let read = File::open(path).and_then(|file| file.take(MOST_FILE + 1).read_to_end(&mut bytes));
        read.map_err(|error| FolderError::unreadable(path, &error))?;
        if bytes.len() as u64 > MOST_FILE {
            return Err(FolderError::Refused(ImagesError::TooLong { file: below.clone() }));
        }
        images.add(&bytes).map_err(FolderError::Refused)?;
    }
    images.finish().map_err(FolderError::Refused)
}

/// The last part of a path.
pub fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Finds the images at a path and below it, up to more than there can be.
fn look_into(path: &Path, below: String, depth: usize, files: &mut BTreeMap<String, PathBuf>) -> Result<(), FolderError> {
    if !path.is_dir() {
        if is_image_path(&below) {
            files.insert(below, path.to_owned());
        }
        return Ok(());
    }
    if depth > DEEPEST || below.rsplit('/').next().is_some_and(|name| name.starts_with('.')) {
        return Ok(());
    }
    let entries = fs::read_dir(path).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    for entry in entries.map_err(|error| FolderError::unreadable(path, &error))? {
        let name = file_name(&entry.path());
        let inner = if below.is_empty() { name } else { format!("{below}/{name}") };
        if files.len() <= OwnImages::MOST {
            look_into(&entry.path(), inner, depth + 1, files)?;
        }
    }
    Ok(())
}
