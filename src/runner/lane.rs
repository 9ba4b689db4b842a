//! One run of an engine.

use super::{Change, Event, RunId, Ticket, Wish};
use crate::learn::report::{Extras, Past};
use crate::learn::trainer::Weights;
use crate::learn::{Config, Trainer};

/// Pairs of a batch up to which a run that goes on says with each snapshot why the pinned point moves.
pub const MOST_ANSWERED: u32 = 1024;

/// A trainer, what is wanted of it, and what has been told of it.
pub(super) struct Lane {
    pub(super) trainer: Trainer,
    wish: Wish,
    /// The number of the last change that was taken over.
    change: u64,
    /// The past that the page has.
    told: Past,
    scene_changed: bool,
    /// It has gone on with other points since the last snapshot.
    points_changed: bool,
    /// The point under the pointer is to be shown.
    inspects: bool,
    /// The past that is shown is to be looked at.
    recalls: bool,
    /// Snapshots would show something else than the last one.
    is_touched: bool,
}

impl Lane {
    /// Prepares a run, held at step 0; a configuration that is refused (none that came through the table is) gives way to the default.
    ///
    /// # Panics
    ///
    /// Never: a test holds the table's defaults to their domains.
    pub(super) fn new(run: RunId, change: Change) -> Self {
        let trainer = Trainer::new(*change.config).or_else(|error| {
            log::error!("a configuration that was not checked came to the engine: {error}");
            Trainer::new(Config::default())
        });
        Self {
            trainer: trainer.expect("the table's defaults lie in their domains"),
            wish: Wish::of(run, None),
            change: change.number,
            told: Past::default(),
            scene_changed: true,
            points_changed: false,
            inspects: false,
            recalls: false,
            is_touched: true,
        }
    }

    /// The run's number.
    pub(super) fn run(&self) -> RunId {
        self.wish.run
    }

    /// Whether a wish is another than the one that was taken over last.
    pub(super) fn wants_other(&self, wish: &Wish) -> bool {
        wish.change.as_ref().is_some_and(|change| change.number > self.change) || Wish { change: None, ..wish.clone() } != self.wish
    }

    /// Takes over what is wanted now. Where that has started the run again, returns the ticket up to which jobs have lost their meaning.
    pub(super) fn take(&mut self, mut wish: Wish) -> Option<Ticket> {
        let has_other_look = (wish.space, wish.pinned, wish.extras) != (self.wish.space, self.wish.pinned, self.wish.extras);
        self.inspects |= wish.hovered != self.wish.hovered;
        self.recalls |= wish.shown.is_some() && (wish.shown != self.wish.shown || has_other_look);
        self.is_touched |= has_other_look;
        let change = wish.change.take();
        self.wish = wish;
        let restarted = change.and_then(|change| self.configure(change));
        let Wish { space, pinned, hovered, .. } = self.wish;
        self.trainer.show(space);
        self.trainer.pin(pinned);
        self.trainer.inspect(hovered);
        restarted
    }

    /// Takes over a configuration that is newer than the one in force. Returns what [`Self::take`] returns.
    pub(super) fn configure(&mut self, change: Change) -> Option<Ticket> {
        let Change { number, config, weights, gesture, restarts, before } = change;
        if number <= self.change {
            return None;
        }
        (self.change, self.is_touched) = (number, true);
        let own = self.trainer.config().own.clone();
        let restarted = self.trainer.configure_in_gesture(*config, if restarts { Weights::Fresh } else { weights }, gesture);
        self.points_changed |= self.trainer.config().own != own;
        match restarted {
            Ok(false) if restarts => self.reset(),
            Ok(restarted) => self.scene_changed |= restarted,
            // What sends it has checked it.
            Err(ref error) => log::error!("a configuration was refused: {error}"),
        }
        (restarts || restarted == Ok(true)).then_some(before)
    }

    /// Starts the same run again.
    pub(super) fn reset(&mut self) {
        if let Err(error) = self.trainer.reset() {
            // It has been in force.
            log::error!("the configuration in force was refused: {error}");
        }
        self.scene_changed = true;
    }

    /// Has the next snapshot say why a point moves; those after it say it of the point that is wanted.
    pub(super) fn ask_why(&mut self, point: Option<u32>) {
        self.trainer.pin(point);
    }

    /// Tells what was asked for beside snapshots.
    pub(super) fn answer(&mut self, events: &mut Vec<Event>) {
        let run = self.run();
        if std::mem::take(&mut self.recalls)
            && let Some(step) = self.wish.shown
        {
            self.inspects = false;
            self.trainer.carry(self.wish.extras);
            events.extend(self.trainer.recall(step).map(|mut snapshot| {
                snapshot.past = Past::default();
                snapshot.forget_own();
                Event::Recalled(run, Box::new(snapshot))
            }));
        }
        if std::mem::take(&mut self.inspects) {
            events.push(Event::Inspected(run, self.trainer.inspection(self.wish.shown).map(Box::new)));
        }
    }

    /// Whether the run can take steps.
    pub(super) fn goes_on(&self) -> bool {
        self.trainer.divergence().is_none()
    }

    /// Whether snapshots would show something else than the last one, though no step was taken.
    pub(super) fn is_touched(&self) -> bool {
        self.is_touched
    }

    /// Whether [`Self::answer`] has something to tell.
    pub(super) fn is_asked(&self) -> bool {
        self.recalls || self.inspects
    }

    /// Tells the run as it stands: with everything measured if `is_whole`, and answers that take as long as a step if it `is_held` or its batch
    /// is small.
    pub(super) fn tell(&mut self, is_whole: bool, is_held: bool, events: &mut Vec<Event>) {
        let run = self.run();
        if std::mem::take(&mut self.scene_changed) {
            events.push(Event::Scene(run, Box::new(self.trainer.scene())));
            self.points_changed = false;
        }
        if std::mem::take(&mut self.points_changed) {
            events.push(Event::Points(run, Box::new(self.trainer.scene())));
        }
        // With a large batch why a point moves takes as long as a step, which waits for nobody while the run goes on.
        let is_small = self.trainer.config().batch <= MOST_ANSWERED;
        self.trainer.answer(is_held || is_small);
        // The next step takes several, all at a stroke: a phone would be silent for too long.
        let extras = self.wish.extras;
        self.trainer.carry(Extras { walk: extras.walk && is_small, ..extras });
        let mut snapshot = if is_whole { self.trainer.snapshot() } else { self.trainer.quick_snapshot() };
        snapshot.forget_own();
        let past = std::mem::take(&mut snapshot.past);
        let news = past.since(&self.told);
        self.told = past;
        events.push(Event::Snapshot(run, Box::new(snapshot), Box::new(news)));
        self.trainer.pin(self.wish.pinned);
        self.is_touched = false;
    }
}
