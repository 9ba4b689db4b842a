//! Writes an output to a temporary file, which gets the output's name when it is complete.

use super::Failure;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf, is_separator};
use tempfile::{Builder, NamedTempFile, PersistError};

/// The paths that mean the program's standard output.
const STANDARD_OUTPUT: [&str; 3] = ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"];
/// The largest number of links that are followed to a file that does not exist yet. More than that are taken for a circle.
const MOST_LINKS: usize = 40;
/// The number of bytes of an output's name that its temporary name repeats. File systems limit the length of names.
const REPEATED: usize = 200;

/// The place of an output. It is the same for every spelling of the path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// A regular file, which may not exist yet, with its path without links.
    File(PathBuf),
    /// A pipe, a terminal or a similar file, which can't be replaced by another file.
    Device(PathBuf),
    /// The program's standard output.
    StandardOutput,
}

impl Place {
    /// Finds the place that a path leads to, without writing anything. Fails if there can't be a file.
    pub(super) fn of(path: &Path) -> Result<Self, Failure> {
        if STANDARD_OUTPUT.iter().any(|name| path == Path::new(name)) {
            return Ok(Self::StandardOutput);
        }
        let metadata = fs::metadata(path).ok();
        let name = path.file_name().filter(|_| !path.to_string_lossy().ends_with(is_separator));
        let is_folder = metadata.as_ref().is_some_and(fs::Metadata::is_dir);
        let Some(name) = name.filter(|_| !is_folder) else {
            return Err(Failure::Failed(format!("{}: this is a folder, but an output is a file", path.display())));
        };
        let folder = folder_of(path);
        let real_folder = fs::canonicalize(folder)
            .map_err(|error| Failure::Failed(format!("{}: its folder {} can't be used: {error}", path.display(), folder.display())))?;
        // These folders name open files. An open file can't be replaced, even if it is a regular one.
        let is_open = ["/proc", "/dev/fd"].iter().any(|start| real_folder.starts_with(start)) || real_folder == Path::new("/dev");
        if is_open || metadata.is_some_and(|metadata| !metadata.is_file()) {
            return Ok(Self::Device(real_folder.join(name)));
        }
        real_path(path).map(Self::File).map_err(|error| Failure::of_file(path, &error))
    }
}

/// Returns the folder that holds the last part of the path.
fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Returns the path of a regular file without links. The folder has to exist; the file need not exist.
fn real_path(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        if let Ok(real) = fs::canonicalize(&path) {
            return Ok(real);
        }
        // A link may lead to a file that does not exist yet.
        match fs::read_link(&path) {
            Ok(target) => path = folder_of(&path).join(target),
            Err(_) => return Ok(fs::canonicalize(folder_of(&path))?.join(path.file_name().unwrap_or_default())),
        }
    }
    Err(io::Error::other("links lead in a circle"))
}

/// An output that is being written.
#[derive(Debug)]
pub(super) struct Target {
    /// The path as it was given.
    path: PathBuf,
    sink: Sink,
    /// The first error.
    error: Option<io::Error>,
}

/// The file that takes the bytes of an output.
#[derive(Debug)]
enum Sink {
    /// A temporary file beside the place, which replaces what is there at the end.
    Beside {
        file: NamedTempFile,
        place: PathBuf,
    },
    /// The pipe, terminal or similar file itself.
    Device(File),
    StandardOutput,
}

impl Target {
    /// Opens the output and leaves an earlier file in its place unchanged. Called before the run, so that a wrong path is found at once.
    pub(super) fn open(path: &Path, place: Place) -> Result<Self, Failure> {
        let sink = match place {
            Place::StandardOutput => Ok(Sink::StandardOutput),
            Place::Device(place) => File::options().write(true).open(place).map(Sink::Device),
            Place::File(place) => beside(&place).map(|file| Sink::Beside { file, place }),
        };
        let sink = sink.map_err(|error| Failure::of_file(path, &error))?;
        Ok(Self { path: path.to_owned(), sink, error: None })
    }

    /// Appends to the output. Other programs can read the bytes at once. After an error nothing more is written.
    pub(super) fn write(&mut self, bytes: &[u8]) {
        if self.error.is_some() {
            return;
        }
        let written = match &mut self.sink {
            Sink::Beside { file, .. } => file.as_file_mut().write_all(bytes),
            Sink::Device(file) => file.write_all(bytes),
            Sink::StandardOutput => {
                let mut output = io::stdout().lock();
                output.write_all(bytes).and_then(|()| output.flush())
            }
        };
        self.error = written.err();
    }

    /// Returns true if everything could be written so far.
    pub(super) fn is_sound(&self) -> bool {
        self.error.is_none()
    }

    /// Moves the complete output to its place.
    ///
    /// If that fails, or a write has failed before, the place stays as it was, and the failure names the file with what was written.
    pub(super) fn finish(self) -> Result<(), Failure> {
        let Self { path, sink, error } = self;
        let Sink::Beside { file, place } = sink else {
            return match error {
                None => Ok(()),
                Some(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(Failure::Unread),
                Some(error) => Err(Failure::of_file(&path, &error)),
            };
        };
        let (error, file) = if let Err(error) = error.map_or_else(|| file.as_file().sync_all(), Err) {
            (error, file)
        } else {
            if let Ok(before) = fs::metadata(&place)
                && before.is_file()
            {
                // If the permissions can't be set, the file keeps the usual ones.
                file.as_file().set_permissions(before.permissions()).ok();
            }
            match file.persist(&place) {
                Ok(_) => return Ok(()),
                Err(PersistError { error, file }) => (error, file),
            }
        };
        let rest = file.keep().map_or_else(|_| String::new(), |(_, rest)| format!("; what was written is in {}", rest.display()));
        Err(Failure::Failed(format!("{}: {error}{rest}", path.display())))
    }
}

/// Creates a temporary file beside a place, with a similar name and the usual permissions.
fn beside(place: &Path) -> io::Result<NamedTempFile> {
    // A file that this user may not write is not replaced.
    if let Err(error) = File::options().write(true).open(place)
        && error.kind() != io::ErrorKind::NotFound
    {
        return Err(error);
    }
    let name = place.file_name().unwrap_or_default().to_string_lossy();
    let prefix = format!(".{}.", &name[..name.floor_char_boundary(REPEATED)]);
    Builder::new().prefix(&prefix).suffix(".part").make_in(folder_of(place), |path| File::options().write(true).create_new(true).open(path))
}
