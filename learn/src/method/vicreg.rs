//! `VICReg` (Bardes et al. 2022): invariance, a floor under each coordinate's variance, and no covariance of different coordinates.

use super::{Backward, Exhibit, Forward, Method, Wiring, explain_terms};
use crate::config::Config;
use crate::matrix::Matrix;
use crate::objective::{Covariance, Formula, Kind, Objective, Terms};
use crate::random::Random;
use crate::reasons::Reasons;
use crate::state::{Plan, State};

/// The method's working memory.
#[derive(Clone, Debug, Default)]
pub struct Vicreg {
    covariance: Covariance,
}

impl Method for Vicreg {
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
        let Config { invariance, variance, covariance, .. } = *forward.config;
        Some(self.covariance.evaluate([invariance, variance, covariance], forward.z, backward.by_z))
    }

    fn explain(&mut self, forward: &Forward<'_>, _: &Objective, reasons: &mut Reasons) {
        let Config { invariance, variance, covariance, .. } = *forward.config;
        let weights = [[invariance, 0.0, 0.0], [0.0, variance, 0.0], [0.0, 0.0, covariance]];
        let terms = [("invariance", true), ("variance", false), ("covariance", false)];
        let mut by_z = Matrix::zeros(forward.z.rows(), forward.z.columns());
        let found = &mut self.covariance;
        let evaluate = |term: usize, by_z: &mut Matrix| {
            found.evaluate(weights[term], forward.z, by_z);
        };
        explain_terms(reasons.pair as usize, &terms, evaluate, &mut by_z, reasons);
    }

    fn exhibit(&self, _: &Config, plan: &Plan, _: &State, is_present: bool) -> Vec<Exhibit> {
        let values = self.covariance.matrix();
        if values.is_empty() || !is_present {
            return Vec::new();
        }
        vec![Exhibit::Table { role: "covariance".to_owned(), columns: plan.width, values }]
    }

    fn headline(&self, _: &Config) -> &'static str {
        "variance_raw"
    }

    fn formula(&self, config: &Config) -> Formula {
        let Config { invariance, variance, covariance, .. } = *config;
        Formula { normalised: false, kind: Kind::Covariance { invariance, variance, covariance } }
    }
}
