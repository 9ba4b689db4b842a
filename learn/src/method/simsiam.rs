//! `SimSiam` (Chen and He 2021, arXiv 2011.10566): a predictor behind z predicts the network's own z of the other view, to which no gradient
//! goes.

use super::explain::{OTHER_NETWORKS, compare_prediction, explain_prediction, prediction_constant, why_prediction};
use super::joint::{Compared, Siamese};
use super::{Evaluated, Found, GivenRows, Method, Outputs, Run, Streams, given};
use crate::config::{Config, Switch};
use crate::objective::Prediction;
use crate::report::{About, AlarmKind, Formula, Kind, Line, Quantities, Reasons, Rule, Telling, Terms, WhyAsked};
use crate::state::{Plan, State, Wiring};
use crate::views::Batch;

/// The method's working memory.
#[derive(Clone, Debug, Default)]
pub struct SimSiam {
    net: Siamese,
    loss: Prediction,
}

/// Minus the mean cosine of p and the other view's z (eq. 1 and 2). Without the stop a gradient goes to z, too.
fn loss(prediction: &mut Prediction, config: &Config, rows: &mut Compared<'_>) -> Terms {
    let by_target = (config.stop == Switch::No).then_some(&mut *rows.by_z);
    let (cosine, measures) = prediction.predict(rows.p, rows.z, -1.0 / rows.p.rows() as f64, rows.by_p, by_target);
    Terms { loss: -cosine as f32, measures, ..Terms::default() }
}

impl Method for SimSiam {
    const ABOUT: About = About {
        headline: "std",
        alarms: &[Rule { kind: AlarmKind::PredictionConstant, check: prediction_constant, remedies: OTHER_NETWORKS }],
        remedies: &[("collapsed", OTHER_NETWORKS)],
        ..About::PLAIN
    };

    fn wiring(config: &Config) -> Wiring {
        Wiring { predicts: true, stops: config.stop == Switch::Yes, passes_views_apart: true, ..Wiring::PLAIN }
    }

    fn forward(&mut self, run: &Run<'_>, streams: &mut Streams) {
        let Self { net, .. } = self;
        net.draw_masks(run, &mut streams.masks);
        net.encode(run); // z of both views, [2N, width]
        net.predict(run); // p of z
    }

    #[inline(never)]
    fn evaluate(&mut self, run: &Run<'_>, streams: &mut Streams, found: &mut Found) -> Terms {
        self.forward(run, streams);
        let rows = &mut self.net.compared(run.plan);
        found.rows.load(rows.z, run.config.compared());
        let terms = loss(&mut self.loss, run.config, rows);
        self.net.backward(run, &mut found.gradient);
        terms
    }

    fn follow(&mut self, _: &Config, plan: &Plan, _: &Batch, state: &mut State) {
        self.net.commit(plan, state);
    }

    fn outputs(&self, plan: &Plan) -> Outputs<'_> {
        self.net.outputs(plan)
    }

    fn given(&mut self, config: &Config, rows: &GivenRows<'_>) -> Evaluated {
        given::joint(config, rows, |run, rows, _| loss(&mut self.loss, run.config, rows))
    }

    fn explain(&mut self, run: &Run<'_>, _: &Found, reasons: &mut Reasons) {
        let (z, both_ways) = (self.net.outputs(run.plan).z, run.config.stop == Switch::No);
        explain_prediction(run, z, 1.0 / (2 * run.pairs()) as f32, both_ways, |cosine| -cosine, reasons);
    }

    fn why(asked: &WhyAsked<'_>) -> Vec<Line> {
        why_prediction(asked, "− ")
    }

    fn compare(telling: &Telling<'_>) -> (&'static str, Quantities) {
        compare_prediction(telling)
    }

    fn formula(config: &Config) -> Formula {
        let stops = config.stop == Switch::Yes;
        Formula { normalised: true, kind: Kind::Prediction { pairs: config.batch as usize, slow: false, stops } }
    }
}
