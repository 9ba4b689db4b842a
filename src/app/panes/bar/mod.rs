//! What stands over and between the panes: the top bar, its menu and help, the stepper of slow motion, the question of how a sheet is cut.

pub mod help;
pub mod share;
pub mod sheet;
pub mod stepper;
pub mod top_bar;
