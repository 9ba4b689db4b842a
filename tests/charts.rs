//! The cards of charts, without a window: any card shows any chart, and the similarity matrix answers.

#![cfg(feature = "app")]
#![expect(clippy::expect_used, reason = "a test that can't go on has failed")]

mod support;

use contrastive_playground::app::Start;
use contrastive_playground::exchange::charts::Chart;
use contrastive_playground::learn::Config;
use eframe::egui::Key;
use eframe::egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use support::{Ui, app, small};

fn open<'a>(size: [f32; 2], config: Config) -> Ui<'a> {
    support::open(Harness::builder(), size, Start { config: Some(config), ..Start::default() })
}

fn step(harness: &mut Ui<'_>, steps: usize) {
    for _ in 0..steps {
        harness.key_press(Key::S);
        harness.run_steps(4);
    }
}

#[test]
fn any_card_shows_any_chart_and_the_choice_is_stored_and_in_the_link() {
    let mut harness = open([1400.0, 900.0], small());
    step(&mut harness, 2);
    let cards = |harness: &Ui<'_>| app(harness).model().settings.charts;
    harness.get_by_label("Chart on card 4").click();
    harness.run_steps(6);
    harness.get_by_label("Similarity matrix").click();
    harness.run_steps(8);
    assert_eq!(cards(&harness), [Chart::Loss, Chart::Geometry, Chart::Histogram, Chart::Similarities]);
    let similarities = app(&harness).model().snapshot.similarities.clone().expect("somebody looks at them");
    assert_eq!((similarities.count(), similarities.pairs), (32, 16));
    assert!(app(&harness).model().settings.to_text().contains("charts=loss,geometry,histogram,similarities"));
    // A click on a row pins its point.
    let matrix = harness.get_by_role_and_label(Role::Image, "Similarity matrix").rect();
    harness.hover_at(matrix.center());
    harness.run_steps(3);
    assert!(similarities.points.contains(&app(&harness).model().hovered.expect("a row's point")));
    harness.drag_at(matrix.center());
    harness.drop_at(matrix.center());
    harness.run_steps(6);
    assert!(similarities.points.contains(&app(&harness).model().pinned.expect("a row's point")));
    // Where nobody looks nothing is asked for.
    harness.get_by_label("Chart on card 4").click();
    harness.run_steps(6);
    harness.get_by_label("Gradient norm").click();
    harness.run_steps(8);
    assert!(app(&harness).model().snapshot.similarities.is_none());
}

#[test]
fn layers_are_asked_for_where_they_are_shown_and_a_point_there_is_the_same_everywhere() {
    let mut harness = open([1400.0, 900.0], small());
    step(&mut harness, 2);
    assert!(app(&harness).model().snapshot.layers.is_none());
    harness.get_by_label("Chart on card 2").click();
    harness.run_steps(6);
    harness.get_by_label("Layers").click();
    harness.run_steps(8);
    let layers = app(&harness).model().snapshot.layers.clone().expect("somebody looks");
    assert_eq!(layers.layers.iter().map(|layer| layer.units).collect::<Vec<_>>(), [2, 64, 64]);
    harness.get_by_label("two units").click();
    harness.run_steps(8);
    let layers = app(&harness).model().snapshot.layers.clone().expect("somebody looks");
    assert!(layers.layers[1..].iter().all(|layer| layer.explained.is_none()));
    // Over the middle layer a point is near.
    let image = harness.get_by_role_and_label(Role::Image, "Layers").rect();
    for along in 0..40 {
        harness.hover_at(image.left_top() + image.size() * eframe::egui::vec2(along as f32 / 40.0, 0.6));
        harness.run_steps(1);
        if app(&harness).model().hovered.is_some() {
            return;
        }
    }
    panic!("no point was found");
}

#[test]
fn classes_are_picked_out_and_let_go() {
    for size in [[1400.0, 900.0], [1100.0, 700.0]] {
        let mut harness = open(size, small());
        for (class, picked) in [(1, 0b10), (3, 0b1010), (1, 0b1000), (3, 0)] {
            harness.get_by_label(&format!("Pick out class {class}")).click();
            harness.run_steps(4);
            assert_eq!(app(&harness).model().picked, picked);
        }
        harness.get_by_label("Pick out class 5").click();
        harness.run_steps(4);
        harness.get_by_role_and_label(Role::RadioButton, "Moons").click();
        harness.run_steps(8);
        assert_eq!(app(&harness).model().picked, 0, "there is no such class any more");
    }
}
