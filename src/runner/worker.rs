//! The trainers in a web worker: the browser. Messages and events cross as flat bytes whose buffers are handed over.

use super::desk::Desk;
use super::{Doing, Engine, Event, Message, Request, Runner, SliceRunner, Wait, Wake};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::JsCast as _;
use wasm_bindgen::prelude::{Closure, JsValue};
use web_sys::{DedicatedWorkerGlobalScope, MessageChannel, MessageEvent, Worker, WorkerOptions, WorkerType};
use web_time::Instant;

/// Seconds of work between looks at the messages.
const SLICE: f64 = 0.004;
/// Seconds without a word after which somebody is told that they wait.
const QUIET_SECS: f64 = 2.0;
/// Seconds without a word after which a worker that had nothing to do counts as lost; before its first word it is still being loaded and compiled.
const LOST_SECS: f64 = 6.0;
const LOADING_SECS: f64 = 30.0;
/// A look that comes later than this after the last one counts no longer: the page may have slept as well.
const LONGEST_GAP_SECS: f64 = 0.5;
/// Workers that are started in place of lost ones. After that the trainers work between frames.
const MOST_WORKERS: u32 = 3;

/// What both the page and the listeners of the worker work with.
struct Shared {
    worker: RefCell<Option<Worker>>,
    desk: RefCell<Desk>,
    events: RefCell<Vec<Event>>,
    failure: RefCell<Option<String>>,
    /// The newest request, while one before it is on its way.
    waiting: RefCell<Option<Request>>,
    /// For how many seconds the worker has said nothing although somebody waits for it.
    quiet_secs: Cell<f64>,
    /// The worker has told something: a run would be lost with it.
    has_told: Cell<bool>,
    /// A message of the page to itself has come back: the page gets its messages, and so would get the worker's.
    has_echoed: Cell<bool>,
}

/// The page's end of the worker. Where the worker can't start, the trainers work between frames instead.
pub struct WorkerRunner {
    shared: Rc<Shared>,
    script: String,
    wake: Rc<Wake>,
    echo: Option<MessageChannel>,
    /// When it was last polled.
    polled: Instant,
    /// Workers that were started.
    started: u32,
    /// Events of our own, until they are polled.
    own: Vec<Event>,
    fallback: Option<SliceRunner>,
    /// Kept alive as long as the worker may call them.
    listeners: Vec<Closure<dyn FnMut(JsValue)>>,
    _on_echo: Option<Closure<dyn FnMut(JsValue)>>,
}

impl WorkerRunner {
    /// Starts the worker.
    pub fn start(wake: Wake, script: &str) -> Self {
        let shared = Rc::new(Shared {
            worker: RefCell::default(),
            desk: RefCell::default(),
            events: RefCell::default(),
            failure: RefCell::default(),
            waiting: RefCell::default(),
            quiet_secs: Cell::default(),
            has_told: Cell::default(),
            has_echoed: Cell::new(true),
        });
        let echo = MessageChannel::new().ok();
        let on_echo = echo.as_ref().map(|channel| {
            let shared = shared.clone();
            let closure = Closure::<dyn FnMut(JsValue)>::new(move |_| shared.has_echoed.set(true));
            channel.port1().set_onmessage(Some(closure.as_ref().unchecked_ref()));
            closure
        });
        let mut runner = Self {
            shared,
            script: script.to_owned(),
            wake: Rc::new(wake),
            echo,
            polled: Instant::now(),
            started: 0,
            own: Vec::new(),
            fallback: None,
            listeners: Vec::new(),
            _on_echo: on_echo,
        };
        if let Err(reason) = runner.start_worker() {
            runner.fall_back(&reason);
        }
        runner
    }

    fn start_worker(&mut self) -> Result<(), String> {
        self.started += 1;
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let worker = Worker::new_with_options(&self.script, &options).map_err(|error| format!("{error:?}"))?;
        let on_message = {
            let (shared, wake) = (self.shared.clone(), self.wake.clone());
            Closure::<dyn FnMut(JsValue)>::new(move |event: JsValue| {
                let data = event.unchecked_into::<MessageEvent>().data();
                let is_news = if data.is_instance_of::<js_sys::Uint8Array>() {
                    shared.receive(&js_sys::Uint8Array::from(data).to_vec())
                } else {
                    let error = js_sys::Reflect::get(&data, &"error".into()).ok().and_then(|error| error.as_string());
                    shared.fail(error.unwrap_or_else(|| "an unknown message".to_owned()))
                };
                if is_news {
                    wake();
                }
            })
        };
        let on_error = {
            let (shared, wake) = (self.shared.clone(), self.wake.clone());
            Closure::<dyn FnMut(JsValue)>::new(move |_| {
                shared.fail("the worker's script did not load or has failed".to_owned());
                wake();
            })
        };
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        self.listeners = vec![on_message, on_error];
        let greeting = js_sys::Object::new();
        js_sys::Reflect::set(&greeting, &"module".into(), &wasm_bindgen::module())
            .and_then(|_| worker.post_message(&greeting))
            .map_err(|error| format!("{error:?}"))?;
        *self.shared.worker.borrow_mut() = Some(worker);
        self.shared.has_told.set(false);
        self.shared.quiet_secs.set(0.0);
        Ok(())
    }

    /// Ends the worker and starts the runs again in another one, or where there were too many between frames.
    fn start_again(&mut self, reason: &str) {
        let had_told = self.shared.has_told.get();
        self.shared.end_worker();
        // What it said last is of a run that is gone.
        self.shared.events.borrow_mut().clear();
        if had_told {
            self.own.push(Event::Restarted(reason.to_owned()));
        }
        // One that has never spoken would not speak the next time.
        if !had_told || self.started >= MOST_WORKERS || self.start_worker().is_err() {
            self.fall_back(reason);
        } else {
            let message = self.shared.desk.borrow_mut().restart();
            self.shared.post(&message);
        }
    }

    fn fall_back(&mut self, reason: &str) {
        log::warn!("the trainers work between frames: {reason}");
        self.shared.end_worker();
        let mut fallback = SliceRunner::default();
        fallback.send(self.shared.desk.borrow_mut().restart());
        self.fallback = Some(fallback);
    }

    /// Notices a worker that has died without a word.
    fn listen(&mut self) {
        let now = Instant::now();
        let elapsed = now.duration_since(self.polled).as_secs_f64();
        self.polled = now;
        if self.fallback.is_some() || !self.shared.desk.borrow().is_waited_for() {
            self.shared.quiet_secs.set(0.0);
            return;
        }
        // A page that is full of its own work hears nobody.
        if let Some(echo) = &self.echo {
            if !self.shared.has_echoed.replace(false) {
                return;
            }
            echo.port2().post_message(&JsValue::NULL).ok();
        }
        let quiet_secs = self.shared.quiet_secs.get() + elapsed.min(LONGEST_GAP_SECS);
        self.shared.quiet_secs.set(quiet_secs);
        let had_nothing_to_do = {
            let desk = self.shared.desk.borrow();
            desk.doing() == Doing::Nothing && desk.is_owed_a_word()
        };
        let is_loading = !self.shared.has_told.get();
        if had_nothing_to_do && quiet_secs > if is_loading { LOADING_SECS } else { LOST_SECS } {
            self.start_again("the worker does not answer");
        }
    }
}

impl Shared {
    /// Takes in events. Returns true if somebody wants to see them at once.
    fn receive(&self, bytes: &[u8]) -> bool {
        let events = match postcard::from_bytes::<Vec<Event>>(bytes) {
            Ok(events) => events,
            Err(error) => return self.fail(error.to_string()),
        };
        self.has_told.set(true);
        self.quiet_secs.set(0.0);
        let is_news = events.iter().any(Event::is_news);
        for event in &events {
            self.desk.borrow_mut().hear(event);
        }
        self.events.borrow_mut().extend(events);
        let next = if self.desk.borrow().is_unanswered() { None } else { self.waiting.borrow_mut().take() };
        if let Some(request) = next {
            self.send(&Message { request: Some(request), jobs: Vec::new() });
        }
        is_news
    }

    fn fail(&self, reason: String) -> bool {
        *self.failure.borrow_mut() = Some(reason);
        true
    }

    /// Takes note of a message and posts it.
    fn send(&self, message: &Message) {
        self.desk.borrow_mut().note(message);
        self.post(message);
    }

    fn post(&self, message: &Message) {
        let worker = self.worker.borrow();
        let Some(worker) = worker.as_ref() else { return };
        match postcard::to_allocvec(message) {
            Ok(bytes) => post_bytes(&bytes, |data, transfer| worker.post_message_with_transfer(data, transfer)),
            Err(error) => log::error!("a message could not be written: {error}"),
        }
    }

    fn end_worker(&self) {
        if let Some(worker) = self.worker.take() {
            worker.set_onmessage(None);
            worker.set_onerror(None);
            worker.terminate();
        }
    }
}

impl Drop for WorkerRunner {
    fn drop(&mut self) {
        self.shared.end_worker();
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

impl Runner for WorkerRunner {
    fn send(&mut self, message: Message) {
        if let Some(fallback) = &mut self.fallback {
            fallback.send(message);
            return;
        }
        if !self.shared.desk.borrow().is_waited_for() {
            self.shared.quiet_secs.set(0.0);
        }
        // A request alone waits until the one before it has been taken over, and gives way to a newer one meanwhile.
        if message.jobs.is_empty() && self.shared.desk.borrow().is_unanswered() {
            let mut waiting = self.shared.waiting.borrow_mut();
            *waiting = message.request.or(waiting.take());
        } else {
            self.shared.waiting.borrow_mut().take();
            self.shared.send(&message);
        }
    }

    fn poll(&mut self, events: &mut Vec<Event>) {
        let failure = self.shared.failure.borrow_mut().take();
        if let Some(reason) = failure
            && self.fallback.is_none()
        {
            self.start_again(&reason);
        }
        self.listen();
        events.append(&mut self.own);
        if let Some(fallback) = &mut self.fallback {
            fallback.poll(events);
        } else {
            events.append(&mut self.shared.events.borrow_mut());
        }
    }

    fn patience_secs(&self) -> Option<f32> {
        (self.fallback.is_none() && self.shared.desk.borrow().is_waited_for()).then_some(LONGEST_GAP_SECS as f32)
    }

    fn needs_frames(&self) -> bool {
        self.fallback.as_ref().is_some_and(Runner::needs_frames)
    }

    fn keeps_waiting(&self) -> Option<Doing> {
        let desk = self.shared.desk.borrow();
        let is_quiet = self.fallback.is_none() && self.shared.has_told.get() && self.shared.quiet_secs.get() > QUIET_SECS;
        desk.long_work().or_else(|| is_quiet.then(|| desk.doing()))
    }

    fn stop_waiting(&mut self) {
        if self.fallback.is_none() {
            self.own.extend(self.shared.desk.borrow_mut().drop_jobs().into_iter().map(Event::Dropped));
            // It was not the worker's fault.
            self.started = self.started.saturating_sub(1);
            self.start_again("nobody waits for it any more");
        }
    }
}

/// The worker's own life.
struct Workshop {
    scope: DedicatedWorkerGlobalScope,
    engine: RefCell<Engine>,
    events: RefCell<Vec<Event>>,
    start: Instant,
    /// A message to oneself comes back at once, behind those that wait; a timer would idle for milliseconds.
    wake_channel: MessageChannel,
    /// A turn of the loop is on its way.
    is_woken: Cell<bool>,
    /// The timer that will wake it.
    timer: Cell<Option<i32>>,
    on_timer: RefCell<Option<Closure<dyn FnMut()>>>,
}

/// Serves as the worker's program: takes messages from the page and works until the page ends it.
pub fn serve() -> Result<(), JsValue> {
    let scope: DedicatedWorkerGlobalScope =
        js_sys::global().dyn_into().map_err(|_| JsValue::from_str("start_worker is for a dedicated worker"))?;
    let workshop = Rc::new(Workshop {
        scope: scope.clone(),
        engine: RefCell::default(),
        events: RefCell::default(),
        start: Instant::now(),
        wake_channel: MessageChannel::new()?,
        is_woken: Cell::new(false),
        timer: Cell::new(None),
        on_timer: RefCell::new(None),
    });
    let on_wake = {
        let workshop = workshop.clone();
        Closure::<dyn FnMut(JsValue)>::new(move |_| workshop.turn())
    };
    workshop.wake_channel.port1().set_onmessage(Some(on_wake.as_ref().unchecked_ref()));
    let on_timer = {
        let workshop = workshop.clone();
        Closure::<dyn FnMut()>::new(move || {
            workshop.timer.set(None);
            workshop.wake();
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
    on_wake.forget();
    Ok(())
}

impl Workshop {
    fn receive(&self, bytes: &[u8]) {
        match postcard::from_bytes(bytes) {
            // The work is done by the turn that comes behind all messages that wait.
            Ok(message) => self.engine.borrow_mut().receive(message),
            Err(error) => log::error!("a message did not cross: {error}"),
        }
        self.wake();
    }

    fn wake(&self) {
        if let Some(timer) = self.timer.take() {
            self.scope.clear_timeout_with_handle(timer);
        }
        if !self.is_woken.replace(true) {
            self.wake_channel.port2().post_message(&JsValue::NULL).ok();
        }
    }

    fn turn(&self) {
        self.is_woken.set(false);
        let mut engine = self.engine.borrow_mut();
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
            Wait::None => self.wake(),
            Wait::Seconds(seconds) => {
                let milliseconds = (seconds * 1000.0).ceil().clamp(0.0, 1000.0) as i32;
                if let Some(on_timer) = self.on_timer.borrow().as_ref() {
                    let callback = on_timer.as_ref().unchecked_ref();
                    self.timer.set(self.scope.set_timeout_with_callback_and_timeout_and_arguments_0(callback, milliseconds).ok());
                }
            }
            Wait::Message => {}
        }
    }
}
