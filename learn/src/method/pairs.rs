//! A loss on pairs of rows of one network: triplet, `InfoNCE`, alignment and uniformity. With a head and NT-Xent this is `SimCLR` (Chen et
//! al. 2020), with dropout positives `SimCSE` (Gao et al. 2021).

use super::{Backward, Forward, Method, Wiring};
use crate::config::{Config, InfoNce, Loss};
use crate::objective::{Formula, Objective, Terms, Watch};
use crate::random::Random;
use crate::reasons::{Candidate, Margin, Reasons};

/// The method; all its memory is the objective's.
#[derive(Clone, Debug, Default)]
pub struct Pairs;

impl Method for Pairs {
    fn wiring(&self, _: &Config) -> Wiring {
        Wiring::PLAIN
    }

    fn begin(&mut self, forward: &Forward<'_>, objective: &mut Objective) {
        objective.begin(forward.config, forward.z);
    }

    #[inline(never)]
    fn advance(
        &mut self,
        forward: &Forward<'_>,
        objective: &mut Objective,
        miner: &mut Random,
        comparisons: usize,
        backward: &mut Backward<'_>,
    ) -> Option<Terms> {
        objective.advance(forward.config, &forward.batch.labels, miner, comparisons, backward.by_z)
    }

    fn explain(&mut self, forward: &Forward<'_>, objective: &Objective, reasons: &mut Reasons) {
        let Forward { config, batch, .. } = *forward;
        let Some(watch) = &objective.watch else { return };
        let rows = &objective.rows;
        let rule = config.positive_rows();
        reasons.by_difference = config.loss != Loss::InfoNce;
        let weights = Weights::new(config, objective, watch);
        let mut logits = Vec::new();
        for row in (0..rows.rows()).filter(|row| *row != watch.row) {
            let positive = rule.join(rows.pairs(), &batch.labels, watch.row, row);
            let [weight, as_candidate] = weights.of(row, positive);
            let logit = watch.logits[row];
            // A row that neither compares itself with the anchor nor is compared with it has no say.
            if config.loss == Loss::InfoNce && logit.is_none() && as_candidate == 0.0 {
                continue;
            }
            let (point, label) = (Some(batch.points[row]), Some(batch.labels[row]));
            reasons
                .add(Candidate { index: row as u32, point, label, positive, weight, as_candidate, ..Candidate::default() }, rows.row(row));
            logits.push(logit.map(f64::from));
        }
        match config.loss {
            Loss::InfoNce => reasons.set_softmax(&logits, config.infonce != InfoNce::Dcl),
            Loss::Triplet => reasons.set_triplet_loss(Margin::of(config)),
            Loss::AlignUniform => {}
        }
    }

    fn headline(&self, config: &Config) -> &'static str {
        match config.loss {
            Loss::InfoNce => "effective_negatives",
            Loss::Triplet => "active_fraction",
            Loss::AlignUniform => "uniformity",
        }
    }

    fn formula(&self, config: &Config) -> Formula {
        Formula::of_pairs(config)
    }
}

/// The weights of the forces between the watched row and the others.
enum Weights<'a> {
    /// From the derivatives by similarities.
    Similarities(&'a Watch),
    /// From the derivatives by squared distances, d|a - b|^2 / da = 2 (a - b).
    Distances(&'a Watch),
    /// Alignment and uniformity: each pair of rows comes once, whoever is the anchor.
    Kernel { objective: &'a Objective, row: usize, weight: f64 },
}

impl<'a> Weights<'a> {
    fn new(config: &Config, objective: &'a Objective, watch: &'a Watch) -> Self {
        match config.loss {
            Loss::InfoNce => Self::Similarities(watch),
            Loss::Triplet => Self::Distances(watch),
            Loss::AlignUniform => Self::Kernel { objective, row: watch.row, weight: f64::from(config.weight) },
        }
    }

    /// The weight of the force towards a row in both roles, and the part of the row's own turn as an anchor.
    fn of(&self, other: usize, positive: bool) -> [f32; 2] {
        match *self {
            Self::Similarities(watch) => [-watch.as_anchor[other] - watch.as_candidate[other], -watch.as_candidate[other]],
            Self::Distances(watch) => [2.0 * (watch.as_anchor[other] + watch.as_candidate[other]), 2.0 * watch.as_candidate[other]],
            Self::Kernel { objective, row, weight } => {
                let rows = &objective.rows;
                let (sum, nearest) = objective.uniformity_sum();
                let square: f32 = rows.row(row).zip(rows.row(other)).map(|(a, b)| (a - b) * (a - b)).sum();
                let push = 2.0 * weight * libm::exp(-2.0 * f64::from(square - nearest)) / sum;
                let pull = if positive { 1.0 / rows.pairs() as f64 } else { 0.0 };
                [(2.0 * (pull - push)) as f32, 0.0]
            }
        }
    }
}
