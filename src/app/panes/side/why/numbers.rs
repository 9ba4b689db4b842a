//! The anchor's loss with its numbers.

use crate::app::theme::{Tokens, math, math_upright};
use crate::app::words::Language;
use crate::learn::config::{InfoNce, MethodName};
use crate::learn::report::{Margin, Reasons, Snapshot};
use eframe::egui::{self, Color32, CornerRadius, FontId, Role, Sense, Ui, Vec2, WidgetInfo};

/// Size of the formula's letters.
const SIZE: f32 = 16.0;

/// A piece of a formula: text, colour, and whether it is a variable.
struct Piece(String, Color32, bool);

/// Shows the anchor's loss and its numbers in a field. Returns the place of the candidate whose term is under the pointer: of what pulls the chosen
/// positive, of what pushes the strongest negative.
pub(super) fn formula(
    ui: &mut Ui,
    language: Language,
    snapshot: &Snapshot,
    reasons: &Reasons,
    positive: usize,
    hovered: Option<usize>,
    tokens: &Tokens,
) -> Option<usize> {
    let lines = lines(snapshot, reasons, positive, hovered, tokens);
    let spoken: Vec<String> = lines.iter().map(|line| line.iter().map(|piece| piece.0.as_str()).collect()).collect();
    let spoken = format!("{} {}", language.get("ui.why_loss"), spoken.join(" "));
    let laid = |Piece(text, color, is_variable): Piece| {
        let font = FontId::new(SIZE, if is_variable { math() } else { math_upright() });
        (ui.painter().layout_no_wrap(text, font, color), color)
    };
    let lines: Vec<Vec<_>> = lines.into_iter().map(|line| line.into_iter().map(laid).collect()).collect();
    let tall = |line: &[(std::sync::Arc<egui::Galley>, Color32)]| line.iter().map(|(galley, _)| galley.size().y).fold(0.0, f32::max);
    let height = lines.iter().map(|line| tall(line) + 2.0).sum::<f32>() + 16.0;
    let (rect, response) = ui.allocate_exact_size(Vec2::new(ui.available_width(), height), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &spoken));
    ui.painter().rect_filled(rect, CornerRadius::same(9), tokens.field);
    let mut y = rect.min.y + 8.0;
    let mut pointed = None;
    for line in lines {
        let width: f32 = line.iter().map(|(galley, _)| galley.size().x).sum();
        let (mut x, bottom) = (rect.center().x - width / 2.0, y + tall(&line));
        for (galley, color) in line {
            let place = egui::Rect::from_min_size(egui::pos2(x, bottom - galley.size().y), galley.size());
            x = place.max.x;
            let meant = meant(reasons, positive, hovered, color, tokens);
            if meant.is_some() && response.hover_pos().is_some_and(|at| place.expand(1.0).contains(at)) {
                pointed = meant;
                ui.painter().hline(place.x_range(), place.max.y - 1.0, egui::Stroke::new(1.4, color));
            }
            ui.painter().galley(place.min, galley, color);
        }
        y = bottom + 2.0;
    }
    pointed
}

/// The candidate that a term of this colour stands for: the pane's own positive, or the negative whose numbers are shown.
fn meant(reasons: &Reasons, positive: usize, hovered: Option<usize>, color: Color32, tokens: &Tokens) -> Option<usize> {
    if color == tokens.positive {
        return reasons.positives().nth(positive);
    }
    if color != tokens.negative {
        return None;
    }
    let is_negative = |place: &usize| !reasons.candidates[*place].positive;
    if reasons.margin.is_some() {
        let found = reasons.triplets(positive)?;
        let shown = hovered.filter(|place| found.active.iter().any(|(other, ..)| other == place));
        return shown.or(found.active.first().map(|(place, ..)| *place));
    }
    hovered.filter(is_negative).or_else(|| reasons.by_strength().find(is_negative))
}

fn lines(snapshot: &Snapshot, reasons: &Reasons, positive: usize, hovered: Option<usize>, tokens: &Tokens) -> Vec<Vec<Piece>> {
    let ink = |text: &str| Piece(text.to_owned(), tokens.ink, false);
    let variable = |text: &str, color: Color32| Piece(text.to_owned(), color, true);
    let number = |value: f32, color: Color32| Piece(short(value), color, false);
    let (pulls, pushes) = (tokens.positive, tokens.negative);
    let config = &snapshot.config;
    if let Some(Margin { alpha, squared }) = reasons.margin {
        let Some(found) = reasons.triplets(positive) else { return vec![vec![ink("0")]] };
        let power = if squared { "²" } else { "" };
        let chosen = hovered.and_then(|place| found.active.iter().find(|(other, ..)| *other == place)).or(found.active.first());
        let general = vec![
            ink("max( 0, "),
            variable("d", pulls),
            ink(&format!("₊{power} − ")),
            variable("d", pushes),
            ink(&format!("₋{power} + ")),
            variable("α", tokens.accent),
            ink(" )"),
        ];
        let Some((_, far, loss)) = chosen else { return vec![general, vec![ink("= 0")]] };
        return vec![
            general,
            vec![
                ink("= "),
                number(found.distance, pulls),
                ink(" − "),
                number(*far, pushes),
                ink(" + "),
                number(alpha, tokens.accent),
                ink(" = "),
                number(*loss, tokens.ink),
            ],
        ];
    }
    let Some(loss) = reasons.loss else {
        return vec![vec![variable("L", tokens.ink), ink(" = "), number(reasons.batch_loss, tokens.ink)]];
    };
    match (reasons.positive_share, config.method) {
        (Some(share), MethodName::Pairs | MethodName::Moco) if config.infonce != InfoNce::Dcl || config.method == MethodName::Moco => {
            let positives = reasons.candidates.iter().filter(|other| other.positive && other.share.is_some()).count();
            // Where the share is too small for a number, its logarithm is not that of what would be shown.
            if positives == 1 && share > 0.0 {
                vec![
                    vec![
                        ink("− log "),
                        variable("p", pulls),
                        ink("₊ = − log "),
                        number(share, pulls),
                        ink(" = "),
                        number(loss, tokens.ink),
                    ],
                    vec![
                        variable("p", pulls),
                        ink("₊ + Σ "),
                        variable("p", pushes),
                        ink("₋ = "),
                        number(share, pulls),
                        ink(" + "),
                        number(1.0 - share, pushes),
                    ],
                ]
            } else {
                let mean = if positives == 1 { "− log " } else { "− mean log " };
                vec![vec![ink(mean), variable("p", pulls), ink("₊ = "), number(loss, tokens.ink)]]
            }
        }
        (None, MethodName::Byol | MethodName::SimSiam) => {
            let cosine = reasons.candidates.first().map_or(0.0, |target| target.cosine);
            let before = if config.method == MethodName::Byol { "2 − 2 · " } else { "− " };
            vec![
                vec![ink(before), ink("cos("), variable("p", tokens.ink), ink(", "), variable("z", pulls), ink(")")],
                vec![ink("= "), ink(before), number(cosine, pulls), ink(" = "), number(loss, tokens.ink)],
            ]
        }
        (_, MethodName::Swav | MethodName::DeepCluster) => {
            vec![vec![ink("− Σ "), variable("q", pulls), ink(" log "), variable("p", pushes), ink(" = "), number(loss, tokens.ink)]]
        }
        (_, MethodName::Autoencoder) => {
            vec![vec![ink("| "), variable("x′", pulls), ink(" − "), variable("x", tokens.ink), ink(" |² / D = "), number(loss, tokens.ink)]]
        }
        (_, MethodName::Vae) => {
            let rebuilt = reasons.rebuilt.as_ref();
            let divergence: f32 = rebuilt.iter().flat_map(|rebuilt| &rebuilt.latents).map(|latent| latent.divergence).sum();
            let prior = config.beta * divergence;
            vec![
                vec![
                    ink("| "),
                    variable("x′", pulls),
                    ink(" − "),
                    variable("x", tokens.ink),
                    ink(" |² / 2"),
                    variable("σ", tokens.accent),
                    ink("² + "),
                    variable("β", tokens.accent),
                    variable(" KL", pushes),
                ],
                vec![ink("= "), number(loss - prior, pulls), ink(" + "), number(prior, pushes), ink(" = "), number(loss, tokens.ink)],
            ]
        }
        (_, MethodName::Gan) => {
            let score = reasons.judged.map_or(0.0, |judged| judged.score);
            vec![vec![ink("− ln "), variable("D", pulls), ink(" = − ln "), number(score, pulls), ink(" = "), number(loss, tokens.ink)]]
        }
        _ => vec![vec![variable("l", tokens.ink), ink(" = "), number(loss, tokens.ink)]],
    }
}

/// A number with about three digits.
pub(super) fn short(value: f32) -> String {
    let text = match value.abs() {
        0.0 => "0".to_owned(),
        size if size < 0.001 => format!("{value:.1e}"),
        size if size < 0.1 => format!("{value:.4}"),
        size if size < 10.0 => format!("{value:.3}"),
        _ => format!("{value:.1}"),
    };
    text.replace('-', "−")
}
