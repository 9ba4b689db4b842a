//! Why a point moves, as JSON: the object of `inspect` and of the script API's `inspect()`.

use super::json::number;
use crate::learn::report::{Candidate, Reasons, Role, Turn};
use serde_json::{Map, Value, json};

/// Returns all that is known of why a point moves at a step. Candidates come the strongest first.
pub fn value(step: u64, reasons: &Reasons) -> Value {
    let row = |values: &[f32]| -> Value { values.iter().map(|value| number(*value)).collect() };
    let real = |value: Option<f32>| value.map_or(Value::Null, number);
    let view = |candidate: &Candidate| match candidate.role {
        Role::View | Role::Target => json!(if candidate.index < reasons.pairs { "a" } else { "b" }),
        Role::Key | Role::Prototype | Role::Centroid => Value::Null,
    };
    let candidate = |place: usize| {
        let candidate = &reasons.candidates[place];
        json!({
            "role": candidate.role.key(),
            "index": candidate.index,
            "point": candidate.point,
            "view": view(candidate),
            "label": candidate.label,
            "positive": candidate.positive,
            "cosine": number(candidate.cosine),
            "squared_distance": number(candidate.squared_distance),
            "share": real(candidate.share),
            "code": real(candidate.code),
            "weight": number(candidate.weight),
            "weight_as_candidate": number(candidate.as_candidate),
            "embedding": row(reasons.row(place)),
        })
    };
    let both = reasons.forces(Turn::Both);
    let parts: Map<String, Value> = reasons.parts.iter().map(|part| (part.key.clone(), row(&part.force))).collect();
    json!({
        "point": reasons.point,
        "step": step,
        "drawn": reasons.drawn,
        "pair": reasons.pair,
        "pairs": reasons.pairs,
        "space": reasons.space().key(),
        "on_sphere": reasons.on_sphere,
        "views": [row(&reasons.views[0]), row(&reasons.views[1])],
        "places": [row(&reasons.places[..2]), row(&reasons.places[2..])],
        "batch_loss": number(reasons.batch_loss),
        "loss": real(reasons.loss),
        "effective_negatives": real(reasons.effective_negatives),
        "positive_share": real(reasons.positive_share),
        "negatives_of_80_percent": reasons.strongest,
        "pull": row(&both.pull),
        "push": row(&both.push),
        "push_by_class": both.push_by_class.iter().map(|force| row(force)).collect::<Value>(),
        "sum": row(&reasons.sum),
        "as_candidate": row(&reasons.forces(Turn::Candidate).sum),
        "moved": if reasons.moved.is_empty() { Value::Null } else { row(&reasons.moved) },
        "parts": parts,
        "candidates": reasons.by_strength().map(candidate).collect::<Value>(),
    })
}
