//! The loss's formula with the numbers in force.

use crate::app::theme::{Tokens, math, math_upright};
use crate::learn::config::{Config, Distance, InfoNce, Loss};
use eframe::egui::{Color32, CornerRadius, FontId, Painter, Pos2, Rect, Role, Sense, Stroke, Ui, Vec2, WidgetInfo};

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
    let mut size = 19.0;
    let width = width_of(ui.painter(), &pieces, size);
    if width > rect.width() - 16.0 {
        size *= (rect.width() - 16.0) / width;
    }
    let width = width_of(ui.painter(), &pieces, size);
    draw(ui.painter(), &pieces, Pos2::new(rect.center().x - width / 2.0, rect.center().y), size, writer.tokens.ink);
}

/// Variables are italic; numbers, operators and the names of functions upright.
fn font(text: &str, size: f32) -> FontId {
    let variable = text.chars().next().is_some_and(char::is_alphabetic) && !text.contains(['(', 'Σ']);
    FontId::new(size, if variable { math() } else { math_upright() })
}

fn width_of(painter: &Painter, pieces: &[Piece], size: f32) -> f32 {
    pieces
        .iter()
        .map(|piece| match piece {
            Piece::Text { text, scale, .. } => {
                painter.layout_no_wrap(text.clone(), font(text, size * scale), Color32::PLACEHOLDER).size().x
            }
            Piece::Fraction(above, below) => width_of(painter, above, size * 0.86).max(width_of(painter, below, size * 0.86)) + 4.0,
        })
        .sum()
}

/// Draws pieces from `start`, the middle of the line's height.
fn draw(painter: &Painter, pieces: &[Piece], start: Pos2, size: f32, ink: Color32) {
    let mut x = start.x;
    for piece in pieces {
        let width = width_of(painter, std::slice::from_ref(piece), size);
        match piece {
            Piece::Text { text, color, scale, raise } => {
                let galley = painter.layout_no_wrap(text.clone(), font(text, size * scale), *color);
                painter.galley(Pos2::new(x, start.y - galley.size().y / 2.0 - raise * size), galley, *color);
            }
            Piece::Fraction(above, below) => {
                let small = size * 0.86;
                let bar = Rect::from_min_size(Pos2::new(x, start.y), Vec2::new(width, 0.0));
                painter.hline(bar.x_range(), start.y, Stroke::new(1.2, ink));
                for (row, middle) in [(above, start.y - small * 0.72), (below, start.y + small * 0.86)] {
                    let offset = (width - width_of(painter, row, small)) / 2.0;
                    draw(painter, row, Pos2::new(x + offset, middle), small, ink);
                }
            }
        }
        x += width;
    }
}
