//! A loss on pairs of rows of one network: triplet, `InfoNCE`, alignment and uniformity. With a head and NT-Xent this is `SimCLR` (Chen et
//! al. 2020), with dropout positives `SimCSE` (Gao et al. 2021).

use super::{Backward, Forward, Method, Wiring};
use crate::learn::config::{Config, Loss};
use crate::learn::objective::{Formula, Objective, Terms};
use crate::learn::random::Random;

/// The method; all its memory is the objective's.
#[derive(Clone, Debug, Default)]
pub struct Pairs;

impl Method for Pairs {
    fn wiring(&self, _: &Config) -> Wiring {
        Wiring::PLAIN
    }

    fn begin(&mut self, forward: &Forward<'_>, objective: &mut Objective) {
        objective.begin(forward.config, forward.z);
    }

    // Apart, so that `cargo xtask parts` can tell how much code it is.
    #[inline(never)]
    fn advance(
        &mut self,
        forward: &Forward<'_>,
        objective: &mut Objective,
        miner: &mut Random,
        comparisons: usize,
        backward: &mut Backward<'_>,
    ) -> Option<Terms> {
        objective.advance(forward.config, &forward.batch.labels, miner, comparisons, backward.by_z)
    }

    fn headline(&self, config: &Config) -> &'static str {
        match config.loss {
            Loss::InfoNce => "effective_negatives",
            Loss::Triplet => "active_fraction",
            Loss::AlignUniform => "uniformity",
        }
    }

    fn formula(&self, config: &Config) -> Formula {
        Formula::of_pairs(config)
    }
}
