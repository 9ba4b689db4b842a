//! `SwAV` (Caron et al. 2020): each view predicts the other's code, which says how the view's row belongs to prototypes on the sphere.

use super::{Backward, Exhibit, Forward, Method, Wiring, explain_prototypes};
use crate::config::Config;
use crate::matrix::{Matrix, padded};
use crate::objective::{Formula, Kind, Objective, Prototypes, Terms, normalize_row, sinkhorn};
use crate::random::Random;
use crate::readings::Measure;
use crate::reasons::{Reasons, Role};
use crate::state::{Plan, State};
use crate::views::Batch;

/// The most rows of the table of codes that is shown.
const SHOWN_CODES: usize = 32;

/// The method's working memory.
#[derive(Clone, Debug, Default)]
pub struct Swav {
    raw: Matrix,
    prototypes: Prototypes,
    /// The code of each row, [2N, prototypes].
    codes: Matrix,
    /// Memory for the codes in the making.
    balance: Vec<f64>,
    /// How many rows of the batch are nearest to each prototype.
    sizes: Vec<u32>,
}

impl Method for Swav {
    fn wiring(&self, config: &Config) -> Wiring {
        Wiring { prototypes: Some(config.prototypes as usize), ..Wiring::PLAIN }
    }

    fn begin(&mut self, forward: &Forward<'_>, objective: &mut Objective) {
        if let Some(plan) = &forward.plan.prototypes {
            plan.load(&forward.state.values, &mut self.raw);
        }
        self.prototypes.begin(objective.rows.instructions, forward.z, &self.raw);
    }

    #[inline(never)]
    fn advance(
        &mut self,
        forward: &Forward<'_>,
        objective: &mut Objective,
        _: &mut Random,
        _: usize,
        backward: &mut Backward<'_>,
    ) -> Option<Terms> {
        let Config { tau, epsilon, sinkhorn: rounds, .. } = *forward.config;
        let pairs = forward.z.rows() / 2;
        self.codes.fit(2 * pairs, self.raw.rows());
        for view in 0..2 {
            sinkhorn(self.prototypes.scores(), view * pairs..(view + 1) * pairs, epsilon, rounds, &mut self.balance, &mut self.codes);
        }
        let codes = &self.codes;
        let by_prototypes = forward
            .plan
            .prototypes
            .as_ref()
            .filter(|_| forward.state.step >= u64::from(forward.config.frozen))
            .map(|plan| &mut backward.by_values[plan.values.clone()]);
        let target = |row: usize| codes.row((row + pairs) % (2 * pairs));
        let loss = self.prototypes.cross_entropy(objective.rows.instructions, tau, target, backward.by_z, by_prototypes);
        let mut terms = Terms { loss, ..Terms::default() };
        // Codes are balanced on purpose: what the rows are nearest to tells which prototypes they use.
        self.sizes.clear();
        self.sizes.resize(self.raw.rows(), 0);
        let scores = self.prototypes.scores();
        for row in 0..scores.rows() {
            self.sizes[nearest(scores.row(row))] += 1;
        }
        terms.measures.set(Measure::PrototypesUsed, used(&self.sizes));
        Some(terms)
    }

    fn explain(&mut self, forward: &Forward<'_>, _: &Objective, reasons: &mut Reasons) {
        let partner = reasons.pair as usize + forward.z.rows() / 2;
        explain_prototypes(forward, Role::Prototype, &self.prototypes, self.codes.row(partner), reasons);
    }

    fn commit(&mut self, _: &Config, plan: &Plan, _: &Batch, _: &Matrix, _: &Matrix, state: &mut State) {
        if let Some(plan) = &plan.prototypes {
            for row in state.values[plan.values.clone()].chunks_exact_mut(padded(plan.dimension)) {
                normalize_row(&mut row[..plan.dimension]);
            }
        }
    }

    fn exhibit(&self, _: &Config, plan: &Plan, state: &State, is_present: bool) -> Vec<Exhibit> {
        let Some(plan) = &plan.prototypes else { return Vec::new() };
        let mut rows = Vec::with_capacity(plan.count * plan.dimension);
        for row in state.values[plan.values.clone()].chunks_exact(padded(plan.dimension)) {
            rows.extend_from_slice(&row[..plan.dimension]);
        }
        let role = "prototypes".to_owned();
        let mut exhibits = vec![Exhibit::Rows { role, dim: plan.dimension, rows, labels: vec![None; plan.count], ages: Vec::new() }];
        if is_present && self.codes.rows() > 0 {
            let values = (0..self.codes.rows().min(SHOWN_CODES)).flat_map(|row| self.codes.row(row).iter().copied()).collect();
            exhibits.push(Exhibit::Table { role: "codes".to_owned(), columns: plan.count, values });
        }
        exhibits
    }

    fn headline(&self, _: &Config) -> &'static str {
        "prototypes_used"
    }

    fn formula(&self, config: &Config) -> Formula {
        Formula {
            normalised: true,
            kind: Kind::Codes { pairs: config.batch as usize, prototypes: config.prototypes as usize, tau: config.tau, swapped: true },
        }
    }
}

/// Returns the place of the largest score, of equal ones the first.
fn nearest(scores: &[f32]) -> usize {
    let mut best = (0, f32::NEG_INFINITY);
    for (place, score) in scores.iter().enumerate() {
        best = if *score > best.1 { (place, *score) } else { best };
    }
    best.0
}

/// Returns e to the entropy of the shares of these counts: how many prototypes or clusters are in use.
pub(super) fn used(sizes: &[u32]) -> f32 {
    let total: f64 = sizes.iter().map(|size| f64::from(*size)).sum();
    let mut entropy = 0.0;
    for size in sizes.iter().filter(|size| **size > 0) {
        let share = f64::from(*size) / total;
        entropy -= share * libm::log(share);
    }
    libm::exp(entropy) as f32
}
