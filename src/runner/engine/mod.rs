//! The loop that every form of the runner turns: commands in, steps, snapshots out.

use super::{Command, Event};
use crate::learn::trainer::{Extras, Weights};
use crate::learn::{Config, Trainer};
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
/// Pairs of a batch up to which a run that goes on says with each snapshot why the pinned point moves.
pub const MOST_ANSWERED: u32 = 1024;
/// A run at a set speed never owes more than this many seconds of steps, so that it does not race after a pause.
const MOST_OWED: f64 = 0.25;

/// When there is work again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Wait {
    /// At once.
    None,
    /// After so many seconds, or with the next command.
    Seconds(f64),
    /// With the next command.
    Command,
}

/// What was asked for and is done in the order in which it was asked for.
enum Job {
    /// So many steps are left to take.
    Step { left: u64, ticket: u32 },
    /// The same run again.
    Reset { ticket: u32 },
    /// Snapshots say why a point moves.
    Pin { point: Option<u32>, ticket: u32 },
    /// Another configuration.
    Configure { config: Box<Config>, weights: Weights },
}

/// A trainer with its clockwork.
pub struct Engine {
    trainer: Trainer,
    playing: bool,
    asleep: bool,
    steps_per_second: f32,
    /// Steps due at the set speed and not yet taken.
    owed: f64,
    jobs: VecDeque<Job>,
    /// Tickets of jobs whose result the next snapshot shows, before anything else is done.
    finished: Vec<u32>,
    /// Tickets of jobs that were dropped.
    cancelled: Vec<u32>,
    /// A snapshot has been sent and not been seen: no other is made unless somebody waits for it, steps go on.
    in_flight: bool,
    /// The state differs from the last snapshot.
    changed: bool,
    /// Somebody waits for a snapshot.
    urgent: bool,
    scene_changed: bool,
    /// What snapshots are to carry.
    extras: Extras,
    /// The run has gone on with other points since the last snapshot.
    points_changed: bool,
    last_work: Option<f64>,
    /// When the last snapshot was done, and how many seconds it took.
    last_snapshot: f64,
    snapshot_cost: f64,
    /// The same for the last one with everything measured.
    last_measured: f64,
    measure_cost: f64,
}

impl Engine {
    /// Prepares the run of `config`, held at step 0; a configuration that is refused (none that came through the table is)
    /// gives way to the default.
    ///
    /// # Panics
    ///
    /// Never: a test holds the table's defaults to their domains.
    pub fn new(config: Config) -> Self {
        let trainer = Trainer::new(config).or_else(|error| {
            log::error!("a configuration that was not checked came to the engine: {error}");
            Trainer::new(Config::default())
        });
        Self {
            trainer: trainer.expect("the table's defaults lie in their domains"),
            playing: false,
            asleep: false,
            steps_per_second: f32::INFINITY,
            owed: 0.0,
            jobs: VecDeque::new(),
            finished: Vec::new(),
            cancelled: Vec::new(),
            in_flight: false,
            changed: true,
            urgent: true,
            scene_changed: true,
            points_changed: false,
            extras: Extras::default(),
            last_work: None,
            last_snapshot: f64::NEG_INFINITY,
            snapshot_cost: 0.0,
            last_measured: f64::NEG_INFINITY,
            measure_cost: 0.0,
        }
    }

    /// Carries a command out, or notes what is to be done.
    pub fn handle(&mut self, command: Command, events: &mut Vec<Event>) {
        match command {
            Command::Play => self.playing = true,
            Command::Pause => {
                self.playing = false;
                self.cancel();
            }
            Command::Step { count, ticket } => {
                self.playing = false;
                self.jobs.push_back(Job::Step { left: count.into(), ticket });
            }
            Command::Reset { ticket } => self.jobs.push_back(Job::Reset { ticket }),
            Command::Cancel => self.cancel(),
            Command::Speed(steps_per_second) => self.steps_per_second = steps_per_second,
            Command::Configure { config, weights, waits: true, .. } if !self.jobs.is_empty() => {
                self.jobs.push_back(Job::Configure { config, weights });
            }
            Command::Configure { config, weights, gesture, .. } => {
                if self.configure(*config, weights, gesture) {
                    // What was asked of the run before has lost its meaning.
                    self.cancel();
                }
            }
            Command::Inspect { point, step } => {
                self.trainer.inspect(point);
                events.push(Event::Inspected(self.trainer.inspection(step).map(Box::new)));
            }
            Command::Pin { point, ticket: Some(ticket) } => self.jobs.push_back(Job::Pin { point, ticket }),
            Command::Pin { point, ticket: None } => {
                self.trainer.pin(point);
                self.touched();
            }
            Command::Show(space) => {
                self.trainer.show(space);
                self.touched();
            }
            Command::Carry(extras) => {
                self.extras = extras;
                self.touched();
            }
            Command::Probe => events.push(Event::Probed { step: self.trainer.steps(), probes: self.trainer.probe() }),
            Command::Recall(step) => events.extend(self.trainer.recall(step).map(|mut snapshot| {
                snapshot.forget_own();
                Event::Recalled(Box::new(snapshot))
            })),
            Command::Ping => events.push(Event::Alive),
            Command::Sleep(asleep) => {
                self.asleep = asleep;
                self.last_work = None;
            }
            Command::Seen => self.in_flight = false,
        }
    }

    /// Returns true when the run has started again.
    fn configure(&mut self, config: Config, weights: Weights, gesture: Option<u32>) -> bool {
        let own = self.trainer.config().own.clone();
        let restarted = self.trainer.configure_in_gesture(config, weights, gesture);
        self.points_changed |= self.trainer.config().own != own;
        match restarted {
            Ok(true) => self.restarted(),
            Ok(false) => self.touched(),
            // What sends it has checked it.
            Err(ref error) => log::error!("a configuration was refused: {error}"),
        }
        restarted == Ok(true)
    }

    fn restarted(&mut self) {
        self.scene_changed = true;
        self.owed = 0.0;
        self.touched();
    }

    fn touched(&mut self) {
        self.changed = true;
        self.urgent = true;
    }

    /// Drops the jobs that are not done.
    fn cancel(&mut self) {
        for job in self.jobs.drain(..) {
            match job {
                Job::Step { ticket, .. } | Job::Reset { ticket } | Job::Pin { ticket, .. } => self.cancelled.push(ticket),
                Job::Configure { .. } => {}
            }
        }
        self.urgent = true;
    }

    /// Works for at most `budget` seconds (but always at least one step that is due), `clock` giving the time in
    /// seconds, and says when to come back.
    pub fn work(&mut self, budget: f64, clock: impl Fn() -> f64, events: &mut Vec<Event>) -> Wait {
        let start = clock();
        // Who waits for a snapshot waits for one step, not for a slice of them.
        self.take_steps(start, if self.urgent { 0.0 } else { budget }, &clock);
        self.hand_out(&clock, events);
        self.wait(clock())
    }

    fn take_steps(&mut self, start: f64, budget: f64, clock: &impl Fn() -> f64) {
        let elapsed = self.last_work.map_or(0.0, |last| start - last);
        self.last_work = Some(start);
        let rate = f64::from(self.steps_per_second);
        if self.playing && !self.asleep && rate.is_finite() {
            self.owed = (self.owed + elapsed * rate).min((MOST_OWED * rate).max(1.0));
        }
        // A finished job is shown before anything else is done.
        while self.finished.is_empty() && self.is_due() {
            if !self.job() {
                self.take_step();
            }
            if clock() - start >= budget {
                break;
            }
        }
    }

    /// Does the next job if it is done at a stroke. Returns false when steps are to be taken.
    fn job(&mut self) -> bool {
        match self.jobs.pop_front() {
            Some(Job::Step { left: 0, ticket }) => self.finish(ticket),
            Some(Job::Reset { ticket }) => {
                if let Err(error) = self.trainer.reset() {
                    // It has been in force.
                    log::error!("the configuration in force was refused: {error}");
                }
                self.restarted();
                self.finish(ticket);
            }
            Some(Job::Pin { point, ticket }) => {
                self.trainer.pin(point);
                self.finish(ticket);
            }
            Some(Job::Configure { config, weights }) => {
                self.configure(*config, weights, None);
            }
            Some(steps @ Job::Step { .. }) => {
                self.jobs.push_front(steps);
                return false;
            }
            None => return false,
        }
        true
    }

    fn take_step(&mut self) {
        match self.trainer.step() {
            Ok(()) => {
                self.changed = true;
                if let Some(Job::Step { left, .. }) = self.jobs.front_mut() {
                    *left -= 1;
                    if *left == 0 {
                        self.job();
                    }
                } else if self.steps_per_second.is_finite() {
                    self.owed -= 1.0;
                }
            }
            Err(_) => {
                // The snapshot says why; who waits for steps hears of the state reached.
                self.playing = false;
                if let Some(Job::Step { ticket, .. }) = self.jobs.front() {
                    let ticket = *ticket;
                    self.jobs.pop_front();
                    self.finish(ticket);
                }
                self.touched();
            }
        }
    }

    fn finish(&mut self, ticket: u32) {
        self.finished.push(ticket);
        self.urgent = true;
    }

    fn is_due(&self) -> bool {
        !self.jobs.is_empty() || (self.playing && !self.asleep && (self.steps_per_second.is_infinite() || self.owed >= 1.0))
    }

    fn hand_out(&mut self, clock: &impl Fn() -> f64, events: &mut Vec<Event>) {
        events.extend(self.cancelled.drain(..).map(|ticket| Event::Cancelled { ticket }));
        let now = clock();
        let due = self.changed && !self.in_flight && now >= self.next_snapshot();
        if !(due || self.urgent) {
            return;
        }
        if self.scene_changed {
            events.push(Event::Scene(Box::new(self.trainer.scene())));
            (self.scene_changed, self.points_changed) = (false, false);
        }
        if std::mem::take(&mut self.points_changed) {
            events.push(Event::Points(Box::new(self.trainer.scene())));
        }
        // Never twice in turn: what a plain one costs has to be known anew, or one that was held up would go on counting.
        let distance = if self.urgent { AWAITED_MEASURE_DISTANCE } else { 1.0 };
        let is_measure_due = self.last_measured < self.last_snapshot
            && now >= self.last_measured + distance * MEASURE_INTERVAL.max(LEAST_MEASURE_DISTANCE * self.measure_cost);
        // At rest, and where somebody asked for this very state, nothing is left as it was at an earlier step.
        let is_whole = !self.goes_on() || !self.finished.is_empty();
        let measures_all = is_whole || is_measure_due;
        // With a large batch why a point moves takes as long as a step, which waits for nobody while the run goes on.
        let is_small = self.trainer.config().batch <= MOST_ANSWERED;
        self.trainer.answer(is_whole || is_small);
        // The next step takes several, all at a stroke: a phone would be silent for too long.
        self.trainer.carry(Extras { walk: self.extras.walk && is_small, ..self.extras });
        let mut snapshot = if measures_all { self.trainer.snapshot() } else { self.trainer.quick_snapshot() };
        snapshot.forget_own();
        self.last_snapshot = clock();
        let cost = self.last_snapshot - now;
        if measures_all {
            (self.last_measured, self.measure_cost) = (self.last_snapshot, cost);
            // A plain one costs less.
            self.snapshot_cost = self.snapshot_cost.min(cost);
        } else {
            self.snapshot_cost = cost;
        }
        events.push(Event::Snapshot(Box::new(snapshot)));
        events.extend(self.finished.drain(..).map(|ticket| Event::Done { ticket }));
        self.in_flight = true;
        self.changed = false;
        self.urgent = false;
    }

    /// Whether steps are taken without somebody asking for each.
    fn goes_on(&self) -> bool {
        !self.jobs.is_empty() || (self.playing && !self.asleep)
    }

    /// When the next snapshot may be made that nobody waits for.
    fn next_snapshot(&self) -> f64 {
        let cost = self.snapshot_cost;
        let apart = (LEAST_DISTANCE * cost).min(FLUENT_INTERVAL.max(LEAST_FLUENT_DISTANCE * cost));
        self.last_snapshot + SNAPSHOT_INTERVAL.max(apart)
    }

    fn wait(&self, now: f64) -> Wait {
        if self.is_due() {
            return Wait::None;
        }
        if self.asleep {
            return Wait::Command;
        }
        let mut seconds = f64::INFINITY;
        if self.playing && self.trainer.divergence().is_none() && self.steps_per_second > 0.0 {
            seconds = (1.0 - self.owed) / f64::from(self.steps_per_second);
        }
        if self.changed && !self.in_flight {
            seconds = seconds.min(self.next_snapshot() - now);
        }
        if seconds.is_finite() { Wait::Seconds(seconds.max(0.0)) } else { Wait::Command }
    }
}

#[cfg(test)]
mod tests;
