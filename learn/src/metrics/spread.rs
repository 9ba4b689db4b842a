//! How far rows spread: the figures by which the papers without negatives tell collapse.

use crate::matrix::Matrix;

/// The most coordinates of a row.
const WIDEST: usize = 16;

/// Returns the mean standard deviation of the coordinates, first of the rows on the unit sphere, times the root of their number (1 where they
/// are spread evenly, 0 where they have collapsed; Chen and He 2021, section 4.1), then of the raw rows. Rows that are no numbers, or too long to
/// be squared, have none. `rows` have at most 16 coordinates,
/// and of each half (a view) the first `most` rows count.
pub fn measure_spread(rows: &Matrix, most: usize) -> [f32; 2] {
    let (half, width) = (rows.rows() / 2, rows.columns().min(WIDEST));
    // Sums and sums of squares of each coordinate, on the sphere and raw.
    let mut sums = [[[0.0f64; 2]; WIDEST]; 2];
    let mut count = 0.0;
    for row in (0..rows.rows()).filter(|row| row % half.max(1) < most) {
        let row = rows.row(row);
        let length = row.iter().map(|value| f64::from(*value) * f64::from(*value)).sum::<f64>().sqrt().max(1e-12);
        count += 1.0;
        for (column, value) in row[..width].iter().enumerate() {
            let value = f64::from(*value);
            for (sums, value) in sums.iter_mut().zip([value / length, value]) {
                sums[column][0] += value;
                sums[column][1] += value * value;
            }
        }
    }
    let deviation = |[sum, square]: [f64; 2]| {
        let variance = square / count - sum / count * (sum / count);
        // Below zero by rounding only; `max` would take what is no number for 0, and that is what a collapse looks like.
        if variance < 0.0 { 0.0 } else { variance.sqrt() }
    };
    let [on_sphere, raw] = sums.map(|sums| sums[..width].iter().map(|sums| deviation(*sums)).sum::<f64>());
    let width = width as f64;
    [(on_sphere / width * width.sqrt()) as f32, (raw / width) as f32]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn even_rows_have_one_collapsed_rows_zero_and_no_numbers_none() {
        let axes = Matrix::from_rows(&[1.0, 0.0, -2.0, 0.0, 0.0, 3.0, 0.0, -4.0], 2);
        let [std, raw] = measure_spread(&axes, 9);
        assert!((std - 1.0).abs() < 1e-6 && raw > 1.0, "{std}, {raw}");
        assert_eq!(measure_spread(&Matrix::from_rows(&[0.6, 0.8].repeat(4), 2), 9), [0.0, 0.0]);
        assert_eq!(measure_spread(&axes, 1)[1], measure_spread(&Matrix::from_rows(&[1.0, 0.0, 0.0, 3.0], 2), 9)[1], "one row of each view");
        assert!(measure_spread(&Matrix::from_rows(&[f32::NAN, 1.0, 1.0, 2.0], 2), 9)[0].is_nan());
        let long = measure_spread(&Matrix::from_rows(&[1e30, 0.0, 0.0, 1e30, -1e30, 0.0, 0.0, -1e30], 2), 9);
        assert!((long[0] - 1.0).abs() < 1e-6, "long rows have directions too: {long:?}");
    }
}
