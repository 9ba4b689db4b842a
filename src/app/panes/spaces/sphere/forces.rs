//! The pinned anchor on the sphere: its candidates by strength, the margin, and the forces on it.

use crate::app::panes::side::why;
use crate::app::panes::side::why::{WhyPane, name, name_of};
use crate::app::panes::spaces::sphere::camera::Camera;
use crate::app::session::model::Model;
use crate::app::theme::{Tokens, semibold};
use crate::app::widgets::buttons::segmented;
use crate::app::widgets::markers::Markers;
use crate::drawing::classes::Outline;
use crate::drawing::{Shape as ClassShape, marks};
use crate::learn::report::{Reasons, Role, Turn};
use crate::learn::rows::norm;
use eframe::egui::{self, Color32, CornerRadius, FontId, Painter, Pos2, RichText, Shape, Stroke, StrokeKind, Ui, Vec2};

/// The longest arrow, as a part of the radius.
const LONGEST: f32 = 0.5;
/// Pushes of so many classes have an arrow of their own: the strongest.
const CLASSES: usize = 3;

/// What is drawn of the anchor in the space that is shown; none where no point is pinned, or where its forces act in another space.
pub(super) fn shown(model: &Model, dim: usize) -> Option<&Reasons> {
    why::reasons(model).filter(|reasons| model.shown().space == reasons.space() && reasons.dim == dim)
}

/// A length whose magnification would be larger is nothing that one should see.
const MOST_MAGNIFIED: f32 = 1e4;

/// A step that would have to be made smaller than this is not shown.
const LEAST_MAGNIFIED: f32 = 1e-3;

/// The magnification that makes a length at most [`LONGEST`]: 1, 2 or 5 times a power of ten, so that it holds still while a run goes on. None for
/// next to nothing.
pub(super) fn magnification(length: f32) -> Option<f32> {
    if !(length * MOST_MAGNIFIED > LONGEST && length.is_finite()) {
        return None;
    }
    let most = LONGEST / length;
    let power = 10f32.powf(most.log10().floor());
    Some([5.0, 2.0].into_iter().find(|step| step * power <= most).unwrap_or(1.0) * power)
}

/// Draws the anchor, its candidates and its forces.
pub(super) fn draw(
    painter: &Painter,
    camera: &Camera<'_>,
    model: &Model,
    reasons: &Reasons,
    pane: &WhyPane,
    markers: &Markers,
    tokens: &Tokens,
) {
    let size = marks::size_on_sphere(1, camera.radius);
    margin(painter, camera, reasons, pane, tokens);
    candidates(painter, camera, reasons, pane, markers, tokens, size);
    let anchor = camera.spot(&reasons.views[0]).at;
    for (place, candidate) in reasons.candidates.iter().enumerate().filter(|(_, other)| other.positive && other.role != Role::Prototype) {
        if reasons.positives().len() > 1 && reasons.positives().nth(pane.positive) != Some(place) {
            continue;
        }
        let at = camera.spot(reasons.row(place)).at;
        painter.line_segment([anchor, at], Stroke::new(1.6, tokens.positive.gamma_multiply(0.7)));
        painter.circle_stroke(at, size + 4.0, Stroke::new(2.2, tokens.positive));
        if candidate.role == Role::Target {
            tag(painter, at, model.language().get("ui.why_target"), tokens.positive, tokens);
        }
    }
    let class = usize::from(model.scene.labels.get(reasons.point as usize).copied().unwrap_or(0));
    arrows(painter, camera, reasons, pane.turn(model), anchor, tokens);
    let mut mesh = markers.mesh(1);
    painter.circle(anchor, size + 5.0, tokens.panel, Stroke::new(2.4, tokens.ink));
    markers.add(&mut mesh, class, anchor, size, tokens.class(class));
    painter.add(mesh);
    tag(painter, anchor, &name(model, class as u8, reasons.point), tokens.ink, tokens);
    if let Some(place) = pane.hovered(model, reasons) {
        let candidate = &reasons.candidates[place];
        let at = camera.spot(reasons.row(place)).at;
        let color = if candidate.positive { tokens.positive } else { tokens.negative };
        painter.circle_stroke(at, size + 5.0, Stroke::new(2.2, color));
        let share = candidate.share.map_or(String::new(), |share| format!(" · {:.1} %", 100.0 * share));
        tag(painter, at, &format!("{}{share}", name_of(model, candidate)), color, tokens);
    }
}

/// The margin as a cap: the circle through the chosen positive, and the one alpha farther.
fn margin(painter: &Painter, camera: &Camera<'_>, reasons: &Reasons, pane: &WhyPane, tokens: &Tokens) {
    let Some(margin) = reasons.margin else { return };
    // A row without a direction has no circle around it.
    let is_round = reasons.on_sphere && reasons.dim == 3 && norm(&reasons.views[0]) > 0.5;
    if !is_round || camera.projection.is_flat() {
        return;
    }
    let Some([near, far]) = reasons.reach(pane.positive, margin) else { return };
    for (square, color, dashed) in [(near, tokens.positive, false), (far, tokens.accent, true)] {
        // |a - b|^2 = 2 - 2 cos.
        let cosine = 1.0 - square / 2.0;
        if !(-1.0..1.0).contains(&cosine) {
            continue;
        }
        let (front, behind) = cap(camera, &reasons.views[0], cosine);
        for (lines, strength) in [(front, 1.0), (behind, 0.3)] {
            for line in lines {
                let stroke = Stroke::new(1.6, color.gamma_multiply(strength));
                if dashed {
                    painter.extend(Shape::dashed_line(&line, stroke, 5.0, 4.0));
                } else {
                    painter.add(Shape::line(line, stroke));
                }
            }
        }
    }
}

/// The circle of all directions with this cosine to the anchor: its lines in front, and those behind.
fn cap(camera: &Camera<'_>, anchor: &[f32], cosine: f32) -> (Vec<Vec<Pos2>>, Vec<Vec<Pos2>>) {
    let axis = nalgebra::Vector3::new(anchor[0], anchor[1], anchor[2]);
    let other = if axis.x.abs() < 0.8 { nalgebra::Vector3::x() } else { nalgebra::Vector3::y() };
    let first = axis.cross(&other).normalize();
    let second = axis.cross(&first).normalize();
    let sine = (1.0 - cosine * cosine).max(0.0).sqrt();
    let mut sides: [Vec<Vec<Pos2>>; 2] = [Vec::new(), Vec::new()];
    let mut last = None;
    for step in 0..=96 {
        let angle = std::f32::consts::TAU * step as f32 / 96.0;
        let row = axis * cosine + (first * angle.cos() + second * angle.sin()) * sine;
        let spot = camera.spot(&[row.x, row.y, row.z]);
        let side = usize::from(spot.depth < 0.0);
        if last != Some(side) {
            sides[side].push(Vec::new());
            last = Some(side);
        }
        if let Some(line) = sides[side].last_mut() {
            line.push(spot.at);
        }
    }
    let [front, behind] = sides;
    (front, behind)
}

/// The candidates: by their share, or by how they stand to the margin.
fn candidates(painter: &Painter, camera: &Camera<'_>, reasons: &Reasons, pane: &WhyPane, markers: &Markers, tokens: &Tokens, size: f32) {
    let most = reasons.candidates.iter().filter_map(|other| other.share).fold(f32::MIN_POSITIVE, f32::max);
    let triplets = reasons.triplets(pane.positive);
    let mut distances = vec![None; reasons.candidates.len()];
    for (place, distance, _) in triplets.iter().flat_map(|found| &found.active) {
        distances[*place] = Some(*distance);
    }
    let mut mesh = markers.mesh(reasons.candidates.len());
    for (place, candidate) in reasons.candidates.iter().enumerate() {
        let Some(class) = candidate.label.map(usize::from) else { continue };
        let spot = camera.spot(reasons.row(place));
        let behind = if spot.depth < 0.0 { 0.35 } else { 1.0 };
        if let Some(found) = &triplets {
            if candidate.positive {
                markers.add(&mut mesh, class, spot.at, 0.8 * size, tokens.class(class).gamma_multiply(behind));
                continue;
            }
            match distances[place] {
                Some(distance) if distance <= found.distance => {
                    markers.add(&mut mesh, class, spot.at, 1.2 * size, tokens.negative.gamma_multiply(behind));
                }
                Some(_) => outline(painter, class, spot.at, 1.15 * size, tokens.negative.gamma_multiply(behind)),
                None => outline(painter, class, spot.at, 0.85 * size, tokens.soft.gamma_multiply(0.55 * behind)),
            }
            continue;
        }
        let part = candidate.share.unwrap_or(0.0) / most;
        let strength = (0.25 + 0.75 * part.sqrt()) * behind;
        markers.add(&mut mesh, class, spot.at, size * (0.55 + 1.1 * part.sqrt()), tokens.class(class).gamma_multiply(strength));
    }
    painter.add(mesh);
}

/// A class's shape as an outline.
fn outline(painter: &Painter, class: usize, at: Pos2, size: f32, color: Color32) {
    let stroke = Stroke::new(1.3, color);
    match ClassShape::of(class).outlines().first() {
        Some(Outline::Circle(radius)) => {
            painter.circle_stroke(at, radius * size, stroke);
        }
        Some(Outline::Polygon(corners)) => {
            painter.add(Shape::closed_line(corners.iter().map(|[x, y]| at + Vec2::new(*x, *y) * size).collect(), stroke));
        }
        None => {}
    }
}

/// The magnification of arrows, and the one of the step.
fn scales(reasons: &Reasons, turn: Turn) -> (Option<f32>, Option<f32>) {
    let forces = reasons.forces(turn);
    let longest = [&forces.pull, &forces.push, &forces.sum].into_iter().map(|force| norm(force)).fold(0.0, f32::max);
    let scale = magnification(longest / extent(reasons));
    let moved: Vec<f32> = reasons.moved.iter().zip(&reasons.views[0]).map(|(after, before)| after - before).collect();
    // A step out of all measure, as that of a run that diverges, has no place on the sphere.
    (scale, magnification(norm(&moved) / extent(reasons)).filter(|step| *step >= LEAST_MAGNIFIED))
}

/// What a length is measured by: the sphere's radius, or the anchor's own length.
fn extent(reasons: &Reasons) -> f32 {
    if reasons.on_sphere { 1.0 } else { norm(&reasons.views[0]).max(1e-6) }
}

/// Pull, pushes by class, their sum, and where the step takes the row.
fn arrows(painter: &Painter, camera: &Camera<'_>, reasons: &Reasons, turn: Turn, anchor: Pos2, tokens: &Tokens) {
    let forces = reasons.forces(turn);
    let (scale, step) = scales(reasons, turn);
    let tip = |force: &[f32], scale: f32| {
        let row: Vec<f32> = reasons.views[0].iter().zip(force).map(|(value, force)| value + scale * force).collect();
        camera.spot(&row).at
    };
    let mut classes: Vec<&Vec<f32>> = forces.push_by_class.iter().filter(|force| norm(force) > 0.0).collect();
    classes.sort_by(|a, b| norm(b).total_cmp(&norm(a)));
    if let Some(scale) = scale {
        let no_class = classes.is_empty() && norm(&forces.push) > 0.0;
        for force in classes.into_iter().take(CLASSES).chain(no_class.then_some(&forces.push)) {
            arrow(painter, anchor, tip(force, scale), Stroke::new(1.8, tokens.negative));
        }
        arrow(painter, anchor, tip(&forces.pull, scale), Stroke::new(2.2, tokens.positive));
        arrow(painter, anchor, tip(&forces.sum, scale), Stroke::new(2.6, tokens.ink));
    }
    if let Some(step) = step {
        let moved: Vec<f32> = reasons.moved.iter().zip(&reasons.views[0]).map(|(after, before)| after - before).collect();
        painter.circle_stroke(tip(&moved, step), 5.0, Stroke::new(2.0, tokens.ink));
    }
}

pub(super) fn arrow(painter: &Painter, from: Pos2, to: Pos2, stroke: Stroke) {
    let along = to - from;
    let length = along.length();
    if length < 3.0 {
        return;
    }
    let unit = along / length;
    let head = (2.5 + 2.5 * stroke.width).min(0.6 * length);
    let side = Vec2::new(-unit.y, unit.x) * head * 0.5;
    painter.line_segment([from, to - unit * head * 0.8], stroke);
    painter.add(Shape::convex_polygon(vec![to, to - unit * head + side, to - unit * head - side], stroke.color, Stroke::NONE));
}

/// A name beside a mark, inside the pane.
pub(super) fn tag(painter: &Painter, at: Pos2, text: &str, color: Color32, tokens: &Tokens) {
    let galley = painter.layout_no_wrap(text.to_owned(), FontId::new(11.5, semibold()), color);
    let clip = painter.clip_rect();
    let size = galley.size() + Vec2::new(12.0, 6.0);
    let right = at.x + 14.0 + size.x < clip.max.x;
    let left = if right { at.x + 14.0 } else { at.x - 14.0 - size.x };
    let rect = egui::Rect::from_min_size(Pos2::new(left, at.y - size.y / 2.0), size);
    painter.rect(rect, CornerRadius::same(5), tokens.panel.gamma_multiply(0.92), Stroke::new(1.0, color), StrokeKind::Inside);
    painter.galley(rect.min + Vec2::new(6.0, 3.0), galley, color);
}

/// The roles with their names.
const TURNS: [(Turn, &str); 3] =
    [(Turn::Both, "ui.why_both"), (Turn::Anchor, "ui.why_as_anchor"), (Turn::Candidate, "ui.why_as_candidate")];

/// The switch of the roles, in place of the readings.
pub(super) fn switch(ui: &mut Ui, model: &Model, pane: &mut WhyPane) {
    let language = model.language();
    ui.horizontal(|ui| {
        let tokens = Tokens::current(ui.ctx());
        if ui.available_width() > 360.0 {
            ui.label(RichText::new(language.get("ui.why_forces")).size(12.0).color(tokens.soft));
        }
        let labels = TURNS.map(|(_, key)| language.get(key));
        let helps = [language.get("ui.why_both_help"), language.get("ui.why_as_anchor_help"), language.get("ui.why_as_candidate_help")];
        let chosen = TURNS.iter().position(|(turn, _)| *turn == pane.turn).unwrap_or(0);
        if let Some(picked) = segmented(ui, chosen, &labels, &helps) {
            pane.turn = TURNS[picked].0;
        }
    });
}

/// What the arrows mean, and how many times they are longer.
pub(super) fn legend(ui: &mut Ui, model: &Model, reasons: &Reasons, turn: Turn) {
    let (language, tokens) = (model.language(), Tokens::current(ui.ctx()));
    let (scale, step) = scales(reasons, turn);
    let times = |scale: Option<f32>| match scale {
        Some(scale) if scale >= 1.0 => format!("× {}", scale.round()),
        Some(scale) if scale >= LEAST_MAGNIFIED => format!("× {scale}"),
        Some(scale) => format!("× {scale:e}"),
        None => String::new(),
    };
    if scale.is_none() {
        ui.label(RichText::new(language.get("ui.why_no_force")).size(12.0).color(tokens.soft));
        return;
    }
    let is_short = ui.available_width() < 420.0;
    let entries = [
        (tokens.positive, "ui.why_pull", "pull", true),
        (tokens.negative, "ui.why_push", "push", true),
        (tokens.ink, "ui.why_sum", "sum", true),
        (tokens.ink, "ui.why_moved", "moved", false),
    ];
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 5.0;
        for (color, key, help, is_arrow) in entries {
            if !is_arrow && step.is_none() {
                continue;
            }
            let (rect, _) = ui.allocate_exact_size(Vec2::new(16.0, 14.0), egui::Sense::hover());
            if is_arrow {
                arrow(ui.painter(), rect.left_center(), rect.right_center(), Stroke::new(2.0, color));
            } else {
                ui.painter().circle_stroke(rect.center(), 4.5, Stroke::new(1.8, color));
            }
            let mut text = language.get(key).to_owned();
            if help == "sum" && !is_short {
                text = format!("{text} {}", times(scale));
            }
            if help == "moved" && !is_short {
                text = format!("{text} {}", times(step));
            }
            ui.label(RichText::new(text).size(12.0).color(tokens.soft))
                .on_hover_text(language.find(&format!("reasons.{help}.help")).unwrap_or_default());
            ui.add_space(4.0);
        }
    });
}

#[cfg(test)]
mod tests {
    use crate::app::panes::spaces::sphere::forces::magnification;

    #[test]
    fn a_magnification_is_round_and_makes_nothing_too_long() {
        for length in [1e-4, 0.003, 0.02, 0.5, 1.0, 7.0] {
            let scale = magnification(length).expect("it can be seen");
            assert!(scale * length <= 0.5001 && scale * length > 0.19, "{length}: {scale}");
        }
        assert_eq!([magnification(0.0), magnification(1e-6), magnification(f32::NAN), magnification(0.25)], [None, None, None, Some(2.0)]);
    }
}
