//! Compares the gradient by every weight of the whole network with finite differences.
//!
//! The differences are not taken of the code under test, but of a second implementation of the losses below. It works in f64, triplet by
//! triplet and candidate by candidate, as in the papers' formulas.

#![expect(clippy::disallowed_methods, reason = "what is expected is computed apart from the code under test")]

use contrastive_playground::learn::Config;
use contrastive_playground::learn::config::{Activation, Distance, InfoNce, Layers, Loss, Miner, Positives, Reduction, Similarity};
use contrastive_playground::learn::matrix::Matrix;
use contrastive_playground::learn::network::{Moments, Network, Pass, Place, Wanted};
use contrastive_playground::learn::objective::Objective;
use contrastive_playground::learn::random::Random;

/// Largest allowed error, relative to the largest entry of the gradient.
const TOLERANCE: f64 = 1e-4;
/// Half the step of a central difference, in f64.
const STEP: f64 = 1e-6;

/// A configuration, a batch and the encoder's parameters.
struct Case {
    config: Config,
    /// 2N rows: first all views a, then all views b.
    inputs: Vec<Vec<f64>>,
    labels: Vec<u8>,
    /// Weights and biases in the order of `Network::from_flat`.
    weights: Vec<f64>,
}

impl Case {
    /// Draws random views a, views b that are similar to them, and random weights and biases.
    fn new(config: Config, pairs: usize, dimension: usize) -> Self {
        let mut random = Random::new(config.seed, "gradients");
        let mut draw = |count: usize, scale: f32| (0..count).map(|_| f64::from(scale * random.normal())).collect::<Vec<f64>>();
        let mut inputs: Vec<Vec<f64>> = (0..pairs).map(|_| draw(dimension, 1.0)).collect();
        for pair in 0..pairs {
            let view = inputs[pair].iter().zip(draw(dimension, 0.3)).map(|(value, noise)| f64::from((value + noise) as f32)).collect();
            inputs.push(view);
        }
        let labels = (0..2 * pairs).map(|row| (row % pairs % 3) as u8).collect();
        let weights = draw(Network::encoder(&config, dimension, &mut Place::default()).parameter_count(), 0.6);
        Self { config, inputs, labels, weights }
    }

    /// Returns the loss and the gradient by every weight, computed by the code under test.
    fn found(&self) -> (f64, Vec<f32>) {
        let narrow = |values: &[f64]| values.iter().map(|value| *value as f32).collect::<Vec<f32>>();
        let inputs = Matrix::from_rows(&narrow(&self.inputs.concat()), self.inputs[0].len());
        let encoder = Network::encoder(&self.config, inputs.columns(), &mut Place::default());
        let values = encoder.from_flat(&narrow(&self.weights)).expect("as many as it takes");
        let mut pass = Pass::default();
        encoder.forward(&values, Moments::Batch { groups: 1 }, &inputs, &mut pass);
        let mut by_outputs = Matrix::zeros(pass.output().rows(), pass.output().columns());
        let terms = Objective::default().evaluate(&self.config, pass.output(), &self.labels, &mut self.draws(), &mut by_outputs);
        let mut gradient = vec![0.0; values.len()];
        encoder.backward(&values, &inputs, &mut pass, &by_outputs, &mut gradient, Wanted::VALUES);
        (f64::from(terms.loss), encoder.to_flat(&gradient))
    }

    /// Returns the stream of the random miner.
    fn draws(&self) -> Random {
        Random::new(self.config.seed, "miner")
    }

    /// Returns the loss with these weights, computed in f64 by the second implementation.
    fn loss(&self, weights: &[f64]) -> f64 {
        let rows: Vec<Vec<f64>> = self.inputs.iter().map(|input| self.embed(weights, input)).collect();
        match self.config.loss {
            Loss::InfoNce => self.infonce(&rows),
            Loss::Triplet => self.triplet(&rows),
            Loss::AlignUniform => self.align_uniform(&rows),
            Loss::SigLip => self.siglip(&rows),
        }
    }

    /// Returns the embedding of one input, divided by its length if rows are compared by cosine.
    fn embed(&self, mut weights: &[f64], input: &[f64]) -> Vec<f64> {
        let mut values = input.to_vec();
        let widths: Vec<usize> = self.config.layers.widths().chain([self.config.dim as usize]).collect();
        for (layer, width) in widths.iter().enumerate() {
            let (matrix, rest) = weights.split_at(values.len() * width);
            let (bias, rest) = rest.split_at(*width);
            weights = rest;
            let sum = |unit: usize| bias[unit] + values.iter().enumerate().map(|(k, value)| value * matrix[k * width + unit]).sum::<f64>();
            let is_output = layer + 1 == widths.len();
            values = (0..*width).map(|unit| if is_output { sum(unit) } else { activate(self.config.activation, sum(unit)) }).collect();
        }
        let length = match self.config.similarity {
            Similarity::Cosine => dot(&values, &values).sqrt(),
            Similarity::Dot => 1.0,
        };
        values.iter().map(|value| value / length).collect()
    }

    /// Returns the InfoNCE loss of `rows`.
    fn infonce(&self, rows: &[Vec<f64>]) -> f64 {
        let Config { infonce, tau, positives, .. } = self.config;
        let (count, pairs) = (rows.len(), rows.len() / 2);
        let by_label = infonce == InfoNce::SupCon || (infonce == InfoNce::NtXent && positives == Positives::Labels);
        let anchors = if infonce == InfoNce::OneSided { 0..pairs } else { 0..count };
        let mut losses = Vec::new();
        for anchor in anchors {
            // The rows that may be candidates, in cyclic order from the one after the anchor.
            let walk: Vec<usize> = match infonce {
                InfoNce::OneSided | InfoNce::Both => {
                    let other_view = if anchor < pairs { pairs } else { 0 };
                    (1..=pairs).map(|offset| other_view + (anchor + offset) % pairs).collect()
                }
                InfoNce::NtXent | InfoNce::SupCon | InfoNce::Dcl => (1..count).map(|offset| (anchor + offset) % count).collect(),
            };
            let is_positive = |row: usize| if by_label { self.labels[row] == self.labels[anchor] } else { row == (anchor + pairs) % count };
            let (positives, mut negatives): (Vec<usize>, Vec<usize>) = walk.into_iter().partition(|row| is_positive(*row));
            if self.config.negatives > 0 {
                negatives.truncate(self.config.negatives as usize);
            }
            if positives.is_empty() {
                continue;
            }
            let logit = |row: &usize| dot(&rows[anchor], &rows[*row]) / f64::from(tau);
            let beside: &[usize] = if infonce == InfoNce::Dcl { &[] } else { &positives };
            let partition: f64 = beside.iter().chain(&negatives).map(|row| logit(row).exp()).sum();
            losses.push(positives.iter().map(|row| partition.ln() - logit(row)).sum::<f64>() / positives.len() as f64);
        }
        losses.iter().sum::<f64>() / losses.len() as f64
    }

    /// Returns alignment plus weighted uniformity of `rows`.
    fn align_uniform(&self, rows: &[Vec<f64>]) -> f64 {
        let square = |a: usize, b: usize| rows[a].iter().zip(&rows[b]).map(|(a, b)| (a - b) * (a - b)).sum::<f64>();
        let (count, pairs) = (rows.len(), rows.len() / 2);
        let alignment = (0..pairs).map(|pair| square(pair, pair + pairs)).sum::<f64>() / pairs as f64;
        let kernels = (0..count).flat_map(|a| (a + 1..count).map(move |b| (a, b))).map(|(a, b)| (-2.0 * square(a, b)).exp());
        let mean = kernels.sum::<f64>() / (count * (count - 1) / 2) as f64;
        alignment + f64::from(self.config.weight) * mean.ln()
    }

    /// Returns the sigmoid loss of `rows`.
    fn siglip(&self, rows: &[Vec<f64>]) -> f64 {
        let (scale, bias, pairs) = (f64::from(self.config.scale), f64::from(self.config.bias), rows.len() / 2);
        let questions = (0..pairs).flat_map(|a| (0..pairs).map(move |b| (a, b)));
        let losses = questions.map(|(a, b)| {
            let sign = if a == b { 1.0 } else { -1.0 };
            (-sign * (scale * dot(&rows[a], &rows[pairs + b]) + bias)).exp().ln_1p()
        });
        losses.sum::<f64>() / pairs as f64
    }

    /// Returns the triplet loss of `rows`.
    fn triplet(&self, rows: &[Vec<f64>]) -> f64 {
        let alpha = f64::from(self.config.alpha);
        let distance = |a: usize, b: usize| {
            let square: f64 = rows[a].iter().zip(&rows[b]).map(|(a, b)| (a - b) * (a - b)).sum();
            if self.config.distance == Distance::Squared { square } else { square.sqrt() }
        };
        let pairs = rows.len() / 2;
        let mut draws = self.draws();
        let mut losses = Vec::new();
        for anchor in 0..rows.len() {
            let others = (0..rows.len()).filter(|row| *row != anchor);
            let (positives, negatives): (Vec<usize>, Vec<usize>) = others.partition(|row| match self.config.positives {
                Positives::Views | Positives::Dropout => row % pairs == anchor % pairs,
                Positives::Labels => self.labels[*row] == self.labels[anchor],
            });
            if positives.is_empty() || negatives.is_empty() {
                continue;
            }
            let nearer = |a: &usize, b: &usize| distance(anchor, *a).total_cmp(&distance(anchor, *b));
            let every = positives.iter().flat_map(|p| negatives.iter().map(|n| (*p, *n)));
            let mined: Vec<(usize, usize)> = match self.config.miner {
                Miner::All => every.collect(),
                Miner::SemiHard => every
                    .filter(|(p, n)| {
                        let (near, far) = (distance(anchor, *p), distance(anchor, *n));
                        near < far && far < near + alpha
                    })
                    .collect(),
                Miner::Hard => {
                    positives.iter().copied().max_by(&nearer).zip(negatives.iter().copied().min_by(&nearer)).into_iter().collect()
                }
                Miner::Random => vec![(positives[draws.below(positives.len())], negatives[draws.below(negatives.len())])],
            };
            losses.extend(mined.iter().map(|(p, n)| (distance(anchor, *p) - distance(anchor, *n) + alpha).max(0.0)));
        }
        let active = losses.iter().filter(|loss| **loss > 0.0).count();
        let divisor = match self.config.reduction {
            Reduction::Sum => 1,
            Reduction::All => losses.len(),
            Reduction::Active => active,
        };
        losses.iter().sum::<f64>() / divisor.max(1) as f64
    }

    /// Returns the central difference quotients of the loss by every weight.
    fn wanted(&self) -> Vec<f64> {
        let mut weights = self.weights.clone();
        let mut by_weight = |place: usize| {
            let here = weights[place];
            let mut at = |value: f64| {
                weights[place] = value;
                self.loss(&weights)
            };
            let slope = (at(here + STEP) - at(here - STEP)) / (2.0 * STEP);
            weights[place] = here;
            slope
        };
        (0..self.weights.len()).map(&mut by_weight).collect()
    }

    /// Returns a description of the first difference, or `None` if loss and gradient agree.
    fn check(&self) -> Option<String> {
        let (loss, gradient) = self.found();
        let wanted_loss = self.loss(&self.weights);
        let close = (loss - wanted_loss).abs() <= TOLERANCE * wanted_loss.abs().max(0.1);
        if !close {
            return Some(format!("{:?}: loss {loss} instead of {wanted_loss}", self.config));
        }
        let wanted = self.wanted();
        assert_eq!(gradient.len(), wanted.len());
        let largest = wanted.iter().fold(1e-3, |largest: f64, slope| largest.max(slope.abs()));
        for (place, (found, wanted)) in gradient.iter().zip(&wanted).enumerate() {
            // Written so that NaN is not close: every comparison with NaN is false.
            let close = (f64::from(*found) - wanted).abs() <= TOLERANCE * largest;
            if !close {
                return Some(format!("{:?}: by weight {place}: {found} instead of {wanted}, the largest is {largest}", self.config));
            }
        }
        None
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn activate(activation: Activation, x: f64) -> f64 {
    match activation {
        Activation::Relu => x.max(0.0),
        Activation::Tanh => x.tanh(),
        Activation::Gelu => x * 0.5 * (1.0 + libm::erf(x / std::f64::consts::SQRT_2)),
        Activation::Linear => x,
    }
}

/// Checks all cases. Fails, too, if a twentieth of them or more have no gradient at all, because such cases test little.
fn check(cases: &[Case]) {
    let wrong: Vec<String> = cases.iter().filter_map(Case::check).collect();
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
    let silent = cases.iter().filter(|case| case.found().1.iter().all(|slope| *slope == 0.0)).count();
    assert!(silent * 20 < cases.len(), "{silent} of {} cases have no gradient and show nothing", cases.len());
}

/// Returns every combination of similarity, activation and source of positives.
fn settings() -> impl Iterator<Item = Config> {
    Similarity::ALL.iter().flat_map(|similarity| {
        Activation::ALL.iter().flat_map(move |activation| {
            Positives::ALL.iter().map(move |positives| Config {
                similarity: *similarity,
                activation: *activation,
                positives: *positives,
                layers: Layers::new(&[6, 5]).expect("valid"),
                ..Config::default()
            })
        })
    })
}

#[test]
fn infonce_gradients_in_every_convention() {
    let mut cases = Vec::new();
    for setting in settings() {
        for infonce in InfoNce::ALL {
            for negatives in [0, 1, 3] {
                for tau in [0.3, 2.0] {
                    cases.push(Case::new(Config { infonce: *infonce, negatives, tau, ..setting.clone() }, 6, 2));
                }
            }
        }
    }
    check(&cases);
}

#[test]
fn alignment_and_uniformity_gradients() {
    let mut cases = Vec::new();
    for setting in settings() {
        for weight in [0.0, 1.0, 2.5] {
            cases.push(Case::new(Config { loss: Loss::AlignUniform, weight, ..setting.clone() }, 6, 2));
        }
    }
    check(&cases);
}

#[test]
fn siglip_gradients() {
    let mut cases = Vec::new();
    // The sigmoid loss has no notion of labels: its positive is always the other view.
    for setting in settings().filter(|setting| setting.positives != Positives::Labels) {
        for (scale, bias) in [(1.0, 0.0), (4.0, -2.0), (10.0, -10.0)] {
            cases.push(Case::new(Config { loss: Loss::SigLip, scale, bias, ..setting.clone() }, 6, 2));
        }
    }
    check(&cases);
}

#[test]
fn triplet_gradients_with_every_miner_distance_and_reduction() {
    let mut cases = Vec::new();
    for setting in settings() {
        for miner in Miner::ALL {
            for distance in Distance::ALL {
                for reduction in Reduction::ALL {
                    let config = Config { miner: *miner, distance: *distance, reduction: *reduction, alpha: 0.6, ..setting.clone() };
                    cases.push(Case::new(Config { loss: Loss::Triplet, ..config }, 6, 2));
                }
            }
        }
    }
    check(&cases);
}

#[test]
fn gradients_of_networks_of_several_shapes() {
    let mut cases = Vec::new();
    for loss in Loss::ALL {
        for activation in Activation::ALL {
            for (widths, dim, dimension, pairs) in
                [(&[][..], 2, 2, 2), (&[], 16, 16, 9), (&[7], 3, 4, 8), (&[9, 1, 8], 2, 3, 13), (&[3, 5, 4, 6], 9, 2, 5)]
            {
                let layers = Layers::new(widths).expect("valid");
                let config = Config { loss: *loss, activation: *activation, layers, dim, alpha: 1.0, tau: 0.5, ..Config::default() };
                cases.push(Case::new(config, pairs, dimension));
            }
        }
    }
    check(&cases);
}

#[test]
fn gradients_where_some_rows_have_a_label_of_their_own() {
    let mut cases = Vec::new();
    for setting in settings().filter(|setting| setting.positives == Positives::Labels) {
        for loss in Loss::ALL {
            for negatives in [0, 2] {
                let mut case = Case::new(Config { loss: *loss, negatives, alpha: 1.0, tau: 0.5, ..setting.clone() }, 6, 2);
                (case.labels[3], case.labels[7]) = (8, 9);
                cases.push(case);
            }
        }
    }
    check(&cases);
}
