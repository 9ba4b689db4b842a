//! `SwAV` (Caron et al. 2020, arXiv 2006.09882): each view predicts the other's code, which says how the view's row belongs to prototypes on the sphere.

use super::explain::{compare_prototypes, explain_prototypes, prototypes_unused, why_prototypes};
use super::joint::{Compared, Siamese};
use super::{Evaluated, Found, GivenRows, Method, Outputs, Run, Streams, given};
use crate::config::Config;
use crate::kernels::Instructions;
use crate::matrix::{Matrix, padded};
use crate::objective::{Prototypes, sinkhorn};
use crate::report::{About, AlarmKind, Formula, Kind, Line, Measure, Overlay, Quantities, Reasons, Role, Rule, Telling, Terms, WhyAsked};
use crate::rows::normalize_row;
use crate::state::{Plan, State, Wiring};
use crate::views::Batch;

/// The most rows of the table of codes that is shown.
const SHOWN_CODES: usize = 32;

/// The method's working memory.
#[derive(Clone, Debug, Default)]
pub struct Swav {
    net: Siamese,
    loss: Swapped,
}

/// The working memory of the loss.
#[derive(Clone, Debug, Default)]
struct Swapped {
    raw: Matrix,
    prototypes: Prototypes,
    /// The code of each row, [2N, prototypes].
    codes: Matrix,
    /// Memory for the codes in the making.
    balance: Vec<f64>,
    /// How many rows of the batch are nearest to each prototype.
    sizes: Vec<u32>,
}

impl Swapped {
    /// The mean over both directions of the cross-entropy of a view's softmax over prototypes and the other view's code (eq. 2). No gradient
    /// goes to codes; prototypes have none while they are frozen.
    fn evaluate(&mut self, run: &Run<'_>, rows: &mut Compared<'_>, instructions: Instructions, gradient: &mut [f32]) -> Terms {
        let Config { tau, epsilon, sinkhorn: rounds, frozen, .. } = *run.config;
        let Self { raw, prototypes, codes, balance, sizes } = self;
        let pairs = rows.z.rows() / 2;
        if let Some(plan) = &run.plan.prototypes {
            plan.load(&run.state.values, raw);
        }
        prototypes.begin(instructions, rows.z, raw);
        codes.fit(2 * pairs, raw.rows());
        for view in 0..2 {
            sinkhorn(prototypes.scores(), view * pairs..(view + 1) * pairs, epsilon, rounds, balance, codes);
        }
        let is_trained = run.state.step >= u64::from(frozen);
        let by_prototypes = run.plan.prototypes.as_ref().filter(|_| is_trained).map(|plan| &mut gradient[plan.values.clone()]);
        let target = |row: usize| codes.row((row + pairs) % (2 * pairs));
        let loss = prototypes.cross_entropy(instructions, tau, target, rows.by_z, by_prototypes);
        let mut terms = Terms { loss, ..Terms::default() };
        // Codes are balanced on purpose: what the rows are nearest to tells which prototypes they use.
        sizes.clear();
        sizes.resize(raw.rows(), 0);
        let scores = prototypes.scores();
        for row in 0..scores.rows() {
            sizes[nearest(scores.row(row))] += 1;
        }
        terms.measures.set(Measure::PrototypesUsed, used(sizes));
        terms
    }
}

impl Method for Swav {
    const ABOUT: About = About {
        headline: "prototypes_used",
        alarms: &[Rule {
            kind: AlarmKind::PrototypesUnused,
            check: prototypes_unused,
            remedies: &[&[("sinkhorn", "3"), ("epsilon", "0.05")]],
        }],
        remedies: &[("collapsed", &[&[("sinkhorn", "3")]])],
        prototypes: |config| config.prototypes,
        ..About::PLAIN
    };

    fn wiring(config: &Config) -> Wiring {
        Wiring { prototypes: Some(config.prototypes as usize), ..Wiring::PLAIN }
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
        let terms = self.loss.evaluate(run, rows, found.rows.instructions, &mut found.gradient);
        self.net.backward(run, &mut found.gradient);
        terms
    }

    fn follow(&mut self, _: &Config, plan: &Plan, _: &Batch, state: &mut State) {
        self.net.commit(plan, state);
        // Prototypes stay on the sphere.
        if let Some(plan) = &plan.prototypes {
            for row in state.values[plan.values.clone()].chunks_exact_mut(padded(plan.dimension)) {
                normalize_row(&mut row[..plan.dimension]);
            }
        }
    }

    fn outputs(&self, plan: &Plan) -> Outputs<'_> {
        self.net.outputs(plan)
    }

    fn given(&mut self, config: &Config, rows: &GivenRows<'_>) -> Evaluated {
        given::joint(config, rows, |run, rows, found| self.loss.evaluate(run, rows, found.rows.instructions, &mut found.gradient))
    }

    fn explain(&mut self, run: &Run<'_>, _: &Found, reasons: &mut Reasons) {
        let partner = reasons.pair as usize + run.pairs();
        explain_prototypes(run, Role::Prototype, &self.loss.prototypes, self.loss.codes.row(partner), reasons);
    }

    fn exhibit(&self, _: &Config, plan: &Plan, state: &State, is_present: bool) -> Vec<Overlay> {
        let Some(plan) = &plan.prototypes else { return Vec::new() };
        let mut rows = Vec::with_capacity(plan.count * plan.dimension);
        for row in state.values[plan.values.clone()].chunks_exact(padded(plan.dimension)) {
            rows.extend_from_slice(&row[..plan.dimension]);
        }
        let role = "prototypes".to_owned();
        let mut exhibits = vec![Overlay::Rows { role, dim: plan.dimension, rows, labels: vec![None; plan.count], ages: Vec::new() }];
        if is_present && self.loss.codes.rows() > 0 {
            let codes = &self.loss.codes;
            let values = (0..codes.rows().min(SHOWN_CODES)).flat_map(|row| codes.row(row).iter().copied()).collect();
            exhibits.push(Overlay::Table { role: "codes".to_owned(), columns: plan.count, values });
        }
        exhibits
    }

    fn why(asked: &WhyAsked<'_>) -> Vec<Line> {
        why_prototypes(asked)
    }

    fn compare(telling: &Telling<'_>) -> (&'static str, Quantities) {
        ("prototypes", compare_prototypes(telling))
    }

    fn formula(config: &Config) -> Formula {
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
