//! Writes a link.

use super::escapes::encode;
use crate::learn::config::{Config, Data, OwnImages, OwnPoints};

/// The most points of one's own that a link takes along: six kilobytes, which mail and chat pass on.
pub const MOST_POINTS: usize = 500;

/// The most pixels of images of one's own that a link takes along, a character each: about as much as of points.
pub const MOST_PIXELS: usize = 6_400;

/// Returns true if the run fits into a link that people send: with more points than [`MOST_POINTS`] or more pixels than [`MOST_PIXELS`] it is a file.
pub fn fits(config: &Config) -> bool {
    match config.data {
        Data::Own => config.own.len() <= MOST_POINTS,
        Data::Images => config.own_images.len() * config.input_dimension() <= MOST_PIXELS,
        _ => true,
    }
}

/// Returns the configuration that a link takes along: without points and images of one's own that are not learnt from.
pub fn shared(config: &Config) -> Config {
    let mut shared = config.clone();
    if config.data != Data::Own {
        shared.own = OwnPoints::default();
    }
    if config.data != Data::Images {
        shared.own_images = OwnImages::default();
    }
    shared
}

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
