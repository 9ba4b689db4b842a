//! The pane that says why a point moves, without a window: by mouse, by keyboard, for every loss and method.

#![cfg(feature = "app")]
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod support;

use contrastive_playground::app::{Playground, Start};
use contrastive_playground::learn::Config;
use contrastive_playground::learn::recipes::RECIPES;
use contrastive_playground::learn::report::Space;
use eframe::egui::Key;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use support::{Ui, app, small};

fn open<'a>(size: [f32; 2], config: Config) -> Ui<'a> {
    support::open(Harness::builder(), size, Start { config: Some(config), ..Start::default() })
}

fn click(harness: &mut Ui<'_>, label: &str) {
    harness.get_by_label(label).click();
    harness.run_steps(6);
}

fn shows(harness: &Ui<'_>, label: &str) -> bool {
    harness.query_all_by_label_contains(label).next().is_some()
}

fn step(harness: &mut Ui<'_>, steps: usize) {
    for _ in 0..steps {
        harness.key_press(Key::S);
        harness.run_steps(4);
    }
}

/// Clicks where a training point is on the plane.
fn click_point(harness: &mut Ui<'_>, point: usize) {
    let plane = harness.get_by_label("Input plane with the data points").rect();
    let scene = &app(harness).model().scene;
    let body = eframe::egui::Rect::from_min_max(plane.min + eframe::egui::vec2(0.0, 40.0), plane.max - eframe::egui::vec2(0.0, 22.0));
    let scale = 0.5 * body.width().min(body.height()) / scene.half_extent;
    let at = body.center() + eframe::egui::vec2(scene.places[2 * point], -scene.places[2 * point + 1]) * scale;
    harness.hover_at(at);
    harness.run_steps(3);
    harness.drag_at(at);
    harness.drop_at(at);
    harness.run_steps(6);
}

#[test]
fn a_click_on_a_point_asks_why_and_escape_leaves() {
    let mut harness = open([1400.0, 900.0], small());
    step(&mut harness, 3);
    click_point(&mut harness, 5);
    let pinned = app(&harness).model().pinned;
    assert!(pinned.is_some(), "the point under the pointer is pinned");
    let reasons = app(&harness).model().snapshot.reasons.clone().unwrap();
    assert_eq!(Some(reasons.point), pinned);
    assert!(shows(&harness, "Share of the positive") && shows(&harness, "Effective negatives"));
    assert!(!shows(&harness, "Temperature τ"), "the tab has changed");
    step(&mut harness, 2);
    assert_eq!(app(&harness).model().pinned, pinned, "it stays pinned while the run goes on");
    harness.key_press(Key::R);
    harness.run_steps(6);
    assert_eq!(app(&harness).model().snapshot.reasons.as_ref().map(|reasons| reasons.point), pinned, "and after a reset");
    assert!(!app(&harness).escape_leaves(), "Escape leaves the anchor first");
    harness.key_press(Key::Escape);
    harness.run_steps(6);
    assert_eq!((app(&harness).model().pinned, app(&harness).model().snapshot.reasons.is_some()), (None, false));
    assert!(shows(&harness, "Temperature τ"), "the method is back");
}

#[test]
fn the_keyboard_alone_asks_of_any_point() {
    let mut harness = open([1400.0, 900.0], small());
    let tab = harness.get_by_role_and_label(eframe::egui::accesskit::Role::RadioButton, "Why");
    tab.focus();
    harness.run_steps(2);
    harness.key_press(Key::Enter);
    harness.run_steps(6);
    harness.get_by_label("Why?").focus();
    harness.run_steps(2);
    harness.key_press(Key::Enter);
    harness.run_steps(6);
    assert_eq!(app(&harness).model().pinned, Some(0));
    for role in ["As anchor", "As candidate", "Both roles"] {
        click(&mut harness, role);
    }
    click(&mut harness, "Leave the anchor (Esc)");
    assert_eq!(app(&harness).model().pinned, None);
}

#[test]
fn every_method_answers_in_every_size_and_language() {
    for recipe in RECIPES {
        for size in [[1400.0, 900.0], [1100.0, 700.0], [390.0, 844.0]] {
            let mut harness = open(size, recipe.applied(&small()).unwrap());
            step(&mut harness, 2);
            pin(&mut harness, 3);
            assert!(app(&harness).model().snapshot.reasons.is_some(), "{}", recipe.name);
            harness.run_steps(2);
        }
    }
    let mut triplet = open([1400.0, 900.0], Config { loss: contrastive_playground::learn::config::Loss::Triplet, ..small() });
    pin(&mut triplet, 3);
    assert!(shows(&triplet, "Semi-hard") && shows(&triplet, "1 of 1"));
}

/// Pins a point as a script does.
fn pin(harness: &mut Ui<'_>, point: u32) {
    let playground: &mut Playground = harness.state_mut().as_mut().unwrap();
    playground.script_inspect(Some(point), Box::new(|_| ())).unwrap();
    harness.run_steps(6);
}

#[test]
fn forces_in_another_space_are_a_click_away() {
    let config = RECIPES.iter().find(|recipe| recipe.name == "byol").unwrap().applied(&small()).unwrap();
    let mut harness = open([1400.0, 900.0], config);
    pin(&mut harness, 1);
    assert_eq!(app(&harness).model().snapshot.space, Space::Z);
    click(&mut harness, "The forces act in p: show it");
    assert_eq!(app(&harness).model().snapshot.space, Space::P);
    assert!(!shows(&harness, "The forces act in p: show it"));
    assert!(!shows(&harness, "Both roles"), "a prediction is compared with what no gradient goes through");
}

#[test]
fn a_script_is_answered_and_a_point_that_does_not_exist_is_refused() {
    let mut harness = open([1400.0, 900.0], small());
    let told = std::rc::Rc::new(std::cell::RefCell::new(String::new()));
    let heard = told.clone();
    let reply = Box::new(move |text: Result<&str, &str>| *heard.borrow_mut() = text.unwrap_or_default().to_owned());
    let playground: &mut Playground = harness.state_mut().as_mut().unwrap();
    playground.script_inspect(Some(2), reply).unwrap();
    harness.run_steps(6);
    let answer: serde_json::Value = serde_json::from_str(&told.borrow()).unwrap();
    assert_eq!((&answer["point"], &answer["step"]), (&2.into(), &0.into()));
    let playground: &mut Playground = harness.state_mut().as_mut().unwrap();
    let refused = playground.script_inspect(Some(1_000_000), Box::new(|_| ())).unwrap_err();
    assert!(refused.starts_with("inspect: there is no point 1000000: it takes 0 to "), "{refused}");
    assert_eq!(app(&harness).model().pinned, Some(2), "what was pinned stays");
}

#[test]
fn a_link_brings_the_anchor_along() {
    let start = |anchor: &str| Start { config: Some(small()), own: vec![("anchor".to_owned(), anchor.to_owned())], ..Start::default() };
    let harness = support::open(Harness::builder(), [1400.0, 900.0], start("7"));
    assert_eq!(app(&harness).model().snapshot.reasons.as_ref().map(|reasons| reasons.point), Some(7));
    assert!(shows(&harness, "Share of the positive"), "its pane is open");
    for nonsense in ["500", "-1", "diamond"] {
        let harness = support::open(Harness::builder(), [1400.0, 900.0], start(nonsense));
        assert_eq!(app(&harness).model().pinned, None, "{nonsense}");
    }
}

/// A runner that says nothing at first, as a worker that is still loading.
struct Loading {
    inner: contrastive_playground::runner::SliceRunner,
    frames: u32,
}

impl contrastive_playground::runner::Runner for Loading {
    fn send(&mut self, message: contrastive_playground::runner::Message) {
        self.inner.send(message);
    }

    fn poll(&mut self, events: &mut Vec<contrastive_playground::runner::Event>) {
        self.frames += 1;
        if self.frames > 6 {
            self.inner.poll(events);
        }
    }

    fn needs_frames(&self) -> bool {
        true
    }
}

#[test]
fn an_anchor_waits_for_a_run_that_is_still_loading() {
    let mut harness = Harness::builder().with_size([1400.0, 900.0]).build_ui_state(
        |ui, app: &mut Option<Playground>| {
            let own = [("anchor", "40"), ("play", "0")].map(|(key, value)| (key.to_owned(), value.to_owned())).to_vec();
            let app = app.get_or_insert_with(|| {
                let start = Start { config: Some(small()), own: own.clone(), ..Start::default() };
                let run = || {
                    let inner = contrastive_playground::runner::SliceRunner::default();
                    Box::new(Loading { inner, frames: 0 }) as Box<dyn contrastive_playground::runner::Runner>
                };
                Playground::with_runner(ui.ctx(), start, run)
            });
            app.tick(ui.ctx());
            app.show(ui);
        },
        None,
    );
    harness.run_steps(16);
    let model = harness.state().as_ref().unwrap().model();
    assert_eq!(model.pinned, Some(40), "no field has cut it to the points of a run that is not there yet");
    assert_eq!(model.snapshot.reasons.as_ref().map(|reasons| reasons.point), Some(40));
}

#[test]
fn a_term_of_the_formula_and_a_tick_of_the_curve_light_their_point_everywhere() {
    let mut harness = open([1400.0, 900.0], small());
    step(&mut harness, 3);
    pin(&mut harness, 3);
    let sweep = |harness: &mut Ui<'_>, label: &str, height: f32| {
        let rect = if height > 0.5 {
            harness.get_by_role_and_label(eframe::egui::accesskit::Role::Image, label).rect()
        } else {
            harness.get_all_by_label_contains(label).last().unwrap().rect()
        };
        let mut lit = Vec::new();
        for along in 0..60 {
            harness.hover_at(rect.left_top() + eframe::egui::vec2(rect.width() * along as f32 / 60.0, rect.height() * height));
            harness.run_steps(3);
            lit.extend(app(harness).model().hovered);
        }
        lit.dedup();
        lit
    };
    let by_terms = sweep(&mut harness, "The anchor’s loss:", 0.3);
    assert!(by_terms.contains(&3), "the positive is another view of the point: {by_terms:?}");
    let by_ticks = sweep(&mut harness, "Push against similarity", 0.8);
    assert!(by_ticks.len() > 3, "{by_ticks:?}");
}
