//! What the losses with a softmax over negatives have in common: `InfoNCE`'s family, and `MoCo`'s.

use crate::config::{Config, InfoNce};
use crate::kernels::{Lanes, exp_x8, largest, load, splat, sum};
use crate::report::{AlarmKind, Candidate, InfoNceTerms, Ink, Line, Piece, Quantities, Quantity, Rule, Snapshot, Telling, Terms, WhyAsked};
use fearless_simd::Simd;
use fearless_simd::prelude::*;

/// Sums over the anchors, from which [`Terms`] are computed.
#[derive(Clone, Debug, Default)]
pub(super) struct Totals {
    /// Sum of the losses l_i.
    pub(super) loss: f64,
    /// Sum of the entropies.
    pub(super) entropy: f64,
    /// Sum of the effective numbers of negatives.
    pub(super) effective: f64,
    /// Sum of the numbers of negatives.
    pub(super) negatives: f64,
    /// Sum of 1 - P, see [`InfoNceTerms::coupling`]; only counted for DCL.
    pub(super) coupling: f64,
    /// Number of anchors that have a positive.
    pub(super) anchors: f64,
}

impl Totals {
    /// Returns the means over the anchors; 0 if there was no anchor.
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
                mutual_information: (!config.uses_supcon() && config.infonce != InfoNce::Dcl).then_some(bound as f32),
                coupling: (config.infonce == InfoNce::Dcl).then(|| mean(self.coupling)),
            }),
            ..Terms::default()
        }
    }
}

/// Replaces each logit l by w = e^(l - largest). Returns the largest logit (0 if `any` is false: there are no negatives), the sum of
/// w, and the sum of w (l - largest).
#[inline(always)]
pub(super) fn softmax_sums<S: Simd>(simd: S, row: &mut [Lanes], any: bool) -> (f32, f32, f32) {
    let highest = if any { highest(simd, row) } else { 0.0 };
    let lowest = splat(simd, -100.0);
    let (mut sums, mut moments) = (splat(simd, 0.0), splat(simd, 0.0));
    for logits in row {
        let below = load(simd, logits) - highest;
        let weight = exp_x8(below);
        *logits = *weight;
        sums += weight;
        // An excluded logit is minus infinity and has w = 0; clamping avoids 0 times infinity, which is NaN.
        moments += weight * below.simd_gt(lowest).select(below, lowest);
    }
    (highest, sum(*sums), sum(*moments))
}

/// Returns the largest logit. Four comparisons are under way at a time: one need not wait for another.
#[inline(always)]
fn highest<S: Simd>(simd: S, row: &[Lanes]) -> f32 {
    let mut highest = [splat(simd, f32::NEG_INFINITY); 4];
    let (abreast, rest) = row.as_chunks::<4>();
    for logits in abreast {
        for r in 0..4 {
            let logits = load(simd, &logits[r]);
            highest[r] = logits.simd_gt(highest[r]).select(logits, highest[r]);
        }
    }
    for logits in rest {
        let logits = load(simd, logits);
        highest[0] = logits.simd_gt(highest[0]).select(logits, highest[0]);
    }
    let [a, b, c, d] = highest.map(
        #[inline(always)]
        |lanes| largest(*lanes),
    );
    largest([a, b, c, d, a, b, c, d])
}

/// Fewer effective negatives than this do all of the push.
const FEW: f64 = 6.0;

/// The alarms of losses with a softmax over negatives.
pub const SOFTMAX_ALARMS: &[Rule] = &[
    Rule { kind: AlarmKind::OneNegativeRules, check: one_negative_rules, remedies: &[&[("tau", "0.2")]] },
    Rule { kind: AlarmKind::FlatLoss, check: flat_loss, remedies: &[&[("tau", "0.2")]] },
];

fn one_negative_rules(snapshot: &Snapshot) -> Option<(f64, f64)> {
    let (effective, negatives) = (f64::from(snapshot.terms.infonce?.effective_negatives), snapshot.negatives()?);
    let is_up = !snapshot.is_early() && !snapshot.is_in_one_place() && negatives >= 60.0 && effective < FEW;
    is_up.then_some((effective, negatives))
}

fn flat_loss(snapshot: &Snapshot) -> Option<(f64, f64)> {
    let (effective, negatives) = (f64::from(snapshot.terms.infonce?.effective_negatives), snapshot.negatives()?);
    let is_flat = negatives >= 8.0 && effective > 0.9 * negatives && snapshot.spectrum.spread > 0.1;
    let is_up = !snapshot.is_early() && !snapshot.is_in_one_place() && is_flat;
    is_up.then_some((f64::from(snapshot.terms.loss), libm::log(negatives + 1.0)))
}

/// The cross-entropy of an anchor's softmax with its numbers: of one with one positive, and of one with several.
pub fn why_softmax(asked: &WhyAsked<'_>) -> Vec<Line> {
    let (reasons, loss) = (asked.reasons, asked.loss());
    let Some(share) = reasons.positive_share else { return asked.plain() };
    let positives = reasons.candidates.iter().filter(|other| other.positive && other.share.is_some()).count();
    let (plain, variable) = (Piece::plain, |text: &str| Piece::variable(text, Ink::Pull));
    // Where the share is too small for a number, its logarithm is not that of what would be shown.
    if positives == 1 && share > 0.0 {
        return vec![
            vec![
                plain("− log "),
                variable("p"),
                plain("₊ = − log "),
                Piece::number(share, Ink::Pull),
                plain(" = "),
                Piece::number(loss, Ink::Plain),
            ],
            vec![
                variable("p"),
                plain("₊ + Σ "),
                Piece::variable("p", Ink::Push),
                plain("₋ = "),
                Piece::number(share, Ink::Pull),
                plain(" + "),
                Piece::number(1.0 - share, Ink::Push),
            ],
        ];
    }
    let mean = if positives == 1 { "− log " } else { "− mean log " };
    vec![vec![plain(mean), variable("p"), plain("₊ = "), Piece::number(loss, Ink::Plain)]]
}

/// Whom an anchor is nearest to among those that it compares itself with: its positive's cosine and rank, and the nearest negative. None where
/// it has no positive or no negative.
pub fn nearest(telling: &Telling<'_>) -> Option<(Quantities, Candidate)> {
    let candidates = || telling.reasons.into_iter().flat_map(|reasons| &reasons.candidates).filter(|other| other.share.is_some());
    let nearest = |positive: bool| candidates().filter(|other| other.positive == positive).max_by(|a, b| a.cosine.total_cmp(&b.cosine));
    let (positive, negative) = (nearest(true)?, nearest(false)?);
    // The place, from 1, of the nearest of the positives among all candidates, by cosine.
    let rank = 1 + candidates().filter(|other| other.cosine > positive.cosine && !other.positive).count();
    let quantities = vec![
        telling.anchor(),
        ("positive", Quantity::Real(positive.cosine)),
        ("rank", Quantity::of_count(rank)),
        ("candidates", Quantity::of_count(candidates().count())),
        ("cosine", Quantity::Real(negative.cosine)),
    ];
    Some((quantities, *negative))
}
