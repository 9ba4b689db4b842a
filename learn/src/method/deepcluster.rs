//! `DeepCluster-v2` (Caron et al. 2020, arXiv 2006.09882, appendix D): each epoch spherical k-means clusters the embeddings of the last one, and the networks learn to tell
//! each row's cluster by its cosine with the centroids, which no gradient moves.
//!
//! The bank holds the last embedding of every point's view a, on the sphere, then the centroids; the tags are the points' clusters.

use super::explain::{compare_prototypes, explain_prototypes, prototypes_unused, why_prototypes};
use super::joint::{Compared, Siamese};
use super::swav::used;
use super::{Evaluated, Found, GivenRows, Method, Outputs, Run, Streams, given};
use crate::config::{Config, Switch};
use crate::kernels::Instructions;
use crate::matrix::{Matrix, padded};
use crate::objective::{KMeans, Prototypes, mutual_information};
use crate::random::Random;
use crate::report::{
    About, AlarmKind, Formula, Kind, Line, Measure, Measures, Overlay, Quantities, Reasons, Role, Rule, Telling, Terms, WhyAsked,
};
use crate::rows::normalize_row;
use crate::state::{BankPlan, Kept, Plan, State, Wiring};
use crate::views::Batch;

/// Rounds of k-means each epoch, as in the published code.
const ROUNDS: usize = 10;

/// The method's working memory.
#[derive(Clone, Debug, Default)]
pub struct DeepCluster {
    net: Siamese,
    loss: Assigned,
    k_means: KMeans,
    last: Vec<u16>,
}

/// The working memory of the loss.
#[derive(Clone, Debug, Default)]
struct Assigned {
    prototypes: Prototypes,
    centroids: Matrix,
    /// A one for each row's cluster, [2N, clusters].
    targets: Matrix,
    /// How many points each cluster has.
    sizes: Vec<u32>,
}

impl Assigned {
    /// The mean over both views of the cross-entropy of the softmax over centroids and the point's cluster. No gradient goes to centroids.
    fn evaluate(&mut self, run: &Run<'_>, rows: &mut Compared<'_>, instructions: Instructions) -> Terms {
        let Self { prototypes, centroids, targets, sizes } = self;
        let (plan, bank, count) = (run.plan, &run.state.bank, cluster_count(run.plan));
        centroids.fit(count, plan.width);
        centroids.data_mut().copy_from_slice(&bank.rows[embeddings(plan)..]);
        prototypes.begin(instructions, rows.z, centroids);
        targets.fit(rows.z.rows(), count);
        targets.data_mut().fill(0.0);
        for row in 0..rows.z.rows() {
            let cluster = bank.tags[run.batch.points[row] as usize];
            targets.row_mut(row)[usize::from(cluster)] = 1.0;
        }
        let loss = prototypes.cross_entropy(instructions, run.config.tau, |row| targets.row(row), rows.by_z, None);
        let mut terms = Terms { loss, ..Terms::default() };
        sizes.clear();
        sizes.resize(count, 0);
        for tag in &run.state.bank.tags {
            sizes[usize::from(*tag)] += 1;
        }
        terms.measures.set(Measure::PrototypesUsed, used(sizes));
        terms
    }
}

/// Numbers of the bank that are embeddings; the centroids come after them.
fn embeddings(plan: &Plan) -> usize {
    plan.bank.tags * padded(plan.width)
}

fn cluster_count(plan: &Plan) -> usize {
    match plan.wiring.kept {
        Some(Kept::Clusters(count)) => count,
        _ => 0,
    }
}

impl DeepCluster {
    /// Clusters the bank anew.
    fn cluster(&mut self, config: &Config, plan: &Plan, state: &mut State) {
        let bank = &mut state.bank;
        let (points, stride) = (plan.bank.tags, padded(plan.width));
        let (rows, centroids) = bank.rows.split_at_mut(embeddings(plan));
        if bank.rounds == 0 || config.warm == Switch::No {
            // Different points at random, as far as there are enough.
            let mut random = Random::of_item(config.seed, "clusters", bank.rounds);
            let count = cluster_count(plan);
            self.last.clear();
            self.last.extend(0..points as u16);
            for (cluster, centroid) in centroids.chunks_exact_mut(stride).enumerate().take(count) {
                let free = cluster % points;
                let drawn = free + random.below(points - free);
                self.last.swap(free, drawn);
                let point = usize::from(self.last[free]);
                centroid.copy_from_slice(&rows[point * stride..(point + 1) * stride]);
            }
        }
        self.last.clone_from(&bank.tags);
        self.k_means.instructions = plan.encoder.instructions;
        self.k_means.cluster(rows, plan.width, centroids, ROUNDS, &mut bank.tags);
        let count = cluster_count(plan);
        let pairs = self.last.iter().zip(&bank.tags).map(|(a, b)| (usize::from(*a), usize::from(*b)));
        let agreement = self.k_means.agreement(pairs, count, count);
        // Before the first clustering there was none to agree with.
        bank.agreement = agreement.filter(|_| bank.rounds > 0);
        bank.rounds += 1;
    }
}

impl Method for DeepCluster {
    const ABOUT: About = About {
        headline: "prototypes_used",
        alarms: &[Rule { kind: AlarmKind::PrototypesUnused, check: prototypes_unused, remedies: &[] }],
        prototypes: |config| config.clusters,
        ..About::PLAIN
    };

    fn wiring(config: &Config) -> Wiring {
        Wiring { kept: Some(Kept::Clusters(config.clusters as usize)), ..Wiring::PLAIN }
    }

    fn bank(config: &Config, _: usize, points: usize) -> BankPlan {
        BankPlan { rows: (points + config.clusters as usize) * padded(config.code_dimension() as usize), inputs: 0, tags: points }
    }

    fn start(&mut self, config: &Config, plan: &Plan, embeddings: &Matrix, state: &mut State) {
        let stride = padded(plan.width);
        for (row, target) in (0..embeddings.rows()).zip(state.bank.rows.chunks_exact_mut(stride)) {
            target[..plan.width].copy_from_slice(embeddings.row(row));
        }
        self.cluster(config, plan, state);
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
        let terms = self.loss.evaluate(run, rows, found.rows.instructions);
        self.net.backward(run, &mut found.gradient);
        terms
    }

    fn follow(&mut self, config: &Config, plan: &Plan, batch: &Batch, state: &mut State) {
        self.net.commit(plan, state);
        let z = self.net.outputs(plan).z;
        let (points, stride, pairs) = (plan.bank.tags as u64, padded(plan.width), z.rows() / 2);
        for row in 0..pairs {
            let place = batch.points[row] as usize * stride;
            let target = &mut state.bank.rows[place..place + plan.width];
            target.copy_from_slice(z.row(row));
            normalize_row(target);
        }
        let epoch = state.bank.taken / points;
        state.bank.taken += pairs as u64;
        if state.bank.taken / points > epoch {
            self.cluster(config, plan, state);
        }
    }

    fn outputs(&self, plan: &Plan) -> Outputs<'_> {
        self.net.outputs(plan)
    }

    fn given(&mut self, config: &Config, rows: &GivenRows<'_>) -> Evaluated {
        given::joint(config, rows, |run, rows, found| self.loss.evaluate(run, rows, found.rows.instructions))
    }

    fn explain(&mut self, run: &Run<'_>, _: &Found, reasons: &mut Reasons) {
        explain_prototypes(run, Role::Centroid, &self.loss.prototypes, self.loss.targets.row(reasons.pair as usize), reasons);
    }

    fn measure(&self, plan: &Plan, state: &State, labels: &[u8], measures: &mut Measures) {
        let (count, tags) = (cluster_count(plan), &state.bank.tags);
        if let Some(agreement) = state.bank.agreement {
            measures.set(Measure::Nmi, agreement);
        }
        let classes = labels.iter().max().map_or(1, |label| usize::from(*label) + 1);
        let pairs = tags.iter().zip(labels).map(|(a, b)| (usize::from(*a), usize::from(*b)));
        if let Some(agreement) = mutual_information(pairs, count, classes, &mut Vec::new()) {
            measures.set(Measure::NmiClasses, agreement);
        }
        let mut sizes = vec![0; count];
        for tag in tags {
            sizes[usize::from(*tag)] += 1;
        }
        measures.set(Measure::EmptyClusters, sizes.iter().filter(|size| **size == 0).count() as f32);
    }

    fn exhibit(&self, _: &Config, plan: &Plan, state: &State, _: bool) -> Vec<Overlay> {
        let (count, width) = (cluster_count(plan), plan.width);
        let centroids = state.bank.rows[embeddings(plan)..].chunks_exact(padded(width));
        let rows = centroids.flat_map(|row| row[..width].iter().copied()).collect();
        vec![
            Overlay::Rows { role: "centroids".to_owned(), dim: width, rows, labels: vec![None; count], ages: Vec::new() },
            Overlay::Labels { role: "clusters".to_owned(), labels: state.bank.tags.clone(), count },
        ]
    }

    fn why(asked: &WhyAsked<'_>) -> Vec<Line> {
        why_prototypes(asked)
    }

    fn compare(telling: &Telling<'_>) -> (&'static str, Quantities) {
        ("centroids", compare_prototypes(telling))
    }

    fn formula(config: &Config) -> Formula {
        Formula {
            normalised: true,
            kind: Kind::Codes { pairs: config.batch as usize, prototypes: config.clusters as usize, tau: config.tau, swapped: false },
        }
    }
}
