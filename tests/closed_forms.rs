//! Compares losses and gradients with closed forms, and checks the effects that the papers describe in small training runs.

#![expect(clippy::disallowed_methods, reason = "what is expected is computed apart from the code under test")]

use contrastive_playground::learn::config::{Activation, Data, Distance, InfoNce, Layers, Loss, Miner, Positives, Reduction, Similarity};
use contrastive_playground::learn::matrix::Matrix;
use contrastive_playground::learn::metrics::{BatchMetrics, MeterScratch, measure};
use contrastive_playground::learn::network::{Moments, Network, Pass, Place, Wanted};
use contrastive_playground::learn::objective::Objective;
use contrastive_playground::learn::random::Random;
use contrastive_playground::learn::report::{Snapshot, Terms};
use contrastive_playground::learn::{Config, Trainer};

/// A batch of the encoder's outputs, first all views a, then all views b, with a class for each row.
struct Batch {
    rows: Vec<Vec<f64>>,
    labels: Vec<u8>,
}

/// The results of an objective on a batch.
struct Found {
    terms: Terms,
    gradient: Matrix,
    metrics: BatchMetrics,
}

impl Found {
    fn loss(&self) -> f64 {
        f64::from(self.terms.loss)
    }

    /// Returns the largest absolute value of the gradient's entries.
    fn steepest(&self) -> f32 {
        self.gradient.data().iter().fold(0.0, |steepest, slope| slope.abs().max(steepest))
    }
}

impl Batch {
    /// Returns four pairs of rows made from sines, which are easy to reproduce in other programs; labels 0, 0, 1, 1.
    fn fixture() -> Self {
        let a = |i: usize, k: usize| (1.0 + 3.0 * i as f64 + 7.0 * k as f64).sin();
        let b = |i: usize, k: usize| a(i, k) + 0.3 * (2.0 + 5.0 * i as f64 + 11.0 * k as f64).sin();
        let view = |at: &dyn Fn(usize, usize) -> f64| (0..4).map(|i| unit(&[0, 1, 2].map(|k| at(i, k)))).collect::<Vec<_>>();
        Self { rows: [view(&a), view(&b)].concat(), labels: vec![0, 0, 1, 1, 0, 0, 1, 1] }
    }

    /// Returns a batch whose rows are all the same point of the unit sphere.
    fn collapsed(pairs: usize) -> Self {
        Self { rows: vec![vec![0.6, -0.48, 0.64]; 2 * pairs], labels: (0..2 * pairs).map(|row| (row % pairs % 2) as u8).collect() }
    }

    /// Returns one pair for each of `classes` classes. Both views are at the class's corner of a regular simplex around the origin.
    fn simplex(classes: usize) -> Self {
        let centre = 1.0 / classes as f64;
        let corner = |class: usize| unit(&(0..classes).map(|k| f64::from(u8::from(k == class)) - centre).collect::<Vec<_>>());
        let corners: Vec<_> = (0..classes).map(corner).collect();
        let labels: Vec<u8> = (0..classes as u8).collect();
        Self { rows: [corners.clone(), corners].concat(), labels: labels.repeat(2) }
    }

    fn evaluate(&self, config: &Config) -> Found {
        let values: Vec<f32> = self.rows.concat().iter().map(|value| *value as f32).collect();
        let outputs = Matrix::from_rows(&values, self.rows[0].len());
        let mut gradient = Matrix::zeros(outputs.rows(), outputs.columns());
        let mut objective = Objective::default();
        let terms = objective.evaluate(config, &outputs, &self.labels, &mut Random::new(5, "miner"), &mut gradient);
        let mut metrics = BatchMetrics::default();
        measure(&objective.rows, &self.labels, config.positives.rows(), usize::MAX, true, &mut MeterScratch::default(), &mut metrics);
        Found { terms, gradient, metrics }
    }

    /// Returns the softmax of NT-Xent: entry j of row i is that of z_i . z_j / tau over all rows but i, and 0 for j = i.
    fn softmax(&self, tau: f64) -> Vec<Vec<f64>> {
        let weights = |i: usize| -> Vec<f64> {
            let logit = |j: usize| dot(&self.rows[i], &self.rows[j]) / tau;
            let top = (0..self.rows.len()).filter(|j| *j != i).map(logit).fold(f64::NEG_INFINITY, f64::max);
            let weights: Vec<f64> = (0..self.rows.len()).map(|j| if j == i { 0.0 } else { (logit(j) - top).exp() }).collect();
            let sum: f64 = weights.iter().sum();
            weights.iter().map(|weight| weight / sum).collect()
        };
        (0..self.rows.len()).map(weights).collect()
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn unit(row: &[f64]) -> Vec<f64> {
    let length = dot(row, row).sqrt();
    row.iter().map(|value| value / length).collect()
}

fn infonce(infonce: InfoNce) -> Config {
    Config { infonce, ..Config::default() }
}

fn triplet(miner: Miner, distance: Distance, reduction: Reduction) -> Config {
    Config { loss: Loss::Triplet, miner, distance, reduction, ..Config::default() }
}

/// Returns a configuration for every combination of miner, distance and reduction.
fn triplets() -> impl Iterator<Item = Config> {
    Miner::ALL.iter().flat_map(|miner| {
        Distance::ALL.iter().flat_map(|distance| Reduction::ALL.iter().map(|reduction| triplet(*miner, *distance, *reduction)))
    })
}

/// Fails if `found` and `wanted` differ by more than 1e-5, or by more than 1e-5 of `wanted`, whichever is larger.
#[track_caller]
fn assert_close(found: f64, wanted: f64) {
    let close = (found - wanted).abs() <= 1e-5 * wanted.abs().max(1.0);
    assert!(close, "{found} instead of {wanted}");
}

// Collapsed batches: all rows are equal.

#[test]
fn a_collapsed_batch_has_the_losses_of_random_guessing() {
    for pairs in [2, 3, 8, 50] {
        let batch = Batch::collapsed(pairs);
        for tau in [0.01, 0.2, 10.0] {
            let loss = |convention| batch.evaluate(&Config { tau, ..infonce(convention) }).loss();
            assert_close(loss(InfoNce::NtXent), (2.0 * pairs as f64 - 1.0).ln());
            assert_close(loss(InfoNce::SupCon), (2.0 * pairs as f64 - 1.0).ln());
            assert_close(loss(InfoNce::OneSided), (pairs as f64).ln());
            assert_close(loss(InfoNce::Both), (pairs as f64).ln());
            assert_close(loss(InfoNce::Dcl), (2.0 * pairs as f64 - 2.0).ln());
        }
        for config in triplets().filter(|config| config.reduction != Reduction::Sum) {
            // No negative is farther than the positive, so that the semi-hard miner selects no triplet.
            let wanted = if config.miner == Miner::SemiHard { 0.0 } else { 0.3 };
            assert_close(batch.evaluate(&Config { alpha: 0.3, ..config }).loss(), wanted);
        }
        let found = batch.evaluate(&Config::default());
        assert_close(f64::from(found.metrics.alignment), 0.0);
        assert_close(f64::from(found.metrics.uniformity), 0.0);
        // All negatives have equal weight, and the bound of the mutual information is 0.
        let terms = found.terms.infonce.expect("InfoNCE");
        assert_close(f64::from(terms.effective_negatives) / (2.0 * pairs as f64 - 2.0), 1.0);
        assert_close(f64::from(terms.mutual_information.expect("one positive")), 0.0);
    }
}

#[test]
fn a_collapsed_network_has_a_zero_gradient_for_every_loss() {
    // Only the biases of the output layer are not zero, so that every input has the same embedding.
    let shape = Config { layers: Layers::new(&[7, 5]).expect("valid"), activation: Activation::Tanh, ..Config::default() };
    let encoder = Network::encoder(&shape, 2, &mut Place::default());
    let mut parameters = vec![0.0; encoder.parameter_count()];
    let end = parameters.len();
    parameters[end - 3..].copy_from_slice(&[0.6, -0.48, 0.64]);
    let values = encoder.from_flat(&parameters).expect("fits");
    let inputs: Vec<f32> = (0..40).map(|i| libm::sinf(i as f32)).collect();
    let inputs = Matrix::from_rows(&inputs, 2);
    let labels: Vec<u8> = (0..20).map(|row| row % 10 % 3).collect();
    let mut pass = Pass::default();
    encoder.forward(&values, Moments::Batch { groups: 1 }, &inputs, &mut pass);
    for config in InfoNce::ALL.iter().map(|convention| infonce(*convention)).chain(triplets()) {
        for similarity in Similarity::ALL {
            for positives in Positives::ALL {
                let config = Config { similarity: *similarity, positives: *positives, ..config.clone() };
                let mut by_outputs = Matrix::zeros(20, 3);
                Objective::default().evaluate(&config, pass.output(), &labels, &mut Random::new(1, "miner"), &mut by_outputs);
                let mut gradient = vec![0.0; values.len()];
                encoder.backward(&values, &inputs, &mut pass, &by_outputs, &mut gradient, Wanted::VALUES);
                assert!(gradient.iter().all(|slope| slope.abs() < 1e-6), "{config:?}");
            }
        }
    }
}

// The regular simplex: the optimal arrangement of k classes that are single points.

#[test]
fn losses_on_the_simplex_equal_their_closed_form_and_have_a_zero_gradient() {
    for classes in [2, 3, 4, 6] {
        let batch = Batch::simplex(classes);
        let others = classes as f64 - 1.0;
        let found = batch.evaluate(&Config::default());
        assert_close(f64::from(found.metrics.alignment), 0.0);
        assert_close(f64::from(found.metrics.negative_similarity), -1.0 / others);
        for tau in [0.1, 0.5, 2.0] {
            let (pull, push) = ((1.0 / f64::from(tau)).exp(), (-1.0 / (others * f64::from(tau))).exp());
            for (convention, wanted) in [
                (InfoNce::NtXent, (1.0 + 2.0 * others * push / pull).ln()),
                (InfoNce::SupCon, (1.0 + 2.0 * others * push / pull).ln()),
                (InfoNce::OneSided, (1.0 + others * push / pull).ln()),
                (InfoNce::Both, (1.0 + others * push / pull).ln()),
            ] {
                let found = batch.evaluate(&Config { tau, ..infonce(convention) });
                assert_close(found.loss(), wanted);
                assert!(found.steepest() < 1e-5, "{classes} classes, tau {tau}: {}", found.steepest());
            }
        }
    }
}

#[test]
fn random_arrangements_of_classes_have_higher_losses_than_the_simplex() {
    let mut random = Random::new(3, "arrangements");
    for classes in [3, 4, 5] {
        let best = Batch::simplex(classes);
        for _ in 0..200 {
            let corners: Vec<_> =
                (0..classes).map(|_| unit(&(0..classes).map(|_| f64::from(random.normal())).collect::<Vec<_>>())).collect();
            let other = Batch { rows: [corners.clone(), corners].concat(), labels: best.labels.clone() };
            for convention in InfoNce::ALL {
                assert!(other.evaluate(&infonce(*convention)).loss() > best.evaluate(&infonce(*convention)).loss());
            }
        }
    }
}

// InfoNCE.

#[test]
fn the_bound_of_mutual_information_is_at_most_the_logarithm_of_the_number_of_candidates() {
    let mut random = Random::new(1, "bound");
    let mut highest = f32::NEG_INFINITY;
    for pairs in [2, 5, 16] {
        for tau in [0.01, 0.1, 1.0, 10.0] {
            for spread in [0.0, 0.1, 1.0] {
                let anchors: Vec<Vec<f64>> = (0..pairs).map(|_| (0..8).map(|_| f64::from(random.normal())).collect()).collect();
                let views =
                    anchors.iter().map(|row| row.iter().map(|value| value + spread * f64::from(random.normal())).collect()).collect();
                let batch = Batch { rows: [anchors, views].concat(), labels: vec![0; 2 * pairs] };
                for (convention, candidates) in [(InfoNce::OneSided, pairs), (InfoNce::Both, pairs), (InfoNce::NtXent, 2 * pairs - 1)] {
                    let terms = batch.evaluate(&Config { tau, ..infonce(convention) }).terms;
                    let bound = terms.infonce.and_then(|terms| terms.mutual_information).expect("one positive");
                    let limit = libm::logf(candidates as f32);
                    assert!(bound <= limit + 1e-6, "{bound} above {limit}");
                    assert!((bound - (limit - terms.loss)).abs() < 1e-4);
                    highest = highest.max(bound / limit);
                }
            }
        }
    }
    assert!(highest > 0.999, "equal views of well parted points come close: {highest}");
}

#[test]
fn the_gradient_of_ntxent_has_softmax_weights_and_includes_both_rows_of_each_pair() {
    let batch = Batch::fixture();
    let tau = 0.5;
    let softmax = batch.softmax(f64::from(tau));
    // The loss is the mean over the 2N = 8 anchors: dL/ds_ij = (P_ij - [j is the positive of i]) / (8 tau).
    let by_similarity = |i: usize, j: usize| {
        let positive = if j == (i + 4) % 8 { 1.0 } else { 0.0 };
        (softmax[i][j] - positive) / f64::from(tau) / 8.0
    };
    let found = batch.evaluate(&Config { tau, similarity: Similarity::Dot, ..Config::default() }).gradient;
    let mut widest = 0f64;
    for i in 0..8 {
        let as_anchor: Vec<f64> = (0..3).map(|k| (0..8).map(|j| by_similarity(i, j) * batch.rows[j][k]).sum()).collect();
        let as_candidate: Vec<f64> = (0..3).map(|k| (0..8).map(|j| by_similarity(j, i) * batch.rows[j][k]).sum()).collect();
        let whole: Vec<f64> = as_anchor.iter().zip(&as_candidate).map(|(a, b)| a + b).collect();
        for k in 0..3 {
            assert_close(f64::from(found.row(i)[k]), whole[k]);
        }
        widest = widest.max(dot(&unit(&as_anchor), &unit(&whole)).min(1.0).acos().to_degrees());
    }
    assert!(widest > 5.0, "the anchor's part alone points elsewhere: {widest} degrees");
}

#[test]
fn loss_and_entropy_are_accurate_at_every_temperature() {
    let batch = Batch::fixture();
    for tau in [0.01, 0.02, 0.07, 1.0, 5.0, 10.0] {
        let softmax = batch.softmax(f64::from(tau));
        let (mut loss, mut entropy) = (0.0, 0.0);
        for i in 0..8 {
            let positive = (i + 4) % 8;
            let top = softmax[i].iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).expect("rows").0;
            // P of the positive may underflow. -ln P of the positive is -ln P of the top candidate plus the difference of their logits.
            let below = (dot(&batch.rows[i], &batch.rows[top]) - dot(&batch.rows[i], &batch.rows[positive])) / f64::from(tau);
            loss += (below - softmax[i][top].ln()) / 8.0;
            let rest: f64 = (0..8).filter(|j| *j != positive).map(|j| softmax[i][j]).sum();
            if rest > 0.0 {
                let shares = (0..8).filter(|j| *j != positive).map(|j| softmax[i][j] / rest);
                entropy -= shares.filter(|share| *share > 0.0).map(|share| share * share.ln()).sum::<f64>() / 8.0;
            }
        }
        let found = batch.evaluate(&Config { tau, ..Config::default() });
        assert_close(found.loss(), loss);
        assert!((f64::from(found.terms.infonce.expect("InfoNCE").entropy) - entropy).abs() < 1e-4);
        assert!(found.gradient.data().iter().all(|slope| slope.is_finite() && slope.abs() < 2.0 / tau));
    }
}

#[test]
fn supcon_without_shared_labels_is_ntxent() {
    let mut batch = Batch::fixture();
    batch.labels = vec![0, 1, 2, 3, 0, 1, 2, 3];
    let (supcon, ntxent) = (batch.evaluate(&infonce(InfoNce::SupCon)), batch.evaluate(&infonce(InfoNce::NtXent)));
    // The two losses have different implementations: NT-Xent computes each similarity once, SupCon goes from anchor to anchor.
    assert_close(supcon.loss(), f64::from(ntxent.terms.loss));
    for (a, b) in supcon.gradient.data().iter().zip(ntxent.gradient.data()) {
        assert!((a - b).abs() < 1e-6, "{a} {b}");
    }
}

#[test]
fn ntxent_with_positives_by_label_is_supcon() {
    let batch = Batch::fixture();
    let by_label = |convention| batch.evaluate(&Config { positives: Positives::Labels, ..infonce(convention) });
    let (ntxent, supcon) = (by_label(InfoNce::NtXent), by_label(InfoNce::SupCon));
    assert_eq!(ntxent.terms, supcon.terms);
    assert_eq!(ntxent.gradient, supcon.gradient);
    assert_eq!(ntxent.terms, batch.evaluate(&infonce(InfoNce::SupCon)).terms);
    assert_eq!(ntxent.terms.infonce.expect("InfoNCE").mutual_information, None);
}

#[test]
fn keeping_as_many_negatives_as_there_are_keeps_all() {
    let batch = Batch::fixture();
    for (convention, all) in [(InfoNce::NtXent, 6), (InfoNce::OneSided, 3), (InfoNce::Both, 3), (InfoNce::SupCon, 4)] {
        let kept = |negatives| batch.evaluate(&Config { negatives, ..infonce(convention) });
        assert_eq!(kept(0).gradient, kept(all).gradient);
        assert_eq!(kept(0).terms, kept(8_190).terms);
        assert!(kept(1).loss() < kept(0).loss());
        assert_eq!(kept(1).terms.infonce.map(|terms| terms.negatives), Some(1.0));
        assert_eq!(kept(0).terms.infonce.map(|terms| terms.negatives), Some(all as f32));
    }
}

// Triplets.

#[test]
fn a_margin_of_squared_distances_is_twice_a_margin_of_cosines() {
    let batch = Batch::fixture();
    for positives in Positives::ALL {
        for alpha in [0.0, 0.2, 1.0, 2.0] {
            let (mut sum, mut count) = (0.0, 0);
            let cosine = |a: usize, b: usize| dot(&batch.rows[a], &batch.rows[b]);
            for a in 0..8 {
                let is_positive = |row: usize| match positives {
                    Positives::Views | Positives::Dropout => row % 4 == a % 4,
                    Positives::Labels => batch.labels[row] == batch.labels[a],
                };
                for p in (0..8).filter(|p| *p != a && is_positive(*p)) {
                    for n in (0..8).filter(|n| !is_positive(*n)) {
                        sum += 2.0 * (cosine(a, n) - cosine(a, p) + f64::from(alpha) / 2.0).max(0.0);
                        count += 1;
                    }
                }
            }
            let config = Config { alpha, positives: *positives, ..triplet(Miner::All, Distance::Squared, Reduction::All) };
            let found = batch.evaluate(&config);
            assert_close(found.loss(), sum / f64::from(count));
            assert_eq!(found.terms.triplets.map(|counts| counts.mined), Some(count as u64));
        }
    }
}

#[test]
fn only_active_triplets_have_a_gradient_and_all_have_the_same_slope() {
    // Two classes, each a single point, far apart: no triplet is active with this margin, so that the gradient is zero.
    let batch = Batch::simplex(2);
    for config in triplets() {
        let found = batch.evaluate(&Config { alpha: 0.5, ..config });
        assert_eq!((found.terms.loss, found.steepest()), (0.0, 0.0));
    }
    // One active triplet with plain distances on a line: its gradient is -2 for the anchor's row and 1 for the two others.
    let rows = [[0.0, 0.0], [5.0, 0.0], [1.0, 0.0], [50.0, 0.0]].map(Vec::from).to_vec();
    let batch = Batch { rows, labels: vec![0, 1, 0, 1] };
    let config = Config { similarity: Similarity::Dot, alpha: 2.0, ..triplet(Miner::Hard, Distance::Plain, Reduction::Sum) };
    let found = batch.evaluate(&config);
    // Hardest positive p and negative n of each anchor, with distances: anchor 0 has p 2 at 1, n 1 at 5 (easy); anchor 2 has p 0 at 1,
    // n 1 at 4 (easy); anchor 1 has p 3 at 45, n 2 at 4 (active, loss 43); anchor 3 has p 1 at 45, n 2 at 49 (easy).
    assert_close(found.loss(), 43.0);
    assert_eq!(found.terms.triplets.map(|counts| (counts.mined, counts.active)), Some((4, 1)));
    let slopes: Vec<f32> = (0..4).map(|row| found.gradient.row(row)[0]).collect();
    assert_eq!(slopes, [0.0, -2.0, 1.0, 1.0]);
}

#[test]
fn plain_distances_have_their_gradient_however_near_the_rows_are() {
    // A power of two changes no digit of a row. A plain distance shrinks with the rows and its derivatives stay, also where its square is
    // too small for a float; without a margin the same triplets are active.
    let batch = Batch::fixture();
    for config in triplets().filter(|config| config.distance == Distance::Plain) {
        for positives in Positives::ALL {
            let config = Config { alpha: 0.0, similarity: Similarity::Dot, positives: *positives, ..config.clone() };
            let wanted = batch.evaluate(&config);
            for exponent in [-50, -62, -64, -66, -77, -110] {
                let scale = libm::exp2(f64::from(exponent));
                let rows = batch.rows.iter().map(|row| row.iter().map(|value| value * scale).collect()).collect();
                let found = Batch { rows, labels: batch.labels.clone() }.evaluate(&config);
                assert_eq!(found.terms.triplets, wanted.terms.triplets, "2^{exponent}: {config:?}");
                assert_close(found.loss() / scale, wanted.loss());
                for (found, wanted) in found.gradient.data().iter().zip(wanted.gradient.data()) {
                    assert_close(f64::from(*found), f64::from(*wanted));
                }
            }
        }
    }
}

#[test]
fn equal_rows_among_near_ones_have_no_gradient_by_their_distance() {
    // The two rows of a pair are in one place, and the other pair is 5e-23 away: the distance to the negatives counts, that to the positive
    // does not.
    let rows = [[0.0, 0.0], [3e-23, 4e-23], [0.0, 0.0], [3e-23, 4e-23]].map(Vec::from).to_vec();
    let config = Config { alpha: 1.0, similarity: Similarity::Dot, ..triplet(Miner::All, Distance::Plain, Reduction::Sum) };
    let found = Batch { rows, labels: vec![0, 1, 0, 1] }.evaluate(&config);
    assert_close(found.loss(), 8.0);
    // Each row is the anchor of two active triplets and the negative of two others: four times the unit vector towards the other pair.
    for (row, side) in [1.0, -1.0, 1.0, -1.0].into_iter().enumerate() {
        for (slope, wanted) in found.gradient.row(row).iter().zip([0.6, 0.8]) {
            assert_close(f64::from(*slope), 4.0 * side * wanted);
        }
    }
}

// Rows with more coordinates than a network's.

#[test]
fn rows_of_many_coordinates_have_the_losses_of_the_few_that_they_repeat() {
    let mut random = Random::new(2, "rows");
    let root = 8f64.sqrt();
    for pairs in [2, 3, 8, 9, 37, 70] {
        let few: Vec<Vec<f64>> = (0..2 * pairs).map(|_| (0..3).map(|_| 0.5 * f64::from(random.normal())).collect()).collect();
        let many = few.iter().map(|row| (0..24).map(|k| row[k % 3] / root).collect()).collect();
        let mut labels: Vec<u8> = (0..2 * pairs).map(|row| (row % pairs % 3) as u8).collect();
        // A row whose label no other has is no anchor of SupCon.
        labels[1] = 9;
        let [few, many] = [few, many].map(|rows| Batch { rows, labels: labels.clone() });
        let conventions = InfoNce::ALL.iter().flat_map(|convention| [0, 2].map(|negatives| Config { negatives, ..infonce(*convention) }));
        let losses = conventions.chain([triplet(Miner::All, Distance::Squared, Reduction::All)]);
        for config in losses {
            for similarity in Similarity::ALL {
                for positives in Positives::ALL {
                    let config = Config { similarity: *similarity, positives: *positives, tau: 0.5, alpha: 0.0, ..config.clone() };
                    let (wanted, found) = (few.evaluate(&config), many.evaluate(&config));
                    assert_close(found.loss(), wanted.loss());
                    for row in 0..2 * pairs {
                        for k in 0..24 {
                            assert_close(f64::from(found.gradient.row(row)[k]) * root, f64::from(wanted.gradient.row(row)[k % 3]));
                        }
                    }
                    let measured = |found: &Found| {
                        let BatchMetrics { alignment, uniformity, negative_similarity, .. } = found.metrics;
                        [alignment, uniformity, negative_similarity].map(f64::from)
                    };
                    for (found, wanted) in measured(&found).into_iter().zip(measured(&wanted)) {
                        assert_close(found, wanted);
                    }
                }
            }
        }
    }
}

// Training at small scale: the default data with fewer points and a narrower network, so that a run is short.

fn small() -> Config {
    Config { points: 512, batch: 64, layers: Layers::new(&[32, 32]).expect("valid"), ..Config::default() }
}

/// Trains, calls `look` with the terms after every step, and returns the final snapshot.
fn train_watching(config: Config, steps: u32, mut look: impl FnMut(&Terms)) -> Snapshot {
    let mut trainer = Trainer::new(config).expect("valid");
    for _ in 0..steps {
        trainer.step().expect("the run does not diverge");
        look(trainer.terms());
    }
    trainer.snapshot()
}

/// Trains and returns the final snapshot.
fn train(config: Config, steps: u32) -> Snapshot {
    train_watching(config, steps, |_| {})
}

/// Returns the mean cosine of two training points of the same class, and of two of different classes. Point i has class i mod
/// `classes`.
fn class_cosines(snapshot: &Snapshot) -> (f64, f64) {
    let classes = snapshot.config.classes as usize;
    let rows: Vec<&[f32]> = snapshot.embeddings.chunks_exact(snapshot.dim).collect();
    let (mut same, mut different) = ((0.0, 0.0), (0.0, 0.0));
    for i in 0..rows.len() {
        for j in 0..i {
            let cosine: f64 = rows[i].iter().zip(rows[j]).map(|(a, b)| f64::from(a * b)).sum();
            let sum = if i % classes == j % classes { &mut same } else { &mut different };
            *sum = (sum.0 + cosine, sum.1 + 1.0);
        }
    }
    (same.0 / same.1, different.0 / different.1)
}

#[test]
fn the_default_run_separates_the_classes() {
    let mut losses = Vec::new();
    let snapshot = train_watching(Config::default(), 300, |terms| losses.push(terms.loss));
    let (same, different) = class_cosines(&snapshot);
    assert!(snapshot.accuracy > Some(0.95), "{:?}", snapshot.accuracy);
    assert!(same > 0.95 && different < 0.0, "{same}, {different}");
    assert!(losses[290..].iter().all(|loss| *loss < losses[0]));
    // It spreads over the whole sphere and no further than can be.
    assert!(snapshot.batch.uniformity < -1.5 && snapshot.spectrum.effective_rank > Some(2.5));
    assert!(snapshot.batch.uniformity > snapshot.uniform_reference);
}

#[test]
fn a_lower_temperature_weights_fewer_negatives_and_clusters_less_tightly() {
    // Mean entropy of the softmax over the last steps, and cosine within a class.
    let runs: Vec<(f64, f64)> = [0.05, 0.1, 0.2, 0.5, 1.0, 2.0]
        .into_iter()
        .map(|tau| {
            let mut entropies = Vec::new();
            let snapshot = train_watching(Config { tau, seed: 8, ..small() }, 300, |terms| {
                entropies.push(terms.infonce.map_or(f64::NAN, |terms| f64::from(terms.entropy)));
            });
            (entropies[250..].iter().sum::<f64>() / 50.0, class_cosines(&snapshot).0)
        })
        .collect();
    assert!(runs.windows(2).all(|pair| pair[0].0 < pair[1].0), "{runs:?}");
    // Tolerance, the mean cosine within a class, is smaller at tau 0.1 and 0.2 than at 0.5, 1 and 2. (0.05 is left out.)
    let tolerances: Vec<f64> = runs.iter().map(|(_, tolerance)| *tolerance).collect();
    assert!(tolerances[1].max(tolerances[2]) < tolerances[3].min(tolerances[4]).min(tolerances[5]), "{runs:?}");
}

#[test]
fn classes_by_label_end_up_on_the_simplex() {
    for classes in [3, 4] {
        let snapshot = train(Config { classes, infonce: InfoNce::SupCon, positives: Positives::Labels, ..small() }, 300);
        let (same, different) = class_cosines(&snapshot);
        assert!(same > 0.99, "{same}");
        assert!((different + 1.0 / (f64::from(classes) - 1.0)).abs() < 0.02, "{different}");
    }
}

#[test]
fn with_random_triplets_the_active_fraction_falls_towards_zero() {
    for seed in [7, 8] {
        let mut active = Vec::new();
        let config =
            Config { positives: Positives::Labels, seed, noise: 0.15, ..triplet(Miner::Random, Distance::Squared, Reduction::Active) };
        train_watching(Config { points: 512, batch: 64, ..config }, 300, |terms| {
            active.push(terms.triplets.map_or(f32::NAN, |counts| counts.active_fraction()));
        });
        let mean = |part: &[f32]| part.iter().sum::<f32>() / part.len() as f32;
        let (start, middle, end) = (active[0], mean(&active[40..60]), mean(&active[250..]));
        assert!(start > 0.1 && middle < 0.06 && end < 0.02, "{start}, {middle}, {end}");
    }
}

#[test]
fn batch_hard_with_labels_first_nears_collapse_and_then_recovers() {
    let config = |miner| Config {
        positives: Positives::Labels,
        classes: 8,
        noise: 0.15,
        seed: 8,
        layers: small().layers,
        ..triplet(miner, Distance::Squared, Reduction::Active)
    };
    let uniformity = |miner, steps| f64::from(train(config(miner), steps).batch.uniformity);
    let (hard, all) = (uniformity(Miner::Hard, 10), uniformity(Miner::All, 10));
    assert!(hard > all + 0.3, "{hard}, {all}");
    assert!(uniformity(Miner::Hard, 200) < hard - 0.5, "with labels it gets over that");
}

#[test]
fn batch_hard_on_views_collapses_because_its_hardest_negatives_are_of_the_anchors_class() {
    let config = |miner| Config { points: 512, batch: 64, layers: small().layers, ..triplet(miner, Distance::Squared, Reduction::Active) };
    let (hard, all) = (train(config(Miner::Hard), 200), train(config(Miner::All), 200));
    assert!(hard.batch.uniformity > -0.05 && hard.batch.alignment < 0.01, "{:?}", hard.batch);
    assert!(all.batch.uniformity < -1.3, "{:?}", all.batch);
}

#[test]
fn strong_augmentation_and_depth_each_narrow_the_spectrum_of_a_linear_encoder() {
    let linear = Config { data: Data::Lifted, dim: 16, activation: Activation::Linear, rotation: 0.0, ..small() };
    let augmented = [0.01, 0.3, 1.0].map(|jitter| {
        let config = Config { rest: 0.5, noise: 1.0, layers: Layers::default(), jitter, ..linear.clone() };
        train(config, 300).spectrum.effective_rank.expect("it is spread")
    });
    assert!(augmented[0] > 15.0 && augmented[1] < augmented[0] - 1.0 && augmented[2] < augmented[1] - 3.0, "{augmented:?}");
    let deep = [&[][..], &[16], &[16, 16], &[16, 16, 16]].map(|widths| {
        let config = Config { rest: 1.0, jitter: 0.05, layers: Layers::new(widths).expect("valid"), ..linear.clone() };
        train(config, 300).spectrum.effective_rank.expect("it is spread")
    });
    assert!(deep.windows(2).all(|pair| pair[1] < pair[0] - 0.3), "{deep:?}");
}

#[test]
fn training_stays_finite_at_both_ends_of_the_temperature() {
    for tau in [0.01, 10.0] {
        for convention in InfoNce::ALL {
            for similarity in Similarity::ALL {
                let config = Config { tau, similarity: *similarity, infonce: *convention, ..small() };
                let snapshot = train(config, 100);
                assert!(snapshot.terms.loss.is_finite() && snapshot.embeddings.iter().all(|value| value.is_finite()));
            }
        }
    }
}
