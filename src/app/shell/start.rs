//! The start of the program, and its move to another canvas.

use crate::app::layout::Panes;
use crate::app::panes::bar::sheet::SheetDialog;
use crate::app::platform::{Inbox, Storage};
use crate::app::session::model::Model;
use crate::app::session::script::Script;
use crate::app::session::settings::Settings;
use crate::app::shell::notices::Notices;
use crate::app::shell::saving::Saving;
use crate::app::{Playground, platform, theme, words};
use crate::exchange::link::{self, Lenient};
use crate::learn::Config;
use crate::learn::config::ParameterError;
use crate::learn::report::Extras;
use crate::runner::{self, Change, Request, Runner};
use eframe::egui;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};
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
        Self { waking, ..Self::with_runner(ctx, start, || runner::start(wake, &platform::worker_script())) }
    }

    /// Starts the program with a given runner.
    pub fn with_runner(ctx: &egui::Context, start: Start, run: impl FnOnce() -> Box<dyn Runner>) -> Self {
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
        let model = Model {
            config: config.clone(),
            playing: settings.plays,
            settings,
            pinned: settings.anchor,
            system_language: start.language,
            reduced_motion: start.reduced_motion,
            ..Model::default()
        };
        let mut playground = Self {
            ctx: ctx.clone(),
            waking: Arc::new(Mutex::new(ctx.clone())),
            chinese_font,
            runner: run(),
            requested: Request { number: 0, ..Request::paused() },
            seen: 0,
            dropped: 0,
            change: Some(Change::first(config.clone())),
            changes: 0,
            jobs: Vec::new(),
            saving: Saving::new(&config, settings, start.storage),
            model,
            panes: Panes::new(ctx),
            notices: Notices::default(),
            shows_help: false,
            sheet_dialog: SheetDialog::default(),
            sheets: 0,
            inbox: Inbox::default(),
            script: Script::default(),
            events: Vec::new(),
            asleep: false,
            gesture: 0,
            undone: Vec::new(),
            last_edit: None,
            extras: Extras::default(),
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
}
