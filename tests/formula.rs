//! The formula on screen is the loss that is computed: for every combination of conventions the description, followed literally,
//! term by term and in double precision, gives the value that the objective gives.

#![expect(clippy::disallowed_methods, reason = "what is expected is computed apart from the code under test")]

use contrastive_playground::learn::Config;
use contrastive_playground::learn::config::{Distance, InfoNce, Loss, Miner, PositiveRows, Positives, Reduction, Similarity};
use contrastive_playground::learn::matrix::Matrix;
use contrastive_playground::learn::method::formula as formula_of;
use contrastive_playground::learn::objective::Objective;
use contrastive_playground::learn::random::Random;
use contrastive_playground::learn::report::{Anchors, Candidates, Formula, Kind};

const PAIRS: usize = 9;
const DIM: usize = 4;

/// Outputs of no particular length, and labels of which one is alone.
fn batch() -> (Matrix, Vec<u8>) {
    let mut random = Random::new(5, "formula");
    let values: Vec<f32> = (0..2 * PAIRS * DIM).map(|_| 0.9 * random.normal()).collect();
    let labels = (0..2 * PAIRS).map(|row| if row % PAIRS == 4 { 9 } else { (row % PAIRS % 3) as u8 }).collect();
    (Matrix::from_rows(&values, DIM), labels)
}

/// The rows as the formula compares them.
fn rows(formula: &Formula, outputs: &Matrix) -> Vec<Vec<f64>> {
    (0..outputs.rows())
        .map(|row| {
            let row: Vec<f64> = outputs.row(row).iter().map(|value| f64::from(*value)).collect();
            let length = if formula.normalised { row.iter().map(|value| value * value).sum::<f64>().sqrt() } else { 1.0 };
            row.iter().map(|value| value / length).collect()
        })
        .collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn positives_of(positives: PositiveRows, anchor: usize, labels: &[u8]) -> Vec<usize> {
    match positives {
        PositiveRows::Partner => vec![(anchor + PAIRS) % (2 * PAIRS)],
        PositiveRows::Label => (0..2 * PAIRS).filter(|row| *row != anchor && labels[*row] == labels[anchor]).collect(),
    }
}

/// The loss as the description says it.
fn described(formula: &Formula, outputs: &Matrix, labels: &[u8]) -> f64 {
    let z = rows(formula, outputs);
    match formula.kind {
        Kind::Softmax { anchors, positives, candidates, negatives, coupled, kept, tau } => {
            let all = match anchors {
                Anchors::All | Anchors::BothViews => 0..2 * PAIRS,
                Anchors::ViewA => 0..PAIRS,
            };
            let term = |a: usize, b: usize| (dot(&z[a], &z[b]) / f64::from(tau)).exp();
            let (mut total, mut counted) = (0.0, 0.0);
            for anchor in all {
                let positive_rows = positives_of(positives, anchor, labels);
                // A walk over the candidates that begins after the anchor.
                let (first, count) = match candidates {
                    Candidates::AllRows => (0, 2 * PAIRS),
                    Candidates::OtherView => (if anchor < PAIRS { PAIRS } else { 0 }, PAIRS),
                };
                let walk = (1..=count).map(|offset| first + (anchor % count + offset) % count);
                let mut negative_rows: Vec<usize> = walk.filter(|row| *row != anchor && !positive_rows.contains(row)).collect();
                assert!(negatives.is_none_or(|negatives| negatives == negative_rows.len()));
                negative_rows.truncate(kept.unwrap_or(usize::MAX));
                if positive_rows.is_empty() {
                    continue;
                }
                let beside: &[usize] = if coupled { &positive_rows } else { &[] };
                let below: f64 = beside.iter().chain(&negative_rows).map(|row| term(anchor, *row)).sum();
                let mean = positive_rows.iter().map(|row| -(term(anchor, *row) / below).ln()).sum::<f64>() / positive_rows.len() as f64;
                total += mean;
                counted += 1.0;
            }
            total / counted
        }
        Kind::AlignUniform { pairs, weight } => {
            let square = |a: usize, b: usize| z[a].iter().zip(&z[b]).map(|(a, b)| (a - b) * (a - b)).sum::<f64>();
            let alignment = (0..pairs).map(|pair| square(pair, pairs + pair)).sum::<f64>() / pairs as f64;
            let distinct: Vec<(usize, usize)> = (0..2 * pairs).flat_map(|a| (a + 1..2 * pairs).map(move |b| (a, b))).collect();
            let mean = distinct.iter().map(|(a, b)| (-2.0 * square(*a, *b)).exp()).sum::<f64>() / distinct.len() as f64;
            alignment + f64::from(weight) * mean.ln()
        }
        Kind::Queue { .. }
        | Kind::Prediction { .. }
        | Kind::Codes { .. }
        | Kind::Correlation { .. }
        | Kind::Covariance { .. }
        | Kind::Rebuilding { .. }
        | Kind::Variational { .. }
        | Kind::Game { .. }
        | Kind::Written(_) => {
            unreachable!("one of the losses on pairs that are described by numbers")
        }
        Kind::Margin { squared, alpha, positives, miner, reduction } => {
            let distance = |a: usize, b: usize| {
                let square: f64 = z[a].iter().zip(&z[b]).map(|(a, b)| (a - b) * (a - b)).sum();
                if squared { square } else { square.sqrt() }
            };
            let mut losses = Vec::new();
            for anchor in 0..2 * PAIRS {
                let positive_rows = positives_of(positives, anchor, labels);
                let is_negative = |row: &usize| *row != anchor && !positive_rows.contains(row);
                let negative_rows: Vec<usize> = (0..2 * PAIRS).filter(is_negative).collect();
                let loss = |p: usize, n: usize| distance(anchor, p) - distance(anchor, n) + f64::from(alpha);
                let by_distance = |a: &usize, b: &usize| distance(anchor, *a).total_cmp(&distance(anchor, *b));
                match miner {
                    Miner::Hard => {
                        let farthest = positive_rows.iter().copied().max_by(by_distance);
                        let nearest = negative_rows.iter().copied().min_by(by_distance);
                        losses.extend(farthest.zip(nearest).map(|(p, n)| loss(p, n)));
                    }
                    Miner::All | Miner::SemiHard => {
                        for p in &positive_rows {
                            let between = |n: &&usize| {
                                let (near, far) = (distance(anchor, *p), distance(anchor, **n));
                                miner == Miner::All || (far > near && far < near + f64::from(alpha))
                            };
                            losses.extend(negative_rows.iter().filter(between).map(|n| loss(*p, *n)));
                        }
                    }
                    Miner::Random => unreachable!("which triplets are drawn is no part of a formula"),
                }
            }
            let active: Vec<f64> = losses.iter().copied().filter(|loss| *loss > 0.0).collect();
            let sum: f64 = active.iter().sum();
            match reduction {
                Reduction::Active => sum / active.len().max(1) as f64,
                Reduction::All => sum / losses.len().max(1) as f64,
                Reduction::Sum => sum,
            }
        }
    }
}

fn computed(config: &Config, outputs: &Matrix, labels: &[u8]) -> f64 {
    let mut gradient = Matrix::zeros(outputs.rows(), outputs.columns());
    let terms = Objective::default().evaluate(config, outputs, labels, &mut Random::new(0, "miner"), &mut gradient);
    f64::from(terms.loss)
}

#[test]
fn every_combination_computes_what_its_formula_says() {
    let (outputs, labels) = batch();
    let mut formulas = Vec::new();
    let mut hold = |config: Config| {
        let formula = formula_of(&config);
        let (described, computed) = (described(&formula, &outputs, &labels), computed(&config, &outputs, &labels));
        assert!((described - computed).abs() <= 2e-5 * described.abs().max(1.0), "{described} described, {computed} computed: {config:?}");
        formulas.push(formula);
    };
    for similarity in Similarity::ALL {
        for positives in Positives::ALL {
            let config = Config { batch: PAIRS as u32, similarity: *similarity, positives: *positives, ..Config::default() };
            for infonce in InfoNce::ALL {
                for negatives in [0, 3, 8, 16] {
                    for tau in [0.07, 0.9] {
                        hold(Config { infonce: *infonce, negatives, tau, ..config.clone() });
                    }
                }
            }
            for weight in [0.0, 1.0, 3.0] {
                hold(Config { loss: Loss::AlignUniform, weight, ..config.clone() });
            }
            for distance in Distance::ALL {
                for reduction in Reduction::ALL {
                    for miner in [Miner::All, Miner::Hard, Miner::SemiHard] {
                        let loss = Loss::Triplet;
                        hold(Config { loss, distance: *distance, reduction: *reduction, miner, alpha: 0.6, ..config.clone() });
                    }
                }
            }
        }
    }
    assert_eq!(formulas.len(), 2 * 3 * (5 * 4 * 2 + 3 + 2 * 3 * 3));
}

#[test]
fn conventions_that_differ_have_formulas_that_differ() {
    let formula = |config: Config| formula_of(&config);
    let base = Config::default();
    let mut seen = vec![formula(base.clone())];
    for config in [
        Config { infonce: InfoNce::OneSided, ..base.clone() },
        Config { infonce: InfoNce::Both, ..base.clone() },
        Config { infonce: InfoNce::SupCon, ..base.clone() },
        Config { infonce: InfoNce::Dcl, ..base.clone() },
        Config { loss: Loss::AlignUniform, ..base.clone() },
        Config { loss: Loss::AlignUniform, weight: 2.0, ..base.clone() },
        Config { similarity: Similarity::Dot, ..base.clone() },
        Config { negatives: 10, ..base.clone() },
        Config { batch: 64, ..base.clone() },
        Config { loss: Loss::Triplet, ..base.clone() },
        Config { loss: Loss::Triplet, reduction: Reduction::All, ..base.clone() },
        Config { loss: Loss::Triplet, reduction: Reduction::Sum, ..base.clone() },
        Config { loss: Loss::Triplet, distance: Distance::Plain, ..base.clone() },
        Config { loss: Loss::Triplet, positives: Positives::Labels, ..base.clone() },
    ] {
        let formula = formula(config);
        assert!(!seen.contains(&formula), "{formula:?}");
        seen.push(formula);
    }
    let supcon = formula(Config { positives: Positives::Labels, ..base.clone() });
    assert_eq!(supcon, formula(Config { infonce: InfoNce::SupCon, ..base }), "NT-Xent with labels is SupCon");
}
