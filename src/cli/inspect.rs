//! `inspect`: trains without a window, and says why one point moves then.

use super::{Failure, arguments, print};
use crate::exchange::reasons;
use crate::learn::Trainer;
use clap::ArgMatches;

/// Trains and prints why the point moves.
pub(super) fn inspect(matches: &ArgMatches) -> Result<(), Failure> {
    let config = arguments::config(matches)?;
    let (steps, _) = arguments::steps(matches)?;
    let mut trainer = Trainer::new(config)?;
    let point = arguments::point(matches, trainer.dataset().labels.len() as u32)?;
    for _ in 0..steps {
        trainer.step()?;
    }
    trainer.pin(Some(point));
    let found = trainer.reasons().ok_or_else(|| Failure::Failed("the loss of this batch is no finite number".to_owned()))?;
    print::json(&reasons::value(trainer.steps(), &found), matches.get_flag("json"))
}
