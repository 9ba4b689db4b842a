//! Checks properties that hold for every batch on random batches. The seed is fixed, so that a failure is reproducible.

use contrastive_playground::learn::Config;
use contrastive_playground::learn::config::{Distance, InfoNce, Loss, Miner, Positives, Reduction, Similarity};
use contrastive_playground::learn::matrix::Matrix;
use contrastive_playground::learn::objective::Objective;
use contrastive_playground::learn::random::Random;
use contrastive_playground::learn::report::Terms;
use nalgebra::DMatrix;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// A batch of N pairs: 2N rows, first all views a, then all views b, and one class for each pair.
#[derive(Clone, Debug)]
struct Batch {
    rows: Vec<Vec<f32>>,
    labels: Vec<u8>,
}

impl Batch {
    fn pairs(&self) -> usize {
        self.labels.len()
    }

    /// Returns an objective's terms and its gradient by each row.
    fn evaluate(&self, config: &Config) -> (Terms, Vec<Vec<f32>>) {
        let outputs = Matrix::from_rows(&self.rows.concat(), self.rows[0].len());
        let mut gradient = Matrix::zeros(outputs.rows(), outputs.columns());
        let terms = Objective::default().evaluate(config, &outputs, &self.labels.repeat(2), &mut Random::new(0, "miner"), &mut gradient);
        (terms, (0..outputs.rows()).map(|row| gradient.row(row).to_vec()).collect())
    }

    /// Returns the batch with `change` applied to every row.
    fn map(&self, change: impl FnMut(&Vec<f32>) -> Vec<f32>) -> Self {
        Self { rows: self.rows.iter().map(change).collect(), labels: self.labels.clone() }
    }

    /// Returns the batch whose pair i is pair `order[i]` of this one. If `swapped`, the two views of every pair are exchanged.
    fn reordered(&self, order: &[usize], swapped: bool) -> Self {
        let pairs = self.pairs();
        let places = Self::places(order, swapped);
        assert_eq!(places.len(), 2 * pairs);
        Self {
            rows: places.iter().map(|place| self.rows[*place].clone()).collect(),
            labels: order.iter().map(|pair| self.labels[*pair]).collect(),
        }
    }

    /// Returns, for each row of the reordered batch, its index in the original one.
    fn places(order: &[usize], swapped: bool) -> Vec<usize> {
        let pairs = order.len();
        let (a, b) = (order.iter().copied(), order.iter().map(|pair| pair + pairs));
        if swapped { b.chain(a).collect() } else { a.chain(b).collect() }
    }

    /// Returns true if two distances of one anchor are equal, or differ by the margin, up to 5e-6. Rounding may then turn a triplet from
    /// easy to semi-hard or from semi-hard to hard.
    fn is_on_an_edge(&self, config: &Config) -> bool {
        let rows: Vec<Vec<f64>> = self.rows.iter().map(|row| row.iter().map(|value| f64::from(*value)).collect()).collect();
        let distance = |a: usize, b: usize| {
            let square: f64 = rows[a].iter().zip(&rows[b]).map(|(a, b)| (a - b) * (a - b)).sum();
            if config.distance == Distance::Squared { square } else { square.sqrt() }
        };
        (0..rows.len()).any(|anchor| {
            let distances: Vec<f64> = (0..rows.len()).filter(|row| *row != anchor).map(|row| distance(anchor, row)).collect();
            (0..distances.len()).any(|p| {
                (0..distances.len()).any(|n| {
                    let gap = distances[n] - distances[p];
                    n != p && (gap.abs() < 5e-6 || (gap - f64::from(config.alpha)).abs() < 5e-6)
                })
            })
        })
    }
}

/// Batches of 2 to 9 pairs of rows with 2 to 16 coordinates between -1 and 1.
fn batches() -> impl Strategy<Value = Batch> {
    (2..10usize, 2..=16usize).prop_flat_map(|(pairs, dimension)| {
        let row = prop::collection::vec(-1f32..1.0, dimension);
        let rows = prop::collection::vec(row, 2 * pairs);
        (rows, prop::collection::vec(0..4u8, pairs)).prop_map(|(rows, labels)| Batch { rows, labels })
    })
}

/// Batches of rows on the unit sphere.
fn batches_on_the_sphere() -> impl Strategy<Value = Batch> {
    batches().prop_filter_map("a row without direction", |batch| {
        let short = batch.rows.iter().any(|row| length(row) < 0.1);
        (!short).then(|| batch.map(|row| row.iter().map(|value| value / length(row)).collect()))
    })
}

/// Batches in which some rows are equal to others, zero, very long or very short.
fn wild_batches() -> impl Strategy<Value = Batch> {
    let kinds = prop::collection::vec((0..6u8, any::<prop::sample::Index>()), 20);
    (batches(), kinds).prop_map(|(mut batch, kinds)| {
        for (row, (kind, other)) in (0..batch.rows.len()).zip(kinds) {
            let other = other.index(batch.rows.len());
            batch.rows[row] = match kind {
                0 => batch.rows[other].clone(),
                1 => vec![0.0; batch.rows[row].len()],
                2 => batch.rows[row].iter().map(|value| value * 1e6).collect(),
                3 => batch.rows[row].iter().map(|value| value * 1e-20).collect(),
                4 => batch.rows[row].iter().map(|value| value * 1e-6).collect(),
                _ => continue,
            };
        }
        batch
    })
}

fn length(row: &[f32]) -> f32 {
    row.iter().map(|value| value * value).sum::<f32>().sqrt()
}

fn choice<T: Copy + std::fmt::Debug + 'static>(all: &'static [T]) -> impl Strategy<Value = T> {
    prop::sample::select(all)
}

/// Configurations of the InfoNCE losses, with tau from 0.05 to 10.
fn infonce_configs() -> impl Strategy<Value = Config> {
    (choice(InfoNce::ALL), choice(Positives::ALL), choice(Similarity::ALL), -1.3f32..1.0).prop_map(
        |(infonce, positives, similarity, power)| Config {
            infonce,
            positives,
            similarity,
            tau: libm::powf(10.0, power),
            ..Config::default()
        },
    )
}

/// Configurations of the triplet loss, with every miner but the random one.
fn triplet_configs() -> impl Strategy<Value = Config> {
    let miner = prop::sample::select(&[Miner::All, Miner::Hard, Miner::SemiHard][..]);
    let chosen = (miner, choice(Distance::ALL), choice(Reduction::ALL), choice(Positives::ALL), choice(Similarity::ALL), 0f32..2.0);
    chosen.prop_map(|(miner, distance, reduction, positives, similarity, alpha)| Config {
        loss: Loss::Triplet,
        miner,
        distance,
        reduction,
        positives,
        similarity,
        alpha,
        ..Config::default()
    })
}

fn configs() -> impl Strategy<Value = Config> {
    prop_oneof![infonce_configs(), triplet_configs()]
}

/// Returns a random orthogonal matrix of this dimension: a rotation, with or without a reflection.
fn rotation(dimension: usize, seed: u32) -> DMatrix<f64> {
    let mut random = Random::new(seed, "rotation");
    DMatrix::from_fn(dimension, dimension, |_, _| f64::from(random.normal())).qr().q()
}

fn rotated(row: &[f32], rotation: &DMatrix<f64>) -> Vec<f32> {
    let turn = |i: usize| row.iter().enumerate().map(|(k, value)| rotation[(i, k)] * f64::from(*value)).sum::<f64>() as f32;
    (0..row.len()).map(turn).collect()
}

/// Returns true if `a` and `b` differ by at most 2e-5 times the largest of |a|, |b|, `scale` and 1.
fn close(a: f32, b: f32, scale: f32) -> bool {
    (a - b).abs() <= 2e-5 * scale.max(a.abs()).max(b.abs()).max(1.0)
}

/// Returns true if all entries of `a` and `b` are [`close`], relative to the largest entry of `a`.
fn close_rows(a: &[Vec<f32>], b: &[Vec<f32>], scale: f32) -> bool {
    let steepest = a.iter().flatten().fold(scale, |steepest, slope| steepest.max(slope.abs()));
    a.iter().flatten().zip(b.iter().flatten()).all(|(a, b)| close(*a, *b, steepest))
}

/// Returns the factor by which the loss amplifies rounding errors of similarities: 1 / tau for InfoNCE, 1 for triplets.
fn stiffness(config: &Config) -> f32 {
    if config.loss == Loss::InfoNce { 1.0 / config.tau } else { 1.0 }
}

/// Returns true if rounding may change the counts of triplets, see [`Batch::is_on_an_edge`].
fn is_edgy(batch: &Batch, config: &Config) -> bool {
    config.loss == Loss::Triplet && batch.is_on_an_edge(config)
}

/// DCL's denominator lacks the positive: a positive that is nearer than all negatives makes it negative.
fn may_be_negative(config: &Config) -> bool {
    config.loss == Loss::InfoNce && config.infonce == InfoNce::Dcl
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, rng_seed: RngSeed::Fixed(7), failure_persistence: None, max_global_rejects: 20_000, ..ProptestConfig::default() })]

    #[test]
    fn losses_are_invariant_under_rotation(batch in batches_on_the_sphere(), config in configs(), seed: u32) {
        prop_assume!(!is_edgy(&batch, &config));
        let rotation = rotation(batch.rows[0].len(), seed);
        let (terms, gradient) = batch.evaluate(&config);
        let (turned, turned_gradient) = batch.map(|row| rotated(row, &rotation)).evaluate(&config);
        prop_assert!(close(terms.loss, turned.loss, stiffness(&config)), "{} and {}", terms.loss, turned.loss);
        prop_assert_eq!(terms.triplets, turned.triplets);
        let gradient: Vec<_> = gradient.iter().map(|row| rotated(row, &rotation)).collect();
        prop_assert!(close_rows(&gradient, &turned_gradient, stiffness(&config) * stiffness(&config)));
    }

    #[test]
    fn the_order_of_the_pairs_does_not_matter(batch in batches_on_the_sphere(), config in configs(), seed: u32, swapped: bool) {
        prop_assume!(!is_edgy(&batch, &config));
        let mut order: Vec<usize> = (0..batch.pairs()).collect();
        Random::new(seed, "order").shuffle(&mut order);
        // Every loss but the one-sided one is symmetric in the two views.
        let swapped = swapped && !(config.loss == Loss::InfoNce && config.infonce == InfoNce::OneSided);
        let (terms, gradient) = batch.evaluate(&config);
        let (other, other_gradient) = batch.reordered(&order, swapped).evaluate(&config);
        prop_assert!(close(terms.loss, other.loss, stiffness(&config)), "{} and {}", terms.loss, other.loss);
        prop_assert_eq!(terms.triplets, other.triplets);
        let gradient: Vec<_> = Batch::places(&order, swapped).iter().map(|place| gradient[*place].clone()).collect();
        prop_assert!(close_rows(&gradient, &other_gradient, stiffness(&config) * stiffness(&config)));
    }

    #[test]
    fn the_cosine_ignores_lengths(batch in batches_on_the_sphere(), config in configs(), factors in prop::collection::vec(-3f32..3.0, 20)) {
        let config = Config { similarity: Similarity::Cosine, ..config };
        prop_assume!(!is_edgy(&batch, &config));
        let factors: Vec<f32> = factors.iter().map(|power| libm::powf(10.0, *power)).collect();
        let mut factor = factors.iter();
        let scaled = batch.map(|row| {
            let factor = factor.next().expect("a factor for each row");
            row.iter().map(|value| value * factor).collect()
        });
        let (terms, gradient) = batch.evaluate(&config);
        let (other, other_gradient) = scaled.evaluate(&config);
        prop_assert!(close(terms.loss, other.loss, stiffness(&config)), "{} and {}", terms.loss, other.loss);
        // The gradient by a row is inversely proportional to the row's length.
        let carried: Vec<Vec<f32>> =
            other_gradient.iter().zip(&factors).map(|(row, factor)| row.iter().map(|slope| slope * factor).collect()).collect();
        prop_assert!(close_rows(&gradient, &carried, stiffness(&config) * stiffness(&config)));
        // The gradient by a row is orthogonal to the row.
        for (row, slopes) in batch.rows.iter().zip(&gradient) {
            let along: f32 = row.iter().zip(slopes).map(|(value, slope)| value * slope).sum();
            prop_assert!(close(along, 0.0, stiffness(&config).max(length(slopes))));
        }
    }

    #[test]
    fn entropy_never_falls_as_the_temperature_rises(batch in batches(), config in infonce_configs(), ratio in 1f32..10.0) {
        let entropy = |tau| batch.evaluate(&Config { tau, ..config.clone() }).0.infonce.map_or(f32::NAN, |terms| terms.entropy);
        let (low, high) = (entropy(config.tau), entropy(config.tau * ratio));
        prop_assert!(low <= high + 1e-5, "{low} at tau {}, {high} at {ratio} times that", config.tau);
        let most = libm::logf(2.0 * batch.pairs() as f32);
        prop_assert!(low >= -1e-6 && high <= most + 1e-5);
    }

    #[test]
    fn losses_are_never_negative_and_counts_add_up(batch in batches(), config in configs()) {
        let (terms, _) = batch.evaluate(&config);
        prop_assert!(terms.loss >= 0.0 || may_be_negative(&config), "{}", terms.loss);
        if let Some(counts) = terms.triplets {
            prop_assert!(counts.active <= counts.mined);
            let all = batch.evaluate(&Config { miner: Miner::All, ..config.clone() }).0.triplets.expect("triplets");
            prop_assert_eq!(all.mined, counts.easy + counts.semi_hard + counts.hard);
            match config.miner {
                Miner::SemiHard => prop_assert_eq!((counts.mined, counts.active), (counts.semi_hard, counts.semi_hard)),
                Miner::All => prop_assert_eq!(counts.mined - counts.active, counts.easy),
                Miner::Hard | Miner::Random => prop_assert!(counts.mined <= 2 * batch.pairs() as u64),
            }
        }
    }

    #[test]
    fn losses_and_gradients_are_finite_for_all_finite_rows(
        batch in wild_batches(),
        config in configs(),
        ends in prop::sample::select(&[0.01f32, 0.2, 10.0][..]),
        random: bool,
        negatives in 0..6u32,
    ) {
        let miner = if random { Miner::Random } else { config.miner };
        let config = Config { tau: ends, miner, negatives, ..config };
        let (terms, gradient) = batch.evaluate(&config);
        prop_assert!(terms.loss.is_finite() && (terms.loss >= 0.0 || may_be_negative(&config)), "{}", terms.loss);
        prop_assert!(gradient.iter().flatten().all(|slope| slope.is_finite()), "{gradient:?}");
        if let Some(terms) = terms.infonce {
            prop_assert!(terms.entropy.is_finite() && terms.effective_negatives.is_finite());
            prop_assert!(terms.mutual_information.is_none_or(f32::is_finite));
        }
    }
}
