//! The window and the page: panes over a runner.

pub mod layout;
pub mod panes;
pub mod platform;
pub mod session;
pub mod shell;
pub mod theme;
pub mod widgets;
pub mod words;

pub use session::script::Reply;
pub use shell::start::Start;

use crate::learn::config::{OwnPoints, ParameterError};
use crate::learn::report::Extras;
use crate::runner::{Change, Event, Job, Request, Runner, Ticket};
use eframe::egui;
use layout::Panes;
use panes::bar::sheet::SheetDialog;
use platform::Inbox;
use session::model::{Action, Model, Pace};
use session::script::Script;
use shell::notices::{Kind, Notices};
use shell::saving::Saving;
use std::sync::{Arc, Mutex};

/// The program.
pub struct Playground {
    ctx: egui::Context,
    /// The context that the runner wakes.
    waking: Arc<Mutex<egui::Context>>,
    /// The font with the Chinese characters, once it is there.
    chinese_font: Option<egui::FontData>,
    runner: Box<dyn Runner>,
    /// What was wanted of it last.
    requested: Request,
    /// The number of the last snapshots that were taken in.
    seen: u64,
    /// Jobs up to this ticket are no longer wanted.
    dropped: Ticket,
    /// A change of the configuration that the run has not taken over yet.
    change: Option<Change>,
    /// The number of changes.
    changes: u64,
    /// Jobs that are not sent yet.
    jobs: Vec<(Ticket, Job)>,
    model: Model,
    panes: Panes,
    notices: Notices,
    shows_help: bool,
    sheet_dialog: SheetDialog,
    /// The number of sheets that were opened.
    sheets: u32,
    saving: Saving,
    inbox: Inbox,
    script: Script,
    events: Vec<Event>,
    asleep: bool,
    /// Counts presses of buttons and keys: all changes between two of them are one gesture.
    gesture: u32,
    /// Earlier points of one's own, and the gesture of the last edit.
    undone: Vec<OwnPoints>,
    last_edit: Option<u32>,
    /// What snapshots are asked to carry.
    extras: Extras,
    /// The step of the past that was asked for last.
    recall: Option<u64>,
    /// The run played before the past was recalled, and plays on when that ends.
    resumes: bool,
    /// When the next step of the film is due.
    next_replay: f64,
    /// When [`Self::tick`] was called last.
    last_tick: web_time::Instant,
}

impl Playground {
    /// What the panes read.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// Takes in the font with the Chinese characters, where it comes later than the program.
    pub fn add_chinese_font(&mut self, font: egui::FontData) {
        theme::add_chinese_font(&self.ctx, font.clone());
        self.chinese_font = Some(font);
        self.ctx.request_repaint();
    }

    /// The messages on screen.
    pub fn notices(&self) -> impl Iterator<Item = &str> {
        self.notices.texts()
    }

    /// Does what is to be done whether or not anything is drawn: events of the runner, files, the page's link.
    pub fn tick(&mut self, ctx: &egui::Context) {
        self.last_tick = web_time::Instant::now();
        self.asleep = platform::is_hidden();
        self.pump();
        if self.runner.needs_frames() && !self.asleep {
            ctx.request_repaint();
        }
        if let Some(seconds) = self.runner.patience_secs() {
            ctx.request_repaint_after_secs(seconds);
        }
        for file in self.incoming(ctx) {
            self.open(&file);
        }
        if let Some(hash) = platform::changed_link() {
            self.follow_link(&hash, ctx);
        }
        self.replay(ctx);
        if let Err(reason) = self.saving.tick(ctx, &self.model) {
            self.trouble("ui.state_not_stored", &reason);
        }
    }

    /// Seconds since the last [`Self::tick`].
    pub fn idle_secs(&self) -> f64 {
        self.last_tick.elapsed().as_secs_f64()
    }

    /// Draws everything.
    pub fn show(&mut self, ui: &mut egui::Ui) {
        let ctx = ui.ctx().clone();
        let is_press = |event: &egui::Event| {
            use egui::Event::{Key, PointerButton};
            matches!(event, PointerButton { pressed: true, .. } | Key { pressed: true, repeat: false, .. })
        };
        self.gesture += ctx.input(|input| input.events.iter().filter(|event| is_press(event)).count()) as u32;
        if ctx.input(egui::InputState::any_touches) {
            widgets::help::note_touch(&ctx);
        }
        let mut actions = Vec::new();
        if self.shows_help && ctx.input_mut(|input| input.consume_key(egui::Modifiers::NONE, egui::Key::Escape)) {
            actions.push(Action::ToggleHelp);
        }
        let leaves = !self.shows_help
            && self.model.sheet.is_none()
            && self.model.pinned.is_some()
            && self.model.walking.is_none()
            && !egui::Popup::is_any_open(&ctx)
            && !ctx.text_edit_focused();
        if leaves && ctx.input_mut(|input| input.consume_key(egui::Modifiers::NONE, egui::Key::Escape)) {
            actions.push(Action::Pin(None));
        }
        let closes = !self.shows_help
            && self.model.sheet.is_none()
            && self.model.walking.is_some()
            && !egui::Popup::is_any_open(&ctx)
            && !ctx.text_edit_focused();
        if closes && ctx.input_mut(|input| input.consume_key(egui::Modifiers::NONE, egui::Key::Escape)) {
            actions.push(Action::Walk(Pace::Close));
        }
        if self.model.sheet.is_none() {
            session::keyboard::actions(&ctx, &self.model, &mut actions);
        }
        if let Some(table) = session::keyboard::pasted(&ctx).filter(|_| self.model.sheet.is_none()) {
            self.open_table(table.as_bytes());
        }
        let area = self.panes.ui(ui, &self.model, &mut actions);
        if self.shows_help {
            panes::bar::help::ui(&ctx, &self.model, &mut actions);
        }
        self.sheet_dialog.ui(&ctx, &self.model, &mut actions);
        self.notices.ui(&ctx, area, &self.model, &mut actions);
        for action in actions {
            self.act(&ctx, action);
        }
        self.extras = self.panes.extras(&self.model);
        self.flush();
    }

    fn apply_preferences(&self, ctx: &egui::Context) {
        ctx.set_theme(self.model.settings.theme);
        platform::tell_language(self.model.language().page_tag());
        ctx.set_zoom_factor(if self.model.settings.lecture { 1.35 } else { 1.0 });
    }

    fn tell_ignored(&mut self, ignored: &[ParameterError]) {
        for error in ignored.iter().take(3) {
            self.notices.add(Kind::Trouble, self.model.language().ignored(error));
        }
    }

    fn done(&mut self, key: &str) {
        self.notices.add(Kind::Done, self.model.language().get(key).to_owned());
    }

    /// Says that something outside went wrong.
    fn trouble(&mut self, key: &str, reason: &str) {
        let text = self.model.language().fill(key, &[("reason", reason)]);
        self.notices.add(Kind::Trouble, text);
    }
}

impl eframe::App for Playground {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        self.tick(ctx);
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        self.show(ui);
    }

    fn clear_color(&self, visuals: &egui::Visuals) -> [f32; 4] {
        visuals.panel_fill.to_normalized_gamma_f32()
    }
}
