//! The family of `InfoNCE` losses: the cross-entropy of picking an anchor's positive among its candidates.
//!
//! For an anchor i with positives P and negatives K, and s_ij = z_i . z_j:
//!
//!   l_i = -1/|P| sum_{p in P} log( e^{s_ip / tau} / (sum_{p' in P} e^{s_ip' / tau} + sum_{k in K} e^{s_ik / tau}) )
//!
//! | convention | anchors | positives | negatives | source |
//! | --- | --- | --- | --- | --- |
//! | NT-Xent | all 2N rows | the anchor's other view | all other rows | Chen et al. 2020, eq. 1 |
//! | one-sided | rows of view a | the anchor's view b | the other rows of view b | van den Oord et al. 2018; He et al. 2020, eq. 1 |
//! | both | all 2N rows | the anchor's other view | the other rows of the other view | mean of one-sided in both directions |
//! | `SupCon` | all 2N rows | all other rows with the anchor's label | all rows with another label | Khosla et al. 2020, eq. 2 (out) |
//! | DCL | all 2N rows | the anchor's other view, not in the denominator | all other rows | Yeh et al. 2022 |
//!
//! The loss is the mean of l_i over the anchors. Its derivative by s_ij is (p_ij - \[j in P\] / |P|) / (tau A), where p_ij is the
//! softmax of s_ij / tau over the candidates of i (with DCL: over its negatives) and A the number of anchors. It contributes to the gradient by both rows, z_i and z_j.

use super::ntxent;
use super::pair::{Asked, PairLoss};
use super::softmax::{SOFTMAX_ALARMS, Totals, nearest, softmax_sums, why_softmax};
use crate::config::{Config, InfoNce, PositiveRows, Similarity};
use crate::kernels::{exp, load, vectors_mut, with_instructions};
use crate::report::{About, Anchors, Candidates, Kind, Line, Quantities, Quantity, Reasons, Telling, Terms, WhyAsked};
use crate::rows::{Rows, Watch};
use std::ops::Range;

/// Scratch memory for a group of anchors.
#[derive(Clone, Debug, Default)]
pub(super) struct Scratch {
    /// For each anchor of a group, the logit of each place, which is its similarity with the anchor over tau; later the derivative of the
    /// loss by the similarity.
    logits: Vec<f32>,
    /// Place and logit of each positive of the anchor.
    positives: Vec<(usize, f32)>,
    totals: Totals,
}

/// The family, with the scratch memory of both its programs: anchor by anchor, and the walks of NT-Xent.
#[derive(Clone, Debug, Default)]
pub struct InfoNceLoss {
    anchors: Scratch,
    walks: ntxent::Scratch,
}

impl PairLoss for InfoNceLoss {
    const ABOUT: About = About {
        headline: "effective_negatives",
        convention: |config| {
            let infonce = if config.uses_supcon() { InfoNce::SupCon } else { config.infonce };
            vec![("infonce", infonce.word()), ("similarity", config.similarity.word())]
        },
        alarms: SOFTMAX_ALARMS,
        measures_raw_rows: false,
        has_pushes: true,
        has_turns: true,
        ..About::PLAIN
    };
    const HAS_LOGITS: bool = true;

    fn evaluate(&mut self, asked: Asked<'_>, rows: &mut Rows, _: &mut [f32], watch: Option<&mut Watch>) -> Terms {
        let Asked { config, labels, .. } = asked;
        // Somebody who asks about a row wants to know of each anchor; the walks of NT-Xent go through pairs.
        if watch.is_none() && ntxent::applies(config, rows) {
            ntxent::evaluate(config, rows, &mut self.walks)
        } else {
            anchors(config, rows, labels, &mut self.anchors, watch)
        }
    }

    fn settle(config: &Config, logits: &[Option<f64>], reasons: &mut Reasons) {
        reasons.set_softmax(logits, config.infonce != InfoNce::Dcl);
    }

    /// -log of the positive's share. Of DCL too the positive is left in: it is the same for every place on the sphere.
    fn loss_at(config: &Config, anchor: &[f32], others: &[f32]) -> f32 {
        let dot = |other: &[f32]| anchor.iter().zip(other).map(|(a, b)| a * b).sum::<f32>();
        let own = if config.similarity == Similarity::Cosine { 1.0 } else { dot(anchor) };
        libm::log1pf(others.chunks_exact(anchor.len()).map(|other| exp((dot(other) - own) / config.tau)).sum())
    }

    fn formula(config: &Config) -> Kind {
        let (pairs, is_supcon) = (config.batch as usize, config.uses_supcon());
        let (anchors, candidates, all) = match config.infonce {
            InfoNce::NtXent | InfoNce::SupCon | InfoNce::Dcl => (Anchors::All, Candidates::AllRows, 2 * pairs - 2),
            InfoNce::OneSided => (Anchors::ViewA, Candidates::OtherView, pairs - 1),
            InfoNce::Both => (Anchors::BothViews, Candidates::OtherView, pairs - 1),
        };
        let kept = Some(config.negatives as usize).filter(|kept| *kept > 0 && (is_supcon || *kept < all));
        Kind::Softmax {
            anchors,
            positives: config.positive_rows(),
            candidates,
            negatives: (!is_supcon).then_some(all),
            coupled: config.infonce != InfoNce::Dcl,
            kept,
            tau: config.tau,
        }
    }

    fn why(asked: &WhyAsked<'_>) -> Vec<Line> {
        if asked.config.infonce == InfoNce::Dcl { asked.plain() } else { why_softmax(asked) }
    }

    fn compare(telling: &Telling<'_>) -> (&'static str, Quantities) {
        let Some((mut quantities, negative)) = nearest(telling) else { return telling.all_pairs() };
        let rows = 2 * telling.pairs;
        let compared = match telling.config.infonce {
            InfoNce::OneSided | InfoNce::Both => telling.pairs * telling.pairs,
            InfoNce::NtXent | InfoNce::SupCon | InfoNce::Dcl => rows * (rows - 1) / 2,
        };
        quantities.insert(0, ("pairs", Quantity::of_count(compared)));
        quantities.extend(negative.point.map(|point| ("nearest", Quantity::Point(point))));
        ("", quantities)
    }
}

/// Returns the terms, and writes the gradient by the rows: one group of anchors ([`Rows::group`]) after the other. What the loss asks of the
/// row that `watch` is about is noted there.
pub(super) fn anchors(config: &Config, rows: &mut Rows, labels: &[u8], scratch: &mut Scratch, mut watch: Option<&mut Watch>) -> Terms {
    scratch.logits.resize(rows.group() * rows.places(), 0.0);
    scratch.positives.clear();
    scratch.positives.reserve(rows.rows());
    scratch.totals = Totals::default();
    let pairs = rows.pairs();
    let anchors = if config.infonce == InfoNce::OneSided { pairs } else { 2 * pairs };
    let mut next = 0;
    while next < anchors {
        // The anchors of a group are of one view.
        let view = usize::from(next >= pairs);
        let group = next..((view + 1) * pairs).min(next + rows.group());
        let span = match config.infonce {
            InfoNce::OneSided | InfoNce::Both => rows.view_places(1 - view),
            InfoNce::NtXent | InfoNce::SupCon | InfoNce::Dcl => 0..rows.places(),
        };
        next = group.end;
        group_terms(config, rows, labels, group, anchors, span, scratch, watch.as_deref_mut());
    }
    // With SupCon, a row whose label no other row has is not an anchor. The gradient was scaled as if every row was one.
    let counted = scratch.totals.anchors.max(1.0);
    if counted < anchors as f64 {
        let factor = (anchors as f64 / counted) as f32;
        rows.scale_gradient(factor);
        if let Some(watch) = watch {
            watch.scale(factor);
        }
    }
    scratch.totals.terms(config)
}

/// Adds the losses of a group of anchors to the totals and their gradient to `rows`. `span` holds the places of their candidates, `anchors`
/// is the number of anchors by which the gradient is divided.
#[expect(clippy::too_many_arguments, reason = "the loop's body, apart so that it can be read apart")]
fn group_terms(
    config: &Config,
    rows: &mut Rows,
    labels: &[u8],
    group: Range<usize>,
    anchors: usize,
    span: Range<usize>,
    scratch: &mut Scratch,
    mut watch: Option<&mut Watch>,
) {
    let Scratch { logits, positives, totals, .. } = scratch;
    let first = rows.place(group.start);
    let places = first..first + group.len();
    rows.similarities(places.clone(), 1.0 / config.tau, span.clone(), logits);
    let before = totals.anchors;
    for (anchor, logits) in group.zip(logits.chunks_exact_mut(rows.places())) {
        let logits_of = watch.as_deref_mut().filter(|watch| watch.row == anchor).map(|watch| watch.logits.as_mut_slice());
        anchor_terms(config, rows, labels, anchor, anchors, span.clone(), logits, positives, totals, logits_of);
        if let Some(watch) = &mut watch {
            watch.note(anchor, |row| Some(rows.place(row)).filter(|place| span.contains(place)).map_or(0.0, |place| logits[place]));
        }
    }
    if totals.anchors > before {
        rows.add_similarity_gradient(places, span, logits);
    }
}

/// Adds one anchor's loss to the totals and replaces the logits by the derivative of the loss by the similarities. `span` and `anchors` are
/// those of [`group_terms`]. The anchor's logits
/// are written to `watched` by row.
#[expect(clippy::too_many_arguments, reason = "the loop's body, apart so that it can be read apart")]
fn anchor_terms(
    config: &Config,
    rows: &Rows,
    labels: &[u8],
    anchor: usize,
    anchors: usize,
    span: Range<usize>,
    logits: &mut [f32],
    positives: &mut Vec<(usize, f32)>,
    totals: &mut Totals,
    watched: Option<&mut [Option<f32>]>,
) {
    let inverse_tau = 1.0 / config.tau;
    let pairs = rows.pairs();
    let place = rows.place(anchor);

    // Exclude padding, the anchor itself and the positives, so that only negatives are left in `logits`.
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
    match config.positive_rows() {
        PositiveRows::Partner => take((anchor + pairs) % (2 * pairs), logits),
        rule @ PositiveRows::Label => {
            for row in (0..2 * pairs).filter(|row| *row != anchor && rule.join(pairs, labels, anchor, *row)) {
                take(row, logits);
            }
        }
    }
    if positives.is_empty() {
        logits.fill(0.0);
        return;
    }
    let (first, count) = match config.infonce {
        // The candidates are the rows of the other view.
        InfoNce::OneSided | InfoNce::Both => (if anchor < pairs { pairs } else { 0 }, pairs),
        InfoNce::NtXent | InfoNce::SupCon | InfoNce::Dcl => (0, 2 * pairs),
    };
    let mut negatives = count - positives.len() - usize::from(count == 2 * pairs);
    let kept = config.negatives as usize;
    if kept > 0 && kept < negatives {
        keep_first(rows, logits, anchor % count, first, count, kept);
        negatives = kept;
    }

    if let Some(watched) = watched {
        for (row, slot) in watched.iter_mut().enumerate() {
            let place = rows.place(row);
            let own = positives.iter().find(|(positive, _)| *positive == place).map(|(_, logit)| *logit);
            *slot = own.or_else(|| Some(logits[place]).filter(|logit| span.contains(&place) && *logit > f32::NEG_INFINITY));
        }
    }

    // First the softmax over the negatives alone, relative to their largest logit: the entropy is exact even if the positive's logit is
    // much larger than theirs.
    let row = vectors_mut(&mut logits[span]);
    let (highest, negative_sum, moment) = with_instructions!(rows.instructions, simd => softmax_sums(simd, row, negatives > 0));
    if negatives > 0 {
        let entropy = libm::logf(negative_sum) - moment / negative_sum;
        totals.entropy += f64::from(entropy);
        totals.effective += f64::from(exp(entropy));
        totals.negatives += negatives as f64;
    }

    // Then the softmax over all candidates, relative to the largest logit of all: it cannot overflow at any temperature.
    let top = positives.iter().fold(if negatives > 0 { highest } else { f32::NEG_INFINITY }, |top, (_, logit)| top.max(*logit));
    let negative_scale = if negatives > 0 { exp(highest - top) } else { 0.0 };
    let mut partition = negative_sum * negative_scale;
    for (_, logit) in positives.iter() {
        partition += exp(logit - top);
    }
    let is_coupled = config.infonce != InfoNce::Dcl;
    if !is_coupled {
        // Of the denominator only the negatives stay.
        totals.coupling += f64::from(negative_sum * negative_scale / partition);
        partition = negative_sum * negative_scale;
    }
    let log_partition = if is_coupled { top + libm::logf(partition) } else { highest + libm::logf(negative_sum) };
    let share = 1.0 / positives.len() as f32;
    let mut loss = 0.0;
    for (_, logit) in positives.iter() {
        loss += f64::from(log_partition - logit);
    }
    totals.loss += loss * f64::from(share);
    totals.anchors += 1.0;

    let scale = inverse_tau / anchors as f32;
    // Where a positive is so similar that nothing is left of the negatives beside it, DCL still pushes them by their own softmax.
    let factor = if is_coupled { scale * negative_scale / partition } else { scale / negative_sum };
    with_instructions!(rows.instructions, simd => {
        for values in row {
            *values = *(load(simd, values) * factor);
        }
    });
    for (place, logit) in positives.iter() {
        let part = if is_coupled { exp(logit - top) / partition } else { 0.0 };
        logits[*place] = scale * (part - share);
    }
}

/// Excludes places from the softmax: their logits become minus infinity.
fn exclude(logits: &mut [f32], places: Range<usize>) {
    logits[places].fill(f32::NEG_INFINITY);
}

/// Keeps the first `kept` negatives among the rows `first..first + count`, in cyclic order from the row after `first + anchor`, and
/// excludes the others. Because the batch is in random order, the kept ones are a random sample.
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
