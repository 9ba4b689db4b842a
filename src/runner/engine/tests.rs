//! The engine's tests, with a clock of their own.

use super::*;
use crate::learn::config::{Data, OwnPoints};
use crate::learn::trainer::Snapshot;
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
    Command::Configure { config: Box::new(config), weights: Weights::Keep, gesture: None, waits: false }
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
        Command::Configure { config: Box::new(Config { tau: 0.9, ..small() }), weights: Weights::Keep, gesture: None, waits: true },
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
fn a_live_change_to_a_large_batch_is_shown_exactly_with_the_next_step_and_at_rest() {
    let time = Cell::new(0.0);
    let clock = clock(&time);
    let large = |tau| Config { points: 2000, batch: 1536, tau, ..Config::default() };
    let mut engine = Engine::new(large(0.2));
    let mut events = Vec::new();
    let last = |events: &[Event]| match events.last() {
        Some(Event::Snapshot(snapshot)) => (snapshot.config.tau, snapshot.step, snapshot.terms.loss),
        other => panic!("no snapshot: {other:?}"),
    };
    engine.handle(Command::Play, &mut events);
    engine.work(0.0, &clock, &mut events);
    engine.handle(live(large(0.6)), &mut events);
    engine.work(0.0, &clock, &mut events);
    let (tau, step, playing) = last(&events);
    assert_eq!((tau, step), (0.6, 2));
    // At rest the last batch is evaluated anew.
    engine.handle(Command::Pause, &mut events);
    engine.handle(live(large(0.7)), &mut events);
    let (tau, step, at_rest) = last(&settle(&mut engine, &time));
    assert_eq!((tau, step), (0.7, 2));
    assert_ne!(at_rest, playing);
    assert_eq!(at_rest, engine.trainer.snapshot().terms.loss);
}

#[test]
fn costly_metrics_are_thinned_while_the_run_goes_on_and_whole_at_rest() {
    let time = Cell::new(0.0);
    let mut engine = Engine::new(small());
    engine.handle(Command::Play, &mut Vec::new());
    let mut events = work_for(&mut engine, &time, 3.0);
    let shown = |events: &[Event]| -> Vec<(u64, u64)> {
        let of = |event: &Event| if let Event::Snapshot(snapshot) = event { Some((snapshot.step, snapshot.measured_step)) } else { None };
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

#[test]
fn a_pinned_point_is_answered_after_the_calls_before_it() {
    let time = Cell::new(0.0);
    let mut engine = Engine::new(small());
    settle(&mut engine, &time);
    engine.handle(Command::Step { count: 5, ticket: 1 }, &mut Vec::new());
    engine.handle(Command::Pin { point: Some(2), ticket: Some(2) }, &mut Vec::new());
    let events = settle(&mut engine, &time);
    let answered = events.iter().position(|event| *event == Event::Done { ticket: 2 }).expect("it is answered");
    let before = events[..answered].iter().rev().find_map(|event| match event {
        Event::Snapshot(snapshot) => Some(snapshot),
        _ => None,
    });
    let snapshot = before.expect("with a snapshot");
    assert_eq!((snapshot.step, snapshot.reasons.as_ref().map(|reasons| reasons.point)), (5, Some(2)));
    engine.handle(Command::Pin { point: None, ticket: None }, &mut Vec::new());
    let events = settle(&mut engine, &time);
    assert!(matches!(&events[0], Event::Snapshot(snapshot) if snapshot.reasons.is_none()));
}

#[test]
fn a_snapshot_does_not_carry_data_of_ones_own_and_the_scene_does() {
    let own: OwnPoints = "1,0,0~0.9,0.2,0~-1,0,1~-0.8,0.1,1".parse().expect("valid");
    let config = Config { data: Data::Own, own: own.clone(), batch: 4, ..Config::default() };
    let mut engine = Engine::new(config.clone());
    let mut events = Vec::new();
    engine.work(0.0, || 0.0, &mut events);
    let other = own.with(&[0.0, 2.0], &[2]).expect("valid");
    let changed = Config { own: other.clone(), ..config };
    engine
        .handle(Command::Configure { config: Box::new(changed.clone()), weights: Weights::Keep, gesture: None, waits: false }, &mut events);
    engine.work(0.0, || 1.0, &mut events);
    let snapshots: Vec<&Snapshot> =
        events.iter().filter_map(|event| if let Event::Snapshot(snapshot) = event { Some(&**snapshot) } else { None }).collect();
    assert!(!snapshots.is_empty() && snapshots.iter().all(|snapshot| snapshot.config.own.is_empty()));
    assert!(snapshots.iter().all(|snapshot| snapshot.configs.iter().all(|config| config.own.is_empty())));
    let scene =
        events.iter().rev().find_map(|event| if let Event::Points(scene) = event { Some(scene) } else { None }).expect("other points");
    let mut last = snapshots[snapshots.len() - 1].clone();
    last.restore_own(scene);
    assert_eq!(last.config, changed);
}

#[test]
fn snapshots_are_apart_by_their_cost_but_motion_stays_motion() {
    let mut engine = Engine::new(small());
    let mut apart = |cost: f64| {
        (engine.last_snapshot, engine.snapshot_cost) = (0.0, cost);
        engine.next_snapshot()
    };
    assert_eq!(apart(0.001), SNAPSHOT_INTERVAL);
    assert_eq!(apart(0.004), 0.06, "a sixteenth of the time");
    assert_eq!(apart(0.012), FLUENT_INTERVAL, "fifteen a second");
    assert_eq!(apart(0.1), 0.4, "a fifth of the time");
}
