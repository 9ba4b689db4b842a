//! BYOL (Grill et al. 2020, arXiv 2006.07733): a predictor behind z predicts what a momentum copy of the networks says of the other view. No
//! negatives.

use super::explain::{OTHER_NETWORKS, compare_prediction, explain_prediction, prediction_constant, why_prediction};
use super::joint::{Compared, Siamese};
use super::{Evaluated, Found, GivenRows, Method, Outputs, Run, Streams, given};
use crate::config::Config;
use crate::objective::Prediction;
use crate::report::{About, AlarmKind, Formula, Kind, Line, Quantities, Reasons, Rule, Telling, Terms, WhyAsked};
use crate::state::{Plan, State, Views, Wiring};
use crate::views::Batch;

/// The method's working memory.
#[derive(Clone, Debug, Default)]
pub struct Byol {
    net: Siamese,
    loss: Prediction,
}

/// The mean over the batch of 2 - 2 cos(p, z'), both directions added (eq. 2). No gradient goes to z'.
fn loss(prediction: &mut Prediction, rows: &mut Compared<'_>) -> Terms {
    let pairs = rows.p.rows() as f64 / 2.0;
    let (cosine, measures) = prediction.predict(rows.p, rows.target, -2.0 / pairs, rows.by_p, None);
    Terms { loss: (4.0 - 4.0 * cosine) as f32, measures, ..Terms::default() }
}

impl Method for Byol {
    const ABOUT: About = About {
        headline: "std",
        alarms: &[Rule { kind: AlarmKind::PredictionConstant, check: prediction_constant, remedies: OTHER_NETWORKS }],
        remedies: &[("collapsed", OTHER_NETWORKS)],
        ..About::PLAIN
    };

    fn wiring(_: &Config) -> Wiring {
        Wiring { predicts: true, target: Some(Views::Both), stops: true, passes_views_apart: true, ..Wiring::PLAIN }
    }

    fn forward(&mut self, run: &Run<'_>, streams: &mut Streams) {
        let Self { net, .. } = self;
        net.draw_masks(run, &mut streams.masks);
        net.encode(run); // z of both views, [2N, width]
        net.predict(run); // p of z
        net.encode_target(run); // z' of both views, by the momentum copy
    }

    #[inline(never)]
    fn evaluate(&mut self, run: &Run<'_>, streams: &mut Streams, found: &mut Found) -> Terms {
        self.forward(run, streams);
        let rows = &mut self.net.compared(run.plan);
        found.rows.load(rows.z, run.config.compared());
        let terms = loss(&mut self.loss, rows);
        self.net.backward(run, &mut found.gradient);
        terms
    }

    fn follow(&mut self, config: &Config, plan: &Plan, _: &Batch, state: &mut State) {
        self.net.commit(plan, state);
        state.update_ema(config.ema);
    }

    fn outputs(&self, plan: &Plan) -> Outputs<'_> {
        self.net.outputs(plan)
    }

    fn given(&mut self, config: &Config, rows: &GivenRows<'_>) -> Evaluated {
        given::joint(config, rows, |_, rows, _| loss(&mut self.loss, rows))
    }

    fn explain(&mut self, run: &Run<'_>, _: &Found, reasons: &mut Reasons) {
        let target = self.net.outputs(run.plan).target;
        explain_prediction(run, target, 2.0 / run.pairs() as f32, false, |cosine| 2.0 - 2.0 * cosine, reasons);
    }

    fn why(asked: &WhyAsked<'_>) -> Vec<Line> {
        why_prediction(asked, "2 − 2 · ")
    }

    fn compare(telling: &Telling<'_>) -> (&'static str, Quantities) {
        compare_prediction(telling)
    }

    fn formula(config: &Config) -> Formula {
        Formula { normalised: true, kind: Kind::Prediction { pairs: config.batch as usize, slow: true, stops: true } }
    }
}
