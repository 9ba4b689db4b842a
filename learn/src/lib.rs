//! The science: data, views, networks, objectives, methods, optimisers, metrics and the trainer that joins them.
//!
//! Nothing here knows a window, a clock, a file or a thread, and there is no global state: a [`Trainer`] is built
//! from a [`Config`], stepped, and asked for a [`Snapshot`]. All arithmetic is `f32` in a fixed order (sums that
//! only report are `f64`), special functions are our own or `libm`'s, so a run has the same bits everywhere.

pub mod config;
pub mod data;
pub mod experiments;
pub mod health;
pub mod kernels;
pub mod matrix;
pub mod method;
pub mod metrics;
pub mod network;
pub mod objective;
pub mod optimizer;
pub mod random;
pub mod readings;
pub mod recipes;
pub mod report;
pub mod rows;
pub mod state;
pub mod trainer;
pub mod views;

pub use config::{Config, ParameterError};
pub use report::Snapshot;
pub use trainer::Trainer;
