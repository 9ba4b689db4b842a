//! The engine's tests, with a clock of their own.

use super::*;
use crate::learn::config::{Data, OwnPoints};
use crate::learn::report::{Past, Snapshot};
use crate::learn::trainer::Weights;
use crate::learn::{Config, Trainer};
use crate::runner::{Change, RunId, Wish};
use std::cell::Cell;

const RUN: RunId = RunId(0);

/// An engine, and what its page wants of it and has taken in.
struct Page {
    engine: Engine,
    wanted: Request,
    changes: u64,
    time: Cell<f64>,
    /// Snapshots are taken in as they come.
    sees: bool,
}

impl Page {
    /// Starts an engine with one run, held.
    fn new(config: Config) -> Self {
        Self::with_runs([config])
    }

    fn with_runs(configs: impl IntoIterator<Item = Config>) -> Self {
        let wish = |(run, config)| Wish::of(RunId(run), Some(Change::first(config)));
        let wanted = Request { number: 0, runs: (0..).zip(configs).map(wish).collect(), ..Request::paused() };
        let mut page = Self { engine: Engine::default(), wanted, changes: 0, time: Cell::new(0.0), sees: true };
        page.want(|_| ());
        page
    }

    /// Wants something else.
    fn want(&mut self, change: impl FnOnce(&mut Request)) {
        change(&mut self.wanted);
        self.wanted.number += 1;
        self.engine.receive(Message { request: Some(self.wanted.clone()), jobs: Vec::new() });
    }

    fn play(&mut self, playing: bool) {
        self.want(|request| request.playing = playing);
    }

    /// Asks for jobs.
    fn ask(&mut self, jobs: impl IntoIterator<Item = (Ticket, Job)>) {
        self.engine.receive(Message { request: None, jobs: jobs.into_iter().collect() });
    }

    /// A change of a run.
    fn change(&mut self, config: Config) -> Change {
        self.changes += 1;
        Change { number: self.changes, weights: Weights::Keep, before: Ticket::MAX, ..Change::first(config) }
    }

    /// Changes the run by a user's hand.
    fn set(&mut self, config: Config) {
        let change = self.change(config);
        self.want(|request| request.runs[0].change = Some(change));
    }

    /// A turn of the engine. Its clock moves a millisecond a look.
    fn turn(&mut self, budget: f64, events: &mut Vec<Event>) -> Wait {
        let Self { engine, time, .. } = self;
        let clock = || {
            time.set(time.get() + 0.001);
            time.get()
        };
        let from = events.len();
        let wait = engine.work(budget, clock, events);
        let last = events[from..].iter().rev().find_map(|event| if let Event::Shown(number) = event { Some(*number) } else { None });
        if let Some(number) = last.filter(|_| self.sees) {
            self.want(|request| request.seen = number);
        }
        wait
    }

    /// Works until there is nothing to do without a message.
    fn settle(&mut self) -> Vec<Event> {
        let mut events = Vec::new();
        for _ in 0..10_000 {
            if self.turn(0.004, &mut events) == Wait::Message && self.engine.request.is_none() {
                break;
            }
        }
        events
    }

    /// Works for so many seconds.
    fn work_for(&mut self, seconds: f64) -> Vec<Event> {
        let (mut events, end) = (Vec::new(), self.time.get() + seconds);
        while self.time.get() < end {
            self.turn(0.004, &mut events);
        }
        events
    }

    fn trainer(&self) -> &Trainer {
        &self.engine.lanes[0].trainer
    }
}

fn snapshots(events: &[Event]) -> Vec<&Snapshot> {
    events.iter().filter_map(|event| if let Event::Snapshot(_, snapshot, _) = event { Some(&**snapshot) } else { None }).collect()
}

fn steps(events: &[Event]) -> Vec<u64> {
    snapshots(events).into_iter().map(|snapshot| snapshot.step).collect()
}

/// What is answered, without the taking over of requests and what is done meanwhile.
fn answers(events: &[Event]) -> Vec<&Event> {
    events.iter().filter(|event| !matches!(event, Event::Taken(_) | Event::Doing(_))).collect()
}

fn small() -> Config {
    Config { points: 64, batch: 8, ..Config::default() }
}

/// The step that was shown when each job was done.
fn done(events: &[Event]) -> Vec<(Ticket, u64)> {
    let mut step = 0;
    let mut done = Vec::new();
    for event in events {
        match event {
            Event::Snapshot(_, snapshot, _) => step = snapshot.step,
            Event::Done(ticket) => done.push((*ticket, step)),
            _ => {}
        }
    }
    done
}

#[test]
fn asked_steps_are_taken_exactly_and_reported_after_their_snapshot() {
    let mut page = Page::new(small());
    page.ask([(3, Job::Steps(25))]);
    let events = page.settle();
    assert_eq!(steps(&events).last(), Some(&25));
    assert_eq!(done(&events), [(3, 25)]);
}

#[test]
fn it_waits_at_step_zero_until_it_is_told_to_play_and_drops_jobs_that_are_no_longer_wanted() {
    let mut page = Page::new(small());
    assert_eq!(steps(&page.settle()), [0]);
    page.ask([(9, Job::Steps(1_000_000))]);
    page.turn(0.004, &mut Vec::new());
    page.want(|request| request.dropped = 9);
    let events = page.settle();
    assert!(events.contains(&Event::Dropped(9)) && !events.contains(&Event::Done(9)));
    assert!(steps(&events).last().is_some_and(|step| (1..100).contains(step)));
}

#[test]
fn jobs_are_done_in_order_and_each_is_answered_with_its_own_state() {
    let mut page = Page::new(small());
    page.ask([(1, Job::Steps(1)), (2, Job::Steps(1)), (3, Job::Reset), (4, Job::Steps(5))]);
    assert_eq!(done(&page.settle()), [(1, 1), (2, 2), (3, 0), (4, 5)]);
    // A script's change waits its turn: the first five steps are taken as if it had come after them.
    let wanted = {
        let mut trainer = Trainer::new(small()).expect("sound");
        (0..10).for_each(|_| trainer.step().expect("a step"));
        trainer.configure(Config { tau: 0.9, ..small() }, Weights::Keep).expect("sound");
        (0..5).for_each(|_| trainer.step().expect("a step"));
        trainer.fingerprint()
    };
    let change = page.change(Config { tau: 0.9, ..small() });
    page.ask([(5, Job::Steps(5)), (6, Job::Set(RUN, change)), (7, Job::Steps(5))]);
    assert_eq!(done(&page.settle()), [(5, 10), (6, 10), (7, 15)]);
    assert_eq!(page.trainer().fingerprint(), wanted);
    // A hand that starts another run leaves nothing to wait for, but for what is asked of that run.
    page.ask([(8, Job::Steps(1_000_000))]);
    let change = Change { before: 8, ..page.change(Config { seed: 3, ..small() }) };
    page.want(|request| request.runs[0].change = Some(change));
    page.ask([(9, Job::Steps(2))]);
    let events = page.settle();
    assert!(events.contains(&Event::Dropped(8)));
    assert_eq!(done(&events), [(9, 2)]);
    // A change that was overtaken by a newer one, which holds it, is nothing.
    let [older, newer] = [0.4, 0.5].map(|tau| page.change(Config { seed: 3, tau, ..small() }));
    page.want(|request| request.runs[0].change = Some(newer));
    page.ask([(10, Job::Set(RUN, older))]);
    page.settle();
    assert_eq!(page.trainer().config().tau, 0.5);
}

#[test]
fn requests_and_a_point_are_answered_without_a_snapshot() {
    let mut page = Page::new(small());
    page.settle();
    let mut events = Vec::new();
    page.want(|request| request.runs[0].hovered = Some(3));
    page.turn(0.004, &mut events);
    page.want(|request| request.runs[0].hovered = Some(9999));
    page.turn(0.004, &mut events);
    let answers = answers(&events);
    assert_eq!(answers.len(), 2, "{events:?}");
    assert!(matches!(answers[0], Event::Inspected(RUN, Some(inspection)) if inspection.point == 3));
    assert_eq!(answers[1], &Event::Inspected(RUN, None));
    assert!(events.contains(&Event::Taken(page.wanted.number)));
}

#[test]
fn of_many_requests_the_newest_is_taken_over_and_of_the_past_only_that_is_looked_at() {
    let mut page = Page::new(small());
    page.ask([(1, Job::Steps(80))]);
    page.settle();
    for step in 0..80 {
        page.want(|request| request.runs[0].shown = Some(step));
    }
    let mut events = Vec::new();
    page.turn(0.004, &mut events);
    let recalled: Vec<u64> =
        events.iter().filter_map(|event| if let Event::Recalled(_, snapshot) = event { Some(snapshot.step) } else { None }).collect();
    assert_eq!((recalled, events.contains(&Event::Taken(page.wanted.number))), (vec![80], true));
    // Another pin is another answer, of the same step; the same request is none.
    page.want(|request| request.runs[0].pinned = Some(4));
    let events = page.settle();
    assert!(events.iter().any(|event| matches!(event, Event::Recalled(_, snapshot) if snapshot.reasons.is_some())));
    page.want(|_| ());
    assert!(!page.settle().iter().any(|event| matches!(event, Event::Recalled(..))));
}

#[test]
fn two_runs_go_in_lockstep_each_with_its_own_wish_and_each_is_the_run_alone() {
    let [a, b] = [small(), Config { tau: 0.05, method: crate::learn::config::MethodName::Byol, ..small() }];
    let mut page = Page::with_runs([a.clone(), b.clone()]);
    page.want(|request| request.runs[1].pinned = Some(5));
    page.play(true);
    let mut events = page.work_for(1.0);
    page.play(false);
    events.extend(page.settle());
    let of = |run: u32| -> Vec<&Snapshot> {
        let is_of = |event: &&Event| matches!(event, Event::Snapshot(own, ..) if own.0 == run);
        events
            .iter()
            .filter(is_of)
            .filter_map(|event| if let Event::Snapshot(_, snapshot, _) = event { Some(&**snapshot) } else { None })
            .collect()
    };
    let (first, second) = (of(0), of(1));
    assert!(first.len() > 10 && first.iter().zip(&second).all(|(a, b)| a.step == b.step), "no run is ahead of the other");
    assert!(first.iter().all(|snapshot| snapshot.reasons.is_none()) && second.iter().skip(1).all(|snapshot| snapshot.reasons.is_some()));
    for (config, shown) in [(&a, &first), (&b, &second)] {
        let last = shown[shown.len() - 1];
        let mut alone = Trainer::new(config.clone()).expect("sound");
        (0..last.step).for_each(|_| alone.step().expect("a step"));
        assert_eq!((alone.fingerprint(), last.step > 30), (last.fingerprint, true));
    }
    // One that starts again catches up before the other goes on, and one that is no longer wanted ends.
    let step = page.engine.lanes[0].trainer.steps();
    let change = Change { before: 0, ..page.change(Config { seed: 9, ..b }) };
    page.want(|request| request.runs[1].change = Some(change));
    page.ask([(1, Job::Steps(u32::try_from(step).expect("few") + 3))]);
    page.settle();
    assert_eq!(page.engine.lanes.iter().map(|lane| lane.trainer.steps()).collect::<Vec<_>>(), [step + 3; 2]);
    page.want(|request| request.runs.truncate(1));
    page.settle();
    assert_eq!(page.engine.lanes.len(), 1);
}

#[test]
fn a_past_that_is_told_bit_by_bit_is_the_past() {
    let mut page = Page::new(small());
    page.play(true);
    let mut told = Past::default();
    let mut largest = 0;
    for round in 0..40_u8 {
        page.set(Config { tau: 0.2 + f32::from(round) / 100.0, ..small() });
        for event in page.work_for(0.2) {
            if let Event::Snapshot(_, snapshot, news) = event {
                assert_eq!(snapshot.past, Past::default(), "what is known does not come again");
                told.take(*news);
                largest = largest.max(told.rows.len());
            }
        }
    }
    page.play(false);
    for event in page.settle() {
        if let Event::Snapshot(_, _, news) = event {
            told.take(*news);
        }
    }
    assert!(largest > 200);
    assert_eq!(told, page.trainer().past());
}

#[test]
fn long_work_is_announced_before_it_begins_says_how_far_it_is_and_can_be_stopped() {
    let config = Config { points: 2000, ..small() };
    let mut page = Page::new(config);
    page.settle();
    page.ask([(1, Job::Probe(RUN)), (2, Job::Steps(1))]);
    let mut events = Vec::new();
    page.turn(0.0, &mut events);
    assert_eq!(events, [Event::Doing(Doing::Long(Work::Probes, Some(0.0)))]);
    for _ in 0..30 {
        page.turn(0.0, &mut events);
    }
    page.want(|request| request.dropped = 1);
    events.extend(page.settle());
    assert!(events.contains(&Event::Dropped(1)) && !events.iter().any(|event| matches!(event, Event::Probed(..))));
    assert_eq!(done(&events), [(2, 1)]);
    // To its end it says more than once how far it is.
    page.ask([(3, Job::Probe(RUN))]);
    let events = page.settle();
    let shares: Vec<f32> = events
        .iter()
        .filter_map(|event| if let Event::Doing(Doing::Long(Work::Probes, Some(share))) = event { Some(*share) } else { None })
        .collect();
    assert!(shares.len() > 10 && shares.windows(2).all(|pair| pair[0] < pair[1]), "{shares:?}");
    let found = events.iter().find_map(|event| if let Event::Probed(_, step, probes) = event { Some((*step, *probes)) } else { None });
    assert_eq!(found, Some((1, page.engine.lanes[0].trainer.probe())));
    let told = events.iter().rev().find(|event| matches!(event, Event::Doing(_)));
    assert_eq!((told, done(&events)), (Some(&Event::Doing(Doing::Nothing)), vec![(3, 1)]));
}

#[test]
fn a_large_step_is_announced_and_rest_is_told() {
    let mut page = Page::new(Config { points: 2000, batch: 1025, ..Config::default() });
    let told = |events: &[Event]| -> Vec<Doing> {
        events.iter().filter_map(|event| if let Event::Doing(doing) = event { Some(*doing) } else { None }).collect()
    };
    let mut events = Vec::new();
    page.turn(0.0, &mut events);
    assert_eq!(events, [Event::Doing(Doing::Long(Work::Step, None))], "before it begins");
    events.extend(page.settle());
    assert_eq!(told(&events).last(), Some(&Doing::Nothing));
    page.ask([(1, Job::Steps(2))]);
    assert_eq!(told(&page.settle()), [Doing::Long(Work::Step, None), Doing::Nothing]);
    let mut page = Page::new(small());
    page.ask([(1, Job::Steps(2))]);
    assert_eq!(told(&page.settle()), [Doing::Stepping, Doing::Nothing]);
}

#[test]
fn an_unseen_snapshot_holds_back_snapshots_but_never_steps() {
    let mut page = Page::new(small());
    page.sees = false;
    let mut events = Vec::new();
    page.play(true);
    for _ in 0..100 {
        page.turn(0.004, &mut events);
    }
    assert_eq!(steps(&events).len(), 1);
    page.want(|request| request.seen = 1);
    page.turn(0.004, &mut events);
    assert!(steps(&events)[1] > 100, "{:?}", steps(&events));
}

#[test]
fn a_live_change_is_shown_after_the_next_step_whatever_is_in_flight() {
    let mut page = Page::new(small());
    page.sees = false;
    let mut events = Vec::new();
    page.play(true);
    for _ in 0..100 {
        page.turn(0.004, &mut events);
    }
    // The first snapshot has not been seen.
    assert_eq!(steps(&events).len(), 1);
    let before = page.trainer().steps();
    page.set(Config { tau: 0.7, ..small() });
    page.turn(0.1, &mut events);
    let shown = snapshots(&events);
    let last = shown[shown.len() - 1];
    // Not after a slice of them.
    assert_eq!((last.config.tau, last.step), (0.7, before + 1));
}

#[test]
fn a_live_change_to_a_large_batch_is_shown_exactly_with_the_next_step_and_at_rest() {
    let large = |tau| Config { points: 2000, batch: 1536, tau, ..Config::default() };
    let mut page = Page::new(large(0.2));
    page.settle();
    page.play(true);
    let mut events = Vec::new();
    while page.trainer().steps() == 0 {
        page.turn(0.0, &mut events);
    }
    page.set(large(0.6));
    page.turn(0.0, &mut events);
    let last = |events: &[Event]| {
        let shown = snapshots(events);
        let last = shown[shown.len() - 1];
        (last.config.tau, last.step, last.terms.loss)
    };
    let (tau, step, playing) = last(&events);
    assert_eq!((tau, step), (0.6, 2));
    // At rest the last batch is evaluated anew.
    page.play(false);
    page.set(large(0.7));
    let (tau, step, at_rest) = last(&page.settle());
    assert_eq!((tau, step), (0.7, 2));
    assert_ne!(at_rest, playing);
    assert_eq!(at_rest, page.engine.lanes[0].trainer.snapshot().terms.loss);
}

#[test]
fn costly_metrics_are_thinned_while_the_run_goes_on_and_whole_at_rest() {
    let mut page = Page::new(small());
    page.play(true);
    let mut events = page.work_for(3.0);
    let shown: Vec<(u64, u64)> = snapshots(&events).iter().map(|snapshot| (snapshot.step, snapshot.measured_step)).collect();
    let whole = shown.iter().filter(|(step, measured)| step == measured).count();
    assert!(shown.iter().all(|(step, measured)| measured <= step));
    assert!(whole >= 5 && whole * 3 < shown.len(), "{whole} of {}", shown.len());
    page.play(false);
    events.extend(page.settle());
    let shown = snapshots(&events);
    let last = shown[shown.len() - 1];
    assert_eq!(last.step, last.measured_step);
}

#[test]
fn costly_metrics_are_thinned_further_while_a_slider_is_dragged_but_come() {
    let mut page = Page::new(small());
    page.play(true);
    let mut events = Vec::new();
    for place in 0..200_u8 {
        page.set(Config { tau: 0.2 + f32::from(place) / 1000.0, ..small() });
        events.extend(page.work_for(0.02));
    }
    let mut measured: Vec<u64> = snapshots(&events).iter().map(|snapshot| snapshot.measured_step).collect();
    measured.dedup();
    assert!((3..=8).contains(&measured.len()), "{measured:?} in four seconds");
}

#[test]
fn every_second_snapshot_has_a_new_plane_and_at_rest_it_is_of_the_step() {
    let mut page = Page::new(small());
    page.play(true);
    let mut events = page.work_for(2.0);
    let ages = |events: &[Event]| -> Vec<u64> { snapshots(events).iter().map(|snapshot| snapshot.step - snapshot.plane_step).collect() };
    let running = ages(&events);
    assert!(running.windows(2).all(|pair| pair.contains(&0)), "{running:?}");
    assert!(running.iter().filter(|age| **age > 0).count() * 3 > running.len(), "{running:?}");
    page.play(false);
    events.extend(page.settle());
    assert_eq!(ages(&events).last(), Some(&0));
}

#[test]
fn a_costly_snapshot_holds_back_the_one_after_it_only() {
    let mut page = Page::new(small());
    page.play(true);
    let before = steps(&page.work_for(3.0)).len();
    page.engine.snapshot_cost = 0.1;
    // Its next one comes 1.5 seconds later, the others as before.
    let after = steps(&page.work_for(4.6)).len();
    assert!(before > 50 && after >= before - 2, "{before}, then {after}");
}

#[test]
fn a_set_speed_is_kept() {
    let mut page = Page::new(small());
    page.want(|request| (request.playing, request.steps_per_second) = (true, 20.0));
    let last = *steps(&page.work_for(5.0)).last().expect("snapshots");
    assert!((95..=101).contains(&last), "{last}");
}

#[test]
fn a_diverging_run_stops_says_why_and_finishes_what_was_asked() {
    let mut config = small();
    config.lr = 1.0;
    config.optimizer = crate::learn::config::Optimizer::Sgd;
    config.similarity = crate::learn::config::Similarity::Dot;
    config.tau = 0.01;
    let mut page = Page::new(config);
    page.ask([(1, Job::Steps(5_000))]);
    let events = page.settle();
    let shown = snapshots(&events);
    let last = shown[shown.len() - 1];
    assert!(last.divergence.is_some() && last.step < 5_000);
    assert!(last.embeddings.iter().all(|value| value.is_finite()));
    assert_eq!(done(&events), [(1, last.step)]);
    // Asked to play on it stands, and does no work.
    page.play(true);
    assert!(steps(&page.settle()).is_empty());
}

#[test]
fn asleep_it_takes_no_steps_by_itself_and_awake_it_goes_on() {
    let mut page = Page::new(small());
    page.want(|request| (request.playing, request.asleep) = (true, true));
    assert_eq!(steps(&page.settle()), [0]);
    // A script's steps are taken though nobody looks.
    page.ask([(5, Job::Steps(2))]);
    assert_eq!(done(&page.settle()), [(5, 2)]);
    page.want(|request| request.asleep = false);
    assert!(steps(&page.work_for(0.5)).last().is_some_and(|step| *step > 2));
}

#[test]
fn a_pinned_point_is_answered_after_the_calls_before_it() {
    let mut page = Page::new(small());
    page.settle();
    page.want(|request| request.runs[0].pinned = Some(6));
    page.ask([(1, Job::Steps(5)), (2, Job::Why(RUN, Some(2)))]);
    let events = page.settle();
    let answered = events.iter().position(|event| *event == Event::Done(2)).expect("it is answered");
    let shown = snapshots(&events[..answered]);
    let snapshot = shown[shown.len() - 1];
    assert_eq!((snapshot.step, snapshot.reasons.as_ref().map(|reasons| reasons.point)), (5, Some(2)));
    // What is wanted by the page is what counts behind it.
    page.ask([(3, Job::Steps(1))]);
    let events = page.settle();
    let shown = snapshots(&events);
    assert_eq!(shown[shown.len() - 1].reasons.as_ref().map(|reasons| reasons.point), Some(6));
    page.want(|request| request.runs[0].pinned = None);
    assert!(snapshots(&page.settle())[0].reasons.is_none());
}

#[test]
fn a_snapshot_does_not_carry_data_of_ones_own_and_the_scene_does() {
    let own: OwnPoints = "1,0,0~0.9,0.2,0~-1,0,1~-0.8,0.1,1".parse().expect("valid");
    let config = Config { data: Data::Own, own: own.clone(), batch: 4, ..Config::default() };
    let mut page = Page::new(config.clone());
    let mut events = page.settle();
    let other = own.with(&[0.0, 2.0], &[2]).expect("valid");
    let changed = Config { own: other.clone(), ..config };
    page.set(changed.clone());
    events.extend(page.settle());
    let mut past = Past::default();
    for event in &events {
        if let Event::Snapshot(_, snapshot, news) = event {
            assert!(snapshot.config.own.is_empty());
            past.take((**news).clone());
        }
    }
    assert!(!past.configs.is_empty() && past.configs.iter().all(|config| config.own.is_empty()));
    let scene =
        events.iter().rev().find_map(|event| if let Event::Points(_, scene) = event { Some(scene) } else { None }).expect("other points");
    let shown = snapshots(&events);
    let mut last = shown[shown.len() - 1].clone();
    last.restore_own(scene);
    assert_eq!(last.config, changed);
}

#[test]
fn snapshots_are_apart_by_their_cost_but_motion_stays_motion() {
    let mut engine = Engine::default();
    let mut apart = |cost: f64| {
        (engine.last_snapshot, engine.snapshot_cost) = (0.0, cost);
        engine.next_snapshot()
    };
    assert_eq!(apart(0.001), SNAPSHOT_INTERVAL);
    assert_eq!(apart(0.004), 0.06, "a sixteenth of the time");
    assert_eq!(apart(0.012), FLUENT_INTERVAL, "fifteen a second");
    assert_eq!(apart(0.1), 0.4, "a fifth of the time");
}

#[test]
fn a_request_that_comes_before_the_first_was_looked_at_keeps_its_configuration_and_its_jobs() {
    let mut page = Page { engine: Engine::default(), wanted: Request::paused(), changes: 0, time: Cell::new(0.0), sees: true };
    let runs = |change| vec![Wish::of(RUN, change)];
    let first = Request { number: 1, runs: runs(Some(Change::first(Config { seed: 11, ..Config::default() }))), ..Request::paused() };
    page.engine.receive(Message { request: Some(first), jobs: vec![(1, Job::Steps(7))] });
    page.wanted = Request { number: 2, runs: runs(None), ..Request::paused() };
    page.engine.receive(Message { request: Some(page.wanted.clone()), jobs: Vec::new() });
    assert_eq!(done(&page.settle()), [(1, 7)]);
    assert_eq!(page.trainer().config().seed, 11);
}
