//! The points' marks, from the shapes and colours that the window has too.

use super::ink;
use crate::drawing::classes::{Outline, SHAPES, Shape, color};
use tiny_skia::{FillRule, Path, PathBuilder, Pixmap, Point, Transform};

/// The shapes of all classes.
pub(super) struct Marks([Option<Path>; SHAPES]);

impl Marks {
    pub(super) fn new() -> Self {
        Self(std::array::from_fn(|class| path(&Shape::of(class))))
    }

    /// Draws one point's mark; `size` is half its side.
    pub(super) fn draw(&self, pixmap: &mut Pixmap, class: u8, centre: Point, size: f32, strength: f32) {
        let class = usize::from(class);
        let Some(path) = &self.0[class % SHAPES] else { return };
        let place = Transform::from_row(size, 0.0, 0.0, size, centre.x, centre.y);
        pixmap.fill_path(path, &ink(color(class), strength), FillRule::EvenOdd, place, None);
    }
}

fn path(shape: &Shape) -> Option<Path> {
    let mut path = PathBuilder::new();
    for outline in shape.outlines() {
        match outline {
            Outline::Circle(radius) => path.push_circle(0.0, 0.0, *radius),
            Outline::Polygon(corners) => {
                for (index, [x, y]) in corners.iter().enumerate() {
                    if index == 0 {
                        path.move_to(*x, *y);
                    } else {
                        path.line_to(*x, *y);
                    }
                }
                path.close();
            }
        }
    }
    path.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_has_the_common_shapes_and_colours() {
        const SIDE: u32 = 64;
        let half = SIDE as f32 / 2.0;
        let marks = Marks::new();
        for class in 0..2 * SHAPES as u8 {
            let mut pixmap = Pixmap::new(SIDE, SIDE).expect("memory");
            marks.draw(&mut pixmap, class, Point::from_xy(half, half), half, 1.0);
            let shape = Shape::of(usize::from(class));
            let mut wrong = 0;
            for (index, pixel) in (0..SIDE * SIDE).zip(pixmap.pixels()) {
                let [x, y] = [index % SIDE, index / SIDE].map(|place| (place as f32 + 0.5) / half - 1.0);
                // On an edge a pixel is half covered.
                wrong += u32::from(if shape.covers(x, y) { pixel.alpha() < 60 } else { pixel.alpha() > 195 });
                if pixel.alpha() == 255 {
                    assert_eq!([pixel.red(), pixel.green(), pixel.blue()], color(usize::from(class)), "class {class}");
                }
            }
            assert!(wrong < SIDE, "class {class}: {wrong} pixels");
            let has_colour = pixmap.pixels().iter().any(|pixel| pixel.alpha() == 255);
            assert!(has_colour, "class {class}");
        }
    }
}
