//! A picture of an embedding: the circle, the sphere, or the first three principal directions of more.

mod marks;

use super::Failure;
use crate::learn::trainer::{Scene, Snapshot};
use tiny_skia::{Color, FillRule, GradientStop, LineCap, Paint, PathBuilder, Pixmap, Point, RadialGradient, SpreadMode, Stroke, Transform};

/// Side of the picture, in pixels.
const SIDE: u32 = 960;
/// Centre of the sphere.
const CENTRE: f32 = SIDE as f32 / 2.0;
/// Radius of the sphere.
const RADIUS: f32 = 0.43 * SIDE as f32;
/// Half the size of a mark in front.
const MARK: f32 = 7.0;
/// How the sphere is turned: to the side, then towards the eye, in degrees.
const TURN: [f32; 2] = [30.0, 22.0];
/// Lines of the graticule are this far apart, in degrees.
const GRATICULE: usize = 30;
/// Points of one of its lines are this far apart, in degrees.
const ARC: usize = 5;

/// Draws the training points' embeddings as a PNG file.
pub(super) fn draw(snapshot: &Snapshot, scene: &Scene) -> Result<Vec<u8>, Failure> {
    picture(snapshot, scene)
        .ok_or_else(|| Failure::Failed("there is no memory for the picture".to_owned()))?
        .encode_png()
        .map_err(|error| Failure::Failed(format!("the picture can't be written as PNG: {error}")))
}

fn picture(snapshot: &Snapshot, scene: &Scene) -> Option<Pixmap> {
    let mut pixmap = Pixmap::new(SIDE, SIDE)?;
    pixmap.fill(Color::from_rgba8(0xf6, 0xf7, 0xf9, 0xff));
    let is_flat = snapshot.dim == 2;
    draw_ball(&mut pixmap, is_flat);
    if !is_flat {
        draw_graticule(&mut pixmap);
    }
    let mut points: Vec<([f32; 3], u8)> = positions(snapshot).into_iter().zip(scene.labels.iter().copied()).collect();
    // What is nearer covers what is farther.
    points.sort_by(|(a, _), (b, _)| a[2].total_cmp(&b[2]));
    for ([x, y, depth], class) in points {
        let (strength, size) = if depth < 0.0 { (0.25, 0.75 * MARK) } else { (0.9, MARK) };
        marks::draw(&mut pixmap, class, on_screen(x, y), size, strength);
    }
    Some(pixmap)
}

/// Each point's place towards the right, upwards and towards the eye, on a sphere of radius 1.
///
/// Rows that are not on the unit sphere are drawn so that the longest one is.
fn positions(snapshot: &Snapshot) -> Vec<[f32; 3]> {
    let dim = snapshot.dim.max(1);
    let directions: Vec<&[f32]> = snapshot.spectrum.directions.chunks_exact(dim).collect();
    let places: Vec<[f32; 3]> = snapshot
        .embeddings
        .chunks_exact(dim)
        .map(|row| match *row {
            [x, y] => [x, y, 0.0],
            [x, y, z] => turned([x, y, z]),
            _ => {
                let along = |k: usize| directions.get(k).map_or(0.0, |direction| direction.iter().zip(row).map(|(a, b)| a * b).sum());
                turned([along(0), along(1), along(2)])
            }
        })
        .collect();
    let longest = places.iter().map(|place| place.iter().map(|value| value * value).sum::<f32>().sqrt()).fold(1.0, f32::max);
    places.into_iter().map(|place| place.map(|value| value / longest)).collect()
}

/// A point of the embedding (z upwards) as the eye sees it.
fn turned([x, y, z]: [f32; 3]) -> [f32; 3] {
    let [(sin, cos), (sin_up, cos_up)] = TURN.map(|degrees| degrees.to_radians().sin_cos());
    let (right, away) = (x * cos - y * sin, x * sin + y * cos);
    [right, z * cos_up + away * sin_up, z * sin_up - away * cos_up]
}

fn on_screen(x: f32, y: f32) -> Point {
    Point::from_xy(CENTRE + RADIUS * x, CENTRE - RADIUS * y)
}

/// A paint of one colour.
fn ink(red: u8, green: u8, blue: u8, strength: f32) -> Paint<'static> {
    let mut paint = Paint::default();
    paint.set_color_rgba8(red, green, blue, (255.0 * strength) as u8);
    paint
}

/// The sphere, lit from the upper left; of the circle only the line.
fn draw_ball(pixmap: &mut Pixmap, is_flat: bool) {
    let Some(circle) = PathBuilder::from_circle(CENTRE, CENTRE, RADIUS) else { return };
    let light = on_screen(-0.35, 0.4);
    let stops = vec![
        GradientStop::new(0.0, Color::from_rgba8(0xff, 0xff, 0xff, 0xff)),
        GradientStop::new(0.6, Color::from_rgba8(0xf1, 0xf3, 0xf6, 0xff)),
        GradientStop::new(1.0, Color::from_rgba8(0xd9, 0xdf, 0xe7, 0xff)),
    ];
    let shader = RadialGradient::new(light, 0.0, light, 1.6 * RADIUS, stops, SpreadMode::Pad, Transform::identity());
    let mut surface = ink(0xff, 0xff, 0xff, 1.0);
    if let Some(shader) = shader.filter(|_| !is_flat) {
        surface.shader = shader;
    }
    pixmap.fill_path(&circle, &surface, FillRule::Winding, Transform::identity(), None);
    let stroke = Stroke { width: 1.5, ..Stroke::default() };
    pixmap.stroke_path(&circle, &ink(0xb9, 0xc2, 0xce, 1.0), &stroke, Transform::identity(), None);
}

/// Circles of latitude and longitude, fainter behind.
fn draw_graticule(pixmap: &mut Pixmap) {
    let point = |latitude: f32, longitude: f32| {
        let [(up, ring), (sin, cos)] = [latitude, longitude].map(|degrees| degrees.to_radians().sin_cos());
        turned([ring * cos, ring * sin, up])
    };
    let degrees = |from: usize, to: usize, step: usize| (from..=to).step_by(step).map(|degrees| degrees as f32);
    let meridians = degrees(0, 360 - GRATICULE, GRATICULE).map(|longitude| {
        let line: Vec<[f32; 3]> = degrees(0, 180, ARC).map(|latitude| point(latitude - 90.0, longitude)).collect();
        line
    });
    let parallels = degrees(GRATICULE, 180 - GRATICULE, GRATICULE).map(|latitude| {
        let line: Vec<[f32; 3]> = degrees(0, 360, ARC).map(|longitude| point(latitude - 90.0, longitude)).collect();
        line
    });
    let (mut front, mut behind) = (PathBuilder::new(), PathBuilder::new());
    for line in meridians.chain(parallels) {
        for ends in line.windows(2) {
            let path = if ends[0][2] + ends[1][2] >= 0.0 { &mut front } else { &mut behind };
            let [from, to] = [0, 1].map(|end| on_screen(ends[end][0], ends[end][1]));
            path.move_to(from.x, from.y);
            path.line_to(to.x, to.y);
        }
    }
    let stroke = Stroke { width: 1.0, line_cap: LineCap::Butt, ..Stroke::default() };
    for (path, strength) in [(behind, 0.1), (front, 0.3)] {
        if let Some(path) = path.finish() {
            pixmap.stroke_path(&path, &ink(0x5b, 0x67, 0x75, strength), &stroke, Transform::identity(), None);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::{Config, Trainer};

    #[test]
    fn every_dimension_has_a_picture_with_its_classes_colours() {
        for dim in [2, 3, 5] {
            let mut trainer = Trainer::new(Config { dim, points: 120, ..Config::default() }).expect("valid");
            let (snapshot, scene) = (trainer.snapshot(), trainer.scene());
            assert!(positions(&snapshot).iter().flatten().all(|value| (-1.001..=1.001).contains(value)));
            let pixmap = picture(&snapshot, &scene).expect("memory");
            let has_colours = pixmap.pixels().iter().filter(|pixel| pixel.red().abs_diff(pixel.blue()) > 100).count();
            assert!(has_colours > 500, "{dim}: {has_colours}");
        }
    }

    #[test]
    fn turning_keeps_lengths() {
        let [x, y, z] = turned([0.6, 0.0, 0.8]);
        assert!((x * x + y * y + z * z - 1.0).abs() < 1e-6);
        assert!(turned([0.0, 0.0, 1.0])[1] > 0.9, "north is up");
    }
}
