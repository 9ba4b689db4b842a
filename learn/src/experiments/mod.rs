//! Experiments: what the texts on screen claim, as runs beside one another, a figure that is measured of each, and what has to hold of the figures.
//!
//! The list itself is data, which `exchange` reads. Here is what an entry means: whether it is sound, what its runs train, and whether it holds.

mod bound;
mod figure;
mod jobs;
mod measuring;
mod quantity;

pub use bound::{Bound, Of, letter};
pub use figure::{Figure, Number, Term};
pub use jobs::{Checked, Failed, Findings, Job, Jobs};
pub use quantity::Quantity;

use super::config::{Config, ParameterError};
use crate::report::Divergence;
use serde::Deserialize;
use std::fmt;

/// A claim with the runs that show it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Experiment {
    /// The name in flags: small letters, digits and hyphens.
    pub name: String,
    /// The key of the text on screen that claims it, where one does.
    #[serde(default)]
    pub text: Option<String>,
    /// The claim in one English sentence.
    pub claim: String,
    /// What is measured.
    pub figure: Figure,
    /// The runs: first the setting that the claim is about, then its counter-setting, then others if it takes more. Bounds call them by letters.
    pub runs: Vec<Run>,
    /// What holds of the figures, with every seed.
    ///
    /// Figures of other programs and papers differ: the kind of effect is what counts, and bounds have room.
    pub holds: Vec<Bound>,
    /// How many seeds, from 0 on, it is checked with unless somebody says otherwise.
    #[serde(default = "three")]
    pub seeds: u32,
    /// False for what takes too long to be trained for every change of the program.
    #[serde(default = "yes")]
    pub ci: bool,
}

/// A run of an experiment.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// Keys and values that differ from the defaults, as in a link; empty for the default run.
    pub keys: String,
    /// How many steps are taken.
    pub steps: u64,
}

fn three() -> u32 {
    3
}

fn yes() -> bool {
    true
}

/// Why a run gives no figure.
#[derive(Clone, Debug, PartialEq)]
pub enum ExperimentError {
    /// A setting is wrong.
    Parameter(ParameterError),
    /// The run diverged.
    Diverged(Divergence),
    /// What is measured says nothing of this run.
    NoFigure(String),
}

impl fmt::Display for ExperimentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Parameter(error) => error.fmt(f),
            Self::Diverged(divergence) => divergence.fmt(f),
            Self::NoFigure(figure) => write!(f, "{figure} says nothing of this run"),
        }
    }
}

impl std::error::Error for ExperimentError {}

/// Why an entry is no experiment.
#[derive(Clone, Debug, PartialEq)]
pub enum Unsound {
    /// The name has other letters than a flag's value should.
    Name,
    /// There are no runs, or too many.
    Runs(usize),
    /// A run's settings are wrong.
    Parameter(ParameterError),
    /// Two runs are one and the same, so that neither says anything of the other.
    SameRun(usize, usize),
    /// No bound is of this run's figure.
    UnusedRun(usize),
    /// A bound is of a run that is not there, or of one run twice.
    NoSuchRun(Of),
    /// There is no bound.
    NoBound,
    /// No figure could lie within a bound, or every one does.
    EmptyBound(Of),
    /// The figure is of a step that a run does not come to.
    NoSuchStep(u64),
    /// It would be checked with no seed.
    NoSeed,
}

impl fmt::Display for Unsound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name => f.write_str("a name has small letters, digits and single hyphens between them"),
            Self::Runs(count) => write!(f, "it takes one to {} runs, and here are {count}", Experiment::MOST_RUNS),
            Self::Parameter(error) => error.fmt(f),
            Self::SameRun(one, other) => write!(f, "the runs {} and {} are the same", letter(*one), letter(*other)),
            Self::UnusedRun(run) => write!(f, "no bound is of run {}", letter(*run)),
            Self::NoSuchRun(of) => write!(f, "\"{of}\" is of a run that is not there, or of one run twice"),
            Self::NoBound => f.write_str("nothing has to hold"),
            Self::EmptyBound(of) => write!(f, "the bound of \"{of}\" needs a least or a most, and the least may not lie above the most"),
            Self::NoSuchStep(step) => write!(f, "the figure is of step {step}, and the runs count from 1 to their last"),
            Self::NoSeed => f.write_str("it takes at least one seed"),
        }
    }
}

impl std::error::Error for Unsound {}

impl Run {
    /// Returns the configuration.
    pub fn config(&self, seed: u32) -> Result<Config, ParameterError> {
        let mut config = Config { seed, ..Config::default() };
        for pair in self.keys.split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            config.set_text(key, value)?;
        }
        Ok(config)
    }
}

impl Experiment {
    /// The most runs that one has.
    pub const MOST_RUNS: usize = 4;

    /// Checks that it says something, of runs that can be trained, and that it could turn out not to hold.
    pub fn check(&self) -> Result<(), Unsound> {
        let Self { name, figure, runs, holds, seeds, .. } = self;
        let is_word = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        if !name.split('-').all(is_word) {
            return Err(Unsound::Name);
        }
        if !(1..=Self::MOST_RUNS).contains(&runs.len()) {
            return Err(Unsound::Runs(runs.len()));
        }
        let mut trained = Vec::new();
        for (place, run) in runs.iter().enumerate() {
            let config = run.config(0).map_err(Unsound::Parameter)?;
            config.check().map_err(Unsound::Parameter)?;
            let found = (config, run.steps);
            if let Some(other) = trained.iter().position(|other| *other == found) {
                return Err(Unsound::SameRun(other, place));
            }
            trained.push(found);
            if !holds.iter().any(|bound| bound.of.runs().any(|used| used == place)) {
                return Err(if holds.is_empty() { Unsound::NoBound } else { Unsound::UnusedRun(place) });
            }
            if let Some(step) = figure.steps().find(|step| !(1..=run.steps).contains(step)) {
                return Err(Unsound::NoSuchStep(step));
            }
        }
        for bound in holds {
            if bound.of.is_of_one_run_twice() || bound.of.runs().any(|run| run >= runs.len()) {
                return Err(Unsound::NoSuchRun(bound.of));
            }
            if !bound.can_fail_and_hold() {
                return Err(Unsound::EmptyBound(bound.of));
            }
        }
        if *seeds == 0 { Err(Unsound::NoSeed) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn experiment() -> Experiment {
        serde_json::from_str(
            r#"{
                "name": "two-rings", "claim": "Scaling makes two clusters one.", "figure": "knn_accuracy",
                "runs": [{ "keys": "data=rings&scaling=0.6", "steps": 8 }, { "keys": "data=rings", "steps": 8 }],
                "holds": [{ "of": "a", "most": 0.7 }, { "of": "a-b", "most": -0.1 }]
            }"#,
        )
        .expect("it is sound")
    }

    fn changed(change: impl FnOnce(&mut Experiment)) -> Result<(), Unsound> {
        let mut changed = experiment();
        change(&mut changed);
        changed.check()
    }

    #[test]
    fn an_entry_is_refused_for_what_is_wrong_with_it() {
        assert_eq!(changed(|_| ()), Ok(()));
        assert_eq!((experiment().seeds, experiment().ci), (3, true));
        assert_eq!(changed(|it| it.name = "Two rings".to_owned()), Err(Unsound::Name));
        assert_eq!(changed(|it| it.runs.clear()), Err(Unsound::Runs(0)));
        assert!(matches!(changed(|it| it.runs[1].keys = "date=rings".to_owned()), Err(Unsound::Parameter(_))));
        assert!(matches!(changed(|it| it.runs[1].keys = "data".to_owned()), Err(Unsound::Parameter(_))));
        // Its settings written in another order, and one that is the default.
        assert_eq!(changed(|it| it.runs[1].keys = "scaling=0.6&data=rings&optimizer=adam".to_owned()), Err(Unsound::SameRun(0, 1)));
        assert_eq!(changed(|it| it.holds.truncate(1)), Err(Unsound::UnusedRun(1)));
        assert_eq!(changed(|it| it.holds.clear()), Err(Unsound::NoBound));
        assert_eq!(changed(|it| it.holds[0].of = Of::Run(2)), Err(Unsound::NoSuchRun(Of::Run(2))));
        assert_eq!(changed(|it| it.holds[0].of = Of::Difference(1, 1)), Err(Unsound::NoSuchRun(Of::Difference(1, 1))));
        assert_eq!(changed(|it| it.holds[0].most = f64::INFINITY), Err(Unsound::EmptyBound(Of::Run(0))));
        assert_eq!(changed(|it| it.figure = "loss@4-9".parse().expect("a figure")), Err(Unsound::NoSuchStep(9)));
        assert_eq!(changed(|it| it.seeds = 0), Err(Unsound::NoSeed));
    }
}
