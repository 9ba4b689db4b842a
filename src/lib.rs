//! Contrastive Playground: see contrastive learning work.
//!
//! `learn` is the science, a crate of its own, `runner` keeps it going, `app` shows it; `exchange` reads and writes links and files, `drawing`
//! is what all pictures have in common, and `cli` is the command line. Imports run one way: `app` -> `runner` -> `learn`.

pub use contrastive_learn as learn;

#[cfg(feature = "app")]
#[expect(clippy::disallowed_methods, reason = "what is drawn is looked at, and no bit of it goes into a run")]
pub mod app;
#[cfg(all(feature = "cli", not(target_arch = "wasm32")))]
pub mod cli;
#[cfg(any(feature = "app", feature = "cli"))]
#[expect(clippy::disallowed_methods, reason = "what is drawn is looked at, and no bit of it goes into a run")]
pub mod drawing;
#[cfg(feature = "exchange")]
pub mod exchange;
#[cfg(all(feature = "app", target_arch = "wasm32"))]
pub mod page;
#[cfg(feature = "app")]
pub mod runner;
