//! A method's loss on given rows, without networks: what `evaluate` computes.

use super::joint::Compared;
use super::{Found, Memory, Method as _, Run, plan, with_method};
use crate::config::{Config, Head, Layers, Norm};
use crate::kernels::Instructions;
use crate::matrix::{Matrix, padded};
use crate::objective::KMeans;
use crate::report::Terms;
use crate::rows::{Rows, UnitRows};
use crate::state::{Kept, Plan, State, Views};
use crate::views::Batch;

/// Rows that a loss is evaluated on.
#[derive(Clone, Copy, Debug)]
pub struct GivenRows<'a> {
    /// The outputs, [2N, width]: first view a, then view b. `MoCo` takes them for queries and keys; methods that predict for predictions
    /// and targets alike; an autoencoder for what it gave back and what it should have; a VAE for means and log variances, of which it
    /// evaluates the divergence alone; a GAN their first coordinates for logits of real and of made points.
    pub outputs: &'a Matrix,
    /// Class of each output.
    pub labels: &'a [u8],
    /// `MoCo`'s keys of earlier batches, [K, width].
    pub queue: Option<&'a Matrix>,
    /// `SwAV`'s prototypes, or `DeepCluster`'s centroids, [K, width].
    pub prototypes: Option<&'a Matrix>,
}

/// What an evaluation finds. All derivatives are by the rows as they were given.
#[derive(Clone, Debug)]
pub struct Evaluated {
    /// The loss and what the method says of it.
    pub terms: Terms,
    /// The derivative by the outputs, [2N, width]. Rows that no gradient goes to have zeros.
    pub gradient: Matrix,
    /// The derivative by the prototypes, if there are any; zeros where they are centroids.
    pub by_prototypes: Option<Matrix>,
    /// The derivative by the numbers that the loss trains, such as a scale and a bias; empty where it has none.
    pub by_trained: Vec<f32>,
    /// The outputs as they are compared.
    pub rows: Rows,
}

impl Evaluated {
    /// What was found of rows without prototypes.
    pub(super) fn new(config: &Config, given: &GivenRows<'_>, terms: &Terms, gradient: Matrix) -> Self {
        let mut rows = Rows::default();
        rows.load(given.outputs, config.compared());
        Self { terms: *terms, gradient, by_prototypes: None, by_trained: Vec::new(), rows }
    }
}

/// Evaluates a method's loss on given rows. What the method has to keep beside them must be there: `queue` or `prototypes`.
///
/// `DeepCluster` takes the centroid nearest to a pair's row of view a for the cluster of both its rows.
pub fn evaluate_rows(config: &Config, given: &GivenRows<'_>) -> Evaluated {
    let mut memory = Memory::new(config.method);
    with_method!(&mut memory, method => method.given(config, given))
}

/// Returns the rows of view a and those of view b.
pub(super) fn halves(outputs: &Matrix) -> [Matrix; 2] {
    let pairs = outputs.rows() / 2;
    [0, pairs].map(|start| {
        let mut half = Matrix::default();
        half.copy_rows(outputs, start, pairs);
        half
    })
}

/// Evaluates a `loss` of joint embedding, as a run would whose networks gave these rows.
pub(super) fn joint(
    config: &Config,
    given: &GivenRows<'_>,
    loss: impl FnOnce(&Run<'_>, &mut Compared<'_>, &mut Found) -> Terms,
) -> Evaluated {
    let GivenRows { outputs, labels, queue, prototypes } = *given;
    let (pairs, width) = (outputs.rows() / 2, outputs.columns());
    let count = queue.or(prototypes).map_or(0, Matrix::rows) as u32;
    let config = &Config {
        layers: Layers::default(),
        norm: Norm::None,
        head: Head::None,
        predictor: Head::None,
        dim: width as u32,
        batch: pairs as u32,
        frozen: 0,
        queue: count,
        prototypes: count,
        clusters: count,
        ..config.clone()
    };
    let plan = &plan(config, 1, pairs);
    let mut state = State::new(config, plan, Instructions::best());
    fill(plan, given, &mut state);
    let points = (0..pairs as u32).chain(0..pairs as u32).collect();
    let batch = &Batch { inputs: Matrix::zeros(2 * pairs, 1), labels: labels.to_vec(), points, ..Batch::default() };
    let run = Run { config, plan, state: &state, batch, is_again: false };

    let [first, second] = halves(outputs);
    let (z, target) = if plan.wiring.online == Views::First { (&first, &second) } else { (outputs, outputs) };
    let mut by_z = Matrix::zeros(z.rows(), width);
    let mut by_p = by_z.clone();
    let mut found = Found::default();
    found.gradient.resize(state.values.len(), 0.0);
    found.rows.load(outputs, config.compared());
    let terms = loss(&run, &mut Compared { z, p: z, target, by_z: &mut by_z, by_p: &mut by_p }, &mut found);

    let mut gradient = Matrix::zeros(2 * pairs, width);
    for row in 0..by_z.rows() {
        let predicted = by_p.row(row).iter().map(|slope| if plan.wiring.predicts { *slope } else { 0.0 });
        for (target, (slope, predicted)) in gradient.row_mut(row).iter_mut().zip(by_z.row(row).iter().zip(predicted)) {
            *target = slope + predicted;
        }
    }
    let by_prototypes = prototypes.map(|prototypes| {
        let mut gradient = Matrix::zeros(prototypes.rows(), width);
        if let Some(plan) = &plan.prototypes {
            gradient.data_mut().copy_from_slice(&found.gradient[plan.values.clone()]);
        }
        gradient
    });
    let by_trained = found.gradient[plan.trained.clone()].to_vec();
    Evaluated { terms, gradient, by_prototypes, by_trained, rows: found.rows }
}

/// Puts queue, prototypes or centroids into the state.
fn fill(plan: &Plan, given: &GivenRows<'_>, state: &mut State) {
    let mut unit = UnitRows::default();
    if let (Some(queue), Some(Kept::Queue(count))) = (given.queue, plan.wiring.kept) {
        unit.load(queue);
        let stride = padded(count);
        for key in 0..count {
            for (coordinate, value) in unit.rows.row(key).iter().enumerate() {
                state.bank.rows[coordinate * stride + key] = *value;
            }
        }
    }
    if let (Some(prototypes), Some(plan)) = (given.prototypes, &plan.prototypes) {
        state.values[plan.values.clone()].copy_from_slice(prototypes.data());
    }
    if let (Some(centroids), Some(Kept::Clusters(_))) = (given.prototypes, plan.wiring.kept) {
        let mut anchors = UnitRows::default();
        anchors.load(&halves(given.outputs)[0]);
        unit.load(centroids);
        let embeddings = anchors.rows.data().len();
        state.bank.rows[..embeddings].copy_from_slice(anchors.rows.data());
        state.bank.rows[embeddings..].copy_from_slice(unit.rows.data());
        KMeans::default().assign(anchors.rows.data(), plan.width, unit.rows.data(), &mut state.bank.tags);
    }
}
