//! The desktop.

use super::{Inbox, Incoming, Storage, too_large};
use crate::exchange::folder;
use eframe::egui::{self, DroppedFileHandle, FontData};
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// The environment variable that names the folder for the state.
const STATE_FOLDER: &str = "CONTRASTIVE_PLAYGROUND_STATE";
/// The most of a stored state that is read, in bytes: more than ten thousand images of one's own take.
const LONGEST: u64 = 1 << 22;

/// The tag of the environment's language.
pub fn system_language() -> String {
    let tag = ["LC_ALL", "LC_MESSAGES", "LANG"].iter().find_map(|name| std::env::var(name).ok().filter(|tag| !tag.is_empty()));
    tag.unwrap_or_else(|| "en".to_owned())
}

/// The font with the Chinese characters: the program carries it.
pub fn chinese_font() -> Option<FontData> {
    Some(FontData::from_static(include_bytes!("../../../assets/fonts/NotoSansSC-Regular.otf")))
}

/// No desktop tells in a common way.
pub fn reduced_motion() -> bool {
    false
}

/// A desktop window that nobody sees gets no frames, and its thread may go on.
pub fn is_hidden() -> bool {
    false
}

/// A desktop window's trainer is a thread and needs no script.
pub fn worker_script() -> String {
    String::new()
}

/// A desktop window gets its frame.
pub fn woken() {}

/// A desktop window has no address.
pub fn changed_link() -> Option<String> {
    None
}

/// A desktop window has no address.
pub fn set_link(_hash: &str) {}

/// The hash alone: it fits behind the address of any page of the playground, and the command line takes it.
pub fn link(hash: &str) -> String {
    format!("#{hash}")
}

/// A desktop window has no page around it.
pub fn tell_language(_tag: &str) {}

/// A desktop window speaks through AccessKit.
pub fn say(_text: &str) {}

/// A folder that keeps the state in a file.
#[derive(Clone, Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// This folder, which need not be there yet.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self(folder.into())
    }

    /// The user's: the one that `CONTRASTIVE_PLAYGROUND_STATE` names, or else the system's for configurations. None where there is no home.
    pub fn of_user() -> Option<Self> {
        let named = std::env::var_os(STATE_FOLDER).filter(|folder| !folder.is_empty()).map(PathBuf::from);
        let usual = || Some(directories::ProjectDirs::from("", "", "contrastive-playground")?.config_dir().to_owned());
        named.or_else(usual).map(Self)
    }

    /// The file with the state.
    pub fn file(&self) -> PathBuf {
        self.0.join("state")
    }

    /// Writes beside the file first: whatever happens, the file has the old state or the new one.
    fn write(&self, text: &str) -> io::Result<()> {
        fs::create_dir_all(&self.0)?;
        let part = self.0.join(format!("state.{}.part", std::process::id()));
        let written = fs::write(&part, text).and_then(|()| fs::rename(&part, self.file()));
        if written.is_err() {
            // What is told is why; that a part is left over says nothing more.
            fs::remove_file(&part).ok();
        }
        written
    }
}

impl Storage for Folder {
    fn stored(&self) -> Result<Option<String>, String> {
        let mut text = String::new();
        match fs::File::open(self.file()).and_then(|file| file.take(LONGEST).read_to_string(&mut text)) {
            Ok(_) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(in_words(&self.file(), &error)),
        }
    }

    fn store(&self, text: &str) -> Result<(), String> {
        self.write(text).map_err(|error| in_words(&self.file(), &error))
    }
}

/// Where the user's state is kept.
pub fn user_storage() -> Option<Rc<dyn Storage>> {
    let folder = Folder::of_user()?;
    Some(Rc::new(folder))
}

fn in_words(path: &Path, error: &io::Error) -> String {
    format!("{}: {error}", path.display())
}

/// Asks where to save a file, and saves it there.
pub fn save_file(name: &'static str, _mime: &str, bytes: &[u8], inbox: &Inbox, ctx: &egui::Context) {
    let (bytes, inbox, ctx) = (bytes.to_vec(), inbox.clone(), ctx.clone());
    std::thread::spawn(move || {
        if let Some(path) = rfd::FileDialog::new().set_file_name(name).save_file() {
            inbox.put(match fs::write(&path, bytes) {
                Ok(()) => Incoming::Saved,
                Err(error) => Incoming::Unsaved(in_words(&path, &error)),
            });
            ctx.request_repaint();
        }
    });
}

/// Asks for a file of settings, points or images and reads it.
pub fn open_file(inbox: &Inbox, ctx: &egui::Context, most: u64) {
    let (inbox, ctx) = (inbox.clone(), ctx.clone());
    std::thread::spawn(move || {
        if let Some(path) = rfd::FileDialog::new().add_filter("JSON, CSV, PNG", &["json", "csv", "tsv", "txt", "png"]).pick_file() {
            inbox.put(read(&path, most));
            ctx.request_repaint();
        }
    });
}

/// Asks for a folder and reads the images in it.
pub fn open_folder(inbox: &Inbox, ctx: &egui::Context) {
    let (inbox, ctx) = (inbox.clone(), ctx.clone());
    std::thread::spawn(move || {
        if let Some(path) = rfd::FileDialog::new().pick_folder() {
            inbox.put(read_images(&[&path]));
            ctx.request_repaint();
        }
    });
}

/// Reads what was dropped onto the window at once: a file, a folder of images, or several images and folders of a class each.
pub fn read_dropped(dropped: &[DroppedFileHandle], inbox: &Inbox, ctx: &egui::Context, most: u64) {
    let paths: Vec<PathBuf> = dropped.iter().map(|file| file.path().to_owned()).collect();
    if let [path] = &paths[..]
        && !path.is_dir()
    {
        inbox.put(read(path, most));
        return;
    }
    // Thousands of files take their time, and the window goes on.
    let (inbox, ctx) = (inbox.clone(), ctx.clone());
    std::thread::spawn(move || {
        inbox.put(read_images(&paths.iter().map(PathBuf::as_path).collect::<Vec<_>>()));
        ctx.request_repaint();
    });
}

fn read_images(paths: &[&Path]) -> Incoming {
    Incoming::Images(folder::read(paths).map_err(|error| error.to_string()))
}

fn read(path: &Path, most: u64) -> Incoming {
    let mut bytes = Vec::new();
    // One byte more than the most: so that what is too long is seen to be.
    match fs::File::open(path).and_then(|file| file.take(most + 1).read_to_end(&mut bytes)) {
        Ok(_) if bytes.len() as u64 > most => Incoming::Unreadable(too_large(&folder::file_name(path), most)),
        Ok(_) => Incoming::File(folder::file_name(path), bytes),
        Err(error) => Incoming::Unreadable(in_words(path, &error)),
    }
}
