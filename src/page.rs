//! The page's entry: what the web page's own script calls.

use crate::app::{Playground, Start, platform};
use crate::exchange::{link, results};
use crate::learn::Trainer;
use crate::runner;
use eframe::{WebOptions, WebRunner};
use wasm_bindgen::prelude::{JsError, JsValue, wasm_bindgen};
use web_sys::HtmlCanvasElement;

/// The program on a canvas.
#[wasm_bindgen]
pub struct PageHandle {
    runner: WebRunner,
}

#[wasm_bindgen]
impl PageHandle {
    /// Installs the panic handler.
    #[wasm_bindgen(constructor)]
    #[expect(clippy::new_without_default, reason = "JavaScript knows constructors only")]
    pub fn new() -> Self {
        Self { runner: WebRunner::new() }
    }

    /// Starts the program on a canvas.
    pub async fn start(&self, canvas: HtmlCanvasElement) -> Result<(), JsValue> {
        let hash = platform::hash();
        let start = Start {
            language: platform::system_language(),
            reduced_motion: platform::reduced_motion(),
            stored: platform::stored(),
            ..Start::from(link::read(&hash, link::OWN_KEYS))
        };
        let creator = Box::new(move |cc: &eframe::CreationContext<'_>| {
            platform::watch_link(cc.egui_ctx.clone());
            Ok(Box::new(Playground::new(&cc.egui_ctx, start)) as Box<dyn eframe::App>)
        });
        self.runner.start(canvas, WebOptions::default(), creator).await
    }

    /// Ends the program.
    pub fn destroy(&self) {
        self.runner.destroy();
    }

    /// Whether the program has panicked.
    pub fn has_panicked(&self) -> bool {
        self.runner.has_panicked()
    }

    /// What the panic said.
    pub fn panic_message(&self) -> Option<String> {
        self.runner.panic_summary().map(|summary| summary.message())
    }

    /// Takes in the bytes of the font with the Chinese characters; throws where they are not those of this build.
    pub fn add_chinese_font(&self, bytes: Vec<u8>) -> Result<(), JsError> {
        let font = platform::checked_chinese_font(bytes).ok_or_else(|| JsError::new("the Chinese font is not the one of this build"))?;
        self.with(|app| app.add_chinese_font(font))
    }

    /// The configuration, as JSON text.
    pub fn config(&self) -> Result<String, JsError> {
        self.with(|app| app.script_config())
    }

    /// Sets parameters from a JSON object, whole or not at all.
    pub fn set(&self, object: &str) -> Result<(), JsError> {
        self.with(|app| app.script_set(object))?.map_err(|message| JsError::new(&message))
    }

    /// Goes on.
    pub fn play(&self) -> Result<(), JsError> {
        self.with(|app| app.script_play(true))
    }

    /// Stops.
    pub fn pause(&self) -> Result<(), JsError> {
        self.with(|app| app.script_play(false))
    }

    /// Stops and takes so many steps; the promise holds the state after them, as JSON text.
    pub fn step(&self, count: f64) -> Result<js_sys::Promise, JsError> {
        let count = whole_steps("step", count, 1)?;
        self.promise(|app, reply| app.script_step(count, reply))
    }

    /// Starts the same run again; the promise holds the state after that, as JSON text.
    pub fn reset(&self) -> Result<js_sys::Promise, JsError> {
        self.promise(Playground::script_reset)
    }

    /// The state, as JSON text.
    pub fn state(&self) -> Result<String, JsError> {
        self.with(|app| app.script_state())
    }

    /// The training points' embeddings, one behind the other.
    pub fn embeddings(&self) -> Result<js_sys::Float32Array, JsError> {
        self.with(|app| js_sys::Float32Array::from(app.model().snapshot.embeddings.as_slice()))
    }

    fn with<R>(&self, ask: impl FnOnce(&mut Playground) -> R) -> Result<R, JsError> {
        let mut app = self.runner.app_mut::<Playground>().ok_or_else(|| JsError::new("the playground has not started, or has stopped"))?;
        Ok(ask(&mut app))
    }

    fn promise(&self, ask: impl FnOnce(&mut Playground, crate::app::Reply)) -> Result<js_sys::Promise, JsError> {
        let mut resolve = None;
        let promise = js_sys::Promise::new(&mut |done, _| resolve = Some(done));
        self.with(|app| {
            let reply = Box::new(move |state: &str| {
                if let Some(resolve) = resolve {
                    resolve.call1(&JsValue::NULL, &JsValue::from_str(state)).ok();
                }
            });
            ask(app, reply);
        })?;
        Ok(promise)
    }
}

/// A number of steps from a script: whole, from `least` to a million.
fn whole_steps(call: &str, count: f64, least: u32) -> Result<u32, JsError> {
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
    let steps = whole_steps("train", steps, 0)?;
    let config = link::read_strict(link, link::OWN_KEYS)?;
    let mut trainer = Trainer::new(config)?;
    for _ in 0..steps {
        // Where it stopped by itself is in the result.
        if trainer.step().is_err() {
            break;
        }
    }
    Ok(serde_json::Value::Object(results::run(&trainer.snapshot())).to_string())
}

/// Serves as the worker's program.
#[wasm_bindgen]
pub fn start_worker() -> Result<(), JsValue> {
    runner::serve()
}
