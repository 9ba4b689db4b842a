//! Recipes: named methods of the papers, each a set of parameters. The gallery, `train --recipe` and `recipes` read them.
//!
//! A recipe sets the keys of the method and leaves data, encoder and optimiser as they are, but for what it names. Its texts are in the language files, under
//! `recipe.<name>`.

use super::config::{Config, Group, Loss, MethodName, Parameter, ParameterError, TABLE};

/// The family that the gallery lists a recipe under; its name is in the language files, under `family.<key>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Negatives push apart.
    Negatives,
    /// Prototypes or clusters are shared.
    Prototypes,
    /// A target is predicted.
    Prediction,
    /// Coordinates are decorrelated.
    Decorrelation,
    /// Points of the input space are made.
    Generative,
}

impl Family {
    /// Every family, in the gallery's order.
    pub const ALL: [Self; 5] = [Self::Negatives, Self::Prototypes, Self::Prediction, Self::Decorrelation, Self::Generative];

    /// Returns its name in the language files.
    pub fn key(self) -> &'static str {
        match self {
            Self::Negatives => "negatives",
            Self::Prototypes => "prototypes",
            Self::Prediction => "prediction",
            Self::Decorrelation => "decorrelation",
            Self::Generative => "generative",
        }
    }
}

/// A named set of parameters.
#[derive(Debug)]
pub struct Recipe {
    /// The name in flags and scripts.
    pub name: &'static str,
    /// The name in papers.
    pub title: &'static str,
    /// The paper.
    pub source: &'static str,
    /// The family.
    pub family: Family,
    /// Keys and values that differ from the defaults.
    pub keys: &'static [(&'static str, &'static str)],
}

/// Every recipe, in the gallery's order.
pub static RECIPES: &[Recipe] = &[
    Recipe { name: "simclr", title: "SimCLR", source: "Chen et al. 2020", family: Family::Negatives, keys: &[("head", "mlp")] },
    Recipe { name: "moco", title: "MoCo", source: "He et al. 2020", family: Family::Negatives, keys: &[("method", "moco")] },
    Recipe {
        name: "simcse",
        title: "SimCSE",
        source: "Gao et al. 2021",
        family: Family::Negatives,
        keys: &[("positives", "dropout"), ("hidden_dropout", "0.1"), ("infonce", "onesided"), ("tau", "0.05")],
    },
    Recipe { name: "dcl", title: "DCL", source: "Yeh et al. 2022", family: Family::Negatives, keys: &[("infonce", "dcl"), ("tau", "0.1")] },
    Recipe {
        name: "alignuniform",
        title: "Align + uniform",
        source: "Wang and Isola 2020",
        family: Family::Negatives,
        keys: &[("loss", "alignuniform")],
    },
    Recipe { name: "siglip", title: "SigLIP", source: "Zhai et al. 2023", family: Family::Negatives, keys: &[("loss", "siglip")] },
    Recipe {
        name: "swav",
        title: "SwAV",
        source: "Caron et al. 2020",
        family: Family::Prototypes,
        keys: &[("method", "swav"), ("tau", "0.1")],
    },
    Recipe {
        name: "deepcluster",
        title: "DeepCluster-v2",
        source: "Caron et al. 2020",
        family: Family::Prototypes,
        keys: &[("method", "deepcluster"), ("tau", "0.1")],
    },
    Recipe {
        name: "byol",
        title: "BYOL",
        source: "Grill et al. 2020",
        family: Family::Prediction,
        keys: &[("method", "byol"), ("norm", "hidden")],
    },
    Recipe {
        name: "simsiam",
        title: "SimSiam",
        source: "Chen and He 2021",
        family: Family::Prediction,
        keys: &[("method", "simsiam"), ("norm", "hidden")],
    },
    Recipe {
        name: "barlow",
        title: "Barlow Twins",
        source: "Zbontar et al. 2021",
        family: Family::Decorrelation,
        keys: &[("method", "barlow")],
    },
    Recipe { name: "vicreg", title: "VICReg", source: "Bardes et al. 2022", family: Family::Decorrelation, keys: &[("method", "vicreg")] },
    Recipe {
        name: "autoencoder",
        title: "Autoencoder",
        source: "Hinton and Salakhutdinov 2006",
        family: Family::Generative,
        keys: &[("method", "autoencoder"), ("dim", "2")],
    },
    Recipe {
        name: "vae",
        title: "VAE",
        source: "Kingma and Welling 2014",
        family: Family::Generative,
        keys: &[("method", "vae"), ("dim", "2")],
    },
    // It learns the points themselves: with augmented views it would learn the views.
    Recipe {
        name: "gan",
        title: "GAN",
        source: "Goodfellow et al. 2014",
        family: Family::Generative,
        keys: &[("method", "gan"), ("lr", "0.001"), ("beta1", "0.5"), ("jitter", "0"), ("rotation", "0")],
    },
];

/// Parameters outside the group of the loss that belong to a method too.
const OTHER_KEYS: [&str; 7] = ["positives", "head", "head_width", "head_dim", "norm", "norm_views", "hidden_dropout"];

/// Parameters that a recipe names and that somebody may change without leaving its method.
const INCIDENTAL: [&str; 8] = ["tau", "hidden_dropout", "norm", "dim", "lr", "beta1", "jitter", "rotation"];

/// Returns the recipe with this name.
pub fn find(name: &str) -> Option<&'static Recipe> {
    RECIPES.iter().find(|recipe| recipe.name == name)
}

/// Returns the name of a configuration's method: its recipe's, or its loss's word.
pub fn name_of(config: &Config) -> &'static str {
    RECIPES.iter().find(|recipe| recipe.is_in(config)).map_or(config.loss.word(), |recipe| recipe.title)
}

impl Recipe {
    /// Returns `config` with the recipe's parameters: those of the method are the recipe's or their defaults, the others stay.
    pub fn applied(&self, config: &Config) -> Result<Config, ParameterError> {
        let mut config = without_method(config);
        for (key, value) in self.keys {
            config.set_text(key, value)?;
        }
        Ok(config)
    }

    /// Returns true if `config` has the method of this recipe, whatever its temperature, dropout or normalisation: the words of the method
    /// and the loss, and what else the recipe names.
    pub fn is_in(&self, config: &Config) -> bool {
        let words: &[&str] = if config.method == MethodName::Pairs { &["method", "loss", "infonce"] } else { &["method"] };
        let mut own = plain_method(config, &[]);
        if self.keys.iter().any(|(key, value)| own.set_text(key, value).is_err()) {
            return false;
        }
        let is_incidental = |key: &str| INCIDENTAL.contains(&key);
        let named = self.keys.iter().map(|(key, _)| *key).filter(|key| !is_incidental(key));
        let mut wanted = words.iter().copied().chain(named);
        wanted.all(|key| TABLE.iter().find(|parameter| parameter.key == key).is_some_and(|row| (row.get)(config) == (row.get)(&own)))
    }
}

/// Returns `config` with the defaults for everything that makes a method, and for what else the recipe names that it comes from.
pub fn without_method(config: &Config) -> Config {
    let named: Vec<&str> =
        RECIPES.iter().filter(|recipe| recipe.is_in(config)).flat_map(|recipe| recipe.keys).map(|(key, _)| *key).collect();
    plain_method(config, &named)
}

/// Returns `config` with the defaults for everything that makes a method, and for other keys.
fn plain_method(config: &Config, others: &[&str]) -> Config {
    let (mut config, plain) = (config.clone(), Config::default());
    let is_own =
        |parameter: &&Parameter| parameter.group == Group::Loss || OTHER_KEYS.contains(&parameter.key) || others.contains(&parameter.key);
    for parameter in TABLE.iter().filter(is_own) {
        (parameter.set)(&mut config, (parameter.get)(&plain));
    }
    config
}

/// Returns `config` with a loss on pairs of rows of one network. A recipe's method is left with all that belongs to it.
pub fn with_loss(config: &Config, loss: Loss) -> Config {
    let is_plain = config.method == MethodName::Pairs && !RECIPES.iter().any(|recipe| recipe.is_in(config));
    let mut config = if is_plain { config.clone() } else { without_method(config) };
    config.loss = loss;
    config
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Head, InfoNce};

    #[test]
    fn every_recipe_sets_valid_values_and_is_recognised() {
        for recipe in RECIPES {
            let config = recipe.applied(&Config::default()).expect("valid");
            assert_eq!(config.check(), Ok(()), "{}", recipe.name);
            assert!(recipe.is_in(&config), "{}", recipe.name);
            assert!(!recipe.is_in(&Config::default()), "{}", recipe.name);
            let others: Vec<_> = RECIPES.iter().filter(|other| other.is_in(&config)).map(|other| other.name).collect();
            assert_eq!(others, [recipe.name]);
        }
    }

    #[test]
    fn a_recipe_leaves_the_data_and_takes_back_the_recipe_before() {
        let mut config = Config { points: 300, seed: 5, ..Config::default() };
        for recipe in RECIPES {
            config = recipe.applied(&config).expect("valid");
        }
        assert_eq!((config.points, config.seed), (300, 5));
        assert_eq!(without_method(&config), Config { points: 300, seed: 5, ..Config::default() });
    }

    #[test]
    fn a_head_does_not_make_another_method_simclr() {
        let chosen = |config: &Config| RECIPES.iter().filter(|recipe| recipe.is_in(config)).map(|recipe| recipe.name).collect::<Vec<_>>();
        for name in ["vicreg", "moco", "byol", "swav"] {
            let config = find(name).expect("a recipe").applied(&Config { head: Head::Mlp, ..Config::default() }).expect("valid");
            assert_eq!(chosen(&Config { head: Head::Mlp, ..config }), [name]);
        }
        assert_eq!(chosen(&Config { head: Head::Mlp, infonce: InfoNce::Dcl, ..Config::default() }), ["dcl"]);
        assert!(chosen(&Config { head: Head::Mlp, loss: Loss::Triplet, ..Config::default() }).is_empty());
    }
}
