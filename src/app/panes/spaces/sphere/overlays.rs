//! What a method shows on the sphere besides points: a queue's keys as rings that age, prototypes and centroids as numbered marks.

use crate::app::panes::spaces::sphere::camera::Camera;
use crate::app::session::model::Model;
use crate::app::theme::{Tokens, semibold};
use crate::app::widgets::count::grouped;
use crate::drawing::marks;
use crate::learn::report::{Measure, Overlay, Snapshot, Space};
use eframe::egui::{self, Align2, Color32, FontId, Painter, Pos2, RichText, Shape, Stroke, Ui, Vec2};

/// Rings in the legend.
const STAGES: usize = 8;

/// The pseudo-label of each point and how many there are, if the method gives any.
pub(super) fn pseudo_labels(snapshot: &Snapshot) -> Option<(&[u16], usize)> {
    snapshot.exhibits.iter().find_map(|exhibit| match exhibit {
        Overlay::Labels { labels, count, .. } => Some((labels.as_slice(), *count)),
        _ => None,
    })
}

/// Draws the rows that lie in the space that is shown.
pub(super) fn draw(painter: &Painter, camera: &Camera<'_>, snapshot: &Snapshot, tokens: &Tokens, size: f32) {
    if snapshot.space == Space::H && snapshot.spaces.len() > 1 {
        return;
    }
    for exhibit in &snapshot.exhibits {
        let Overlay::Rows { dim, rows, labels, ages, .. } = exhibit else { continue };
        if *dim != camera.projection.dim() {
            continue;
        }
        for (index, row) in rows.chunks_exact(*dim).enumerate().rev() {
            let spot = camera.spot(row);
            let far = if spot.depth < 0.0 { marks::strength_at(-1.0) } else { 1.0 };
            if let Some(age) = ages.get(index) {
                let color = labels.get(index).copied().flatten().map_or(tokens.soft, |label| tokens.class(usize::from(label)));
                let (radius, strength) = marks::ring(*age, size);
                painter.circle_stroke(spot.at, radius, Stroke::new(1.3, color.gamma_multiply(strength * far)));
            } else {
                numbered(painter, spot.at, index, far, tokens);
            }
        }
    }
}

/// The prior of a variational code: circles at one and two standard deviations.
pub(super) fn prior(painter: &Painter, camera: &Camera<'_>, snapshot: &Snapshot, tokens: &Tokens) {
    if !snapshot.config.wiring().is_variational() || snapshot.space == Space::H && snapshot.spaces.len() > 1 {
        return;
    }
    let mut along = vec![0.0; camera.projection.dim()];
    for deviations in [1.0, 2.0] {
        along[0] = deviations;
        // However the space is turned, the prior is round.
        let radius = camera.projection.shown(&along).norm();
        let radius = camera.spot_of_shown(nalgebra::Vector3::new(radius, 0.0, 0.0)).at.distance(camera.center);
        if radius.is_finite() && radius < 4.0 * camera.radius {
            let circle: Vec<Pos2> =
                (0..=64).map(|k| camera.center + radius * Vec2::angled(std::f32::consts::TAU * k as f32 / 64.0)).collect();
            painter.extend(Shape::dashed_line(&circle, Stroke::new(1.3, tokens.negative.gamma_multiply(0.8)), 5.0, 4.0));
        }
    }
}

/// A triangle with a number: a prototype or a centroid.
fn numbered(painter: &Painter, at: Pos2, index: usize, strength: f32, tokens: &Tokens) {
    let size = 8.5;
    let corners = [(0.0, -1.1), (1.0, 0.75), (-1.0, 0.75)].map(|(x, y)| at + Vec2::new(x, y) * size);
    let color = tokens.ink.gamma_multiply(strength);
    painter.add(Shape::convex_polygon(corners.to_vec(), tokens.panel.gamma_multiply(strength), Stroke::new(1.6, color)));
    painter.text(at + Vec2::new(0.0, 1.5), Align2::CENTER_CENTER, index + 1, FontId::new(9.0, semibold()), color);
}

/// What the marks mean, in a line above the readings.
pub(super) fn legend(ui: &mut Ui, model: &Model, by_pseudo_label: &mut bool) {
    let (language, snapshot) = (model.language(), model.shown());
    let tokens = Tokens::current(ui.ctx());
    let soft = |text: &str| RichText::new(text).size(12.0).color(tokens.soft);
    let is_elsewhere = snapshot.space == Space::H && snapshot.spaces.len() > 1;
    ui.horizontal(|ui| {
        if snapshot.config.wiring().is_variational() && !is_elsewhere {
            let (rect, _) = ui.allocate_exact_size(Vec2::splat(14.0), egui::Sense::hover());
            ui.painter().circle_stroke(rect.center(), 5.0, Stroke::new(1.3, tokens.negative));
            ui.label(soft(language.get("exhibit.prior"))).on_hover_text(language.get("exhibit.prior.help"));
        }
        for exhibit in &snapshot.exhibits {
            match exhibit {
                Overlay::Rows { ages, .. } if !ages.is_empty() && !is_elsewhere => {
                    // Before the queue is full of keys, the oldest are from the first step.
                    let age = snapshot.terms.measures.get(Measure::QueueAge).map_or(snapshot.step, |age| age.ceil() as u64);
                    ui.label(soft(language.get("ui.newest")));
                    rings(ui, tokens.ink);
                    ui.label(soft(&language.fill("ui.steps_old", &[("count", &grouped(age))])));
                }
                Overlay::Rows { role, .. } if !is_elsewhere => {
                    let (rect, _) = ui.allocate_exact_size(Vec2::splat(14.0), egui::Sense::hover());
                    let corners = [(0.0, -5.0), (5.0, 4.0), (-5.0, 4.0)].map(|(x, y)| rect.center() + Vec2::new(x, y));
                    ui.painter().add(Shape::convex_polygon(corners.to_vec(), Color32::TRANSPARENT, Stroke::new(1.4, tokens.ink)));
                    let name = language.find(&format!("exhibit.{role}")).unwrap_or_default();
                    ui.label(soft(name)).on_hover_text(language.find(&format!("exhibit.{role}.help")).unwrap_or_default());
                }
                Overlay::Labels { .. } => {
                    let text = soft(language.get("ui.color_by_cluster"));
                    ui.checkbox(by_pseudo_label, text).on_hover_text(language.get("exhibit.clusters.help"));
                }
                Overlay::Rows { .. } | Overlay::Table { .. } | Overlay::Inputs { .. } | Overlay::Grid { .. } => {}
            }
        }
    });
}

/// Rings from the newest to the oldest.
fn rings(ui: &mut Ui, color: Color32) {
    let (rect, _) = ui.allocate_exact_size(Vec2::new(13.0 * STAGES as f32, 14.0), egui::Sense::hover());
    for stage in 0..STAGES {
        let (radius, strength) = marks::ring(stage as f32 / (STAGES - 1) as f32, 4.0);
        let at = Pos2::new(rect.min.x + 13.0 * (stage as f32 + 0.5), rect.center().y);
        ui.painter().circle_stroke(at, radius, Stroke::new(1.3, color.gamma_multiply(strength)));
    }
}
