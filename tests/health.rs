//! The health's pane and the alarm's row, without a window.

#![cfg(feature = "app")]

mod support;

use contrastive_playground::app::Start;
use contrastive_playground::learn::Config;
use contrastive_playground::learn::config::{Loss, Miner};
use contrastive_playground::learn::health::AlarmKind;
use eframe::egui::Key;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use support::{Ui, app, small};

fn open<'a>(size: [f32; 2], config: Config) -> Ui<'a> {
    support::open(Harness::builder(), size, Start { config: Some(config), ..Start::default() })
}

fn shows(harness: &Ui<'_>, label: &str) -> bool {
    harness.query_all_by_label_contains(label).next().is_some()
}

/// A run that collapses within its first hundred steps.
fn collapsing() -> Config {
    Config { loss: Loss::AlignUniform, weight: 0.0, lr: 0.03, ..small() }
}

/// Takes steps until the alarm is up.
fn until_raised(harness: &mut Ui<'_>, kind: AlarmKind) {
    for _ in 0..400 {
        harness.key_press(Key::S);
        harness.run_steps(2);
        if app(harness).model().alarms().any(|raised| raised.alarm.kind == kind) {
            harness.run_steps(4);
            return;
        }
    }
    panic!("{kind:?} is never raised");
}

#[test]
fn an_alarm_is_told_explained_and_cured_by_a_click() {
    let mut harness = open([1400.0, 900.0], collapsing());
    assert!(!shows(&harness, "Look closer"), "no row while all is well");
    until_raised(&mut harness, AlarmKind::Collapsed);
    assert!(shows(&harness, "All points are in one place, or on the way there."));
    harness.get_by_label("Look closer").click();
    harness.run_steps(6);
    assert!(shows(&harness, "Directions used") && shows(&harness, "NOT RAISED"));
    harness.get_all_by_label("Set Uniformity weight 1").next().expect("a remedy").click();
    harness.run_steps(8);
    let model = app(&harness).model();
    assert_eq!((model.snapshot.config.weight, model.snapshot.step), (1.0, 0), "set, and started again");
    assert!(!shows(&harness, "Look closer"));
}

#[test]
fn an_alarm_that_was_put_away_stays_away_until_it_has_fallen() {
    for size in [[1400.0, 900.0], [1000.0, 700.0], [390.0, 844.0]] {
        let mut harness = open(size, collapsing());
        until_raised(&mut harness, AlarmKind::Collapsed);
        assert!(shows(&harness, "Look closer"), "{size:?}");
        harness.get_by_label("Dismiss").click();
        harness.run_steps(6);
        assert!(!shows(&harness, "Look closer"), "{size:?}");
        harness.key_press(Key::S);
        harness.run_steps(4);
        assert!(!shows(&harness, "Look closer"), "{size:?}");
        assert!(app(&harness).model().alarms().next().is_some(), "it is up all the same");
    }
}

#[test]
fn nothing_in_the_pane_is_wider_than_it() {
    use contrastive_playground::learn::config::{Head, MethodName, Norm};
    // The longest remedy: two parameters with long names.
    let config = Config { method: MethodName::SimSiam, predictor: Head::None, norm: Norm::None, lr: 0.03, ..small() };
    for size in [[1400.0, 900.0], [1100.0, 700.0], [1000.0, 700.0]] {
        let mut harness = open(size, config.clone());
        until_raised(&mut harness, AlarmKind::Collapsed);
        harness.get_by_label("Look closer").click();
        harness.run_steps(6);
        let buttons: Vec<_> = harness.query_all_by_label_contains("Set Predictor").map(|node| node.rect()).collect();
        assert!(!buttons.is_empty(), "{size:?}");
        for rect in buttons {
            assert!(rect.max.x < size[0] - 20.0, "{size:?}: {rect:?}");
        }
    }
}

#[test]
fn every_loss_has_its_gauges() {
    for config in [small(), Config { loss: Loss::Triplet, miner: Miner::All, ..small() }] {
        let mut harness = open([1400.0, 900.0], config.clone());
        harness.get_by_label("Health").click();
        harness.run_steps(6);
        assert_eq!(shows(&harness, "Active triplets"), config.loss == Loss::Triplet);
        assert_eq!(shows(&harness, "Bound, ln(K + 1) − L"), config.loss == Loss::InfoNce);
    }
}

#[test]
fn charts_know_when_an_alarm_rose_and_fell() {
    let mut harness = open([1400.0, 900.0], Config { batch: 100, ..Config { points: 64, ..small() } });
    let spans = |harness: &Ui<'_>| app(harness).model().spans.clone();
    for _ in 0..3 {
        harness.key_press(Key::S);
        harness.run_steps(3);
    }
    let up = spans(&harness);
    assert_eq!(
        up.iter().map(|span| (span.kind, span.from, span.to, span.is_up)).collect::<Vec<_>>(),
        [(AlarmKind::BatchLargerThanData, 0, 3, true)]
    );
    // A reset begins with none but what it has itself.
    harness.key_press(Key::R);
    harness.run_steps(6);
    assert_eq!(spans(&harness).iter().map(|span| (span.from, span.to)).collect::<Vec<_>>(), [(0, 0)]);
}
