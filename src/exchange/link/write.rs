//! Writes a link.

use super::escapes::encode;
use crate::learn::config::Config;

/// Returns the hash without the `#`: the settings that differ from the default, in the table's order.
pub fn to_hash(config: &Config) -> String {
    let default = Config::default();
    let mut hash = String::new();
    for parameter in default.differences(config) {
        if !hash.is_empty() {
            hash.push('&');
        }
        hash.push_str(parameter.key);
        hash.push('=');
        encode(&(parameter.get)(config).to_string(), &mut hash);
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::config::{Layers, Loss};

    #[test]
    fn only_what_differs_is_written_in_the_tables_order() {
        assert_eq!(to_hash(&Config::default()), "");
        let config = Config { seed: 9, alpha: 0.5, loss: Loss::Triplet, lr: 1e-5, ..Config::default() };
        assert_eq!(to_hash(&config), "loss=triplet&alpha=0.5&lr=0.00001&seed=9");
        let layers = Layers::new(&[32, 16]).expect("valid");
        assert_eq!(to_hash(&Config { layers, ..Config::default() }), "layers=32,16");
    }
}
