//! The loss's formula with the numbers in force.

use super::count::grouped;
use crate::app::theme::{Tokens, math, math_upright};
use crate::app::words::Language;
use crate::learn::config::{Config, PositiveRows, Rebuild, Reduction};
use crate::learn::report::{self, Anchors, Candidates, Formula, Height, Ink, Kind, Terms, Written};
use eframe::egui::{Color32, CornerRadius, FontId, Galley, Painter, Pos2, Role, Sense, Stroke, Ui, Vec2, WidgetInfo};
use std::sync::Arc;

/// A piece of a formula.
enum Piece {
    /// Text at a size relative to the formula's, raised by a share of it.
    Text { text: String, color: Color32, scale: f32, raise: f32 },
    /// One row over another.
    Fraction(Vec<Piece>, Vec<Piece>),
}

/// Colours and words of the pieces.
struct Writer {
    tokens: Tokens,
}

impl Writer {
    fn plain(&self, text: &str) -> Piece {
        Piece::Text { text: text.to_owned(), color: self.tokens.ink, scale: 1.0, raise: 0.0 }
    }

    fn colored(text: &str, color: Color32) -> Piece {
        Piece::Text { text: text.to_owned(), color, scale: 1.0, raise: 0.0 }
    }

    fn raised(text: &str, color: Color32) -> Piece {
        Piece::Text { text: text.to_owned(), color, scale: 0.74, raise: 0.36 }
    }

    fn lowered(text: &str, color: Color32) -> Piece {
        Piece::Text { text: text.to_owned(), color, scale: 0.66, raise: -0.22 }
    }

    /// The loss and its value.
    fn pieces(&self, formula: &Formula, value: &str) -> Vec<Piece> {
        let mut pieces = match formula.kind {
            Kind::Softmax { anchors, positives, negatives, kept, coupled, tau, .. } => {
                self.softmax(anchors, positives, kept.or(negatives), coupled, tau)
            }
            Kind::Margin { squared, alpha, reduction, .. } => self.margin(squared, alpha, reduction),
            Kind::AlignUniform { weight, .. } => self.align_uniform(weight),
            Kind::Queue { queue, tau, .. } => self.queue(queue, tau),
            Kind::Prediction { slow, .. } => self.prediction(slow),
            Kind::Codes { tau, .. } => self.codes(tau),
            Kind::Correlation { lambda } => self.correlation(lambda),
            Kind::Covariance { invariance, variance, covariance } => self.covariance([invariance, variance, covariance]),
            Kind::Rebuilding { target, .. } => self.rebuilding(target),
            Kind::Variational { sigma, beta, target, .. } => self.variational(sigma, beta, target),
            Kind::Game { .. } => self.game(),
            Kind::Written(Written { pieces, .. }) => pieces().iter().map(|piece| self.written(piece)).collect(),
        };
        pieces.push(self.plain(&format!("  =  {value}")));
        pieces
    }

    /// A piece that a loss has written itself.
    fn written(&self, piece: &report::Piece) -> Piece {
        let Tokens { positive, negative, accent, ink, .. } = self.tokens;
        let color = match piece.ink {
            Ink::Plain => ink,
            Ink::Pull => positive,
            Ink::Push => negative,
            Ink::Movable => accent,
        };
        match piece.height {
            Height::On => Self::colored(&piece.text, color),
            Height::Lowered => Self::lowered(&piece.text, color),
        }
    }

    fn softmax(&self, anchors: Anchors, positives: PositiveRows, negatives: Option<usize>, coupled: bool, tau: f32) -> Vec<Piece> {
        let Tokens { positive, negative, accent, ink, .. } = self.tokens;
        let tau = format!("/{}", short(tau));
        let exponent = |other: &str, color| vec![Self::colored("e", color), Self::raised(other, color), Self::raised(&tau, accent)];
        let mut below = Vec::new();
        if coupled {
            if positives == PositiveRows::Label {
                // All positives of the anchor stand in the denominator.
                below.extend([Self::colored("Σ", positive), Self::lowered("P", positive)]);
            }
            below.extend(exponent("z·z⁺", positive));
            below.push(self.plain(" + "));
        }
        below.push(self.plain("Σ"));
        below.push(Self::lowered(&negatives.map_or_else(|| "K".to_owned(), |count| count.to_string()), negative));
        below.extend(exponent("z·z⁻", negative));
        let mut pieces = vec![self.plain(if anchors == Anchors::BothViews { "− ½ Σ" } else { "− " })];
        if anchors == Anchors::BothViews {
            pieces.push(Self::lowered("a→b, b→a", ink));
        }
        if positives == PositiveRows::Label {
            pieces.push(Piece::Fraction(vec![self.plain("1")], vec![self.plain("|P|")]));
            pieces.extend([self.plain("Σ"), Self::lowered("P", positive)]);
        }
        pieces.push(self.plain(" log "));
        pieces.push(Piece::Fraction(exponent("z·z⁺", positive), below));
        pieces
    }

    /// |z_a - z_b|^2 + w ln mean e^(-2 |z - z'|^2)
    fn align_uniform(&self, weight: f32) -> Vec<Piece> {
        let Tokens { positive, negative, accent, .. } = self.tokens;
        let distance = |names: [&str; 2], marks: [&str; 2], color| {
            let mut pieces = vec![Self::colored("|", color)];
            for (index, (name, mark)) in names.into_iter().zip(marks).enumerate() {
                if index > 0 {
                    pieces.push(Self::colored(" − ", color));
                }
                pieces.push(Self::colored(name, color));
                pieces.push(Self::lowered(mark, color));
            }
            pieces.extend([Self::colored("|", color), Self::raised("2", color)]);
            pieces
        };
        let mut pieces = distance(["z", "z"], ["a", "b"], positive);
        pieces.push(self.plain(" + "));
        pieces.push(Self::colored(&short(weight), accent));
        pieces.push(self.plain(" ln Ø "));
        pieces.extend([Self::colored("e", negative), Self::raised("−2|z − z′|²", negative)]);
        pieces
    }

    /// The softmax over a key and the queue.
    fn queue(&self, queue: usize, tau: f32) -> Vec<Piece> {
        let Tokens { positive, negative, accent, .. } = self.tokens;
        let tau = format!("/{}", short(tau));
        let exponent = |other: &str, color| vec![Self::colored("e", color), Self::raised(other, color), Self::raised(&tau, accent)];
        let mut below = exponent("q·k⁺", positive);
        below.push(self.plain(" + Σ"));
        below.push(Self::lowered(&queue.to_string(), negative));
        below.extend(exponent("q·k⁻", negative));
        vec![self.plain("− "), self.plain(" log "), Piece::Fraction(exponent("q·k⁺", positive), below)]
    }

    /// 2 - 2 cos(p_a, z'_b), both directions; or minus the mean of both cosines.
    fn prediction(&self, slow: bool) -> Vec<Piece> {
        let Tokens { positive, ink, .. } = self.tokens;
        let target = if slow { "z′" } else { "z" };
        let cosine = |from: &str, to: &str| {
            vec![
                self.plain("cos("),
                Self::colored("p", positive),
                Self::lowered(from, positive),
                self.plain(", "),
                Self::colored(target, ink),
                Self::lowered(to, ink),
                self.plain(")"),
            ]
        };
        let mut pieces = vec![self.plain(if slow { "4 − 2 " } else { "− ½ " })];
        pieces.extend(cosine("a", "b"));
        pieces.push(self.plain(if slow { " − 2 " } else { " − ½ " }));
        pieces.extend(cosine("b", "a"));
        pieces
    }

    /// - sum q log softmax(z.c / tau)
    fn codes(&self, tau: f32) -> Vec<Piece> {
        let Tokens { positive, accent, ink, .. } = self.tokens;
        vec![
            self.plain("− Σ"),
            Self::lowered("k", ink),
            Self::colored(" q", positive),
            Self::lowered("k", positive),
            self.plain(" log softmax("),
            Self::colored("z·c", ink),
            Self::colored(&format!("/{}", short(tau)), accent),
            self.plain(")"),
            Self::lowered("k", ink),
        ]
    }

    /// sum (1 - c_ii)^2 + lambda sum c_ij^2
    fn correlation(&self, lambda: f32) -> Vec<Piece> {
        let Tokens { positive, negative, accent, .. } = self.tokens;
        vec![
            self.plain("Σ (1 − "),
            Self::colored("c", positive),
            Self::lowered("ii", positive),
            self.plain(")"),
            Self::raised("2", self.tokens.ink),
            self.plain(" + "),
            Self::colored(&short(lambda), accent),
            self.plain(" Σ "),
            Self::colored("c", negative),
            Self::lowered("ij", negative),
            Self::raised("2", negative),
        ]
    }

    /// The weights of invariance, variance and covariance.
    fn covariance(&self, weights: [f32; 3]) -> Vec<Piece> {
        let Tokens { positive, negative, accent, ink, .. } = self.tokens;
        let mut pieces = Vec::new();
        for (weight, (name, color)) in weights.into_iter().zip([("s", positive), ("v", ink), ("c", negative)]) {
            if !pieces.is_empty() {
                pieces.push(self.plain(" + "));
            }
            pieces.push(Self::colored(&short(weight), accent));
            pieces.push(Self::colored(&format!(" {name}"), color));
        }
        pieces
    }

    /// |x' - x|^2, where x is what should come back.
    fn difference(&self, target: Rebuild) -> Vec<Piece> {
        let Tokens { positive, ink, .. } = self.tokens;
        let wanted: &[(&str, bool)] = match target {
            Rebuild::View => &[("x", false)],
            Rebuild::Clean => &[("x", false), ("0", true)],
            Rebuild::Other => &[("x", false), ("b", true)],
        };
        let mut pieces = vec![self.plain("|"), Self::colored("x′", positive), self.plain(" − ")];
        pieces.extend(wanted.iter().map(|(text, low)| if *low { Self::lowered(text, ink) } else { Self::colored(text, ink) }));
        pieces.extend([self.plain("|"), Self::raised("2", ink)]);
        pieces
    }

    /// The mean of |x' - x|^2.
    fn rebuilding(&self, target: Rebuild) -> Vec<Piece> {
        let mut pieces = vec![Piece::Fraction(vec![self.plain("1")], vec![Self::colored("D", self.tokens.ink)])];
        pieces.extend(self.difference(target));
        pieces
    }

    /// |x' - x|^2 / (2 sigma^2) + beta KL
    fn variational(&self, sigma: f32, beta: f32, target: Rebuild) -> Vec<Piece> {
        let Tokens { negative, accent, ink, .. } = self.tokens;
        let below = vec![self.plain("2 · "), Self::colored(&short(sigma), accent), Self::raised("2", ink)];
        vec![
            Piece::Fraction(self.difference(target), below),
            self.plain(" + "),
            Self::colored(&short(beta), accent),
            Self::colored(" KL", negative),
        ]
    }

    /// -ln D(x) - ln(1 - D(G(n)))
    fn game(&self) -> Vec<Piece> {
        let Tokens { positive, negative, .. } = self.tokens;
        vec![
            self.plain("− ln "),
            Self::colored("D", positive),
            self.plain("("),
            Self::colored("x", positive),
            self.plain(") − ln( 1 − "),
            Self::colored("D", negative),
            self.plain("("),
            Self::colored("x′", negative),
            self.plain(") )"),
        ]
    }

    fn margin(&self, squared: bool, alpha: f32, reduction: Reduction) -> Vec<Piece> {
        let Tokens { positive, negative, accent, .. } = self.tokens;
        let mut pieces = Vec::new();
        match reduction {
            Reduction::Sum => {}
            Reduction::All => pieces.push(Piece::Fraction(vec![self.plain("1")], vec![self.plain("|T|")])),
            Reduction::Active => pieces.push(Piece::Fraction(
                vec![self.plain("1")],
                vec![self.plain("|T"), Self::lowered(">0", self.tokens.ink), self.plain("|")],
            )),
        }
        pieces.push(self.plain("Σ"));
        pieces.push(Self::lowered("T", self.tokens.ink));
        pieces.push(self.plain(" max( 0, "));
        for (sign, color) in [("+", positive), ("−", negative)] {
            pieces.extend([Self::colored("d", color), Self::lowered(sign, color)]);
            if squared {
                pieces.push(Self::raised("2", color));
            }
            pieces.push(self.plain(if sign == "+" { " − " } else { " + " }));
        }
        pieces.push(Self::colored(&short(alpha), accent));
        pieces.push(self.plain(" )"));
        pieces
    }
}

/// What the letters of a formula stand for: rows, anchors, negatives or triplets, with their numbers.
pub fn legend(formula: &Formula, config: &Config, terms: &Terms, language: Language) -> String {
    let rows = language.get(if formula.normalised { "ui.formula_unit_rows" } else { "ui.formula_raw_rows" });
    let pairs = config.batch as usize;
    let number = |key: &str, count: usize| language.fill(key, &[("count", &grouped(count as u64))]);
    match formula.kind {
        Kind::Softmax { anchors, positives, candidates, negatives, kept, .. } => {
            let asks = match anchors {
                Anchors::All => number("ui.formula_all_anchors", 2 * pairs),
                Anchors::ViewA => number("ui.formula_view_a_anchors", pairs),
                Anchors::BothViews => number("ui.formula_both_anchors", pairs),
            };
            let against = match (positives, candidates, negatives) {
                (PositiveRows::Label, ..) | (_, _, None) => language.get("ui.formula_label_negatives").to_owned(),
                (_, Candidates::AllRows, Some(count)) => number("ui.formula_all_negatives", count),
                (_, Candidates::OtherView, Some(count)) => number("ui.formula_view_negatives", count),
            };
            let kept = kept.map(|kept| number("ui.formula_kept", kept));
            [Some(asks), Some(against), kept, Some(rows.to_owned())].into_iter().flatten().collect::<Vec<_>>().join(" · ")
        }
        Kind::Margin { reduction, .. } => {
            let (key, count) = match reduction {
                Reduction::Active => ("ui.formula_active_triplets", terms.triplets.map(|counts| counts.active)),
                Reduction::All => ("ui.formula_mined_triplets", terms.triplets.map(|counts| counts.mined)),
                Reduction::Sum => ("ui.formula_summed_triplets", terms.triplets.map(|counts| counts.mined)),
            };
            let triplets = language.fill(key, &[("count", &count.map_or_else(|| "…".to_owned(), grouped))]);
            format!("{triplets} · {rows}")
        }
        Kind::AlignUniform { pairs, .. } => format!("{} · {rows}", number("ui.formula_pairs", pairs)),
        Kind::Queue { pairs, queue, .. } => {
            [number("ui.formula_queries", pairs), number("ui.formula_queue", queue), rows.to_owned()].join(" · ")
        }
        Kind::Prediction { pairs, slow, stops } => {
            let target = language.get(match (slow, stops) {
                (true, _) => "ui.formula_slow_target",
                (false, true) => "ui.formula_stopped_target",
                (false, false) => "ui.formula_moving_target",
            });
            format!("{} · {target}", number("ui.formula_pairs", pairs))
        }
        Kind::Codes { pairs, prototypes, swapped, .. } => {
            let codes = number(if swapped { "ui.formula_codes" } else { "ui.formula_clusters" }, prototypes);
            format!("{} · {codes}", number("ui.formula_rows", 2 * pairs))
        }
        Kind::Correlation { .. } => language.get("ui.formula_correlation").to_owned(),
        Kind::Covariance { .. } => language.get("ui.formula_covariance").to_owned(),
        Kind::Rebuilding { rows, dimension, target } => {
            let key = rebuilt(target);
            format!(
                "{} · {}",
                language.get(key),
                language.fill("ui.formula_means", &[("rows", &grouped(rows as u64)), ("dimension", &dimension.to_string())])
            )
        }
        Kind::Variational { rows, target, .. } => {
            format!("{} · {} · {}", language.get(rebuilt(target)), language.get("ui.formula_prior"), number("ui.formula_rows", rows))
        }
        Kind::Written(Written { legend, .. }) => {
            let counted = legend.iter().map(|entry| entry(config)).map(|(key, count)| number(key, count));
            counted.chain([rows.to_owned()]).collect::<Vec<_>>().join(" · ")
        }
        Kind::Game { rows, saturating } => {
            let generator = language.get(if saturating { "ui.formula_minimax" } else { "ui.formula_nonsaturating" });
            format!("{} · {generator}", number("ui.formula_game", rows))
        }
    }
}

/// What the letters of what a decoder gives back stand for.
fn rebuilt(target: Rebuild) -> &'static str {
    match target {
        Rebuild::View => "ui.formula_rebuilds_view",
        Rebuild::Clean => "ui.formula_rebuilds_point",
        Rebuild::Other => "ui.formula_rebuilds_other",
    }
}

/// A parameter's value with two or three significant digits.
fn short(value: f32) -> String {
    if value < 0.1 { format!("{value:.3}") } else { format!("{value:.2}") }
}

/// Shows the formula in a quiet box; `description` is what a screen reader says.
pub fn formula(ui: &mut Ui, formula: &Formula, value: &str, description: &str) {
    let writer = Writer { tokens: Tokens::current(ui.ctx()) };
    let (rect, response) = ui.allocate_exact_size(Vec2::new(ui.available_width(), 68.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, description));
    ui.painter().rect_filled(rect, CornerRadius::same(9), writer.tokens.field);
    let pieces = writer.pieces(formula, value);
    // As large as fits.
    let size = 19.0;
    let room = rect.width() - 16.0;
    let mut row = Row::set(ui.painter(), &pieces, size);
    if row.width > room {
        row = Row::set(ui.painter(), &pieces, size * room / row.width);
    }
    row.draw(ui.painter(), Pos2::new(rect.center().x - row.width / 2.0, rect.center().y), writer.tokens.ink);
}

/// Variables are italic; numbers, operators and the names of functions upright.
fn font(text: &str, size: f32) -> FontId {
    let variable = text.chars().next().is_some_and(char::is_alphabetic) && !text.contains(['(', 'Σ', '|']);
    FontId::new(size, if variable { math() } else { math_upright() })
}

/// Pieces side by side, set in a size.
struct Row {
    width: f32,
    size: f32,
    parts: Vec<Part>,
}

/// A piece that is set.
enum Part {
    /// Text, raised by so many points.
    Text { galley: Arc<Galley>, color: Color32, raise: f32 },
    /// One row over another.
    Fraction { above: Row, below: Row },
}

impl Part {
    fn width(&self) -> f32 {
        match self {
            Self::Text { galley, .. } => galley.size().x,
            Self::Fraction { above, below } => above.width.max(below.width) + 4.0,
        }
    }
}

impl Row {
    fn set(painter: &Painter, pieces: &[Piece], size: f32) -> Self {
        let part = |piece: &Piece| match piece {
            Piece::Text { text, color, scale, raise } => {
                let galley = painter.layout_no_wrap(text.clone(), font(text, size * scale), *color);
                Part::Text { galley, color: *color, raise: raise * size }
            }
            Piece::Fraction(above, below) => {
                let [above, below] = [above, below].map(|row| Self::set(painter, row, size * 0.86));
                Part::Fraction { above, below }
            }
        };
        let parts: Vec<Part> = pieces.iter().map(part).collect();
        Self { width: parts.iter().map(Part::width).sum(), size, parts }
    }

    /// Draws from `start`, the middle of the line's height.
    fn draw(&self, painter: &Painter, start: Pos2, ink: Color32) {
        let mut x = start.x;
        for part in &self.parts {
            let width = part.width();
            match part {
                Part::Text { galley, color, raise } => {
                    painter.galley(Pos2::new(x, start.y - galley.size().y / 2.0 - raise), galley.clone(), *color);
                }
                Part::Fraction { above, below } => {
                    painter.hline(x..=x + width, start.y, Stroke::new(1.2, ink));
                    for (row, middle) in [(above, start.y - above.size * 0.72), (below, start.y + below.size * 0.86)] {
                        row.draw(painter, Pos2::new(x + (width - row.width) / 2.0, middle), ink);
                    }
                }
            }
            x += width;
        }
    }
}
