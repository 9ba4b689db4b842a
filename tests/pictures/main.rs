//! Compares the window with pictures of it: all panes, in both themes. Where a change is meant to be seen,
//! `UPDATE_SNAPSHOTS=true cargo test --test pictures` takes them anew. Look at them before they are kept.

#![cfg(feature = "app")]
#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod painter;
#[path = "../support/mod.rs"]
mod support;

use contrastive_playground::app::Start;
use contrastive_playground::app::words::Language;
use contrastive_playground::learn::Config;
use contrastive_playground::learn::config::Loss;
use egui_kittest::{Harness, SnapshotOptions, try_image_snapshot_options};
use painter::Painter;
use support::{app, open, small};

/// Steps before the picture is taken.
const STEPS: u64 = 60;
/// The sine and the cosine of another machine may end in another bit, and move an edge. A pane, a number or a button has far more pixels.
const OTHER_PIXELS: usize = 20;

/// Takes a picture of the window after some steps and compares it with the one that is kept.
fn compare(name: &str, size: [f32; 2], theme: &str, language: Language, config: Config) {
    let own = vec![("theme".to_owned(), theme.to_owned())];
    let builder = Harness::builder().renderer(Painter::default());
    let mut harness = open(builder, size, Start { config: Some(config), language, own, ..Start::default() });
    // One by one: which states leave trails on the sphere would else depend on how fast the machine is.
    for step in 1..=STEPS {
        let app = harness.state_mut().as_mut().unwrap();
        app.script_step(1, Box::new(|_| ()));
        app.pump();
        assert_eq!(app.model().snapshot.step, step);
    }
    harness.run_steps(8);
    assert_eq!((app(&harness).notices().count(), app(&harness).model().trail.len()), (0, 7));
    let picture = harness.render().expect("a picture");
    let options = SnapshotOptions::new().output_path("tests/pictures").max_failed_pixels(OTHER_PIXELS);
    if let Err(error) = try_image_snapshot_options(&picture, name, &options) {
        panic!("{error}");
    }
}

#[test]
fn a_laptop_in_the_light() {
    compare("laptop-light", [1100.0, 700.0], "light", Language::English, small());
}

#[test]
fn a_laptop_in_the_dark() {
    compare("laptop-dark", [1100.0, 700.0], "dark", Language::English, Config { loss: Loss::Triplet, ..small() });
}

#[test]
fn a_phone_in_the_dark_in_chinese() {
    compare("phone-dark-chinese", [390.0, 844.0], "dark", Language::Chinese, small());
}
