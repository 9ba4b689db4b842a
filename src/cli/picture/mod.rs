//! A picture of an embedding as the window shows it at first: the circle, the sphere, or the first three principal directions of more.

mod marks;

use super::Failure;
use crate::drawing::classes::color;
use crate::drawing::graticule::{circles, lines, strengths};
use crate::drawing::marks::{ring, share_at, size_on_sphere, strength_at};
use crate::drawing::{Place, Projection, with_room};
use crate::learn::report::{Overlay, Scene, Snapshot};
use marks::Marks;
use tiny_skia::{Color, FillRule, GradientStop, Paint, PathBuilder, Pixmap, Point, RadialGradient, Rect, SpreadMode, Stroke, Transform};

/// Side of the picture, in pixels.
const SIDE: u32 = 960;
/// Centre of the sphere.
const CENTRE: f32 = SIDE as f32 / 2.0;
/// Radius of the sphere.
const RADIUS: f32 = 0.43 * SIDE as f32;
/// Pixels for each point of a window's screen: sizes are the window's.
const SCALE: f32 = 1.5;
/// Colour of the ground.
const GROUND: [u8; 3] = [0xf6, 0xf7, 0xf9];
/// Colour of the cross in a circle.
const CROSS: [u8; 3] = [0xdf, 0xe3, 0xe8];
/// Colour of the sphere's edge.
const EDGE: [u8; 3] = [0xb9, 0xc2, 0xce];
/// Colour of the graticule.
const GRATICULE: [u8; 3] = [0x5b, 0x67, 0x75];
/// The anchor's ring, and its positive's.
const INK: [u8; 3] = [0x1a, 0x20, 0x28];
const POSITIVE: [u8; 3] = [0x0f, 0x8a, 0x6c];

/// Side of an image's thumbnail.
const THUMBNAIL: f32 = 24.0 * SCALE;
/// Thumbnails are of points that are at least so far in front.
const IN_FRONT: f32 = 0.12;

/// Draws the training points' embeddings as a PNG file.
pub(super) fn draw(snapshot: &Snapshot, scene: &Scene) -> Result<Vec<u8>, Failure> {
    picture(snapshot, scene)
        .ok_or_else(|| Failure::Failed("there is no memory for the picture".to_owned()))?
        .encode_png()
        .map_err(|error| Failure::Failed(format!("the picture can't be written as PNG: {error}")))
}

fn picture(snapshot: &Snapshot, scene: &Scene) -> Option<Pixmap> {
    let mut pixmap = Pixmap::new(SIDE, SIDE)?;
    let [red, green, blue] = GROUND;
    pixmap.fill(Color::from_rgba8(red, green, blue, 0xff));
    let projection = Projection::at_first(snapshot);
    let is_flat = projection.is_flat();
    let rows = snapshot.embeddings.chunks_exact(projection.dim().max(1));
    let mut points: Vec<(Place, u8)> = rows.map(|row| projection.place(row)).zip(scene.labels.iter().copied()).collect();
    // What is nearer covers what is farther.
    points.sort_by(|(a, _), (b, _)| a.depth.total_cmp(&b.depth));
    let (behind, front) = points.split_at(points.partition_point(|(place, _)| place.depth < 0.0));
    let circles = if is_flat { Vec::new() } else { circles() };
    let [far, near] = lines(&circles, projection.rotation(), on_screen);
    let [faint, strong] = strengths(false);

    draw_ball(&mut pixmap, is_flat);
    draw_lines(&mut pixmap, &far, faint);
    let (marks, size) = (Marks::new(), SCALE * size_on_sphere(points.len(), RADIUS / SCALE));
    let draw = |pixmap: &mut Pixmap, points: &[(Place, u8)]| {
        for (place, class) in points {
            marks.draw(pixmap, *class, on_screen(place.x, place.y), size * share_at(place.depth), strength_at(place.depth));
        }
    };
    draw(&mut pixmap, behind);
    draw_lines(&mut pixmap, &near, strong);
    draw(&mut pixmap, front);
    draw_thumbnails(&mut pixmap, snapshot, scene, &projection);
    draw_exhibits(&mut pixmap, snapshot, &projection, size);
    draw_anchor(&mut pixmap, snapshot, &projection, size);
    Some(pixmap)
}

/// Images where there is room, as in the window: what lies behind has none.
fn draw_thumbnails(pixmap: &mut Pixmap, snapshot: &Snapshot, scene: &Scene, projection: &Projection<'_>) {
    let Some(images) = &scene.images else { return };
    let places = snapshot.embeddings.chunks_exact(projection.dim().max(1)).map(|row| {
        let place = projection.place(row);
        let at = on_screen(place.x, place.y);
        (projection.is_flat() || place.depth > IN_FRONT).then_some([at.x, at.y])
    });
    let margin = 0.5 * THUMBNAIL + 3.0 * SCALE;
    let pixel = THUMBNAIL / images.side as f32;
    let fill = |pixmap: &mut Pixmap, x: f32, y: f32, side: f32, paint: &Paint<'_>| {
        if let Some(rect) = Rect::from_xywh(x, y, side, side) {
            pixmap.fill_rect(rect, paint, Transform::identity(), None);
        }
    };
    for (point, [x, y]) in with_room(places, THUMBNAIL + 10.0 * SCALE, [margin; 2], [SIDE as f32 - margin; 2]) {
        let class = scene.labels.get(point as usize).copied().unwrap_or(0);
        let (left, top) = (x - 0.5 * THUMBNAIL, y - 0.5 * THUMBNAIL);
        for (edge, paint) in [(2.0 * SCALE, ink(color(usize::from(class)), 1.0)), (0.7 * SCALE, ink([0xff; 3], 1.0))] {
            fill(pixmap, left - edge, top - edge, THUMBNAIL + 2.0 * edge, &paint);
        }
        for (index, strength) in images.image(point as usize).iter().enumerate() {
            let (column, row) = ((index % images.side) as f32, (index / images.side) as f32);
            fill(pixmap, left + pixel * column, top + pixel * row, pixel, &ink(INK, f32::from(*strength) / 255.0));
        }
    }
}

/// What the method shows besides points: keys as rings, smaller and fainter with age, prototypes and centroids as triangles.
fn draw_exhibits(pixmap: &mut Pixmap, snapshot: &Snapshot, projection: &Projection<'_>, size: f32) {
    for exhibit in &snapshot.exhibits {
        let Overlay::Rows { dim, rows, labels, ages, .. } = exhibit else { continue };
        if *dim != projection.dim() {
            continue;
        }
        for (index, row) in rows.chunks_exact(*dim).enumerate().rev() {
            let place = projection.place(row);
            let (at, far) = (on_screen(place.x, place.y), strength_at(if place.depth < 0.0 { -1.0 } else { 1.0 }));
            let (path, strength, class) = if let Some(age) = ages.get(index) {
                let (radius, strength) = ring(*age, size);
                (PathBuilder::from_circle(at.x, at.y, radius), strength, labels.get(index).copied().flatten())
            } else {
                (triangle(at, 8.5 * SCALE), 1.0, None)
            };
            let Some(path) = path else { continue };
            let color = class.map_or(GRATICULE, |class| color(usize::from(class)));
            let stroke = Stroke { width: 1.4 * SCALE, ..Stroke::default() };
            pixmap.stroke_path(&path, &ink(color, strength * far), &stroke, Transform::identity(), None);
        }
    }
}

/// The pinned anchor's row with its positive's, and where the step takes it.
fn draw_anchor(pixmap: &mut Pixmap, snapshot: &Snapshot, projection: &Projection<'_>, size: f32) {
    let anchor = snapshot.reasons.as_ref().filter(|reasons| reasons.space() == snapshot.space && reasons.dim == projection.dim());
    let Some(reasons) = anchor else { return };
    let at = |row: &[f32]| {
        let place = projection.place(row);
        on_screen(place.x, place.y)
    };
    let ends = reasons.views.each_ref().map(|row| at(row));
    draw_polylines(pixmap, &[ends.to_vec()], &ink(POSITIVE, 1.0), 2.0 * SCALE);
    for (end, color) in ends.into_iter().zip([INK, POSITIVE]).rev() {
        if let Some(ring) = PathBuilder::from_circle(end.x, end.y, size + 4.0 * SCALE) {
            let stroke = Stroke { width: 2.4 * SCALE, ..Stroke::default() };
            pixmap.stroke_path(&ring, &ink(color, 1.0), &stroke, Transform::identity(), None);
        }
    }
}

/// A triangle about a point.
fn triangle(at: Point, size: f32) -> Option<tiny_skia::Path> {
    let mut path = PathBuilder::new();
    path.move_to(at.x, at.y - 1.1 * size);
    path.line_to(at.x + size, at.y + 0.75 * size);
    path.line_to(at.x - size, at.y + 0.75 * size);
    path.close();
    path.finish()
}

/// The pixel of a place towards the right and upwards on a sphere of radius 1.
fn on_screen(x: f32, y: f32) -> Point {
    Point::from_xy(CENTRE + RADIUS * x, CENTRE - RADIUS * y)
}

/// A paint of one colour.
fn ink([red, green, blue]: [u8; 3], strength: f32) -> Paint<'static> {
    let mut paint = Paint::default();
    paint.set_color_rgba8(red, green, blue, (255.0 * strength).round() as u8);
    paint
}

/// The sphere, lit from the upper left; of the circle only the line, with a cross in it.
fn draw_ball(pixmap: &mut Pixmap, is_flat: bool) {
    let Some(circle) = PathBuilder::from_circle(CENTRE, CENTRE, RADIUS) else { return };
    let light = on_screen(-0.35, 0.4);
    let stops = vec![
        GradientStop::new(0.0, Color::from_rgba8(0xff, 0xff, 0xff, 0xff)),
        GradientStop::new(0.6, Color::from_rgba8(0xf1, 0xf3, 0xf6, 0xff)),
        GradientStop::new(1.0, Color::from_rgba8(0xd9, 0xdf, 0xe7, 0xff)),
    ];
    let shader = RadialGradient::new(light, 0.0, light, 1.6 * RADIUS, stops, SpreadMode::Pad, Transform::identity());
    let mut surface = ink([0xff, 0xff, 0xff], 1.0);
    if let Some(shader) = shader.filter(|_| !is_flat) {
        surface.shader = shader;
    }
    pixmap.fill_path(&circle, &surface, FillRule::Winding, Transform::identity(), None);
    if is_flat {
        let cross = [[(-1.0, 0.0), (1.0, 0.0)], [(0.0, -1.0), (0.0, 1.0)]];
        let cross = cross.map(|ends| ends.map(|(x, y)| on_screen(x, y)).to_vec());
        draw_polylines(pixmap, &cross, &ink(CROSS, 1.0), SCALE);
    }
    let stroke = Stroke { width: 1.2 * SCALE, ..Stroke::default() };
    pixmap.stroke_path(&circle, &ink(EDGE, 1.0), &stroke, Transform::identity(), None);
}

/// Lines of the graticule.
fn draw_lines(pixmap: &mut Pixmap, lines: &[Vec<Point>], strength: f32) {
    draw_polylines(pixmap, lines, &ink(GRATICULE, strength), 0.8 * SCALE);
}

fn draw_polylines(pixmap: &mut Pixmap, lines: &[Vec<Point>], paint: &Paint<'_>, width: f32) {
    let stroke = Stroke { width, ..Stroke::default() };
    for line in lines {
        let mut path = PathBuilder::new();
        for (index, point) in line.iter().enumerate() {
            if index == 0 {
                path.move_to(point.x, point.y);
            } else {
                path.line_to(point.x, point.y);
            }
        }
        if let Some(path) = path.finish() {
            pixmap.stroke_path(&path, paint, &stroke, Transform::identity(), None);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::config::Data;
    use crate::learn::{Config, Trainer};

    #[test]
    fn images_have_thumbnails_and_points_do_not() {
        for dim in [2, 3] {
            let mut trainer = Trainer::new(Config { dim, points: 120, data: Data::Shapes, ..Config::default() }).expect("valid");
            let (snapshot, mut scene) = (trainer.snapshot(), trainer.scene());
            let with = picture(&snapshot, &scene).expect("memory");
            scene.images = None;
            let without = picture(&snapshot, &scene).expect("memory");
            let changed = with.pixels().iter().zip(without.pixels()).filter(|(a, b)| a != b).count();
            assert!(changed as f32 > 2.0 * THUMBNAIL * THUMBNAIL, "{dim}: {changed}");
        }
    }

    #[test]
    fn every_dimension_has_a_picture_with_its_classes_colours() {
        for dim in [2, 3, 5] {
            let mut trainer = Trainer::new(Config { dim, points: 120, ..Config::default() }).expect("valid");
            // So many that points are on all sides.
            for _ in 0..60 {
                trainer.step().expect("no divergence");
            }
            let (snapshot, scene) = (trainer.snapshot(), trainer.scene());
            let projection = Projection::at_first(&snapshot);
            let places = snapshot.embeddings.chunks_exact(dim as usize).map(|row| projection.place(row));
            for Place { x, y, .. } in places {
                assert!(x * x + y * y < 1.002);
            }
            trainer.pin(Some(3));
            let anchored = picture(&trainer.snapshot(), &scene).expect("memory");
            let pixmap = picture(&snapshot, &scene).expect("memory");
            assert_ne!(anchored.data(), pixmap.data(), "the anchor is marked");
            let has_colours = pixmap.pixels().iter().filter(|pixel| pixel.red().abs_diff(pixel.blue()) > 100).count();
            assert!(has_colours > 500, "{dim}: {has_colours}");
        }
    }
}
