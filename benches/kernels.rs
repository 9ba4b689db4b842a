//! Measures the matrix products of a step, each alone: their floating-point operations per second, and the ratio to the highest rate
//! that the core reaches with the same instructions, measured by a probe in the same run.
//!
//! `cargo bench --bench kernels` prints one JSON line for each product and shape. Padding is computed but not counted as operations,
//! so that products with few columns have low ratios.

#![expect(clippy::print_stdout, reason = "a bench reports on stdout")]

use contrastive_playground::learn::kernels::{Instructions, multiply, multiply_transposed, probe};
use contrastive_playground::learn::matrix::Matrix;
use std::time::Instant;

/// Rows, inner dimension and columns: layers of the reference workload with 32, 128 and 512 pairs, and the widest layer.
const SHAPES: [(usize, usize, usize); 6] = [(64, 64, 64), (256, 2, 64), (256, 64, 64), (256, 64, 3), (1024, 64, 64), (256, 128, 128)];

fn main() {
    for instructions in [Instructions::best(), Instructions::baseline()] {
        let peak = rate(|| {
            let (operations, result) = probe(instructions, 1_000_000);
            std::hint::black_box(result);
            operations as f64
        });
        println!(r#"{{"instructions": "{}", "peak_gflops": {:.1}}}"#, instructions.name(), peak / 1e9);
        for (rows, inner, columns) in SHAPES {
            let (input, weights, bias) = (filled(rows, inner), filled(inner, columns), filled(1, columns));
            let mut output = Matrix::zeros(rows, columns);
            let mut gradient = Matrix::zeros(inner, columns);
            let operations = (2 * rows * inner * columns) as f64;
            let forward = rate(|| {
                multiply(instructions, &input, weights.data(), bias.data(), &mut output);
                operations
            });
            let transposed = rate(|| {
                multiply_transposed(instructions, &input, &output, gradient.data_mut());
                operations
            });
            for (name, found) in [("multiply", forward), ("multiply_transposed", transposed)] {
                println!(
                    r#"{{"kernel": "{name}", "shape": [{rows}, {inner}, {columns}], "gflops": {:.1}, "of_peak": {:.2}}}"#,
                    found / 1e9,
                    found / peak
                );
            }
        }
    }
}

/// Returns a matrix of numbers from -0.5 to 0.46.
fn filled(rows: usize, columns: usize) -> Matrix {
    Matrix::from_rows(&(0..rows * columns).map(|i| (i % 97) as f32 * 0.01 - 0.5).collect::<Vec<_>>(), columns)
}

/// Returns the operations per second of `work`, which returns the number of operations it did: the highest rate of five rounds.
fn rate(mut work: impl FnMut() -> f64) -> f64 {
    let mut best = 0.0f64;
    for _ in 0..5 {
        let start = Instant::now();
        let mut done = 0.0;
        while start.elapsed().as_secs_f64() < 0.03 {
            done += work();
        }
        best = best.max(done / start.elapsed().as_secs_f64());
    }
    best
}
