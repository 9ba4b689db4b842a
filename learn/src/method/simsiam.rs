//! `SimSiam` (Chen and He 2021): a predictor behind z predicts the network's own z of the other view, to which no gradient goes.

use super::{Backward, Forward, Method, Wiring, explain_prediction};
use crate::config::{Config, Switch};
use crate::objective::{Formula, Kind, Objective, Prediction, Terms};
use crate::random::Random;
use crate::reasons::Reasons;

/// The method's working memory.
#[derive(Clone, Debug, Default)]
pub struct SimSiam {
    prediction: Prediction,
}

impl Method for SimSiam {
    fn wiring(&self, config: &Config) -> Wiring {
        Wiring { predicts: true, stops: config.stop == Switch::Yes, passes_views_apart: true, ..Wiring::PLAIN }
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
        let Backward { by_z, by_p, .. } = backward;
        let by_target = (forward.config.stop == Switch::No).then_some(&mut **by_z);
        let rows = forward.p.rows() as f64;
        let (cosine, measures) = self.prediction.predict(forward.p, forward.z, -1.0 / rows, by_p, by_target);
        Some(Terms { loss: -cosine as f32, measures, ..Terms::default() })
    }

    fn explain(&mut self, forward: &Forward<'_>, _: &Objective, reasons: &mut Reasons) {
        explain_prediction(forward, forward.z, 1.0 / forward.p.rows() as f32, forward.config.stop == Switch::No, |cosine| -cosine, reasons);
    }

    fn headline(&self, _: &Config) -> &'static str {
        "std"
    }

    fn formula(&self, config: &Config) -> Formula {
        let stops = config.stop == Switch::Yes;
        Formula { normalised: true, kind: Kind::Prediction { pairs: config.batch as usize, slow: false, stops } }
    }
}
