//! The interface's own pieces, all built from the tokens of the theme.

pub mod buttons;
pub mod card;
pub mod count;
pub mod formula;
pub mod help;
pub mod markers;
pub mod parameter;
pub mod slider;
