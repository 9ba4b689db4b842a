//! The panes: each a function of the model and of its own small state. What a user does becomes an
//! [`Action`](super::session::model::Action), carried out after drawing.

pub mod bar;
pub mod charts;
pub mod side;
pub mod spaces;
