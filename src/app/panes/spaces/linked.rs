//! What ties the panes together: the place under the pointer on the plane, and the plane's grid as the encoder bends it.

use crate::app::panes::side::why::WhyPane;
use crate::app::panes::spaces::thumbnails::Thumbnails;
use crate::learn::report::Snapshot;
use crate::learn::trainer::{GRID, PLANE_REACH};
use std::ops::RangeInclusive;

/// State that several panes read.
#[derive(Default)]
pub struct Linked {
    /// Why the anchor moves.
    pub why: WhyPane,
    /// Where the encoder sends the place under the pointer on the plane.
    pub ghost: Option<Vec<f32>>,
    /// The plane's grid is drawn, in both spaces.
    pub has_grid: bool,
    /// The run's images.
    pub thumbnails: Thumbnails,
}

/// Cells of the plane between which the grid is drawn: as far as the data reach.
const REACHED: RangeInclusive<usize> = {
    let middle = GRID / 2;
    let half = GRID / 2 / PLANE_REACH as usize;
    middle - half..=middle + half - 1
};
/// Cells from one line of the grid to the next.
const APART: usize = 3;

/// The lines of the grid: of each the cells it goes through, and whether it goes across.
pub fn grid_lines() -> impl Iterator<Item = (bool, Vec<usize>)> {
    let cell = |x: usize, y: usize| y * GRID + x;
    REACHED.step_by(APART).flat_map(move |fixed| {
        [(true, REACHED.map(|along| cell(along, fixed)).collect()), (false, REACHED.map(|along| cell(fixed, along)).collect())]
    })
}

/// Where the encoder sends a place of the plane, as the snapshot's cells have it: between their centres in proportion. None outside of them.
pub fn embedding_at(snapshot: &Snapshot, half_extent: f32, on_sphere: bool, [x, y]: [f32; 2]) -> Option<Vec<f32>> {
    let dim = snapshot.dim;
    let along = |value: f32| (value / (half_extent * PLANE_REACH) + 1.0) * 0.5 * GRID as f32 - 0.5;
    let (column, row) = (along(x), along(y));
    let last = (GRID - 1) as f32;
    let is_inside = (0.0..last).contains(&column) && (0.0..last).contains(&row);
    if !is_inside || snapshot.plane.len() != GRID * GRID * dim || dim == 0 {
        return None;
    }
    let (left, below) = (column as usize, row as usize);
    let (right, above) = (column.fract(), row.fract());
    let mut embedding = vec![0.0; dim];
    for (dx, dy, share) in
        [(0, 0, (1.0 - right) * (1.0 - above)), (1, 0, right * (1.0 - above)), (0, 1, (1.0 - right) * above), (1, 1, right * above)]
    {
        let cell = (below + dy) * GRID + left + dx;
        for (value, corner) in embedding.iter_mut().zip(&snapshot.plane[cell * dim..]) {
            *value += share * corner;
        }
    }
    if on_sphere {
        crate::learn::rows::normalize_row(&mut embedding);
    }
    Some(embedding)
}

#[cfg(test)]
mod tests {
    use crate::app::panes::spaces::linked::*;
    use crate::learn::rows::norm;
    use crate::learn::{Config, Trainer};

    #[test]
    fn a_place_goes_where_the_encoder_sends_it() {
        let mut trainer = Trainer::new(Config { points: 64, batch: 16, ..Config::default() }).expect("it is in range");
        for _ in 0..50 {
            trainer.step().expect("it does not diverge");
        }
        let (snapshot, scene) = (trainer.snapshot(), trainer.scene());
        for point in 0..64 {
            let place = [scene.places[2 * point], scene.places[2 * point + 1]];
            let found = embedding_at(&snapshot, scene.half_extent, true, place).expect("the data lie inside");
            let wanted = &snapshot.embeddings[3 * point..3 * point + 3];
            let apart = norm(&found.iter().zip(wanted).map(|(a, b)| a - b).collect::<Vec<f32>>());
            assert!(apart < 0.15 && (norm(&found) - 1.0).abs() < 1e-5, "point {point}: {apart}");
        }
        assert_eq!(embedding_at(&snapshot, scene.half_extent, true, [100.0 * scene.half_extent, 0.0]), None);
    }

    #[test]
    fn the_grid_has_as_many_lines_across_as_upwards() {
        let lines: Vec<_> = grid_lines().collect();
        assert_eq!(lines.iter().filter(|(across, _)| *across).count() * 2, lines.len());
        assert!(lines.len() > 12 && lines.iter().all(|(_, cells)| cells.iter().all(|cell| *cell < GRID * GRID)));
    }
}
