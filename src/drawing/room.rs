//! Which thumbnails have room.

use std::collections::HashSet;

/// The most thumbnails in a picture.
const MOST: usize = 72;

/// The points whose thumbnails have room: of those that would be nearer to one another than `apart` along both axes the one that comes first.
/// `places` are of all points, none for those that are not to be shown; what lies outside of the rectangle from `least` to `most` is not.
pub fn with_room(places: impl Iterator<Item = Option<[f32; 2]>>, apart: f32, least: [f32; 2], most: [f32; 2]) -> Vec<(u32, [f32; 2])> {
    let mut taken: HashSet<(i32, i32)> = HashSet::new();
    let mut shown: Vec<(u32, [f32; 2])> = Vec::new();
    let is_inside = |at: &[f32; 2]| (0..2).all(|axis| (least[axis]..=most[axis]).contains(&at[axis]));
    for (point, at) in (0..).zip(places) {
        let Some([x, y]) = at.filter(is_inside) else { continue };
        let cell = ((x / apart).floor() as i32, (y / apart).floor() as i32);
        let mut near = (-1..=1).flat_map(|dx| (-1..=1).map(move |dy| (cell.0 + dx, cell.1 + dy)));
        // Only those of the cells around can be too near.
        let is_free = !near.any(|cell| taken.contains(&cell))
            || shown.iter().all(|(_, other)| (other[0] - x).abs() >= apart || (other[1] - y).abs() >= apart);
        if is_free {
            taken.insert(cell);
            shown.push((point, [x, y]));
            if shown.len() == MOST {
                break;
            }
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thumbnails_never_lie_over_one_another_and_the_first_come_first() {
        let at = |k: usize| [(k * 37 % 400) as f32, (k * 91 % 400) as f32];
        let shown = with_room((0..600).map(|k| (k % 3 > 0).then(|| at(k))), 34.0, [15.0; 2], [385.0; 2]);
        assert!(shown.len() > 30 && shown.len() <= MOST, "{}", shown.len());
        for (index, (point, place)) in shown.iter().enumerate() {
            assert!(point % 3 > 0 && place.iter().all(|value| (15.0..=385.0).contains(value)));
            let is_apart = |other: &(u32, [f32; 2])| (0..2).any(|axis| (other.1[axis] - place[axis]).abs() >= 34.0);
            assert!(shown[..index].iter().all(is_apart), "{point}");
        }
        assert_eq!(
            shown[0].0,
            (0..600).find(|k| k % 3 > 0 && at(*k).iter().all(|value| (15.0..=385.0).contains(value))).expect("one") as u32
        );
    }
}
