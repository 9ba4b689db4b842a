//! The page's entry: what the web page's own script calls.

use crate::app::words::Language;
use crate::app::{Playground, Start, platform};
use crate::exchange::{link, results};
use crate::learn::Trainer;
use crate::runner;
use eframe::{WebOptions, WebRunner, egui};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::prelude::{JsError, JsValue, wasm_bindgen};
use web_sys::HtmlCanvasElement;

/// Seconds without a frame after which events are taken without one.
const FRAMES_HAVE_STOPPED: f64 = 0.25;

/// The program, which outlives the canvas it is drawn on.
type Shared = Rc<RefCell<Option<Playground>>>;

/// The program on a canvas.
#[wasm_bindgen]
pub struct PageHandle {
    runner: RefCell<WebRunner>,
    program: Shared,
    /// A script's changes are on their way to the run.
    is_flushing: Rc<Cell<bool>>,
}

/// What the canvas shows: the program, while it is not with a script.
struct Shown(Shared);

impl eframe::App for Shown {
    fn logic(&mut self, ctx: &egui::Context, frame: &mut eframe::Frame) {
        if let Some(program) = self.0.borrow_mut().as_mut() {
            program.logic(ctx, frame);
        }
    }

    fn ui(&mut self, ui: &mut egui::Ui, frame: &mut eframe::Frame) {
        if let Some(program) = self.0.borrow_mut().as_mut() {
            program.ui(ui, frame);
        }
    }

    fn clear_color(&self, visuals: &egui::Visuals) -> [f32; 4] {
        visuals.panel_fill.to_normalized_gamma_f32()
    }
}

#[wasm_bindgen]
impl PageHandle {
    /// Installs the panic handler.
    #[wasm_bindgen(constructor)]
    #[expect(clippy::new_without_default, reason = "JavaScript knows constructors only")]
    pub fn new() -> Self {
        log_to_console();
        Self { runner: RefCell::new(WebRunner::new()), program: Shared::default(), is_flushing: Rc::default() }
    }

    /// Starts the program on a canvas, with the run of the page's link.
    pub async fn start(&self, canvas: HtmlCanvasElement) -> Result<(), JsValue> {
        let hash = platform::hash();
        let start = Start {
            language: Language::from_tag(&platform::system_language()),
            reduced_motion: platform::reduced_motion(),
            storage: platform::user_storage(),
            ..Start::from(link::read(&hash))
        };
        let program = self.program.clone();
        platform::on_wake(Box::new(move || {
            // Frames take what has come; where they have stopped somebody may wait for it all the same.
            if let Ok(mut program) = program.try_borrow_mut()
                && let Some(program) = program.as_mut().filter(|program| program.idle_secs() > FRAMES_HAVE_STOPPED)
            {
                program.pump();
            }
        }));
        self.show(canvas, Some(start)).await
    }

    /// Shows the running program on another canvas: the graphics of the old one are lost, the run is not.
    pub async fn restart(&self, canvas: HtmlCanvasElement) -> Result<(), JsValue> {
        self.runner.borrow().destroy();
        *self.runner.borrow_mut() = WebRunner::new();
        self.show(canvas, None).await
    }

    async fn show(&self, canvas: HtmlCanvasElement, start: Option<Start>) -> Result<(), JsValue> {
        let program = self.program.clone();
        let creator = Box::new(move |cc: &eframe::CreationContext<'_>| {
            platform::watch_link(cc.egui_ctx.clone());
            let mut place = program.borrow_mut();
            match (place.as_mut(), start) {
                (Some(program), None) => program.move_to(&cc.egui_ctx),
                (_, start) => *place = Some(Playground::new(&cc.egui_ctx, start.unwrap_or_default())),
            }
            drop(place);
            Ok(Box::new(Shown(program)) as Box<dyn eframe::App>)
        });
        // Cloned, so that nothing is borrowed while the page goes on.
        let runner = self.runner.borrow().clone();
        runner.start(canvas, WebOptions::default(), creator).await
    }

    /// Ends the program.
    pub fn destroy(&self) {
        self.runner.borrow().destroy();
        self.program.borrow_mut().take();
    }

    /// Returns true after a panic.
    pub fn has_panicked(&self) -> bool {
        self.runner.borrow().has_panicked()
    }

    /// What the panic said.
    pub fn panic_message(&self) -> Option<String> {
        self.runner.borrow().panic_summary().map(|summary| summary.message())
    }

    /// Takes in the bytes of the font with the Chinese characters; throws where they are not those of this build.
    pub fn add_chinese_font(&self, bytes: Vec<u8>) -> Result<(), JsError> {
        let font = platform::checked_chinese_font(bytes).ok_or_else(|| JsError::new("the Chinese font is not the one of this build"))?;
        self.with(|app| app.add_chinese_font(font))
    }

    /// Returns true when this press of Tab leads out of the canvas; the program's own focus is given up then.
    pub fn tab_leaves(&self, backwards: bool) -> bool {
        self.leaves(|app| app.tab_leaves(backwards))
    }

    /// Returns true when this press of Escape leads out of the canvas; the program's own focus is given up then.
    pub fn escape_leaves(&self) -> bool {
        self.leaves(Playground::escape_leaves)
    }

    fn leaves(&self, asks: impl FnOnce(&Playground) -> bool) -> bool {
        let leaves = |app: &mut Playground| {
            let leaves = asks(app);
            if leaves {
                app.give_up_focus();
            }
            leaves
        };
        self.with(leaves).unwrap_or(false)
    }

    /// The configuration, as JSON text.
    pub fn config(&self) -> Result<String, JsError> {
        self.with(|app| app.script_config())
    }

    /// Sets parameters from a JSON object, whole or not at all.
    pub fn set(&self, object: &str) -> Result<(), JsError> {
        self.ask(|app| app.script_set(object))?.map_err(|message| JsError::new(&message))
    }

    /// Goes on.
    pub fn play(&self) -> Result<(), JsError> {
        self.ask(|app| app.script_play(true))
    }

    /// Stops.
    pub fn pause(&self) -> Result<(), JsError> {
        self.ask(|app| app.script_play(false))
    }

    /// Stops and takes so many steps; the promise holds the state after them, as JSON text.
    pub fn step(&self, count: f64) -> Result<js_sys::Promise, JsError> {
        let count = whole("step", count, 1)?;
        self.promise(|app, reply| app.script_step(count, reply))
    }

    /// Starts the same run again; the promise holds the state after that, as JSON text.
    pub fn reset(&self) -> Result<js_sys::Promise, JsError> {
        self.promise(Playground::script_reset)
    }

    /// Trains probes on x, h and z; the promise holds what they find, as JSON text.
    pub fn probe(&self) -> Result<js_sys::Promise, JsError> {
        self.promise(Playground::script_probe)
    }

    /// The state, as JSON text.
    pub fn state(&self) -> Result<String, JsError> {
        self.with(|app| app.script_state())
    }

    /// What the method shows besides points, as JSON text.
    pub fn exhibits(&self) -> Result<String, JsError> {
        self.with(|app| app.script_exhibits())
    }

    /// Pins a point, or none; the promise holds why it moves, as JSON text. Throws if there is no such point.
    pub fn inspect(&self, point: Option<f64>) -> Result<js_sys::Promise, JsError> {
        let point = point.map(|point| whole("inspect", point, 0)).transpose()?;
        let mut refused = Ok(());
        let promise = self.promise(|app, reply| refused = app.script_inspect(point, reply))?;
        refused.map(|()| promise).map_err(|message: String| JsError::new(&message))
    }

    /// Shows a space of the run; throws if it does not have it.
    pub fn show_space(&self, space: &str) -> Result<(), JsError> {
        self.ask(|app| app.script_show(space))?.map_err(|message| JsError::new(&message))
    }

    /// The training points' embeddings, one behind the other.
    pub fn embeddings(&self) -> Result<js_sys::Float32Array, JsError> {
        self.with(|app| js_sys::Float32Array::from(app.model().snapshot.embeddings.as_slice()))
    }

    fn with<R>(&self, ask: impl FnOnce(&mut Playground) -> R) -> Result<R, JsError> {
        let has_stopped = || JsError::new("the playground has not started, or has stopped");
        if self.has_panicked() {
            return Err(has_stopped());
        }
        let mut program = self.program.try_borrow_mut().map_err(|_| has_stopped())?;
        Ok(ask(program.as_mut().ok_or_else(has_stopped)?))
    }

    /// As [`Self::with`], for what may ask something of the run: that goes out although no frame may come.
    fn ask<R>(&self, ask: impl FnOnce(&mut Playground) -> R) -> Result<R, JsError> {
        let answer = self.with(ask)?;
        if !self.is_flushing.replace(true) {
            // After the script's own turn, so that many changes in a row are one.
            let (program, is_flushing) = (self.program.clone(), self.is_flushing.clone());
            wasm_bindgen_futures::spawn_local(async move {
                is_flushing.set(false);
                if let Some(program) = program.borrow_mut().as_mut() {
                    program.pump();
                }
            });
        }
        Ok(answer)
    }

    fn promise(&self, ask: impl FnOnce(&mut Playground, crate::app::Reply)) -> Result<js_sys::Promise, JsError> {
        let mut settle = None;
        let promise = js_sys::Promise::new(&mut |resolve, reject| settle = Some((resolve, reject)));
        self.ask(|app| {
            let reply = Box::new(move |state: Result<&str, &str>| {
                let Some((resolve, reject)) = settle else { return };
                let called = match state {
                    Ok(state) => resolve.call1(&JsValue::NULL, &JsValue::from_str(state)),
                    Err(reason) => reject.call1(&JsValue::NULL, &js_sys::Error::new(reason)),
                };
                if let Err(error) = called {
                    log::error!("a promise could not be settled: {error:?}");
                }
            });
            ask(app, reply);
        })?;
        Ok(promise)
    }
}

/// A number from a script: whole, from `least` to a million.
fn whole(call: &str, count: f64, least: u32) -> Result<u32, JsError> {
    if count.fract() == 0.0 && (f64::from(least)..=1e6).contains(&count) {
        Ok(count as u32)
    } else {
        Err(JsError::new(&format!("{call}: {count} is not a whole number from {least} to 1000000")))
    }
}

/// Trains without a window, in a page or in Node: the run of a link like `#tau=0.1&seed=9` after `steps` steps, as the JSON text that the
/// command line's `train --json` prints. Throws where the link or the number of steps is wrong.
#[wasm_bindgen]
pub fn train(link: &str, steps: f64) -> Result<String, JsError> {
    let steps = whole("train", steps, 0)?;
    let config = link::read_strict(link)?;
    let mut trainer = Trainer::new(config)?;
    for _ in 0..steps {
        // Where it stopped by itself is in the result.
        if trainer.step().is_err() {
            break;
        }
    }
    Ok(serde_json::Value::Object(results::ended(&trainer.snapshot())).to_string())
}

/// Has what the program logs appear in the browser's console.
fn log_to_console() {
    // A second one is not needed.
    eframe::WebLogger::init(log::LevelFilter::Warn).ok();
}

/// Serves as the worker's program.
#[wasm_bindgen]
pub fn start_worker() -> Result<(), JsValue> {
    log_to_console();
    runner::serve()
}
