//! Rows divided by their length, and the way back for gradients.

use super::pairs::{SHORTEST, norm};
use crate::matrix::Matrix;

/// Rows on the unit sphere, with the lengths they had. A row shorter than 1e-12 has no direction: it stays as it is and has no gradient.
#[derive(Clone, Debug, Default)]
pub struct UnitRows {
    /// The rows.
    pub rows: Matrix,
    lengths: Vec<f32>,
}

impl UnitRows {
    /// Copies `raw` and divides each row by its length.
    pub fn load(&mut self, raw: &Matrix) {
        self.rows.fit(raw.rows(), raw.columns());
        self.lengths.resize(raw.rows(), 0.0);
        for row in 0..raw.rows() {
            let length = norm(raw.row(row));
            self.lengths[row] = length;
            for (unit, value) in self.rows.row_mut(row).iter_mut().zip(raw.row(row)) {
                *unit = if length > SHORTEST { value / length } else { *value };
            }
        }
    }

    /// Replaces the derivatives g by unit rows z, in `gradient`, by those by the raw rows y: (g - z (z.g)) / |y|.
    pub fn to_raw(&self, gradient: &mut Matrix) {
        for row in 0..self.rows.rows() {
            self.row_to_raw(row, gradient.row_mut(row));
        }
    }

    /// Does the same for one row.
    pub fn row_to_raw(&self, row: usize, slopes: &mut [f32]) {
        let (unit, length) = (self.rows.row(row), self.lengths[row]);
        let mut along = 0.0;
        for (slope, value) in slopes.iter().zip(unit) {
            along += slope * value;
        }
        for (slope, value) in slopes.iter_mut().zip(unit) {
            *slope = if length > SHORTEST { (*slope - value * along) / length } else { 0.0 };
        }
    }
}

/// The cosine from a dot product and the product of the lengths; 0 for a row without a direction.
pub fn cosine(product: f32, lengths: f32) -> f32 {
    if lengths > 0.0 { (product / lengths).clamp(-1.0, 1.0) } else { 0.0 }
}
