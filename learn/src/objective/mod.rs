//! The objectives: from rows of outputs to a loss and its gradient by every row. They know nothing of networks.

mod adversary;
mod alignuniform;
mod clustering;
mod correlation;
mod covariance;
mod infonce;
mod ntxent;
mod pair;
mod prediction;
mod prototypes;
mod queue;
mod rebuilding;
mod running;
mod siglip;
mod softmax;
mod triplet;

pub use adversary::{EQUILIBRIUM, discriminator_loss, generator_loss, sigmoid};
pub use clustering::{KMeans, mutual_information};
pub use correlation::Correlation;
pub use covariance::Covariance;
pub use pair::Asked;
pub use prediction::Prediction;
pub use prototypes::{Prototypes, sinkhorn};
pub use queue::{Queue, QueueLoss};
pub use rebuilding::{coordinate_divergence, divergence_from_prior, squared_error};
pub use running::{Objective, Pair, about, compare, formula, loss_at, settle, trained, traits, why};
pub use softmax::{SOFTMAX_ALARMS, nearest, why_softmax};
pub use triplet::DRIED;
