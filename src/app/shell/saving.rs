//! Keeping the link and the stored state up to date.

use crate::app::platform;
use crate::app::platform::Storage;
use crate::app::session::model::Model;
use crate::app::session::settings::Settings;
use crate::exchange::link;
use crate::learn::Config;
use eframe::egui;
use std::rc::Rc;

/// Seconds without a change after which it is written.
const SETTLED: f64 = 0.4;
/// Seconds between status lines for screen readers.
const STATUS: f64 = 5.0;

/// What has been written.
pub(in crate::app) struct Saving {
    config: Config,
    settings: Settings,
    written: Option<(Config, Settings)>,
    changed: f64,
    told: f64,
    /// Where the state is stored, if anywhere.
    storage: Option<Rc<dyn Storage>>,
    /// The last state could not be stored.
    fails: bool,
}

impl Saving {
    pub(in crate::app) fn new(config: &Config, settings: Settings, storage: Option<Rc<dyn Storage>>) -> Self {
        Self { config: config.clone(), settings, written: None, changed: 0.0, told: 0.0, storage, fails: false }
    }

    /// Writes what has changed and settled. Where that can't be stored it is told why: once, until it can be again.
    pub(in crate::app) fn tick(&mut self, ctx: &egui::Context, model: &Model) -> Result<(), String> {
        let mut stored = Ok(());
        let now = ctx.input(|input| input.time);
        if self.config != model.config || self.settings != model.settings {
            self.config.clone_from(&model.config);
            self.settings = model.settings;
            self.changed = now;
        }
        let is_written = self.written.as_ref().is_some_and(|(config, settings)| *config == self.config && *settings == self.settings);
        if !is_written {
            // What can't be run is not kept: points are being drawn.
            if self.config.lacks_data().is_some() {
                return Ok(());
            }
            if now - self.changed >= SETTLED {
                let hash = link::to_hash(&self.config);
                // Many points are not for an address: without one, the stored state is what comes again.
                let shown = if link::fits(&self.config) { link::to_hash(&link::shared(&self.config)) } else { String::new() };
                platform::set_link(&shown);
                let settings = self.settings.to_text();
                let both = if hash.is_empty() || settings.is_empty() { hash + &settings } else { format!("{hash}&{settings}") };
                stored = self.store(&both);
                self.written = Some((self.config.clone(), self.settings));
            } else {
                ctx.request_repaint_after_secs(SETTLED as f32);
            }
        }
        if model.is_ready() && now - self.told >= STATUS {
            self.told = now;
            let language = model.language();
            let key = if model.playing { "ui.status_playing" } else { "ui.status_paused" };
            let loss = model.loss();
            platform::say(&language.fill(key, &[("step", &model.snapshot.step.to_string()), ("loss", &loss)]));
        }
        stored
    }

    /// Stores a state; of failures in a row the first is returned.
    fn store(&mut self, state: &str) -> Result<(), String> {
        let stored = self.storage.as_ref().map_or(Ok(()), |storage| storage.store(state));
        let failed_before = std::mem::replace(&mut self.fails, stored.is_err());
        if failed_before { Ok(()) } else { stored }
    }
}
