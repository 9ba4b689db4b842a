//! The trainer in a web worker: the browser. Commands and events cross as flat bytes whose buffers are handed over.

use super::standby::Standby;
use super::{Command, Engine, Event, Runner, SliceRunner, Wait, Wake};
use crate::learn::Config;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::JsCast as _;
use wasm_bindgen::prelude::{Closure, JsValue};
use web_sys::{DedicatedWorkerGlobalScope, MessageChannel, MessageEvent, Worker, WorkerOptions, WorkerType};
use web_time::Instant;

/// Seconds of work between looks at the commands.
const SLICE: f64 = 0.004;
/// Seconds without a word after which a busy worker is asked for a sign of life.
const QUIET_SECS: f64 = 1.0;
/// Seconds without a word after which it counts as lost; before its first word it is still being loaded and compiled.
const LOST_SECS: f64 = 6.0;
const LOADING_SECS: f64 = 30.0;
/// A look that comes later than this after the last one counts no longer: the page may have slept as well.
const LONGEST_GAP_SECS: f64 = 0.5;

/// What the worker has told, and whether it lives.
#[derive(Default)]
struct Mailbox {
    events: RefCell<Vec<Event>>,
    failure: RefCell<Option<String>>,
}

/// The page's end of the worker. Where the worker can't start, the trainer works between frames instead.
pub struct WorkerRunner {
    worker: Option<Worker>,
    mailbox: Rc<Mailbox>,
    standby: Standby,
    /// The worker has told something: a run would be lost with it.
    has_told: bool,
    /// Why the run was lost, until it is told.
    lost: Option<String>,
    /// When it was last polled, for how many seconds the worker has said nothing, and whether it was asked for a sign of life since.
    polled: Instant,
    quiet_secs: f64,
    is_asked: bool,
    stand_in: Option<SliceRunner>,
    /// Kept alive as long as the worker may call them.
    listeners: Vec<Closure<dyn FnMut(JsValue)>>,
}

impl WorkerRunner {
    /// Starts the worker and prepares in it the run of `config`.
    pub fn start(config: Config, wake: Wake, script: &str) -> Self {
        let mailbox = Rc::<Mailbox>::default();
        let wake = Rc::new(wake);
        let mut runner = Self {
            worker: None,
            mailbox: mailbox.clone(),
            standby: Standby::new(config.clone()),
            has_told: false,
            lost: None,
            polled: Instant::now(),
            quiet_secs: 0.0,
            is_asked: false,
            stand_in: None,
            listeners: Vec::new(),
        };
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let worker = match Worker::new_with_options(script, &options) {
            Ok(worker) => worker,
            Err(error) => {
                runner.fall_back(&format!("{error:?}"));
                return runner;
            }
        };
        let on_message = {
            let (mailbox, wake) = (mailbox.clone(), wake.clone());
            Closure::<dyn FnMut(JsValue)>::new(move |event: JsValue| {
                let data = event.unchecked_into::<MessageEvent>().data();
                if data.is_instance_of::<js_sys::Uint8Array>() {
                    match postcard::from_bytes::<Vec<Event>>(&js_sys::Uint8Array::from(data).to_vec()) {
                        Ok(events) => mailbox.events.borrow_mut().extend(events),
                        Err(error) => *mailbox.failure.borrow_mut() = Some(error.to_string()),
                    }
                } else {
                    let error = js_sys::Reflect::get(&data, &"error".into()).ok().and_then(|error| error.as_string());
                    *mailbox.failure.borrow_mut() = Some(error.unwrap_or_else(|| "an unknown message".to_owned()));
                }
                wake();
            })
        };
        let on_error = Closure::<dyn FnMut(JsValue)>::new(move |_| {
            *mailbox.failure.borrow_mut() = Some("the worker's script did not load or has failed".to_owned());
            wake();
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        runner.listeners = vec![on_message, on_error];
        let greeting = js_sys::Object::new();
        let posted =
            js_sys::Reflect::set(&greeting, &"module".into(), &wasm_bindgen::module()).and_then(|_| worker.post_message(&greeting));
        runner.worker = Some(worker);
        if let Err(error) = posted {
            runner.fall_back(&format!("{error:?}"));
        } else {
            runner.post(&Message::Start(Box::new(config)));
        }
        runner
    }

    fn post(&self, message: &Message) {
        let Some(worker) = &self.worker else { return };
        match postcard::to_allocvec(message) {
            Ok(bytes) => post_bytes(&bytes, |data, transfer| worker.post_message_with_transfer(data, transfer)),
            Err(error) => log::error!("a command could not be written: {error}"),
        }
    }

    /// Notices a worker that has died without a word.
    fn listen(&mut self) {
        let now = Instant::now();
        let elapsed = now.duration_since(self.polled).as_secs_f64();
        self.polled = now;
        let is_waited_for = self.standby.is_busy() || self.is_asked;
        if self.stand_in.is_some() || !is_waited_for {
            self.quiet_secs = 0.0;
            return;
        }
        self.quiet_secs += elapsed.min(LONGEST_GAP_SECS);
        if self.quiet_secs > if self.has_told { LOST_SECS } else { LOADING_SECS } {
            self.fall_back("the worker does not answer");
        } else if self.quiet_secs > QUIET_SECS && !self.is_asked {
            self.is_asked = true;
            self.post(&Message::Command(Command::Ping));
        }
    }

    fn fall_back(&mut self, reason: &str) {
        log::warn!("the trainer works between frames: {reason}");
        if let Some(worker) = self.worker.take() {
            worker.terminate();
        }
        self.lost = self.has_told.then(|| reason.to_owned());
        self.stand_in = Some(self.standby.start());
    }
}

impl Drop for WorkerRunner {
    fn drop(&mut self) {
        if let Some(worker) = self.worker.take() {
            worker.terminate();
        }
    }
}

/// Sends bytes as a typed array whose buffer is handed over, not copied again.
fn post_bytes(bytes: &[u8], post: impl FnOnce(&JsValue, &JsValue) -> Result<(), JsValue>) {
    let array = js_sys::Uint8Array::from(bytes);
    let transfer = js_sys::Array::of1(&array.buffer());
    if let Err(error) = post(&array, &transfer) {
        log::error!("a message did not cross: {error:?}");
    }
}

/// What the page sends.
#[derive(serde::Serialize, serde::Deserialize)]
enum Message {
    Start(Box<Config>),
    Command(Command),
}

impl Runner for WorkerRunner {
    fn send(&mut self, command: Command) {
        if let Some(stand_in) = &mut self.stand_in {
            stand_in.send(command);
            return;
        }
        self.standby.note(&command);
        let wants_answer = matches!(
            command,
            Command::Configure { .. }
                | Command::Pin { .. }
                | Command::Show(_)
                | Command::Carry(_)
                | Command::Probe
                | Command::Recall(_)
                | Command::Inspect { .. }
        );
        self.post(&Message::Command(command));
        if wants_answer && !self.is_asked {
            self.is_asked = true;
            self.post(&Message::Command(Command::Ping));
        }
    }

    fn poll(&mut self, events: &mut Vec<Event>) {
        let failure = self.mailbox.failure.borrow_mut().take();
        if let Some(reason) = failure
            && self.stand_in.is_none()
        {
            self.fall_back(&reason);
        }
        if let Some(stand_in) = &mut self.stand_in {
            stand_in.poll(events);
        } else {
            let mut told = self.mailbox.events.borrow_mut();
            if !told.is_empty() {
                self.has_told = true;
                (self.quiet_secs, self.is_asked) = (0.0, false);
            }
            for event in told.drain(..).filter(|event| *event != Event::Alive) {
                self.standby.hear(&event);
                events.push(event);
            }
        }
        self.listen();
        events.extend(self.lost.take().map(Event::Restarted));
    }

    fn patience_secs(&self) -> Option<f32> {
        (self.stand_in.is_none() && (self.standby.is_busy() || self.is_asked)).then_some(LONGEST_GAP_SECS as f32)
    }

    fn needs_frames(&self) -> bool {
        self.stand_in.as_ref().is_some_and(Runner::needs_frames)
    }
}

/// The worker's own life.
struct Workshop {
    scope: DedicatedWorkerGlobalScope,
    engine: RefCell<Option<Engine>>,
    events: RefCell<Vec<Event>>,
    start: Instant,
    /// A message to oneself comes back at once, behind any command that waits; a timer would idle for milliseconds.
    bell: MessageChannel,
    /// A turn of the loop is on its way.
    rung: Cell<bool>,
    /// The timer that will ring.
    timer: Cell<Option<i32>>,
    on_timer: RefCell<Option<Closure<dyn FnMut()>>>,
}

/// Serves as the worker's program: takes messages from the page and works until the page ends it.
pub fn serve() -> Result<(), JsValue> {
    let scope: DedicatedWorkerGlobalScope =
        js_sys::global().dyn_into().map_err(|_| JsValue::from_str("start_worker is for a dedicated worker"))?;
    let workshop = Rc::new(Workshop {
        scope: scope.clone(),
        engine: RefCell::new(None),
        events: RefCell::default(),
        start: Instant::now(),
        bell: MessageChannel::new()?,
        rung: Cell::new(false),
        timer: Cell::new(None),
        on_timer: RefCell::new(None),
    });
    let on_bell = {
        let workshop = workshop.clone();
        Closure::<dyn FnMut(JsValue)>::new(move |_| workshop.turn())
    };
    workshop.bell.port1().set_onmessage(Some(on_bell.as_ref().unchecked_ref()));
    let on_timer = {
        let workshop = workshop.clone();
        Closure::<dyn FnMut()>::new(move || {
            workshop.timer.set(None);
            workshop.ring();
        })
    };
    *workshop.on_timer.borrow_mut() = Some(on_timer);
    let on_message = Closure::<dyn FnMut(JsValue)>::new(move |event: JsValue| {
        let data = event.unchecked_into::<MessageEvent>().data();
        workshop.receive(&js_sys::Uint8Array::new(&data).to_vec());
    });
    scope.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    // The worker lives as long as its closures.
    on_message.forget();
    on_bell.forget();
    Ok(())
}

impl Workshop {
    fn receive(&self, bytes: &[u8]) {
        match postcard::from_bytes(bytes) {
            Ok(Message::Start(config)) => *self.engine.borrow_mut() = Some(Engine::new(*config)),
            Ok(Message::Command(command)) => {
                if let Some(engine) = self.engine.borrow_mut().as_mut() {
                    engine.handle(command, &mut self.events.borrow_mut());
                }
            }
            Err(error) => log::error!("a command did not cross: {error}"),
        }
        self.ring();
    }

    fn ring(&self) {
        if let Some(timer) = self.timer.take() {
            self.scope.clear_timeout_with_handle(timer);
        }
        if !self.rung.replace(true) {
            self.bell.port2().post_message(&JsValue::NULL).ok();
        }
    }

    fn turn(&self) {
        self.rung.set(false);
        let mut engine = self.engine.borrow_mut();
        let Some(engine) = engine.as_mut() else { return };
        let mut events = self.events.borrow_mut();
        let wait = engine.work(SLICE, || self.start.elapsed().as_secs_f64(), &mut events);
        if !events.is_empty() {
            match postcard::to_allocvec(&*events) {
                Ok(bytes) => post_bytes(&bytes, |data, transfer| self.scope.post_message_with_transfer(data, transfer)),
                Err(error) => log::error!("events could not be written: {error}"),
            }
            events.clear();
        }
        match wait {
            Wait::None => self.ring(),
            Wait::Seconds(seconds) => {
                let milliseconds = (seconds * 1000.0).ceil().clamp(0.0, 1000.0) as i32;
                if let Some(on_timer) = self.on_timer.borrow().as_ref() {
                    let callback = on_timer.as_ref().unchecked_ref();
                    self.timer.set(self.scope.set_timeout_with_callback_and_timeout_and_arguments_0(callback, milliseconds).ok());
                }
            }
            Wait::Command => {}
        }
    }
}
