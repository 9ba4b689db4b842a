//! `recipes`: the named methods.

use super::{Failure, print};
use crate::learn::recipes::{RECIPES, Recipe};
use clap::ArgMatches;
use serde_json::{Map, Value, json};
use std::fmt::Write as _;

/// Prints the recipes, as text or as JSON.
pub(super) fn recipes(matches: &ArgMatches) -> Result<(), Failure> {
    if matches.get_flag("json") { print::json(&RECIPES.iter().map(entry).collect(), false) } else { print::text(&text()) }
}

/// Returns a line for each recipe: name, title, source, and the flags that it stands for.
fn text() -> String {
    let mut text = String::new();
    for Recipe { name, title, source, keys, .. } in RECIPES {
        let flags: Vec<String> = keys.iter().map(|(key, value)| format!("--{key} {value}")).collect();
        // Writing into a string can't fail.
        writeln!(text, "{name:<13} {title:<16} {source:<21} {}", flags.join(" ")).ok();
    }
    text
}

fn entry(recipe: &Recipe) -> Value {
    let Recipe { name, title, source, family, keys } = recipe;
    let keys: Map<String, Value> = keys.iter().map(|(key, value)| ((*key).to_owned(), (*value).into())).collect();
    json!({ "name": name, "title": title, "source": source, "family": family.key(), "keys": keys })
}
