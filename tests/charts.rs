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
