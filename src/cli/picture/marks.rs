//! Classes told apart by colour and by shape.

use super::ink;
use tiny_skia::{FillRule, LineJoin, Paint, Path, PathBuilder, Pixmap, Point, Stroke, Transform};

/// Okabe and Ito's colours, which the colour-blind tell apart.
const COLOURS: [[u8; 3]; 6] =
    [[0x00, 0x72, 0xb2], [0xe6, 0x9f, 0x00], [0x00, 0x9e, 0x73], [0xcc, 0x79, 0xa7], [0x56, 0xb4, 0xe9], [0xd5, 0x5e, 0x00]];

/// Draws one point: the first six classes as filled shapes, the next six as outlines of the same.
pub(super) fn draw(pixmap: &mut Pixmap, class: u8, centre: Point, size: f32, strength: f32) {
    let kind = usize::from(class) % COLOURS.len();
    let is_outline = usize::from(class) / COLOURS.len() % 2 == 1;
    let [red, green, blue] = COLOURS[kind];
    let Some(path) = shape(kind, centre, size) else { return };
    let paint = ink(red, green, blue, strength);
    if is_outline {
        outline(pixmap, &path, &paint, 0.25 * size);
    } else {
        pixmap.fill_path(&path, &paint, FillRule::Winding, Transform::identity(), None);
        // A thin rim keeps points apart that lie on one another.
        outline(pixmap, &path, &ink(0xff, 0xff, 0xff, 0.7 * strength), 0.12 * size);
    }
}

fn outline(pixmap: &mut Pixmap, path: &Path, paint: &Paint<'_>, width: f32) {
    let stroke = Stroke { width, line_join: LineJoin::Round, ..Stroke::default() };
    pixmap.stroke_path(path, paint, &stroke, Transform::identity(), None);
}

/// Disc, square, triangle up, diamond, triangle down, star: of about the same area.
fn shape(kind: usize, centre: Point, size: f32) -> Option<Path> {
    match kind {
        0 => PathBuilder::from_circle(centre.x, centre.y, 0.85 * size),
        1 => polygon(centre, &[1.06 * size; 4], 45.0),
        2 => polygon(centre, &[1.2 * size; 3], 0.0),
        3 => polygon(centre, &[1.15 * size; 4], 0.0),
        4 => polygon(centre, &[1.2 * size; 3], 180.0),
        _ => polygon(centre, &[1.25 * size, 0.55 * size].repeat(5), 0.0),
    }
}

/// Corners at these distances from the centre, evenly around it, the first one up and turned by `turn` degrees.
fn polygon(centre: Point, distances: &[f32], turn: f32) -> Option<Path> {
    let mut path = PathBuilder::new();
    for (corner, distance) in distances.iter().enumerate() {
        let (sin, cos) = (turn + 360.0 * corner as f32 / distances.len() as f32).to_radians().sin_cos();
        let (x, y) = (centre.x + distance * sin, centre.y - distance * cos);
        if corner == 0 {
            path.move_to(x, y);
        } else {
            path.line_to(x, y);
        }
    }
    path.close();
    path.finish()
}
