//! The variational autoencoder (Kingma and Welling 2014, arXiv 1312.6114): the encoder gives a Gaussian for each view, a code is drawn from it,
//! and a decoder reconstructs the view. The Gaussians are kept near the standard normal one, from which new codes can be drawn.
//!
//! The loss is the mean over rows of |x - x'|^2 / (2 sigma^2) + beta KL: minus the evidence lower bound for a Gaussian likelihood of deviation
//! sigma, without its constant (dimension / 2) ln(2 pi sigma^2). With beta other than 1 it is the loss of Higgins et al. 2017.

use super::reconstruction::{Coder, Decoded, wanted};
use super::{Evaluated, Found, GivenRows, Method, Outputs, Run, Streams, given};
use crate::config::{Config, Similarity};
use crate::matrix::Matrix;
use crate::objective::{coordinate_divergence, divergence_from_prior, squared_error};
use crate::report::{About, AlarmKind, Formula, Ink, Kind, Latent, Line, Measure, Part, Piece, Reasons, Rule, Snapshot, Terms, WhyAsked};
use crate::state::{Family, Plan, State, Wiring};
use crate::views::Batch;

/// The method's working memory.
#[derive(Clone, Debug, Default)]
pub struct Vae {
    net: Coder,
}

/// The mean over rows of the reconstruction's and the prior's term.
fn loss(run: &Run<'_>, rows: &mut Decoded<'_>) -> Terms {
    let Run { config, plan, batch, .. } = *run;
    let count = rows.output.rows() as f64;
    let (sigma, beta) = (f64::from(config.sigma), f64::from(config.beta));
    let scale = 1.0 / (2.0 * sigma * sigma * count);
    let error = squared_error(rows.output, |row| wanted(config.rebuild, batch, row), scale, rows.by_output);
    let divergence = divergence_from_prior(rows.z, plan.width, beta / count, rows.by_z) / count;
    let mut terms = Terms { loss: (scale * error + beta * divergence) as f32, ..Terms::default() };
    terms.measures.set(Measure::Reconstruction, (error / (count * rows.output.columns() as f64)) as f32);
    terms.measures.set(Measure::Divergence, divergence as f32);
    terms
}

impl Method for Vae {
    const ABOUT: About = About {
        headline: "kl",
        alarms: &[Rule { kind: AlarmKind::PosteriorCollapse, check: posterior_collapse, remedies: &[&[("beta", "1"), ("sigma", "0.3")]] }],
        ..About::PLAIN
    };
    const REST: Option<&'static str> = Some("rebuild");

    fn wiring(_: &Config) -> Wiring {
        Wiring { family: Family::Reconstruction { variational: true }, ..Wiring::PLAIN }
    }

    fn forward(&mut self, run: &Run<'_>, streams: &mut Streams) {
        let Self { net } = self;
        net.draw(run, streams); // masks, then noise, [2N, width]
        net.encode(run); // means and log variances of both views, [2N, 2 width]
        net.make_code(run); // mean + deviation * noise
        net.decode(run); // x', [2N, dimension]
    }

    #[inline(never)]
    fn evaluate(&mut self, run: &Run<'_>, streams: &mut Streams, found: &mut Found) -> Terms {
        self.forward(run, streams);
        found.rows.load(self.net.means(), run.config.compared());
        let terms = loss(run, &mut self.net.decoded(run.plan));
        self.net.backward(run, &mut found.gradient);
        terms
    }

    fn follow(&mut self, _: &Config, plan: &Plan, _: &Batch, state: &mut State) {
        self.net.commit(plan, state);
    }

    fn outputs(&self, _: &Plan) -> Outputs<'_> {
        self.net.outputs()
    }

    /// The rows are means and log variances; the prior's term alone is evaluated.
    fn given(&mut self, config: &Config, rows: &GivenRows<'_>) -> Evaluated {
        let [means, logs] = given::halves(rows.outputs);
        let (count, width) = (means.rows(), means.columns());
        let parameters: Vec<f32> = (0..count).flat_map(|row| [means.row(row), logs.row(row)].concat()).collect();
        let mut by_parameters = Matrix::zeros(count, 2 * width);
        let slope = f64::from(config.beta) / count as f64;
        let sum = divergence_from_prior(&Matrix::from_rows(&parameters, 2 * width), width, slope, &mut by_parameters);
        let mut terms = Terms { loss: (slope * sum) as f32, ..Terms::default() };
        terms.measures.set(Measure::Divergence, (sum / count as f64) as f32);
        let mut gradient = Matrix::zeros(2 * count, width);
        for row in 0..count {
            let (by_means, by_logs) = by_parameters.row(row).split_at(width);
            gradient.row_mut(row).copy_from_slice(by_means);
            gradient.row_mut(count + row).copy_from_slice(by_logs);
        }
        Evaluated::new(config, rows, &terms, gradient)
    }

    fn explain(&mut self, run: &Run<'_>, _: &Found, reasons: &mut Reasons) {
        let Run { config, plan, .. } = *run;
        let error = self.net.explain(run, reasons);
        let (means, logs) = self.net.parameters(plan, reasons.pair as usize).split_at(plan.width);
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
        let force = means.iter().map(|mean| -config.beta * mean / run.batch.inputs.rows() as f32).collect();
        reasons.parts.push(Part { key: "prior".to_owned(), force, pulls: false });
    }

    fn compared(_: &Config) -> Similarity {
        Similarity::Dot
    }

    fn why(asked: &WhyAsked<'_>) -> Vec<Line> {
        let latents = asked.reasons.rebuilt.iter().flat_map(|rebuilt| &rebuilt.latents);
        let prior = asked.config.beta * latents.map(|latent| latent.divergence).sum::<f32>();
        vec![
            vec![
                Piece::plain("| "),
                Piece::variable("x′", Ink::Pull),
                Piece::plain(" − "),
                Piece::variable("x", Ink::Plain),
                Piece::plain(" |² / 2"),
                Piece::variable("σ", Ink::Movable),
                Piece::plain("² + "),
                Piece::variable("β", Ink::Movable),
                Piece::variable(" KL", Ink::Push),
            ],
            vec![
                Piece::plain("= "),
                Piece::number(asked.loss() - prior, Ink::Pull),
                Piece::plain(" + "),
                Piece::number(prior, Ink::Push),
                Piece::plain(" = "),
                Piece::number(asked.loss(), Ink::Plain),
            ],
        ]
    }

    fn formula(config: &Config) -> Formula {
        let rows = 2 * config.batch as usize;
        let Config { sigma, beta, rebuild, .. } = *config;
        Formula { normalised: false, kind: Kind::Variational { rows, sigma, beta, target: rebuild } }
    }
}

fn posterior_collapse(snapshot: &Snapshot) -> Option<(f64, f64)> {
    let (active, kl) = (snapshot.measure(Measure::ActiveCode)?, snapshot.measure(Measure::Divergence)?);
    (!snapshot.is_early() && active < 0.5).then_some((kl, 0.0))
}
