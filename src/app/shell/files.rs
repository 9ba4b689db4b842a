//! Files in and out: configurations, tables and pictures.

use crate::app::platform::Incoming;
use crate::app::session::model::Action;
use crate::app::{Playground, platform};
use crate::exchange::images::{self, MOST_FILE};
use crate::exchange::{file, sheet, table};
use eframe::egui::{self, ColorImage};

impl Playground {
    /// What has come in since the last frame, dropped files too.
    pub(in crate::app) fn incoming(&self, ctx: &egui::Context) -> Vec<Incoming> {
        let dropped = ctx.input(|input| input.raw.dropped_files.clone());
        if !dropped.is_empty() {
            platform::read_dropped(&dropped, &self.inbox, ctx, MOST_FILE);
        }
        self.inbox.take()
    }

    /// Asks for a file of settings, points or images; it comes in later, if the user picks one.
    pub(in crate::app) fn ask_for_file(&self, ctx: &egui::Context) {
        platform::open_file(&self.inbox, ctx, MOST_FILE);
    }

    /// Asks for a folder of images, as [`Self::ask_for_file`] does.
    pub(in crate::app) fn ask_for_folder(&self, ctx: &egui::Context) {
        platform::open_folder(&self.inbox, ctx);
    }

    pub(in crate::app) fn open(&mut self, incoming: &Incoming) {
        match incoming {
            Incoming::File(name, bytes) if images::is_png(bytes) => self.open_sheet(name, bytes),
            // A configuration is an object; anything else is a table.
            Incoming::File(_, bytes) if !bytes.trim_ascii_start().starts_with(b"{") => self.open_table(bytes),
            Incoming::Images(read) => self.open_images(read),
            Incoming::File(_, bytes) => match file::from_json(bytes) {
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

    /// Saves the training images side by side.
    pub(in crate::app) fn save_images(&mut self) {
        match sheet::write(&self.model.scene) {
            Some(Ok(png)) => platform::save_file("images.png", "image/png", &png, &self.inbox, &self.ctx),
            Some(Err(error)) => self.trouble("ui.file_not_saved", &error.to_string()),
            None => {}
        }
    }

    pub(in crate::app) fn save(&mut self, action: &Action) {
        let snapshot = &self.model.snapshot;
        let (name, mime, text) = match action {
            Action::SaveConfig => ("contrastive-playground.json", "application/json", file::to_json(&self.model.config)),
            Action::SaveEmbeddings => ("embeddings.csv", "text/csv", table::embeddings_csv(snapshot, &self.model.scene)),
            Action::SaveMetrics => ("metrics.csv", "text/csv", table::metrics_csv(snapshot)),
            _ => return,
        };
        platform::save_file(name, mime, text.as_bytes(), &self.inbox, &self.ctx);
    }

    pub(in crate::app) fn save_picture(&self, ctx: &egui::Context) {
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
fn encode(image: &ColorImage) -> image::ImageResult<Vec<u8>> {
    let pixels: Vec<u8> = image.pixels.iter().flat_map(egui::Color32::to_srgba_unmultiplied).collect();
    sheet::png(&pixels, image.size[0], image.size[1], image::ExtendedColorType::Rgba8)
}
