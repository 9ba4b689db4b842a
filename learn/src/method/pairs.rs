//! A loss on pairs of rows of one network: triplet (Schroff et al. 2015, arXiv 1503.03832), `InfoNCE` (van den Oord et al. 2018, arXiv
//! 1807.03748), alignment and uniformity (Wang and Isola 2020, arXiv 2005.10242). With a head and NT-Xent this is `SimCLR` (Chen et al. 2020,
//! arXiv 2002.05709), with dropout positives `SimCSE` (Gao et al. 2021, arXiv 2104.08821).

use super::joint::{Compared, Siamese};
use super::{Evaluated, Found, GivenRows, Method, Outputs, Run, Streams, given};
use crate::config::{Config, Similarity};
use crate::objective::{self, Asked, Pair};
use crate::random::Random;
use crate::report::{About, Candidate, Formula, Line, Quantities, Reasons, Telling, Terms, WhyAsked};
use crate::state::{Plan, State, Wiring};
use crate::views::Batch;

/// The method's working memory.
#[derive(Clone, Debug, Default)]
pub struct Pairs {
    net: Siamese,
    loss: Pair,
}

/// The loss that the configuration names, of all rows z.
fn loss(pair: &mut Pair, run: &Run<'_>, rows: &mut Compared<'_>, random: &mut Random, found: &mut Found) -> Terms {
    let Found { rows: compared, watch, gradient, .. } = found;
    let trained = run.plan.trained.clone();
    let asked = Asked { config: run.config, labels: &run.batch.labels, trained: &run.state.values[trained.clone()], random };
    let terms = pair.evaluate(asked, compared, &mut gradient[trained], watch.as_mut());
    compared.store_gradient(run.config.similarity, rows.by_z);
    terms
}

impl Method for Pairs {
    fn wiring(_: &Config) -> Wiring {
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
        let rows = &mut self.net.compared(run.plan);
        found.rows.load(rows.z, run.config.similarity);
        let terms = loss(&mut self.loss, run, rows, &mut streams.miner, found);
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
        given::joint(config, rows, |run, rows, found| loss(&mut self.loss, run, rows, &mut miner, found))
    }

    fn explain(&mut self, run: &Run<'_>, found: &Found, reasons: &mut Reasons) {
        let (config, batch, rows) = (run.config, run.batch, &found.rows);
        let Some(watch) = &found.watch else { return };
        let rule = config.positive_rows();
        let [by_difference, has_logits] = objective::traits(config.loss);
        reasons.by_difference = by_difference;
        let mut logits = Vec::new();
        for row in (0..rows.rows()).filter(|row| *row != watch.row) {
            let positive = rule.join(rows.pairs(), &batch.labels, watch.row, row);
            let [weight, as_candidate] = self.loss.weights(config, rows, watch, row, positive);
            let logit = watch.logits[row];
            // A row that neither compares itself with the anchor nor is compared with it has no say.
            if has_logits && logit.is_none() && as_candidate == 0.0 {
                continue;
            }
            let (point, label) = (Some(batch.points[row]), Some(batch.labels[row]));
            reasons
                .add(Candidate { index: row as u32, point, label, positive, weight, as_candidate, ..Candidate::default() }, rows.row(row));
            logits.push(logit.map(f64::from));
        }
        objective::settle(config, &logits, reasons);
    }

    fn about(config: &Config) -> &'static About {
        objective::about(config.loss)
    }

    fn compared(config: &Config) -> Similarity {
        config.similarity
    }

    fn trained(config: &Config) -> Vec<f32> {
        objective::trained(config)
    }

    fn loss_at(config: &Config, anchor: &[f32], others: &[f32]) -> Option<f32> {
        Some(objective::loss_at(config, anchor, others))
    }

    fn why(asked: &WhyAsked<'_>) -> Vec<Line> {
        objective::why(asked)
    }

    fn compare(telling: &Telling<'_>) -> (&'static str, Quantities) {
        objective::compare(telling)
    }

    fn formula(config: &Config) -> Formula {
        objective::formula(config)
    }
}
