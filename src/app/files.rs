//! Files in and out: configurations, tables and pictures.

use super::Playground;
use super::model::Action;
use super::platform;
use crate::exchange::{file, table};
use eframe::egui::{self, ColorImage};
use std::sync::{Arc, Mutex, PoisonError};

/// The most of a file that is read, in bytes; a configuration has under two thousand.
const LARGEST: u64 = 1 << 20;

/// What has come in and waits for the next frame.
#[derive(Clone, Debug)]
pub enum Incoming {
    /// A file's contents.
    File(Vec<u8>),
    /// A file that could not be read, and why.
    Unreadable(String),
    /// The window's picture, as PNG.
    Picture(Vec<u8>),
    /// A file has been written.
    Saved,
}

/// Where other threads and the browser put what comes in.
#[derive(Clone, Default)]
pub struct Inbox(Arc<Mutex<Vec<Incoming>>>);

impl Inbox {
    /// Puts something in.
    pub fn put(&self, incoming: Incoming) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(incoming);
    }

    /// Takes out what has come in, dropped files too.
    pub fn take(&self, ctx: &egui::Context) -> Vec<Incoming> {
        for dropped in ctx.input(|input| input.raw.dropped_files.clone()) {
            platform::read_dropped(&*dropped, self, ctx, LARGEST);
        }
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Asks for a file; it comes in later, if the user picks one.
    pub fn ask(&self, ctx: &egui::Context) {
        platform::open_file(self, ctx, LARGEST);
    }
}

impl Playground {
    pub(super) fn open(&mut self, incoming: &Incoming) {
        match incoming {
            Incoming::File(bytes) => match file::from_json(bytes) {
                Ok(config) => {
                    self.start_run(config);
                    self.done("ui.config_opened");
                }
                Err(error) => self.trouble("ui.file_refused", &error.to_string()),
            },
            Incoming::Unreadable(reason) => self.trouble("ui.file_refused", reason),
            Incoming::Picture(png) => {
                platform::save_file("contrastive-playground.png", "image/png", png, &self.inbox);
            }
            Incoming::Saved => self.done("ui.file_saved"),
        }
    }

    pub(super) fn save(&mut self, action: &Action) {
        let snapshot = &self.model.snapshot;
        let (name, mime, text) = match action {
            Action::SaveConfig => ("contrastive-playground.json", "application/json", file::to_json(&self.model.config)),
            Action::SaveEmbeddings => ("embeddings.csv", "text/csv", table::embeddings_csv(snapshot, &self.model.scene)),
            Action::SaveMetrics => ("metrics.csv", "text/csv", table::metrics_csv(snapshot)),
            _ => return,
        };
        platform::save_file(name, mime, text.as_bytes(), &self.inbox);
    }

    pub(super) fn save_picture(&self, ctx: &egui::Context) {
        let (inbox, context) = (self.inbox.clone(), ctx.clone());
        ctx.request_screenshot(move |image| {
            inbox.put(match encode(&image) {
                Ok(png) => Incoming::Picture(png),
                Err(error) => Incoming::Unreadable(error.to_string()),
            });
            context.request_repaint();
        });
    }
}

/// The picture as PNG.
fn encode(image: &ColorImage) -> Result<Vec<u8>, png::EncodingError> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, image.size[0] as u32, image.size[1] as u32);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Eight);
    let pixels: Vec<u8> = image.pixels.iter().flat_map(egui::Color32::to_srgba_unmultiplied).collect();
    encoder.write_header()?.write_image_data(&pixels)?;
    Ok(bytes)
}
