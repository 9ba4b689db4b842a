//! The sigmoid loss of `SigLIP` (Zhai et al. 2023, arXiv 2303.15343): each row of view a and each of view b are a yes-or-no question of their own,
//! without a softmax over the batch.
//!
//!   L = -1/N sum_i sum_j log sigmoid(y_ij (t a_i.b_j + b)),   y_ij = 1 for i = j and -1 else,   t = e^t'
//!
//! t' and b are trained with the networks. The sign of b is that of the authors' code; the paper's equation has it turned.

use super::pair::{Asked, PairLoss};
use crate::config::{Config, Similarity};
use crate::kernels::exp;
use crate::report::{About, Ink, Kind, Line, Measure, Piece, Quantities, Quantity, Reasons, Telling, Terms, WhyAsked, Written};
use crate::rows::{Rows, Watch};

/// The sigmoid loss, with its scratch memory: one row's similarities with the rows of the other view, later the derivatives by them.
#[derive(Clone, Debug, Default)]
pub struct SigLip {
    slopes: Vec<f32>,
}

/// Returns -log sigmoid(x), and the derivative of it by x.
fn term(x: f32) -> (f32, f32) {
    let power = exp(-x.abs());
    let loss = (-x).max(0.0) + libm::log1pf(power);
    // sigmoid(x) - 1 = -sigmoid(-x).
    let slope = if x >= 0.0 { -power / (1.0 + power) } else { -1.0 / (1.0 + power) };
    (loss, slope)
}

impl PairLoss for SigLip {
    const ABOUT: About = About {
        headline: "loss_scale",
        convention: |config| vec![("loss", config.loss.word()), ("similarity", config.similarity.word())],
        measures_raw_rows: false,
        has_turns: true,
        ..About::PLAIN
    };
    const HAS_LOGITS: bool = true;

    fn trained(config: &Config) -> Vec<f32> {
        vec![libm::logf(config.scale), config.bias]
    }

    fn evaluate(&mut self, asked: Asked<'_>, rows: &mut Rows, by_trained: &mut [f32], mut watch: Option<&mut Watch>) -> Terms {
        let (scale, bias) = (libm::expf(asked.trained[0]), asked.trained[1]);
        let pairs = rows.pairs();
        let span = rows.view_places(1);
        let share = 1.0 / pairs as f32;
        self.slopes.resize(rows.places(), 0.0);
        let (mut loss, mut by_log_scale, mut by_bias) = (0.0, 0.0, 0.0);
        for anchor in 0..pairs {
            let place = rows.place(anchor);
            rows.similarities(place..place + 1, 1.0, span.clone(), &mut self.slopes);
            self.slopes[span.clone()][pairs..].fill(0.0);
            for (other, slope) in self.slopes[span.clone()][..pairs].iter_mut().enumerate() {
                let (similarity, sign) = (*slope, if other == anchor { 1.0 } else { -1.0 });
                let (own, by_logit) = term(sign * (scale * similarity + bias));
                loss += f64::from(own);
                let by_logit = share * sign * by_logit;
                by_log_scale += f64::from(by_logit * scale * similarity);
                by_bias += f64::from(by_logit);
                *slope = by_logit * scale;
                if let Some(watch) = watch.as_deref_mut().filter(|watch| watch.row == anchor) {
                    watch.logits[pairs + other] = Some(scale * similarity + bias);
                }
            }
            rows.add_similarity_gradient(place..place + 1, span.clone(), &self.slopes);
            if let Some(watch) = &mut watch {
                let slopes = &self.slopes;
                watch.note(anchor, |row| if row < pairs { 0.0 } else { slopes[rows.place(row)] });
            }
        }
        if let [own_log_scale, own_bias] = by_trained {
            (*own_log_scale, *own_bias) = (by_log_scale as f32, by_bias as f32);
        }
        let mut terms = Terms { loss: (loss / pairs as f64) as f32, ..Terms::default() };
        terms.measures.set(Measure::LossScale, scale);
        terms.measures.set(Measure::LossBias, bias);
        terms
    }

    /// The anchor's own loss is the sum of its questions' losses. The loss of the batch is the mean of these.
    fn settle(_: &Config, logits: &[Option<f64>], reasons: &mut Reasons) {
        let signs = reasons.candidates.iter().map(|other| if other.positive { 1.0 } else { -1.0 });
        let losses = logits.iter().zip(signs).filter_map(|(logit, sign)| Some(term(sign * ((*logit)? as f32)).0));
        reasons.loss = Some(losses.sum());
    }

    /// The loss of a positive and of the questions with all rows, with the first values of t and b.
    fn loss_at(config: &Config, anchor: &[f32], others: &[f32]) -> f32 {
        let dot = |other: &[f32]| anchor.iter().zip(other).map(|(a, b)| a * b).sum::<f32>();
        let own = if config.similarity == Similarity::Cosine { 1.0 } else { dot(anchor) };
        let question = |sign: f32, similarity: f32| term(sign * (config.scale * similarity + config.bias)).0;
        question(1.0, own) + others.chunks_exact(anchor.len()).map(|other| question(-1.0, dot(other))).sum::<f32>()
    }

    fn formula(_: &Config) -> Kind {
        Kind::Written(Written {
            pieces: || {
                let term = |sign: &str, bias: &str, index: &str, ink: Ink| {
                    [
                        Piece::plain(&format!(" log σ( {sign}")),
                        Piece::variable("t", Ink::Movable),
                        Piece::variable(" z·z", ink),
                        Piece::lowered(index, ink),
                        Piece::plain(bias),
                        Piece::variable("b", Ink::Movable),
                        Piece::plain(" )"),
                    ]
                };
                let positive = term("", " + ", "+", Ink::Pull);
                let negative = term("−", " − ", "−", Ink::Push);
                [Piece::plain("−")].into_iter().chain(positive).chain([Piece::plain(" − Σ")]).chain(negative).collect()
            },
            legend: &[
                |config| ("ui.formula_view_a_anchors", config.batch as usize),
                |config| ("ui.formula_view_negatives", config.batch as usize - 1),
            ],
        })
    }

    fn why(asked: &WhyAsked<'_>) -> Vec<Line> {
        let Some(positive) = asked.reasons.candidates.iter().find(|other| other.positive) else { return asked.plain() };
        let general = vec![
            Piece::plain("− log "),
            Piece::variable("σ", Ink::Plain),
            Piece::plain("( "),
            Piece::variable("t", Ink::Movable),
            Piece::plain(" "),
            Piece::variable("s", Ink::Pull),
            Piece::plain("₊ + "),
            Piece::variable("b", Ink::Movable),
            Piece::plain(" ) − Σ log "),
            Piece::variable("σ", Ink::Plain),
            Piece::plain("( −"),
            Piece::variable("t", Ink::Movable),
            Piece::plain(" "),
            Piece::variable("s", Ink::Push),
            Piece::plain("₋ − "),
            Piece::variable("b", Ink::Movable),
            Piece::plain(" )"),
        ];
        let cosine = Piece::number(positive.cosine, Ink::Pull);
        vec![
            general,
            vec![
                Piece::variable("s", Ink::Pull),
                Piece::plain("₊ = "),
                cosine,
                Piece::plain(",  "),
                Piece::variable("l", Ink::Plain),
                Piece::plain(" = "),
                Piece::number(asked.loss(), Ink::Plain),
            ],
        ]
    }

    fn compare(telling: &Telling<'_>) -> (&'static str, Quantities) {
        let positive = telling.reasons.and_then(|reasons| reasons.candidates.iter().find(|other| other.positive));
        let quantities = vec![
            ("pairs", Quantity::of_count(telling.pairs * telling.pairs)),
            telling.anchor(),
            ("positive", Quantity::Real(positive.map_or(f32::NAN, |other| other.cosine))),
            ("scale", telling.measured(Measure::LossScale)),
            ("bias", telling.measured(Measure::LossBias)),
        ];
        ("sigmoid", quantities)
    }
}
