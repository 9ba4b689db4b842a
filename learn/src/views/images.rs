//! The augmentation that makes a view of a small grey image: SimCLR's (Chen et al. 2020), without colour.

use crate::random::Random;

/// The widest reach of the blur, in pixels either way.
const REACH: usize = 15;

/// How strongly each augmentation changes an image; 0 is off. An augmentation that is off draws no random numbers.
///
/// The order is crop, spin, turn, mirror, shift, blur, contrast, grain, erase. The first five are joined to one map, so that the image is
/// only sampled once.
///
/// # Example
///
/// ```
/// use contrastive_learn::views::ImageViews;
/// use contrastive_learn::random::Random;
///
/// let views = ImageViews { mirror: 1.0, ..ImageViews::default() };
/// let mut image = [0.1, 0.2, 0.3, 0.4];
/// views.apply(2, &mut Random::new(1, "augmentation"), &mut image, &mut vec![0.0; ImageViews::scratch(2)]);
/// assert_eq!(image, [0.2, 0.1, 0.4, 0.3]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ImageViews {
    /// The image moves by up to so many pixels right or left, and up or down.
    pub shift: f32,
    /// A square is cut out and enlarged to the whole image. Its side is between 1 - `crop` and 1 of the image's; it lies anywhere inside.
    /// Below 1.
    pub crop: f32,
    /// The image is turned about its middle by up to so many degrees either way.
    pub spin: f32,
    /// Probability of a turn by 90°, 180° or 270°, each as likely.
    pub turn: f32,
    /// Probability that left and right are exchanged.
    pub mirror: f32,
    /// Side of a square, rounded to whole pixels, that is set to the background, 0. It lies anywhere inside.
    pub erase: f32,
    /// Standard deviation of the noise on every pixel, which is nearly normal ([`Random::add_nearly_normal`]).
    pub grain: f32,
    /// Every pixel is multiplied by 1 plus up to so much either way, then raised by up to half as much either way.
    pub contrast: f32,
    /// The image is blurred by a Gaussian whose standard deviation is up to so many pixels.
    pub blur: f32,
}

impl ImageViews {
    /// Returns how many numbers of working memory [`Self::apply`] needs for images of this side.
    pub const fn scratch(side: usize) -> usize {
        (side + 3) * (side + 3)
    }

    /// Returns whether a view is the image itself.
    pub fn is_off(&self) -> bool {
        let Self { shift, crop, spin, turn, mirror, erase, grain, contrast, blur } = *self;
        [shift, crop, spin, turn, mirror, erase, grain, contrast, blur].iter().all(|amount| *amount <= 0.0)
    }

    /// Makes a view of the `side * side` pixels of `image`, in place. `scratch` must be at least [`Self::scratch`] long. What lies outside
    /// the image is background, 0. A view is not clamped to 0..1: clamping would cut away what brightness and grain add.
    pub fn apply(&self, side: usize, random: &mut Random, image: &mut [f32], scratch: &mut [f32]) {
        let map = self.map(side, random);
        if map != Map::IDENTITY {
            map.sample(side, image, scratch);
        }
        if self.blur > 0.0 {
            blur(self.blur * random.uniform(), side, image, scratch);
        }
        if self.contrast > 0.0 {
            let factor = 1.0 + self.contrast * random.symmetric();
            let brightness = 0.5 * self.contrast * random.symmetric();
            for pixel in image.iter_mut() {
                *pixel = factor * *pixel + brightness;
            }
        }
        if self.grain > 0.0 {
            random.add_nearly_normal(self.grain, image);
        }
        let erased = (self.erase.max(0.0).round() as usize).min(side);
        if erased > 0 {
            let (left, top) = (random.below(side - erased + 1), random.below(side - erased + 1));
            for row in image.chunks_exact_mut(side).skip(top).take(erased) {
                row[left..left + erased].fill(0.0);
            }
        }
    }

    /// Draws the map of one view.
    fn map(&self, side: usize, random: &mut Random) -> Map {
        // Each step comes before those already there: from the view's pixel it is the last on the way to the image.
        let mut map = Map::IDENTITY;
        if self.crop > 0.0 {
            let share = 1.0 - self.crop * random.uniform();
            let room = 0.5 * side as f32 * (1.0 - share);
            map = Map { xx: share, yy: share, x: room * random.symmetric(), y: room * random.symmetric(), ..map };
        }
        if self.spin > 0.0 {
            let angle = self.spin.to_radians() * random.symmetric();
            map.turn(libm::cosf(angle), libm::sinf(angle));
        }
        if self.turn > 0.0 {
            // The second number is drawn in any case, so that the probability alone does not change what follows.
            let (turns, quarters) = (random.uniform() < self.turn, random.below(3));
            if turns {
                let (cos, sin) = [(0.0, 1.0), (-1.0, 0.0), (0.0, -1.0)][quarters];
                map.turn(cos, sin);
            }
        }
        if self.mirror > 0.0 && random.uniform() < self.mirror {
            map.xx = -map.xx;
            map.yx = -map.yx;
        }
        if self.shift > 0.0 {
            let (right, down) = (self.shift * random.symmetric(), self.shift * random.symmetric());
            map.x -= map.xx * right + map.xy * down;
            map.y -= map.yx * right + map.yy * down;
        }
        map
    }
}

/// The map from a place in the view to the place in the image that is seen there: (x, y) from the middle, in pixels, y downwards, goes to
/// (`xx` x + `xy` y + `x`, `yx` x + `yy` y + `y`).
#[derive(Clone, Copy, Debug, PartialEq)]
struct Map {
    xx: f32,
    xy: f32,
    yx: f32,
    yy: f32,
    x: f32,
    y: f32,
}

impl Map {
    const IDENTITY: Self = Self { xx: 1.0, xy: 0.0, yx: 0.0, yy: 1.0, x: 0.0, y: 0.0 };

    /// Turns the view clockwise about its middle by the angle with this cosine and sine.
    fn turn(&mut self, cos: f32, sin: f32) {
        (self.xx, self.xy) = (self.xx * cos - self.xy * sin, self.xx * sin + self.xy * cos);
        (self.yx, self.yy) = (self.yx * cos - self.yy * sin, self.yx * sin + self.yy * cos);
    }

    /// Replaces the image by the view, each pixel bilinear between its four neighbours in the image.
    fn sample(&self, side: usize, image: &mut [f32], scratch: &mut [f32]) {
        // A margin of background, one wide before and two after the image: places outside are moved into it, and no pixel has to ask
        // whether its neighbours exist.
        let width = side + 3;
        let padded = &mut scratch[..width * width];
        padded.fill(0.0);
        for (row, pixels) in padded.chunks_exact_mut(width).skip(1).zip(image.chunks_exact(side)) {
            row[1..=side].copy_from_slice(pixels);
        }
        let middle = 0.5 * side as f32 - 0.5;
        let last = side as f32 + 1.0;
        for (row, pixels) in image.chunks_exact_mut(side).enumerate() {
            let y = row as f32 - middle;
            // Counted from the margin's corner.
            let (start_x, start_y) = (self.xy * y + self.x + middle + 1.0, self.yy * y + self.y + middle + 1.0);
            for (column, pixel) in pixels.iter_mut().enumerate() {
                let x = column as f32 - middle;
                let place_x = (self.xx * x + start_x).clamp(0.0, last);
                let place_y = (self.yx * x + start_y).clamp(0.0, last);
                let (left, top) = (place_x as usize, place_y as usize);
                let (right_share, low_share) = (place_x - left as f32, place_y - top as f32);
                let corner = top * width + left;
                let (high, low) = (&padded[corner..corner + 2], &padded[corner + width..corner + width + 2]);
                let high = high[0] + right_share * (high[1] - high[0]);
                let low = low[0] + right_share * (low[1] - low[0]);
                *pixel = high + low_share * (low - high);
            }
        }
    }
}

/// Blurs the image by a Gaussian with this standard deviation, in pixels: first along the rows, then along the columns.
fn blur(deviation: f32, side: usize, image: &mut [f32], scratch: &mut [f32]) {
    // Beyond three standard deviations there is nothing to see.
    let reach = ((3.0 * deviation).ceil() as usize).min(REACH).min(side - 1);
    let mut weights = [0.0; REACH + 1];
    weights[0] = 1.0;
    let mut sum = 1.0;
    for lag in 1..=reach {
        let ratio = lag as f32 / deviation;
        weights[lag] = libm::expf(-0.5 * ratio * ratio);
        sum += 2.0 * weights[lag];
    }
    let weights = weights.map(|weight| weight / sum);
    let rows = &mut scratch[..side * side];
    for (row, pixels) in rows.chunks_exact_mut(side).zip(image.chunks_exact(side)) {
        spread(&weights[..=reach], 1, pixels, row);
    }
    spread(&weights[..=reach], side, rows, image);
}

/// Writes into `to` the sum of `from` and its copies moved by one `step`, two and so on either way, each with its weight.
fn spread(weights: &[f32], step: usize, from: &[f32], to: &mut [f32]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to = weights[0] * from;
    }
    for (lag, weight) in weights.iter().enumerate().skip(1) {
        let lag = lag * step;
        let kept = from.len() - lag;
        for (to, from) in to[lag..].iter_mut().zip(&from[..kept]) {
            *to += weight * from;
        }
        for (to, from) in to[..kept].iter_mut().zip(&from[lag..]) {
            *to += weight * from;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIDES: [usize; 3] = [8, 12, 16];

    /// A view by the `item`th random numbers.
    fn view(views: ImageViews, side: usize, image: &[f32], item: u32) -> Vec<f32> {
        let mut view = image.to_vec();
        // What an earlier image left in the scratch must not matter.
        let mut scratch = vec![f32::NAN; ImageViews::scratch(side)];
        views.apply(side, &mut Random::of_item(5, "augmentation", item), &mut view, &mut scratch);
        view
    }

    /// An image without any symmetry.
    fn noise(side: usize) -> Vec<f32> {
        let mut random = Random::new(9, "test");
        (0..side * side).map(|_| random.uniform()).collect()
    }

    /// A soft spot around (x, y), in pixels from the image's middle.
    fn spot(side: usize, x: f32, y: f32) -> Vec<f32> {
        let middle = 0.5 * side as f32 - 0.5;
        let square = |pixel: usize| {
            let (x, y) = ((pixel % side) as f32 - middle - x, (pixel / side) as f32 - middle - y);
            x * x + y * y
        };
        (0..side * side).map(|pixel| libm::expf(-0.5 * square(pixel))).collect()
    }

    /// Where an image's ink has its centre, in pixels from the image's middle.
    fn centre(side: usize, image: &[f32]) -> [f32; 2] {
        let middle = 0.5 * side as f32 - 0.5;
        let mean = |place: &dyn Fn(usize) -> usize| {
            let sum: f32 = image.iter().enumerate().map(|(pixel, ink)| (place(pixel) as f32 - middle) * ink).sum();
            sum / image.iter().sum::<f32>()
        };
        [mean(&|pixel| pixel % side), mean(&|pixel| pixel / side)]
    }

    /// Half the mean of the squared distances of the ink from its centre: the variance along one axis.
    fn spread_of(side: usize, image: &[f32]) -> f32 {
        let middle = 0.5 * side as f32 - 0.5;
        let [x, y] = centre(side, image);
        let square = |pixel: usize| {
            let (x, y) = ((pixel % side) as f32 - middle - x, (pixel / side) as f32 - middle - y);
            x * x + y * y
        };
        let sum: f32 = image.iter().enumerate().map(|(pixel, ink)| square(pixel) * ink).sum();
        0.5 * sum / image.iter().sum::<f32>()
    }

    fn turned(image: &[f32], side: usize) -> Vec<f32> {
        (0..side * side).map(|pixel| image[(side - 1 - pixel % side) * side + pixel / side]).collect()
    }

    fn near(a: &[f32], b: &[f32]) -> bool {
        a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-6)
    }

    const OFF: ImageViews =
        ImageViews { shift: 0.0, crop: 0.0, spin: 0.0, turn: 0.0, mirror: 0.0, erase: 0.0, grain: 0.0, contrast: 0.0, blur: 0.0 };

    const ALL: ImageViews =
        ImageViews { shift: 1.5, crop: 0.3, spin: 15.0, turn: 0.5, mirror: 0.5, erase: 3.0, grain: 0.1, contrast: 0.5, blur: 1.0 };

    #[test]
    fn what_is_off_draws_nothing_and_changes_nothing() {
        assert!(OFF.is_off() && OFF == ImageViews::default());
        let mut random = Random::new(5, "augmentation");
        let mut image = noise(12);
        OFF.apply(12, &mut random, &mut image, &mut []);
        assert_eq!(image, noise(12));
        assert_eq!(random.uniform(), Random::new(5, "augmentation").uniform());
        let one_each: [ImageViews; 9] = [
            ImageViews { shift: 1.0, ..OFF },
            ImageViews { crop: 0.3, ..OFF },
            ImageViews { spin: 9.0, ..OFF },
            ImageViews { turn: 1.0, ..OFF },
            ImageViews { mirror: 1.0, ..OFF },
            ImageViews { erase: 2.0, ..OFF },
            ImageViews { grain: 0.1, ..OFF },
            ImageViews { contrast: 0.5, ..OFF },
            ImageViews { blur: 1.0, ..OFF },
        ];
        for (views, draws) in one_each.iter().zip([2, 3, 1, 2, 1, 2, 144, 2, 1]) {
            assert!(!views.is_off());
            let (mut random, mut counted) = (Random::new(5, "augmentation"), Random::new(5, "augmentation"));
            let mut image = noise(12);
            views.apply(12, &mut random, &mut image, &mut vec![0.0; ImageViews::scratch(12)]);
            assert_ne!(image, noise(12), "{views:?}");
            for _ in 0..draws {
                counted.uniform();
            }
            assert_eq!(random.uniform(), counted.uniform(), "{views:?}");
        }
    }

    #[test]
    fn a_view_depends_on_its_random_numbers_only() {
        for side in SIDES {
            assert_eq!(view(ALL, side, &noise(side), 1), view(ALL, side, &noise(side), 1));
            assert_ne!(view(ALL, side, &noise(side), 1), view(ALL, side, &noise(side), 2));
            assert!(view(ALL, side, &noise(side), 1).iter().all(|pixel| pixel.is_finite()));
        }
    }

    #[test]
    fn a_turn_and_a_mirror_only_move_pixels() {
        for side in SIDES {
            let image = noise(side);
            let quarter = turned(&image, side);
            let half = turned(&quarter, side);
            let three = turned(&half, side);
            let mut seen = [0; 3];
            for item in 0..90 {
                let view = view(ImageViews { turn: 1.0, ..OFF }, side, &image, item);
                let which = [&quarter, &half, &three].iter().position(|turned| near(&view, turned));
                seen[which.expect("a turn by a multiple of 90°")] += 1;
            }
            assert!(seen.iter().all(|count| *count > 15), "{seen:?}");
            let mirrored: Vec<f32> = image.chunks_exact(side).flat_map(|row| row.iter().rev().copied()).collect();
            assert_eq!(view(ImageViews { mirror: 1.0, ..OFF }, side, &image, 0), mirrored);
            let both = ImageViews { mirror: 1.0, turn: 1.0, ..OFF };
            let mirrored_after: Vec<f32> = quarter.chunks_exact(side).flat_map(|row| row.iter().rev().copied()).collect();
            assert!((0..20).any(|item| near(&view(both, side, &image, item), &mirrored_after)), "the turn comes first");
            let some = ImageViews { mirror: 0.5, ..OFF };
            let changed = (0..400).filter(|item| view(some, side, &image, *item) != image).count();
            assert!((160..240).contains(&changed), "{changed}");
        }
    }

    #[test]
    fn a_shift_moves_the_ink_by_up_to_so_much() {
        let views = ImageViews { shift: 2.0, ..OFF };
        let mut farthest = [0f32; 2];
        for item in 0..100 {
            let view = view(views, 16, &spot(16, 0.0, 0.0), item);
            let mut random = Random::of_item(5, "augmentation", item);
            let drawn = [2.0 * random.symmetric(), 2.0 * random.symmetric()];
            let centre = centre(16, &view);
            for axis in 0..2 {
                assert!((centre[axis] - drawn[axis]).abs() < 0.02, "right and down, as drawn: {centre:?} {drawn:?}");
                farthest[axis] = farthest[axis].max(centre[axis].abs());
            }
        }
        assert!(farthest.iter().all(|far| (1.8..2.02).contains(far)), "{farthest:?}");
        // Far outside there is background only.
        let gone = (0..50).any(|item| view(ImageViews { shift: 1000.0, ..OFF }, 8, &[1.0; 64], item).iter().all(|pixel| *pixel == 0.0));
        assert!(gone);
    }

    #[test]
    fn a_shift_comes_after_the_turns_and_the_mirror() {
        let views = ImageViews { spin: 40.0, turn: 0.8, mirror: 0.5, shift: 2.0, ..OFF };
        for item in 0..100 {
            let mut random = Random::of_item(5, "augmentation", item);
            let _spin_turn_and_mirror = (random.symmetric(), random.uniform(), random.below(3), random.uniform());
            let drawn = [2.0 * random.symmetric(), 2.0 * random.symmetric()];
            let centre = centre(16, &view(views, 16, &spot(16, 0.0, 0.0), item));
            assert!((0..2).all(|axis| (centre[axis] - drawn[axis]).abs() < 0.03), "{centre:?} {drawn:?}");
        }
    }

    #[test]
    fn a_crop_enlarges_and_keeps_inside() {
        let views = ImageViews { crop: 0.5, ..OFF };
        let mut largest = 0f32;
        for item in 0..100 {
            // A square inside shows no background but the half pixel at the rim that bilinear sampling takes from outside.
            let view_of_ink = view(views, 12, &[1.0; 144], item);
            assert!(view_of_ink.iter().all(|pixel| *pixel > 0.2), "{item}");
            let view = view(views, 12, &spot(12, 0.0, 0.0), item);
            largest = largest.max(view.iter().sum::<f32>() / spot(12, 0.0, 0.0).iter().sum::<f32>());
        }
        assert!(largest > 3.0 && largest < 4.2, "an area up to four times as large: {largest}");
    }

    #[test]
    fn a_spin_turns_about_the_middle() {
        let image = spot(16, 4.0, 0.0);
        let mut farthest = 0f32;
        for item in 0..100 {
            let [x, y] = centre(16, &view(ImageViews { spin: 30.0, ..OFF }, 16, &image, item));
            assert!((length(x, y) - 4.0).abs() < 0.1);
            let drawn = 30.0 * Random::of_item(5, "augmentation", item).symmetric();
            let angle = libm::atan2f(y, x).to_degrees();
            assert!((angle - drawn).abs() < 0.5, "clockwise: {angle} {drawn}");
            farthest = farthest.max(angle.abs());
        }
        assert!((27.0..30.5).contains(&farthest), "{farthest}");
    }

    fn length(x: f32, y: f32) -> f32 {
        (x * x + y * y).sqrt()
    }

    #[test]
    fn a_blur_spreads_the_ink_and_keeps_it() {
        let image = spot(16, 0.0, 0.0);
        let (ink, before) = (image.iter().sum::<f32>(), spread_of(16, &image));
        for item in 0..50 {
            let view = view(ImageViews { blur: 1.2, ..OFF }, 16, &image, item);
            let deviation = 1.2 * Random::of_item(5, "augmentation", item).uniform();
            assert!((view.iter().sum::<f32>() / ink - 1.0).abs() < 0.01);
            // Variances add. A blur much narrower than a pixel does less, because it is cut up into pixels.
            let added = spread_of(16, &view) - before;
            assert!(
                added <= deviation * deviation + 0.02 && (deviation < 0.6 || added > 0.9 * deviation * deviation),
                "{deviation} {added}"
            );
        }
        assert!(view(ImageViews { blur: 100.0, ..OFF }, 8, &[1.0; 64], 1).iter().all(|pixel| pixel.is_finite()));
    }

    #[test]
    fn contrast_multiplies_and_raises_all_pixels_alike() {
        let image = noise(12);
        let views = ImageViews { contrast: 0.6, ..OFF };
        for item in 0..50 {
            let mut random = Random::of_item(5, "augmentation", item);
            let (factor, brightness) = (1.0 + 0.6 * random.symmetric(), 0.3 * random.symmetric());
            let expected: Vec<f32> = image.iter().map(|pixel| factor * pixel + brightness).collect();
            assert_eq!(view(views, 12, &image, item), expected);
            assert!((0.4..=1.6).contains(&factor) && brightness.abs() <= 0.3);
        }
    }

    #[test]
    fn grain_is_nearly_normal_noise() {
        for side in [7, 12] {
            let image = vec![0.0; side * side];
            let grains: Vec<f32> = (0..300).flat_map(|item| view(ImageViews { grain: 0.2, ..OFF }, side, &image, item)).collect();
            let count = grains.len() as f32;
            let mean = grains.iter().sum::<f32>() / count;
            let variance = grains.iter().map(|grain| grain * grain).sum::<f32>() / count;
            let within = grains.iter().filter(|grain| grain.abs() < 0.2).count() as f32 / count;
            assert!(mean.abs() < 0.004 && (variance / 0.04 - 1.0).abs() < 0.05, "{mean} {variance}");
            // 0.683 of a normal law.
            assert!((within - 0.668).abs() < 0.012, "{within}");
            let pairs = grains.chunks_exact(2).map(|pair| pair[0] * pair[1]).sum::<f32>() / (0.5 * count) / variance;
            assert!(pairs.abs() < 0.03, "neighbours are independent: {pairs}");
        }
    }

    #[test]
    fn erase_clears_one_square_inside() {
        let image = vec![1.0; 144];
        let mut corners = [false; 2];
        for item in 0..300 {
            let view = view(ImageViews { erase: if item % 2 == 0 { 3.0 } else { 2.6 }, ..OFF }, 12, &image, item);
            let cleared: Vec<usize> = (0..144).filter(|pixel| view[*pixel] == 0.0).collect();
            assert_eq!(cleared.len(), 9);
            assert!(cleared.iter().all(|pixel| pixel % 12 - cleared[0] % 12 < 3 && pixel / 12 - cleared[0] / 12 < 3));
            corners[0] |= cleared[0] == 0;
            corners[1] |= cleared[8] == 143;
        }
        assert_eq!(corners, [true; 2], "it reaches the corners");
        assert!(view(ImageViews { erase: 20.0, ..OFF }, 12, &image, 0).iter().all(|pixel| *pixel == 0.0));
    }

    #[test]
    fn a_view_has_the_same_bits_as_in_earlier_versions() {
        // Links that were shared depend on them.
        let view = view(ALL, 8, &noise(8), 3);
        assert_eq!([0, 9, 27, 5].map(|pixel: usize| view[pixel].to_bits()), [0x3ea7_218a, 0x3ea9_e590, 0x3ec6_b522, 0x3e8c_3e42]);
    }
}
