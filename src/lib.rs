//! Contrastive Playground: see contrastive learning work. `learn` is the science; the rest shows it.

pub mod learn;
