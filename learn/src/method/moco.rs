//! `MoCo` (He et al. 2020, arXiv 1911.05722): `InfoNCE` with the keys of a momentum encoder, the last batches' keys in a queue as negatives.
//!
//! The momentum encoder is updated after each step, which is the same as before the next step's keys are made. The queue starts with random
//! unit rows.

use super::joint::{Compared, Siamese};
use super::{Evaluated, Found, GivenRows, Method, Outputs, Run, Streams, given};
use crate::config::Config;
use crate::kernels::Instructions;
use crate::matrix::{Matrix, padded};
use crate::objective::{Queue, QueueLoss, SOFTMAX_ALARMS, nearest, why_softmax};
use crate::report::{
    About, AlarmKind, Candidate, Formula, Kind, Line, Measure, Overlay, Quantities, Quantity, Reasons, Role, Rule, Snapshot, Telling,
    Terms, WhyAsked, compared,
};
use crate::rows::normalize_row;
use crate::state::{Bank, BankPlan, Kept, Plan, State, Views, Wiring, draw_unit_rows};
use crate::views::Batch;
use std::ops::Range;

/// The oldest keys that are compared with what the encoder says now.
const OLDEST: u64 = 64;
/// The most keys that are shown: evenly spaced in age.
const MOST_SHOWN: usize = 1024;

/// The method's working memory.
#[derive(Clone, Debug, Default)]
pub struct Moco {
    net: Siamese,
    loss: QueueLoss,
    key: Vec<f32>,
}

/// The queue of a run.
fn queue<'a>(plan: &Plan, bank: &'a Bank) -> Queue<'a> {
    Queue::new(&bank.rows, plan.bank.tags)
}

/// Puts a key into the queue in the place of the oldest.
fn enqueue(bank: &mut Bank, count: usize, key: &[f32], tag: u16, input: &[f32]) {
    let (stride, place) = (padded(count), (bank.taken % count as u64) as usize);
    for (coordinate, value) in key.iter().enumerate() {
        bank.rows[coordinate * stride + place] = *value;
    }
    bank.tags[place] = tag;
    bank.inputs[place * input.len()..][..input.len()].copy_from_slice(input);
    bank.taken += 1;
}

/// The batch's own keys, by the numbers in which they came. Evaluated again, a batch finds them in the queue; they are no negatives, unless
/// there is nothing else.
fn own_keys(run: &Run<'_>, count: usize) -> Range<u64> {
    let (pairs, taken) = (run.pairs() as u64, run.state.bank.taken);
    let own = if run.is_again && pairs < count as u64 { pairs.min(taken) } else { 0 };
    taken - own..taken
}

/// The cross-entropy of picking a query's own key among it and the queue's (eq. 1). No gradient goes to keys.
fn loss(loss: &mut QueueLoss, run: &Run<'_>, rows: &mut Compared<'_>, instructions: Instructions) -> Terms {
    let queue = queue(run.plan, &run.state.bank);
    let own = own_keys(run, queue.count);
    let mut terms = loss.evaluate(instructions, run.config.tau, [rows.z, rows.target], queue, own, rows.by_z);
    // Until the random rows of the start are gone the queue has no age.
    if run.state.bank.taken >= queue.count as u64 {
        terms.measures.set(Measure::QueueAge, queue.count as f32 / run.pairs() as f32);
    }
    terms
}

impl Method for Moco {
    const ABOUT: About = About {
        headline: "effective_negatives",
        alarms: &[
            SOFTMAX_ALARMS[0],
            SOFTMAX_ALARMS[1],
            Rule {
                kind: AlarmKind::QueueStale,
                check: queue_stale,
                remedies: &[&[("queue", "256")], &[("queue", "256"), ("ema", "0.99")]],
            },
        ],
        remedies: &[("dimensional_collapse", &[&[("ema", "0.99")], &[("queue", "256")]])],
        has_pushes: true,
        ..About::PLAIN
    };

    fn wiring(config: &Config) -> Wiring {
        Wiring {
            online: Views::First,
            target: Some(Views::Second),
            stops: true,
            kept: Some(Kept::Queue(config.queue as usize)),
            passes_views_apart: true,
            ..Wiring::PLAIN
        }
    }

    fn bank(config: &Config, input_dimension: usize, _: usize) -> BankPlan {
        let count = config.queue as usize;
        BankPlan { rows: config.code_dimension() as usize * padded(count), inputs: count * input_dimension, tags: count }
    }

    fn start(&mut self, config: &Config, plan: &Plan, _: &Matrix, state: &mut State) {
        let (count, width) = (plan.bank.tags, plan.width);
        let mut drawn = vec![0.0; count * width];
        draw_unit_rows(config.seed, "queue", width, width, &mut drawn);
        let stride = padded(count);
        for (place, row) in drawn.chunks_exact(width).enumerate() {
            for (coordinate, value) in row.iter().enumerate() {
                state.bank.rows[coordinate * stride + place] = *value;
            }
        }
        self.key = vec![0.0; width];
    }

    fn forward(&mut self, run: &Run<'_>, streams: &mut Streams) {
        let Self { net, .. } = self;
        net.draw_masks(run, &mut streams.masks);
        net.encode(run); // queries q of view a, [N, width]
        net.encode_target(run); // keys k of view b, [N, width], by the momentum encoder
    }

    #[inline(never)]
    fn evaluate(&mut self, run: &Run<'_>, streams: &mut Streams, found: &mut Found) -> Terms {
        self.forward(run, streams);
        let rows = &mut self.net.compared(run.plan);
        found.load_pairs(rows.z, rows.target);
        let terms = loss(&mut self.loss, run, rows, found.rows.instructions);
        self.net.backward(run, &mut found.gradient);
        terms
    }

    fn follow(&mut self, config: &Config, plan: &Plan, batch: &Batch, state: &mut State) {
        self.net.commit(plan, state);
        let keys = self.net.outputs(plan).target;
        self.key.resize(plan.width, 0.0);
        let pairs = keys.rows();
        // Of a batch larger than the queue the newest stay.
        for pair in 0..pairs {
            self.key.copy_from_slice(keys.row(pair));
            normalize_row(&mut self.key);
            let row = pairs + pair;
            enqueue(&mut state.bank, plan.bank.tags, &self.key, u16::from(batch.labels[row]) + 1, batch.inputs.row(row));
        }
        state.update_ema(config.ema);
    }

    fn outputs(&self, plan: &Plan) -> Outputs<'_> {
        self.net.outputs(plan)
    }

    fn given(&mut self, config: &Config, rows: &GivenRows<'_>) -> Evaluated {
        given::joint(config, rows, |run, rows, found| loss(&mut self.loss, run, rows, found.rows.instructions))
    }

    fn explain(&mut self, run: &Run<'_>, _: &Found, reasons: &mut Reasons) {
        let bank = &run.state.bank;
        let queue = queue(run.plan, bank);
        let (pair, pairs) = (reasons.pair as usize, run.pairs());
        let query = reasons.views[0].clone();
        let own = own_keys(run, queue.count);
        let inverse_tau = 1.0 / f64::from(run.config.tau);
        let mut logits = Vec::new();
        let mut add = |reasons: &mut Reasons, candidate: Candidate, row: &[f32]| {
            let product: f64 = query.iter().zip(row).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
            logits.push(Some(product * inverse_tau));
            reasons.add(candidate, row.iter().copied());
        };
        let (row, batch) = (pairs + pair, run.batch);
        let (point, label) = (Some(batch.points[row]), Some(batch.labels[row]));
        let target = Candidate { role: Role::Target, index: row as u32, point, label, positive: true, ..Candidate::default() };
        add(reasons, target, &compared(self.net.outputs(run.plan).target, pair, true));
        let mut key = vec![0.0; query.len()];
        let count = queue.count as u64;
        for age in 0..count {
            // From the newest on; behind the oldest come the random rows of the start.
            if bank.taken.checked_sub(1 + age).is_some_and(|number| own.contains(&number)) {
                continue;
            }
            let place = ((bank.taken + count - 1 - age) % count) as usize;
            queue.copy(place, &mut key);
            let label = bank.tags[place].checked_sub(1).map(|label| label as u8);
            add(reasons, Candidate { role: Role::Key, index: age as u32, label, ..Candidate::default() }, &key);
        }
        reasons.set_softmax(&logits, true);
        let scale = inverse_tau / pairs as f64;
        for candidate in &mut reasons.candidates {
            let wanted = if candidate.positive { 1.0 } else { 0.0 };
            candidate.weight = (scale * (wanted - f64::from(candidate.share.unwrap_or(0.0)))) as f32;
        }
    }

    fn oldest(&self, plan: &Plan, state: &State) -> (Matrix, Matrix) {
        let (queue, bank) = (queue(plan, &state.bank), &state.bank);
        let count = queue.count as u64;
        let columns = bank.inputs.len() / queue.count;
        // Of the random rows that the queue starts with nothing was made.
        let real = bank.taken.min(count);
        let first = bank.taken - real;
        let places: Vec<usize> = (first..first + real.min(OLDEST)).map(|taken| (taken % count) as usize).collect();
        if columns == 0 || places.is_empty() {
            return (Matrix::default(), Matrix::default());
        }
        let (mut inputs, mut keys) = (Matrix::zeros(places.len(), columns), Matrix::zeros(places.len(), plan.width));
        for (row, place) in places.into_iter().enumerate() {
            inputs.row_mut(row).copy_from_slice(&bank.inputs[place * columns..(place + 1) * columns]);
            queue.copy(place, keys.row_mut(row));
        }
        (inputs, keys)
    }

    fn exhibit(&self, _: &Config, plan: &Plan, state: &State, _: bool) -> Vec<Overlay> {
        let queue = queue(plan, &state.bank);
        let (count, width, taken) = (queue.count, plan.width, state.bank.taken);
        let shown = count.min(MOST_SHOWN);
        let mut rows = vec![0.0; shown * width];
        let (mut labels, mut ages) = (Vec::with_capacity(shown), Vec::with_capacity(shown));
        for (index, row) in rows.chunks_exact_mut(width).enumerate() {
            // From the newest on.
            let age = index * count / shown;
            let place = ((taken + count as u64 - 1 - age as u64) % count as u64) as usize;
            queue.copy(place, row);
            labels.push(state.bank.tags[place].checked_sub(1).map(|label| label as u8));
            ages.push(age as f32 / (count - 1).max(1) as f32);
        }
        vec![Overlay::Rows { role: "keys".to_owned(), dim: width, rows, labels, ages }]
    }

    fn why(asked: &WhyAsked<'_>) -> Vec<Line> {
        why_softmax(asked)
    }

    fn compare(telling: &Telling<'_>) -> (&'static str, Quantities) {
        let Some((mut quantities, _)) = nearest(telling) else { return telling.all_pairs() };
        let sizes = [("rows", telling.pairs), ("count", telling.config.queue as usize)];
        quantities.splice(0..0, sizes.map(|(name, size)| (name, Quantity::of_count(size))));
        ("queue", quantities)
    }

    fn keep(telling: &Telling<'_>) -> (&'static str, Quantities) {
        let count = telling.config.queue as usize;
        ("queue", vec![("rows", Quantity::of_count(telling.pairs.min(count))), ("count", Quantity::of_count(count))])
    }

    fn formula(config: &Config) -> Formula {
        Formula { normalised: true, kind: Kind::Queue { pairs: config.batch as usize, queue: config.queue as usize, tau: config.tau } }
    }
}

fn queue_stale(snapshot: &Snapshot) -> Option<(f64, f64)> {
    let staleness = snapshot.measure(Measure::Staleness)?;
    (!snapshot.is_early() && staleness < 0.8).then_some((staleness, 1.0))
}
