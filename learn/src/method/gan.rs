//! The generative adversarial network (Goodfellow et al. 2014, arXiv 1406.2661): a generator makes points of noise, and the discriminator,
//! which is the encoder with a logit behind z, tells them from the data. In a step the discriminator moves first; the generator's loss is that
//! of the same noise against the discriminator after its move. Both moves are made with one update of the optimiser: the discriminator's move
//! is tried with copies in between.

use super::code::draw_normal;
use super::{Branch, Evaluated, Found, GivenRows, Method, Outputs, Run, Streams, given};
use crate::config::{Config, Game, Similarity};
use crate::matrix::Matrix;
use crate::network::{Moments, Pass, Wanted};
use crate::objective::{EQUILIBRIUM, discriminator_loss, generator_loss, sigmoid};
use crate::optimizer::OptimizerState;
use crate::report::{About, AlarmKind, Formula, Ink, Judged, Kind, Line, Measure, Piece, Reasons, Rivals, Rule, Snapshot, Terms, WhyAsked};
use crate::state::{Family, NOISE_DIMENSION, Plan, State, Wiring};
use crate::views::Batch;

/// The method's working memory.
#[derive(Clone, Debug, Default)]
pub struct Gan {
    /// [2N, `NOISE_DIMENSION`].
    noise: Matrix,
    generator: Pass,
    /// The rows of the data, and behind them what the generator made, [4N, dimension].
    both: Matrix,
    /// The discriminator before its move, and after it.
    judges: [Judge; 2],
    /// The outputs z of the data, [2N, width].
    z: Matrix,
    moved: Moved,
}

/// One pass of the discriminator.
#[derive(Clone, Debug, Default)]
struct Judge {
    branch: Branch,
    logit: Pass,
    by_logits: Matrix,
}

/// What the discriminator's move changes, as copies.
#[derive(Clone, Debug, Default)]
struct Moved {
    values: Vec<f32>,
    optimizer: OptimizerState,
    /// Scratch memory of a gradient that nobody wants.
    gradient: Vec<f32>,
}

/// Batch normalisation over all rows.
const TOGETHER: Moments<'static> = Moments::Batch { groups: 1 };

impl Judge {
    /// Passes rows through encoder, head and logit.
    fn forward(&mut self, plan: &Plan, values: &[f32], groups: usize, rows: &Matrix) {
        self.branch.forward(plan, values, groups, rows);
        if let Some(logit) = &plan.logit {
            logit.forward(values, TOGETHER, self.branch.z(plan), &mut self.logit);
        }
    }

    /// The logits of the last forward pass, [rows, 1], and room for the derivative by them.
    fn logits(&mut self) -> (&Matrix, &mut Matrix) {
        let logits = self.logit.output();
        self.by_logits.fit(logits.rows(), 1);
        (logits, &mut self.by_logits)
    }

    /// Passes the derivative by the logits back. `rows` are those of the forward pass.
    fn backward(&mut self, plan: &Plan, values: &[f32], rows: &Matrix, gradient: &mut [f32], wanted: Wanted) {
        let Self { branch, logit, by_logits } = self;
        if let Some(network) = &plan.logit {
            network.backward(values, branch.z(plan), logit, by_logits, gradient, Wanted { inputs: true, ..wanted });
            branch.backward(plan, values, rows, logit.input_gradient(), gradient, wanted);
        }
    }

    fn commit(&self, plan: &Plan, statistics: &mut [f32]) {
        self.branch.commit(plan, statistics);
        if let Some(logit) = &plan.logit {
            logit.commit_statistics(&self.logit, statistics);
        }
    }
}

/// -ln D(x) - ln(1 - D(G(noise))), the first half of the logits being of the data.
fn discriminator_terms(logits: &Matrix, by_logits: &mut Matrix) -> Terms {
    let real = logits.rows() / 2;
    let [on_real, on_made] = discriminator_loss(logits, real, by_logits);
    let mut terms = Terms { loss: (on_real + on_made) as f32, ..Terms::default() };
    terms.measures.set(Measure::DiscriminatorLoss, terms.loss);
    let share = |rows: std::ops::Range<usize>| rows.map(|row| sigmoid(logits.row(row)[0])).sum::<f32>() / real as f32;
    terms.measures.set(Measure::RealScore, share(0..real));
    terms.measures.set(Measure::MadeScore, share(real..2 * real));
    terms
}

impl Gan {
    /// The generator: noise -> x'.
    fn generate(&mut self, run: &Run<'_>) {
        if let Some(generator) = &run.plan.generator {
            generator.forward(&run.state.values, TOGETHER, &self.noise, &mut self.generator);
        }
    }
}

impl Method for Gan {
    const ABOUT: About = About {
        headline: "modes",
        alarms: &[
            Rule {
                kind: AlarmKind::ModeCollapse,
                check: mode_collapse,
                remedies: &[&[("lr", "0.001"), ("generator_lr", "0.001"), ("beta1", "0.5")]],
            },
            Rule {
                kind: AlarmKind::DiscriminatorTooStrong,
                check: discriminator_too_strong,
                remedies: &[&[("lr", "0.001"), ("generator_lr", "0.001"), ("beta1", "0.5"), ("game", "nonsaturating")]],
            },
        ],
        may_collapse: false,
        rivals: Some(Rivals { first: "discriminator_loss", second: "generator_loss", equilibrium: EQUILIBRIUM }),
        ..About::PLAIN
    };
    const REST: Option<&'static str> = Some("judge");

    fn wiring(_: &Config) -> Wiring {
        Wiring { family: Family::Adversarial, passes_views_apart: true, ..Wiring::PLAIN }
    }

    fn forward(&mut self, run: &Run<'_>, streams: &mut Streams) {
        let rows = run.batch.inputs.rows();
        // The order is for ever: the masks of the second turn, those of the first, the noise.
        self.judges[1].branch.draw_masks(run, rows, &mut streams.masks);
        self.judges[0].branch.draw_masks(run, 2 * rows, &mut streams.masks);
        self.noise.fit(rows, NOISE_DIMENSION);
        draw_normal(&mut streams.noise, &mut self.noise);
        self.generate(run); // x' of noise, [2N, dimension]
        self.both.stack(&run.batch.inputs, self.generator.output());
        // What is real and what is made are groups of their own.
        self.judges[0].forward(run.plan, &run.state.values, run.plan.groups, &self.both); // logits, [4N, 1]
        self.z.copy_rows(self.judges[0].branch.z(run.plan), 0, rows);
    }

    #[inline(never)]
    fn evaluate(&mut self, run: &Run<'_>, streams: &mut Streams, found: &mut Found) -> Terms {
        self.forward(run, streams);
        found.rows.load(&self.z, run.config.compared());
        let Self { noise, generator, both, judges: [before, after], moved, .. } = self;
        let Run { config, plan, state, .. } = *run;
        // The discriminator's turn.
        let (logits, by_logits) = before.logits();
        let mut terms = discriminator_terms(logits, by_logits);
        before.backward(plan, &state.values, both, &mut found.gradient, Wanted::VALUES);
        moved.try_discriminator(config, plan, state, &found.gradient);
        // The generator's turn: against the discriminator after its move, which stays as it is.
        after.forward(plan, &moved.values, 1, generator.output());
        let (logits, by_logits) = after.logits();
        terms.measures.set(Measure::GeneratorLoss, generator_loss(config.game, logits, by_logits) as f32);
        after.backward(plan, &moved.values, generator.output(), &mut moved.gradient, Wanted::INPUTS);
        if let Some(network) = &plan.generator {
            network.backward(&state.values, noise, generator, after.branch.input_gradient(), &mut found.gradient, Wanted::VALUES);
        }
        terms
    }

    fn follow(&mut self, _: &Config, plan: &Plan, _: &Batch, state: &mut State) {
        if let Some(generator) = &plan.generator {
            generator.commit_statistics(&self.generator, &mut state.statistics);
        }
        for judge in &self.judges {
            judge.commit(plan, &mut state.statistics);
        }
    }

    fn outputs(&self, _: &Plan) -> Outputs<'_> {
        let (z, judge) = (&self.z, &self.judges[0]);
        let by_z = judge.logit.input_gradient();
        let (generated, logits) = (Some(self.generator.output()), Some(judge.logit.output()));
        Outputs { h: judge.branch.h(), z, p: z, target: z, generated, logits, by_z, by_p: by_z }
    }

    /// The first coordinates of the rows are logits, of the data and of what a generator made.
    fn given(&mut self, config: &Config, rows: &GivenRows<'_>) -> Evaluated {
        let mut logits = Matrix::default();
        logits.copy_columns(rows.outputs, 1);
        let [_, made] = given::halves(&logits);
        let mut by_logits = Matrix::zeros(logits.rows(), 1);
        let mut terms = discriminator_terms(&logits, &mut by_logits);
        terms.measures.set(Measure::GeneratorLoss, generator_loss(config.game, &made, &mut Matrix::zeros(made.rows(), 1)) as f32);
        let mut gradient = Matrix::zeros(rows.outputs.rows(), rows.outputs.columns());
        for row in 0..gradient.rows() {
            gradient.row_mut(row)[0] = by_logits.row(row)[0];
        }
        Evaluated::new(config, rows, &terms, gradient)
    }

    fn explain(&mut self, run: &Run<'_>, _: &Found, reasons: &mut Reasons) {
        let Some(logit) = &run.plan.logit else { return };
        let row = self.z.row(reasons.pair as usize);
        // The last layer's weights, then its bias.
        let values = logit.to_flat(&run.state.values);
        let (weights, bias) = values.split_at(row.len().min(values.len()));
        let score: f32 = row.iter().zip(weights).map(|(value, weight)| value * weight).sum::<f32>() + bias.iter().sum::<f32>();
        reasons.loss = Some(-libm::logf(sigmoid(score).max(f32::MIN_POSITIVE)));
        reasons.judged = Some(Judged { score: sigmoid(score), logit: score });
    }

    fn compared(_: &Config) -> Similarity {
        Similarity::Dot
    }

    fn why(asked: &WhyAsked<'_>) -> Vec<Line> {
        let score = asked.reasons.judged.map_or(0.0, |judged| judged.score);
        vec![vec![
            Piece::plain("− ln "),
            Piece::variable("D", Ink::Pull),
            Piece::plain(" = − ln "),
            Piece::number(score, Ink::Pull),
            Piece::plain(" = "),
            Piece::number(asked.loss(), Ink::Plain),
        ]]
    }

    fn formula(config: &Config) -> Formula {
        Formula { normalised: false, kind: Kind::Game { rows: 2 * config.batch as usize, saturating: config.game == Game::Minimax } }
    }
}

impl Moved {
    /// Tries the discriminator's move. The trainer makes the same move, to the bit, with the whole gradient.
    fn try_discriminator(&mut self, config: &Config, plan: &Plan, state: &State, gradient: &[f32]) {
        self.values.clone_from(&state.values);
        self.optimizer.clone_from(&state.optimizer);
        self.gradient.resize(gradient.len(), 0.0);
        self.optimizer.step(config, plan.generator_start(), &mut self.values, gradient);
    }
}

/// Steps that a generator is given to find the data: before, it is still on its way to them.
const LEARNT: u64 = 600;

fn mode_collapse(snapshot: &Snapshot) -> Option<(f64, f64)> {
    let (modes, classes) = (snapshot.measure(Measure::Modes)?, snapshot.classes());
    // Among many pixels hardly any sample is as near to the data as they are to one another: that says nothing of modes.
    let tells = !snapshot.config.data.are_images() && snapshot.step >= LEARNT && classes >= 4.0;
    (tells && modes <= 0.5 * classes).then_some((modes, classes))
}

fn discriminator_too_strong(snapshot: &Snapshot) -> Option<(f64, f64)> {
    let loss = snapshot.measure(Measure::DiscriminatorLoss)?;
    (snapshot.step >= LEARNT && loss < 0.5 * EQUILIBRIUM).then_some((loss, EQUILIBRIUM))
}
