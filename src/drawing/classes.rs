//! Classes told apart by colour and by shape.

use std::f32::consts::TAU;

/// Okabe and Ito's colours, which the colour-blind tell apart, for the classes in turn.
pub const COLORS: [[u8; 3]; 6] =
    [[0x00, 0x72, 0xb2], [0xe6, 0x9f, 0x00], [0x00, 0x9e, 0x73], [0xcc, 0x79, 0xa7], [0x56, 0xb4, 0xe9], [0xd5, 0x5e, 0x00]];
/// Number of shapes: disc, square, triangle up, diamond, triangle down, star; then the same with a hole.
pub const SHAPES: usize = 2 * COLORS.len();

/// A hole is the shape itself, so much smaller.
const HOLE: f32 = 0.62;
/// Corners of the triangle up.
const TRIANGLE: [[f32; 2]; 3] = [[0.0, -1.0], [0.965_116, 0.66], [-0.965_116, 0.66]];
/// Distances of the star's corners from its centre, in turn.
const STAR: [f32; 2] = [1.0, 0.45];

/// The colour of a class: red, green and blue. From the seventh on they are the same colours, with other shapes.
pub const fn color(class: usize) -> [u8; 3] {
    COLORS[class % COLORS.len()]
}

/// A closed line in [-1, 1] x [-1, 1], y downwards.
#[derive(Clone, Debug, PartialEq)]
pub enum Outline {
    /// A circle of this radius around the origin.
    Circle(f32),
    /// Straight lines from corner to corner.
    Polygon(Vec<[f32; 2]>),
}

impl Outline {
    /// The same outline, larger or smaller.
    fn scaled(&self, factor: f32) -> Self {
        match self {
            Self::Circle(radius) => Self::Circle(factor * radius),
            Self::Polygon(corners) => Self::Polygon(corners.iter().map(|corner| corner.map(|along| factor * along)).collect()),
        }
    }

    /// Whether (x, y) is inside.
    fn encloses(&self, x: f32, y: f32) -> bool {
        match self {
            Self::Circle(radius) => x * x + y * y <= radius * radius,
            Self::Polygon(corners) => {
                // The lines that a ray towards the right crosses.
                let next = corners.iter().cycle().skip(1);
                let crossed = corners.iter().zip(next).filter(|&(&[from_x, from_y], &[to_x, to_y])| {
                    (from_y > y) != (to_y > y) && x < from_x + (y - from_y) / (to_y - from_y) * (to_x - from_x)
                });
                crossed.count() % 2 == 1
            }
        }
    }
}

/// The shape of a class's marks: what is inside an odd number of its outlines. All cover about the same area.
#[derive(Clone, Debug, PartialEq)]
pub struct Shape(Vec<Outline>);

impl Shape {
    /// The shape of a class.
    pub fn of(class: usize) -> Self {
        let mirrored = |corners: [[f32; 2]; 3]| corners.map(|[x, y]| [x, -y]);
        let outline = match class % COLORS.len() {
            0 => Outline::Circle(0.8602),
            1 => Outline::Polygon(vec![[-0.76, -0.76], [0.76, -0.76], [0.76, 0.76], [-0.76, 0.76]]),
            2 => Outline::Polygon(TRIANGLE.to_vec()),
            3 => Outline::Polygon(vec![[0.0, -1.0], [1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]]),
            4 => Outline::Polygon(mirrored(TRIANGLE).to_vec()),
            _ => Outline::Polygon(star()),
        };
        let has_hole = class % SHAPES >= COLORS.len();
        let hole = has_hole.then(|| outline.scaled(HOLE));
        Self(std::iter::once(outline).chain(hole).collect())
    }

    /// The outlines.
    pub fn outlines(&self) -> &[Outline] {
        &self.0
    }

    /// Whether the shape covers (x, y) in [-1, 1] x [-1, 1], y downwards.
    pub fn covers(&self, x: f32, y: f32) -> bool {
        self.0.iter().filter(|outline| outline.encloses(x, y)).count() % 2 == 1
    }
}

/// The corners of a star with five points, one of them up.
fn star() -> Vec<[f32; 2]> {
    let distances = STAR.into_iter().cycle().take(10);
    let corner = |(corner, distance): (usize, f32)| {
        let (sin, cos) = (TAU * corner as f32 / 10.0).sin_cos();
        [distance * sin, -distance * cos]
    };
    distances.enumerate().map(corner).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The share of the square that a class's shape covers.
    fn covered(class: usize) -> f32 {
        const SIDE: usize = 100;
        let shape = Shape::of(class);
        let along = |cell: usize| (2 * cell + 1) as f32 / SIDE as f32 - 1.0;
        let is_covered = |cell: &usize| shape.covers(along(cell % SIDE), along(cell / SIDE));
        (0..SIDE * SIDE).filter(is_covered).count() as f32 / (SIDE * SIDE) as f32
    }

    #[test]
    fn no_two_of_the_first_classes_look_alike() {
        for class in 0..SHAPES {
            for other in 0..class {
                assert_ne!((color(class), Shape::of(class)), (color(other), Shape::of(other)));
            }
            assert_eq!((color(class), Shape::of(class)), (color(class + SHAPES), Shape::of(class + SHAPES)), "they come again");
        }
    }

    #[test]
    fn shapes_have_about_the_same_area_and_the_second_six_have_holes() {
        for class in 0..COLORS.len() {
            let (whole, with_hole) = (covered(class), covered(class + COLORS.len()));
            assert!((0.3..0.62).contains(&whole), "{class}: {whole}");
            assert!((with_hole / whole - (1.0 - HOLE * HOLE)).abs() < 0.03, "{class}: {with_hole} of {whole}");
            assert!(Shape::of(class).covers(0.0, 0.0) && !Shape::of(class + COLORS.len()).covers(0.0, 0.0));
        }
    }

    #[test]
    fn triangles_and_stars_point_where_they_should() {
        let [up, down, star] = [2, 4, 5].map(Shape::of);
        for shape in [&up, &star] {
            assert!(shape.covers(0.0, -0.95) && !shape.covers(0.0, 0.95));
        }
        assert!(down.covers(0.0, 0.95) && !down.covers(0.0, -0.95));
    }
}
