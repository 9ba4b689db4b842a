//! Reading files.

use super::failure::Failure;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

/// Reads a file. Fails if it has more than `limit` bytes, without reading all of it.
pub(super) fn read(path: &Path, limit: u64) -> Result<Vec<u8>, Failure> {
    let failed = |error| Failure::of_file(path, &error);
    let too_large = || Failure::in_file(path, format_args!("too large: at most {limit} bytes are read"));
    let file = File::open(path).map_err(failed)?;
    if file.metadata().map_err(failed)?.len() > limit {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    // The length above says nothing about a pipe, and a file can grow meanwhile.
    file.take(limit + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > limit { Err(too_large()) } else { Ok(bytes) }
}
