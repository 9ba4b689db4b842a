//! The desktop.

use crate::app::files::{Inbox, Incoming};
use crate::app::words::Language;
use eframe::egui::{self, DroppedFile, FontData};
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// The language of the environment.
pub fn system_language() -> Language {
    let tag = ["LC_ALL", "LC_MESSAGES", "LANG"].iter().find_map(|name| std::env::var(name).ok().filter(|tag| !tag.is_empty()));
    Language::from_tag(tag.as_deref().unwrap_or("en"))
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
pub fn tell_language(_language: Language) {}

/// A desktop window speaks through AccessKit.
pub fn say(_text: &str) {}

fn state_file() -> Option<PathBuf> {
    let folder = directories::ProjectDirs::from("", "", "contrastive-playground")?;
    Some(folder.config_dir().join("state"))
}

/// What was stored the last time; more than a link's worth is not read.
pub fn stored() -> Option<String> {
    let mut text = String::new();
    fs::File::open(state_file()?).ok()?.take(1 << 16).read_to_string(&mut text).ok()?;
    Some(text)
}

/// Stores the state for the next time; where that can't be, the next time starts afresh.
pub fn store(text: &str) {
    if let Some(file) = state_file() {
        let written = file.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(&file, text));
        if let Err(error) = written {
            log::warn!("the state was not stored in {}: {error}", file.display());
        }
    }
}

/// Asks where to save a file, and saves it there.
pub fn save_file(name: &'static str, _mime: &str, bytes: &[u8], inbox: &Inbox) {
    let (bytes, inbox) = (bytes.to_vec(), inbox.clone());
    std::thread::spawn(move || {
        if let Some(path) = rfd::FileDialog::new().set_file_name(name).save_file() {
            inbox.put(match fs::write(&path, bytes) {
                Ok(()) => Incoming::Saved,
                Err(error) => Incoming::Unreadable(format!("{}: {error}", path.display())),
            });
        }
    });
}

/// Asks for a configuration file and reads it.
pub fn open_file(inbox: &Inbox, ctx: &egui::Context, most: u64) {
    let (inbox, ctx) = (inbox.clone(), ctx.clone());
    std::thread::spawn(move || {
        if let Some(path) = rfd::FileDialog::new().add_filter("JSON", &["json"]).pick_file() {
            inbox.put(read(&path, most));
            ctx.request_repaint();
        }
    });
}

/// Reads a file that was dropped onto the window.
pub fn read_dropped(dropped: &dyn DroppedFile, inbox: &Inbox, _ctx: &egui::Context, most: u64) {
    inbox.put(read(dropped.path(), most));
}

fn read(path: &Path, most: u64) -> Incoming {
    let mut bytes = Vec::new();
    // One byte more than the most: so that what is too long is seen to be.
    match fs::File::open(path).and_then(|file| file.take(most + 1).read_to_end(&mut bytes)) {
        Ok(_) => Incoming::File(bytes),
        Err(error) => Incoming::Unreadable(format!("{}: {error}", path.display())),
    }
}
