//! What has to be trained for some experiments. Experiments that ask something of the same run with the same seed have it trained once.

use super::{Experiment, ExperimentError, Figure, Run};
use crate::config::Config;

/// One run with one seed, and everything that is asked of it.
#[derive(Clone, Debug)]
pub struct Job<'a> {
    /// The run.
    pub run: &'a Run,
    /// The seed.
    pub seed: u32,
    /// What its keys mean, if they mean anything.
    config: Option<Config>,
    /// What is asked.
    figures: Vec<&'a Figure>,
}

/// The jobs of some experiments, in the experiments' order.
#[derive(Clone, Debug, Default)]
pub struct Jobs<'a> {
    list: Vec<Job<'a>>,
    wanted: Vec<Vec<OfSeed>>,
}

/// Where the figures of an experiment with one seed are found.
#[derive(Clone, Debug)]
struct OfSeed {
    seed: u32,
    /// For each run the job, and which of its figures.
    places: Vec<(usize, usize)>,
}

/// What jobs have found so far.
#[derive(Clone, Debug)]
pub struct Findings<'a> {
    jobs: &'a Jobs<'a>,
    found: Vec<Option<Vec<Result<f64, ExperimentError>>>>,
}

/// The figures of an experiment.
#[derive(Clone, Debug, PartialEq)]
pub struct Checked {
    /// Each seed with the figure of each run.
    pub figures: Vec<(u32, Vec<Result<f64, ExperimentError>>)>,
}

/// A bound that does not hold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Failed {
    /// Which bound, from 0.
    pub bound: usize,
    /// With which seed.
    pub seed: u32,
    /// What should have been within; none if a run gives no figure.
    pub number: Option<f64>,
}

impl Job<'_> {
    /// Trains and returns the figures.
    pub fn run(&self) -> Vec<Result<f64, ExperimentError>> {
        self.run.figures(self.seed, &self.figures)
    }
}

impl<'a> Jobs<'a> {
    /// Returns what it takes to check experiments with the seeds from `first` on: so many if `count` says so, else as many as each has itself.
    pub fn new(experiments: &[&'a Experiment], first: u32, count: Option<u32>) -> Self {
        let mut jobs = Self::default();
        for experiment in experiments {
            let seeds = (0..count.unwrap_or(experiment.seeds)).map(|seed| first.saturating_add(seed));
            let of_seed = |seed| {
                let places = experiment.runs.iter().map(|run| {
                    let job = jobs.place(run, seed);
                    let asked = &mut jobs.list[job].figures;
                    let figure = asked.iter().position(|figure| **figure == experiment.figure).unwrap_or_else(|| {
                        asked.push(&experiment.figure);
                        asked.len() - 1
                    });
                    (job, figure)
                });
                OfSeed { seed, places: places.collect() }
            };
            let wanted = seeds.map(of_seed).collect();
            jobs.wanted.push(wanted);
        }
        jobs
    }

    /// Returns the place of the job that trains this run; there is one from now on. What two runs are is a question of their settings, however the
    /// keys are written.
    fn place(&mut self, run: &'a Run, seed: u32) -> usize {
        let config = run.config(seed).ok();
        let is_same = |job: &Job<'_>| job.run.steps == run.steps && job.seed == seed && config.is_some() && job.config == config;
        self.list.iter().position(is_same).unwrap_or_else(|| {
            self.list.push(Job { run, seed, config, figures: Vec::new() });
            self.list.len() - 1
        })
    }

    /// Returns the jobs.
    pub fn list(&self) -> &[Job<'a>] {
        &self.list
    }
}

impl<'a> Findings<'a> {
    /// Returns that nothing is found so far.
    pub fn new(jobs: &'a Jobs<'a>) -> Self {
        Self { jobs, found: vec![None; jobs.list.len()] }
    }

    /// Notes what a job has found.
    pub fn note(&mut self, job: usize, figures: Vec<Result<f64, ExperimentError>>) {
        self.found[job] = Some(figures);
    }

    /// Returns the figures of an experiment by its place, or none while a job is missing or if there is no such experiment.
    pub fn of(&self, experiment: usize) -> Option<Checked> {
        let figure = |(job, figure): &(usize, usize)| Some(self.found[*job].as_ref()?[*figure].clone());
        let of_seed = |of: &OfSeed| Some((of.seed, of.places.iter().map(figure).collect::<Option<Vec<_>>>()?));
        Some(Checked { figures: self.jobs.wanted.get(experiment)?.iter().map(of_seed).collect::<Option<Vec<_>>>()? })
    }
}

impl Checked {
    /// Returns every bound of the experiment that does not hold, with each seed for which it does not.
    pub fn failed(&self, experiment: &Experiment) -> Vec<Failed> {
        let mut failed = Vec::new();
        for (place, bound) in experiment.holds.iter().enumerate() {
            for (seed, figures) in &self.figures {
                let is_missing = bound.of.runs().any(|run| figures[run].is_err());
                // Where a run gives none, the others count as they are.
                let numbers: Vec<f64> = figures.iter().map(|figure| figure.as_ref().copied().unwrap_or(f64::NAN)).collect();
                if !bound.holds(&numbers) {
                    let number = (!is_missing).then(|| bound.number(&numbers));
                    failed.push(Failed { bound: place, seed: *seed, number });
                }
            }
        }
        failed
    }

    /// Returns why runs gave no figure, each reason once.
    pub fn errors(&self) -> Vec<String> {
        let mut errors: Vec<String> = Vec::new();
        for error in self.figures.iter().flat_map(|(_, figures)| figures).filter_map(|figure| figure.as_ref().err()) {
            let error = error.to_string();
            if !errors.contains(&error) {
                errors.push(error);
            }
        }
        errors
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Bound, Of};
    use super::*;

    fn experiment(figure: &str, keys: [&str; 2]) -> Experiment {
        let run = |keys: &str| Run { keys: format!("points=64&batch=16&{keys}"), steps: 4 };
        Experiment {
            name: "it".to_owned(),
            text: None,
            claim: String::new(),
            figure: figure.parse().expect("a figure"),
            runs: keys.into_iter().map(run).collect(),
            holds: vec![Bound { of: Of::Difference(0, 1), least: -10.0, most: 10.0 }, Bound { of: Of::Run(0), least: 1e6, most: 1e7 }],
            seeds: 2,
            ci: true,
        }
    }

    #[test]
    fn a_run_that_several_experiments_ask_for_is_trained_once() {
        let experiments = [experiment("loss", ["tau=0.1", "tau=0.2"]), experiment("uniformity", ["optimizer=adam&tau=0.2", "tau=0.5"])];
        let all: Vec<&Experiment> = experiments.iter().collect();
        let jobs = Jobs::new(&all, 7, None);
        let listed: Vec<(&str, u32, usize)> = jobs.list().iter().map(|job| (&job.run.keys[19..], job.seed, job.figures.len())).collect();
        assert_eq!(
            listed,
            [("tau=0.1", 7, 1), ("tau=0.2", 7, 2), ("tau=0.1", 8, 1), ("tau=0.2", 8, 2), ("tau=0.5", 7, 1), ("tau=0.5", 8, 1)]
        );
        let mut findings = Findings::new(&jobs);
        for (place, job) in jobs.list().iter().enumerate().rev() {
            assert!(findings.of(0).is_none() && findings.of(2).is_none());
            findings.note(place, job.run());
        }
        for (place, experiment) in experiments.iter().enumerate() {
            let alone = |run: &Run, seed: u32| run.figures(seed, &[&experiment.figure]).remove(0);
            let of_seed = |seed: u32| (seed, experiment.runs.iter().map(|run| alone(run, seed)).collect());
            assert_eq!(findings.of(place), Some(Checked { figures: [7, 8].map(of_seed).to_vec() }));
        }
        assert_eq!(Jobs::new(&all, 0, Some(5)).list().len(), 15);
    }

    #[test]
    fn bounds_fail_seed_by_seed_and_without_a_figure() {
        let missing = || Err(ExperimentError::NoFigure("kl".to_owned()));
        let checked = Checked { figures: vec![(0, vec![Ok(2e6), Ok(2e6)]), (4, vec![Ok(3.0), Ok(1.0)]), (9, vec![Ok(2e6), missing()])] };
        let failed = checked.failed(&experiment("loss", ["", "tau=0.1"]));
        assert_eq!(
            failed,
            [Failed { bound: 0, seed: 9, number: None }, Failed { bound: 1, seed: 4, number: Some(3.0) }],
            "the first run of seed 9 is as it should be"
        );
        assert_eq!(checked.errors(), ["kl says nothing of this run"]);
    }
}
