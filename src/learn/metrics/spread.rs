//! How far rows spread: the figures by which the papers without negatives tell collapse.

use crate::learn::matrix::Matrix;
use crate::learn::objective::norm;

/// Returns the mean standard deviation of the coordinates, first of the rows on the unit sphere, times the root of their number (1 where they
/// are spread evenly, 0 where they have collapsed; Chen and He 2021, section 4.1), then of the raw rows.
pub fn measure_spread(rows: &Matrix) -> [f32; 2] {
    let (count, width) = (rows.rows() as f64, rows.columns());
    let (mut on_sphere, mut raw) = (0.0, 0.0);
    for column in 0..width {
        let mut sums = [[0.0f64; 2]; 2];
        for row in 0..rows.rows() {
            let row = rows.row(row);
            let value = f64::from(row[column]);
            let length = f64::from(norm(row)).max(1e-12);
            for (sums, value) in sums.iter_mut().zip([value / length, value]) {
                sums[0] += value;
                sums[1] += value * value;
            }
        }
        let [sphere, plain] = sums.map(|[sum, square]| (square / count - sum / count * (sum / count)).max(0.0).sqrt());
        on_sphere += sphere;
        raw += plain;
    }
    let width = width as f64;
    [(on_sphere / width * width.sqrt()) as f32, (raw / width) as f32]
}
