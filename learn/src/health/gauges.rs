//! Numbers that say how good an embedding is, each beside what it could be.

use crate::config::Similarity;
use crate::method;
use crate::objective::{DRIED, EQUILIBRIUM};
use crate::report::{Measure, Sign, Snapshot};
use crate::trainer::MEASURED_PAIRS;

/// A number with its reference.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gauge {
    /// Its name in the language files, under `gauge.`.
    pub key: &'static str,
    /// The number; not finite where it would mean nothing.
    pub value: f64,
    /// What it could be at best, or what it is measured against.
    pub reference: f64,
    /// How long its bar is, from 0 to 1.
    pub part: f64,
    /// Where the reference is on the bar, from 0 to 1.
    pub mark: f64,
    /// It is far from where it should be.
    pub is_low: bool,
    /// Decimals to be shown.
    pub decimals: usize,
}

/// Returns the gauges that mean something for what a snapshot shows.
pub fn gauges(snapshot: &Snapshot) -> Vec<Gauge> {
    let mut gauges = Vec::new();
    let on_sphere = snapshot.config.compared() == Similarity::Cosine;
    let dim = snapshot.dim as f64;
    // What is no number fills no bar.
    let one = |value: f64| if value.is_nan() { 0.0 } else { value.clamp(0.0, 1.0) };
    if let Some(rank) = snapshot.spectrum.effective_rank {
        let (rank, least) = (f64::from(rank), super::alarms::least_rank(snapshot.dim));
        gauges.push(Gauge {
            key: "directions",
            value: rank,
            reference: dim,
            part: one(rank / dim),
            mark: 1.0,
            is_low: rank < least,
            decimals: 2,
        });
    } else {
        // All in one place: what is left there says nothing of an embedding.
        gauges.push(Gauge { key: "directions", value: f64::NAN, reference: dim, part: 0.0, mark: 1.0, is_low: true, decimals: 2 });
    }
    if let (Some(weakest), true) = (snapshot.spectrum.eigenvalues.last(), on_sphere) {
        let (value, reference) = (libm::sqrt(f64::from(weakest.max(0.0))), 1.0 / libm::sqrt(dim));
        let part = one(value / reference);
        gauges.push(Gauge { key: "weakest", value, reference, part, mark: 1.0, is_low: part < 0.25, decimals: 2 });
    }
    if on_sphere {
        let (value, reference) = (f64::from(snapshot.batch.uniformity), uniformity_floor(snapshot));
        let part = one(value / reference);
        gauges.push(Gauge { key: "uniformity", value, reference, part, mark: 1.0, is_low: part < 0.5, decimals: 2 });
        let value = f64::from(snapshot.batch.alignment);
        // Two rows that have nothing to do with each other are sqrt 2 apart.
        gauges.push(Gauge {
            key: "alignment",
            value,
            reference: 2.0,
            part: one(1.0 - value / 2.0),
            mark: 1.0,
            is_low: value > 1.0,
            decimals: 3,
        });
    }
    if let (Some(bound), Some(negatives)) = (snapshot.terms.infonce.and_then(|softmax| softmax.mutual_information), snapshot.negatives()) {
        let (value, reference) = (f64::from(bound), libm::log(negatives + 1.0));
        let allowed = bound_allowed(snapshot, negatives).unwrap_or(reference);
        gauges.push(Gauge { key: "bound", value, reference, part: one(value / reference), mark: 1.0, is_low: false, decimals: 2 });
        gauges.push(Gauge {
            key: "bound_of_tau",
            value,
            reference: allowed,
            part: one(value / reference),
            mark: one(allowed / reference),
            is_low: false,
            decimals: 2,
        });
    }
    if let Some(triplets) = snapshot.terms.triplets.filter(|triplets| triplets.mined > 0) {
        let value = f64::from(triplets.active_fraction());
        gauges.push(Gauge { key: "active", value, reference: 1.0, part: value, mark: 1.0, is_low: value < DRIED, decimals: 3 });
    }
    gauges.extend(of_generative(snapshot));
    let norm = f64::from(snapshot.gradient_norm);
    if norm.is_finite() {
        // On a scale of powers of ten, from 1e-6 to 1e2.
        let part = one((libm::log10(norm.max(1e-12)) + 6.0) / 8.0);
        gauges.push(Gauge { key: "gradient", value: norm, reference: f64::NAN, part, mark: f64::NAN, is_low: norm < 1e-7, decimals: 4 });
    }
    if let Some(std) = snapshot.terms.measures.get(Measure::StdRaw).filter(|_| method::about(&snapshot.config).sign == Sign::Bars) {
        let value = f64::from(std);
        gauges.push(Gauge { key: "raw", value, reference: 1.0, part: one(value / 2.0), mark: 0.5, is_low: value < 0.1, decimals: 2 });
    }
    gauges
}

/// What tells of a generative method: coordinates of the code in use, classes that samples lie in, the discriminator's loss.
fn of_generative(snapshot: &Snapshot) -> impl Iterator<Item = Gauge> + '_ {
    let measure = |measure| snapshot.terms.measures.get(measure).map(f64::from);
    let classes = snapshot.classes();
    let code = f64::from(snapshot.config.code_dimension());
    [
        ("code", Measure::ActiveCode, code, 0.5, 0),
        ("modes", Measure::Modes, classes, 0.5 * classes, 0),
        ("discriminator", Measure::DiscriminatorLoss, EQUILIBRIUM, 0.5 * EQUILIBRIUM, 3),
    ]
    .into_iter()
    .filter_map(move |(key, of, reference, least, decimals)| {
        let value = measure(of)?;
        let part = (value / reference).clamp(0.0, 1.0);
        Some(Gauge { key, value, reference, part, mark: 1.0, is_low: value <= least, decimals })
    })
}

/// `L_uniform` of as many points as are measured, spread as the uniform law: the law's own value is of pairs of any two points, and a point is no
/// pair with itself.
fn uniformity_floor(snapshot: &Snapshot) -> f64 {
    let rows = 2.0 * (snapshot.config.batch as usize).min(MEASURED_PAIRS) as f64;
    let law = f64::from(snapshot.uniform_reference);
    let mean = (rows * libm::exp(law) - 1.0) / (rows - 1.0);
    // So few points can be farther apart than the law has them.
    if mean > 0.0 { libm::log(mean).max(law - 1.0) } else { law }
}

/// The most that the bound can show at this temperature: all positives at cosine 1 and all negatives at -1.
fn bound_allowed(snapshot: &Snapshot, negatives: f64) -> Option<f64> {
    let config = &snapshot.config;
    let has_tau = config.compared() == Similarity::Cosine;
    has_tau.then(|| libm::log(negatives + 1.0) - libm::log(1.0 + negatives * libm::exp(-2.0 / f64::from(config.tau))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Config, Trainer};

    #[test]
    fn a_trained_run_fills_its_bars_and_a_fresh_one_does_not() {
        let mut trainer = Trainer::new(Config::default()).expect("the defaults are sound");
        let find = |gauges: &[Gauge], key: &str| gauges.iter().find(|gauge| gauge.key == key).copied().expect("it is there");
        let fresh = find(&gauges(&trainer.snapshot()), "uniformity");
        for _ in 0..300 {
            trainer.step().expect("it does not diverge");
        }
        let found = gauges(&trainer.snapshot());
        assert!(find(&found, "directions").part > 0.9 && !find(&found, "directions").is_low);
        assert!(find(&found, "uniformity").part > 0.8 && fresh.part < 0.6 && fresh.part < find(&found, "uniformity").part);
        let (bound, of_tau) = (find(&found, "bound"), find(&found, "bound_of_tau"));
        assert!((bound.reference - libm::log(255.0)).abs() < 1e-6 && of_tau.reference < bound.reference && of_tau.value < of_tau.reference);
        assert!(found.iter().all(|gauge| (0.0..=1.0).contains(&gauge.part)));
    }
}
