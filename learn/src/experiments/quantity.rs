//! What only experiments measure: numbers that need all steps of a run, its embeddings by class, or probes.

use super::measuring::Watched;
use crate::config::Data;
use crate::matrix::Matrix;
use crate::metrics::{Finding, accuracy_of};
use crate::rows::norm;

/// The first steps, of whose gradient the later ones' is a share.
const FIRST: usize = 10;

/// A number of a run that is no reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// See [`Self::ALL`].
    Steps,
    /// See [`Self::ALL`].
    ProbeClass,
    /// See [`Self::ALL`].
    ProbeNuisance,
    /// See [`Self::ALL`].
    NuisanceLost,
    /// See [`Self::ALL`].
    NeighboursLost,
    /// See [`Self::ALL`].
    CosineWithin,
    /// See [`Self::ALL`].
    CosineBetween,
    /// See [`Self::ALL`].
    CosineGap,
    /// See [`Self::ALL`].
    CosineNext,
    /// See [`Self::ALL`].
    LateGradient,
    /// See [`Self::ALL`].
    SilentSteps,
    /// See [`Self::ALL`].
    OddFractions,
    /// See [`Self::ALL`].
    HubAccuracy,
    /// See [`Self::ALL`].
    TipAccuracy,
}

impl Quantity {
    /// Every quantity with its name and its meaning.
    pub const ALL: [(Self, &str, &str); 14] = [
        (Self::Steps, "steps", "Steps that were taken: fewer than were asked for if the run diverged."),
        (Self::ProbeClass, "probe_class_z", "How often a linear probe on z tells the class of held-out points."),
        (Self::ProbeNuisance, "probe_nuisance_z", "R^2 of the nuisance coordinates by a linear probe on z."),
        (Self::NuisanceLost, "nuisance_lost", "By how much that is less than on h."),
        (Self::NeighboursLost, "neighbours_lost", "By how much the nearest neighbours tell the class less often on z than on h."),
        (Self::CosineWithin, "cosine_within", "Mean cosine of two training points of a class."),
        (Self::CosineBetween, "cosine_between", "Mean cosine of two training points of different classes, all pairs of classes alike."),
        (Self::CosineGap, "cosine_gap", "The first minus the second."),
        (Self::CosineNext, "cosine_next", "Mean cosine of two training points of a class and of the next one."),
        (
            Self::LateGradient,
            "late_gradient",
            "Median length of the gradient after ten steps over that of these ten, of steps that have a gradient.",
        ),
        (Self::SilentSteps, "silent_steps", "Share of steps without a gradient, of the last two thirds."),
        (Self::OddFractions, "odd_fractions", "Steps whose active fraction is other than 1, or than 0 where nothing was mined."),
        (
            Self::HubAccuracy,
            "hub_accuracy",
            "Accuracy of ten nearest neighbours for the quarter of the pinwheel's points that is nearest to its hub.",
        ),
        (Self::TipAccuracy, "tip_accuracy", "The same for the quarter that is farthest from it."),
    ];

    /// Returns its name in texts.
    pub fn key(self) -> &'static str {
        Self::ALL.iter().find(|(quantity, ..)| *quantity == self).map_or("", |(_, key, _)| key)
    }

    /// Returns the quantity with this name.
    pub fn find(key: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, name, _)| *name == key).map(|(quantity, ..)| *quantity)
    }

    /// Returns true if it says something of a run that diverged.
    pub(super) fn is_of_divergence(self) -> bool {
        self == Self::Steps
    }

    /// Returns true if it takes something of every step.
    pub(super) fn is_of_all_steps(self) -> bool {
        matches!(self, Self::LateGradient | Self::SilentSteps | Self::OddFractions)
    }

    /// Returns its value of a run that is over; none where it says nothing.
    pub(super) fn value(self, run: &mut Watched) -> Option<f64> {
        let lost = |run: &mut Watched, of: Finding| {
            let [_, h, z] = run.probes();
            Some(f64::from(of(h)? - of(z)?))
        };
        match self {
            Self::Steps => Some(run.trainer.steps() as f64),
            Self::ProbeClass => run.probes()[2].class.map(f64::from),
            Self::ProbeNuisance => run.probes()[2].nuisance.map(f64::from),
            Self::NuisanceLost => lost(run, |probe| probe.nuisance),
            Self::NeighboursLost => lost(run, |probe| probe.knn),
            Self::CosineWithin => run.cosines().within(),
            Self::CosineBetween => run.cosines().between(),
            Self::CosineGap => {
                let cosines = run.cosines();
                Some(cosines.within()? - cosines.between()?)
            }
            Self::CosineNext => run.cosines().next(),
            Self::LateGradient => late_gradient(&run.gradients),
            Self::SilentSteps => silent_steps(&run.gradients),
            Self::OddFractions => Some(run.odd_fractions as f64),
            Self::HubAccuracy => run.of_hub(|count| 0..count / 4),
            Self::TipAccuracy => run.of_hub(|count| count - count / 4..count),
        }
    }
}

/// The sums of the unit rows of each class: their products are sums of cosines.
#[derive(Clone, Debug)]
pub(super) struct Cosines {
    sums: Vec<Vec<f64>>,
    counts: Vec<f64>,
}

impl Cosines {
    pub(super) fn new(rows: &Matrix, labels: &[u8], classes: usize) -> Self {
        let mut sums = vec![vec![0.0; rows.columns()]; classes];
        let mut counts = vec![0.0; classes];
        for (row, label) in labels.iter().enumerate() {
            let class = usize::from(*label);
            let length = f64::from(norm(rows.row(row)));
            counts[class] += 1.0;
            for (sum, value) in sums[class].iter_mut().zip(rows.row(row)) {
                *sum += f64::from(*value) / if length > 0.0 { length } else { 1.0 };
            }
        }
        Self { sums, counts }
    }

    fn product(&self, one: usize, other: usize) -> f64 {
        self.sums[one].iter().zip(&self.sums[other]).map(|(a, b)| a * b).sum()
    }

    fn mean(&self, one: usize, other: usize) -> f64 {
        self.product(one, other) / (self.counts[one] * self.counts[other])
    }

    /// A class's product with itself has each row with itself too, whose cosine is 1.
    fn within(&self) -> Option<f64> {
        let pairs: f64 = self.counts.iter().map(|count| count * (count - 1.0)).sum();
        let sum: f64 = self.counts.iter().enumerate().map(|(class, count)| self.product(class, class) - count).sum();
        (pairs > 0.0).then(|| sum / pairs)
    }

    fn between(&self) -> Option<f64> {
        let classes = self.counts.len();
        let pairs = (0..classes).flat_map(|one| (one + 1..classes).map(move |other| (one, other)));
        let (sum, count) = pairs.fold((0.0, 0.0), |(sum, count), (one, other)| (sum + self.mean(one, other), count + 1.0));
        (count > 0.0).then(|| sum / count)
    }

    fn next(&self) -> Option<f64> {
        let classes = self.counts.len();
        let sum: f64 = (0..classes).map(|class| self.mean(class, (class + 1) % classes)).sum();
        (classes > 1).then(|| sum / classes as f64)
    }
}

impl Watched {
    /// The cosines of the training points by class.
    fn cosines(&mut self) -> Cosines {
        let snapshot = self.snapshot();
        let rows = Matrix::from_rows(&snapshot.embeddings, snapshot.dim);
        let dataset = self.trainer.dataset();
        Cosines::new(&rows, &dataset.labels, dataset.classes)
    }

    /// The accuracy of nearest neighbours for some of the pinwheel's points, which `part` picks by their places in the order from the hub.
    fn of_hub(&mut self, part: impl FnOnce(usize) -> std::ops::Range<usize>) -> Option<f64> {
        if self.trainer.config().data != Data::Pinwheel {
            return None;
        }
        let snapshot = self.snapshot();
        let rows = Matrix::from_rows(&snapshot.embeddings, snapshot.dim);
        let dataset = self.trainer.dataset();
        let mut order: Vec<usize> = (0..rows.rows()).collect();
        // The hub is the origin.
        order.sort_by(|one, other| norm(dataset.inputs.row(*one)).total_cmp(&norm(dataset.inputs.row(*other))));
        let asked = &order[part(order.len())];
        Some(f64::from(accuracy_of(self.trainer.plan().encoder.instructions, &rows, &dataset.labels, asked)))
    }
}

/// Returns the upper median of what is above zero, or none if nothing is.
fn median(values: &[f32]) -> Option<f64> {
    let mut values: Vec<f32> = values.iter().copied().filter(|value| *value > 0.0).collect();
    values.sort_by(f32::total_cmp);
    values.get(values.len() / 2).copied().map(f64::from)
}

/// Later gradients that are none at all have no share: nothing is left of the first ones.
fn late_gradient(gradients: &[f32]) -> Option<f64> {
    let (early, late) = gradients.split_at_checked(FIRST)?;
    Some(median(late).unwrap_or(0.0) / median(early)?)
}

fn silent_steps(gradients: &[f32]) -> Option<f64> {
    let late = &gradients[gradients.len() / 3..];
    let silent = late.iter().filter(|gradient| **gradient == 0.0).count();
    (!late.is_empty()).then(|| silent as f64 / late.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_quantity_is_found_by_its_name() {
        for (quantity, key, _) in Quantity::ALL {
            assert_eq!((quantity.key(), Quantity::find(key)), (key, Some(quantity)));
            assert!(crate::readings::find(key).is_none(), "{key} is a reading too");
        }
    }

    #[test]
    fn cosines_by_class_are_those_of_all_pairs_of_points() {
        let values = [1.0, 0.0, 2.0, 2.0, 0.0, 3.0, -1.0, 1.0, -2.0, 0.5, 0.3, -0.4, 1.0, -2.0];
        let labels = [0, 0, 1, 1, 1, 2, 2];
        let rows = Matrix::from_rows(&values, 2);
        let cosine = |one: usize, other: usize| {
            let (a, b) = (rows.row(one), rows.row(other));
            f64::from(a[0] * b[0] + a[1] * b[1]) / (f64::from(norm(a)) * f64::from(norm(b)))
        };
        let mean = |of: &dyn Fn(u8, u8) -> bool| {
            let pairs: Vec<f64> = (0..7)
                .flat_map(|one| (0..7).map(move |other| (one, other)))
                .filter(|(one, other)| one != other && of(labels[*one], labels[*other]))
                .map(|(one, other)| cosine(one, other))
                .collect();
            pairs.iter().sum::<f64>() / pairs.len() as f64
        };
        let found = Cosines::new(&rows, &labels, 3);
        let of_pair = |one: u8, other: u8| mean(&|a, b| (a, b) == (one, other));
        let between = (of_pair(0, 1) + of_pair(1, 2) + of_pair(2, 0)) / 3.0;
        for (found, expected) in [(found.within(), mean(&|a, b| a == b)), (found.between(), between), (found.next(), between)] {
            assert!((found.expect("there are pairs") - expected).abs() < 1e-6, "{found:?} {expected}");
        }
    }

    #[test]
    fn gradients_are_compared_where_there_are_some() {
        let mut gradients = vec![2.0; 9];
        gradients.extend([0.0, 1.0, 0.0, 0.0, 3.0, 0.0, 0.0, 0.0, 0.0]);
        // Of 2 nine times, 3 is the upper median of 1 and 3.
        assert_eq!(late_gradient(&gradients), Some(1.5));
        assert_eq!(late_gradient(&gradients[..10]), Some(0.0));
        assert_eq!(late_gradient(&gradients[..9]), None);
        assert_eq!(silent_steps(&gradients), Some(7.0 / 12.0));
        assert_eq!(silent_steps(&[]), None);
    }
}
