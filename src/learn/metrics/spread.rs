//! How far rows spread: the figures by which the papers without negatives tell collapse.

use crate::learn::matrix::Matrix;
use crate::learn::objective::norm;

/// The most coordinates of a row.
const WIDEST: usize = 16;

/// Returns the mean standard deviation of the coordinates, first of the rows on the unit sphere, times the root of their number (1 where they
/// are spread evenly, 0 where they have collapsed; Chen and He 2021, section 4.1), then of the raw rows. `rows` have at most 16 coordinates,
/// and of each half (a view) the first `most` rows count.
pub fn measure_spread(rows: &Matrix, most: usize) -> [f32; 2] {
    let (half, width) = (rows.rows() / 2, rows.columns().min(WIDEST));
    // Sums and sums of squares of each coordinate, on the sphere and raw.
    let mut sums = [[[0.0f64; 2]; WIDEST]; 2];
    let mut count = 0.0;
    for row in (0..rows.rows()).filter(|row| row % half.max(1) < most) {
        let row = rows.row(row);
        let length = f64::from(norm(row)).max(1e-12);
        count += 1.0;
        for (column, value) in row[..width].iter().enumerate() {
            let value = f64::from(*value);
            for (sums, value) in sums.iter_mut().zip([value / length, value]) {
                sums[column][0] += value;
                sums[column][1] += value * value;
            }
        }
    }
    let deviation = |[sum, square]: [f64; 2]| (square / count - sum / count * (sum / count)).max(0.0).sqrt();
    let [on_sphere, raw] = sums.map(|sums| sums[..width].iter().map(|sums| deviation(*sums)).sum::<f64>());
    let width = width as f64;
    [(on_sphere / width * width.sqrt()) as f32, (raw / width) as f32]
}
