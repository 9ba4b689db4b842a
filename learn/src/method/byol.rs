//! BYOL (Grill et al. 2020): a predictor behind z predicts what a slow copy of the networks says of the other view. No negatives.

use super::{Backward, Forward, Method, Rows, Wiring, explain_prediction};
use crate::config::Config;
use crate::matrix::Matrix;
use crate::objective::{Formula, Kind, Objective, Prediction, Terms};
use crate::random::Random;
use crate::reasons::Reasons;
use crate::state::{Plan, State};
use crate::views::Batch;

/// The method's working memory.
#[derive(Clone, Debug, Default)]
pub struct Byol {
    prediction: Prediction,
}

impl Method for Byol {
    fn wiring(&self, _: &Config) -> Wiring {
        Wiring { predicts: true, target: Some(Rows::Both), stops: true, passes_views_apart: true, ..Wiring::PLAIN }
    }

    fn begin(&mut self, _: &Forward<'_>, _: &mut Objective) {}

    #[inline(never)]
    fn advance(
        &mut self,
        forward: &Forward<'_>,
        _: &mut Objective,
        _: &mut Random,
        _: usize,
        backward: &mut Backward<'_>,
    ) -> Option<Terms> {
        // The mean over the batch of 2 - 2 cos, both directions added.
        let pairs = forward.p.rows() as f64 / 2.0;
        let (cosine, measures) = self.prediction.predict(forward.p, forward.target, -2.0 / pairs, backward.by_p, None);
        Some(Terms { loss: (4.0 - 4.0 * cosine) as f32, measures, ..Terms::default() })
    }

    fn commit(&mut self, config: &Config, _: &Plan, _: &Batch, _: &Matrix, _: &Matrix, state: &mut State) {
        state.follow(config.ema);
    }

    fn explain(&mut self, forward: &Forward<'_>, _: &Objective, reasons: &mut Reasons) {
        explain_prediction(forward, forward.target, 2.0 / (forward.p.rows() as f32 / 2.0), false, |cosine| 2.0 - 2.0 * cosine, reasons);
    }

    fn headline(&self, _: &Config) -> &'static str {
        "std"
    }

    fn formula(&self, config: &Config) -> Formula {
        Formula { normalised: true, kind: Kind::Prediction { pairs: config.batch as usize, slow: true, stops: true } }
    }
}
