//! Trains a run and measures its figures.

use super::{ExperimentError, Figure, Number, Run, Term};
use crate::metrics::Probe;
use crate::readings;
use crate::report::Snapshot;
use crate::trainer::Trainer;

/// A run with what has been noted of its steps.
pub(super) struct Watched {
    pub(super) trainer: Trainer,
    /// What is noted of the steps that figures name.
    noted: Vec<(Term, Mean)>,
    /// True if a figure is of all steps.
    notes_all: bool,
    /// The gradient's length at every step, if a figure is of all steps.
    pub(super) gradients: Vec<f32>,
    /// Steps whose active fraction is neither full nor that of nothing.
    pub(super) odd_fractions: u64,
    /// The run when it is over, once somebody has asked.
    last: Option<Box<Snapshot>>,
    probes: Option<[Probe; 3]>,
}

/// The mean of what is noted.
#[derive(Clone, Copy, Debug, Default)]
struct Mean {
    sum: f64,
    count: u32,
    /// At a step there was nothing to note.
    lacks: bool,
}

impl Run {
    /// Trains with this seed and returns the figures in their order.
    pub fn figures(&self, seed: u32, figures: &[&Figure]) -> Vec<Result<f64, ExperimentError>> {
        let trained = self.config(seed).and_then(Trainer::new).map_err(ExperimentError::Parameter);
        let mut run = match trained {
            Ok(trainer) => Watched::new(trainer, figures),
            Err(error) => return vec![Err(error); figures.len()],
        };
        while run.trainer.steps() < self.steps && run.trainer.step().is_ok() {
            run.note();
        }
        figures.iter().map(|figure| run.figure(figure)).collect()
    }
}

impl Watched {
    fn new(trainer: Trainer, figures: &[&Figure]) -> Self {
        let mut noted: Vec<(Term, Mean)> = Vec::new();
        let terms = || figures.iter().flat_map(|figure| figure.terms());
        for term in terms().filter(|term| term.steps.is_some()) {
            if noted.iter().all(|(known, _)| known != term) {
                noted.push((term.clone(), Mean::default()));
            }
        }
        let notes_all = terms().any(|term| matches!(term.number, Number::Quantity(quantity) if quantity.is_of_all_steps()));
        Self { trainer, noted, notes_all, gradients: Vec::new(), odd_fractions: 0, last: None, probes: None }
    }

    /// Notes what figures ask of the last step.
    fn note(&mut self) {
        let Self { trainer, noted, .. } = self;
        let step = trainer.steps();
        // One look serves all that are of this step; the whole embedding is looked at only for what needs it.
        let mut looks: [Option<Snapshot>; 2] = [None, None];
        for (term, mean) in noted.iter_mut().filter(|(term, _)| term.steps.as_ref().is_some_and(|steps| steps.contains(&step))) {
            let needs_all = matches!(term.number, Number::Reading(key) if readings::find(key).is_some_and(|reading| reading.is_rare));
            let look = || if needs_all { trainer.snapshot() } else { trainer.batch_snapshot() };
            mean.add(number(term.number, looks[usize::from(needs_all)].get_or_insert_with(look)));
        }
        if self.notes_all {
            self.gradients.push(self.trainer.gradient_norm());
            let triplets = self.trainer.terms().triplets;
            let is_odd = triplets.is_some_and(|counts| counts.active_fraction() != if counts.mined > 0 { 1.0 } else { 0.0 });
            self.odd_fractions += u64::from(is_odd);
        }
    }

    fn figure(&mut self, figure: &Figure) -> Result<f64, ExperimentError> {
        let term = self.term(&figure.term)?;
        figure.over.as_ref().map_or(Ok(term), |over| Ok(term / self.term(over)?))
    }

    fn term(&mut self, term: &Term) -> Result<f64, ExperimentError> {
        let is_of_divergence = matches!(term.number, Number::Quantity(quantity) if quantity.is_of_divergence());
        if let Some(divergence) = self.trainer.divergence().filter(|_| !is_of_divergence) {
            return Err(ExperimentError::Diverged(divergence));
        }
        let value = match (term.number, &term.steps) {
            (_, Some(_)) => self.noted.iter().find(|(noted, _)| noted == term).and_then(|(_, mean)| mean.value()),
            (Number::Quantity(quantity), None) => quantity.value(self),
            (of, None) => number(of, self.snapshot()),
        };
        value.ok_or_else(|| ExperimentError::NoFigure(term.to_string()))
    }

    /// The run as it stands, looked at once.
    pub(super) fn snapshot(&mut self) -> &Snapshot {
        let Self { trainer, last, .. } = self;
        last.get_or_insert_with(|| Box::new(trainer.snapshot()))
    }

    /// The probes of x, h and z, trained once.
    pub(super) fn probes(&mut self) -> &[Probe; 3] {
        let Self { trainer, probes, .. } = self;
        probes.get_or_insert_with(|| trainer.probe())
    }
}

impl Mean {
    fn add(&mut self, value: Option<f64>) {
        self.lacks |= value.is_none();
        self.sum += value.unwrap_or(0.0);
        self.count += 1;
    }

    fn value(self) -> Option<f64> {
        (self.count > 0 && !self.lacks).then(|| self.sum / f64::from(self.count))
    }
}

/// Returns a number that a snapshot has.
fn number(number: Number, snapshot: &Snapshot) -> Option<f64> {
    match number {
        Number::Loss => Some(f64::from(snapshot.terms.loss)),
        Number::Reading(key) => readings::find(key)?.value(snapshot),
        Number::Quantity(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = "points=64&batch=16";

    fn figures(keys: &str, steps: u64, texts: &[&str]) -> Vec<Result<f64, ExperimentError>> {
        let read: Vec<Figure> = texts.iter().map(|text| text.parse().expect("a figure")).collect();
        let run = Run { keys: format!("{SMALL}&{keys}"), steps };
        run.figures(3, &read.iter().collect::<Vec<&Figure>>())
    }

    #[test]
    fn figures_are_those_of_the_run_at_their_steps() {
        let texts = ["loss", "loss@4-6", "loss@12/loss@4", "knn_accuracy@6", "uniformity@6", "gradient_norm@12", "knn_accuracy"];
        let found = figures("", 12, &texts);
        let run = Run { keys: SMALL.to_owned(), steps: 0 };
        let mut trainer = Trainer::new(run.config(3).expect("valid")).expect("valid");
        let mut snapshots = Vec::new();
        for _ in 0..12 {
            trainer.step().expect("sound");
            snapshots.push(trainer.snapshot());
        }
        let loss = |step: usize| f64::from(snapshots[step - 1].terms.loss);
        let reading = |key: &str, step: usize| readings::find(key).expect("a reading").value(&snapshots[step - 1]).expect("a number");
        let expected = [
            loss(12),
            (loss(4) + loss(5) + loss(6)) / 3.0,
            loss(12) / loss(4),
            reading("knn_accuracy", 6),
            reading("uniformity", 6),
            reading("gradient_norm", 12),
            reading("knn_accuracy", 12),
        ];
        assert_eq!(found, expected.map(Ok));
    }

    #[test]
    fn a_run_that_diverges_has_its_steps_and_no_other_figure() {
        let found = figures("similarity=dot&optimizer=sgd&lr=1", 200, &["steps", "loss"]);
        assert!(found[0].as_ref().is_ok_and(|steps| *steps < 200.0), "{found:?}");
        assert!(matches!(found[1], Err(ExperimentError::Diverged(_))), "{found:?}");
    }

    #[test]
    fn what_says_nothing_of_a_run_is_an_error_that_names_it() {
        let found = figures("", 2, &["kl", "active_fraction@1-2", "hub_accuracy", "probe_nuisance_z"]);
        let named =
            ["kl", "active_fraction@1-2", "hub_accuracy", "probe_nuisance_z"].map(|name| Err(ExperimentError::NoFigure(name.to_owned())));
        assert_eq!(found, named);
    }

    #[test]
    fn triplets_that_dry_up_leave_steps_without_a_gradient() {
        let found = figures("loss=triplet&positives=labels&miner=random", 60, &["silent_steps", "odd_fractions", "late_gradient"]);
        let [silent, odd, late] = [0, 1, 2].map(|place: usize| found[place].clone().expect("a figure"));
        assert!((0.0..=1.0).contains(&silent) && odd > 0.0 && late > 0.0, "{found:?}");
        let whole = figures("loss=triplet&positives=labels&miner=semihard", 20, &["odd_fractions"]);
        assert_eq!(whole, [Ok(0.0)], "every semi-hard triplet is active");
    }
}
