//! The loop that every form of the runner turns: commands in, steps, snapshots out.

use super::{Command, Event};
use crate::learn::trainer::Weights;
use crate::learn::{Config, Trainer};

/// Seconds between snapshots while the run goes on by itself: with the slice of work that may be under way then, two of a screen's frames.
const SNAPSHOT_INTERVAL: f64 = 1.0 / 36.0;
/// Seconds between measurements of what costs most, while the run goes on by itself.
const MEASURE_INTERVAL: f64 = 0.25;
/// Snapshots, and those with everything measured, come no sooner than so many times what the last of their kind cost: where they are
/// slow they take less than a tenth of the time all the same, 1 / 15 + 1 / 32 of it.
const LEAST_DISTANCE: f64 = 15.0;
const LEAST_MEASURE_DISTANCE: f64 = 32.0;
/// While every snapshot is waited for (a slider is being dragged), what costs most is measured so many times less often.
const AWAITED_MEASURE_DISTANCE: f64 = 4.0;
/// Comparisons of two rows between looks at the clock: about two thousandths of a second. A larger batch's step is taken in parts, and for a
/// moment after a live change some of it answers for all.
const PART: usize = 1 << 20;
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

/// A trainer with its clockwork.
pub struct Engine {
    trainer: Trainer,
    playing: bool,
    asleep: bool,
    steps_per_second: f32,
    /// Steps due at the set speed and not yet taken.
    owed: f64,
    /// Steps asked for one by one and not yet taken.
    asked: u64,
    /// Tickets of commands under way.
    open: Vec<u32>,
    /// Tickets of commands whose result the next snapshot shows.
    finished: Vec<u32>,
    /// A snapshot has been sent and not been seen: no other is made unless somebody waits for it, steps go on.
    in_flight: bool,
    /// The state differs from the last snapshot.
    changed: bool,
    /// Somebody waits for a snapshot.
    urgent: bool,
    scene_changed: bool,
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
    /// Never: the table's defaults lie in their domains, as a test sees to.
    pub fn new(config: Config) -> Self {
        let trainer = Trainer::new(config).or_else(|_| Trainer::new(Config::default())).expect("the table's defaults lie in their domains");
        Self {
            trainer,
            playing: false,
            asleep: false,
            steps_per_second: f32::INFINITY,
            owed: 0.0,
            asked: 0,
            open: Vec::new(),
            finished: Vec::new(),
            in_flight: false,
            changed: true,
            urgent: true,
            scene_changed: true,
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
                // Steps that were asked for stop too: who waits for them hears of the state reached.
                self.finish();
            }
            Command::Step { count, ticket } => {
                self.playing = false;
                self.asked += u64::from(count);
                self.open.push(ticket);
            }
            Command::Reset { ticket } => {
                self.open.push(ticket);
                self.finish();
                // The configuration has been in force, so it is not refused now.
                self.trainer.reset().ok();
                self.restarted();
            }
            Command::Speed(steps_per_second) => self.steps_per_second = steps_per_second,
            Command::Configure { config, weights } => self.configure(config, weights),
            Command::Inspect(point) => {
                self.trainer.inspect(point);
                self.touched();
            }
            Command::Recall(step) => {
                if let Some(frame) = self.trainer.recall(step) {
                    events.push(Event::Frame(Box::new(frame)));
                }
            }
            Command::Sleep(asleep) => {
                self.asleep = asleep;
                self.last_work = None;
            }
            Command::Seen => self.in_flight = false,
        }
    }

    fn configure(&mut self, config: Config, weights: Weights) {
        // A refused configuration changes nothing; what sends it has checked it already.
        if let Ok(restarted) = self.trainer.configure(config, weights) {
            if restarted {
                self.finish();
                self.restarted();
            }
            self.touched();
        }
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

    /// Nothing more is under way: what was asked for is done or has lost its meaning.
    fn finish(&mut self) {
        self.asked = 0;
        self.finished.append(&mut self.open);
        self.urgent = true;
    }

    /// Works for at most `budget` seconds (but always at least one step that is due), `clock` giving the time in
    /// seconds, and says when to come back.
    pub fn work(&mut self, budget: f64, clock: impl Fn() -> f64, events: &mut Vec<Event>) -> Wait {
        let start = clock();
        let is_awaited = self.urgent && self.trainer.has_long_update(PART);
        if !self.asleep && !is_awaited {
            // Who waits for a snapshot waits for one step, not for a slice of them.
            self.take_steps(start, if self.urgent { 0.0 } else { budget }, &clock);
        }
        self.hand_out(&clock, events);
        self.wait(clock())
    }

    fn take_steps(&mut self, start: f64, budget: f64, clock: &impl Fn() -> f64) {
        let elapsed = self.last_work.map_or(0.0, |last| start - last);
        self.last_work = Some(start);
        let rate = f64::from(self.steps_per_second);
        if self.playing && rate.is_finite() {
            self.owed = (self.owed + elapsed * rate).min((MOST_OWED * rate).max(1.0));
        }
        while self.is_due() {
            match self.trainer.advance(PART) {
                Ok(true) => {
                    self.changed = true;
                    if self.asked > 0 {
                        self.asked -= 1;
                        if self.asked == 0 {
                            self.finish();
                        }
                    } else if rate.is_finite() {
                        self.owed -= 1.0;
                    }
                }
                Ok(false) => {}
                Err(_) => {
                    self.playing = false;
                    self.finish();
                    self.touched();
                }
            }
            if clock() - start >= budget {
                break;
            }
        }
        // Nobody is made to wait for a large batch's exact terms after a live change, but they come.
        while !self.is_due() && self.trainer.is_estimate() && !self.urgent {
            if self.trainer.advance_update(PART) {
                self.touched();
            }
            if clock() - start >= budget {
                break;
            }
        }
        if self.asked == 0 && !self.open.is_empty() {
            self.finish();
        }
    }

    fn is_due(&self) -> bool {
        self.asked > 0 || (self.playing && (self.steps_per_second.is_infinite() || self.owed >= 1.0))
    }

    fn hand_out(&mut self, clock: &impl Fn() -> f64, events: &mut Vec<Event>) {
        let now = clock();
        let due = self.changed && !self.in_flight && now >= self.next_snapshot();
        if !(due || self.urgent) {
            return;
        }
        if self.scene_changed {
            events.push(Event::Scene(Box::new(self.trainer.scene())));
            self.scene_changed = false;
        }
        if self.trainer.has_long_update(PART) {
            self.trainer.estimate_update();
        }
        // Never twice in turn: what a plain one costs has to be known anew, or one that was held up would go on counting.
        let distance = if self.urgent { AWAITED_MEASURE_DISTANCE } else { 1.0 };
        let is_measure_due = self.last_measured < self.last_snapshot
            && now >= self.last_measured + distance * MEASURE_INTERVAL.max(LEAST_MEASURE_DISTANCE * self.measure_cost);
        // At rest nothing is left as it was at an earlier step.
        let measures_all = (!self.goes_on() || is_measure_due) && !self.trainer.is_estimate();
        let snapshot = if measures_all { self.trainer.snapshot() } else { self.trainer.quick_snapshot() };
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
        self.asked > 0 || (self.playing && !self.asleep)
    }

    /// When the next snapshot may be made that nobody waits for.
    fn next_snapshot(&self) -> f64 {
        self.last_snapshot + SNAPSHOT_INTERVAL.max(LEAST_DISTANCE * self.snapshot_cost)
    }

    fn wait(&self, now: f64) -> Wait {
        if self.asleep {
            return Wait::Command;
        }
        if self.is_due() || self.trainer.is_estimate() {
            return Wait::None;
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
mod tests {
    use super::*;
    use std::cell::Cell;

    /// A clock that moves a millisecond a look.
    fn clock(time: &Cell<f64>) -> impl Fn() -> f64 + '_ {
        || {
            time.set(time.get() + 0.001);
            time.get()
        }
    }

    /// Works until there is nothing to do without a command.
    fn settle(engine: &mut Engine, time: &Cell<f64>) -> Vec<Event> {
        let mut events = Vec::new();
        let clock = clock(time);
        for _ in 0..10_000 {
            engine.handle(Command::Seen, &mut events);
            if engine.work(0.004, &clock, &mut events) == Wait::Command {
                break;
            }
        }
        events
    }

    /// Works for so many seconds, every snapshot being seen.
    fn work_for(engine: &mut Engine, time: &Cell<f64>, seconds: f64) -> Vec<Event> {
        let (mut events, end) = (Vec::new(), time.get() + seconds);
        while time.get() < end {
            engine.work(0.004, clock(time), &mut events);
            engine.handle(Command::Seen, &mut events);
        }
        events
    }

    fn steps(events: &[Event]) -> Vec<u64> {
        events.iter().filter_map(|event| if let Event::Snapshot(snapshot) = event { Some(snapshot.step) } else { None }).collect()
    }

    fn small() -> Config {
        Config { points: 64, batch: 8, ..Config::default() }
    }

    #[test]
    fn asked_steps_are_taken_exactly_and_reported_after_their_snapshot() {
        let time = Cell::new(0.0);
        let mut engine = Engine::new(small());
        engine.handle(Command::Step { count: 25, ticket: 3 }, &mut Vec::new());
        let events = settle(&mut engine, &time);
        assert_eq!(steps(&events).last(), Some(&25));
        assert_eq!(events.last(), Some(&Event::Done { ticket: 3 }));
    }

    #[test]
    fn it_waits_at_step_zero_until_it_is_told_to_play_and_pause_ends_asked_steps() {
        let time = Cell::new(0.0);
        let mut engine = Engine::new(small());
        assert_eq!(steps(&settle(&mut engine, &time)), [0]);
        engine.handle(Command::Step { count: 1_000_000, ticket: 9 }, &mut Vec::new());
        engine.work(0.004, clock(&time), &mut Vec::new());
        engine.handle(Command::Pause, &mut Vec::new());
        let events = settle(&mut engine, &time);
        assert_eq!(events.last(), Some(&Event::Done { ticket: 9 }));
        assert!(steps(&events).last().is_some_and(|step| (1..100).contains(step)));
    }

    #[test]
    fn an_unseen_snapshot_holds_back_snapshots_but_never_steps() {
        let time = Cell::new(0.0);
        let clock = clock(&time);
        let mut engine = Engine::new(small());
        let mut events = Vec::new();
        engine.handle(Command::Play, &mut events);
        for _ in 0..100 {
            engine.work(0.004, &clock, &mut events);
        }
        assert_eq!(steps(&events).len(), 1);
        engine.handle(Command::Seen, &mut events);
        engine.work(0.004, &clock, &mut events);
        assert!(steps(&events)[1] > 100, "{:?}", steps(&events));
    }

    #[test]
    fn a_live_change_is_shown_after_the_next_step_whatever_is_in_flight() {
        let time = Cell::new(0.0);
        let clock = clock(&time);
        let mut engine = Engine::new(small());
        let mut events = Vec::new();
        engine.handle(Command::Play, &mut events);
        for _ in 0..100 {
            engine.work(0.004, &clock, &mut events);
        }
        // The first snapshot has not been seen.
        assert_eq!(steps(&events).len(), 1);
        let before = engine.trainer.steps();
        engine.handle(Command::Configure { config: Config { tau: 0.7, ..small() }, weights: Weights::Keep }, &mut events);
        engine.work(0.1, &clock, &mut events);
        let Some(Event::Snapshot(snapshot)) = events.last() else { panic!("no snapshot: {events:?}") };
        // Not after a slice of them.
        assert_eq!((snapshot.config.tau, snapshot.step), (0.7, before + 1));
    }

    #[test]
    fn a_live_change_to_a_large_batch_is_shown_by_some_of_it_before_the_next_step_and_exactly_at_rest() {
        let time = Cell::new(0.0);
        let clock = clock(&time);
        let large = |tau| Config { points: 2000, batch: 1536, tau, ..Config::default() };
        let mut engine = Engine::new(large(0.2));
        let mut events = Vec::new();
        let last = |events: &[Event]| match events.last() {
            Some(Event::Snapshot(snapshot)) => (snapshot.is_estimate, snapshot.config.tau, snapshot.step, snapshot.terms.loss),
            other => panic!("no snapshot: {other:?}"),
        };
        engine.handle(Command::Play, &mut events);
        // A part of the first step.
        engine.work(0.0, &clock, &mut events);
        engine.handle(Command::Configure { config: large(0.5), weights: Weights::Keep }, &mut events);
        engine.work(0.0, &clock, &mut events);
        let (is_estimate, tau, step, estimate) = last(&events);
        assert_eq!((is_estimate, tau, step), (true, 0.5, 0));
        engine.handle(Command::Pause, &mut events);
        engine.work(0.0, &clock, &mut events);
        let (is_estimate, ..) = last(&events);
        assert!(is_estimate, "nobody waits for the exact terms");
        let events = settle(&mut engine, &time);
        let (is_estimate, tau, step, exact) = last(&events);
        assert_eq!((is_estimate, tau, step), (false, 0.5, 0));
        assert!((estimate - exact).abs() < 0.02 * exact, "{estimate} for {exact}");
    }

    #[test]
    fn costly_metrics_are_thinned_while_the_run_goes_on_and_whole_at_rest() {
        let time = Cell::new(0.0);
        let mut engine = Engine::new(small());
        engine.handle(Command::Play, &mut Vec::new());
        let mut events = work_for(&mut engine, &time, 3.0);
        let shown = |events: &[Event]| -> Vec<(u64, u64)> {
            let of =
                |event: &Event| if let Event::Snapshot(snapshot) = event { Some((snapshot.step, snapshot.measured_step)) } else { None };
            events.iter().filter_map(of).collect()
        };
        let snapshots = shown(&events);
        let whole = snapshots.iter().filter(|(step, measured)| step == measured).count();
        assert!(snapshots.iter().all(|(step, measured)| measured <= step));
        assert!(whole >= 5 && whole * 3 < snapshots.len(), "{whole} of {}", snapshots.len());
        engine.handle(Command::Pause, &mut events);
        events.extend(settle(&mut engine, &time));
        let (step, measured) = *shown(&events).last().expect("snapshots");
        assert_eq!(step, measured);
    }

    #[test]
    fn costly_metrics_are_thinned_further_while_a_slider_is_dragged_but_come() {
        let time = Cell::new(0.0);
        let mut engine = Engine::new(small());
        engine.handle(Command::Play, &mut Vec::new());
        let mut events = Vec::new();
        for place in 0..200_u8 {
            let tau = 0.2 + f32::from(place) / 1000.0;
            engine.handle(Command::Configure { config: Config { tau, ..small() }, weights: Weights::Keep }, &mut events);
            events.extend(work_for(&mut engine, &time, 0.02));
        }
        let of = |event: &Event| if let Event::Snapshot(snapshot) = event { Some(snapshot.measured_step) } else { None };
        let mut measured: Vec<u64> = events.iter().filter_map(of).collect();
        measured.dedup();
        assert!((3..=8).contains(&measured.len()), "{measured:?} in four seconds");
    }

    #[test]
    fn every_second_snapshot_has_a_new_plane_and_at_rest_it_is_of_the_step() {
        let time = Cell::new(0.0);
        let mut engine = Engine::new(small());
        engine.handle(Command::Play, &mut Vec::new());
        let mut events = work_for(&mut engine, &time, 2.0);
        let ages = |events: &[Event]| -> Vec<u64> {
            let of = |event: &Event| if let Event::Snapshot(snapshot) = event { Some(snapshot.step - snapshot.plane_step) } else { None };
            events.iter().filter_map(of).collect()
        };
        let running = ages(&events);
        assert!(running.windows(2).all(|pair| pair.contains(&0)), "{running:?}");
        assert!(running.iter().filter(|age| **age > 0).count() * 3 > running.len(), "{running:?}");
        engine.handle(Command::Pause, &mut events);
        assert_eq!(ages(&settle(&mut engine, &time)).last(), Some(&0));
    }

    #[test]
    fn a_snapshot_that_was_held_up_once_does_not_slow_the_others_down() {
        let time = Cell::new(0.0);
        let mut engine = Engine::new(small());
        engine.handle(Command::Play, &mut Vec::new());
        let before = steps(&work_for(&mut engine, &time, 3.0)).len();
        engine.snapshot_cost = 0.1;
        // Its next one comes 1.5 seconds later, the others as before.
        let after = steps(&work_for(&mut engine, &time, 4.6)).len();
        assert!(before > 50 && after >= before - 2, "{before}, then {after}");
    }

    #[test]
    fn a_set_speed_is_kept() {
        let time = Cell::new(0.0);
        let mut engine = Engine::new(small());
        engine.handle(Command::Play, &mut Vec::new());
        engine.handle(Command::Speed(20.0), &mut Vec::new());
        let last = *steps(&work_for(&mut engine, &time, 5.0)).last().expect("snapshots");
        assert!((95..=101).contains(&last), "{last}");
    }

    #[test]
    fn a_diverging_run_stops_says_why_and_finishes_what_was_asked() {
        let time = Cell::new(0.0);
        let mut config = small();
        config.lr = 1.0;
        config.optimizer = crate::learn::config::Optimizer::Sgd;
        config.similarity = crate::learn::config::Similarity::Dot;
        config.tau = 0.01;
        let mut engine = Engine::new(config);
        engine.handle(Command::Step { count: 5_000, ticket: 1 }, &mut Vec::new());
        let events = settle(&mut engine, &time);
        let last = events.iter().rev().find_map(|event| if let Event::Snapshot(snapshot) = event { Some(snapshot) } else { None });
        assert!(last.is_some_and(|snapshot| snapshot.divergence.is_some() && snapshot.step < 5_000));
        assert!(last.is_some_and(|snapshot| snapshot.embeddings.iter().all(|value| value.is_finite())));
        assert_eq!(events.last(), Some(&Event::Done { ticket: 1 }));
    }

    #[test]
    fn asleep_it_takes_no_steps_and_awake_it_goes_on() {
        let time = Cell::new(0.0);
        let mut engine = Engine::new(small());
        engine.handle(Command::Play, &mut Vec::new());
        engine.handle(Command::Sleep(true), &mut Vec::new());
        let events = settle(&mut engine, &time);
        assert_eq!(steps(&events), [0]);
        engine.handle(Command::Sleep(false), &mut Vec::new());
        engine.handle(Command::Step { count: 2, ticket: 0 }, &mut Vec::new());
        assert_eq!(steps(&settle(&mut engine, &time)).last(), Some(&2));
    }
}
