//! Matrix products, blocked so that a tile of the result stays in registers.

use super::{Lanes, load};
use crate::learn::matrix::{LANES, Matrix};

/// Rows of a tile: four rows of eight lanes are eight 128-bit registers, which leaves room for the operands.
const TILE: usize = 4;

/// `output = input * weights + bias`, for the rows `rows` of `input`.
///
/// `input` is [rows, k]; `weights` holds k rows of `stride` numbers, `bias` one such row, and `output` is
/// [rows, n] with padded(n) = stride. Each element is summed over k in ascending order, starting from the bias.
pub fn multiply(input: &Matrix, weights: &[f32], bias: &[f32], output: &mut Matrix) {
    let stride = output.stride();
    let rows = input.rows();
    let inner = input.columns();
    debug_assert_eq!(weights.len(), inner * stride);
    let input_stride = input.stride();
    for tile in (0..rows).step_by(TILE) {
        let source = &input.data()[tile * input_stride..];
        let target = &mut output.data_mut()[tile * stride..];
        match rows - tile {
            1 => multiply_tile::<1>(source, input_stride, inner, weights, bias, target, stride),
            2 => multiply_tile::<2>(source, input_stride, inner, weights, bias, target, stride),
            3 => multiply_tile::<3>(source, input_stride, inner, weights, bias, target, stride),
            _ => multiply_tile::<TILE>(source, input_stride, inner, weights, bias, target, stride),
        }
    }
}

#[inline]
fn multiply_tile<const ROWS: usize>(
    source: &[f32],
    source_stride: usize,
    inner: usize,
    weights: &[f32],
    bias: &[f32],
    target: &mut [f32],
    stride: usize,
) {
    let sources: [&[f32]; ROWS] = std::array::from_fn(|row| &source[row * source_stride..][..inner]);
    for start in (0..stride).step_by(LANES) {
        let mut sums: [Lanes; ROWS] = [load(bias, start); ROWS];
        for (k, weights) in weights.chunks_exact(stride).enumerate().take(inner) {
            let weight = load(weights, start);
            for row in 0..ROWS {
                let value = sources[row][k];
                for lane in 0..LANES {
                    sums[row][lane] += value * weight[lane];
                }
            }
        }
        for row in 0..ROWS {
            target[row * stride + start..][..LANES].copy_from_slice(&sums[row]);
        }
    }
}

/// `output += left^T * right`: [rows, k] and [rows, n] give k rows of padded(n) numbers.
///
/// Each element is summed over the rows in ascending order.
pub fn multiply_transposed(left: &Matrix, right: &Matrix, output: &mut [f32]) {
    let columns = left.columns();
    for tile in (0..columns).step_by(TILE) {
        match columns - tile {
            1 => transposed_tile::<1>(left, right, tile, output),
            2 => transposed_tile::<2>(left, right, tile, output),
            3 => transposed_tile::<3>(left, right, tile, output),
            _ => transposed_tile::<TILE>(left, right, tile, output),
        }
    }
}

#[inline]
fn transposed_tile<const COLUMNS: usize>(left: &Matrix, right: &Matrix, tile: usize, output: &mut [f32]) {
    let stride = right.stride();
    for start in (0..stride).step_by(LANES) {
        let mut sums = [[0.0; LANES]; COLUMNS];
        for (left, right) in left.data().chunks_exact(left.stride()).zip(right.data().chunks_exact(stride)) {
            let factors: &[f32] = &left[tile..tile + COLUMNS];
            let values = load(right, start);
            for column in 0..COLUMNS {
                for lane in 0..LANES {
                    sums[column][lane] += factors[column] * values[lane];
                }
            }
        }
        for column in 0..COLUMNS {
            let target = &mut output[(tile + column) * stride + start..][..LANES];
            for lane in 0..LANES {
                target[lane] += sums[column][lane];
            }
        }
    }
}

/// Adds the sum of `matrix`'s rows, in ascending order, to `output`.
pub fn add_column_sums(matrix: &Matrix, output: &mut [f32]) {
    for row in matrix.data().chunks_exact(matrix.stride()) {
        for (sum, value) in output.iter_mut().zip(row) {
            *sum += value;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(rows: usize, columns: usize, phase: f32) -> Matrix {
        let values: Vec<f32> = (0..rows * columns).map(|i| libm::sinf(phase + i as f32 * 0.7)).collect();
        Matrix::from_rows(&values, columns)
    }

    #[test]
    fn tiles_of_every_size_give_the_plain_sum() {
        for (rows, inner, columns) in [(1, 1, 1), (2, 3, 5), (3, 16, 8), (7, 9, 17), (9, 6, 64)] {
            let (input, weights, bias) = (filled(rows, inner, 0.1), filled(inner, columns, 0.5), filled(1, columns, 0.9));
            let mut output = Matrix::zeros(rows, columns);
            multiply(&input, weights.data(), bias.data(), &mut output);
            for i in 0..rows {
                for j in 0..columns {
                    let mut sum = bias.row(0)[j];
                    for k in 0..inner {
                        sum += input.row(i)[k] * weights.row(k)[j];
                    }
                    assert_eq!(output.row(i)[j].to_bits(), sum.to_bits());
                }
            }
            let right = filled(rows, columns, 1.3);
            let mut product = Matrix::zeros(inner, columns);
            multiply_transposed(&input, &right, product.data_mut());
            for k in 0..inner {
                for j in 0..columns {
                    let mut sum = 0.0;
                    for i in 0..rows {
                        sum += input.row(i)[k] * right.row(i)[j];
                    }
                    assert_eq!(product.row(k)[j].to_bits(), sum.to_bits());
                }
            }
        }
    }
}
