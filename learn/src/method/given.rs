//! A method's loss on given rows, without networks: what `evaluate` computes.

use super::{Backward, Forward, Kept, Memory, Rows};
use crate::config::{Config, Head, Layers, MethodName, Norm};
use crate::kernels::Instructions;
use crate::matrix::{Matrix, padded};
use crate::objective::{KMeans, Objective, Terms, UnitRows, discriminator_loss, divergence_from_prior, generator_loss, squared_error};
use crate::random::Random;
use crate::readings::Measure;
use crate::state::{Plan, State};
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
    /// The outputs as they are compared.
    pub objective: Objective,
}

/// Evaluates a method's loss on given rows. What the method has to keep beside them must be there: `queue` or `prototypes`.
///
/// `DeepCluster` takes the centroid nearest to a pair's row of view a for the cluster of both its rows.
pub fn evaluate_rows(config: &Config, given: &GivenRows<'_>) -> Evaluated {
    let GivenRows { outputs, labels, queue, prototypes } = *given;
    if config.method.is_generative() {
        return evaluate_generative(config, outputs);
    }
    let (pairs, width) = (outputs.rows() / 2, outputs.columns());
    let count = queue.or(prototypes).map_or(0, Matrix::rows) as u32;
    let config = Config {
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
    let plan = Plan::new(&config, 1, pairs);
    let mut state = State::new(&config, &plan, Instructions::best());
    let mut objective = Objective::default();
    let mut memory = Memory::new(config.method);
    fill(&plan, given, &mut state);

    let points = (0..pairs as u32).chain(0..pairs as u32).collect();
    let batch = Batch { inputs: Matrix::zeros(2 * pairs, 1), labels: labels.to_vec(), points, ..Batch::default() };
    let [first, second] = [0, pairs].map(|start| part(outputs, start, pairs));
    let (z, target) = if plan.wiring.online == Rows::First { (&first, &second) } else { (outputs, outputs) };
    let forward = Forward { config: &config, plan: &plan, state: &state, batch: &batch, z, p: z, target, is_again: false, turn: 0 };
    objective.rows.load(outputs, config.compared());
    let mut by_z = Matrix::zeros(z.rows(), width);
    let mut by_p = by_z.clone();
    let mut by_values = vec![0.0; state.values.len()];
    memory.begin(&forward, &mut objective);
    let mut miner = Random::new(config.seed, "miner");
    let mut backward = Backward { by_z: &mut by_z, by_p: &mut by_p, by_values: &mut by_values };
    // Nothing stops it before the end.
    let terms = memory.advance(&forward, &mut objective, &mut miner, usize::MAX, &mut backward).unwrap_or_default();

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
            gradient.data_mut().copy_from_slice(&by_values[plan.values.clone()]);
        }
        gradient
    });
    Evaluated { terms, gradient, by_prototypes, objective }
}

/// Evaluates what a generative method computes of rows.
fn evaluate_generative(config: &Config, outputs: &Matrix) -> Evaluated {
    let (pairs, width) = (outputs.rows() / 2, outputs.columns());
    let [first, second] = [0, pairs].map(|start| part(outputs, start, pairs));
    let mut gradient = Matrix::zeros(2 * pairs, width);
    let mut terms = Terms::default();
    match config.method {
        MethodName::Vae => {
            let parameters: Vec<f32> = (0..pairs).flat_map(|row| [first.row(row), second.row(row)].concat()).collect();
            let mut by_parameters = Matrix::zeros(pairs, 2 * width);
            let slope = f64::from(config.beta) / pairs as f64;
            let sum = divergence_from_prior(&Matrix::from_rows(&parameters, 2 * width), width, slope, &mut by_parameters);
            terms.loss = (slope * sum) as f32;
            terms.measures.set(Measure::Divergence, (sum / pairs as f64) as f32);
            for row in 0..pairs {
                let (by_means, by_logs) = by_parameters.row(row).split_at(width);
                gradient.row_mut(row).copy_from_slice(by_means);
                gradient.row_mut(pairs + row).copy_from_slice(by_logs);
            }
        }
        MethodName::Gan => {
            let logits: Vec<f32> = (0..2 * pairs).map(|row| outputs.row(row)[0]).collect();
            let logits = Matrix::from_rows(&logits, 1);
            let mut by_logits = Matrix::zeros(2 * pairs, 1);
            let made = part(&logits, pairs, pairs);
            let generator = generator_loss(config.game, &made, &mut Matrix::zeros(pairs, 1));
            let [on_real, on_made] = discriminator_loss(&logits, pairs, &mut by_logits);
            terms.loss = (on_real + on_made) as f32;
            terms.measures.set(Measure::DiscriminatorLoss, terms.loss);
            terms.measures.set(Measure::GeneratorLoss, generator as f32);
            for row in 0..2 * pairs {
                gradient.row_mut(row)[0] = by_logits.row(row)[0];
            }
        }
        _ => {
            let mut by_rebuilt = Matrix::zeros(pairs, width);
            let slope = 1.0 / (pairs * width) as f64;
            terms.loss = (slope * squared_error(&first, |row| second.row(row), slope, &mut by_rebuilt)) as f32;
            terms.measures.set(Measure::Reconstruction, terms.loss);
            gradient.data_mut()[..by_rebuilt.data().len()].copy_from_slice(by_rebuilt.data());
        }
    }
    let mut objective = Objective::default();
    objective.rows.load(outputs, config.compared());
    Evaluated { terms, gradient, by_prototypes: None, objective }
}

/// Copies some rows.
fn part(rows: &Matrix, start: usize, count: usize) -> Matrix {
    let mut part = Matrix::zeros(count, rows.columns());
    let stride = rows.stride();
    part.data_mut().copy_from_slice(&rows.data()[start * stride..(start + count) * stride]);
    part
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
        let pairs = given.outputs.rows() / 2;
        let mut anchors = UnitRows::default();
        anchors.load(&part(given.outputs, 0, pairs));
        unit.load(centroids);
        let embeddings = anchors.rows.data().len();
        state.bank.rows[..embeddings].copy_from_slice(anchors.rows.data());
        state.bank.rows[embeddings..].copy_from_slice(unit.rows.data());
        KMeans::default().assign(anchors.rows.data(), plan.width, unit.rows.data(), &mut state.bank.tags);
    }
}
