//! What the encoder's hidden layers make of the plane: points and a grid after each of them, along two axes.

use super::viewer::Viewer;
use crate::matrix::Matrix;
use crate::report::{Layer, LayerAxes, LayersSeen};
use crate::rows::Spectrum;

/// Lines of the grid in each direction.
pub const GRID_LINES: usize = 9;
/// Places on a line of the grid.
pub const LINE_PLACES: usize = 33;
/// The most points that are shown: evenly spaced in the points' order.
const MOST_POINTS: usize = 1024;

impl Viewer<'_> {
    /// Looks at all hidden layers. `spectra` keep their principal directions from one look to the next; they are found anew if `measures`.
    pub(super) fn layers(&mut self, axes: LayerAxes, measures: bool, spectra: &mut Vec<Spectrum>) -> Option<LayersSeen> {
        if axes == LayerAxes::Off {
            return None;
        }
        let plane = &self.dataset.plane;
        let count = self.dataset.inputs.rows();
        let every = count.div_ceil(MOST_POINTS).max(1);
        let shown: Vec<usize> = (0..count).step_by(every).collect();
        let columns = self.dataset.inputs.columns();
        let places = 2 * GRID_LINES * LINE_PLACES;
        // The points, then the grid.
        let mut inputs = Matrix::zeros(shown.len() + places, columns);
        for (row, point) in shown.iter().enumerate() {
            inputs.row_mut(row).copy_from_slice(self.dataset.inputs.row(*point));
        }
        let at = |place: usize, of: usize| plane.half_extent * (2.0 * place as f32 / (of - 1) as f32 - 1.0);
        let mut grid = Vec::with_capacity(2 * places);
        for across in [true, false] {
            for line in 0..GRID_LINES {
                for place in 0..LINE_PLACES {
                    let (fixed, along) = (at(line, GRID_LINES), at(place, LINE_PLACES));
                    grid.extend(if across { [along, fixed] } else { [fixed, along] });
                }
            }
        }
        for (row, place) in grid.chunks_exact(2).enumerate() {
            plane.lift([place[0], place[1]], inputs.row_mut(shown.len() + row));
        }
        let input = Layer {
            units: columns,
            points: shown.iter().flat_map(|point| plane.project(self.dataset.inputs.row(*point))).collect(),
            grid,
            explained: None,
        };
        let hidden = self.plan.encoder.block_count() - 1;
        spectra.resize_with(hidden, Spectrum::default);
        let mut layers = vec![input];
        let pass = self.encode(&inputs);
        for (block, spectrum) in spectra.iter_mut().enumerate() {
            let rows = pass.output_of(block);
            let units = rows.columns();
            let points = Matrix::from_rows(&rows.to_rows()[..shown.len() * units], units);
            if axes == LayerAxes::Principal && (measures || spectrum.eigenvalues.len() != units) {
                *spectrum = Spectrum::new(&points, spectrum);
            }
            let project = |row: &[f32]| match axes {
                LayerAxes::Units(numbers) => numbers.map(|number| row[usize::from(number).min(units - 1)]),
                // A layer of one unit has one direction.
                _ => [0, 1].map(|axis| {
                    let direction = spectrum.directions.get(axis * units..(axis + 1) * units).unwrap_or_default();
                    direction.iter().zip(row).map(|(a, b)| a * b).sum()
                }),
            };
            let both = |range: std::ops::Range<usize>| range.flat_map(|row| project(rows.row(row))).collect();
            let explained = (axes == LayerAxes::Principal).then(|| spectrum.explained.iter().take(2).sum());
            layers.push(Layer { units, points: both(0..shown.len()), grid: both(shown.len()..rows.rows()), explained });
        }
        Some(LayersSeen { every, layers })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Layers;
    use crate::report::{Extras, Space};
    use crate::{Config, Trainer};

    fn seen(config: &Config, axes: LayerAxes) -> (Trainer, LayersSeen) {
        let mut trainer = Trainer::new(config.clone()).expect("valid");
        for _ in 0..20 {
            trainer.step().expect("sound");
        }
        trainer.carry(Extras { layers: axes, ..Extras::default() });
        let layers = trainer.snapshot().layers.expect("somebody looks");
        (trainer, layers)
    }

    #[test]
    fn the_outputs_are_an_affine_map_of_what_the_last_hidden_layer_shows() {
        let layers = Layers::new(&[16, 2]).expect("valid");
        let config = Config { points: 64, batch: 16, layers, ..Config::default() };
        let (mut trainer, seen) = seen(&config, LayerAxes::Units([0, 1]));
        assert_eq!(seen.layers.iter().map(|layer| layer.units).collect::<Vec<_>>(), [2, 16, 2]);
        let inputs = trainer.dataset().inputs.clone();
        let outputs = trainer.embed_raw(Space::H, &inputs);
        let hidden = |point: usize| [0, 1].map(|axis| f64::from(seen.layers[2].points[2 * point + axis]));
        // Three points of which no line goes through all.
        let area = |a: [f64; 2], b: [f64; 2], c: [f64; 2]| (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
        let triples = (0..62).flat_map(|a| (a + 1..63).map(move |b| (a, b, 63)));
        let size = |(a, b, c): &(usize, usize, usize)| area(hidden(*a), hidden(*b), hidden(*c)).abs();
        let (a, b, c) = triples.max_by(|one, other| size(one).total_cmp(&size(other))).expect("there are points");
        let whole = area(hidden(a), hidden(b), hidden(c));
        assert!(whole.abs() > 1e-3, "{whole}");
        for point in 0..64 {
            let place = hidden(point);
            let parts = [area(place, hidden(b), hidden(c)), area(hidden(a), place, hidden(c)), area(hidden(a), hidden(b), place)];
            for axis in 0..3 {
                let found: f64 =
                    parts.iter().zip([a, b, c]).map(|(part, corner)| part / whole * f64::from(outputs.row(corner)[axis])).sum();
                assert!((found - f64::from(outputs.row(point)[axis])).abs() < 1e-3, "point {point}");
            }
        }
    }

    #[test]
    fn principal_directions_show_the_most_and_points_lie_on_their_grid() {
        let config = Config { points: 2500, batch: 16, ..Config::default() };
        let (_, found) = seen(&config, LayerAxes::Principal);
        assert_eq!((found.every, found.layers[0].points.len()), (3, 2 * 834));
        for layer in &found.layers {
            assert_eq!((layer.points.len(), layer.grid.len()), (2 * 834, 4 * GRID_LINES * LINE_PLACES));
            assert!(layer.points.iter().chain(&layer.grid).all(|value| value.is_finite()));
        }
        assert!(found.layers[1..].iter().all(|layer| layer.explained.is_some_and(|share| (0.3..=1.0001).contains(&share))));
        let none = Config { layers: Layers::default(), ..config };
        assert_eq!(seen(&none, LayerAxes::Principal).1.layers.len(), 1, "a linear map has none");
    }
}
