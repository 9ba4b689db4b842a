//! Drawing points of one's own, without a window: with the mouse and the keyboard, while the run goes on.

#![cfg(feature = "app")]

mod support;

use contrastive_playground::app::Start;
use contrastive_playground::app::session::tool::Tool;
use contrastive_playground::learn::Config;
use contrastive_playground::learn::config::Data;
use eframe::egui::accesskit::Role;
use eframe::egui::{Event, Key, Modifiers, Pos2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use support::{Ui, app, small};

fn open<'a>(size: [f32; 2], config: Config) -> Ui<'a> {
    support::open(Harness::builder(), size, Start { config: Some(config), ..Start::default() })
}

fn pick(harness: &mut Ui<'_>, role: Role, label: &str) {
    harness.get_by_role_and_label(role, label).click();
    harness.run_steps(6);
}

fn count(harness: &Ui<'_>) -> usize {
    app(harness).model().config.own.len()
}

/// The middle of the plane.
fn middle(harness: &Ui<'_>) -> Pos2 {
    harness.get_by_label("Input plane with the data points").rect().center()
}

fn press(harness: &mut Ui<'_>, from: Pos2, to: Pos2) {
    harness.hover_at(from);
    harness.run_steps(2);
    harness.drag_at(from);
    harness.run_steps(2);
    if from != to {
        for step in 1..=5 {
            harness.hover_at(from + (to - from) * (step as f32 / 5.0));
            harness.run_steps(2);
        }
    }
    harness.drop_at(to);
    harness.run_steps(6);
}

#[test]
fn points_are_added_sprayed_moved_erased_and_brought_back_while_it_trains() {
    let mut harness = open([1400.0, 900.0], small());
    harness.key_press(Key::S);
    harness.run_steps(6);
    pick(&mut harness, Role::RadioButton, "Your own");
    assert_eq!((app(&harness).model().snapshot.config.data, count(&harness)), (Data::Own, 128), "the points that were shown");
    harness.key_press(Key::S);
    harness.run_steps(6);
    let at = middle(&harness);

    pick(&mut harness, Role::RadioButton, "Add");
    harness.key_press(Key::Num5);
    harness.run_steps(2);
    press(&mut harness, at, at);
    assert_eq!((count(&harness), app(&harness).model().config.own.labels()[128]), (129, 4));
    let snapshot = &app(&harness).model().snapshot;
    assert_eq!((snapshot.step, snapshot.embeddings.len()), (1, 129 * snapshot.dim), "the run goes on with it");
    assert_eq!(app(&harness).model().scene.labels.len(), 129);

    pick(&mut harness, Role::RadioButton, "Brush");
    press(&mut harness, at - vec2(60.0, 60.0), at + vec2(60.0, -60.0));
    let sprayed = count(&harness);
    assert!(sprayed > 135, "{sprayed}");
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    harness.run_steps(6);
    assert_eq!(count(&harness), 129, "one stroke is taken back at once");

    pick(&mut harness, Role::RadioButton, "Move");
    let before = app(&harness).model().config.own.clone();
    press(&mut harness, at, at + vec2(40.0, 30.0));
    let own = app(&harness).model().config.own.clone();
    let moved: Vec<usize> =
        own.coordinates().zip(before.coordinates()).enumerate().filter(|(_, (a, b))| a != b).map(|(place, _)| place / 2).collect();
    assert_eq!((own.len(), moved.as_slice()), (129, &[128, 128][..]), "the point under the pointer, and no other");

    pick(&mut harness, Role::RadioButton, "Erase");
    press(&mut harness, at + vec2(40.0, 30.0), at + vec2(40.0, 30.0));
    assert_eq!(count(&harness), 128);
    pick(&mut harness, Role::Button, "Undo");
    assert_eq!(count(&harness), 129);
}

#[test]
fn a_blank_plane_waits_for_two_points() {
    let mut harness = open([1400.0, 900.0], small());
    pick(&mut harness, Role::RadioButton, "Your own");
    pick(&mut harness, Role::Button, "Start blank");
    assert_eq!((count(&harness), app(&harness).model().tool), (0, Tool::Brush));
    pick(&mut harness, Role::RadioButton, "Add");
    let at = middle(&harness);
    press(&mut harness, at, at);
    assert_eq!((count(&harness), app(&harness).model().scene.labels.len()), (1, 128), "one is not enough");
    press(&mut harness, at + vec2(50.0, 0.0), at + vec2(50.0, 0.0));
    assert_eq!((count(&harness), app(&harness).model().scene.labels.len()), (2, 2));
    for _ in 0..3 {
        harness.key_press(Key::S);
        harness.run_steps(4);
    }
    assert_eq!(app(&harness).model().snapshot.step, 3, "and the run goes on");
}

#[test]
fn a_table_is_pasted_and_a_bad_one_says_where_and_changes_nothing() {
    for size in [[1400.0, 900.0], [1100.0, 700.0], [390.0, 844.0]] {
        let mut harness = open(size, small());
        let paste = |harness: &mut Ui<'_>, table: &str| {
            harness.event(Event::Paste(table.to_owned()));
            harness.run_steps(8);
        };
        paste(&mut harness, "x,y,z,label\n1,2,3,a\n2,x,1,b\n");
        let said: Vec<&str> = app(&harness).notices().collect();
        assert!(said.iter().any(|text| text.contains("line 3, column y")), "{said:?}");
        assert_eq!(app(&harness).model().config.data, Data::Blobs);
        paste(&mut harness, "x,y,z,label\n1,2,3,a\n2,0,1,b\n0,0,1,b\n");
        let model = app(&harness).model();
        assert_eq!((model.config.data, model.scene.labels.as_slice(), model.scene.input_dimension), (Data::Own, &[0, 1, 1][..], 3));
        paste(&mut harness, "just a word");
        assert_eq!(app(&harness).model().scene.labels.len(), 3);
    }
}

#[test]
fn the_plane_is_worked_by_keyboard_alone() {
    let mut harness = open([1400.0, 900.0], small());
    pick(&mut harness, Role::RadioButton, "Your own");
    pick(&mut harness, Role::Button, "Start blank");
    pick(&mut harness, Role::RadioButton, "Add");
    harness.get_by_label("Input plane with the data points").focus();
    harness.run_steps(3);
    let press = |harness: &mut Ui<'_>, key: Key, times: usize| {
        for _ in 0..times {
            harness.key_press(key);
            harness.run_steps(3);
        }
    };
    press(&mut harness, Key::Enter, 1);
    press(&mut harness, Key::ArrowRight, 8);
    press(&mut harness, Key::Enter, 1);
    assert_eq!(count(&harness), 2, "two points, eight strides apart");
    let places: Vec<f32> = app(&harness).model().config.own.coordinates().collect();
    assert!(places[2] > places[0] && places[1] == places[3], "{places:?}");
    pick(&mut harness, Role::RadioButton, "Move");
    harness.get_by_label("Input plane with the data points").focus();
    harness.run_steps(3);
    assert_eq!(app(&harness).model().hovered, Some(0), "the cross is in the middle again");
    harness.key_press_modifiers(Modifiers::SHIFT, Key::ArrowUp);
    harness.run_steps(4);
    let moved: Vec<f32> = app(&harness).model().config.own.coordinates().collect();
    assert!(moved[1] > places[1] && moved[0] == places[0] && moved[2..] == places[2..], "{moved:?}");
    press(&mut harness, Key::Enter, 1);
    assert_eq!(app(&harness).model().pinned, Some(0), "Enter asks why it moves");
}
