//! What comes in from outside.

use crate::exchange::images::ReadImages;
use std::sync::{Arc, Mutex, PoisonError};

/// What has come in and waits for the next frame.
#[derive(Clone, Debug)]
pub enum Incoming {
    /// A file's name and contents.
    File(String, Vec<u8>),
    /// The images of a folder, or of several files that were dropped, or why they are refused.
    Images(Result<ReadImages, String>),
    /// A file that could not be read, and why.
    Unreadable(String),
    /// The window's picture, as PNG.
    Picture(Vec<u8>),
    /// A file has been written.
    Saved,
    /// A file that could not be written, and why.
    Unsaved(String),
}

/// Where other threads and the browser put what comes in.
#[derive(Clone, Default)]
pub struct Inbox(Arc<Mutex<Vec<Incoming>>>);

impl Inbox {
    /// Puts something in.
    pub fn put(&self, incoming: Incoming) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(incoming);
    }

    /// Takes out what has come in.
    pub fn take(&self) -> Vec<Incoming> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
