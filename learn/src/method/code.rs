//! What stands between an encoder and a decoder: the code, and the way back for its gradient.

use crate::config::Code as Place;
use crate::matrix::Matrix;
use crate::random::Random;
use crate::rows::UnitRows;

/// The codes of a batch: the outputs z as they are, or on the unit sphere, or drawn from the Gaussians whose parameters the outputs are
/// (Kingma and Welling 2014, section 2.4: code = mean + deviation noise).
#[derive(Clone, Debug, Default)]
pub struct Code {
    /// The codes, [rows, width].
    pub rows: Matrix,
    /// Standard normal numbers, [rows, width]: of a variational code.
    noise: Matrix,
    /// The Gaussians' standard deviations, [rows, width].
    deviations: Matrix,
    unit: UnitRows,
}

impl Code {
    /// Draws the noise.
    pub fn draw(&mut self, rows: usize, width: usize, random: &mut Random) {
        self.noise.fit(rows, width);
        draw_normal(random, &mut self.noise);
    }

    /// Takes the outputs `z` for codes: as they are, or on the unit sphere.
    pub fn take(&mut self, place: Place, z: &Matrix) {
        let Self { rows, unit, .. } = self;
        rows.fit(z.rows(), z.columns());
        if place == Place::Sphere {
            unit.load(z);
            rows.data_mut().copy_from_slice(unit.rows.data());
        } else {
            rows.data_mut().copy_from_slice(z.data());
        }
    }

    /// Adds the derivative by the outputs to `by_z`, from that by the codes, which is overwritten.
    pub fn take_backward(&self, place: Place, by_code: &mut Matrix, by_z: &mut Matrix) {
        if place == Place::Sphere {
            self.unit.to_raw(by_code);
        }
        by_z.add(by_code);
    }

    /// Draws codes of `width` coordinates from the Gaussians whose means and log variances are the outputs `z`.
    pub fn sample(&mut self, width: usize, z: &Matrix) {
        let Self { rows, noise, deviations, .. } = self;
        rows.fit(z.rows(), width);
        deviations.fit(z.rows(), width);
        for row in 0..z.rows() {
            let (means, logs) = z.row(row).split_at(width);
            let deviations = deviations.row_mut(row);
            for (deviation, log) in deviations.iter_mut().zip(logs) {
                *deviation = libm::expf(0.5 * log);
            }
            let parts = means.iter().zip(&*deviations).zip(noise.row(row));
            for (code, ((mean, deviation), noise)) in rows.row_mut(row).iter_mut().zip(parts) {
                *code = mean + deviation * noise;
            }
        }
    }

    /// Adds the derivative by means and log variances to `by_z`, from that by the codes.
    pub fn sample_backward(&self, by_code: &Matrix, by_z: &mut Matrix) {
        for row in 0..by_code.rows() {
            let (by_means, by_logs) = by_z.row_mut(row).split_at_mut(self.rows.columns());
            for (by_mean, slope) in by_means.iter_mut().zip(by_code.row(row)) {
                *by_mean += slope;
            }
            let parts = self.deviations.row(row).iter().zip(self.noise.row(row)).zip(by_code.row(row));
            for (by_log, ((deviation, noise), slope)) in by_logs.iter_mut().zip(parts) {
                *by_log += 0.5 * slope * deviation * noise;
            }
        }
    }
}

/// Fills a matrix with standard normal numbers, row by row.
pub fn draw_normal(random: &mut Random, numbers: &mut Matrix) {
    for row in 0..numbers.rows() {
        for value in numbers.row_mut(row) {
            *value = random.normal();
        }
    }
}
