//! What a press on the plane does to points of one's own.

/// What a press on the plane does to the points.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tool {
    /// Asks of a point, or moves it.
    #[default]
    Move,
    /// Adds a point.
    Add,
    /// Sprays points.
    Brush,
    /// Takes points away.
    Erase,
}

impl Tool {
    /// Every tool, with its text.
    pub const ALL: [(Self, &'static str); 4] =
        [(Self::Move, "ui.draw_move"), (Self::Add, "ui.draw_add"), (Self::Brush, "ui.draw_brush"), (Self::Erase, "ui.draw_erase")];
}
