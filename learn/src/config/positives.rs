//! Which rows are an anchor's positives. Batches, losses, metrics, formulas and pictures all ask here.
//!
//! There are two questions. What is a pair of a batch? [`Config::positives`] says it: two views of one point, two points of one class, or
//! one point twice.
//! And which rows of such a batch does the loss count as an anchor's positives? [`Config::positive_rows`] says that: an InfoNCE loss that
//! is defined for one positive takes the anchor's partner, wherever pairs come from.

use super::{Config, InfoNce, Loss, MethodName, Positives};

/// An anchor's positives among the rows of a batch. Of the other rows those that the loss compares it with are its negatives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PositiveRows {
    /// The other row of its pair.
    Partner,
    /// Every other row of its label; an anchor without one is left out.
    Label,
}

impl PositiveRows {
    /// Returns true if two rows of a batch of so many pairs are an anchor and a positive of its. They are not the same row.
    pub fn join(self, pairs: usize, labels: &[u8], anchor: usize, other: usize) -> bool {
        match self {
            Self::Partner => anchor + pairs == other || other + pairs == anchor,
            Self::Label => labels[anchor] == labels[other],
        }
    }
}

impl Positives {
    /// Returns an anchor's positives for a loss that takes any number of them.
    pub fn rows(self) -> PositiveRows {
        match self {
            Self::Views | Self::Dropout => PositiveRows::Partner,
            Self::Labels => PositiveRows::Label,
        }
    }

    /// Returns the point that makes a pair with `point`: itself, or the one of its class that `other_of_class` picks.
    pub fn partner(self, point: u32, other_of_class: impl FnOnce() -> u32) -> u32 {
        match self {
            Self::Views | Self::Dropout => point,
            Self::Labels => other_of_class(),
        }
    }

    /// Returns true if the views of a pair are augmented. Two points of a class differ without that, and so do two passes with dropout.
    pub fn are_augmented(self) -> bool {
        self == Self::Views
    }

    /// Returns true if both rows of a pair are the same input, so that only the networks' dropout can tell them apart.
    pub fn are_the_same(self) -> bool {
        self == Self::Dropout
    }
}

impl Config {
    /// Returns the positives of each anchor under the loss that is trained.
    pub fn positive_rows(&self) -> PositiveRows {
        if self.method != MethodName::Pairs {
            // The other methods know pairs only.
            return PositiveRows::Partner;
        }
        match (self.loss, self.infonce) {
            (Loss::InfoNce, InfoNce::SupCon) => PositiveRows::Label,
            // With positives by label NT-Xent, which is defined for one positive, becomes its generalisation to several: SupCon.
            (Loss::Triplet, _) | (Loss::InfoNce, InfoNce::NtXent) => self.positives.rows(),
            // Every other row that is compared is a negative, even one with the anchor's label.
            _ => PositiveRows::Partner,
        }
    }

    /// Returns true if the loss is SupCon (Khosla et al. 2020, eq. 2): by its name, or as NT-Xent with positives by label.
    pub fn uses_supcon(&self) -> bool {
        self.method == MethodName::Pairs && self.loss == Loss::InfoNce && self.positive_rows() == PositiveRows::Label
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_loss_has_its_positives() {
        for positives in Positives::ALL {
            let triplet = Config { loss: Loss::Triplet, infonce: InfoNce::SupCon, positives: *positives, ..Config::default() };
            assert_eq!((triplet.positive_rows(), triplet.uses_supcon()), (positives.rows(), false));
            for infonce in InfoNce::ALL {
                let config = Config { loss: Loss::InfoNce, infonce: *infonce, positives: *positives, ..Config::default() };
                let by_label = match infonce {
                    InfoNce::SupCon => true,
                    InfoNce::NtXent => *positives == Positives::Labels,
                    InfoNce::OneSided | InfoNce::Both | InfoNce::Dcl => false,
                };
                let wanted = if by_label { PositiveRows::Label } else { PositiveRows::Partner };
                assert_eq!((config.positive_rows(), config.uses_supcon()), (wanted, by_label), "{config:?}");
            }
        }
    }

    #[test]
    fn partners_are_a_batch_apart_and_labels_are_equal() {
        let labels = [0, 1, 0, 0, 1, 2];
        let of = |rows: PositiveRows, anchor: usize| {
            (0..6).filter(|other| *other != anchor && rows.join(3, &labels, anchor, *other)).collect::<Vec<_>>()
        };
        assert_eq!([0, 2, 3, 5].map(|anchor| of(PositiveRows::Partner, anchor)), [[3], [5], [0], [2]]);
        assert_eq!([0, 1, 3].map(|anchor| of(PositiveRows::Label, anchor)), [vec![2, 3], vec![4], vec![0, 2]]);
        assert!(of(PositiveRows::Label, 5).is_empty());
    }
}
