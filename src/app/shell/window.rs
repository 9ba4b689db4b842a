//! The desktop window.

use crate::app::words::Language;
use crate::app::{Playground, Start, platform};
use crate::exchange::link::Lenient;
use eframe::egui::{IconData, ViewportBuilder};

/// Opens the window and comes back when it is closed.
pub fn open(start: Lenient) -> Result<(), String> {
    log_to_stderr();
    let mut viewport = ViewportBuilder::default()
        .with_title("Contrastive Playground")
        .with_app_id("contrastive-playground")
        .with_inner_size([1400.0, 900.0])
        .with_min_inner_size([360.0, 560.0]);
    if let Some(icon) = icon() {
        viewport = viewport.with_icon(icon);
    }
    let options = eframe::NativeOptions { viewport, renderer: eframe::Renderer::Glow, ..eframe::NativeOptions::default() };
    let start = Start {
        language: Language::from_tag(&platform::system_language()),
        reduced_motion: platform::reduced_motion(),
        storage: platform::user_storage(),
        ..Start::from(start)
    };
    eframe::run_native("contrastive-playground", options, Box::new(move |cc| Ok(Box::new(Playground::new(&cc.egui_ctx, start)))))
        .map_err(|error| format!("the window did not open: {error}. Is there a display (X11 or Wayland) with OpenGL? The command line works without: contrastive-playground --help"))
}

/// Has what the program logs appear on the error stream: warnings and errors, or what `RUST_LOG` asks for.
fn log_to_stderr() {
    let asked = env_logger::Env::default().default_filter_or("warn");
    // A second one is not needed.
    env_logger::Builder::from_env(asked).try_init().ok();
}

/// The window's icon; the program works without.
fn icon() -> Option<IconData> {
    let bytes: &[u8] = include_bytes!("../../../assets/icon.png");
    let image = image::load_from_memory_with_format(bytes, image::ImageFormat::Png).ok()?.into_rgba8();
    let (width, height) = image.dimensions();
    Some(IconData { rgba: image.into_raw(), width, height })
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_logger_that_is_there_already_is_no_trouble() {
        super::log_to_stderr();
        super::log_to_stderr();
        assert!(log::max_level() >= log::LevelFilter::Warn || std::env::var_os("RUST_LOG").is_some());
    }
}
