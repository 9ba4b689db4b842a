//! What scripts ask of the program: the page's `window.playground`.

use crate::app::Playground;
use crate::app::session::model::Model;
use crate::exchange::{file, reasons, results};
use serde_json::Value;
use std::collections::HashMap;

/// Called when what was asked for is done, with the state after it as JSON text, or with why it will not be done.
pub type Reply = Box<dyn FnOnce(Result<&str, &str>)>;

/// What a reply tells of the model, as JSON text.
type Told = fn(&Model) -> String;

/// Jobs on their way and who waits for them.
#[derive(Default)]
pub(in crate::app) struct Script {
    next: u32,
    /// Who waits, and for what.
    waiting: HashMap<u32, (Reply, Told)>,
}

impl Script {
    /// A ticket for a job; `reply` is called when it is done.
    pub(in crate::app) fn ticket(&mut self, reply: Option<Reply>) -> u32 {
        self.ticket_for(reply, state)
    }

    /// A ticket for a job that says why a point moves; `reply` is called with why the point moves.
    pub(in crate::app) fn reasons_ticket(&mut self, reply: Option<Reply>) -> u32 {
        self.ticket_for(reply, why)
    }

    /// A ticket for probes; `reply` is called with what they find.
    pub(in crate::app) fn probes_ticket(&mut self, reply: Option<Reply>) -> u32 {
        self.ticket_for(reply, probes)
    }

    /// The ticket that was given last.
    pub(in crate::app) fn last_ticket(&self) -> u32 {
        self.next
    }

    fn ticket_for(&mut self, reply: Option<Reply>, told: Told) -> u32 {
        self.next = self.next.wrapping_add(1);
        if let Some(reply) = reply {
            self.waiting.insert(self.next, (reply, told));
        }
        self.next
    }

    /// Replies with the state: the job is done, and `model` holds the snapshot after it.
    pub(in crate::app) fn done(&mut self, ticket: u32, model: &Model) {
        if let Some((reply, told)) = self.waiting.remove(&ticket) {
            reply(Ok(&told(model)));
        }
    }

    /// Replies that the job will not be done.
    pub(in crate::app) fn cancelled(&mut self, ticket: u32) {
        if let Some((reply, _)) = self.waiting.remove(&ticket) {
            reply(Err("cancelled: another call or the user has stopped or restarted the run"));
        }
    }
}

/// Why the pinned point moves, as JSON text; `null` if none is pinned.
fn why(model: &Model) -> String {
    let snapshot = &model.snapshot;
    snapshot.reasons.as_ref().map_or(Value::Null, |found| reasons::value(snapshot.step, found)).to_string()
}

/// What the last probes found, as JSON text; `null` if they found nothing in time.
fn probes(model: &Model) -> String {
    model.probes.map_or(Value::Null, |(_, probes)| Value::Object(results::probes(&probes))).to_string()
}

/// The state as JSON text; `null` before the first snapshot.
fn state(model: &Model) -> String {
    if !model.is_ready() {
        return Value::Null.to_string();
    }
    let mut state = results::run(&model.snapshot);
    for (key, value) in [
        ("running", model.playing.into()),
        ("space", model.snapshot.space.key().into()),
        ("dim", model.snapshot.dim.into()),
        ("points", model.scene.labels.len().into()),
    ] {
        state.insert(key.to_owned(), value);
    }
    Value::Object(state).to_string()
}

impl Playground {
    /// The configuration that the controls show, as JSON text.
    pub fn script_config(&self) -> String {
        file::config_value(&self.model.config).to_string()
    }

    /// Sets parameters from a JSON object; refuses it whole when anything in it is wrong.
    pub fn script_set(&mut self, object: &str) -> Result<(), String> {
        let config = file::apply(&self.model.config, object).map_err(|error| error.to_string())?;
        if config != self.model.config {
            self.configure(config, self.model.settings.weights(), None);
        }
        Ok(())
    }

    /// Goes on, or stops.
    pub fn script_play(&mut self, on: bool) {
        self.play(on);
    }

    /// Stops, takes so many steps, and replies with the state.
    pub fn script_step(&mut self, count: u32, reply: Reply) {
        self.step(count, Some(reply));
    }

    /// Starts the same run again and replies with the state.
    pub fn script_reset(&mut self, reply: Reply) {
        self.reset(Some(reply));
    }

    /// Shows a space of the run, by its key. The error names those that there are.
    pub fn script_show(&mut self, key: &str) -> Result<(), String> {
        let spaces = &self.model.snapshot.spaces;
        let Some(space) = spaces.iter().find(|space| space.key() == key).copied() else {
            let known: Vec<&str> = spaces.iter().map(|space| space.key()).collect();
            let given: String = key.chars().take(40).collect();
            return Err(format!("show: this run has no space \"{given}\": it takes one of {}", known.join(", ")));
        };
        self.model.space = space;
        self.ctx.request_repaint();
        Ok(())
    }

    /// Pins a point, or none, and replies with why it moves. The error names the points that there are.
    pub fn script_inspect(&mut self, point: Option<u32>, reply: Reply) -> Result<(), String> {
        let points = self.model.scene.labels.len();
        if let Some(point) = point.filter(|point| *point as usize >= points) {
            return Err(format!("inspect: there is no point {point}: it takes 0 to {}", points.saturating_sub(1)));
        }
        self.pin(point, Some(reply));
        Ok(())
    }

    /// Trains probes on x, h and z, and replies with what they find.
    pub fn script_probe(&mut self, reply: Reply) {
        self.probe(Some(reply));
    }

    /// What the method shows besides points, as JSON text.
    pub fn script_exhibits(&self) -> String {
        results::exhibits(&self.model.snapshot).to_string()
    }

    /// The state as JSON text: `null` until the run has started.
    pub fn script_state(&self) -> String {
        state(&self.model)
    }
}
