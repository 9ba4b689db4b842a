//! The one table of parameters: every setting of a run is declared once, in `table.rs`.
//!
//! From it come the fields of [`Config`], the sliders, the link's keys, the config file, the command line's flags,
//! the page's script API, the validation with its messages, and the documentation.

mod choices;
mod error;
mod layers;
mod table;
mod value;

pub use choices::{Activation, Data, Distance, InfoNce, Init, Loss, Miner, Optimizer, Positives, Reduction, Similarity};
pub use error::{ParameterError, Problem};
pub use layers::Layers;
pub use table::{Config, TABLE, find};
pub use value::{Applies, Domain, Field, Group, Parameter, Scale, Value, Zero};

impl Config {
    /// Sets the parameter named `key` from a text, as a link, a flag or a field gives it.
    pub fn set_text(&mut self, key: &str, text: &str) -> Result<(), ParameterError> {
        let parameter = find(key)?;
        let value = parameter.domain.parse(text).map_err(|problem| ParameterError::new(key, text, problem))?;
        (parameter.set)(self, value);
        Ok(())
    }

    /// Sets `parameter` to `value`, refusing what lies outside its domain.
    pub fn set(&mut self, parameter: &Parameter, value: Value) -> Result<(), ParameterError> {
        parameter.domain.check(value).map_err(|problem| ParameterError::new(parameter.key, &value.to_string(), problem))?;
        (parameter.set)(self, value);
        Ok(())
    }

    /// The parameters in which `self` and `other` differ, in the table's order.
    pub fn differences<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = &'static Parameter> + 'a {
        TABLE.iter().filter(move |parameter| (parameter.get)(self) != (parameter.get)(other))
    }

    /// Checks every value against its domain: a `Config` built field by field may hold anything.
    pub fn check(&self) -> Result<(), ParameterError> {
        for parameter in TABLE {
            let value = (parameter.get)(self);
            parameter.domain.check(value).map_err(|problem| ParameterError::new(parameter.key, &value.to_string(), problem))?;
        }
        Ok(())
    }

    /// By which rule the metrics tell positives from negatives: that of the objective in force.
    pub fn measured_positives(&self) -> Positives {
        match self.loss {
            Loss::Triplet => self.positives,
            Loss::InfoNce if self.uses_supcon() => Positives::Labels,
            // One positive for each anchor; whatever else is in the batch is a negative, of its label too.
            Loss::InfoNce => Positives::Views,
        }
    }

    /// Whether the objective in force takes its positives from labels by the SupCon formula (Khosla et al. 2020).
    ///
    /// NT-Xent knows one positive for each anchor; where positives come from labels there are several, and its
    /// generalisation to several is SupCon.
    pub fn uses_supcon(&self) -> bool {
        self.loss == Loss::InfoNce
            && (self.infonce == InfoNce::SupCon || (self.infonce == InfoNce::NtXent && self.positives == Positives::Labels))
    }
}
