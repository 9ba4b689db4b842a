//! The generative adversarial network (Goodfellow et al. 2014): a generator makes points of noise, and the discriminator, which is the encoder with
//! a logit behind z, tells them from the data. In a step the discriminator moves first; the generator's loss is that of the same noise
//! against the discriminator after its move. Both moves are made with one update of the optimiser: the discriminator's move of the first
//! turn is tried with copies.

use super::{Aim, Backward, Forward, Method, Wiring};
use crate::config::{Config, Game};
use crate::objective::{Formula, Kind, Objective, Terms, discriminator_loss, generator_loss, sigmoid};
use crate::random::Random;
use crate::readings::{Measure, Measures};
use crate::reasons::{Judged, Reasons};

/// The method's working memory.
#[derive(Clone, Debug, Default)]
pub struct Gan {
    /// What the first turn found.
    terms: Terms,
}

impl Method for Gan {
    fn wiring(&self, _: &Config) -> Wiring {
        Wiring { aim: Aim::Plays, passes_views_apart: true, ..Wiring::PLAIN }
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
        if forward.turn == 0 {
            let real = forward.p.rows() / 2;
            let [on_real, on_made] = discriminator_loss(forward.p, real, backward.by_p);
            let mut measures = Measures::default();
            measures.set(Measure::DiscriminatorLoss, (on_real + on_made) as f32);
            let share = |rows: std::ops::Range<usize>| rows.map(|row| sigmoid(forward.p.row(row)[0])).sum::<f32>() / real as f32;
            measures.set(Measure::RealScore, share(0..real));
            measures.set(Measure::MadeScore, share(real..2 * real));
            self.terms = Terms { loss: (on_real + on_made) as f32, measures, ..Terms::default() };
        } else {
            let loss = generator_loss(forward.config.game, forward.p, backward.by_p);
            self.terms.measures.set(Measure::GeneratorLoss, loss as f32);
        }
        Some(self.terms)
    }

    fn explain(&mut self, forward: &Forward<'_>, _: &Objective, reasons: &mut Reasons) {
        let Forward { plan, state, z, .. } = *forward;
        let Some(logit) = &plan.logit else { return };
        let row = z.row(reasons.pair as usize);
        // The last layer's weights, then its bias.
        let values = logit.to_flat(&state.values);
        let (weights, bias) = values.split_at(row.len().min(values.len()));
        let score: f32 = row.iter().zip(weights).map(|(value, weight)| value * weight).sum::<f32>() + bias.iter().sum::<f32>();
        reasons.loss = Some(-libm::logf(sigmoid(score).max(f32::MIN_POSITIVE)));
        reasons.judged = Some(Judged { score: sigmoid(score), logit: score });
    }

    fn headline(&self, _: &Config) -> &'static str {
        "modes"
    }

    fn formula(&self, config: &Config) -> Formula {
        Formula { normalised: false, kind: Kind::Game { rows: 2 * config.batch as usize, saturating: config.game == Game::Minimax } }
    }
}
