//! Small grey images of glyphs, drawn anew for every image: the picture sets to learn from.
//!
//! A glyph is a few strokes, segments and arcs, in a square of its own from -1 to 1, y downwards. A pixel is as dark as its middle is near
//! to the nearest stroke. That way every place, size and angle has its picture, and there is no grid that a network could learn in place
//! of the shape.
//!
//! Which classes an augmentation of [`crate::views::ImageViews`] makes equal is part of the sets' design:
//!
//! | set    | classes                  | equal after                                                       |
//! |--------|--------------------------|-------------------------------------------------------------------|
//! | Shapes | bar, dash                | a turn by 90° or 270°                                             |
//! | Shapes | L, mirrored L            | a mirror, and nothing else (their arms differ in length)          |
//! | Digits | six, nine                | a turn by 180°                                                    |
//! | Digits | V, caret                 | a turn by 180°                                                    |
//! | Digits | T, upside-down T         | a turn by 180°                                                    |
//! | Shades | none                     | but images of one shade are alike until contrast is augmented     |
//! | Places | any two                  | a mirror or a turn; and a shift by a third of the image mixes all |

use crate::random::Random;

/// Half the side of a glyph's square at size 1, as a share of the image's side.
const HALF: f32 = 0.35;

/// The same on the set `Places`.
const SMALL_HALF: f32 = 0.22;

/// How far from the image's middle the glyphs of the set `Places` stand, right or left and up or down, as a share of the image's side. Not
/// in the middle of their quarters: measured, a shift then has to be half of the image before it erases the class. Here a third will do.
const OFF_CENTRE: f32 = 0.17;

/// The side for which the amounts of variation are given, in pixels.
const REFERENCE_SIDE: f32 = 12.0;

/// The inks of the set `Shades`. An image's ink is exactly one of them: measured, ink that varies as well is less of a shortcut.
const SHADES: [f32; 4] = [0.25, 0.5, 0.75, 1.0];

/// A set of images.
///
/// # Example
///
/// ```
/// use contrastive_learn::data::Glyphs;
/// use contrastive_learn::random::Random;
///
/// let mut image = [0.0; 144];
/// Glyphs::Shapes.draw(2, 12, 1.0, &mut Random::new(1, "data"), &mut image);
/// assert_eq!(Glyphs::Shapes.class_name(2), "ring");
/// assert!(image[0] < 0.5, "a corner is background");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Glyphs {
    /// The class is the shape. A turn or a mirror makes two pairs of classes the same.
    Shapes,
    /// The class is the character. Half turns make three pairs of classes the same.
    Digits,
    /// The class is the shape, but two views are easier told to be a pair by their ink, which says nothing of the class. Where the
    /// embedding has little room (d = 2), much of it goes to the ink, unless the views' contrast differs: a shortcut, as the histogram of
    /// colours is for SimCLR (Chen et al. 2020, section 3.1).
    Shades,
    /// The class is the place; the shape is drawn anew for every image.
    Places,
}

/// What is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Bar,
    Dash,
    Ring,
    Triangle,
    L,
    MirroredL,
    Six,
    Nine,
    V,
    Caret,
    T,
    InvertedT,
    Zero,
    Cross,
    Z,
    H,
}

/// Part of a shape, in its square from -1 to 1.
#[derive(Clone, Copy, Debug)]
enum Stroke {
    /// From one point straight to another.
    Segment([f32; 2], [f32; 2]),
    /// A whole circle.
    Circle { middle: [f32; 2], radius: f32 },
    /// Up to half a circle around `middle`: clockwise on the screen from `middle + from` to `middle + to`.
    Arc { middle: [f32; 2], from: [f32; 2], to: [f32; 2] },
}

const BAR: [Stroke; 1] = [Stroke::Segment([0.0, -1.0], [0.0, 1.0])];
const DASH: [Stroke; 1] = [Stroke::Segment([-1.0, 0.0], [1.0, 0.0])];
const RING: [Stroke; 1] = [Stroke::Circle { middle: [0.0, 0.0], radius: 0.9 }];
const TRIANGLE: [Stroke; 3] =
    [Stroke::Segment([0.0, -1.0], [1.0, 0.9]), Stroke::Segment([1.0, 0.9], [-1.0, 0.9]), Stroke::Segment([-1.0, 0.9], [0.0, -1.0])];
const L: [Stroke; 2] = [Stroke::Segment([-0.6, -1.0], [-0.6, 1.0]), Stroke::Segment([-0.6, 1.0], [0.6, 1.0])];
// The stem leaves the bowl at its leftmost point, in the bowl's direction.
const SIX: [Stroke; 2] =
    [Stroke::Circle { middle: [0.0, 0.38], radius: 0.62 }, Stroke::Arc { middle: [0.79, 0.38], from: [-1.41, 0.0], to: [-0.29, -1.38] }];
const V: [Stroke; 2] = [Stroke::Segment([-0.85, -0.95], [0.0, 0.95]), Stroke::Segment([0.0, 0.95], [0.85, -0.95])];
const T: [Stroke; 2] = [Stroke::Segment([-0.9, -0.95], [0.9, -0.95]), Stroke::Segment([0.0, -0.95], [0.0, 0.95])];
const ZERO: [Stroke; 4] = [
    Stroke::Arc { middle: [0.0, -0.35], from: [-0.65, 0.0], to: [0.65, 0.0] },
    Stroke::Arc { middle: [0.0, 0.35], from: [0.65, 0.0], to: [-0.65, 0.0] },
    Stroke::Segment([-0.65, -0.35], [-0.65, 0.35]),
    Stroke::Segment([0.65, -0.35], [0.65, 0.35]),
];
const CROSS: [Stroke; 2] = [Stroke::Segment([-0.85, -0.85], [0.85, 0.85]), Stroke::Segment([-0.85, 0.85], [0.85, -0.85])];
const Z: [Stroke; 3] =
    [Stroke::Segment([-0.85, -0.9], [0.85, -0.9]), Stroke::Segment([0.85, -0.9], [-0.85, 0.9]), Stroke::Segment([-0.85, 0.9], [0.85, 0.9])];
const H: [Stroke; 3] = [
    Stroke::Segment([-0.75, -0.95], [-0.75, 0.95]),
    Stroke::Segment([0.75, -0.95], [0.75, 0.95]),
    Stroke::Segment([-0.75, 0.0], [0.75, 0.0]),
];

/// The glyph of one image.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Glyph {
    shape: Shape,
    /// Where its middle is, in pixels from the image's middle.
    place: [f32; 2],
    /// Half the side of its square, in pixels.
    half: f32,
    /// How thick its strokes are, in pixels.
    stroke: f32,
    /// How far it is turned, in degrees.
    angle: f32,
    /// How dark its strokes are.
    ink: f32,
    /// Standard deviation of the noise on every pixel.
    noise: f32,
}

impl Glyphs {
    /// All sets.
    pub const ALL: [Self; 4] = [Self::Shapes, Self::Digits, Self::Shades, Self::Places];

    /// Returns the number of classes of the set.
    pub fn classes(self) -> usize {
        match self {
            Self::Places => 4,
            Self::Shapes | Self::Digits | Self::Shades => self.shapes().len(),
        }
    }

    /// Returns the name of a class, from 0, by which the languages' texts know it. It is empty if there is no such class.
    pub fn class_name(self, class: usize) -> &'static str {
        match self {
            Self::Places => ["top_left", "top_right", "bottom_left", "bottom_right"].get(class).copied().unwrap_or_default(),
            Self::Shapes | Self::Digits | Self::Shades => self.shapes().get(class).map(|shape| shape.name()).unwrap_or_default(),
        }
    }

    /// Returns the shapes of the set: one for each class, or on `Places` those that every class has.
    fn shapes(self) -> &'static [Shape] {
        match self {
            Self::Shapes => &[Shape::Bar, Shape::Dash, Shape::Ring, Shape::Triangle, Shape::L, Shape::MirroredL],
            Self::Digits => &[
                Shape::Six,
                Shape::Nine,
                Shape::V,
                Shape::Caret,
                Shape::T,
                Shape::InvertedT,
                Shape::Zero,
                Shape::Cross,
                Shape::Z,
                Shape::H,
            ],
            Self::Shades => &[Shape::Ring, Shape::Cross, Shape::L, Shape::Triangle],
            Self::Places => &[Shape::Bar, Shape::Dash, Shape::Ring, Shape::Triangle, Shape::L, Shape::Cross],
        }
    }

    /// Draws an image of `class`, which must be below [`Self::classes`], into the `side * side` pixels of `image`: row by row, the top row
    /// first, ink 1 on a background of 0.
    ///
    /// `variation` scales how much the images of a class differ: at 0 only the shade of `Shades` and the shape of `Places` do, 1 is the
    /// usual amount. It does not change which random numbers are drawn, nor how many, so that an image only changes gradually with it.
    pub fn draw(self, class: usize, side: usize, variation: f32, random: &mut Random, image: &mut [f32]) {
        let glyph = self.glyph(class, side, variation, random);
        glyph.paint(side, image);
        for pixel in image {
            *pixel = (*pixel + glyph.noise * random.normal()).clamp(0.0, 1.0);
        }
    }

    /// Draws what the image of `class` shows. All sets draw the same random numbers.
    fn glyph(self, class: usize, side: usize, variation: f32, random: &mut Random) -> Glyph {
        let side = side as f32;
        let scale = side / REFERENCE_SIDE;
        let free = random.uniform();
        let place = [random.symmetric(), random.symmetric()];
        let (size, thickness, turn, pale) = (random.symmetric(), random.symmetric(), random.symmetric(), random.uniform());

        let (among, amount) = match self {
            // On `Shades` too: were place and size nearly fixed, the shape would be as easy to tell as the shade.
            Self::Shapes | Self::Digits | Self::Shades => (HALF, variation),
            // More variation of place would make the class itself uncertain.
            Self::Places => (SMALL_HALF, 0.5 * variation),
        };
        let half = among * side * (0.95 + 0.15 * amount * size);
        // Not in proportion to the side: on 8 x 8 pixels a thinner stroke would be pale everywhere, on 16 x 16 a thicker one a blot.
        let stroke = 0.2 + 1.3 * scale + 0.4 * scale * amount * thickness;
        let (shape, stroke, middle, ink) = match self {
            Self::Shapes | Self::Digits => (self.shapes()[class], stroke, [0.0, 0.0], 1.0 - 0.3 * amount * pale),
            Self::Shades => (self.shapes()[class], stroke, [0.0, 0.0], pick(&SHADES, free)),
            Self::Places => {
                let sign = |second| if second { OFF_CENTRE } else { -OFF_CENTRE };
                let middle = [side * sign(class % 2 == 1), side * sign(class / 2 == 1)];
                (pick(self.shapes(), free), 0.85 * stroke, middle, 1.0 - 0.3 * amount * pale)
            }
        };
        // Wholly inside the image if that can be.
        let room = (0.5 * side - half - 0.5 * stroke).max(0.0);
        let place = [0, 1].map(|axis| (middle[axis] + 1.2 * scale * amount * place[axis]).clamp(-room, room));
        Glyph { shape, place, half, stroke, angle: 6.0 * amount * turn, ink, noise: 0.05 * amount }
    }
}

/// Returns the item that a uniform number from 0..1 picks.
fn pick<T: Copy>(items: &[T], uniform: f32) -> T {
    items[((uniform * items.len() as f32) as usize).min(items.len() - 1)]
}

impl Glyph {
    /// Paints the glyph without noise.
    fn paint(&self, side: usize, image: &mut [f32]) {
        let (strokes, [sign_x, sign_y]) = self.shape.outline();
        let angle = self.angle.to_radians();
        let (sin, cos) = (libm::sinf(angle), libm::cosf(angle));
        let middle = 0.5 * side as f32 - 0.5;
        for (row, pixels) in image.chunks_exact_mut(side).enumerate() {
            for (column, pixel) in pixels.iter_mut().enumerate() {
                let x = column as f32 - middle - self.place[0];
                let y = row as f32 - middle - self.place[1];
                let point = [sign_x * (cos * x + sin * y) / self.half, sign_y * (cos * y - sin * x) / self.half];
                let distance = strokes.iter().map(|stroke| stroke.distance(point)).fold(f32::INFINITY, f32::min);
                // The share of the pixel that lies within the stroke, were the stroke's edge straight and upright.
                *pixel = self.ink * (0.5 + 0.5 * self.stroke - self.half * distance).clamp(0.0, 1.0);
            }
        }
    }
}

impl Shape {
    /// Returns the strokes, and the signs by which their two coordinates are multiplied.
    fn outline(self) -> (&'static [Stroke], [f32; 2]) {
        // One glyph is another one mirrored or turned, so that they are so to the last bit.
        const PLAIN: [f32; 2] = [1.0, 1.0];
        const MIRRORED: [f32; 2] = [-1.0, 1.0];
        const HALF_TURN: [f32; 2] = [-1.0, -1.0];
        match self {
            Self::Bar => (&BAR, PLAIN),
            Self::Dash => (&DASH, PLAIN),
            Self::Ring => (&RING, PLAIN),
            Self::Triangle => (&TRIANGLE, PLAIN),
            Self::L => (&L, PLAIN),
            Self::MirroredL => (&L, MIRRORED),
            Self::Six => (&SIX, PLAIN),
            Self::Nine => (&SIX, HALF_TURN),
            Self::V => (&V, PLAIN),
            Self::Caret => (&V, HALF_TURN),
            Self::T => (&T, PLAIN),
            Self::InvertedT => (&T, HALF_TURN),
            Self::Zero => (&ZERO, PLAIN),
            Self::Cross => (&CROSS, PLAIN),
            Self::Z => (&Z, PLAIN),
            Self::H => (&H, PLAIN),
        }
    }

    /// Returns the name by which the languages' texts know it.
    fn name(self) -> &'static str {
        match self {
            Self::Bar => "bar",
            Self::Dash => "dash",
            Self::Ring => "ring",
            Self::Triangle => "triangle",
            Self::L => "l",
            Self::MirroredL => "mirrored_l",
            Self::Six => "six",
            Self::Nine => "nine",
            Self::V => "v",
            Self::Caret => "caret",
            Self::T => "t",
            Self::InvertedT => "inverted_t",
            Self::Zero => "zero",
            Self::Cross => "cross",
            Self::Z => "z",
            Self::H => "h",
        }
    }
}

impl Stroke {
    /// Returns the distance of a point from the stroke's centre line.
    fn distance(self, [x, y]: [f32; 2]) -> f32 {
        match self {
            Self::Segment(from, to) => {
                let (along_x, along_y) = (to[0] - from[0], to[1] - from[1]);
                let (x, y) = (x - from[0], y - from[1]);
                let share = (x * along_x + y * along_y) / (along_x * along_x + along_y * along_y);
                let share = share.clamp(0.0, 1.0);
                length(x - share * along_x, y - share * along_y)
            }
            Self::Circle { middle, radius } => (length(x - middle[0], y - middle[1]) - radius).abs(),
            Self::Arc { middle, from, to } => {
                let (x, y) = (x - middle[0], y - middle[1]);
                // The point faces the arc if it lies on the same side of both ends' directions as the arc does.
                if from[0] * y - from[1] * x >= 0.0 && x * to[1] - y * to[0] >= 0.0 {
                    (length(x, y) - length(from[0], from[1])).abs()
                } else {
                    length(x - from[0], y - from[1]).min(length(x - to[0], y - to[1]))
                }
            }
        }
    }
}

/// Returns the length of a vector.
fn length(x: f32, y: f32) -> f32 {
    (x * x + y * y).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIDES: [usize; 3] = [8, 12, 16];

    /// Two classes, and by which turns, in quarters, after a mirror or not, the first becomes the second.
    type Equal = (&'static str, &'static str, &'static [(usize, bool)]);

    fn image(set: Glyphs, class: usize, side: usize, variation: f32, item: u32) -> Vec<f32> {
        let mut image = vec![0.0; side * side];
        set.draw(class, side, variation, &mut Random::of_item(5, "data", item), &mut image);
        image
    }

    /// The class as it is without variation.
    fn plain(set: Glyphs, name: &str, side: usize) -> Vec<f32> {
        let class = (0..set.classes()).find(|class| set.class_name(*class) == name).expect("a class of this name");
        image(set, class, side, 0.0, 0)
    }

    fn mirrored(image: &[f32], side: usize) -> Vec<f32> {
        image.chunks_exact(side).flat_map(|row| row.iter().rev().copied()).collect()
    }

    /// Turned by 90°, clockwise.
    fn turned(image: &[f32], side: usize) -> Vec<f32> {
        (0..side * side).map(|pixel| image[(side - 1 - pixel % side) * side + pixel / side]).collect()
    }

    fn distance(a: &[f32], b: &[f32]) -> f32 {
        a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f32>().sqrt()
    }

    /// The class of the nearest of the `known` images.
    fn nearest<T: Copy>(known: &[(Vec<f32>, T)], image: &[f32]) -> T {
        let nearest = known.iter().min_by(|a, b| distance(&a.0, image).total_cmp(&distance(&b.0, image)));
        nearest.expect("known images").1
    }

    #[test]
    fn the_classes_have_names_of_their_own() {
        for set in Glyphs::ALL {
            let mut names: Vec<&str> = (0..set.classes()).map(|class| set.class_name(class)).collect();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), set.classes());
            assert!(!names.contains(&""));
            assert_eq!(set.class_name(set.classes()), "");
        }
        assert_eq!(Glyphs::ALL.map(Glyphs::classes), [6, 10, 4, 4]);
    }

    #[test]
    fn a_picture_has_the_same_bits_as_in_earlier_versions() {
        // Links that were shared depend on them.
        let image = image(Glyphs::Digits, 0, 8, 1.0, 3);
        assert_eq!([19, 20, 27, 28].map(|pixel: usize| image[pixel].to_bits()), [0x3f10_6577, 0x3eb3_0535, 0x3f22_2716, 0x3f46_77ee]);
    }

    #[test]
    fn the_ink_covers_the_strokes_area() {
        // A bar anywhere, at any small angle, has the area of a rectangle with a half disc at either end.
        for (place, angle, stroke) in [([0.0, 0.0], 0.0, 1.5), ([0.37, -0.21], 5.0, 1.5), ([-0.5, 0.5], -6.0, 2.0), ([0.2, 0.1], 20.0, 1.2)]
        {
            let glyph = Glyph { shape: Shape::Bar, place, half: 3.9, stroke, angle, ink: 1.0, noise: 0.0 };
            let mut image = vec![0.0; 144];
            glyph.paint(12, &mut image);
            let area = 2.0 * glyph.half * stroke + 0.25 * std::f32::consts::PI * stroke * stroke;
            let ink: f32 = image.iter().sum();
            assert!((ink / area - 1.0).abs() < 0.04, "{ink} {area}");
        }
        let glyph = Glyph { shape: Shape::Ring, place: [0.1, 0.3], half: 4.0, stroke: 1.5, angle: 3.0, ink: 0.5, noise: 0.0 };
        let mut image = vec![0.0; 144];
        glyph.paint(12, &mut image);
        let (ink, area) = (image.iter().sum::<f32>(), 0.5 * std::f32::consts::TAU * 0.9 * 4.0 * 1.5);
        assert!((ink / area - 1.0).abs() < 0.04, "{ink} {area}");
    }

    #[test]
    fn an_arc_ends_at_its_ends() {
        let arc = Stroke::Arc { middle: [1.0, 2.0], from: [-2.0, 0.0], to: [0.0, -2.0] };
        assert!((arc.distance([1.0 - 2.0, 2.0])).abs() < 1e-6);
        assert!((arc.distance([1.0, 0.0])).abs() < 1e-6);
        let along = 3.0 * std::f32::consts::FRAC_1_SQRT_2;
        assert!((arc.distance([1.0 - along, 2.0 - along]) - 1.0).abs() < 1e-6, "outside, between the ends");
        assert!((arc.distance([-1.0, 3.0]) - 1.0).abs() < 1e-6, "before the first end");
        assert!((arc.distance([3.0, 2.0]) - 8f32.sqrt()).abs() < 1e-6, "on the circle, across the middle");
    }

    #[test]
    fn exactly_the_named_classes_become_equal_by_a_turn_or_a_mirror() {
        let equal: [Equal; 5] = [
            ("bar", "dash", &[(1, false), (3, false), (1, true), (3, true)]),
            ("l", "mirrored_l", &[(0, true)]),
            ("six", "nine", &[(2, false)]),
            ("v", "caret", &[(2, false), (2, true)]),
            ("t", "inverted_t", &[(2, false), (2, true)]),
        ];
        for set in [Glyphs::Shapes, Glyphs::Digits, Glyphs::Shades] {
            for side in SIDES {
                for first in 0..set.classes() {
                    for second in 0..first {
                        // In Shades, both are drawn with the same shade.
                        let (later, earlier) = (set.class_name(first), set.class_name(second));
                        let target = image(set, first, side, 0.0, 0);
                        let ink: f32 = target.iter().fold(0.0, |most: f32, pixel| most.max(*pixel));
                        for mirror in [false, true] {
                            let mut view = image(set, second, side, 0.0, 0);
                            if mirror {
                                view = mirrored(&view, side);
                            }
                            for quarters in 0..4 {
                                let far = distance(&view, &target) / ink;
                                let named =
                                    equal.iter().any(|(a, b, ways)| (*a, *b) == (earlier, later) && ways.contains(&(quarters, mirror)));
                                if named {
                                    assert!(far < 1e-5, "{earlier} {later} {side} {quarters} {mirror}: {far}");
                                } else {
                                    assert!(far > 1.5, "{earlier} {later} {side} {quarters} {mirror}: {far}");
                                }
                                view = turned(&view, side);
                            }
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn mirrored_and_turned_glyphs_are_their_partners_pixel_by_pixel() {
        for side in SIDES {
            let (l, six, bar) = (plain(Glyphs::Shapes, "l", side), plain(Glyphs::Digits, "six", side), plain(Glyphs::Shapes, "bar", side));
            let half_turned: Vec<f32> = six.iter().rev().copied().collect();
            for (a, b) in [
                (mirrored(&l, side), plain(Glyphs::Shapes, "mirrored_l", side)),
                (half_turned, plain(Glyphs::Digits, "nine", side)),
                (turned(&bar, side), plain(Glyphs::Shapes, "dash", side)),
            ] {
                assert!(a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-5));
            }
        }
    }

    #[test]
    fn without_variation_only_what_is_free_differs() {
        for side in SIDES {
            for class in 0..6 {
                assert_eq!(image(Glyphs::Shapes, class, side, 0.0, 1), image(Glyphs::Shapes, class, side, 0.0, 2));
            }
            for set in [Glyphs::Shades, Glyphs::Places] {
                let mut images: Vec<Vec<f32>> = (0..100).map(|item| image(set, 1, side, 0.0, item)).collect();
                images.sort_by(|a, b| a.partial_cmp(b).expect("no NaN"));
                images.dedup();
                assert_eq!(images.len(), if set == Glyphs::Shades { SHADES.len() } else { 6 });
            }
        }
    }

    #[test]
    fn variation_does_not_change_which_numbers_are_drawn() {
        let after = |set: Glyphs, class, variation| {
            let mut random = Random::new(5, "data");
            set.draw(class, 12, variation, &mut random, &mut [0.0; 144]);
            random.uniform()
        };
        let first = after(Glyphs::Shapes, 0, 1.0);
        for set in Glyphs::ALL {
            for class in 0..set.classes() {
                for variation in [0.0, 0.5, 2.0] {
                    assert_eq!(after(set, class, variation), first);
                }
            }
        }
        let (a, b) = (image(Glyphs::Digits, 3, 12, 1.0, 7), image(Glyphs::Digits, 3, 12, 1.01, 7));
        assert!(a != b && distance(&a, &b) < 0.2, "a little more variation is nearly the same image");
    }

    #[test]
    fn images_stay_inside_their_bounds() {
        for set in Glyphs::ALL {
            for side in SIDES {
                for item in 0..100 {
                    let class = item as usize % set.classes();
                    assert!(image(set, class, side, 2.0, item).iter().all(|pixel| (0.0..=1.0).contains(pixel)));
                    let mut random = Random::of_item(5, "data", item);
                    let glyph = set.glyph(class, side, 1.0, &mut random);
                    let far = glyph.place[0].abs().max(glyph.place[1].abs()) + glyph.half + 0.5 * glyph.stroke;
                    assert!(far <= 0.5 * side as f32 + 1e-4, "nothing is cut off: {set:?} {glyph:?}");
                }
            }
        }
    }

    #[test]
    fn a_glyph_stands_in_its_quarter() {
        for side in SIDES {
            for item in 0..200 {
                let class = item as usize % 4;
                for (variation, least) in [(1.0, 0.1), (2.0, 0.05)] {
                    let [x, y] = Glyphs::Places.glyph(class, side, variation, &mut Random::of_item(5, "data", item)).place;
                    let (right, low) = (class % 2 == 1, class / 2 == 1);
                    assert!((x > 0.0) == right && (y > 0.0) == low, "{class} {x} {y}");
                    assert!(x.abs().min(y.abs()) > least * side as f32, "not at a border: {x} {y}");
                }
            }
        }
    }

    #[test]
    fn the_shade_does_not_depend_on_the_class() {
        let mut counts = [[0; 4]; 4];
        for item in 0..1600 {
            let class = item as usize % 4;
            let glyph = Glyphs::Shades.glyph(class, 12, 0.0, &mut Random::of_item(5, "data", item));
            counts[class][SHADES.iter().position(|shade| *shade == glyph.ink).expect("a shade")] += 1;
        }
        assert!(counts.iter().flatten().all(|count| (70..130).contains(count)), "{counts:?}");
    }

    #[test]
    fn the_nearest_image_of_a_set_mostly_has_the_same_class() {
        for (set, side, least) in [
            (Glyphs::Shapes, 8, 0.8),
            (Glyphs::Shapes, 12, 0.8),
            (Glyphs::Shapes, 16, 0.8),
            (Glyphs::Digits, 8, 0.8),
            (Glyphs::Digits, 12, 0.8),
            (Glyphs::Shades, 12, 0.95),
            (Glyphs::Places, 8, 0.95),
            (Glyphs::Places, 12, 0.95),
        ] {
            let classes = set.classes() as u32;
            let all = |items: std::ops::Range<u32>| -> Vec<(Vec<f32>, u32)> {
                items.map(|item| (image(set, (item % classes) as usize, side, 1.0, item), item % classes)).collect()
            };
            let (known, held_out) = (all(0..60 * classes), all(60 * classes..80 * classes));
            let right = held_out.iter().filter(|(image, class)| nearest(&known, image) == *class).count();
            let accuracy = right as f32 / held_out.len() as f32;
            assert!(accuracy > least, "{set:?} {side}: {accuracy}");
        }
    }
}
