//! The step's parts, each alone: floating-point operations a second against what the core does at most with the same instructions.

#![expect(clippy::print_stdout, reason = "a bench reports on stdout")]

use contrastive_playground::learn::kernels::{Instructions, multiply, multiply_transposed, probe};
use contrastive_playground::learn::matrix::Matrix;
use std::time::Instant;

fn main() {
    for instructions in [Instructions::best(), Instructions::baseline()] {
        let peak = rate(|| {
            let (n, r) = probe(instructions, 1_000_000);
            std::hint::black_box(r);
            n as f64
        });
        println!("{} peak {:.1} GFLOP/s", instructions.name(), peak / 1e9);
        for (rows, inner, columns) in [(64, 64, 64), (256, 2, 64), (256, 64, 64), (256, 64, 3), (1024, 64, 64), (256, 128, 128)] {
            let input = filled(rows, inner);
            let weights = filled(inner, columns);
            let bias = filled(1, columns);
            let mut output = Matrix::zeros(rows, columns);
            let flops = (2 * rows * inner * columns) as f64;
            let a = rate(|| {
                multiply(instructions, &input, weights.data(), bias.data(), &mut output);
                flops
            });
            let mut gradient = Matrix::zeros(inner, columns);
            let b = rate(|| {
                multiply_transposed(instructions, &input, &output, gradient.data_mut());
                flops
            });
            println!(
                "  {rows} x {inner} x {columns}: multiply {:.1} GFLOP/s {:.0} %, transposed {:.1} {:.0} %",
                a / 1e9,
                a / peak * 100.0,
                b / 1e9,
                b / peak * 100.0
            );
        }
    }
}

fn filled(rows: usize, columns: usize) -> Matrix {
    Matrix::from_rows(&(0..rows * columns).map(|i| (i % 97) as f32 * 0.01 - 0.5).collect::<Vec<_>>(), columns)
}

fn rate(mut work: impl FnMut() -> f64) -> f64 {
    let mut best = 0.0f64;
    for _ in 0..5 {
        let start = Instant::now();
        let mut done = 0.0;
        while start.elapsed().as_secs_f64() < 0.03 {
            for _ in 0..10 {
                done += work();
            }
        }
        best = best.max(done / start.elapsed().as_secs_f64());
    }
    best
}
