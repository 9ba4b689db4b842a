//! The two terms of an autoencoder's loss: how far what a decoder rebuilds is from what it should be, and how far codes are from a prior.

use crate::matrix::Matrix;

/// Returns the sum over all rows and coordinates of (r - x)^2, r a row of `rebuilt` and x the row that it should be. The loss changes by
/// `slope` times the change of that sum; its derivative by `rebuilt` is written to `by_rebuilt`.
pub fn squared_error<'a>(rebuilt: &Matrix, wanted: impl Fn(usize) -> &'a [f32], slope: f64, by_rebuilt: &mut Matrix) -> f64 {
    let twice = (2.0 * slope) as f32;
    let mut total = 0.0;
    for row in 0..rebuilt.rows() {
        let mut sum = 0.0;
        for ((by, value), wanted) in by_rebuilt.row_mut(row).iter_mut().zip(rebuilt.row(row)).zip(wanted(row)) {
            let difference = value - wanted;
            sum += difference * difference;
            *by = twice * difference;
        }
        total += f64::from(sum);
    }
    total
}

/// Returns the sum over all rows of the divergence of a Gaussian from the standard normal one, KL = -1/2 sum_k (1 + ln s_k^2 - m_k^2 - s_k^2)
/// (Kingma and Welling 2014, appendix B). `parameters`, [rows, 2 `width`], has the means m and then the logarithms of the variances s^2.
/// The loss changes by `slope` times the change of that sum; its derivative is added to `by_parameters`.
pub fn divergence_from_prior(parameters: &Matrix, width: usize, slope: f64, by_parameters: &mut Matrix) -> f64 {
    let slope = slope as f32;
    let mut total = 0.0;
    for row in 0..parameters.rows() {
        let (means, logs) = parameters.row(row).split_at(width);
        let (by_means, by_logs) = by_parameters.row_mut(row).split_at_mut(width);
        let mut sum = 0.0;
        for k in 0..width {
            sum += coordinate_divergence(means[k], logs[k]);
            by_means[k] += slope * means[k];
            by_logs[k] += 0.5 * slope * libm::expm1f(logs[k]);
        }
        total += f64::from(sum);
    }
    total
}

/// Returns the divergence of one coordinate with this mean and this logarithm of the variance, in nats.
pub fn coordinate_divergence(mean: f32, log_variance: f32) -> f32 {
    // e^x - 1 - x without the difference of large numbers near 0.
    0.5 * (mean * mean + libm::expm1f(log_variance) - log_variance)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prior_itself_has_no_divergence_and_no_slope() {
        let parameters = Matrix::zeros(3, 4);
        let mut by = Matrix::zeros(3, 4);
        assert_eq!(divergence_from_prior(&parameters, 2, 1.0, &mut by), 0.0);
        assert!(by.data().iter().all(|slope| *slope == 0.0));
    }

    #[test]
    fn a_shifted_gaussian_is_half_its_squared_mean_away() {
        let parameters = Matrix::from_rows(&[3.0, 0.0], 2);
        let mut by = Matrix::zeros(1, 2);
        assert!((divergence_from_prior(&parameters, 1, 2.0, &mut by) - 4.5).abs() < 1e-6);
        assert_eq!(by.row(0), [6.0, 0.0]);
    }
}
