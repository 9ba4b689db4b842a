//! The variational autoencoder (Kingma and Welling 2014): the encoder gives a Gaussian for each view, a code is drawn from it, and a decoder
//! rebuilds the view. The Gaussians are kept near the standard normal one, from which new codes can be drawn.
//!
//! The loss is the mean over rows of |x - x'|^2 / (2 sigma^2) + beta KL: minus the evidence lower bound for a Gaussian likelihood of deviation
//! sigma, without its constant (dimension / 2) ln(2 pi sigma^2). With beta other than 1 it is the loss of Higgins et al. 2017.

use super::{Aim, Backward, Forward, Method, Wiring, explain_rebuilding, wanted};
use crate::config::Config;
use crate::objective::{Formula, Kind, Objective, Terms, coordinate_divergence, divergence_from_prior, squared_error};
use crate::random::Random;
use crate::readings::{Measure, Measures};
use crate::reasons::{Latent, Part, Reasons};

/// The method; its noise is the evaluation's.
#[derive(Clone, Debug, Default)]
pub struct Vae;

impl Method for Vae {
    fn wiring(&self, _: &Config) -> Wiring {
        Wiring { aim: Aim::Rebuilds { variational: true }, ..Wiring::PLAIN }
    }

    fn begin(&mut self, _: &Forward<'_>, _: &mut Objective) {}

    #[inline(never)]
    fn advance(
        &mut self,
        forward: &Forward<'_>,
        _: &mut Objective,
        _: &mut Random,
        _: usize,
        backward: &mut Backward<'_>,
    ) -> Option<Terms> {
        let Forward { config, plan, batch, z, p, .. } = *forward;
        let rows = p.rows() as f64;
        let (sigma, beta) = (f64::from(config.sigma), f64::from(config.beta));
        let scale = 1.0 / (2.0 * sigma * sigma * rows);
        let error = squared_error(p, |row| wanted(config.rebuild, batch, row), scale, backward.by_p);
        let divergence = divergence_from_prior(z, plan.width, beta / rows, backward.by_z) / rows;
        let mut measures = Measures::default();
        measures.set(Measure::Reconstruction, (error / (rows * p.columns() as f64)) as f32);
        measures.set(Measure::Divergence, divergence as f32);
        Some(Terms { loss: (scale * error + beta * divergence) as f32, measures, ..Terms::default() })
    }

    fn explain(&mut self, forward: &Forward<'_>, _: &Objective, reasons: &mut Reasons) {
        let Forward { config, plan, z, p, .. } = *forward;
        let (means, logs) = z.row(reasons.pair as usize).split_at(plan.width);
        let error = explain_rebuilding(forward, reasons);
        let latents = means.iter().zip(logs).map(|(mean, log)| Latent {
            mean: *mean,
            deviation: libm::expf(0.5 * log),
            divergence: coordinate_divergence(*mean, *log),
        });
        if let Some(rebuilt) = &mut reasons.rebuilt {
            rebuilt.latents = latents.collect();
            let divergence: f32 = rebuilt.latents.iter().map(|latent| latent.divergence).sum();
            reasons.loss = Some(error / (2.0 * config.sigma * config.sigma) + config.beta * divergence);
        }
        let force = means.iter().map(|mean| -config.beta * mean / p.rows() as f32).collect();
        reasons.parts.push(Part { key: "prior".to_owned(), force, pulls: false });
    }

    fn headline(&self, _: &Config) -> &'static str {
        "kl"
    }

    fn formula(&self, config: &Config) -> Formula {
        let rows = 2 * config.batch as usize;
        let Config { sigma, beta, rebuild, .. } = *config;
        Formula { normalised: false, kind: Kind::Variational { rows, sigma, beta, target: rebuild } }
    }
}
