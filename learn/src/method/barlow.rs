//! Barlow Twins (Zbontar et al. 2021): the cross-correlation of the views' coordinates becomes the identity matrix.

use super::{Backward, Exhibit, Forward, Method, Wiring, explain_terms};
use crate::config::Config;
use crate::matrix::Matrix;
use crate::objective::{Correlation, Formula, Kind, Objective, Terms};
use crate::random::Random;
use crate::reasons::Reasons;
use crate::state::{Plan, State};

/// The method's working memory.
#[derive(Clone, Debug, Default)]
pub struct Barlow {
    correlation: Correlation,
}

impl Method for Barlow {
    fn wiring(&self, _: &Config) -> Wiring {
        Wiring { passes_views_apart: true, ..Wiring::PLAIN }
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
        Some(self.correlation.evaluate(forward.config.lambda, forward.z, backward.by_z))
    }

    fn explain(&mut self, forward: &Forward<'_>, _: &Objective, reasons: &mut Reasons) {
        let row = reasons.pair as usize;
        let mut by_z = Matrix::zeros(forward.z.rows(), forward.z.columns());
        // The diagonal alone, and then both: the loss is a sum of the two.
        let lambdas = [0.0, forward.config.lambda];
        let terms = [("diagonal", true), ("off_diagonal", false)];
        let Self { correlation } = self;
        let evaluate = |term: usize, by_z: &mut Matrix| {
            correlation.evaluate(lambdas[term], forward.z, by_z);
        };
        explain_terms(row, &terms, evaluate, &mut by_z, reasons);
        if let [diagonal, both] = reasons.parts.as_mut_slice() {
            for (both, diagonal) in both.force.iter_mut().zip(&diagonal.force) {
                *both -= diagonal;
            }
        }
    }

    fn exhibit(&self, _: &Config, plan: &Plan, _: &State, is_present: bool) -> Vec<Exhibit> {
        let values = self.correlation.matrix();
        if values.is_empty() || !is_present {
            return Vec::new();
        }
        vec![Exhibit::Table { role: "correlation".to_owned(), columns: plan.width, values }]
    }

    fn headline(&self, _: &Config) -> &'static str {
        "off_diagonal"
    }

    fn formula(&self, config: &Config) -> Formula {
        Formula { normalised: false, kind: Kind::Correlation { lambda: config.lambda } }
    }
}
