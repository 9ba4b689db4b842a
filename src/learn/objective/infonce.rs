//! The family of `InfoNCE` losses: a cross-entropy that picks an anchor's positive among candidates.
//!
//! For an anchor i with positives P and negatives K, s = z_i . z_j:
//!
//!   l_i = -1/|P| sum_{p in P} log( e^{s_ip / tau} / (sum_{p' in P} e^{s_ip' / tau} + sum_{k in K} e^{s_ik / tau}) )
//!
//! | convention | anchors | positives | negatives | source |
//! | --- | --- | --- | --- | --- |
//! | NT-Xent | all 2N rows | the other view | all other rows | Chen et al. 2020, eq. 1 |
//! | one-sided | view a | its view b | the other rows of view b | van den Oord et al. 2018; He et al. 2020, eq. 1 |
//! | both | view a, then view b | the other view | the other rows of the other view | mean of the two |
//! | `SupCon` | all 2N rows | every row of the label | every row of another label | Khosla et al. 2020, eq. 2 (out) |
//!
//! The derivative by a similarity is (w / tau) (P_ij - \[j in P\] / |P|), P the softmax and w one over the number of
//! anchors; it moves both rows of the pair.

use super::{Rows, Terms};
use crate::learn::config::{Config, InfoNce};
use crate::learn::kernels::{Lanes, exp, exp_x8, largest, load, splat, sum, vectors_mut, with_instructions};
use fearless_simd::Simd;
use fearless_simd::prelude::*;
use std::ops::Range;

/// What the softmax of an `InfoNCE` loss looks like, mean over anchors.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct InfoNceTerms {
    /// Entropy of the softmax over an anchor's negatives, in nats.
    pub entropy: f32,
    /// e to the entropy: how many negatives push as if they pushed alike.
    pub effective_negatives: f32,
    /// How many negatives an anchor has.
    pub negatives: f32,
    /// Lower bound of the mutual information of the views, ln(negatives + 1) - loss, in nats (van den Oord et al. 2018,
    /// eq. 8); none for SupCon, whose several positives share one denominator.
    pub mutual_information: Option<f32>,
}

/// Room for one anchor's row, and how far an evaluation has come.
#[derive(Clone, Debug, Default)]
pub(super) struct Scratch {
    /// Similarity over tau, then the softmax's derivative.
    logits: Vec<f32>,
    /// The places of an anchor's positives and their logits.
    positives: Vec<(usize, f32)>,
    /// The next anchor.
    next: usize,
    totals: Totals,
}

/// Sums over the anchors.
#[derive(Clone, Debug, Default)]
pub(super) struct Totals {
    pub(super) loss: f64,
    pub(super) entropy: f64,
    pub(super) effective: f64,
    pub(super) negatives: f64,
    pub(super) anchors: f64,
}

impl Totals {
    /// Their means; 0 where there was no anchor.
    pub(super) fn terms(&self, config: &Config) -> Terms {
        let counted = self.anchors.max(1.0);
        let loss = self.loss / counted;
        let mean = |sum: f64| (sum / counted) as f32;
        let negatives = mean(self.negatives);
        let bound = libm::log(self.negatives / counted + 1.0) - loss;
        Terms {
            loss: loss as f32,
            infonce: Some(InfoNceTerms {
                entropy: mean(self.entropy),
                effective_negatives: mean(self.effective),
                negatives,
                mutual_information: (!config.uses_supcon()).then_some(bound as f32),
            }),
            triplets: None,
        }
    }
}

/// Starts an evaluation.
pub(super) fn begin(rows: &Rows, scratch: &mut Scratch) {
    scratch.logits.resize(rows.places(), 0.0);
    scratch.positives.clear();
    scratch.positives.reserve(rows.rows());
    scratch.next = 0;
    scratch.totals = Totals::default();
}

/// Goes on until it has made so many `comparisons` of two rows or is done, which gives the terms: then the gradient by the rows is there too.
pub(super) fn advance(config: &Config, rows: &mut Rows, labels: &[u8], comparisons: usize, scratch: &mut Scratch) -> Option<Terms> {
    let pairs = rows.pairs();
    let anchors = if config.infonce == InfoNce::OneSided { pairs } else { 2 * pairs };
    let mut made = 0;
    while scratch.next < anchors {
        if made >= comparisons {
            return None;
        }
        let anchor = scratch.next;
        let view = usize::from(anchor >= pairs);
        let span = match config.infonce {
            InfoNce::OneSided | InfoNce::Both => rows.view_places(1 - view),
            InfoNce::NtXent | InfoNce::SupCon => 0..rows.places(),
        };
        made += span.len();
        anchor_terms(config, rows, labels, anchor, anchors, span, scratch);
        scratch.next += 1;
    }
    // A row whose label no other row has is no anchor (SupCon only).
    let counted = scratch.totals.anchors.max(1.0);
    if counted < anchors as f64 {
        rows.scale_gradient((anchors as f64 / counted) as f32);
    }
    Some(scratch.totals.terms(config))
}

/// One anchor's loss, added to the totals, and its gradient, added to `rows`.
fn anchor_terms(config: &Config, rows: &mut Rows, labels: &[u8], anchor: usize, anchors: usize, span: Range<usize>, scratch: &mut Scratch) {
    let Scratch { logits, positives, totals, .. } = scratch;
    let inverse_tau = 1.0 / config.tau;
    let pairs = rows.pairs();
    let place = rows.place(anchor);
    rows.similarities(place, inverse_tau, span.clone(), logits);

    // Positives leave the row; what is no candidate leaves it too.
    for padding in [pairs..rows.view_places(0).end, rows.place(2 * pairs - 1) + 1..rows.places()] {
        exclude(logits, padding);
    }
    exclude(logits, place..place + 1);
    positives.clear();
    let mut take = |row: usize, logits: &mut [f32]| {
        let place = rows.place(row);
        positives.push((place, logits[place]));
        exclude(logits, place..place + 1);
    };
    let partner = (anchor + pairs) % (2 * pairs);
    if config.uses_supcon() {
        for row in (0..2 * pairs).filter(|row| *row != anchor && labels[*row] == labels[anchor]) {
            take(row, logits);
        }
    } else {
        take(partner, logits);
    }
    if positives.is_empty() {
        return;
    }
    let (first, count) = match config.infonce {
        // The rows of the other view, from the one after the positive.
        InfoNce::OneSided | InfoNce::Both => (if anchor < pairs { pairs } else { 0 }, pairs),
        InfoNce::NtXent | InfoNce::SupCon => (0, 2 * pairs),
    };
    let mut negatives = count - positives.len() - usize::from(count == 2 * pairs);
    let kept = config.negatives as usize;
    if kept > 0 && kept < negatives {
        keep_first(rows, logits, anchor % count, first, count, kept);
        negatives = kept;
    }

    // Negatives first, relative to their own largest logit: exact entropy even where the positive dwarfs them all.
    let row = vectors_mut(&mut logits[span.clone()]);
    let (highest, negative_sum, moment) = with_instructions!(rows.instructions, simd => softmax_sums(simd, row, negatives > 0));
    if negatives > 0 {
        let entropy = libm::logf(negative_sum) - moment / negative_sum;
        totals.entropy += f64::from(entropy);
        totals.effective += f64::from(exp(entropy));
        totals.negatives += negatives as f64;
    }

    // The whole softmax, relative to the largest logit of all: stable at every temperature.
    let top = positives.iter().fold(if negatives > 0 { highest } else { f32::NEG_INFINITY }, |top, (_, logit)| top.max(*logit));
    let negative_scale = if negatives > 0 { exp(highest - top) } else { 0.0 };
    let mut partition = negative_sum * negative_scale;
    for (_, logit) in positives.iter() {
        partition += exp(logit - top);
    }
    let log_partition = top + libm::logf(partition);
    let share = 1.0 / positives.len() as f32;
    let mut loss = 0.0;
    for (_, logit) in positives.iter() {
        loss += f64::from(log_partition - logit);
    }
    totals.loss += loss * f64::from(share);
    totals.anchors += 1.0;

    let scale = inverse_tau / anchors as f32;
    let factor = scale * negative_scale / partition;
    for value in row.as_flattened_mut() {
        *value *= factor;
    }
    for (place, logit) in positives.iter() {
        logits[*place] = scale * (exp(logit - top) / partition - share);
    }
    rows.add_similarity_gradient(place, span, logits);
}

/// Replaces logits by their exponentials relative to the largest; gives the largest (0 where there are not `any`), their sum, and the sum
/// of each times how far its logit lies below the largest.
#[inline(always)]
fn softmax_sums<S: Simd>(simd: S, row: &mut [Lanes], any: bool) -> (f32, f32, f32) {
    let mut highest = splat(simd, f32::NEG_INFINITY);
    for logits in row.iter() {
        let logits = load(simd, logits);
        highest = logits.simd_gt(highest).select(logits, highest);
    }
    let highest = if any { largest(*highest) } else { 0.0 };
    let lowest = splat(simd, -100.0);
    let (mut sums, mut moments) = (splat(simd, 0.0), splat(simd, 0.0));
    for logits in row {
        let below = load(simd, logits) - highest;
        let weight = exp_x8(below);
        *logits = *weight;
        sums += weight;
        // What is out of the softmax has weight 0: any finite number will do for it.
        moments += weight * below.simd_gt(lowest).select(below, lowest);
    }
    (highest, sum(*sums), sum(*moments))
}

/// Takes places out of the softmax.
fn exclude(logits: &mut [f32], places: Range<usize>) {
    logits[places].fill(f32::NEG_INFINITY);
}

/// Keeps the first `kept` negatives on a walk through rows `first..first + count`, starting after the anchor and
/// coming round; takes the later ones out. The batch is in random order, so these are a random sample.
fn keep_first(rows: &Rows, logits: &mut [f32], anchor: usize, first: usize, count: usize, kept: usize) {
    let mut seen = 0;
    for offset in 1..count {
        let place = rows.place(first + (anchor + offset) % count);
        if logits[place] > f32::NEG_INFINITY {
            seen += 1;
            if seen > kept {
                logits[place] = f32::NEG_INFINITY;
            }
        }
    }
}
