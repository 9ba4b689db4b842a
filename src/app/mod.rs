//! The window and the page: panes over a runner.

pub mod layout;
pub mod model;
pub mod notices;
pub mod panes;
pub mod platform;
pub mod settings;
pub mod theme;
pub mod widgets;
#[cfg(not(target_arch = "wasm32"))]
pub mod window;
pub mod words;

mod files;
mod keyboard;
mod saving;
mod script;

pub use script::Reply;

use crate::exchange::link::{self, Lenient};
use crate::learn::Config;
use crate::learn::config::ParameterError;
use crate::learn::trainer::Weights;
use crate::runner::{self, Command, Event, Runner};
use eframe::egui;
use files::Inbox;
use layout::Panes;
use model::{Action, Model};
use notices::{Kind, Notices};
use saving::Saving;
use script::Script;
use settings::Settings;
use std::time::Duration;

/// So soon that it is the next frame.
const NEXT_FRAME: Duration = Duration::from_millis(1);

/// How the program was started.
#[derive(Clone, Debug, Default)]
pub struct Start {
    /// The run to start with, if a link or a file says so; else the last one.
    pub config: Option<Config>,
    /// What of it was ignored, and why.
    pub ignored: Vec<ParameterError>,
    /// Settings of the interface that came with it.
    pub own: Vec<(String, String)>,
    /// The system's language.
    pub language: words::Language,
    /// Whether the system asks for less motion.
    pub reduced_motion: bool,
    /// What was stored the last time.
    pub stored: Option<String>,
}

impl From<Lenient> for Start {
    /// What a link asks for. One that says nothing of the run leaves it to what was stored.
    fn from(link: Lenient) -> Self {
        let Lenient { config, ignored, own, names_run } = link;
        Self { config: names_run.then_some(config), ignored, own, ..Self::default() }
    }
}

/// The program.
pub struct Playground {
    ctx: egui::Context,
    runner: Box<dyn Runner>,
    model: Model,
    panes: Panes,
    notices: Notices,
    shows_help: bool,
    saving: Saving,
    inbox: Inbox,
    script: Script,
    events: Vec<Event>,
    asleep: bool,
    last_recall: Option<u64>,
}

impl Playground {
    /// Starts the program with the platform's best runner.
    pub fn new(ctx: &egui::Context, start: Start) -> Self {
        let wake = {
            let ctx = ctx.clone();
            // A plain request brings two frames, the second for what the first may have moved; a snapshot moves nothing.
            Box::new(move || ctx.request_repaint_after(NEXT_FRAME))
        };
        Self::with_runner(ctx, start, |config| runner::start(config, wake))
    }

    /// Starts the program with a given runner.
    pub fn with_runner(ctx: &egui::Context, start: Start, run: impl FnOnce(Config) -> Box<dyn Runner>) -> Self {
        theme::install(ctx);
        let stored = link::read(start.stored.as_deref().unwrap_or_default(), link::OWN_KEYS);
        let mut settings = Settings::default();
        for (key, value) in stored.own.iter().chain(&start.own) {
            settings.set(key, value);
        }
        let mut ignored = start.ignored;
        let config = start.config.unwrap_or_else(|| {
            ignored.extend(stored.ignored);
            stored.config
        });
        let mut runner = run(config.clone());
        let model = Model {
            config: config.clone(),
            playing: settings.plays,
            settings,
            system_language: start.language,
            reduced_motion: start.reduced_motion,
            ..Model::default()
        };
        runner.send(Command::Speed(settings.steps_per_second));
        if settings.plays {
            runner.send(Command::Play);
        }
        let mut playground = Self {
            ctx: ctx.clone(),
            runner,
            saving: Saving::new(&config, settings),
            model,
            panes: Panes::new(ctx),
            notices: Notices::default(),
            shows_help: false,
            inbox: Inbox::default(),
            script: Script::default(),
            events: Vec::new(),
            asleep: false,
            last_recall: None,
        };
        playground.tell_ignored(&ignored);
        playground.apply_preferences(ctx);
        playground
    }

    /// What the panes read.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// Takes in the font with the Chinese characters, where it comes later than the program.
    pub fn add_chinese_font(&self, font: egui::FontData) {
        theme::add_chinese_font(&self.ctx, font);
        self.ctx.request_repaint();
    }

    /// The messages on screen.
    pub fn notices(&self) -> impl Iterator<Item = &str> {
        self.notices.texts()
    }

    fn tell_ignored(&mut self, ignored: &[ParameterError]) {
        for error in ignored.iter().take(3) {
            self.notices.add(Kind::Trouble, self.model.language().ignored(error));
        }
    }

    /// What happens whether or not anything is drawn: events of the runner, files, the page's link.
    pub fn tick(&mut self, ctx: &egui::Context) {
        let hidden = platform::is_hidden();
        if hidden != self.asleep {
            self.asleep = hidden;
            self.send(Command::Sleep(hidden));
        }
        self.runner.poll(&mut self.events);
        let mut events = std::mem::take(&mut self.events);
        for event in events.drain(..) {
            self.take(event);
        }
        self.events = events;
        if self.runner.needs_frames() && !hidden {
            ctx.request_repaint();
        }
        for file in self.inbox.take(ctx) {
            self.open(&file);
        }
        if let Some(hash) = platform::changed_link() {
            self.follow_link(&hash, ctx);
        }
        self.saving.tick(ctx, &self.model);
        self.script.report(&self.model);
    }

    fn take(&mut self, event: Event) {
        match event {
            Event::Scene(scene) => self.model.take_scene(*scene),
            Event::Snapshot(snapshot) => {
                let diverged = snapshot.divergence.filter(|_| self.model.snapshot.divergence.is_none());
                self.model.take_snapshot(*snapshot);
                if let Some(divergence) = diverged {
                    let key = format!("diverged.{}", divergence.key());
                    self.notices.add(Kind::Trouble, self.model.language().get(&key).to_owned());
                }
                self.send(Command::Seen);
            }
            Event::Frame(frame) => {
                if self.last_recall.is_some() {
                    self.model.recalled = Some(*frame);
                }
            }
            Event::Done { ticket } => self.script.done(ticket),
            Event::Restarted(reason) => self.trouble("ui.worker_failed", &reason),
        }
    }

    /// Draws everything.
    pub fn show(&mut self, ui: &mut egui::Ui) {
        let ctx = ui.ctx().clone();
        let mut actions = Vec::new();
        keyboard::actions(&ctx, &self.model, &mut actions);
        let area = self.panes.ui(ui, &self.model, &mut actions);
        if self.shows_help {
            panes::help::ui(&ctx, &self.model, &mut actions);
        }
        self.notices.ui(&ctx, area, self.model.language());
        for action in actions {
            self.act(&ctx, action);
        }
    }

    fn act(&mut self, ctx: &egui::Context, action: Action) {
        match action {
            Action::TogglePlay => self.play(!self.model.playing),
            Action::Step => self.step(1, None),
            Action::Reset => self.reset(None),
            Action::NewSeed => {
                let mut config = self.model.config.clone();
                config.seed = platform::chance() % 10_000;
                self.configure(config, Weights::Fresh);
            }
            Action::Configure(config, weights) => self.configure(*config, weights),
            Action::Settings(settings) => {
                if settings.steps_per_second != self.model.settings.steps_per_second {
                    self.send(Command::Speed(settings.steps_per_second));
                }
                self.model.settings = settings;
                self.apply_preferences(ctx);
            }
            Action::Hover(point) => {
                self.model.hovered = point;
                self.send(Command::Inspect(point));
            }
            Action::Recall(step) => {
                self.last_recall = step;
                match step {
                    Some(step) => self.send(Command::Recall(step)),
                    None => self.model.recalled = None,
                }
            }
            Action::CopyLink => {
                let hash = link::to_hash(&self.model.config);
                // A bare address would go on with whatever its reader ran last.
                let hash = if hash.is_empty() { format!("seed={}", self.model.config.seed) } else { hash };
                ctx.copy_text(platform::link(&hash));
                self.done(if self.model.snapshot.marks.is_empty() { "ui.link_copied" } else { "ui.link_copied_changed" });
            }
            Action::SaveConfig | Action::SaveEmbeddings | Action::SaveMetrics => self.save(&action),
            Action::SavePicture => self.save_picture(ctx),
            Action::OpenConfig => self.inbox.ask(ctx),
            Action::ToggleHelp => self.shows_help = !self.shows_help,
        }
        ctx.request_repaint();
    }

    /// Passes a command on; a runner that works between frames needs one for it.
    fn send(&mut self, command: Command) {
        self.runner.send(command);
        if self.runner.needs_frames() {
            self.ctx.request_repaint();
        }
    }

    fn apply_preferences(&self, ctx: &egui::Context) {
        ctx.set_theme(self.model.settings.theme);
        platform::tell_language(self.model.language());
        ctx.set_zoom_factor(if self.model.settings.lecture { 1.35 } else { 1.0 });
    }

    fn play(&mut self, on: bool) {
        self.model.playing = on;
        self.present();
        self.send(if on { Command::Play } else { Command::Pause });
    }

    fn step(&mut self, count: u32, reply: Option<Reply>) {
        self.model.playing = false;
        self.present();
        let ticket = self.script.ticket(reply);
        self.send(Command::Step { count, ticket });
    }

    fn reset(&mut self, reply: Option<Reply>) {
        self.present();
        let ticket = self.script.ticket(reply);
        self.send(Command::Reset { ticket });
    }

    /// Shows the present again, where the past was shown: something is asked of the run.
    fn present(&mut self) {
        self.last_recall = None;
        self.model.recalled = None;
        self.ctx.request_repaint();
    }

    fn configure(&mut self, config: Config, weights: Weights) {
        self.model.config = config.clone();
        self.present();
        self.send(Command::Configure { config, weights });
    }

    /// Starts the run of a link or a file: from step 0, whatever in it could have changed live.
    fn start_run(&mut self, config: Config) {
        self.configure(config, Weights::Fresh);
        self.reset(None);
    }

    /// Takes over what the page's link has become by other hands than ours.
    fn follow_link(&mut self, hash: &str, ctx: &egui::Context) {
        let read = link::read(hash, link::OWN_KEYS);
        for (key, value) in &read.own {
            self.model.settings.set(key, value);
            match key.as_str() {
                "speed" => self.send(Command::Speed(self.model.settings.steps_per_second)),
                "play" => self.play(self.model.settings.plays),
                _ => {}
            }
        }
        self.apply_preferences(ctx);
        self.tell_ignored(&read.ignored);
        if read.config != self.model.config {
            self.start_run(read.config);
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

    #[cfg(target_arch = "wasm32")]
    fn as_any_mut(&mut self) -> Option<&mut dyn std::any::Any> {
        Some(self)
    }

    fn clear_color(&self, visuals: &egui::Visuals) -> [f32; 4] {
        visuals.panel_fill.to_normalized_gamma_f32()
    }
}
