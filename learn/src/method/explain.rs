//! Why a row moves: what all methods' answers have in common.

use super::{Found, Memory, Method as _, Outputs, Run, with_method};
use crate::config::Similarity;
use crate::matrix::Matrix;
use crate::objective::Prototypes;
use crate::report::{
    Candidate, Ink, Keys, Line, Measure, Part, Piece, Quantities, Quantity, Reasons, Role, Snapshot, Telling, WhyAsked, compared,
};
use crate::rows::norm;

/// Says why the row of view a of pair [`Reasons::pair`] moves, once the evaluation is done: candidates or parts, and the force on the row.
/// [`Found::watch`] was about that row.
pub fn explain(memory: &mut Memory, run: &Run<'_>, found: &Found, reasons: &mut Reasons) {
    let (row, partner) = (reasons.pair as usize, reasons.pair as usize + run.pairs());
    let on_sphere = run.config.compared() == Similarity::Cosine;
    let Outputs { p, target, .. } = memory.outputs(run.plan);
    reasons.of_predictions = run.plan.predictor.is_some();
    (reasons.dim, reasons.on_sphere) = (run.plan.width, on_sphere);
    let positive = if partner < p.rows() { compared(p, partner, on_sphere) } else { compared(target, row, on_sphere) };
    reasons.views = [compared(p, row, on_sphere), positive];
    let length = if on_sphere { norm(p.row(row)) } else { 1.0 };
    with_method!(memory, method => method.explain(run, found, reasons));
    // From the derivative by the raw row, which is as many times shorter as the row is longer.
    let by_row = memory.outputs(run.plan).by_p.row(row);
    reasons.sum = by_row.iter().take(run.plan.width).map(|slope| -slope * length).collect();
    if let Some(key) = rest(memory) {
        let mut force = reasons.sum.clone();
        for part in &reasons.parts {
            for (force, other) in force.iter_mut().zip(&part.force) {
                *force -= other;
            }
        }
        reasons.parts.insert(0, Part { key: key.to_owned(), force, pulls: true });
    }
}

/// The key of the part of the force that a method's other parts leave.
fn rest(memory: &Memory) -> Option<&'static str> {
    fn of<M: super::Method>(_: &M) -> Option<&'static str> {
        M::REST
    }
    with_method!(memory, method => of(method))
}

/// Explains a prediction, whose own `loss` is a function of the cosine: it has one candidate, the target of the other view, which pulls with
/// this weight. With `both_ways` the row is a target itself, to which a gradient goes, if there is no predictor between.
pub(super) fn explain_prediction(
    run: &Run<'_>,
    targets: &Matrix,
    weight: f32,
    both_ways: bool,
    loss: impl Fn(f32) -> f32,
    reasons: &mut Reasons,
) {
    let Run { batch, plan, .. } = *run;
    let other = reasons.pair as usize + run.pairs();
    let as_candidate = if both_ways && plan.predictor.is_none() { weight } else { 0.0 };
    let candidate = Candidate {
        role: Role::Target,
        index: other as u32,
        point: Some(batch.points[other]),
        label: Some(batch.labels[other]),
        positive: true,
        weight: weight + as_candidate,
        as_candidate,
        ..Candidate::default()
    };
    reasons.add(candidate, compared(targets, other, true));
    reasons.loss = reasons.candidates.first().map(|target| loss(target.cosine));
}

/// Explains a cross-entropy over prototypes: each pulls by its part of the target and pushes by its part of the row's softmax.
pub(super) fn explain_prototypes(run: &Run<'_>, role: Role, prototypes: &Prototypes, target: &[f32], reasons: &mut Reasons) {
    let tau = f64::from(run.config.tau);
    let scores = prototypes.scores().row(reasons.pair as usize);
    let highest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let parts: Vec<f64> = scores.iter().map(|score| libm::exp(f64::from(score - highest) / tau)).collect();
    let all: f64 = parts.iter().sum();
    let scale = 1.0 / (tau * (2 * run.pairs()) as f64);
    let mut loss = 0.0;
    for (index, (part, code)) in parts.iter().zip(target).enumerate() {
        let share = part / all;
        if *code > 0.0 {
            loss -= f64::from(*code) * libm::log(share);
        }
        let weight = (scale * (f64::from(*code) - share)) as f32;
        let candidate = Candidate {
            role,
            index: index as u32,
            positive: weight > 0.0,
            share: Some(share as f32),
            code: Some(*code),
            weight,
            ..Candidate::default()
        };
        reasons.add(candidate, prototypes.centre(index).iter().copied());
    }
    reasons.loss = Some(loss as f32);
}

/// Explains a loss that compares no pairs of rows by its terms: the derivative of each alone by z, which `evaluate` finds for a term.
pub(super) fn explain_terms(z: &Matrix, terms: &[(&str, bool)], mut evaluate: impl FnMut(usize, &mut Matrix), reasons: &mut Reasons) {
    let mut by_z = Matrix::zeros(z.rows(), z.columns());
    for (term, (key, pulls)) in terms.iter().enumerate() {
        by_z.data_mut().fill(0.0);
        evaluate(term, &mut by_z);
        let force = by_z.row(reasons.pair as usize).iter().map(|slope| -slope).collect();
        reasons.parts.push(Part { key: (*key).to_owned(), force, pulls: *pulls });
    }
}

/// What cures a prediction that has become constant.
pub(super) const OTHER_NETWORKS: &[Keys] = &[&[("predictor", "mlp"), ("norm", "hidden")], &[("stop", "yes")]];

/// Prediction and target are one point for all inputs.
pub(super) fn prediction_constant(snapshot: &Snapshot) -> Option<(f64, f64)> {
    let (cosine, std) = (snapshot.measure(Measure::PredictionCosine)?, snapshot.measure(Measure::Std)?);
    (!snapshot.is_early() && cosine > 0.99 && std < 0.1).then_some((cosine, 1.0))
}

/// Most prototypes or clusters are not used.
pub(super) fn prototypes_unused(snapshot: &Snapshot) -> Option<(f64, f64)> {
    let used = snapshot.measure(Measure::PrototypesUsed)?;
    let count = f64::from((super::about(&snapshot.config).prototypes)(&snapshot.config));
    (!snapshot.is_early() && count >= 4.0 && used < 0.3 * count).then_some((used, count))
}

/// The loss of a prediction with its numbers; `before` stands before the cosine.
pub(super) fn why_prediction(asked: &WhyAsked<'_>, before: &str) -> Vec<Line> {
    let Some(target) = asked.reasons.candidates.first() else { return asked.plain() };
    let plain = Piece::plain;
    vec![
        vec![plain(before), plain("cos("), Piece::variable("p", Ink::Plain), plain(", "), Piece::variable("z", Ink::Pull), plain(")")],
        vec![plain("= "), plain(before), Piece::number(target.cosine, Ink::Pull), plain(" = "), Piece::number(asked.loss(), Ink::Plain)],
    ]
}

/// The cross-entropy over prototypes with its number.
pub(super) fn why_prototypes(asked: &WhyAsked<'_>) -> Vec<Line> {
    vec![vec![
        Piece::plain("− Σ "),
        Piece::variable("q", Ink::Pull),
        Piece::plain(" log "),
        Piece::variable("p", Ink::Push),
        Piece::plain(" = "),
        Piece::number(asked.loss(), Ink::Plain),
    ]]
}

/// What is told of a comparison of predictions and targets.
pub(super) fn compare_prediction(telling: &Telling<'_>) -> (&'static str, Quantities) {
    let cosine = telling.reasons.and_then(|reasons| reasons.candidates.first()).map_or(f32::NAN, |target| target.cosine);
    let mean = telling.measured(Measure::PredictionCosine);
    ("target", vec![telling.anchor(), ("positive", Quantity::Real(cosine)), ("mean", mean)])
}

/// What is told of a comparison with prototypes or centroids.
pub(super) fn compare_prototypes(telling: &Telling<'_>) -> Quantities {
    let candidates = telling.reasons.map_or(&[][..], |reasons| &reasons.candidates);
    let nearest = candidates.iter().max_by(|a, b| a.cosine.total_cmp(&b.cosine));
    vec![
        ("rows", Quantity::of_count(2 * telling.pairs)),
        ("count", Quantity::of_count(candidates.len())),
        telling.anchor(),
        ("number", Quantity::Count(nearest.map_or(0, |other| u64::from(other.index) + 1))),
        ("cosine", Quantity::Real(nearest.map_or(f32::NAN, |other| other.cosine))),
    ]
}
