//! What stands between an encoder and a decoder: the code, and the way back for its gradient.

use super::Aim;
use crate::config::{Code as Place, Config};
use crate::matrix::Matrix;
use crate::objective::UnitRows;
use crate::random::Random;

/// The codes of a batch: the outputs z as they are, or on the unit sphere, or drawn from the Gaussians whose parameters the outputs are
/// (Kingma and Welling 2014, section 2.4: code = mean + deviation noise).
#[derive(Clone, Debug, Default)]
pub struct Code {
    /// The codes, [rows, width].
    pub rows: Matrix,
    /// Standard normal numbers: of a variational code, or a generator's inputs.
    pub noise: Matrix,
    /// The Gaussians' standard deviations, [rows, width].
    deviations: Matrix,
    unit: UnitRows,
}

impl Code {
    /// Draws the noise.
    pub fn draw(&mut self, rows: usize, width: usize, random: &mut Random) {
        self.noise.fit(rows, width);
        for row in 0..rows {
            for value in self.noise.row_mut(row) {
                *value = random.normal();
            }
        }
    }

    /// Makes codes of `width` coordinates of the outputs `z`.
    pub fn make(&mut self, config: &Config, aim: Aim, width: usize, z: &Matrix) {
        let Self { rows, noise, deviations, unit } = self;
        rows.fit(z.rows(), width);
        if aim == (Aim::Rebuilds { variational: true }) {
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
        } else if config.code == Place::Sphere {
            unit.load(z);
            rows.data_mut().copy_from_slice(unit.rows.data());
        } else {
            rows.data_mut().copy_from_slice(z.data());
        }
    }

    /// Adds the derivative by the outputs to `by_z`, from that by the codes, which is overwritten.
    pub fn go_back(&self, config: &Config, aim: Aim, by_code: &mut Matrix, by_z: &mut Matrix) {
        let width = self.rows.columns();
        let is_variational = aim == (Aim::Rebuilds { variational: true });
        if !is_variational && config.code == Place::Sphere {
            self.unit.to_raw(by_code);
        }
        for row in 0..by_code.rows() {
            let (by_means, by_logs) = by_z.row_mut(row).split_at_mut(width);
            for (by_mean, slope) in by_means.iter_mut().zip(by_code.row(row)) {
                *by_mean += slope;
            }
            if is_variational {
                let parts = self.deviations.row(row).iter().zip(self.noise.row(row)).zip(by_code.row(row));
                for (by_log, ((deviation, noise), slope)) in by_logs.iter_mut().zip(parts) {
                    *by_log += 0.5 * slope * deviation * noise;
                }
            }
        }
    }
}
