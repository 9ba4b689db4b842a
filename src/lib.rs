//! Contrastive Playground: see contrastive learning work.
//!
//! `learn` is the science, `runner` keeps it going, `app` shows it; `exchange` reads and writes links and files, `drawing`
//! is what all pictures have in common, and `cli` is the command line. Imports run one way: `app` -> `runner` -> `learn`.

#[cfg(feature = "app")]
pub mod app;
#[cfg(all(feature = "cli", not(target_arch = "wasm32")))]
pub mod cli;
#[cfg(any(feature = "app", feature = "cli"))]
pub mod drawing;
#[cfg(feature = "exchange")]
pub mod exchange;
pub mod learn;
#[cfg(all(feature = "app", target_arch = "wasm32"))]
pub mod page;
#[cfg(feature = "app")]
pub mod runner;
