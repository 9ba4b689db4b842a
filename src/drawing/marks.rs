//! Sizes and strengths of the points' marks.

/// The most points whose marks have the first size, and the second.
const MANY: [usize; 2] = [1500, 4000];

/// Half the side of a mark on a sphere of this radius: the more points, the smaller.
///
/// Sizes and lengths are in the units of a window's screen, its points.
pub fn size_on_sphere(points: usize, radius: f32) -> f32 {
    of_number(points, [4.2, 3.4, 2.6]) * (radius / 190.0).clamp(0.6, 1.5).sqrt()
}

/// Half the side of a mark on a plane of which half a side is so long.
pub fn size_on_plane(points: usize, half_side: f32) -> f32 {
    of_number(points, [3.6, 2.8, 2.0]) * (half_side / 160.0).clamp(0.6, 1.3).sqrt()
}

fn of_number(points: usize, [few, many, most]: [f32; 3]) -> f32 {
    if points > MANY[1] {
        most
    } else if points > MANY[0] {
        many
    } else {
        few
    }
}

/// The share of its size that a mark has at a depth, from -1 at the back to 1 at the front.
pub fn share_at(depth: f32) -> f32 {
    if depth < 0.0 { 0.78 } else { 0.86 + 0.14 * depth }
}

/// The share of its colour that a mark has at a depth; the rest shows what is behind it.
pub fn strength_at(depth: f32) -> f32 {
    if depth < 0.0 { 0.25 } else { 0.62 + 0.38 * depth }
}

/// A key's ring: its radius and strength at an age from 0 to 1, for points of this size.
pub fn ring(age: f32, size: f32) -> (f32, f32) {
    (size * (1.25 - 0.65 * age), 0.95 - 0.75 * age)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_smaller_where_there_are_more_and_behind() {
        for size in [size_on_sphere, size_on_plane] {
            let [few, many, most] = [1000, 2000, 5000].map(|points| size(points, 170.0));
            assert!(few > many && many > most && most > 1.0);
            assert!(size(1000, 20.0) > 0.5 * few && size(1000, 2000.0) < 2.0 * few, "never too small, never too large");
        }
        assert!(share_at(-0.01) < share_at(0.0) && share_at(0.0) < share_at(1.0));
        assert!(strength_at(-0.01) < strength_at(0.0) && strength_at(0.0) < strength_at(1.0));
    }
}
