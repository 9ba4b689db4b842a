//! The browser.

use super::{Inbox, Incoming, Storage, too_large};
use crate::exchange::images::{FolderImages, MOST_FILE, ReadImages, is_image_path};
use eframe::egui::{self, DroppedFileHandle, FontData};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use wasm_bindgen::prelude::{Closure, JsValue};
use wasm_bindgen::{JsCast as _, closure::WasmClosureFnOnce};
use web_sys::{HtmlAnchorElement, HtmlInputElement, Window};

/// The key in local storage.
const STORE: &str = "contrastive-playground";

thread_local! {
    /// The link has changed by other hands than ours.
    static LINK_CHANGED: Cell<bool> = const { Cell::new(false) };
    /// The hash that we wrote last.
    static WRITTEN: RefCell<Option<String>> = const { RefCell::new(None) };
}

thread_local! {
    /// What is to be done when the runner has something to tell.
    static ON_WAKE: RefCell<Option<Box<dyn Fn()>>> = const { RefCell::new(None) };
}

/// Has `listener` called whenever the runner has something to tell, frames or not.
pub fn on_wake(listener: Box<dyn Fn()>) {
    ON_WAKE.set(Some(listener));
}

/// Calls that listener.
pub fn woken() {
    ON_WAKE.with_borrow(|listener| {
        if let Some(listener) = listener {
            listener();
        }
    });
}

/// The worker's script as the page names it: with its build's mark, so that no cache pairs it with another build.
pub fn worker_script() -> String {
    let named = window().and_then(|window| window.document()).and_then(|document| document.query_selector("[data-worker]").ok().flatten());
    named.and_then(|element| element.get_attribute("data-worker")).unwrap_or_else(|| "./worker.js".to_owned())
}

fn window() -> Option<Window> {
    web_sys::window()
}

/// The tag of the browser's language.
pub fn system_language() -> String {
    window().and_then(|window| window.navigator().language()).unwrap_or_default()
}

/// The font with the Chinese characters: the page brings it when the program is there.
pub fn chinese_font() -> Option<FontData> {
    None
}

/// What the page has brought as that font, if it is this build's: egui takes no other bytes without a panic.
pub fn checked_chinese_font(bytes: Vec<u8>) -> Option<FontData> {
    /// Length and checksum of the file, without the file.
    const EXPECTED: (usize, u32) = {
        let bytes = include_bytes!("../../../assets/fonts/NotoSansSC-Regular.otf");
        (bytes.len(), checksum(bytes))
    };
    ((bytes.len(), checksum(&bytes)) == EXPECTED).then(|| FontData::from_owned(bytes))
}

/// FNV-1a.
const fn checksum(bytes: &[u8]) -> u32 {
    let mut sum = 0x811c_9dc5_u32;
    let mut index = 0;
    while index < bytes.len() {
        sum = (sum ^ bytes[index] as u32).wrapping_mul(0x0100_0193);
        index += 1;
    }
    sum
}

/// Whether the system asks for less motion.
pub fn reduced_motion() -> bool {
    window().and_then(|window| window.match_media("(prefers-reduced-motion: reduce)").ok().flatten()).is_some_and(|query| query.matches())
}

/// Whether the tab is out of sight.
pub fn is_hidden() -> bool {
    window().and_then(|window| window.document()).is_some_and(|document| document.hidden())
}

/// The address's hash, without the `#`.
pub fn hash() -> String {
    let hash = window().and_then(|window| window.location().hash().ok()).unwrap_or_default();
    hash.trim_start_matches('#').to_owned()
}

/// Notes from now on when the hash is changed by the user or a script.
pub fn watch_link(ctx: egui::Context) {
    let listener = Closure::<dyn FnMut()>::new(move || {
        LINK_CHANGED.set(true);
        ctx.request_repaint();
    });
    if let Some(window) = window() {
        window.set_onhashchange(Some(listener.as_ref().unchecked_ref()));
    }
    // Listens as long as the page lives.
    listener.forget();
}

/// The hash, if it was changed by other hands than ours since the last time.
pub fn changed_link() -> Option<String> {
    if !LINK_CHANGED.take() {
        return None;
    }
    let hash = hash();
    WRITTEN.with_borrow(|written| written.as_ref() != Some(&hash)).then_some(hash)
}

/// Puts the hash into the address, without a step in the browser's history.
pub fn set_link(hash: &str) {
    let Some(window) = window() else { return };
    WRITTEN.replace(Some(hash.to_owned()));
    let location = window.location();
    let path = format!("{}{}", location.pathname().unwrap_or_default(), location.search().unwrap_or_default());
    let url = if hash.is_empty() { path } else { format!("{path}#{hash}") };
    // A page that may not write its address (a sandboxed frame) still works.
    if let Ok(history) = window.history() {
        history.replace_state_with_url(&JsValue::NULL, "", Some(&url)).ok();
    }
}

/// The page's whole address with this hash.
pub fn link(hash: &str) -> String {
    let location = window().map(|window| window.location());
    let part = |get: fn(&web_sys::Location) -> Result<String, JsValue>| {
        location.as_ref().and_then(|location| get(location).ok()).unwrap_or_default()
    };
    let page = format!("{}{}{}", part(web_sys::Location::origin), part(web_sys::Location::pathname), part(web_sys::Location::search));
    if hash.is_empty() { page } else { format!("{page}#{hash}") }
}

/// Tells the page the tag of its language, for its own messages and for screen readers.
pub fn tell_language(tag: &str) {
    let root = window().and_then(|window| window.document()).and_then(|document| document.document_element());
    if let Some(root) = root {
        root.set_attribute("lang", tag).ok();
    }
}

/// Puts a sentence where screen readers hear it.
pub fn say(text: &str) {
    let status = window().and_then(|window| window.document()).and_then(|document| document.get_element_by_id("status"));
    if let Some(status) = status {
        status.set_text_content(Some(text));
    }
}

/// The browser's local storage. Where it is closed there is none, and the next time starts afresh.
#[derive(Debug)]
struct LocalStorage;

impl LocalStorage {
    fn open() -> Option<web_sys::Storage> {
        window()?.local_storage().ok().flatten()
    }
}

impl Storage for LocalStorage {
    fn stored(&self) -> Result<Option<String>, String> {
        Self::open().map_or(Ok(None), |storage| storage.get_item(STORE).map_err(|error| format!("{error:?}")))
    }

    fn store(&self, text: &str) -> Result<(), String> {
        Self::open().map_or(Ok(()), |storage| storage.set_item(STORE, text).map_err(|error| format!("{error:?}")))
    }
}

/// Where the user's state is kept.
pub fn user_storage() -> Option<Rc<dyn Storage>> {
    Some(Rc::new(LocalStorage))
}

/// Hands a file to the user as a download.
pub fn save_file(name: &'static str, mime: &str, bytes: &[u8], inbox: &Inbox, ctx: &egui::Context) {
    inbox.put(match download(name, mime, bytes) {
        Ok(()) => Incoming::Saved,
        Err(error) => Incoming::Unsaved(format!("{name}: {error:?}")),
    });
    ctx.request_repaint();
}

fn download(name: &str, mime: &str, bytes: &[u8]) -> Result<(), JsValue> {
    let document = window().and_then(|window| window.document()).ok_or("no document")?;
    let parts = js_sys::Array::of1(&js_sys::Uint8Array::from(bytes));
    let options = web_sys::BlobPropertyBag::new();
    options.set_type(mime);
    let blob = web_sys::Blob::new_with_u8_array_sequence_and_options(&parts, &options)?;
    let url = web_sys::Url::create_object_url_with_blob(&blob)?;
    let anchor: HtmlAnchorElement = document.create_element("a")?.unchecked_into();
    anchor.set_href(&url);
    anchor.set_download(name);
    anchor.click();
    web_sys::Url::revoke_object_url(&url)
}

/// Asks for a file of settings, points or images and reads it.
pub fn open_file(inbox: &Inbox, ctx: &egui::Context, most: u64) {
    if let Err(error) = ask(inbox.clone(), ctx.clone(), most) {
        inbox.put(Incoming::Unreadable(format!("{error:?}")));
    }
}

fn ask(inbox: Inbox, ctx: egui::Context, most: u64) -> Result<(), JsValue> {
    let document = window().and_then(|window| window.document()).ok_or("no document")?;
    let input: HtmlInputElement = document.create_element("input")?.unchecked_into();
    input.set_type("file");
    input.set_accept(".json,.csv,.tsv,.txt,.png,application/json,text/csv,text/plain,image/png");
    let picked = {
        let input = input.clone();
        move || {
            let Some(file) = input.files().and_then(|files| files.get(0)) else { return };
            read(&file, inbox.clone(), ctx.clone(), most);
        }
    };
    input.set_onchange(Some(picked.into_js_function().unchecked_ref()));
    input.click();
    Ok(())
}

/// Asks for a folder and reads the images in it.
pub fn open_folder(inbox: &Inbox, ctx: &egui::Context) {
    if let Err(error) = ask_for_folder(inbox.clone(), ctx.clone()) {
        inbox.put(Incoming::Unreadable(format!("{error:?}")));
    }
}

fn ask_for_folder(inbox: Inbox, ctx: egui::Context) -> Result<(), JsValue> {
    let document = window().and_then(|window| window.document()).ok_or("no document")?;
    let input: HtmlInputElement = document.create_element("input")?.unchecked_into();
    input.set_type("file");
    // A browser that has no folders lets several files be picked.
    input.set_multiple(true);
    input.set_webkitdirectory(true);
    let picked = {
        let input = input.clone();
        move || {
            let Some(files) = input.files() else { return };
            let files: Vec<web_sys::File> = (0..files.length()).filter_map(|index| files.get(index)).collect();
            read_images(files, inbox.clone(), ctx.clone());
        }
    };
    input.set_onchange(Some(picked.into_js_function().unchecked_ref()));
    input.click();
    Ok(())
}

/// Reads what was dropped onto the page at once: a file, or several images.
pub fn read_dropped(dropped: &[DroppedFileHandle], inbox: &Inbox, ctx: &egui::Context, most: u64) {
    let mut files: Vec<web_sys::File> = dropped.iter().filter_map(|file| file.web_file().cloned()).collect();
    if files.len() > 1 {
        read_images(files, inbox.clone(), ctx.clone());
    } else if let Some(file) = files.pop() {
        read(&file, inbox.clone(), ctx.clone(), most);
    }
}

/// Reads the images among files, with their paths below the folder that was picked. Between files the page goes on.
fn read_images(files: Vec<web_sys::File>, inbox: Inbox, ctx: egui::Context) {
    wasm_bindgen_futures::spawn_local(async move {
        inbox.put(Incoming::Images(images_of(files).await));
        ctx.request_repaint();
    });
}

async fn images_of(files: Vec<web_sys::File>) -> Result<ReadImages, String> {
    let path = |file: &web_sys::File| {
        let path = js_sys::Reflect::get(file, &"webkitRelativePath".into()).ok().and_then(|path| path.as_string());
        let below = path.as_deref().and_then(|path| path.split_once('/')).map(|(_, below)| below.to_owned());
        below.unwrap_or_else(|| file.name())
    };
    let by_path: BTreeMap<String, web_sys::File> =
        files.into_iter().map(|file| (path(&file), file)).filter(|(path, _)| is_image_path(path)).collect();
    let mut images = FolderImages::new(by_path.keys().cloned()).map_err(|error| error.to_string())?;
    for (path, file) in &by_path {
        if file.size() > MOST_FILE as f64 {
            return Err(too_large(path, MOST_FILE));
        }
        let buffer = wasm_bindgen_futures::JsFuture::from(file.array_buffer()).await.map_err(|error| unreadable(path, &error))?;
        images.add(&js_sys::Uint8Array::new(&buffer).to_vec()).map_err(|error| error.to_string())?;
    }
    images.finish().map_err(|error| error.to_string())
}

/// Why the browser does not read a file; a dropped folder is one that it does not.
fn unreadable(name: &str, error: &JsValue) -> String {
    let reason = js_sys::Reflect::get(error, &"message".into()).ok().and_then(|message| message.as_string());
    format!("{name}: {}", reason.unwrap_or_else(|| format!("{error:?}")))
}

/// Reads a file of the browser's, if it is not too large.
fn read(file: &web_sys::File, inbox: Inbox, ctx: egui::Context, most: u64) {
    if file.size() > most as f64 {
        inbox.put(Incoming::Unreadable(too_large(&file.name(), most)));
        ctx.request_repaint();
        return;
    }
    let (name, contents) = (file.name(), file.array_buffer());
    wasm_bindgen_futures::spawn_local(async move {
        inbox.put(match wasm_bindgen_futures::JsFuture::from(contents).await {
            Ok(buffer) => Incoming::File(name.clone(), js_sys::Uint8Array::new(&buffer).to_vec()),
            Err(error) => Incoming::Unreadable(unreadable(&name, &error)),
        });
        ctx.request_repaint();
    });
}
