//! Matrix products, in blocks: a tile of the result stays in registers, and its operands stay in the cache.

use super::{Instructions, Lanes, load, splat, vectors, vectors_mut, with_instructions};
use crate::matrix::{LANES, Matrix};
use fearless_simd::prelude::*;
use fearless_simd::{Simd, f32x8};

/// Rows of a tile. A row of a tile takes two registers, so that a tile has eight independent sums: enough to hide the latency of an
/// addition, and few enough to leave registers for the operands.
const TILE: usize = 4;
/// Rows of a block. All column tiles of a block are computed before the next block starts. A block of the widest layer fits into the
/// first-level cache.
const BLOCK: usize = 32;

/// Computes `output = input * weights + bias`.
///
/// `input` is [rows, k], `weights` holds k rows of `stride` numbers, `bias` holds `stride` numbers, and `output` is [rows, n] with
/// padded(n) = stride. Each element is summed over k in ascending order, starting from the bias.
pub fn multiply(instructions: Instructions, input: &Matrix, weights: &[f32], bias: &[f32], output: &mut Matrix) {
    debug_assert_eq!(weights.len(), input.columns() * output.stride());
    let (weights, bias) = (vectors(weights), vectors(bias));
    with_instructions!(instructions, simd => multiply_blocks(simd, input, weights, bias, output));
}

/// The body of [`multiply`] for one set of instructions.
#[inline(always)]
fn multiply_blocks<S: Simd>(simd: S, input: &Matrix, weights: &[Lanes], bias: &[Lanes], output: &mut Matrix) {
    let (inner, input_stride, stride) = (input.columns(), input.stride(), output.stride());
    let inputs = input.data().chunks(BLOCK * input_stride);
    for (output, input) in output.data_mut().chunks_mut(BLOCK * stride).zip(inputs) {
        for_column_tiles(
            simd,
            stride / LANES,
            #[inline(always)]
            |start, wide| {
                let inputs = input.chunks(TILE * input_stride);
                for (output, input) in output.chunks_mut(TILE * stride).zip(inputs) {
                    let input = Rows { values: input, stride: input_stride, length: inner };
                    if wide {
                        multiply_tile::<S, 2>(simd, &input, weights, bias, start, output);
                    } else {
                        multiply_tile::<S, 1>(simd, &input, weights, bias, start, output);
                    }
                }
            },
        );
    }
}

/// Consecutive rows of a matrix: `length` numbers each, starting every `stride` numbers.
struct Rows<'a> {
    values: &'a [f32],
    stride: usize,
    length: usize,
}

/// Splits `columns` vectors into tiles and calls `work` for each with the tile's first vector, and true if the tile is two vectors wide.
///
/// A tile is two vectors wide where a vector of eight lanes is one register, and one vector wide where it is two registers.
#[inline(always)]
fn for_column_tiles<S: Simd>(_: S, columns: usize, mut work: impl FnMut(usize, bool)) {
    let mut start = 0;
    if S::f32s::LEN >= LANES {
        while start + 2 <= columns {
            work(start, true);
            start += 2;
        }
    }
    while start < columns {
        work(start, false);
        start += 1;
    }
}

/// Loads the first `WIDTH` vectors of a row.
#[inline(always)]
fn load_all<S: Simd, const WIDTH: usize>(simd: S, row: &[Lanes]) -> [f32x8<S>; WIDTH] {
    let row = &row[..WIDTH];
    let mut all = [splat(simd, 0.0); WIDTH];
    for v in 0..WIDTH {
        all[v] = load(simd, &row[v]);
    }
    all
}

/// Adds `values[row] * weights` to the sums of each row.
#[inline(always)]
fn add_products<S: Simd, const ROWS: usize, const WIDTH: usize>(
    sums: &mut [[f32x8<S>; WIDTH]; ROWS],
    values: [f32; ROWS],
    weights: [f32x8<S>; WIDTH],
) {
    for row in 0..ROWS {
        let value = splat(weights[0].token(), values[row]);
        for v in 0..WIDTH {
            sums[row][v] += value * weights[v];
        }
    }
}

/// Computes one tile of [`multiply`]: the `WIDTH` vectors of columns from `start` on, of the at most [`TILE`] rows in `output`.
#[inline(always)]
fn multiply_tile<S: Simd, const WIDTH: usize>(
    simd: S,
    input: &Rows<'_>,
    weights: &[Lanes],
    bias: &[Lanes],
    start: usize,
    output: &mut [f32],
) {
    let columns = bias.len();
    let output = vectors_mut(output);
    let rows = output.len() / columns;
    // If fewer than `TILE` rows are left, the last one is read again for each missing one; the results are not written.
    let row = |row: usize| &input.values[row.min(rows - 1) * input.stride..][..input.length];
    let mut sums = [load_all::<S, WIDTH>(simd, &bias[start..]); TILE];
    // Zipped iterators leave the loop with one counter and only the weights' bounds to check.
    let values = row(0).iter().zip(row(1)).zip(row(2)).zip(row(3));
    for ((((a, b), c), d), weights) in values.zip(weights.chunks_exact(columns)) {
        add_products(&mut sums, [*a, *b, *c, *d], load_all::<S, WIDTH>(simd, &weights[start..]));
    }
    for (output, sums) in output.chunks_exact_mut(columns).zip(sums) {
        for v in 0..WIDTH {
            output[start + v] = *sums[v];
        }
    }
}

/// Adds `left^T * right` to `output`.
///
/// `left` is [rows, k], `right` is [rows, n], and `output` holds k rows of padded(n) numbers. Each element is summed over the rows in
/// ascending order.
pub fn multiply_transposed(instructions: Instructions, left: &Matrix, right: &Matrix, output: &mut [f32]) {
    let output = vectors_mut(output);
    with_instructions!(instructions, simd => multiply_transposed_blocks(simd, left, right, output));
}

/// The body of [`multiply_transposed`] for one set of instructions.
#[inline(always)]
fn multiply_transposed_blocks<S: Simd>(simd: S, left: &Matrix, right: &Matrix, output: &mut [Lanes]) {
    let (inner, columns) = (left.columns(), right.stride() / LANES);
    let rights = vectors(right.data()).chunks(BLOCK * columns);
    for (left_block, right_block) in left.data().chunks(BLOCK * left.stride()).zip(rights) {
        let left_block = Rows { values: left_block, stride: left.stride(), length: inner };
        for tile in (0..inner).step_by(TILE) {
            for_column_tiles(
                simd,
                columns,
                #[inline(always)]
                |start, wide| match (inner - tile, wide) {
                    (1, false) => transposed_tile::<S, 1, 1>(simd, &left_block, tile, right_block, columns, start, output),
                    (2, false) => transposed_tile::<S, 2, 1>(simd, &left_block, tile, right_block, columns, start, output),
                    (3, false) => transposed_tile::<S, 3, 1>(simd, &left_block, tile, right_block, columns, start, output),
                    (_, false) => transposed_tile::<S, TILE, 1>(simd, &left_block, tile, right_block, columns, start, output),
                    (1, true) => transposed_tile::<S, 1, 2>(simd, &left_block, tile, right_block, columns, start, output),
                    (2, true) => transposed_tile::<S, 2, 2>(simd, &left_block, tile, right_block, columns, start, output),
                    (3, true) => transposed_tile::<S, 3, 2>(simd, &left_block, tile, right_block, columns, start, output),
                    (_, true) => transposed_tile::<S, TILE, 2>(simd, &left_block, tile, right_block, columns, start, output),
                },
            );
        }
    }
}

/// Adds one block of rows to a tile of [`multiply_transposed`]: `TALL` rows of `output` from `tile` on, `WIDTH` vectors from `start` on.
#[inline(always)]
fn transposed_tile<S: Simd, const TALL: usize, const WIDTH: usize>(
    simd: S,
    left: &Rows<'_>,
    tile: usize,
    right: &[Lanes],
    columns: usize,
    start: usize,
    output: &mut [Lanes],
) {
    let mut sums = [[splat(simd, 0.0); WIDTH]; TALL];
    for k in 0..TALL {
        sums[k] = load_all::<S, WIDTH>(simd, &output[(tile + k) * columns + start..]);
    }
    for (left, right) in left.values.chunks_exact(left.stride).zip(right.chunks_exact(columns)) {
        let mut factors = [0.0; TALL];
        factors.copy_from_slice(&left[tile..tile + TALL]);
        add_products(&mut sums, factors, load_all::<S, WIDTH>(simd, &right[start..]));
    }
    for k in 0..TALL {
        for v in 0..WIDTH {
            output[(tile + k) * columns + start + v] = *sums[k][v];
        }
    }
}

/// Adds the sum of the rows of `matrix`, [rows, n], to `output`, which holds padded(n) numbers. Rows are added in ascending order.
pub fn add_column_sums(instructions: Instructions, matrix: &Matrix, output: &mut [f32]) {
    let columns = matrix.stride() / LANES;
    let values = vectors(matrix.data());
    with_instructions!(instructions, simd => {
        let mut start = 0;
        for output in vectors_mut(output).chunks_mut(TILE) {
            match output.len() {
                TILE => column_sums::<_, TILE>(simd, values, columns, start, output),
                _ => for (column, output) in output.chunks_mut(1).enumerate() {
                    column_sums::<_, 1>(simd, values, columns, start + column, output);
                },
            }
            start += TILE;
        }
    });
}

/// Computes [`add_column_sums`] for the `WIDTH` vectors of columns from `start` on.
#[inline(always)]
fn column_sums<S: Simd, const WIDTH: usize>(simd: S, values: &[Lanes], columns: usize, start: usize, output: &mut [Lanes]) {
    let mut sums = load_all::<S, WIDTH>(simd, output);
    for row in values.chunks_exact(columns) {
        let row = load_all::<S, WIDTH>(simd, &row[start..]);
        for v in 0..WIDTH {
            sums[v] += row[v];
        }
    }
    for v in 0..WIDTH {
        output[v] = *sums[v];
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
        let shapes = [(1, 1, 1), (2, 3, 5), (3, 16, 8), (7, 9, 17), (9, 6, 64), (33, 2, 24), (66, 21, 40)];
        for (instructions, (rows, inner, columns)) in
            [Instructions::best(), Instructions::baseline()].into_iter().flat_map(|v| shapes.map(|shape| (v, shape)))
        {
            let (input, weights, bias) = (filled(rows, inner, 0.1), filled(inner, columns, 0.5), filled(1, columns, 0.9));
            let mut output = Matrix::zeros(rows, columns);
            multiply(instructions, &input, weights.data(), bias.data(), &mut output);
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
            multiply_transposed(instructions, &input, &right, product.data_mut());
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
