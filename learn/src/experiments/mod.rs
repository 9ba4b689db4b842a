//! Experiments: what the texts on screen claim, as data. Each is a setting beside its counter-setting, a figure that is measured of both, and what has
//! to hold of the two. `experiments --check` and `cargo xtask effects` train them.

mod table;

pub use table::EXPERIMENTS;

use super::config::{Config, ParameterError};
use super::readings;
use super::trainer::Trainer;
use crate::report::Divergence;
use std::fmt;

/// A claim with the runs that show it.
#[derive(Debug)]
pub struct Experiment {
    /// The name in flags.
    pub name: &'static str,
    /// The claim: what the setting does that its counter-setting does not.
    pub claim: &'static str,
    /// What is measured.
    pub figure: Figure,
    /// The run that the claim is about.
    pub setting: Run,
    /// The run beside it.
    pub counter: Run,
    /// What holds, with every seed: the bounds of the setting's figure, of the counter-setting's, and of the first minus the second.
    ///
    /// Figures of other programs and papers differ: the kind of effect is what counts, and bounds have room.
    pub bounds: [Bounds; 3],
}

/// A run of an experiment.
#[derive(Debug)]
pub struct Run {
    /// Keys and values that differ from the defaults, as in a link.
    pub keys: &'static str,
    /// How many steps are taken.
    pub steps: u64,
}

/// What is measured when a run is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Figure {
    /// A reading by its key.
    Reading(&'static str),
    /// How often a linear probe on z tells the class of held-out points.
    Class,
    /// R^2 of the nuisance coordinates by a linear probe on z.
    Nuisance,
    /// By how much that is less than on h.
    NuisanceLost,
    /// By how much a nearest-neighbour probe tells the class less often on z than on h.
    NeighboursLost,
}

/// What a figure has to be, both ends included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// The least that it can be.
    pub least: f64,
    /// The most.
    pub most: f64,
}

const fn below(most: f64) -> Bounds {
    Bounds { least: f64::NEG_INFINITY, most }
}

const fn above(least: f64) -> Bounds {
    Bounds { least, most: f64::INFINITY }
}

const fn about_zero(far: f64) -> Bounds {
    Bounds { least: -far, most: far }
}

impl Bounds {
    /// Returns true if a figure lies within.
    pub fn contain(self, figure: f64) -> bool {
        (self.least..=self.most).contains(&figure)
    }
}

impl fmt::Display for Bounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { least, most } = self;
        match (least.is_finite(), most.is_finite()) {
            (true, true) => write!(f, "from {least} to {most}"),
            (true, false) => write!(f, "at least {least}"),
            (false, true) => write!(f, "at most {most}"),
            (false, false) => f.write_str("any"),
        }
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Reading(key) => key,
            Self::Class => "probe_class_z",
            Self::Nuisance => "probe_nuisance_z",
            Self::NuisanceLost => "probe_nuisance_h - probe_nuisance_z",
            Self::NeighboursLost => "probe_knn_h - probe_knn_z",
        })
    }
}

/// Why a run gives no figure.
#[derive(Clone, Debug, PartialEq)]
pub enum ExperimentError {
    /// A setting is wrong.
    Parameter(ParameterError),
    /// The run diverged.
    Diverged(Divergence),
    /// What is measured says nothing of this run.
    NoFigure(Figure),
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

impl Run {
    /// Returns the configuration.
    pub fn config(&self, seed: u32) -> Result<Config, ParameterError> {
        let mut config = Config { seed, ..Config::default() };
        for (key, value) in self.keys.split('&').filter_map(|pair| pair.split_once('=')) {
            config.set_text(key, value)?;
        }
        Ok(config)
    }

    /// Trains and returns the figure.
    pub fn figure(&self, figure: Figure, seed: u32) -> Result<f64, ExperimentError> {
        let mut trainer = Trainer::new(self.config(seed).map_err(ExperimentError::Parameter)?).map_err(ExperimentError::Parameter)?;
        while trainer.steps() < self.steps {
            trainer.step().map_err(ExperimentError::Diverged)?;
        }
        if let Figure::Reading(key) = figure {
            let reading = readings::find(key).ok_or(ExperimentError::NoFigure(figure))?;
            return reading.value(&trainer.snapshot()).ok_or(ExperimentError::NoFigure(figure));
        }
        let [_, h, z] = trainer.probe();
        let lost = |h: Option<f32>, z: Option<f32>| Some(h? - z?);
        let found = match figure {
            Figure::Reading(_) => None,
            Figure::Class => z.class,
            Figure::Nuisance => z.nuisance,
            Figure::NuisanceLost => lost(h.nuisance, z.nuisance),
            Figure::NeighboursLost => lost(h.knn, z.knn),
        };
        found.map(f64::from).ok_or(ExperimentError::NoFigure(figure))
    }
}

impl Experiment {
    /// Returns true if two figures, the setting's and its counter-setting's, are what the claim says.
    pub fn holds(&self, setting: f64, counter: f64) -> bool {
        self.bounds.iter().zip([setting, counter, setting - counter]).all(|(bounds, figure)| bounds.contain(figure))
    }
}

/// Returns the experiment with this name.
pub fn find(name: &str) -> Option<&'static Experiment> {
    EXPERIMENTS.iter().find(|experiment| experiment.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_experiment_is_sound_and_can_fail() {
        for (place, experiment) in EXPERIMENTS.iter().enumerate() {
            let Experiment { name, claim, figure, setting, counter, bounds } = experiment;
            assert!(EXPERIMENTS[..place].iter().all(|other| other.name != *name && other.claim != *claim), "{name} stands twice");
            assert_eq!(find(name).map(|found| found.claim), Some(*claim));
            let [setting, counter] = [setting, counter].map(|run| (run.config(0).expect("valid"), run.steps));
            assert!(setting != counter && setting.0.check().is_ok() && counter.0.check().is_ok(), "{name}");
            assert!(bounds.iter().any(|bounds| bounds.least.is_finite() || bounds.most.is_finite()), "{name} says nothing");
            assert!(bounds.iter().all(|bounds| bounds.least < bounds.most), "{name}");
            if let Figure::Reading(key) = figure {
                assert!(readings::find(key).is_some(), "{name}: {key}");
            }
            assert!(!experiment.holds(f64::NAN, f64::NAN) && !experiment.holds(0.0, 0.0), "{name}: no figure is no proof");
        }
    }

    #[test]
    fn bounds_hold_of_both_figures_and_of_their_difference() {
        let mirror = find("images-mirror").expect("it is there");
        assert!(mirror.holds(0.83, 1.0) && !mirror.holds(0.95, 1.0) && !mirror.holds(0.83, 0.9));
        let negatives = find("four-negatives").expect("it is there");
        assert!(negatives.holds(0.93, 0.96) && !negatives.holds(0.9, 0.96) && !negatives.holds(0.99, 0.9));
        assert_eq!(
            [above(0.5), below(-0.1), about_zero(0.02)].map(|bounds| bounds.to_string()),
            ["at least 0.5", "at most -0.1", "from -0.02 to 0.02"]
        );
    }
}
