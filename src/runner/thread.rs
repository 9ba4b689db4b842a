//! The trainers on a thread of their own: the desktop.

use super::desk::Desk;
use super::{Doing, Engine, Event, Message, Runner, SliceRunner, Wait, Wake};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::time::{Duration, Instant};

/// Seconds of work between looks at the messages.
const SLICE: f64 = 0.004;
/// Seconds without a word after which somebody is told that they wait.
const QUIET_SECS: f64 = 2.0;

/// The window's end of the thread; the thread ends when it is dropped. Where the thread is lost, the trainers work between frames instead.
pub struct ThreadRunner {
    messages: Sender<Message>,
    events: Receiver<Event>,
    desk: Desk,
    wake: Arc<dyn Fn() + Send + Sync>,
    heard: Instant,
    /// Events of our own, until they are polled.
    own: Vec<Event>,
    fallback: Option<SliceRunner>,
}

impl ThreadRunner {
    /// Starts the thread.
    pub fn start(wake: Wake) -> std::io::Result<Self> {
        // A second thread may have to take over.
        let wake = std::sync::Mutex::new(wake);
        let wake: Arc<dyn Fn() + Send + Sync> = Arc::new(move || (wake.lock().unwrap_or_else(std::sync::PoisonError::into_inner))());
        let (messages, events) = spawn(wake.clone())?;
        Ok(Self { messages, events, desk: Desk::default(), wake, heard: Instant::now(), own: Vec::new(), fallback: None })
    }

    /// Goes on with a message of everything that is wanted.
    fn start_again(&mut self, spawned: std::io::Result<(Sender<Message>, Receiver<Event>)>) {
        let message = self.desk.restart();
        self.heard = Instant::now();
        if let Ok((messages, events)) = spawned {
            (self.messages, self.events) = (messages, events);
            // A thread that has ended is noticed by the next poll.
            self.messages.send(message).ok();
        } else {
            let mut fallback = SliceRunner::default();
            fallback.send(message);
            self.fallback = Some(fallback);
        }
    }
}

/// Starts a thread, which ends when its ends of the channels are dropped.
fn spawn(wake: Arc<dyn Fn() + Send + Sync>) -> std::io::Result<(Sender<Message>, Receiver<Event>)> {
    let (messages, message_receiver) = channel();
    let (event_sender, events) = channel();
    std::thread::Builder::new().name("trainer".to_owned()).spawn(move || train(&message_receiver, &event_sender, &*wake))?;
    Ok((messages, events))
}

/// The thread's life: ends when the window's end hangs up.
fn train(messages: &Receiver<Message>, sender: &Sender<Event>, wake: &(dyn Fn() + Send + Sync)) {
    let mut engine = Engine::default();
    let mut events = Vec::new();
    let start = Instant::now();
    let mut wait = Wait::Message;
    loop {
        let first = match wait {
            Wait::None => messages.try_recv().map_err(|error| error == TryRecvError::Disconnected),
            Wait::Seconds(seconds) => {
                let wait = Duration::from_secs_f64(seconds.min(1.0));
                messages.recv_timeout(wait).map_err(|error| error == RecvTimeoutError::Disconnected)
            }
            Wait::Message => messages.recv().map_err(|_| true),
        };
        match first {
            Ok(message) => engine.receive(message),
            Err(true) => return,
            Err(false) => {}
        }
        while let Ok(message) = messages.try_recv() {
            engine.receive(message);
        }
        wait = engine.work(SLICE, || start.elapsed().as_secs_f64(), &mut events);
        let is_news = events.iter().any(Event::is_news);
        for event in events.drain(..) {
            if sender.send(event).is_err() {
                return;
            }
        }
        if is_news {
            wake();
        }
    }
}

impl Runner for ThreadRunner {
    fn send(&mut self, message: Message) {
        if let Some(fallback) = &mut self.fallback {
            fallback.send(message);
            return;
        }
        if !self.desk.is_waited_for() {
            self.heard = Instant::now();
        }
        self.desk.note(&message);
        // A thread that has ended is noticed by the next poll.
        self.messages.send(message).ok();
    }

    fn poll(&mut self, events: &mut Vec<Event>) {
        events.append(&mut self.own);
        if let Some(fallback) = &mut self.fallback {
            fallback.poll(events);
            return;
        }
        loop {
            match self.events.try_recv() {
                Ok(event) => {
                    self.heard = Instant::now();
                    self.desk.hear(&event);
                    events.push(event);
                }
                Err(TryRecvError::Empty) => return,
                Err(TryRecvError::Disconnected) => break,
            }
        }
        let reason = "the trainer's thread has ended";
        log::error!("{reason}");
        self.start_again(Err(std::io::Error::other(reason)));
        events.push(Event::Restarted(reason.to_owned()));
    }

    fn needs_frames(&self) -> bool {
        self.fallback.as_ref().is_some_and(Runner::needs_frames)
    }

    fn patience_secs(&self) -> Option<f32> {
        // A thread that panics wakes nobody.
        (self.fallback.is_none() && self.desk.is_waited_for()).then_some(1.0)
    }

    fn keeps_waiting(&self) -> Option<Doing> {
        let is_quiet = self.fallback.is_none() && self.desk.is_waited_for() && self.heard.elapsed().as_secs_f64() > QUIET_SECS;
        self.desk.long_work().or_else(|| is_quiet.then(|| self.desk.doing()))
    }

    fn stop_waiting(&mut self) {
        if self.fallback.is_none() {
            self.own.extend(self.desk.drop_jobs().into_iter().map(Event::Dropped));
            self.own.push(Event::Restarted("nobody waits for it any more".to_owned()));
            // The old thread ends after what it is at.
            let spawned = spawn(self.wake.clone());
            self.start_again(spawned);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Change, Job, Request, RunId, Wish};
    use super::*;
    use crate::learn::Config;

    #[test]
    fn a_run_whose_thread_is_lost_starts_again_with_what_was_asked_of_it() {
        let config = Config { points: 64, batch: 8, ..Config::default() };
        // A thread that ends at once.
        let (messages, _) = channel();
        let (_, events) = channel();
        let mut runner = ThreadRunner {
            messages,
            events,
            desk: Desk::default(),
            wake: Arc::new(|| {}),
            heard: Instant::now(),
            own: Vec::new(),
            fallback: None,
        };
        let runs = vec![Wish::of(RunId(0), Some(Change::first(config)))];
        runner.send(Message { request: Some(Request { runs, ..Request::paused() }), jobs: vec![(8, Job::Steps(3))] });
        let mut events = Vec::new();
        for _ in 0..100 {
            runner.poll(&mut events);
        }
        assert!(matches!(events[0], Event::Restarted(_)));
        let last =
            events.iter().rev().find_map(|event| if let Event::Snapshot(_, snapshot, _) = event { Some(snapshot.step) } else { None });
        assert_eq!(last, Some(3));
        assert!(events.contains(&Event::Done(8)));
    }
}
