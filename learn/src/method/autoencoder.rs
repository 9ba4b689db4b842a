//! The autoencoder (Hinton and Salakhutdinov 2006): an encoder makes a code of a view, a decoder rebuilds the view, its point, or the pair's other
//! view from the code. The loss is the mean squared error over rows and coordinates, torch's `MSELoss`.

use super::{Aim, Backward, Forward, Method, Wiring, explain_rebuilding, wanted};
use crate::config::Config;
use crate::objective::{Formula, Kind, Objective, Terms, squared_error};
use crate::random::Random;
use crate::readings::{Measure, Measures};
use crate::reasons::Reasons;

/// The method; it needs no memory.
#[derive(Clone, Debug, Default)]
pub struct Autoencoder;

impl Method for Autoencoder {
    fn wiring(&self, _: &Config) -> Wiring {
        Wiring { aim: Aim::Rebuilds { variational: false }, ..Wiring::PLAIN }
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
        let Forward { config, batch, p, .. } = *forward;
        let numbers = (p.rows() * p.columns()) as f64;
        let loss = squared_error(p, |row| wanted(config.rebuild, batch, row), 1.0 / numbers, backward.by_p) / numbers;
        let mut measures = Measures::default();
        measures.set(Measure::Reconstruction, loss as f32);
        Some(Terms { loss: loss as f32, measures, ..Terms::default() })
    }

    fn explain(&mut self, forward: &Forward<'_>, _: &Objective, reasons: &mut Reasons) {
        let error = explain_rebuilding(forward, reasons);
        reasons.loss = Some(error / forward.p.columns() as f32);
    }

    fn headline(&self, _: &Config) -> &'static str {
        "reconstruction"
    }

    fn formula(&self, config: &Config) -> Formula {
        let kind = Kind::Rebuilding { rows: 2 * config.batch as usize, dimension: config.input_dimension(), target: config.rebuild };
        Formula { normalised: config.compared() == crate::config::Similarity::Cosine, kind }
    }
}
