//! The loop that every form of the runner turns: commands in, steps, snapshots out.

use super::{Command, Event};
use crate::learn::trainer::Weights;
use crate::learn::{Config, Trainer};
use std::collections::VecDeque;

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
/// Comparisons of two rows between looks at the clock: about two thousandths of a second. A larger batch's step is taken in parts.
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

/// What was asked for and is done in the order in which it was asked for.
enum Job {
    /// So many steps are left to take.
    Step { left: u64, ticket: u32 },
    /// The same run again.
    Reset { ticket: u32 },
    /// Another configuration.
    Configure { config: Config, weights: Weights },
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
    /// The last snapshot was pending: somebody waits for one that is not.
    awaits_update: bool,
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
            awaits_update: false,
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
                if self.configure(config, weights, gesture) {
                    // What was asked of the run before has lost its meaning.
                    self.cancel();
                }
            }
            Command::Inspect { point, step } => {
                self.trainer.inspect(point);
                events.push(Event::Inspected(self.trainer.inspection(step).map(Box::new)));
            }
            Command::Recall(step) => events.extend(self.trainer.recall(step).map(|snapshot| Event::Recalled(Box::new(snapshot)))),
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
        let restarted = self.trainer.configure_in_gesture(config, weights, gesture);
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
                Job::Step { ticket, .. } | Job::Reset { ticket } => self.cancelled.push(ticket),
                Job::Configure { .. } => {}
            }
        }
        self.urgent = true;
    }

    /// Works for at most `budget` seconds (but always at least one step that is due), `clock` giving the time in
    /// seconds, and says when to come back.
    pub fn work(&mut self, budget: f64, clock: impl Fn() -> f64, events: &mut Vec<Event>) -> Wait {
        let start = clock();
        if self.urgent && !self.is_due() {
            // Where the batch fits into a part, the snapshot that is waited for shows what the change does.
            self.trainer.advance_update(PART);
        }
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
                self.take_part();
            }
            if clock() - start >= budget {
                break;
            }
        }
        // A change to a large batch is pending no longer than it takes.
        while self.trainer.is_pending() && !self.is_due() && !self.urgent && !self.asleep {
            if self.trainer.advance_update(PART) {
                self.touched();
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
            Some(Job::Configure { config, weights }) => {
                self.configure(config, weights, None);
            }
            Some(steps @ Job::Step { .. }) => {
                self.jobs.push_front(steps);
                return false;
            }
            None => return false,
        }
        true
    }

    /// Does a part of a step.
    fn take_part(&mut self) {
        match self.trainer.advance(PART) {
            Ok(true) => {
                self.changed = true;
                if std::mem::take(&mut self.awaits_update) {
                    self.urgent = true;
                }
                if let Some(Job::Step { left, .. }) = self.jobs.front_mut() {
                    *left -= 1;
                    if *left == 0 {
                        self.job();
                    }
                } else if self.steps_per_second.is_finite() {
                    self.owed -= 1.0;
                }
            }
            Ok(false) => {}
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
            self.scene_changed = false;
        }
        // Never twice in turn: what a plain one costs has to be known anew, or one that was held up would go on counting.
        let distance = if self.urgent { AWAITED_MEASURE_DISTANCE } else { 1.0 };
        let is_measure_due = self.last_measured < self.last_snapshot
            && now >= self.last_measured + distance * MEASURE_INTERVAL.max(LEAST_MEASURE_DISTANCE * self.measure_cost);
        // At rest, and where somebody asked for this very state, nothing is left as it was at an earlier step.
        let is_whole = !self.goes_on() || !self.finished.is_empty();
        let measures_all = (is_whole || is_measure_due) && !self.trainer.is_pending();
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
        self.awaits_update = snapshot.is_pending;
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
        self.last_snapshot + SNAPSHOT_INTERVAL.max(LEAST_DISTANCE * self.snapshot_cost)
    }

    fn wait(&self, now: f64) -> Wait {
        if self.is_due() || (self.trainer.is_pending() && !self.asleep) {
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

    /// A change by a user's hand.
    fn live(config: Config) -> Command {
        Command::Configure { config, weights: Weights::Keep, gesture: None, waits: false }
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
    fn it_waits_at_step_zero_until_it_is_told_to_play_and_pause_cancels_asked_steps() {
        let time = Cell::new(0.0);
        let mut engine = Engine::new(small());
        assert_eq!(steps(&settle(&mut engine, &time)), [0]);
        engine.handle(Command::Step { count: 1_000_000, ticket: 9 }, &mut Vec::new());
        engine.work(0.004, clock(&time), &mut Vec::new());
        engine.handle(Command::Pause, &mut Vec::new());
        let events = settle(&mut engine, &time);
        assert!(events.contains(&Event::Cancelled { ticket: 9 }) && !events.contains(&Event::Done { ticket: 9 }));
        assert!(steps(&events).last().is_some_and(|step| (1..100).contains(step)));
    }

    /// The step that was shown when each job was done.
    fn done(events: &[Event]) -> Vec<(u32, u64)> {
        let mut step = 0;
        let mut done = Vec::new();
        for event in events {
            match event {
                Event::Snapshot(snapshot) => step = snapshot.step,
                Event::Done { ticket } => done.push((*ticket, step)),
                _ => {}
            }
        }
        done
    }

    #[test]
    fn jobs_are_done_in_order_and_each_is_answered_with_its_own_state() {
        let time = Cell::new(0.0);
        let mut engine = Engine::new(small());
        for command in [
            Command::Step { count: 1, ticket: 1 },
            Command::Step { count: 1, ticket: 2 },
            Command::Reset { ticket: 3 },
            Command::Step { count: 5, ticket: 4 },
        ] {
            engine.handle(command, &mut Vec::new());
        }
        assert_eq!(done(&settle(&mut engine, &time)), [(1, 1), (2, 2), (3, 0), (4, 5)]);
        // A script's change waits its turn: the first five steps are taken as if it had come after them.
        let wanted = {
            let mut trainer = Trainer::new(small()).expect("sound");
            (0..10).for_each(|_| trainer.step().expect("a step"));
            trainer.configure(Config { tau: 0.9, ..small() }, Weights::Keep).expect("sound");
            (0..5).for_each(|_| trainer.step().expect("a step"));
            trainer.fingerprint()
        };
        engine.handle(Command::Step { count: 5, ticket: 5 }, &mut Vec::new());
        engine.handle(
            Command::Configure { config: Config { tau: 0.9, ..small() }, weights: Weights::Keep, gesture: None, waits: true },
            &mut Vec::new(),
        );
        engine.handle(Command::Step { count: 5, ticket: 6 }, &mut Vec::new());
        assert_eq!(done(&settle(&mut engine, &time)), [(5, 10), (6, 15)]);
        assert_eq!(engine.trainer.fingerprint(), wanted);
        // A hand that starts another run leaves nothing to wait for.
        engine.handle(Command::Step { count: 1_000_000, ticket: 7 }, &mut Vec::new());
        engine.handle(live(Config { seed: 3, ..small() }), &mut Vec::new());
        let events = settle(&mut engine, &time);
        assert!(events.contains(&Event::Cancelled { ticket: 7 }));
        assert_eq!(steps(&events).last(), Some(&0));
    }

    #[test]
    fn a_ping_and_a_point_are_answered_without_a_snapshot() {
        let time = Cell::new(0.0);
        let mut engine = Engine::new(small());
        settle(&mut engine, &time);
        let mut events = Vec::new();
        engine.handle(Command::Ping, &mut events);
        engine.handle(Command::Inspect { point: Some(3), step: None }, &mut events);
        engine.handle(Command::Inspect { point: Some(9999), step: None }, &mut events);
        engine.work(0.004, clock(&time), &mut events);
        assert_eq!(events.len(), 3, "{events:?}");
        assert!(matches!(&events[1], Event::Inspected(Some(inspection)) if inspection.point == 3));
        assert_eq!((&events[0], &events[2]), (&Event::Alive, &Event::Inspected(None)));
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
        engine.handle(live(Config { tau: 0.7, ..small() }), &mut events);
        engine.work(0.1, &clock, &mut events);
        let Some(Event::Snapshot(snapshot)) = events.last() else { panic!("no snapshot: {events:?}") };
        // Not after a slice of them.
        assert_eq!((snapshot.config.tau, snapshot.step), (0.7, before + 1));
    }

    #[test]
    fn a_live_change_to_a_large_batch_is_shown_as_pending_at_once_and_exactly_when_it_is_evaluated() {
        let time = Cell::new(0.0);
        let clock = clock(&time);
        let large = |tau| Config { points: 2000, batch: 1536, tau, ..Config::default() };
        let mut engine = Engine::new(large(0.2));
        let mut events = Vec::new();
        let last = |events: &[Event]| match events.last() {
            Some(Event::Snapshot(snapshot)) => (snapshot.is_pending, snapshot.config.tau, snapshot.step, snapshot.terms.loss),
            other => panic!("no snapshot: {other:?}"),
        };
        engine.handle(Command::Play, &mut events);
        // A part of the first step.
        engine.work(0.0, &clock, &mut events);
        let before = last(&events).3;
        for tau in [0.5, 0.6] {
            engine.handle(live(large(tau)), &mut events);
            engine.work(0.0, &clock, &mut events);
            assert_eq!(last(&events), (true, tau, 0, before));
        }
        // The next step answers, whatever is in flight.
        while last(&events).0 {
            engine.work(0.0, &clock, &mut events);
        }
        let (_, tau, step, loss) = last(&events);
        assert!(tau == 0.6 && step == 1 && loss != before);
        // At rest the last batch is evaluated anew.
        engine.handle(Command::Pause, &mut events);
        engine.handle(live(large(0.7)), &mut events);
        let (is_pending, tau, step, exact) = last(&settle(&mut engine, &time));
        assert_eq!((is_pending, tau, step), (false, 0.7, 1));
        assert_eq!(exact, engine.trainer.snapshot().terms.loss);
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
            engine.handle(live(Config { tau, ..small() }), &mut events);
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
    fn asleep_it_takes_no_steps_by_itself_and_awake_it_goes_on() {
        let time = Cell::new(0.0);
        let mut engine = Engine::new(small());
        engine.handle(Command::Play, &mut Vec::new());
        engine.handle(Command::Sleep(true), &mut Vec::new());
        let events = settle(&mut engine, &time);
        assert_eq!(steps(&events), [0]);
        // A script's steps are taken though nobody looks.
        engine.handle(Command::Step { count: 2, ticket: 5 }, &mut Vec::new());
        let events = settle(&mut engine, &time);
        assert_eq!((steps(&events).last(), events.last()), (Some(&2), Some(&Event::Done { ticket: 5 })));
        engine.handle(Command::Sleep(false), &mut Vec::new());
        engine.handle(Command::Play, &mut Vec::new());
        assert!(steps(&work_for(&mut engine, &time, 0.5)).last().is_some_and(|step| *step > 2));
    }
}
