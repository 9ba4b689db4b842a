//! The next step, done with copies, stage by stage.

use super::{MEASURED_PAIRS, Trainer};
use crate::config::{Config, Positives, Similarity};
use crate::matrix::Matrix;
use crate::method::{self, Found, Memory, Outputs, Run, Streams};
use crate::metrics::Similarities;
use crate::report::{Candidate, Divergence, Measure, Quantities, Quantity, Reasons, Stage, StageTrace, StepTrace, Telling, Terms, Turn};
use crate::rows::{norm, normalize_row};
use crate::state::{Family, Kept, NOISE_DIMENSION, Plan, State};
use crate::views::Batch;

/// The next step as far as it has been done.
struct Ahead<'a> {
    trainer: &'a Trainer,
    batch: Batch,
    pairs: usize,
    /// The pair whose view a is followed.
    pair: usize,
    memory: Memory,
    found: Found,
    terms: Terms,
    gradient_norm: f32,
    /// The state with the weights moved, and nothing else done.
    moved: State,
    /// Loss and rows of the same views after the move.
    after: Option<(f32, Vec<f32>)>,
    reasons: Option<Reasons>,
    divergence: Option<Divergence>,
}

impl Trainer {
    /// Does the next step with copies of all that it changes, and tells of it. The run goes on as if nobody had asked; none where it has
    /// diverged and does not go on.
    pub fn next_step(&self) -> Option<StepTrace> {
        if self.divergence.is_some() {
            return None;
        }
        let mut streams = self.draws.streams.clone();
        let mut batch = Batch::default();
        self.draws.sampler.clone().fill(&self.dataset, &self.config, &mut batch);
        let Self { config, plan, state, .. } = self;
        let pairs = batch.points.len() / 2;
        let pair = self.pinned.and_then(|point| batch.points[..pairs].iter().position(|other| *other == point)).unwrap_or(0);

        let masks = streams.clone();
        let (mut memory, mut found) = (Memory::new(config.method), Found::new(plan.encoder.instructions));
        let run = Run { config, plan, state, batch: &batch, is_again: false };
        let terms = memory.evaluate(&run, &mut streams, &mut found);
        let gradient_norm = super::step::norm_of(&found.gradient);
        let mut ahead = Ahead {
            trainer: self,
            pairs,
            pair,
            memory,
            found,
            terms,
            gradient_norm,
            moved: state.clone(),
            after: None,
            reasons: self.explain(batch.points[pair], &run, pair, masks.clone(), true),
            divergence: self.divergence_of(&terms, gradient_norm),
            batch,
        };
        if let Some(reasons) = &mut ahead.reasons {
            reasons.drawn = true;
        }
        if ahead.divergence.is_none() {
            ahead.move_weights(masks);
        }
        Some(ahead.told())
    }
}

/// Whether steps of a run have this stage.
fn has_stage(stage: Stage, config: &Config, plan: &Plan) -> bool {
    match stage {
        Stage::Project => plan.head.is_some(),
        Stage::Target | Stage::Follow => plan.target.is_some(),
        Stage::Predict => plan.predictor.is_some(),
        Stage::Normalise => config.compared() == Similarity::Cosine,
        Stage::Codes => plan.prototypes.is_some() || matches!(plan.wiring.kept, Some(Kept::Clusters(_))),
        Stage::Keep => plan.wiring.kept.is_some(),
        Stage::Generate | Stage::Judge => plan.wiring.family == Family::Adversarial,
        Stage::Draw => plan.wiring.is_variational(),
        Stage::Decode => plan.decoder.is_some(),
        Stage::Compare => plan.wiring.family == Family::JointEmbedding,
        Stage::Sample | Stage::Augment | Stage::Encode | Stage::Loss | Stage::Gradient | Stage::Move => true,
    }
}

fn count(number: usize) -> Quantity {
    Quantity::Count(number as u64)
}

/// The least, the mean and the greatest length of some rows.
fn lengths(rows: &[f32], dim: usize) -> [f32; 3] {
    let lengths = rows.chunks_exact(dim).map(norm);
    let (least, greatest) =
        lengths.clone().fold((f32::INFINITY, 0.0), |(least, greatest), length| (length.min(least), length.max(greatest)));
    [least, lengths.sum::<f32>() / (rows.len() / dim).max(1) as f32, greatest]
}

fn distance(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f32>().sqrt()
}

impl Ahead<'_> {
    /// The optimiser's part of the step, and what the same views say then.
    fn move_weights(&mut self, mut masks: Streams) {
        let Trainer { config, plan, .. } = self.trainer;
        self.moved.take_gradient(config, plan, &self.found.gradient);
        self.divergence = Divergence::of_weights(&self.moved.values);
        if self.divergence.is_none() {
            // The same masks, so that only the update tells before and after apart.
            let mut again = Memory::new(config.method);
            let run = Run { config, plan, state: &self.moved, batch: &self.batch, is_again: false };
            let terms = again.evaluate(&run, &mut masks, &mut Found::new(plan.encoder.instructions));
            let mut rows = again.outputs(plan).paired(plan);
            self.compare(&mut rows);
            self.after = Some((terms.loss, rows));
        }
    }

    /// Turns outputs into rows as they are compared.
    fn compare(&self, rows: &mut [f32]) {
        if self.trainer.config.compared() == Similarity::Cosine {
            for row in rows.chunks_exact_mut(self.trainer.plan.width) {
                normalize_row(row);
            }
        }
    }

    /// What the evaluation left.
    fn outputs(&self) -> Outputs<'_> {
        self.memory.outputs(&self.trainer.plan)
    }

    fn told(mut self) -> StepTrace {
        let Trainer { config, plan, state, dataset, .. } = self.trainer;
        let dim = plan.width;
        let raw = self.outputs().paired(plan);
        let mut rows = raw.clone();
        self.compare(&mut rows);
        let on_sphere = config.compared() == Similarity::Cosine;
        let mut forces = vec![0.0; raw.len()];
        let by_z = self.outputs().by_z;
        for row in 0..by_z.rows().min(raw.len() / dim) {
            let raw = &raw[row * dim..(row + 1) * dim];
            // From the derivative by the raw row, which is as many times shorter as the row is longer.
            let length = if on_sphere { norm(raw) } else { 1.0 };
            for (force, slope) in forces[row * dim..(row + 1) * dim].iter_mut().zip(by_z.row(row)) {
                *force = -slope * length;
            }
        }
        let stages = Stage::ALL.into_iter().filter(|stage| has_stage(*stage, config, plan));
        // A step that diverges ends where it does.
        let last = match self.divergence {
            Some(Divergence::Loss) => Stage::Loss,
            Some(Divergence::Gradient) => Stage::Gradient,
            Some(Divergence::Weights) => Stage::Move,
            None => Stage::Keep,
        };
        let told = stages.take_while(|stage| *stage as usize <= last as usize).map(|stage| {
            let (variant, quantities) = self.tell(stage, &raw, &rows);
            let sentence = if variant.is_empty() { stage.key().to_owned() } else { format!("{}.{variant}", stage.key()) };
            StageTrace { stage, sentence, quantities: quantities.into_iter().map(|(name, quantity)| (name.to_owned(), quantity)).collect() }
        });
        let told = told.collect();
        let fingerprint = self.divergence.is_none().then(|| {
            self.memory.follow(config, plan, &self.batch, &mut self.moved);
            self.moved.step += 1;
            self.moved.fingerprint(plan)
        });
        let made = self.outputs().generated;
        let made = made.map_or_else(Vec::new, |rows| (0..rows.rows()).flat_map(|row| dataset.plane.project(rows.row(row))).collect());
        let inputs = &self.batch.inputs;
        let Batch { points, labels, .. } = &self.batch;
        let row = |row: usize| rows[row * dim..(row + 1) * dim].iter().copied();
        let similarities = Similarities::new(dim, points, labels, config.positive_rows(), MEASURED_PAIRS, row);
        StepTrace {
            step: state.step,
            told,
            fingerprint,
            divergence: self.divergence,
            points: self.batch.points,
            places: (0..inputs.rows()).flat_map(|row| dataset.plane.project(inputs.row(row))).collect(),
            made,
            dim,
            raw,
            rows,
            forces,
            after: self.after.map_or_else(Vec::new, |(_, rows)| rows),
            reasons: self.reasons,
            similarities,
        }
    }

    /// The variant of a stage's sentence, and its quantities.
    fn tell(&self, stage: Stage, raw: &[f32], rows: &[f32]) -> (&'static str, Quantities) {
        let Trainer { config, plan, state, dataset, .. } = self.trainer;
        let dim = plan.width;
        let anchor = ("anchor", Quantity::Point(self.batch.points[self.pair]));
        match stage {
            Stage::Sample => {
                let points = dataset.labels.len();
                let epoch = state.step * self.pairs as u64 / points as u64 + 1;
                let variant = if self.pairs > points { "copies" } else { "" };
                (variant, vec![("count", count(self.pairs)), ("points", count(points)), ("epoch", Quantity::Count(epoch)), anchor])
            }
            Stage::Augment => self.tell_views(anchor),
            Stage::Encode => {
                let h = self.outputs().h;
                let [least, _, longest] = lengths(&h.to_rows(), plan.dim);
                let quantities = [("dim", count(plan.dim)), ("rows", count(h.rows()))];
                ("", [&quantities[..], &[("least", Quantity::Real(least)), ("longest", Quantity::Real(longest))]].concat())
            }
            Stage::Project => {
                let [least, _, longest] = lengths(raw, dim);
                ("", vec![("dim", count(dim)), ("least", Quantity::Real(least)), ("longest", Quantity::Real(longest))])
            }
            Stage::Target => {
                let values = &state.values[..state.target.len()];
                let gap = distance(values, &state.target) / norm(values).max(f32::MIN_POSITIVE);
                ("", vec![("rows", count(self.outputs().target.rows())), ("gap", Quantity::Real(100.0 * gap))])
            }
            Stage::Predict => ("", vec![("rows", count(self.outputs().p.rows())), ("dim", count(dim))]),
            Stage::Normalise => ("", vec![anchor, ("length", Quantity::Real(norm(&raw[self.pair * dim..(self.pair + 1) * dim])))]),
            Stage::Generate => {
                ("", vec![("rows", count(self.outputs().generated.map_or(0, Matrix::rows))), ("dim", count(NOISE_DIMENSION))])
            }
            Stage::Draw => {
                let latents = self.reasons.iter().filter_map(|reasons| reasons.rebuilt.as_ref()).flat_map(|rebuilt| &rebuilt.latents);
                let deviations = latents.map(|latent| latent.deviation);
                let (least, most) =
                    deviations.fold((f32::INFINITY, 0.0f32), |(least, most), deviation| (least.min(deviation), most.max(deviation)));
                let numbers = [("least", least), ("longest", most)].map(|(name, value)| (name, Quantity::Real(value)));
                ("", [&[anchor, ("kl", self.measured(Measure::Divergence))][..], &numbers].concat())
            }
            Stage::Decode => {
                let errors = self.reasons.iter().filter_map(|reasons| reasons.rebuilt.as_ref()).flat_map(|rebuilt| &rebuilt.errors);
                let distance = errors.sum::<f32>().sqrt();
                let (rows, columns) = self.outputs().generated.map_or((0, 0), |rows| (rows.rows(), rows.columns()));
                let shape = [("rows", count(rows)), ("dim", count(columns)), anchor];
                let numbers = [("distance", Quantity::Real(distance)), ("mean", self.measured(Measure::Reconstruction))];
                ("", [&shape[..], &numbers].concat())
            }
            Stage::Judge => {
                let percent = |measure| match self.measured(measure) {
                    Quantity::Real(share) => Quantity::Real(100.0 * share),
                    other => other,
                };
                ("", vec![("real", percent(Measure::RealScore)), ("made", percent(Measure::MadeScore))])
            }
            Stage::Compare => method::compare(&self.telling()),
            Stage::Codes => self.tell_codes(anchor),
            Stage::Loss => {
                let loss = ("loss", Quantity::Real(self.terms.loss));
                if let Some(counts) = self.terms.triplets {
                    return ("triplet", vec![loss, ("active", Quantity::Count(counts.active)), ("mined", Quantity::Count(counts.mined))]);
                }
                if plan.wiring.family == Family::Adversarial {
                    return ("game", vec![loss, ("generator", self.measured(Measure::GeneratorLoss))]);
                }
                match self.reasons.as_ref().and_then(|reasons| reasons.loss) {
                    Some(own) => ("own", vec![loss, anchor, ("own", Quantity::Real(own))]),
                    None => ("", vec![loss]),
                }
            }
            Stage::Gradient => {
                let mut quantities = vec![("weights", count(plan.parameter_count())), ("norm", Quantity::Real(self.gradient_norm))];
                let Some(reasons) = &self.reasons else { return ("", quantities) };
                let forces = reasons.forces(Turn::Both);
                quantities.extend([anchor, ("pull", Quantity::Real(norm(&forces.pull)))]);
                if norm(&forces.push) == 0.0 {
                    return ("pull", quantities);
                }
                quantities.push(("push", Quantity::Real(norm(&forces.push))));
                ("both", quantities)
            }
            Stage::Move => {
                let lr = ("lr", Quantity::Real(config.lr));
                let Some((after, moved)) = &self.after else { return ("diverges", vec![lr]) };
                let length = distance(&self.moved.values, &state.values);
                let [before, now] = [rows, moved].map(|rows| &rows[self.pair * dim..(self.pair + 1) * dim]);
                let mut quantities = vec![
                    lr,
                    ("length", Quantity::Real(length)),
                    ("loss", Quantity::Real(self.terms.loss)),
                    ("after", Quantity::Real(*after)),
                    anchor,
                ];
                if config.compared() == Similarity::Cosine {
                    // More exact for small angles than the cosine is.
                    let angle = 2.0 * libm::asinf((0.5 * distance(before, now)).min(1.0));
                    quantities.push(("angle", Quantity::Real(angle.to_degrees())));
                    return ("turns", quantities);
                }
                quantities.push(("distance", Quantity::Real(distance(before, now))));
                ("", quantities)
            }
            Stage::Follow => {
                ("", vec![("kept", Quantity::Real(100.0 * config.ema)), ("taken", Quantity::Real(100.0 * (1.0 - config.ema)))])
            }
            Stage::Keep => method::keep(&self.telling()),
        }
    }

    fn tell_views(&self, anchor: (&'static str, Quantity)) -> (&'static str, Quantities) {
        let Trainer { config, dataset, .. } = self.trainer;
        let inputs = &self.batch.inputs;
        let (a, b) = (self.pair, self.pairs + self.pair);
        match config.positives {
            Positives::Labels => ("labels", vec![anchor, ("positive", Quantity::Point(self.batch.points[b]))]),
            Positives::Dropout => ("dropout", vec![("rows", count(2 * self.pairs))]),
            Positives::Views => {
                let from_point = |row: usize| distance(inputs.row(row), dataset.inputs.row(self.batch.points[row] as usize));
                let mean = (0..inputs.rows()).map(from_point).sum::<f32>() / inputs.rows() as f32;
                let distance = distance(inputs.row(a), inputs.row(b));
                let numbers = [("mean", Quantity::Real(mean)), ("distance", Quantity::Real(distance))];
                ("", [&[("rows", count(2 * self.pairs)), anchor][..], &numbers].concat())
            }
        }
    }

    /// A measure of the step.
    fn measured(&self, measure: Measure) -> Quantity {
        Quantity::Real(self.terms.measures.get(measure).unwrap_or(f32::NAN))
    }

    /// What a method tells of.
    fn telling(&self) -> Telling<'_> {
        let Trainer { config, plan, .. } = self.trainer;
        let anchor = self.batch.points[self.pair];
        Telling { config, width: plan.width, pairs: self.pairs, anchor, terms: &self.terms, reasons: self.reasons.as_ref() }
    }

    fn tell_codes(&self, anchor: (&'static str, Quantity)) -> (&'static str, Quantities) {
        let candidates = self.reasons.as_ref().map_or(&[][..], |reasons| &reasons.candidates);
        let code = |other: &Candidate| other.code.unwrap_or(0.0);
        let strongest = candidates.iter().max_by(|a, b| code(a).total_cmp(&code(b)));
        let number = ("number", Quantity::Count(strongest.map_or(0, |other| u64::from(other.index) + 1)));
        let all = ("count", count(candidates.len()));
        if self.trainer.plan.prototypes.is_some() {
            ("", vec![all, anchor, ("code", Quantity::Real(100.0 * strongest.map_or(f32::NAN, code))), number])
        } else {
            ("clusters", vec![anchor, number, all])
        }
    }
}
