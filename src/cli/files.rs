//! Files that are read and written.

use super::failure::Failure;
use std::fs::File;
use std::io::{BufWriter, Read as _, Write as _};
use std::path::{Path, PathBuf};

/// Reads a file; more than `limit` bytes are refused without being read.
pub(super) fn read(path: &Path, limit: u64) -> Result<Vec<u8>, Failure> {
    let failed = |error| Failure::of_file(path, &error);
    let too_large = || Failure::in_file(path, format_args!("too large: at most {limit} bytes are read"));
    let file = File::open(path).map_err(failed)?;
    if file.metadata().map_err(failed)?.len() > limit {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    // A pipe has no length, and a file can grow.
    file.take(limit + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > limit { Err(too_large()) } else { Ok(bytes) }
}

/// A file that is being written.
#[derive(Debug)]
pub(super) struct Target {
    path: PathBuf,
    file: BufWriter<File>,
}

impl Target {
    /// Creates the file: before the work whose result it is to hold, so that a wrong path costs no work.
    pub(super) fn create(path: &Path) -> Result<Self, Failure> {
        let file = File::create(path).map_err(|error| Failure::of_file(path, &error))?;
        Ok(Self { path: path.to_owned(), file: BufWriter::new(file) })
    }

    /// Appends to the file.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.file.write_all(bytes).map_err(|error| Failure::of_file(&self.path, &error))
    }

    /// Completes the file.
    pub(super) fn finish(mut self) -> Result<(), Failure> {
        self.file.flush().map_err(|error| Failure::of_file(&self.path, &error))
    }
}
