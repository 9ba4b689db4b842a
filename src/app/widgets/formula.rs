//! The loss's formula with the numbers in force.

use crate::app::theme::{Tokens, math, math_upright};
use crate::learn::config::{Config, Distance, InfoNce, Loss};
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

    /// The loss of `config` and its value.
    fn pieces(&self, config: &Config, value: &str) -> Vec<Piece> {
        let Tokens { positive, negative, accent, .. } = self.tokens;
        let mut pieces = match config.loss {
            Loss::InfoNce => {
                let tau = format!("/{}", short(config.tau));
                let exponent = |other: &str, color| vec![Self::colored("e", color), Self::raised(other, color), Self::raised(&tau, accent)];
                let mut below = Vec::new();
                // The positives' own terms stand in every denominator; only their count differs.
                below.extend(exponent("z·z⁺", positive));
                below.push(self.plain(" + Σ "));
                below.extend(exponent("z·z⁻", negative));
                let front = match config.infonce {
                    _ if config.uses_supcon() => "− mean log ",
                    InfoNce::NtXent | InfoNce::OneSided | InfoNce::Both | InfoNce::SupCon => "− log ",
                };
                vec![self.plain(front), Piece::Fraction(exponent("z·z⁺", positive), below)]
            }
            Loss::Triplet => {
                let mut pieces = vec![self.plain("max( 0, ")];
                let power = |pieces: &mut Vec<Piece>, color| {
                    if config.distance == Distance::Squared {
                        pieces.push(Self::raised("2", color));
                    }
                };
                pieces.extend([Self::colored("d", positive), Self::lowered("+", positive)]);
                power(&mut pieces, positive);
                pieces.push(self.plain(" − "));
                pieces.extend([Self::colored("d", negative), Self::lowered("−", negative)]);
                power(&mut pieces, negative);
                pieces.push(self.plain(" + "));
                pieces.push(Self::colored(&short(config.alpha), accent));
                pieces.push(self.plain(" )"));
                pieces
            }
        };
        pieces.push(self.plain(&format!("  =  {value}")));
        pieces
    }
}

/// A parameter's value with two or three significant digits.
fn short(value: f32) -> String {
    if value < 0.1 { format!("{value:.3}") } else { format!("{value:.2}") }
}

/// Shows the formula in a quiet box; `description` is what a screen reader says.
pub fn formula(ui: &mut Ui, config: &Config, value: &str, description: &str) {
    let writer = Writer { tokens: Tokens::current(ui.ctx()) };
    let (rect, response) = ui.allocate_exact_size(Vec2::new(ui.available_width(), 68.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, description));
    ui.painter().rect_filled(rect, CornerRadius::same(9), writer.tokens.field);
    let pieces = writer.pieces(config, value);
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
    let variable = text.chars().next().is_some_and(char::is_alphabetic) && !text.contains(['(', 'Σ']);
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
