//! The losses on pairs, as plain data.

use crate::config::{Config, Distance, InfoNce, Loss, Similarity};
use crate::report::{Anchors, Candidates, Formula, Kind};

/// The loss of a configuration of method `pairs`.
pub fn formula_of_pairs(config: &Config) -> Formula {
    let pairs = config.batch as usize;
    let kind = match config.loss {
        Loss::InfoNce => {
            let is_supcon = config.uses_supcon();
            let (anchors, candidates, all) = match config.infonce {
                InfoNce::NtXent | InfoNce::SupCon | InfoNce::Dcl => (Anchors::All, Candidates::AllRows, 2 * pairs - 2),
                InfoNce::OneSided => (Anchors::ViewA, Candidates::OtherView, pairs - 1),
                InfoNce::Both => (Anchors::BothViews, Candidates::OtherView, pairs - 1),
            };
            let kept = Some(config.negatives as usize).filter(|kept| *kept > 0 && (is_supcon || *kept < all));
            Kind::Softmax {
                anchors,
                positives: config.positive_rows(),
                candidates,
                negatives: (!is_supcon).then_some(all),
                coupled: config.infonce != InfoNce::Dcl,
                kept,
                tau: config.tau,
            }
        }
        Loss::AlignUniform => Kind::AlignUniform { pairs, weight: config.weight },
        Loss::Triplet => Kind::Margin {
            squared: config.distance == Distance::Squared,
            alpha: config.alpha,
            positives: config.positive_rows(),
            miner: config.miner,
            reduction: config.reduction,
        },
    };
    Formula { normalised: config.similarity == Similarity::Cosine, kind }
}
