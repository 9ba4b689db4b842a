//! The parameters of a run. Each is declared once, in the table in `table.rs`.
//!
//! The table defines the fields of [`Config`], the sliders, the keys of links and config files, the flags of the command line, the
//! script API of the page, the validation with its messages, and the documentation.

mod choices;
mod error;
mod layers;
mod own;
mod own_images;
mod positives;
mod table;
mod value;

pub use choices::{
    Activation, Code, Data, Decoder, Distance, Game, Head, ImageSize, InfoNce, Init, Loss, MethodName, Miner, Norm, NormViews, Optimizer,
    Positives, Rebuild, Reduction, Similarity, Switch,
};
pub(crate) use choices::{for_losses, for_methods};
pub use error::{ParameterError, Problem};
pub use layers::Layers;
pub use own::OwnPoints;
pub use own_images::OwnImages;
pub use positives::PositiveRows;
pub use table::{Config, TABLE, find, unknown_key};
pub use value::{Applies, Domain, Field, Group, Parameter, Scale, Value, Zero};

impl Config {
    /// Sets the parameter named `key` from the text of a link, a flag or an input field.
    ///
    /// Returns an error, and changes nothing, if there is no such parameter or the text is not one of its values.
    pub fn set_text(&mut self, key: &str, text: &str) -> Result<(), ParameterError> {
        let parameter = find(key)?;
        let value = parameter.domain.parse(text).map_err(|problem| ParameterError::new(key, text, problem))?;
        (parameter.set)(self, value);
        Ok(())
    }

    /// Sets `parameter` to `value`. Returns an error, and changes nothing, if the value lies outside the parameter's domain.
    pub fn set(&mut self, parameter: &Parameter, value: Value) -> Result<(), ParameterError> {
        parameter.domain.check(&value).map_err(|problem| ParameterError::new(parameter.key, &value.to_string(), problem))?;
        (parameter.set)(self, value);
        Ok(())
    }

    /// Returns the loss on pairs that is trained; none where another method runs.
    pub fn pair_loss(&self) -> Option<Loss> {
        (self.method == MethodName::Pairs).then_some(self.loss)
    }

    /// Returns the number of coordinates of z.
    pub fn code_dimension(&self) -> u32 {
        if self.head == Head::None || self.head_dim == 0 { self.dim } else { self.head_dim }
    }

    /// Returns what is wrong if the run is to learn from points or images of one's own, and there are too few of them.
    pub fn lacks_data(&self) -> Option<ParameterError> {
        match self.data {
            Data::Own if self.own.len() < OwnPoints::FEWEST => {
                Some(ParameterError::new("own", &self.own.to_string(), Problem::TooFewPoints))
            }
            Data::Images if self.own_images.len() < OwnImages::FEWEST => {
                Some(ParameterError::new("own_images", &self.own_images.to_string(), Problem::TooFewImages))
            }
            _ => None,
        }
    }

    /// Drops the points and images of one's own, which can be long.
    pub fn forget_own(&mut self) {
        if !self.own.is_empty() {
            self.own = OwnPoints::default();
        }
        if !self.own_images.is_empty() {
            self.own_images = OwnImages::default();
        }
    }

    /// Returns the parameters in which `self` and `other` differ, in the table's order.
    pub fn differences<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = &'static Parameter> + 'a {
        TABLE.iter().filter(move |parameter| (parameter.get)(self) != (parameter.get)(other))
    }

    /// Checks every value against its domain, because a `Config` that was built field by field may hold any values. Returns an error
    /// for the first invalid parameter in the table's order.
    pub fn check(&self) -> Result<(), ParameterError> {
        for parameter in TABLE {
            let value = (parameter.get)(self);
            parameter.domain.check(&value).map_err(|problem| ParameterError::new(parameter.key, &value.to_string(), problem))?;
        }
        self.lacks_data().map_or(Ok(()), Err)
    }
}
