//! The directions that an embedding uses (Jing et al. 2022: dimensional collapse).

use crate::matrix::Matrix;
use nalgebra::DMatrix;

/// Rows whose variance is a smaller share of the largest possible one are in one place: on the unit sphere no farther apart than a
/// hundredth of its radius.
const ONE_PLACE: f64 = 1e-4;

/// Principal directions of an embedding.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Spectrum {
    /// Eigenvalues of the covariance, largest first: the variance along each principal direction.
    pub eigenvalues: Vec<f32>,
    /// Total variance as a share of the largest possible one, that of rows of the same lengths about the origin: 1 for rows spread evenly
    /// over the sphere, 0 for rows in one place.
    pub spread: f32,
    /// e to the entropy of the eigenvalues' shares: how many directions are in use (Roy and Vetterli 2007, on the
    /// covariance). None where all rows are in one place: what is left there says nothing of an embedding.
    pub effective_rank: Option<f32>,
    /// The first three directions (two in two dimensions), each as long as the dimension, one behind the other.
    pub directions: Vec<f32>,
    /// Share of the variance along the first three directions.
    pub explained: Vec<f32>,
    /// Mean squared length of the rows: the largest possible total variance.
    pub largest_variance: f32,
}

impl Spectrum {
    /// Analyses the rows; each direction points to the side where `previous` (if of the same shape) pointed, so that
    /// a picture along it does not flip from one snapshot to the next.
    pub fn new(rows: &Matrix, previous: &Self) -> Self {
        let (count, dimension) = (rows.rows() as f64, rows.columns());
        let mut means = vec![0.0f64; dimension];
        for row in 0..rows.rows() {
            for (mean, value) in means.iter_mut().zip(rows.row(row)) {
                *mean += f64::from(*value) / count;
            }
        }
        let squares = (0..rows.rows()).flat_map(|row| rows.row(row)).map(|value| f64::from(*value) * f64::from(*value));
        let largest_variance = squares.sum::<f64>() / count;
        let mut covariance = DMatrix::<f64>::zeros(dimension, dimension);
        for row in 0..rows.rows() {
            let row = rows.row(row);
            for i in 0..dimension {
                for j in 0..=i {
                    covariance[(i, j)] += (f64::from(row[i]) - means[i]) * (f64::from(row[j]) - means[j]) / count;
                }
            }
        }
        covariance.fill_upper_triangle_with_lower_triangle();
        let decomposition = covariance.symmetric_eigen();
        let mut order: Vec<usize> = (0..dimension).collect();
        order.sort_by(|a, b| decomposition.eigenvalues[*b].total_cmp(&decomposition.eigenvalues[*a]));
        let eigenvalues: Vec<f64> = order.iter().map(|i| decomposition.eigenvalues[*i].max(0.0)).collect();
        let total: f64 = eigenvalues.iter().sum();
        let shares = eigenvalues.iter().map(|value| if total > 0.0 { value / total } else { 0.0 });
        let entropy: f64 = shares.clone().filter(|share| *share > 0.0).map(|share| -share * libm::log(share)).sum();
        let shown = dimension.min(3);
        let mut directions = Vec::with_capacity(shown * dimension);
        for (place, column) in order.iter().take(shown).enumerate() {
            let direction: Vec<f32> = decomposition.eigenvectors.column(*column).iter().map(|value| *value as f32).collect();
            let before = previous.directions.get(place * dimension..(place + 1) * dimension);
            let along: f32 = match before {
                Some(before) if previous.eigenvalues.len() == dimension => before.iter().zip(&direction).map(|(a, b)| a * b).sum(),
                _ => direction.iter().sum(),
            };
            directions.extend(direction.iter().map(|value| if along < 0.0 { -value } else { *value }));
        }
        let spread = if largest_variance > 0.0 { total / largest_variance } else { 0.0 };
        Self {
            spread: spread as f32,
            largest_variance: largest_variance as f32,
            eigenvalues: eigenvalues.iter().map(|value| *value as f32).collect(),
            effective_rank: (spread >= ONE_PLACE).then(|| libm::exp(entropy) as f32),
            directions,
            explained: shares.take(shown).map(|share| share as f32).collect(),
        }
    }
}

impl Spectrum {
    /// Each eigenvalue as a share of the largest possible total variance.
    pub fn shares(&self) -> impl Iterator<Item = f32> + '_ {
        self.eigenvalues.iter().map(|value| if self.largest_variance > 0.0 { value / self.largest_variance } else { 0.0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variance_along_one_axis_is_rank_one_and_even_variance_is_full_rank() {
        let line: Vec<f32> = (0..50).flat_map(|i| [i as f32 - 24.5, 0.0, 0.0, 0.0]).collect();
        let spectrum = Spectrum::new(&Matrix::from_rows(&line, 4), &Spectrum::default());
        assert!(spectrum.effective_rank.is_some_and(|rank| (rank - 1.0).abs() < 1e-6));
        assert!((spectrum.directions[0].abs() - 1.0).abs() < 1e-6);
        let corners: Vec<f32> = (0..4)
            .flat_map(|i| (0..4).flat_map(move |k| [1.0, -1.0].map(|s| (i, k, s))))
            .filter(|(i, k, _)| i == k)
            .flat_map(|(i, _, s)| (0..4).map(move |k| if k == i { s } else { 0.0 }))
            .collect();
        let spectrum = Spectrum::new(&Matrix::from_rows(&corners, 4), &Spectrum::default());
        assert!(spectrum.effective_rank.is_some_and(|rank| (rank - 4.0).abs() < 1e-5), "{:?}", spectrum.effective_rank);
        assert!((spectrum.spread - 1.0).abs() < 1e-6 && spectrum.shares().all(|share| (share - 0.25).abs() < 1e-6));
        assert_eq!(spectrum.explained.len(), 3);
    }

    #[test]
    fn rows_in_one_place_have_no_rank_however_their_rounding_falls() {
        let rows: Vec<f32> = (0..60).flat_map(|i| [0.6 + 1e-4 * (i % 7) as f32, 0.8 - 1e-4 * (i % 3) as f32, 0.0]).collect();
        let spectrum = Spectrum::new(&Matrix::from_rows(&rows, 3), &Spectrum::default());
        assert_eq!(spectrum.effective_rank, None);
        assert!(spectrum.spread < 1e-6 && spectrum.spread > 0.0);
        let same = Spectrum::new(&Matrix::from_rows(&[1.0, 0.0].repeat(9), 2), &Spectrum::default());
        assert!(same.effective_rank.is_none() && same.spread < 1e-20);
        let zero = Spectrum::new(&Matrix::from_rows(&[0.0, 0.0].repeat(9), 2), &Spectrum::default());
        assert_eq!((zero.effective_rank, zero.spread), (None, 0.0));
    }
}
