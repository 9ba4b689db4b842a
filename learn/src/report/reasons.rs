//! Why a point moves: what the loss of one batch asks of one row's embedding, candidate by candidate.
//!
//! A *force* is minus the derivative of the batch's loss by the row as it is compared. Where rows are compared by cosine that is a unit row,
//! and its force is tangent to the sphere. So the force is minus the row's gradient that `evaluate` gives for the same unit rows.
//!
//! In most losses a row acts twice: as the anchor of its own term, and as a candidate of the other anchors' terms. A candidate's weight has
//! both.

use super::Space;
use crate::config::{Config, Distance};
use crate::matrix::Matrix;
use crate::rows::{cosine, norm, normalize_row};

/// What a candidate is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Role {
    /// A view of a point of the batch.
    #[default]
    View,
    /// What the slow copy, or the network itself without a gradient, says of the other view.
    Target,
    /// A key of the queue.
    Key,
    /// A prototype.
    Prototype,
    /// A centroid of a cluster.
    Centroid,
}

impl Role {
    /// Returns its name in the language files and in JSON.
    pub fn key(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::Target => "target",
            Self::Key => "key",
            Self::Prototype => "prototype",
            Self::Centroid => "centroid",
        }
    }
}

/// A row that the anchor is compared with.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Candidate {
    /// What it is.
    pub role: Role,
    /// Its number: of a view or target the row's place in the batch, of a key its age from the newest on, of a prototype its number; from 0.
    pub index: u32,
    /// The training point that it is a view of, if it is known.
    pub point: Option<u32>,
    /// Its class, if it has one.
    pub label: Option<u8>,
    /// It is the anchor's positive (of prototypes: one that pulls).
    pub positive: bool,
    /// Cosine of both rows.
    pub cosine: f32,
    /// Squared distance of both rows as they are compared.
    pub squared_distance: f32,
    /// Its part of the anchor's softmax over all candidates, the positive included; none where the loss has no softmax, or where the anchor does
    /// not compare itself with it.
    pub share: Option<f32>,
    /// The part that the anchor's target gives it, where the target is a distribution.
    pub code: Option<f32>,
    /// The force along the direction to it: positive pulls, negative pushes. In both roles.
    pub weight: f32,
    /// The part of `weight` that comes from its own turn as an anchor, where the anchor is the candidate.
    pub as_candidate: f32,
}

/// One term of a loss that compares no pairs, and its force.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Part {
    /// Its name in the language files, under `reasons.part.`.
    pub key: String,
    /// Minus the derivative of this term, with its weight.
    pub force: Vec<f32>,
    /// The term pulls the views of a pair together.
    pub pulls: bool,
}

/// What a decoder makes of a point.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Rebuilt {
    /// The view that was encoded.
    pub input: Vec<f32>,
    /// What the decoder should give back.
    pub wanted: Vec<f32>,
    /// What it gives.
    pub output: Vec<f32>,
    /// The squared error of each coordinate.
    pub errors: Vec<f32>,
    /// The Gaussian of each coordinate of the code; empty where codes are not drawn.
    pub latents: Vec<Latent>,
    /// Where `wanted` and `output` are on the input plane: x, y, x, y.
    pub places: [f32; 4],
}

/// The Gaussian of one coordinate of a code.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Latent {
    /// Its mean.
    pub mean: f32,
    /// Its standard deviation.
    pub deviation: f32,
    /// Its divergence from the prior, in nats.
    pub divergence: f32,
}

/// What a discriminator says of a point.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Judged {
    /// The share of "real", from 0 to 1.
    pub score: f32,
    /// The logit.
    pub logit: f32,
}

/// Why a point moves.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Reasons {
    /// The training point.
    pub point: u32,
    /// The last batch had drawn it; if not, the batch was made for it: the point in its shown views, and the others of the last batch.
    pub drawn: bool,
    /// The anchor is the row of view a of this pair of the batch.
    pub pair: u32,
    /// Number of pairs in the batch.
    pub pairs: u32,
    /// The rows are predictions p; else they are z.
    pub of_predictions: bool,
    /// Number of classes of the data.
    pub classes: u32,
    /// Coordinates of a row.
    pub dim: usize,
    /// The forces are tangent to the unit sphere.
    pub on_sphere: bool,
    /// Candidates pull and push along the difference of both rows; else along the candidate's row.
    pub by_difference: bool,
    /// The anchor's row and that of its positive view, as they are compared.
    pub views: [Vec<f32>; 2],
    /// Where both views are on the input plane: x, y, x, y.
    pub places: [f32; 4],
    /// The pixels of both views, 255 for ink; empty where the data are points.
    pub images: Vec<u8>,
    /// The loss of the batch.
    pub batch_loss: f32,
    /// The anchor's own loss: of the triplet loss the mean over its active triplets. None where a loss is of the batch only.
    pub loss: Option<f32>,
    /// The margin, if the loss is made of triplets.
    pub margin: Option<Margin>,
    /// The rows that it is compared with.
    pub candidates: Vec<Candidate>,
    /// Their coordinates, in the same order.
    pub rows: Vec<f32>,
    /// Their places, the strongest first.
    pub order: Vec<u32>,
    /// The places of the positives, the farthest first.
    pub farthest: Vec<u32>,
    /// The terms of a loss that compares no pairs.
    pub parts: Vec<Part>,
    /// What the decoder makes of it, where there is one.
    pub rebuilt: Option<Rebuilt>,
    /// What the discriminator says of it, where there is one.
    pub judged: Option<Judged>,
    /// e to the entropy of the softmax over its negatives.
    pub effective_negatives: Option<f32>,
    /// The part of its positives in the softmax over all candidates.
    pub positive_share: Option<f32>,
    /// How many negatives, the strongest first, do 80 % of the push.
    pub strongest: Option<u32>,
    /// The forces in both turns, in its own, and in the other anchors' ([`Self::forces`]).
    pub turns: [Forces; 3],
    /// Minus the gradient: what all forces together have to be.
    pub sum: Vec<f32>,
    /// Where one step of the optimiser with this batch takes the row, since the encoder moves all rows at once; empty where that is not known.
    pub moved: Vec<f32>,
}

/// The margin of a triplet loss.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Margin {
    /// How much farther than the positive a negative has to be.
    pub alpha: f32,
    /// Of squared distances; else of plain ones.
    pub squared: bool,
}

impl Margin {
    /// Returns the margin that a configuration has, whichever its loss.
    pub fn of(config: &Config) -> Self {
        Self { alpha: config.alpha, squared: config.distance == Distance::Squared }
    }
}

/// In which of its roles a row is looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Turn {
    /// Both.
    #[default]
    Both,
    /// The anchor of its own term.
    Anchor,
    /// A candidate of the other anchors' terms.
    Candidate,
}

/// The forces on a row.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Forces {
    /// Of the positives, or of the terms that pull.
    pub pull: Vec<f32>,
    /// Of the negatives, or of the other terms.
    pub push: Vec<f32>,
    /// Of the negatives of each class, then of those without one.
    pub push_by_class: Vec<Vec<f32>>,
    /// All together.
    pub sum: Vec<f32>,
}

/// A positive of the triplet loss, and how the negatives stand to it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Triplets {
    /// The positive's place in [`Reasons::candidates`].
    pub positive: usize,
    /// Its distance, squared or plain as the loss has it.
    pub distance: f32,
    /// Places of the negatives with a loss, nearest first, with their distance and the triplet's loss.
    pub active: Vec<(usize, f32, f32)>,
    /// How many negatives are not farther than the positive.
    pub hard: usize,
    /// How many are farther, by less than the margin.
    pub semi_hard: usize,
    /// How many have no loss.
    pub easy: usize,
}

impl Reasons {
    /// Adds a candidate; its cosine and distance are found from the rows.
    pub fn add(&mut self, candidate: Candidate, row: impl IntoIterator<Item = f32>) {
        let start = self.rows.len();
        self.rows.extend(row);
        let (anchor, other) = (&self.views[0], &self.rows[start..]);
        let product: f32 = anchor.iter().zip(other).map(|(a, b)| a * b).sum();
        let squared_distance = anchor.iter().zip(other).map(|(a, b)| (a - b) * (a - b)).sum();
        let cosine = cosine(product, norm(anchor) * norm(other));
        self.candidates.push(Candidate { cosine, squared_distance, ..candidate });
    }

    /// Returns the row of a candidate.
    pub fn row(&self, place: usize) -> &[f32] {
        &self.rows[place * self.dim..(place + 1) * self.dim]
    }

    /// Returns the force of a weight towards (or away from) a candidate.
    pub fn force(&self, place: usize, weight: f32) -> Vec<f32> {
        let anchor = &self.views[0];
        let own = if self.by_difference { 1.0 } else { 0.0 };
        let towards = self.row(place).iter().zip(anchor).map(|(other, own_value)| weight * (other - own * own_value)).collect();
        self.tangent(towards)
    }

    /// Leaves of a force what is tangent to the sphere, if rows are on it.
    pub fn tangent(&self, mut force: Vec<f32>) -> Vec<f32> {
        let anchor = &self.views[0];
        if self.on_sphere && norm(anchor) > 0.5 {
            let along: f32 = force.iter().zip(anchor).map(|(force, value)| force * value).sum();
            for (force, value) in force.iter_mut().zip(anchor) {
                *force -= along * value;
            }
        }
        force
    }

    /// Returns the total force of some candidates, each with a weight.
    fn total(&self, weights: impl Iterator<Item = (usize, f32)>) -> Vec<f32> {
        let mut total = vec![0.0; self.dim];
        for (place, weight) in weights.filter(|(_, weight)| *weight != 0.0) {
            for (total, force) in total.iter_mut().zip(self.force(place, weight)) {
                *total += force;
            }
        }
        total
    }

    /// Returns the space in which the row is compared.
    pub fn space(&self) -> Space {
        if self.of_predictions { Space::P } else { Space::Z }
    }

    /// Returns the forces of one turn, or of both.
    pub fn forces(&self, turn: Turn) -> &Forces {
        &self.turns[turn as usize]
    }

    fn find_forces(&self, turn: Turn) -> Forces {
        let weight = |other: &Candidate| match turn {
            Turn::Both => other.weight,
            Turn::Anchor => other.weight - other.as_candidate,
            Turn::Candidate => other.as_candidate,
        };
        let candidates = self.candidates.iter().enumerate();
        let of = |positive: bool| candidates.clone().filter(move |(_, other)| other.positive == positive);
        let classes = self.classes as usize;
        let push_by_class: Vec<Vec<f32>> = (0..=classes)
            .map(|class| {
                let is_of = |label: Option<u8>| label.map_or(classes, usize::from) == class;
                self.total(of(false).filter(|(_, other)| is_of(other.label)).map(|(place, other)| (place, weight(other))))
            })
            .collect();
        let mut pull = self.total(of(true).map(|(place, other)| (place, weight(other))));
        let mut push = self.total(of(false).map(|(place, other)| (place, weight(other))));
        for part in self.parts.iter().filter(|_| turn != Turn::Candidate) {
            add(if part.pulls { &mut pull } else { &mut push }, &part.force);
        }
        let mut sum = pull.clone();
        add(&mut sum, &push);
        Forces { pull, push, push_by_class, sum }
    }

    /// Finds what follows from candidates and parts: their order, the forces, how few do most of the push.
    pub fn finish(&mut self, classes: usize) {
        self.classes = classes as u32;
        self.sort();
        self.turns = [Turn::Both, Turn::Anchor, Turn::Candidate].map(|turn| self.find_forces(turn));
        let mut shares: Vec<f32> = self.candidates.iter().filter(|other| !other.positive).filter_map(|other| other.share).collect();
        shares.sort_unstable_by(|a, b| b.total_cmp(a));
        let all: f32 = shares.iter().sum();
        let mut reached = 0.0;
        let strongest = shares.iter().take_while(|share| {
            let goes_on = reached < 0.8 * all;
            reached += **share;
            goes_on
        });
        self.strongest = (all > 0.0).then(|| strongest.count() as u32);
    }

    /// Sets shares, loss, effective negatives and the positives' share from the logits of the candidates, none for those that the anchor does
    /// not compare itself with. Without `coupling` the positives are not in the loss's denominator (DCL).
    pub fn set_softmax(&mut self, logits: &[Option<f64>], is_coupled: bool) {
        let highest = logits.iter().flatten().copied().fold(f64::NEG_INFINITY, f64::max);
        let of = |positive: bool| {
            let mine = self.candidates.iter().zip(logits).filter(move |(other, _)| other.positive == positive);
            mine.filter_map(|(_, logit)| *logit)
        };
        let sum = |positive: bool| of(positive).map(|logit| libm::exp(logit - highest)).sum::<f64>();
        let (positives, negatives) = (sum(true), sum(false));
        let all = positives + negatives;
        let count = of(true).count();
        if count == 0 || all.partial_cmp(&0.0) != Some(std::cmp::Ordering::Greater) {
            return;
        }
        let denominator = highest + libm::log(if is_coupled { all } else { negatives });
        self.loss = Some((denominator - of(true).sum::<f64>() / count as f64) as f32);
        self.positive_share = Some((positives / all) as f32);
        let entropy: f64 = of(false)
            .map(|logit| {
                let part = libm::exp(logit - highest) / negatives;
                if part > 0.0 { -part * libm::log(part) } else { 0.0 }
            })
            .sum();
        self.effective_negatives = (negatives > 0.0).then(|| libm::exp(entropy) as f32);
        for (candidate, logit) in self.candidates.iter_mut().zip(logits) {
            candidate.share = logit.map(|logit| (libm::exp(logit - highest) / all) as f32);
        }
    }

    /// Returns the cosine of each row of `rows` with the anchor. They are in the space in which it is compared.
    pub fn similarities(&self, rows: &[f32]) -> Vec<f32> {
        let anchor = &self.views[0];
        let length = norm(anchor);
        let of_row = |row: &[f32]| {
            let product: f32 = anchor.iter().zip(row).map(|(a, b)| a * b).sum();
            cosine(product, length * norm(row))
        };
        rows.chunks_exact(self.dim.max(1)).map(of_row).collect()
    }

    /// Finds the orders of the candidates.
    fn sort(&mut self) {
        let candidates = &self.candidates;
        let strength = |other: &Candidate| other.share.unwrap_or(other.weight.abs());
        self.order = (0..candidates.len() as u32).collect();
        self.order.sort_by(|a, b| {
            let (a, b) = (&candidates[*a as usize], &candidates[*b as usize]);
            b.positive.cmp(&a.positive).then(strength(b).total_cmp(&strength(a)))
        });
        self.farthest = self.order.iter().copied().filter(|place| candidates[*place as usize].positive).collect();
        self.farthest.sort_by(|a, b| candidates[*b as usize].squared_distance.total_cmp(&candidates[*a as usize].squared_distance));
    }

    /// Returns the candidates' places, the strongest first: positives, then negatives by share, or by weight where there is no softmax.
    pub fn by_strength(&self) -> impl ExactSizeIterator<Item = usize> + '_ {
        self.order.iter().map(|place| *place as usize)
    }

    /// Returns the places of the positives, farthest first.
    pub fn positives(&self) -> impl ExactSizeIterator<Item = usize> + '_ {
        self.farthest.iter().map(|place| *place as usize)
    }

    /// Returns how the negatives stand to the positive that is the `number`-th farthest. None where there is no such positive, or no triplet loss.
    pub fn triplets(&self, number: usize) -> Option<Triplets> {
        let Margin { alpha, squared } = self.margin?;
        let positive = self.positives().nth(number)?;
        let distance = |place: usize| {
            let square = self.candidates[place].squared_distance;
            if squared { square } else { square.sqrt() }
        };
        let near = distance(positive);
        let mut found = Triplets { positive, distance: near, ..Triplets::default() };
        for place in (0..self.candidates.len()).filter(|place| !self.candidates[*place].positive) {
            let far = distance(place);
            if far < near + alpha {
                found.active.push((place, far, near + alpha - far));
            }
            if far <= near {
                found.hard += 1;
            } else if far < near + alpha {
                found.semi_hard += 1;
            } else {
                found.easy += 1;
            }
        }
        found.active.sort_by(|a, b| a.1.total_cmp(&b.1));
        Some(found)
    }

    /// Returns the squared distance of the positive that is the `number`-th farthest, and the one within which a negative is active under a margin.
    pub fn reach(&self, number: usize, Margin { alpha, squared }: Margin) -> Option<[f32; 2]> {
        let near = self.candidates[self.positives().nth(number)?].squared_distance;
        let plain = near.sqrt() + alpha;
        Some([near, if squared { near + alpha } else { plain * plain }])
    }

    /// The mean loss over the anchor's active triplets, whichever the miner selects; 0 if none is active.
    pub fn set_triplet_loss(&mut self, margin: Margin) {
        self.margin = Some(margin);
        let Margin { alpha, squared } = margin;
        let distances = |positive: bool| -> Vec<f32> {
            let mine = self.candidates.iter().filter(|other| other.positive == positive).map(|other| other.squared_distance);
            mine.map(|square| if squared { square } else { square.sqrt() }).collect()
        };
        let negatives = distances(false);
        let (mut total, mut count) = (0.0f64, 0u32);
        for near in distances(true) {
            for far in negatives.iter().filter(|far| **far < near + alpha) {
                total += f64::from(near + alpha - far);
                count += 1;
            }
        }
        self.loss = Some((total / f64::from(count.max(1))) as f32);
    }
}

fn add(total: &mut [f32], force: &[f32]) {
    for (total, force) in total.iter_mut().zip(force) {
        *total += force;
    }
}

/// A row of a matrix divided by its length, or as it is.
pub fn compared(rows: &Matrix, row: usize, on_sphere: bool) -> Vec<f32> {
    let mut row = rows.row(row).to_vec();
    if on_sphere {
        normalize_row(&mut row);
    }
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reasons(anchor: [f32; 2], others: &[(bool, [f32; 2])]) -> Reasons {
        let mut reasons = Reasons { dim: 2, on_sphere: true, views: [anchor.to_vec(), anchor.to_vec()], ..Reasons::default() };
        for (positive, row) in others {
            reasons.add(Candidate { positive: *positive, ..Candidate::default() }, *row);
        }
        reasons
    }

    #[test]
    fn a_force_on_the_sphere_is_tangent_and_goes_to_the_candidate() {
        let reasons = reasons([1.0, 0.0], &[(true, [0.6, 0.8])]);
        assert_eq!(reasons.force(0, 2.0), [0.0, 1.6]);
        assert!((reasons.candidates[0].cosine - 0.6).abs() < 1e-6);
    }

    #[test]
    fn the_softmax_is_that_of_the_closed_form() {
        // One positive at cosine 1, two negatives at 0, tau 1: e / (e + 2).
        let mut reasons = reasons([1.0, 0.0], &[(true, [1.0, 0.0]), (false, [0.0, 1.0]), (false, [0.0, -1.0])]);
        reasons.set_softmax(&[Some(1.0), Some(0.0), Some(0.0)], true);
        let part = std::f32::consts::E / (std::f32::consts::E + 2.0);
        assert!((reasons.positive_share.expect("a positive") - part).abs() < 1e-6);
        assert!((reasons.loss.expect("a loss") + libm::logf(part)).abs() < 1e-6);
        assert!((reasons.effective_negatives.expect("negatives") - 2.0).abs() < 1e-5);
        reasons.set_softmax(&[Some(1.0), Some(0.0), Some(0.0)], false);
        assert!(
            (reasons.loss.expect("a loss") - (std::f32::consts::LN_2 - 1.0)).abs() < 1e-6,
            "DCL leaves the positive out of the denominator"
        );
        reasons.finish(1);
        assert_eq!(reasons.strongest, Some(2));
    }

    #[test]
    fn negatives_are_hard_semi_hard_or_easy_by_the_margin() {
        let others = [(true, [0.0, 1.0]), (true, [0.8, 0.6]), (false, [0.6, 0.8]), (false, [0.0, -1.0]), (false, [-1.0, 0.0])];
        let mut reasons = reasons([1.0, 0.0], &others);
        reasons.set_triplet_loss(Margin { alpha: 0.5, squared: true });
        reasons.finish(1);
        // Squared distances: positives 2 and 0.4, negatives 0.8, 2 and 4.
        assert_eq!(reasons.positives().collect::<Vec<_>>(), [0, 1]);
        let far = reasons.triplets(0).expect("there are two");
        assert_eq!((far.hard, far.semi_hard, far.easy, far.active.len()), (2, 0, 1, 2));
        let near = reasons.triplets(1).expect("there are two");
        assert_eq!((near.hard, near.semi_hard, near.easy), (0, 1, 2));
        assert!((near.active[0].2 - 0.1).abs() < 1e-6);
        assert_eq!(reasons.triplets(2), None);
    }
}
