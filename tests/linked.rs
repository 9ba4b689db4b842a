//! What ties the spaces together, without a window: a point's cloud of views, the density on the sphere, the loss at each place.

#![cfg(feature = "app")]

mod support;

use contrastive_playground::app::Start;
use contrastive_playground::learn::Config;
use contrastive_playground::learn::config::{Loss, MethodName};
use eframe::egui::Key;
use eframe::egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use support::{Ui, app, small};

fn open<'a>(config: Config, anchor: Option<u32>) -> Ui<'a> {
    let own = anchor.map(|point| ("anchor".to_owned(), point.to_string())).into_iter().collect();
    support::open(Harness::builder(), [1400.0, 900.0], Start { config: Some(config), own, ..Start::default() })
}

fn click(harness: &mut Ui<'_>, role: Role, label: &str) {
    harness.get_by_role_and_label(role, label).click();
    harness.run_steps(8);
}

#[test]
fn a_points_cloud_of_views_is_there_while_the_point_is() {
    let mut harness = open(small(), Some(7));
    assert!(app(&harness).model().cloud().is_none());
    click(&mut harness, Role::CheckBox, "cloud");
    let cloud = app(&harness).model().cloud().cloned();
    assert_eq!(cloud.map(|cloud| cloud.point), Some(7));
    harness.key_press(Key::Escape);
    harness.run_steps(8);
    assert!(app(&harness).model().snapshot.cloud.is_none());
}

#[test]
fn the_density_is_shown_on_the_circle_and_on_the_sphere_and_nowhere_else() {
    for (dim, places) in [(2, 180), (3, 25 * 48)] {
        let mut harness = open(Config { dim, ..small() }, None);
        assert!(app(&harness).model().snapshot.density.is_empty());
        click(&mut harness, Role::CheckBox, "density");
        assert_eq!(app(&harness).model().snapshot.density.len(), places);
        click(&mut harness, Role::CheckBox, "density");
        assert!(app(&harness).model().snapshot.density.is_empty());
    }
    let harness = open(Config { dim: 5, ..small() }, None);
    assert!(harness.query_by_label("density").is_none());
}

#[test]
fn the_plane_is_coloured_by_the_loss_where_something_is_held_against_a_place() {
    for loss in Loss::ALL {
        let mut harness = open(Config { loss: *loss, ..small() }, None);
        click(&mut harness, Role::ComboBox, "coloured by");
        click(&mut harness, Role::Button, "the loss there");
        let snapshot = &app(&harness).model().snapshot;
        assert_eq!(snapshot.plane_losses.len() * snapshot.dim, snapshot.plane.len(), "{loss:?}");
        click(&mut harness, Role::ComboBox, "coloured by");
        click(&mut harness, Role::Button, "nothing");
        assert!(app(&harness).model().snapshot.plane_losses.is_empty());
    }
    let mut harness = open(Config { method: MethodName::Byol, ..small() }, None);
    click(&mut harness, Role::ComboBox, "coloured by");
    assert!(harness.query_by_label("the loss there").is_none(), "there are no negatives");
}
