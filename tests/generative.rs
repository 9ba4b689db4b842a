//! Generative methods and small images on screen, without a window.

#![cfg(feature = "app")]

mod support;

use contrastive_playground::app::Start;
use contrastive_playground::learn::Config;
use contrastive_playground::learn::config::{Data, ImageSize, MethodName};
use contrastive_playground::learn::report::Overlay;
use eframe::egui::Key;
use eframe::egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use support::{Ui, app, small};

const WIDE: [f32; 2] = [1400.0, 900.0];

fn open<'a>(config: Config, size: [f32; 2], anchor: Option<u32>) -> Ui<'a> {
    let own = anchor.map(|point| ("anchor".to_owned(), point.to_string())).into_iter().collect();
    support::open(Harness::builder(), size, Start { config: Some(config), own, ..Start::default() })
}

fn shows(harness: &Ui<'_>, label: &str) -> bool {
    harness.query_all_by_label_contains(label).next().is_some()
}

fn steps(harness: &mut Ui<'_>, count: usize) {
    for _ in 0..count {
        harness.key_press(Key::S);
        harness.run_steps(3);
    }
}

fn roles(harness: &Ui<'_>) -> Vec<String> {
    let role = |exhibit: &Overlay| match exhibit {
        Overlay::Inputs { role, .. } | Overlay::Grid { role, .. } => Some(role.clone()),
        _ => None,
    };
    app(harness).model().snapshot.exhibits.iter().filter_map(role).collect()
}

#[test]
fn each_method_shows_what_it_makes_and_says_why_a_point_moves() {
    let cases = [
        (MethodName::Autoencoder, vec!["rebuilt", "decoded"], "Mean squared error"),
        (MethodName::Vae, vec!["rebuilt", "decoded", "samples"], "Divergence by coordinate"),
        (MethodName::Gan, vec!["samples", "decoded"], "Taken for real"),
    ];
    for (method, wanted, said) in cases {
        for size in [WIDE, [1100.0, 700.0], [390.0, 844.0]] {
            let mut harness = open(Config { method, dim: 2, ..small() }, size, Some(5));
            steps(&mut harness, 3);
            assert_eq!(roles(&harness), wanted, "{method:?}");
            harness.get_by_label("Why").click();
            harness.run_steps(8);
            assert!(shows(&harness, said), "{method:?} at {size:?}: {said}");
            assert!(!shows(&harness, "As anchor"), "{method:?}: a row has one role only");
        }
    }
}

#[test]
fn a_gan_colours_the_plane_by_its_discriminator() {
    let mut harness = open(Config { method: MethodName::Gan, ..small() }, WIDE, None);
    steps(&mut harness, 2);
    let snapshot = &app(&harness).model().snapshot;
    assert_eq!(snapshot.scores.len() * snapshot.dim, snapshot.plane.len());
    assert!(snapshot.scores.iter().all(|score| (0.0..=1.0).contains(score)));
    harness.get_by_role_and_label(Role::ComboBox, "coloured by").click();
    harness.run_steps(4);
    assert!(shows(&harness, "the discriminator"));
}

#[test]
fn probes_of_another_method_on_the_same_data_stay_beside() {
    let config = Config { data: Data::Nuisance, ..small() };
    let mut harness = open(config, [1400.0, 1500.0], None);
    steps(&mut harness, 1);
    let click = |harness: &mut Ui<'_>, label: &str| {
        harness.get_by_label(label).click();
        harness.run_steps(10);
    };
    click(&mut harness, "Probe");
    click(&mut harness, "More…");
    let card = harness.query_all_by_label("Autoencoder").find(|node| node.rect().height() > 60.0).expect("a card");
    card.click();
    harness.run_steps(10);
    steps(&mut harness, 1);
    click(&mut harness, "Probe");
    let found: Vec<_> = app(&harness).model().earlier_probes.iter().map(|earlier| earlier.config.method).collect();
    assert_eq!(found, [MethodName::Autoencoder, MethodName::Pairs]);
    // The segment of the loss, and the column.
    assert_eq!(harness.query_all_by_label("InfoNCE").count(), 2);
}

#[test]
fn images_are_one_click_away_and_a_mirror_is_told_and_turned_off() {
    let mut harness = open(small(), WIDE, None);
    harness.get_by_label("Images").click();
    harness.run_steps(10);
    let model = app(&harness).model();
    assert_eq!((model.config.data, model.scene.input_dimension), (Data::Shapes, 144));
    let images = model.scene.images.as_ref().expect("there are images");
    assert_eq!((images.side, images.pixels.len()), (12, 144 * model.scene.labels.len()));
    assert!(model.snapshot.merged.is_empty(), "nothing is merged at first");
    let mirrored = Config { mirror: 0.5, ..model.config.clone() };
    let mut harness = open(mirrored, [1400.0, 1800.0], None);
    steps(&mut harness, 1);
    assert!(shows(&harness, "Mirror makes L and mirrored L the same."));
    harness.get_by_label("Turn it off").click();
    harness.run_steps(10);
    assert_eq!(app(&harness).model().config.mirror, 0.0);
    assert!(!shows(&harness, "Mirror makes"));
}

#[test]
fn every_set_of_images_is_shown_at_every_size_with_every_method() {
    for data in [Data::Shapes, Data::Digits, Data::Shades, Data::Places] {
        for (size, window) in [(ImageSize::Small, WIDE), (ImageSize::Large, [390.0, 844.0])] {
            for method in [MethodName::Pairs, MethodName::Moco, MethodName::Autoencoder, MethodName::Vae, MethodName::Gan] {
                let mut harness = open(Config { data, size, method, ..small() }, window, Some(3));
                steps(&mut harness, 2);
                let snapshot = &app(&harness).model().snapshot;
                assert_eq!((snapshot.step, snapshot.config.input_dimension()), (2, size.side() * size.side()), "{data:?}, {method:?}");
                let reasons = snapshot.reasons.as_ref().expect("a point is pinned");
                assert_eq!(reasons.images.len(), 2 * size.side() * size.side());
            }
        }
    }
}
