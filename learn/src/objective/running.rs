//! The loss on pairs that runs, of the closed set of them.

use super::pair::{Asked, PairLoss};
use super::{alignuniform, infonce, siglip, triplet};
use crate::config::{Config, Loss, Similarity, for_losses};
use crate::matrix::Matrix;
use crate::random::Random;
use crate::report::{About, Formula, Line, Quantities, Reasons, Telling, Terms, WhyAsked};
use crate::rows::{Rows, Watch};

/// Declares the closed set of losses: the words of the table, and the types that implement them.
macro_rules! losses {
    ($(#[$meta:meta])* $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $word:literal in $home:path,)+ }) => {
        /// The loss that runs.
        #[derive(Clone, Debug)]
        enum Running { $($variant($home),)+ }

        impl Running {
            fn new(loss: Loss) -> Self {
                match loss { $(Loss::$variant => Self::$variant(Default::default()),)+ }
            }

            fn loss(&self) -> Loss {
                match self { $(Self::$variant(_) => Loss::$variant,)+ }
            }
        }

        /// Runs `$run` for whichever loss `$memory` is.
        macro_rules! with_running {
            ($memory:expr, $loss:ident => $run:expr) => {
                match $memory { $(Running::$variant($loss) => $run,)+ }
            };
        }

        /// Runs `$run` for the type of a loss.
        macro_rules! with_loss {
            ($of:expr, $loss:ident => $run:expr) => {
                match $of { $(Loss::$variant => { type $loss = $home; $run })+ }
            };
        }
    };
}

for_losses!(losses);

/// The loss on pairs that runs.
#[derive(Clone, Debug)]
pub struct Pair(Running);

impl Default for Pair {
    fn default() -> Self {
        Self(Running::new(Loss::InfoNce))
    }
}

impl Pair {
    /// Evaluates the loss of the configuration: see `PairLoss::evaluate`.
    pub fn evaluate(&mut self, asked: Asked<'_>, rows: &mut Rows, by_trained: &mut [f32], mut watch: Option<&mut Watch>) -> Terms {
        if self.0.loss() != asked.config.loss {
            self.0 = Running::new(asked.config.loss);
        }
        if let Some(watch) = &mut watch {
            watch.begin(rows.rows());
        }
        with_running!(&mut self.0, loss => loss.evaluate(asked, rows, by_trained, watch))
    }

    /// See `PairLoss::weights`.
    pub fn weights(&self, config: &Config, rows: &Rows, watch: &Watch, other: usize, is_positive: bool) -> [f32; 2] {
        with_running!(&self.0, loss => loss.weights(config, rows, watch, other, is_positive))
    }
}

/// What a loss says of itself.
pub fn about(loss: Loss) -> &'static About {
    with_loss!(loss, L => {
        const ABOUT: &About = &L::ABOUT;
        ABOUT
    })
}

/// See `PairLoss::BY_DIFFERENCE` and `PairLoss::HAS_LOGITS`.
pub fn traits(loss: Loss) -> [bool; 2] {
    with_loss!(loss, L => [L::BY_DIFFERENCE, L::HAS_LOGITS])
}

/// See `PairLoss::trained`.
pub fn trained(config: &Config) -> Vec<f32> {
    with_loss!(config.loss, L => L::trained(config))
}

/// See `PairLoss::settle`.
pub fn settle(config: &Config, logits: &[Option<f64>], reasons: &mut Reasons) {
    with_loss!(config.loss, L => L::settle(config, logits, reasons));
}

/// See `PairLoss::loss_at`.
pub fn loss_at(config: &Config, anchor: &[f32], others: &[f32]) -> f32 {
    with_loss!(config.loss, L => L::loss_at(config, anchor, others))
}

/// The loss of a configuration of method `pairs`, as plain data.
pub fn formula(config: &Config) -> Formula {
    let kind = with_loss!(config.loss, L => L::formula(config));
    Formula { normalised: config.similarity == Similarity::Cosine, kind }
}

/// See `PairLoss::why`.
pub fn why(asked: &WhyAsked<'_>) -> Vec<Line> {
    with_loss!(asked.config.loss, L => L::why(asked))
}

/// See `PairLoss::compare`.
pub fn compare(telling: &Telling<'_>) -> (&'static str, Quantities) {
    with_loss!(telling.config.loss, L => L::compare(telling))
}

/// A loss on pairs of rows, from the encoder's outputs to the gradient by them.
#[derive(Clone, Debug, Default)]
pub struct Objective {
    /// The rows as they are compared, and the gradient by them.
    pub rows: Rows,
    loss: Pair,
}

impl Objective {
    /// Evaluates the loss of `config` on a batch. Numbers that it trains have their first values.
    ///
    /// `outputs` is [2N, dim]: the encoder's outputs, first all views a, then all views b; `labels` has one class a
    /// row. `gradient`, of the same shape, receives the derivative by the outputs as they are, through the
    /// normalisation where rows are compared by cosine; there a row shorter than 1e-12 has no direction, is compared as it is and
    /// gets no gradient. `random` serves the random miner only.
    pub fn evaluate(&mut self, config: &Config, outputs: &Matrix, labels: &[u8], random: &mut Random, gradient: &mut Matrix) -> Terms {
        self.rows.load(outputs, config.similarity);
        let trained = trained(config);
        let asked = Asked { config, labels, trained: &trained, random };
        let terms = self.loss.evaluate(asked, &mut self.rows, &mut vec![0.0; trained.len()], None);
        self.rows.store_gradient(config.similarity, gradient);
        terms
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_anchor_amid_the_batch_has_the_loss_of_the_closed_form() {
        let config = Config { tau: 0.5, alpha: 1.0, ..Config::default() };
        let others = [1.0, 0.0, 0.0, 1.0];
        // One other in its place and one at a right angle: log(1 + 1 + e^-2).
        assert!((loss_at(&config, &[1.0, 0.0], &others) - libm::logf(2.0 + libm::expf(-2.0))).abs() < 1e-5);
        let triplet = Config { loss: Loss::Triplet, ..config.clone() };
        assert!((loss_at(&triplet, &[1.0, 0.0], &others) - 0.5).abs() < 1e-6, "hinges 1 and 0");
        let uniform = Config { loss: Loss::AlignUniform, ..config };
        assert!((loss_at(&uniform, &[1.0, 0.0], &others) - libm::logf(f32::midpoint(1.0, libm::expf(-4.0)))).abs() < 1e-5);
    }
}
