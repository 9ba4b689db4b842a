//! The losses of a discriminator and a generator (Goodfellow et al. 2014), from the discriminator's logits.

use crate::config::Game;
use crate::matrix::Matrix;

/// The discriminator's loss where it cannot tell, 2 ln 2: the game's equilibrium.
pub const EQUILIBRIUM: f64 = 2.0 * std::f64::consts::LN_2;

/// Returns ln(1 + e^x), exact where x is large.
fn softplus(x: f32) -> f32 {
    x.max(0.0) + libm::log1pf(libm::expf(-x.abs()))
}

/// Returns 1 / (1 + e^-x): the share of "real" that a logit stands for.
pub fn sigmoid(x: f32) -> f32 {
    if x >= 0.0 {
        1.0 / (1.0 + libm::expf(-x))
    } else {
        let power = libm::expf(x);
        power / (1.0 + power)
    }
}

/// Returns the discriminator's loss on what is real and on what is made, each the mean of a cross-entropy: -ln D(x), and -ln(1 - D(G(noise))).
/// The first `real` rows of `logits`, [rows, 1], are of real points. The derivative of the sum of both is written to `by_logits`.
pub fn discriminator_loss(logits: &Matrix, real: usize, by_logits: &mut Matrix) -> [f64; 2] {
    let mut sums = [0.0; 2];
    let counts = [real, logits.rows() - real];
    for row in 0..logits.rows() {
        let (logit, made) = (logits.row(row)[0], usize::from(row >= real));
        let wanted = if made == 0 { 1.0 } else { 0.0 };
        sums[made] += f64::from(softplus(if made == 0 { -logit } else { logit }));
        by_logits.row_mut(row)[0] = (sigmoid(logit) - wanted) / counts[made] as f32;
    }
    [0, 1].map(|made| sums[made] / counts[made].max(1) as f64)
}

/// Returns the generator's loss on the logits of what it made, [rows, 1], and writes its derivative.
pub fn generator_loss(game: Game, logits: &Matrix, by_logits: &mut Matrix) -> f64 {
    let rows = logits.rows();
    let mut sum = 0.0;
    for row in 0..rows {
        let logit = logits.row(row)[0];
        let (loss, slope) = match game {
            Game::NonSaturating => (softplus(-logit), sigmoid(logit) - 1.0),
            Game::Minimax => (-softplus(logit), -sigmoid(logit)),
        };
        sum += f64::from(loss);
        by_logits.row_mut(row)[0] = slope / rows as f32;
    }
    sum / rows as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_discriminator_that_cannot_tell_has_the_loss_of_the_equilibrium() {
        let mut by = Matrix::zeros(6, 1);
        let [real, made] = discriminator_loss(&Matrix::zeros(6, 1), 3, &mut by);
        assert!((real + made - EQUILIBRIUM).abs() < 1e-6);
        assert!((generator_loss(Game::NonSaturating, &Matrix::zeros(6, 1), &mut by) - std::f64::consts::LN_2).abs() < 1e-6);
    }

    #[test]
    fn where_the_discriminator_is_sure_only_the_non_saturating_loss_has_a_slope() {
        let logits = Matrix::from_rows(&[-40.0, -90.0], 1);
        let mut by = Matrix::zeros(2, 1);
        assert!((generator_loss(Game::NonSaturating, &logits, &mut by) - 65.0).abs() < 1e-4);
        assert!(by.row(0)[0] < -0.49 && by.row(1)[0] < -0.49);
        assert!(generator_loss(Game::Minimax, &logits, &mut by).abs() < 1e-12);
        assert!(by.row(0)[0].abs() < 1e-12);
    }
}
