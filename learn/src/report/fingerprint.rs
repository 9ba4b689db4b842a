//! A short hash of a run's state.

use std::fmt;

/// Hash of the step and of every weight's bits (FNV-1a, 64 bits folded to 32), printed as eight hexadecimal digits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Fingerprint(pub u32);

impl Fingerprint {
    /// Hashes a step and weights, in their order.
    pub(crate) fn new(step: u64, weights: impl Iterator<Item = f32>) -> Self {
        let mut hash = 0xcbf2_9ce4_8422_2325;
        let mut take = |bytes: &[u8]| {
            for byte in bytes {
                hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
            }
        };
        take(&step.to_le_bytes());
        for weight in weights {
            take(&weight.to_bits().to_le_bytes());
        }
        Self((hash ^ (hash >> 32)) as u32)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", self.0)
    }
}
