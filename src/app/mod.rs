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
use crate::learn::config::{Applies, ParameterError};
use crate::learn::trainer::Weights;
use crate::runner::{self, Command, Event, Runner};
use eframe::egui;
use layout::Panes;
use model::{Action, Model};
use notices::{Kind, Notices};
use platform::{Inbox, Storage};
use saving::Saving;
use script::Script;
use settings::Settings;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// So soon that it is the next frame.
const NEXT_FRAME: Duration = Duration::from_millis(1);
/// Kept steps a second when the past is shown as a film.
const REPLAY_SPEED: f64 = 20.0;

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
    /// Where the state is kept from one time to the next; without, each time starts afresh.
    pub storage: Option<Rc<dyn Storage>>,
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
    /// The context that the runner wakes.
    waking: Arc<Mutex<egui::Context>>,
    /// The font with the Chinese characters, once it is there.
    chinese_font: Option<egui::FontData>,
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
    /// A change that is not sent yet: those that come before the next frame are sent as one.
    unsent: Option<Change>,
    /// Counts presses of buttons and keys: all changes between two of them are one gesture.
    gesture: u32,
    /// The step of the past that was asked for last.
    recall: Option<u64>,
    /// The run played before the past was recalled, and plays on when that ends.
    resumes: bool,
    /// When the next step of the film is due.
    next_replay: f64,
    /// When [`Self::tick`] was called last.
    last_tick: web_time::Instant,
}

/// A configuration on its way to the run.
struct Change {
    config: Config,
    weights: Weights,
    gesture: Option<u32>,
    waits: bool,
}

impl Playground {
    /// Starts the program with the platform's best runner.
    pub fn new(ctx: &egui::Context, start: Start) -> Self {
        let waking = Arc::new(Mutex::new(ctx.clone()));
        let wake = {
            let waking = waking.clone();
            Box::new(move || {
                // A plain request brings two frames, the second for what the first may have moved; a snapshot moves nothing.
                waking.lock().unwrap_or_else(PoisonError::into_inner).request_repaint_after(NEXT_FRAME);
                platform::woken();
            })
        };
        Self { waking, ..Self::with_runner(ctx, start, |config| runner::start(config, wake, &platform::worker_script())) }
    }

    /// Starts the program with a given runner.
    pub fn with_runner(ctx: &egui::Context, start: Start, run: impl FnOnce(Config) -> Box<dyn Runner>) -> Self {
        let chinese_font = platform::chinese_font();
        theme::install(ctx, chinese_font.clone());
        let kept = start.storage.as_ref().map_or(Ok(None), |storage| storage.stored());
        let stored = link::read(kept.as_ref().ok().and_then(Option::as_deref).unwrap_or_default());
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
            waking: Arc::new(Mutex::new(ctx.clone())),
            chinese_font,
            runner,
            saving: Saving::new(&config, settings, start.storage),
            model,
            panes: Panes::new(ctx),
            notices: Notices::default(),
            shows_help: false,
            inbox: Inbox::default(),
            script: Script::default(),
            events: Vec::new(),
            asleep: false,
            unsent: None,
            gesture: 0,
            recall: None,
            resumes: false,
            next_replay: 0.0,
            last_tick: web_time::Instant::now(),
        };
        playground.tell_ignored(&ignored);
        if let Err(reason) = kept {
            playground.trouble("ui.state_not_read", &reason);
        }
        playground.apply_preferences(ctx);
        playground
    }

    /// Goes on in another context, with panes of its own: the graphics of the old one are lost.
    pub fn move_to(&mut self, ctx: &egui::Context) {
        theme::install(ctx, self.chinese_font.clone());
        self.ctx = ctx.clone();
        *self.waking.lock().unwrap_or_else(PoisonError::into_inner) = ctx.clone();
        self.panes = Panes::new(ctx);
        self.apply_preferences(ctx);
        ctx.request_repaint();
    }

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

    fn tell_ignored(&mut self, ignored: &[ParameterError]) {
        for error in ignored.iter().take(3) {
            self.notices.add(Kind::Trouble, self.model.language().ignored(error));
        }
    }

    /// Does what is to be done whether or not anything is drawn: events of the runner, files, the page's link.
    pub fn tick(&mut self, ctx: &egui::Context) {
        self.last_tick = web_time::Instant::now();
        let hidden = platform::is_hidden();
        if hidden != self.asleep {
            self.asleep = hidden;
            self.send(Command::Sleep(hidden));
        }
        self.pump();
        if self.runner.needs_frames() && !hidden {
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

    /// Exchanges commands and events with the run. Frames do it; where they have stopped (a hidden tab, a frame below the fold) scripts are
    /// answered all the same.
    pub fn pump(&mut self) {
        self.flush();
        let mut events = std::mem::take(&mut self.events);
        self.runner.poll(&mut events);
        for event in events.drain(..) {
            self.take(event);
        }
        self.events = events;
    }

    /// Seconds since the last [`Self::tick`].
    pub fn idle_secs(&self) -> f64 {
        self.last_tick.elapsed().as_secs_f64()
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
            Event::Recalled(snapshot) => {
                if self.recall.is_some() {
                    self.model.recall(Some(*snapshot));
                }
            }
            Event::Inspected(inspection) => self.model.take_inspection(inspection.map(|inspection| *inspection)),
            Event::Done { ticket } => self.script.done(ticket, &self.model),
            Event::Cancelled { ticket } => self.script.cancelled(ticket),
            Event::Alive => {}
            Event::Restarted(reason) => self.trouble("ui.worker_failed", &reason),
        }
    }

    /// Returns true when Tab leads out of the canvas: the focus is on its last control, or on its first one when going backwards.
    pub fn tab_leaves(&self, backwards: bool) -> bool {
        let Some(focused) = self.ctx.memory(egui::Memory::focused) else { return backwards };
        let ends = self.ctx.viewport(|viewport| {
            // Menus and the help lie in layers of their own, and come and go.
            let widgets = viewport.prev_pass.widgets.get_layer(egui::LayerId::background());
            let mut controls = widgets.filter(|widget| widget.enabled && widget.sense.is_focusable());
            if backwards { controls.next() } else { controls.last() }.map(|widget| widget.id)
        });
        ends == Some(focused)
    }

    /// Returns true when Escape has nothing to close and leads out of the canvas; the focus is given up.
    pub fn escape_leaves(&self) -> bool {
        let is_busy = self.shows_help || egui::Popup::is_any_open(&self.ctx) || self.ctx.text_edit_focused();
        !is_busy
    }

    /// Takes the focus away from all controls.
    pub fn give_up_focus(&self) {
        self.ctx.memory_mut(|memory| {
            if let Some(focused) = memory.focused() {
                memory.surrender_focus(focused);
            }
        });
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
        keyboard::actions(&ctx, &self.model, &mut actions);
        let area = self.panes.ui(ui, &self.model, &mut actions);
        if self.shows_help {
            panes::help::ui(&ctx, &self.model, &mut actions);
        }
        self.notices.ui(&ctx, area, self.model.language());
        for action in actions {
            self.act(&ctx, action);
        }
        self.flush();
    }

    fn act(&mut self, ctx: &egui::Context, action: Action) {
        match action {
            Action::TogglePlay => self.play(!self.model.playing),
            Action::Step => self.step(1, None),
            Action::Reset => self.reset(None),
            Action::NewSeed => {
                let mut config = self.model.config.clone();
                config.seed = platform::chance() % 10_000;
                self.configure(config, Weights::Fresh, Some(self.gesture));
            }
            Action::Configure(config, weights) => self.configure(*config, weights, Some(self.gesture)),
            Action::Settings(settings) => {
                if settings.steps_per_second != self.model.settings.steps_per_second {
                    self.send(Command::Speed(settings.steps_per_second));
                }
                self.model.settings = settings;
                self.apply_preferences(ctx);
            }
            Action::Hover(point) => {
                self.model.hovered = point;
                self.send(Command::Inspect { point, step: self.model.recalled.as_ref().map(|past| past.step) });
            }
            Action::Show(space) => {
                self.send(Command::Show(space));
                if let Some(step) = self.recall {
                    self.send(Command::Recall(step));
                }
            }
            Action::Recall(step) => {
                self.model.is_replaying = false;
                self.show_past(step);
            }
            Action::Replay => {
                self.show_past(Some(0));
                self.model.is_replaying = true;
                self.next_replay = ctx.input(|input| input.time) + 1.0 / REPLAY_SPEED;
            }
            Action::Refuse(error) => self.notices.add(Kind::Trouble, self.model.language().refused(&error)),
            Action::CopyLink => {
                let hash = link::to_hash(&self.model.config);
                // A bare address would go on with whatever its reader ran last.
                let hash = if hash.is_empty() { format!("seed={}", self.model.config.seed) } else { hash };
                ctx.copy_text(platform::link(&hash));
                self.done(if self.model.snapshot.marks.is_empty() { "ui.link_copied" } else { "ui.link_copied_changed" });
            }
            Action::SaveConfig | Action::SaveEmbeddings | Action::SaveMetrics => self.save(&action),
            Action::SavePicture => self.save_picture(ctx),
            Action::OpenConfig => self.ask_for_file(ctx),
            Action::ToggleHelp => self.shows_help = !self.shows_help,
        }
        ctx.request_repaint();
    }

    /// Passes a command on; a runner that works between frames needs one for it.
    fn send(&mut self, command: Command) {
        self.flush();
        self.runner.send(command);
        if self.runner.needs_frames() {
            self.ctx.request_repaint();
        }
    }

    /// Sends the change that waits to be sent.
    fn flush(&mut self) {
        if let Some(Change { config, weights, gesture, waits }) = self.unsent.take() {
            self.send(Command::Configure { config, weights, gesture, waits });
        }
    }

    fn apply_preferences(&self, ctx: &egui::Context) {
        ctx.set_theme(self.model.settings.theme);
        platform::tell_language(self.model.language().page_tag());
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

    /// Starts the same run again: at once for a user, after the calls before it for a script.
    fn reset(&mut self, reply: Option<Reply>) {
        self.present();
        if reply.is_none() {
            self.send(Command::Cancel);
        }
        let ticket = self.script.ticket(reply);
        self.send(Command::Reset { ticket });
    }

    /// Shows a step of the past, with the run held meanwhile, or the present again.
    fn show_past(&mut self, step: Option<u64>) {
        let Some(step) = step else {
            let resumes = self.resumes;
            self.present();
            if resumes {
                self.play(true);
            }
            return;
        };
        if self.model.playing {
            self.model.playing = false;
            self.resumes = true;
            self.send(Command::Pause);
        }
        self.recall = Some(step);
        self.send(Command::Recall(step));
    }

    /// Shows the present again, where the past was shown: something is asked of the run.
    fn present(&mut self) {
        self.resumes = false;
        if self.recall.take().is_some() {
            self.model.recall(None);
            let point = self.model.hovered;
            self.send(Command::Inspect { point, step: None });
        }
        self.ctx.request_repaint();
    }

    /// Goes on with the film of the past.
    fn replay(&mut self, ctx: &egui::Context) {
        let (true, Some(at)) = (self.model.is_replaying, self.recall) else { return };
        let now = ctx.input(|input| input.time);
        if now >= self.next_replay {
            let next = self.model.snapshot.frames.iter().copied().find(|step| *step > at);
            // After a frame that came late the film goes on from there: every step is seen.
            self.next_replay = (self.next_replay + 1.0 / REPLAY_SPEED).max(now);
            self.show_past(next);
        }
        ctx.request_repaint_after_secs((self.next_replay - now).max(0.0) as f32);
    }

    fn configure(&mut self, config: Config, weights: Weights, gesture: Option<u32>) {
        if let Some(unsent) = &self.unsent
            && unsent.config.differences(&config).any(|parameter| parameter.applies != Applies::Live)
        {
            self.flush();
        }
        self.present();
        self.model.config.clone_from(&config);
        // A script's change waits for the script's calls before it, a user's hand for nothing.
        self.unsent = Some(Change { config, weights, gesture, waits: gesture.is_none() });
        self.ctx.request_repaint();
    }

    /// Starts the run of a link or a file: from step 0, whatever in it could have changed live.
    fn start_run(&mut self, config: Config) {
        self.send(Command::Cancel);
        self.configure(config, Weights::Fresh, None);
        self.reset(None);
    }

    /// Takes over what the page's link has become by other hands than ours.
    fn follow_link(&mut self, hash: &str, ctx: &egui::Context) {
        let read = link::read(hash);
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

    fn clear_color(&self, visuals: &egui::Visuals) -> [f32; 4] {
        visuals.panel_fill.to_normalized_gamma_f32()
    }
}
