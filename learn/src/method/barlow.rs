//! Barlow Twins (Zbontar et al. 2021, arXiv 2103.03230): the cross-correlation of the views' coordinates becomes the identity matrix.

use super::explain::explain_terms;
use super::joint::{Compared, Siamese};
use super::{Evaluated, Found, GivenRows, Method, Outputs, Run, Streams, given};
use crate::config::{Config, Similarity};
use crate::objective::Correlation;
use crate::report::{About, Formula, Kind, Line, Measure, Overlay, Quantities, Quantity, Reasons, Sign, Telling, Terms, WhyAsked};
use crate::state::{Plan, State, Wiring};
use crate::views::Batch;

/// The method's working memory.
#[derive(Clone, Debug, Default)]
pub struct Barlow {
    net: Siamese,
    loss: Correlation,
}

/// The squared distance of the diagonal from 1, and lambda times the squares off it (eq. 1 and 2).
fn loss(correlation: &mut Correlation, config: &Config, rows: &mut Compared<'_>) -> Terms {
    correlation.evaluate(config.lambda, rows.z, rows.by_z)
}

impl Method for Barlow {
    const ABOUT: About = About { headline: "off_diagonal", sign: Sign::Matrix, ..About::PLAIN };

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
        // The diagonal alone, and then both: the loss is a sum of the two.
        let lambdas = [0.0, run.config.lambda];
        let terms = [("diagonal", true), ("off_diagonal", false)];
        explain_terms(z, &terms, |term, by_z| _ = loss.evaluate(lambdas[term], z, by_z), reasons);
        if let [diagonal, both] = reasons.parts.as_mut_slice() {
            for (both, diagonal) in both.force.iter_mut().zip(&diagonal.force) {
                *both -= diagonal;
            }
        }
    }

    fn exhibit(&self, _: &Config, plan: &Plan, _: &State, is_present: bool) -> Vec<Overlay> {
        let values = self.loss.matrix();
        if values.is_empty() || !is_present {
            return Vec::new();
        }
        vec![Overlay::Table { role: "correlation".to_owned(), columns: plan.width, values }]
    }

    fn compared(_: &Config) -> Similarity {
        // The coordinates' own variances count.
        Similarity::Dot
    }

    fn why(asked: &WhyAsked<'_>) -> Vec<Line> {
        asked.plain()
    }

    fn compare(telling: &Telling<'_>) -> (&'static str, Quantities) {
        let [on, off] = [Measure::OnDiagonal, Measure::OffDiagonal].map(|measure| telling.measured(measure));
        ("correlation", vec![("dim", Quantity::of_count(telling.width)), ("on", on), ("off", off)])
    }

    fn formula(config: &Config) -> Formula {
        Formula { normalised: false, kind: Kind::Correlation { lambda: config.lambda } }
    }
}
