//! Files in and out: configurations, tables and pictures.

use super::Playground;
use super::model::Action;
use super::platform::{self, Incoming};
use crate::exchange::{file, table};
use eframe::egui::{self, ColorImage};

/// The most of a file that is read, in bytes; a configuration without points of one's own has under two thousand.
const LARGEST: u64 = 1 << 22;

impl Playground {
    /// What has come in since the last frame, dropped files too.
    pub(super) fn incoming(&self, ctx: &egui::Context) -> Vec<Incoming> {
        for dropped in ctx.input(|input| input.raw.dropped_files.clone()) {
            platform::read_dropped(&*dropped, &self.inbox, ctx, LARGEST);
        }
        self.inbox.take()
    }

    /// Asks for a configuration file; it comes in later, if the user picks one.
    pub(super) fn ask_for_file(&self, ctx: &egui::Context) {
        platform::open_file(&self.inbox, ctx, LARGEST);
    }

    pub(super) fn open(&mut self, incoming: &Incoming) {
        match incoming {
            // A configuration is an object; anything else is a table.
            Incoming::File(bytes) if !bytes.trim_ascii_start().starts_with(b"{") => self.open_table(bytes),
            Incoming::File(bytes) => match file::from_json(bytes) {
                Ok(config) => {
                    self.start_run(config);
                    self.done("ui.config_opened");
                }
                Err(error) => self.trouble("ui.file_refused", &error.to_string()),
            },
            Incoming::Unreadable(reason) => self.trouble("ui.file_refused", reason),
            Incoming::Picture(png) => {
                platform::save_file("contrastive-playground.png", "image/png", png, &self.inbox, &self.ctx);
            }
            Incoming::Saved => self.done("ui.file_saved"),
            Incoming::Unsaved(reason) => self.trouble("ui.file_not_saved", reason),
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
        platform::save_file(name, mime, text.as_bytes(), &self.inbox, &self.ctx);
    }

    pub(super) fn save_picture(&self, ctx: &egui::Context) {
        let (inbox, context) = (self.inbox.clone(), ctx.clone());
        ctx.request_screenshot(move |image| {
            inbox.put(match encode(&image) {
                Ok(png) => Incoming::Picture(png),
                Err(error) => Incoming::Unsaved(error.to_string()),
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
