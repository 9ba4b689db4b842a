//! `VICReg` (Bardes et al. 2022, arXiv 2105.04906): invariance, a floor under each coordinate's variance, and no covariance of different
//! coordinates.

use super::explain::explain_terms;
use super::joint::{Compared, Siamese};
use super::{Evaluated, Found, GivenRows, Method, Outputs, Run, Streams, given};
use crate::config::{Config, Similarity};
use crate::objective::Covariance;
use crate::report::{
    About, AlarmKind, Formula, Kind, Line, Measure, Overlay, Quantities, Quantity, Reasons, Rule, Sign, Snapshot, Telling, Terms, WhyAsked,
};
use crate::state::{Plan, State, Wiring};
use crate::views::Batch;

/// The method's working memory.
#[derive(Clone, Debug, Default)]
pub struct Vicreg {
    net: Siamese,
    loss: Covariance,
}

/// The weights of the three terms (eq. 6).
fn weights(config: &Config) -> [f32; 3] {
    [config.invariance, config.variance, config.covariance]
}

/// The weighted sum of the three terms (eq. 6).
fn loss(covariance: &mut Covariance, config: &Config, rows: &mut Compared<'_>) -> Terms {
    covariance.evaluate(weights(config), rows.z, rows.by_z)
}

impl Method for Vicreg {
    const ABOUT: About = About {
        headline: "variance_raw",
        alarms: &[Rule { kind: AlarmKind::Collapsed, check: shrunk, remedies: &[] }],
        remedies: &[("collapsed", &[&[("variance", "25")]]), ("dimensional_collapse", &[&[("covariance", "1")]])],
        sign: Sign::Bars,
        ..About::PLAIN
    };

    fn wiring(_: &Config) -> Wiring {
        Wiring { passes_views_apart: true, ..Wiring::PLAIN }
    }

    fn forward(&mut self, run: &Run<'_>, streams: &mut Streams) {
        let Self { net, .. } = self;
        net.draw_masks(run, &mut streams.masks);
        net.encode(run); // z of both views, [2N, width]
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
        let Self { net, loss } = self;
        let z = net.outputs(run.plan).z;
        let [invariance, variance, covariance] = weights(run.config);
        let weights = [[invariance, 0.0, 0.0], [0.0, variance, 0.0], [0.0, 0.0, covariance]];
        let terms = [("invariance", true), ("variance", false), ("covariance", false)];
        explain_terms(z, &terms, |term, by_z| _ = loss.evaluate(weights[term], z, by_z), reasons);
    }

    fn exhibit(&self, _: &Config, plan: &Plan, _: &State, is_present: bool) -> Vec<Overlay> {
        let values = self.loss.matrix();
        if values.is_empty() || !is_present {
            return Vec::new();
        }
        vec![Overlay::Table { role: "covariance".to_owned(), columns: plan.width, values }]
    }

    fn compared(_: &Config) -> Similarity {
        // The coordinates' own variances count.
        Similarity::Dot
    }

    fn why(asked: &WhyAsked<'_>) -> Vec<Line> {
        asked.plain()
    }

    fn compare(telling: &Telling<'_>) -> (&'static str, Quantities) {
        let measures = [Measure::InvarianceTerm, Measure::VarianceTerm, Measure::CovarianceTerm];
        let [invariance, variance, covariance] = measures.map(|measure| telling.measured(measure));
        let terms = vec![("invariance", invariance), ("variance", variance), ("covariance", covariance)];
        ("covariance", [vec![("dim", Quantity::of_count(telling.width))], terms].concat())
    }

    fn formula(config: &Config) -> Formula {
        let [invariance, variance, covariance] = weights(config);
        Formula { normalised: false, kind: Kind::Covariance { invariance, variance, covariance } }
    }
}

/// Rows that are not normalised may shrink to one place and keep their shape.
fn shrunk(snapshot: &Snapshot) -> Option<(f64, f64)> {
    let has_shrunk = snapshot.measure(Measure::StdRaw).is_some_and(|std| std < 0.05);
    (!snapshot.is_early() && has_shrunk).then_some((f64::from(snapshot.spectrum.spread), 1.0))
}
