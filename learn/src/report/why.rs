//! An anchor's own loss with its numbers, as pieces of a formula.

use super::Reasons;
use crate::config::Config;

/// What a piece of a formula stands for, which is how it is coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    /// Nothing in particular.
    Plain,
    /// What pulls.
    Pull,
    /// What pushes.
    Push,
    /// What a reader can move.
    Movable,
}

/// How a piece stands to its line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Height {
    /// On it.
    #[default]
    On,
    /// Below it, smaller.
    Lowered,
}

/// A piece of a formula.
#[derive(Clone, Debug, PartialEq)]
pub struct Piece {
    /// The text.
    pub text: String,
    /// What it stands for.
    pub ink: Ink,
    /// It is the name of a variable.
    pub is_variable: bool,
    /// How it stands.
    pub height: Height,
}

/// A line of a formula.
pub type Line = Vec<Piece>;

impl Piece {
    /// Signs and words between variables.
    pub fn plain(text: &str) -> Self {
        Self { text: text.to_owned(), ink: Ink::Plain, is_variable: false, height: Height::On }
    }

    /// The name of a variable.
    pub fn variable(text: &str, ink: Ink) -> Self {
        Self { text: text.to_owned(), ink, is_variable: true, height: Height::On }
    }

    /// An index.
    pub fn lowered(text: &str, ink: Ink) -> Self {
        Self { height: Height::Lowered, ..Self::variable(text, ink) }
    }

    /// A number.
    pub fn number(value: f32, ink: Ink) -> Self {
        Self { text: short(value), ink, is_variable: false, height: Height::On }
    }
}

/// What a method or a loss is asked.
#[derive(Clone, Copy, Debug)]
pub struct WhyAsked<'a> {
    /// The configuration in force.
    pub config: &'a Config,
    /// Why the anchor moves.
    pub reasons: &'a Reasons,
    /// The positive that is looked at, by its place among the positives.
    pub positive: usize,
    /// The candidate under the pointer, by its place.
    pub hovered: Option<usize>,
}

impl WhyAsked<'_> {
    /// The anchor's own loss; of a loss that is of the whole batch only, that.
    pub fn loss(&self) -> f32 {
        self.reasons.loss.unwrap_or(self.reasons.batch_loss)
    }

    /// The loss as a number, where nothing else is to be said of it: l of the anchor, or L of the batch.
    pub fn plain(&self) -> Vec<Line> {
        let name = if self.reasons.loss.is_some() { "l" } else { "L" };
        vec![vec![Piece::variable(name, Ink::Plain), Piece::plain(" = "), Piece::number(self.loss(), Ink::Plain)]]
    }
}

/// A number with about three digits.
pub fn short(value: f32) -> String {
    let text = match value.abs() {
        0.0 => "0".to_owned(),
        size if size < 0.001 => format!("{value:.1e}"),
        size if size < 0.1 => format!("{value:.4}"),
        size if size < 10.0 => format!("{value:.3}"),
        _ => format!("{value:.1}"),
    };
    text.replace('-', "−")
}
