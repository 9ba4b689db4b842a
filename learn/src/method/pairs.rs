//! A loss on pairs of rows of one network: triplet (Schroff et al. 2015, arXiv 1503.03832), `InfoNCE` (van den Oord et al. 2018, arXiv
//! 1807.03748), alignment and uniformity (Wang and Isola 2020, arXiv 2005.10242). With a head and NT-Xent this is `SimCLR` (Chen et al. 2020,
//! arXiv 2002.05709), with dropout positives `SimCSE` (Gao et al. 2021, arXiv 2104.08821).

use super::joint::{Compared, Siamese};
use super::{Evaluated, Found, GivenRows, Method, Outputs, Run, Streams, given};
use crate::config::{Config, InfoNce, Loss};
use crate::objective::{PairLosses, formula_of_pairs};
use crate::random::Random;
use crate::report::{Candidate, Formula, Margin, Reasons, Terms};
use crate::rows::{Rows, Watch};
use crate::state::{Plan, State, Wiring};
use crate::views::Batch;

/// The method's working memory.
#[derive(Clone, Debug, Default)]
pub struct Pairs {
    net: Siamese,
    losses: PairLosses,
}

/// The loss that the configuration names, of all rows z.
fn loss(losses: &mut PairLosses, run: &Run<'_>, rows: Compared<'_>, miner: &mut Random, found: &mut Found) -> Terms {
    let Found { rows: compared, watch, .. } = found;
    let terms = losses.evaluate(run.config, compared, &run.batch.labels, miner, watch.as_mut());
    compared.store_gradient(run.config.similarity, rows.by_z);
    terms
}

impl Method for Pairs {
    fn wiring(&self, _: &Config) -> Wiring {
        Wiring::PLAIN
    }

    fn forward(&mut self, run: &Run<'_>, streams: &mut Streams) {
        let Self { net, .. } = self;
        net.draw_masks(run, &mut streams.masks);
        net.encode(run); // z of both views, [2N, width]
    }

    #[inline(never)]
    fn evaluate(&mut self, run: &Run<'_>, streams: &mut Streams, found: &mut Found) -> Terms {
        self.forward(run, streams);
        let rows = self.net.compared(run.plan);
        found.rows.load(rows.z, run.config.similarity);
        let terms = loss(&mut self.losses, run, rows, &mut streams.miner, found);
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
        let mut miner = Random::new(config.seed, "miner");
        given::joint(config, rows, |run, rows, found| loss(&mut self.losses, run, rows, &mut miner, found))
    }

    fn explain(&mut self, run: &Run<'_>, found: &Found, reasons: &mut Reasons) {
        let (config, batch, rows) = (run.config, run.batch, &found.rows);
        let Some(watch) = &found.watch else { return };
        let rule = config.positive_rows();
        reasons.by_difference = config.loss != Loss::InfoNce;
        let weights = Weights::new(config, rows, &self.losses, watch);
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
        formula_of_pairs(config)
    }
}

/// The weights of the forces between the watched row and the others.
enum Weights<'a> {
    /// From the derivatives by similarities.
    Similarities(&'a Watch),
    /// From the derivatives by squared distances, d|a - b|^2 / da = 2 (a - b).
    Distances(&'a Watch),
    /// Alignment and uniformity: each pair of rows comes once, whoever is the anchor.
    Kernel { rows: &'a Rows, losses: &'a PairLosses, row: usize, weight: f64 },
}

impl<'a> Weights<'a> {
    fn new(config: &Config, rows: &'a Rows, losses: &'a PairLosses, watch: &'a Watch) -> Self {
        match config.loss {
            Loss::InfoNce => Self::Similarities(watch),
            Loss::Triplet => Self::Distances(watch),
            Loss::AlignUniform => Self::Kernel { rows, losses, row: watch.row, weight: f64::from(config.weight) },
        }
    }

    /// The weight of the force towards a row in both roles, and the part of the row's own turn as an anchor.
    fn of(&self, other: usize, positive: bool) -> [f32; 2] {
        match *self {
            Self::Similarities(watch) => [-watch.as_anchor[other] - watch.as_candidate[other], -watch.as_candidate[other]],
            Self::Distances(watch) => [2.0 * (watch.as_anchor[other] + watch.as_candidate[other]), 2.0 * watch.as_candidate[other]],
            Self::Kernel { rows, losses, row, weight } => {
                let (sum, nearest) = losses.uniformity_sum();
                let square: f32 = rows.row(row).zip(rows.row(other)).map(|(a, b)| (a - b) * (a - b)).sum();
                let push = 2.0 * weight * libm::exp(-2.0 * f64::from(square - nearest)) / sum;
                let pull = if positive { 1.0 / rows.pairs() as f64 } else { 0.0 };
                [(2.0 * (pull - push)) as f32, 0.0]
            }
        }
    }
}
