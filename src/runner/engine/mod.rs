//! The loop that every form of the runner turns: what is wanted in, steps, snapshots out.

use super::lane::Lane;
use super::{Doing, Event, Job, Message, Request, Ticket, Work};
use crate::learn::metrics::Probing;
use std::collections::VecDeque;

/// Seconds between snapshots while the run goes on by itself: with the slice of work that may be under way then, two of a screen's frames.
const SNAPSHOT_INTERVAL: f64 = 1.0 / 36.0;
/// Seconds between measurements of what costs most, while the run goes on by itself.
const MEASURE_INTERVAL: f64 = 0.25;
/// Snapshots, and those with everything measured, come no sooner than so many times what the last of their kind cost: up to 4 ms a snapshot
/// they take less than a tenth of the time, 1 / 15 + 1 / 32 of it.
const LEAST_DISTANCE: f64 = 15.0;
const LEAST_MEASURE_DISTANCE: f64 = 32.0;
/// Seconds between snapshots up to which motion is still seen as motion. Where snapshots are slower (thousands of images in a browser), they may
/// take more of the time: with those that have everything measured, up to a quarter.
const FLUENT_INTERVAL: f64 = 1.0 / 15.0;
/// See [`FLUENT_INTERVAL`].
const LEAST_FLUENT_DISTANCE: f64 = 4.0;
/// While every snapshot is waited for (a slider is being dragged), what costs most is measured so many times less often.
const AWAITED_MEASURE_DISTANCE: f64 = 4.0;
/// A run at a set speed never owes more than this many seconds of steps, so that it does not race after a pause.
const MOST_OWED: f64 = 0.25;
/// Seconds from which on a piece of work counts as long: it is announced.
const LONG: f64 = 0.25;
/// Pairs of a batch from which on a step may be long, though none has been taken yet.
const LARGE_BATCH: u32 = 1024;

/// When there is work again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Wait {
    /// At once.
    None,
    /// After so many seconds, or with the next message.
    Seconds(f64),
    /// With the next message.
    Message,
}

/// Runs side by side, with their clockwork. They are stepped in turn, the one that is behind first, so that those that are alike stay together.
pub struct Engine {
    lanes: Vec<Lane>,
    /// The newest request, until it is taken over.
    request: Option<Request>,
    playing: bool,
    asleep: bool,
    steps_per_second: f32,
    /// Steps due at the set speed and not yet taken.
    owed: f64,
    jobs: VecDeque<(Ticket, Job)>,
    /// Probes that are being trained: the first of the jobs.
    probing: Option<Probing<3>>,
    /// Tickets of jobs whose result the next snapshots show, before anything else is done.
    finished: Vec<Ticket>,
    /// The number of the last snapshots, and of the last that were seen: while some are on their way no others are made unless somebody
    /// waits for them, and steps go on.
    shown: u64,
    seen: u64,
    /// The state differs from the last snapshots.
    changed: bool,
    /// Somebody waits for snapshots.
    urgent: bool,
    /// What was told of what is done.
    doing: Doing,
    /// Seconds that the last piece of work took.
    last_cost: f64,
    last_work: Option<f64>,
    /// When the last snapshots were done, and how many seconds they took.
    last_snapshot: f64,
    snapshot_cost: f64,
    /// The same for the last ones with everything measured.
    last_measured: f64,
    measure_cost: f64,
}

impl Default for Engine {
    fn default() -> Self {
        Self {
            lanes: Vec::new(),
            request: None,
            playing: false,
            asleep: false,
            steps_per_second: f32::INFINITY,
            owed: 0.0,
            jobs: VecDeque::new(),
            probing: None,
            finished: Vec::new(),
            shown: 0,
            seen: 0,
            changed: false,
            urgent: false,
            doing: Doing::Nothing,
            last_cost: 0.0,
            last_work: None,
            last_snapshot: f64::NEG_INFINITY,
            snapshot_cost: 0.0,
            last_measured: f64::NEG_INFINITY,
            measure_cost: 0.0,
        }
    }
}

impl Engine {
    /// Puts a message with those that were not looked at yet. The work is done by [`Self::work`], after everything that has come.
    pub fn receive(&mut self, message: Message) {
        if let Some(mut newest) = message.request {
            // One that it replaces may have had a configuration that the newest does not repeat: that with which a lost run starts again.
            for old in self.request.take().into_iter().flat_map(|request| request.runs) {
                if let Some(wish) = newest.runs.iter_mut().find(|wish| wish.run == old.run && wish.change.is_none()) {
                    wish.change = old.change;
                }
            }
            self.request = Some(newest);
        }
        self.jobs.extend(message.jobs);
    }

    /// Works for at most `budget` seconds (but always at least one piece that is due), `clock` giving the time in
    /// seconds, and says when to come back.
    pub fn work(&mut self, budget: f64, clock: impl Fn() -> f64, events: &mut Vec<Event>) -> Wait {
        let start = clock();
        if self.announce(events) {
            // So that it is known before it begins.
            return Wait::None;
        }
        self.take_request(events);
        self.answer(&clock, events);
        // Who waits for a snapshot waits for one step, not for a slice of them.
        self.take_steps(start, if self.urgent { 0.0 } else { budget }, &clock, events);
        self.hand_out(&clock, events);
        let wait = self.wait(clock());
        if self.announce(events) { Wait::None } else { wait }
    }

    /// Says what is done next, if it is something else than before. Returns true if that takes long.
    fn announce(&mut self, events: &mut Vec<Event>) -> bool {
        let doing = self.next();
        let is_new = match (doing, self.doing) {
            (Doing::Long(Work::Probes, Some(now)), Doing::Long(Work::Probes, Some(told))) => now >= told + 0.05 || now < told,
            (doing, told) => doing != told,
        };
        if is_new {
            self.doing = doing;
            events.push(Event::Doing(doing));
        }
        is_new && matches!(doing, Doing::Long(..))
    }

    /// What is done next.
    fn next(&self) -> Doing {
        if let Some(probing) = &self.probing {
            return Doing::Long(Work::Probes, Some(probing.share()));
        }
        if matches!(self.jobs.front(), Some((_, Job::Probe(_)))) {
            return Doing::Long(Work::Probes, Some(0.0));
        }
        let wishes = self.request.iter().flat_map(|request| &request.runs);
        let is_asked = self.urgent
            || self.lanes.iter().any(Lane::is_asked)
            || wishes.clone().any(|wish| self.lanes.iter().find(|lane| lane.run() == wish.run).is_none_or(|lane| lane.wants_other(wish)));
        if !self.is_due() && !is_asked {
            return Doing::Nothing;
        }
        let asked = wishes.filter_map(|wish| Some(wish.change.as_ref()?.config.batch));
        let set = self.jobs.iter().filter_map(|(_, job)| if let Job::Set(_, change) = job { Some(change.config.batch) } else { None });
        let batches = self.lanes.iter().map(|lane| lane.trainer.config().batch).chain(asked).chain(set);
        if self.last_cost > LONG || batches.max().is_some_and(|batch| batch > LARGE_BATCH) {
            Doing::Long(Work::Step, None)
        } else {
            Doing::Stepping
        }
    }

    /// Takes over the newest request.
    fn take_request(&mut self, events: &mut Vec<Event>) {
        let Some(request) = self.request.take() else { return };
        let Request { number, seen, playing, steps_per_second, asleep, dropped, runs } = request;
        self.seen = seen;
        self.drop_jobs(|ticket| ticket <= dropped, events);
        if asleep != self.asleep {
            self.last_work = None;
        }
        (self.playing, self.steps_per_second, self.asleep) = (playing, steps_per_second, asleep);
        self.lanes.retain(|lane| runs.iter().any(|wish| wish.run == lane.run()));
        for wish in runs {
            if let Some(lane) = self.lanes.iter_mut().find(|lane| lane.run() == wish.run) {
                if let Some(before) = lane.take(wish) {
                    self.drop_jobs(|ticket| ticket <= before, events);
                    self.owed = 0.0;
                }
            } else if let Some(change) = wish.change.clone() {
                let mut lane = Lane::new(wish.run, change);
                lane.take(wish);
                self.lanes.push(lane);
                self.owed = 0.0;
            }
        }
        self.urgent |= self.lanes.iter().any(Lane::is_touched);
        events.push(Event::Taken(number));
    }

    /// Drops open jobs.
    fn drop_jobs(&mut self, is_dropped: impl Fn(Ticket) -> bool, events: &mut Vec<Event>) {
        if self.jobs.front().is_some_and(|(ticket, _)| is_dropped(*ticket)) {
            self.probing = None;
        }
        let before = self.jobs.len();
        self.jobs.retain(|(ticket, _)| {
            if is_dropped(*ticket) {
                events.push(Event::Dropped(*ticket));
            }
            !is_dropped(*ticket)
        });
        self.urgent |= self.jobs.len() < before;
    }

    /// Tells the past and the point that are asked for.
    fn answer(&mut self, clock: &impl Fn() -> f64, events: &mut Vec<Event>) {
        for lane in self.lanes.iter_mut().filter(|lane| lane.is_asked()) {
            let start = clock();
            lane.answer(events);
            self.last_cost = clock() - start;
        }
    }

    fn take_steps(&mut self, start: f64, budget: f64, clock: &impl Fn() -> f64, events: &mut Vec<Event>) {
        let elapsed = self.last_work.map_or(0.0, |last| start - last);
        self.last_work = Some(start);
        let rate = f64::from(self.steps_per_second);
        if self.playing && !self.asleep && rate.is_finite() {
            self.owed = (self.owed + elapsed * rate).min((MOST_OWED * rate).max(1.0));
        }
        // A finished job is shown before anything else is done.
        while self.finished.is_empty() && self.is_due() {
            let before = clock();
            if !self.job(events) {
                self.step();
            }
            let now = clock();
            self.last_cost = now - before;
            if now - start >= budget {
                break;
            }
        }
    }

    /// Does the next job, or the next piece of it. Returns false when a step is to be taken.
    fn job(&mut self, events: &mut Vec<Event>) -> bool {
        let Some((ticket, job)) = self.jobs.front_mut() else { return false };
        let ticket = *ticket;
        let is_done = match job {
            Job::Steps(0) => true,
            Job::Steps(_) => return false,
            Job::Reset => {
                self.lanes.iter_mut().for_each(Lane::reset);
                self.owed = 0.0;
                true
            }
            Job::Set(run, change) => {
                if let Some(lane) = self.lanes.iter_mut().find(|lane| lane.run() == *run) {
                    lane.configure(change.clone());
                }
                true
            }
            Job::Why(run, point) => {
                if let Some(lane) = self.lanes.iter_mut().find(|lane| lane.run() == *run) {
                    lane.ask_why(*point);
                }
                true
            }
            Job::Probe(run) => match self.lanes.iter_mut().find(|lane| lane.run() == *run) {
                Some(lane) => {
                    let probing = self.probing.get_or_insert_with(|| lane.trainer.start_probing());
                    if let Some(probes) = probing.advance() {
                        events.push(Event::Probed(*run, lane.trainer.steps(), probes));
                        self.probing = None;
                        true
                    } else {
                        false
                    }
                }
                None => true,
            },
        };
        if is_done {
            self.jobs.pop_front();
            self.finish(ticket);
        }
        true
    }

    /// Has each run that is behind the others, or all that are alike, take a step.
    fn step(&mut self) {
        let steps = self.lanes.iter().filter(|lane| lane.goes_on()).map(|lane| lane.trainer.steps());
        let least = steps.min();
        for lane in self.lanes.iter_mut().filter(|lane| lane.goes_on() && Some(lane.trainer.steps()) == least) {
            self.changed = true;
            // The snapshot says why it has stopped.
            self.urgent |= lane.trainer.step().is_err();
        }
        let goes_on = self.lanes.iter().any(Lane::goes_on);
        if let Some((ticket, Job::Steps(left))) = self.jobs.front_mut() {
            *left -= 1;
            // Who waits for steps of runs that have stopped hears of the state reached.
            if *left == 0 || !goes_on {
                let ticket = *ticket;
                self.jobs.pop_front();
                self.finish(ticket);
            }
        } else if self.steps_per_second.is_finite() {
            self.owed -= 1.0;
        }
    }

    fn finish(&mut self, ticket: Ticket) {
        self.finished.push(ticket);
        self.urgent = true;
    }

    fn is_due(&self) -> bool {
        let goes_on = self.lanes.iter().any(Lane::goes_on);
        !self.jobs.is_empty() || (self.plays() && goes_on && (self.steps_per_second.is_infinite() || self.owed >= 1.0))
    }

    /// Whether steps are taken without somebody asking for each.
    fn plays(&self) -> bool {
        self.playing && !self.asleep
    }

    fn hand_out(&mut self, clock: &impl Fn() -> f64, events: &mut Vec<Event>) {
        let now = clock();
        let due = self.changed && self.seen >= self.shown && now >= self.next_snapshot();
        if !(due || self.urgent) || self.lanes.is_empty() {
            return;
        }
        // Never twice in turn: what a plain one costs has to be known anew, or one that was held up would go on counting.
        let distance = if self.urgent { AWAITED_MEASURE_DISTANCE } else { 1.0 };
        let is_measure_due = self.last_measured < self.last_snapshot
            && now >= self.last_measured + distance * MEASURE_INTERVAL.max(LEAST_MEASURE_DISTANCE * self.measure_cost);
        // At rest, and where somebody asked for this very state, nothing is left as it was at an earlier step.
        let is_held = !(self.plays() && self.lanes.iter().any(Lane::goes_on)) && self.jobs.is_empty() || !self.finished.is_empty();
        let is_whole = is_held || is_measure_due;
        for lane in &mut self.lanes {
            lane.tell(is_whole, is_held, events);
        }
        self.shown += 1;
        events.push(Event::Shown(self.shown));
        events.extend(self.finished.drain(..).map(Event::Done));
        self.last_snapshot = clock();
        let cost = self.last_snapshot - now;
        self.last_cost = self.last_cost.max(cost);
        if is_whole {
            (self.last_measured, self.measure_cost) = (self.last_snapshot, cost);
            // A plain one costs less.
            self.snapshot_cost = self.snapshot_cost.min(cost);
        } else {
            self.snapshot_cost = cost;
        }
        self.changed = false;
        self.urgent = false;
    }

    /// When the next snapshots may be made that nobody waits for.
    fn next_snapshot(&self) -> f64 {
        let cost = self.snapshot_cost;
        let apart = (LEAST_DISTANCE * cost).min(FLUENT_INTERVAL.max(LEAST_FLUENT_DISTANCE * cost));
        self.last_snapshot + SNAPSHOT_INTERVAL.max(apart)
    }

    fn wait(&self, now: f64) -> Wait {
        if self.is_due() || self.request.is_some() {
            return Wait::None;
        }
        if self.asleep {
            return Wait::Message;
        }
        let mut seconds = f64::INFINITY;
        if self.playing && self.lanes.iter().any(Lane::goes_on) && self.steps_per_second > 0.0 {
            seconds = (1.0 - self.owed) / f64::from(self.steps_per_second);
        }
        if self.changed && self.seen >= self.shown {
            seconds = seconds.min(self.next_snapshot() - now);
        }
        if seconds.is_finite() { Wait::Seconds(seconds.max(0.0)) } else { Wait::Message }
    }
}

#[cfg(test)]
mod tests;
