//! Where the state is kept from one time to the next.

use std::fmt::Debug;

/// A place for one text. What went wrong with it is said in words.
pub trait Storage: Debug {
    /// What was stored the last time, if anything was.
    fn stored(&self) -> Result<Option<String>, String>;

    /// Stores a text for the next time, in the place of the one before.
    fn store(&self, text: &str) -> Result<(), String>;
}
