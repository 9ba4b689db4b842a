//! The rows of the next step on the sphere, as far as the shown stage has come.

use crate::app::panes::side::why::name;
use crate::app::panes::spaces::sphere::camera::{Camera, Spot};
use crate::app::panes::spaces::sphere::forces::{arrow, magnification, tag};
use crate::app::session::model::Model;
use crate::app::theme::Tokens;
use crate::app::widgets::markers::Markers;
use crate::drawing::marks;
use crate::learn::report::{Stage, StepTrace};
use crate::learn::rows::norm;
use crate::learn::state::Views;
use eframe::egui::{Label, Painter, RichText, Stroke, Ui};

/// What is drawn of the batch's rows.
enum Shown {
    /// As the networks return them, the longest on the sphere.
    Raw,
    /// On their way to the sphere.
    Normalising,
    /// As they are compared.
    Compared,
}

/// Whether the stage has rows to show: before the encoder there are none.
pub(super) fn has_rows(stage: Stage) -> bool {
    !matches!(stage, Stage::Sample | Stage::Augment | Stage::Generate)
}

fn shown(stage: Stage) -> Shown {
    match stage {
        Stage::Sample | Stage::Augment | Stage::Generate | Stage::Encode | Stage::Project | Stage::Target | Stage::Predict => Shown::Raw,
        Stage::Normalise => Shown::Normalising,
        _ => Shown::Compared,
    }
}

/// How many times longer than they are displacements of rows are drawn; none where there is next to nothing to see.
fn scale(walk: &StepTrace, stage: Stage, extent: f32) -> Option<f32> {
    let longest = |vectors: &mut dyn Iterator<Item = f32>| vectors.fold(0.0, f32::max);
    let rows = walk.points.len();
    let length = match stage {
        Stage::Gradient => longest(&mut (0..rows).map(|row| norm(walk.row(&walk.forces, row)))),
        _ if walk.after.is_empty() => 0.0,
        _ => longest(&mut (0..rows).map(|row| norm(&moved(walk, row)))),
    };
    magnification(length / extent)
}

fn moved(walk: &StepTrace, row: usize) -> Vec<f32> {
    walk.row(&walk.after, row).iter().zip(walk.row(&walk.rows, row)).map(|(after, before)| after - before).collect()
}

/// Draws the rows that take part in the stage.
pub(super) fn draw(
    painter: &Painter,
    camera: &Camera<'_>,
    model: &Model,
    walk: &StepTrace,
    stage: Stage,
    markers: &Markers,
    tokens: &Tokens,
) {
    if !has_rows(stage) || walk.dim != camera.projection.dim() {
        return;
    }
    let on_sphere = walk.raw != walk.rows;
    let rows = walk.points.len();
    let longest = if on_sphere { (0..rows).map(|row| norm(walk.row(&walk.raw, row))).fold(f32::MIN_POSITIVE, f32::max) } else { 1.0 };
    let raw = |row: usize| -> Spot {
        let scaled: Vec<f32> = walk.row(&walk.raw, row).iter().map(|value| value / longest).collect();
        camera.spot(&scaled)
    };
    let compared = |row: usize| camera.spot(walk.row(&walk.rows, row));
    let spot = |row: usize| if matches!(shown(stage), Shown::Raw) { raw(row) } else { compared(row) };
    // Of a method whose encoder sees one view only, the other comes with the slow copy.
    let one_view = model.shown().config.wiring().online == Views::First && matches!(stage, Stage::Encode | Stage::Project);
    let shown_rows = if one_view { rows / 2 } else { rows };
    let size = marks::size_on_sphere(rows.max(128), camera.radius);
    let label = |row: usize| usize::from(model.scene.labels.get(walk.points[row] as usize).copied().unwrap_or(0));
    let anchor = walk.reasons.as_ref().map_or(0, |reasons| reasons.pair as usize);
    let partner = anchor + rows / 2;

    if matches!(shown(stage), Shown::Normalising) {
        let stroke = Stroke::new(0.8, tokens.soft.gamma_multiply(0.5));
        painter.extend((0..rows).map(|row| eframe::egui::Shape::line_segment([raw(row).at, compared(row).at], stroke)));
    }
    if matches!(stage, Stage::Compare | Stage::Codes | Stage::Loss) {
        comparisons(painter, camera, walk, compared(anchor), tokens);
    }
    let arrows = matches!(stage, Stage::Gradient | Stage::Move | Stage::Follow | Stage::Keep);
    let mut mesh = markers.mesh(shown_rows);
    for row in 0..shown_rows {
        let spot = spot(row);
        let strength = if spot.depth < 0.0 { 0.35 } else { 1.0 } * if arrows { 0.75 } else { 1.0 };
        markers.add(&mut mesh, label(row), spot.at, size * marks::share_at(spot.depth), tokens.class(label(row)).gamma_multiply(strength));
    }
    painter.add(mesh);
    if arrows {
        let extent = camera.projection.extent();
        if let Some(scale) = scale(walk, stage, extent) {
            for row in 0..rows {
                let along = if stage == Stage::Gradient { walk.row(&walk.forces, row).to_vec() } else { moved(walk, row) };
                let tip: Vec<f32> = walk.row(&walk.rows, row).iter().zip(&along).map(|(value, along)| value + scale * along).collect();
                let from = compared(row);
                let strength = if from.depth < 0.0 { 0.3 } else { 0.8 };
                let is_anchor = row == anchor || row == partner;
                let color = if is_anchor { tokens.ink } else { tokens.class(label(row)).gamma_multiply(strength) };
                arrow(painter, from.at, camera.spot(&tip).at, Stroke::new(if is_anchor { 2.4 } else { 1.3 }, color));
            }
        }
    }
    let mut ends = vec![(anchor, tokens.ink)];
    if partner < shown_rows {
        ends.push((partner, tokens.positive));
    }
    for (row, color) in ends.into_iter().rev() {
        let at = spot(row).at;
        let mut mesh = markers.mesh(1);
        painter.circle(at, size + 4.5, tokens.panel, Stroke::new(2.2, color));
        markers.add(&mut mesh, label(row), at, size, tokens.class(label(row)));
        painter.add(mesh);
    }
    let named = name(model, label(anchor) as u8, walk.points[anchor]);
    tag(painter, spot(anchor).at, &named, tokens.ink, tokens);
}

/// Lines from the anchor to all that it is compared with: the more similar, the stronger.
fn comparisons(painter: &Painter, camera: &Camera<'_>, walk: &StepTrace, from: Spot, tokens: &Tokens) {
    let Some(reasons) = &walk.reasons else { return };
    if reasons.candidates.is_empty() {
        // Where coordinates are compared over the batch, the views of a pair still belong together.
        let rows = walk.points.len() / 2;
        for pair in 0..rows {
            let ends = [pair, pair + rows].map(|row| camera.spot(walk.row(&walk.rows, row)).at);
            painter.line_segment(ends, Stroke::new(1.0, tokens.positive.gamma_multiply(0.6)));
        }
        return;
    }
    let is_compared =
        |place: usize| reasons.candidates[place].share.is_some() || reasons.margin.is_some() || reasons.candidates[place].positive;
    for place in (0..reasons.candidates.len()).filter(|place| is_compared(*place)) {
        let candidate = &reasons.candidates[place];
        let to = camera.spot(reasons.row(place)).at;
        let near = (0.5 + 0.5 * candidate.cosine).clamp(0.0, 1.0);
        let stroke = if candidate.positive {
            Stroke::new(2.4, tokens.positive)
        } else {
            Stroke::new(1.0, tokens.negative.gamma_multiply(0.04 + 0.6 * near.powi(4)))
        };
        painter.line_segment([from.at, to], stroke);
    }
}

/// What the marks of the stage mean.
pub(super) fn legend(ui: &mut Ui, model: &Model, walk: &StepTrace, stage: Stage, extent: f32) {
    let (language, tokens) = (model.language(), Tokens::current(ui.ctx()));
    let soft = |text: &str| RichText::new(text).size(12.0).color(tokens.soft);
    let on_sphere = walk.raw != walk.rows;
    let has_candidates = walk.reasons.as_ref().is_some_and(|reasons| !reasons.candidates.is_empty());
    ui.horizontal(|ui| match stage {
        Stage::Sample | Stage::Augment => {
            ui.label(soft(language.get("ui.walk_before")));
        }
        Stage::Encode | Stage::Project | Stage::Target | Stage::Predict if on_sphere => {
            ui.label(soft(language.get("ui.walk_raw")));
        }
        Stage::Normalise => {
            ui.label(soft(language.get("ui.walk_normalised")));
        }
        Stage::Compare | Stage::Codes | Stage::Loss if has_candidates => {
            for (color, key) in [(tokens.positive, "ui.walk_positive"), (tokens.negative, "ui.walk_negatives")] {
                let (rect, _) = ui.allocate_exact_size(eframe::egui::Vec2::new(18.0, 14.0), eframe::egui::Sense::hover());
                ui.painter().line_segment([rect.left_center(), rect.right_center()], Stroke::new(2.0, color));
                ui.add(Label::new(soft(language.get(key))).truncate());
            }
        }
        Stage::Gradient | Stage::Move | Stage::Follow | Stage::Keep => {
            let key = if stage == Stage::Gradient { "ui.walk_asked" } else { "ui.walk_moved" };
            let times = scale(walk, stage, extent).map_or(String::new(), |scale| format!(" × {scale}"));
            ui.label(soft(&format!("{}{times}", language.get(key))));
        }
        _ => {}
    });
}
