//! `params`: the tables of parameters and readings.

use super::arguments::takes;
use super::{Failure, print};
use crate::exchange::number;
use crate::learn::config::{Applies, Domain, Group, Layers, OwnImages, OwnPoints, Parameter, Scale, TABLE, Value as Setting};
use crate::learn::readings::{READINGS, Reading};
use clap::ArgMatches;
use serde_json::{Value, json};
use std::fmt::Write as _;

/// Prints the table, as text or as JSON.
pub(super) fn params(matches: &ArgMatches) -> Result<(), Failure> {
    if matches.get_flag("readings") {
        return if matches.get_flag("json") {
            print::json(&READINGS.iter().map(reading).collect(), false)
        } else {
            print::text(&readings())
        };
    }
    if matches.get_flag("json") { print::json(&TABLE.iter().map(entry).collect(), false) } else { print::text(&text()) }
}

/// Returns the table of readings as text: for each reading its key and its meaning.
fn readings() -> String {
    let mut text = String::new();
    for Reading { key, about, .. } in READINGS {
        writeln!(text, "{key:<21} {about}").ok();
    }
    text
}

fn reading(reading: &Reading) -> Value {
    let Reading { key, about, is_metric, .. } = reading;
    json!({ "key": key, "in": if *is_metric { "metrics" } else { "readings" }, "about": about })
}

/// Returns the table as text: for each parameter a line of columns, and its meaning in the next line.
fn text() -> String {
    let mut text = String::new();
    for parameter in TABLE {
        let default = (parameter.default)().to_string();
        let (applies, takes) = (applies(parameter.applies), takes(parameter));
        // Writing into a string can't fail.
        writeln!(text, "{:<11} {default:<9} {applies:<8} {takes}\n            {}", parameter.key, parameter.about).ok();
    }
    format!("key         default   applies  takes\n{text}")
}

fn entry(parameter: &Parameter) -> Value {
    let default = match (parameter.default)() {
        Setting::Integer(value) => value.into(),
        Setting::Real(value) => number(value),
        Setting::Choice(word) => word.into(),
        value @ (Setting::Layers(_) | Setting::Points(_) | Setting::Images(_)) => value.to_string().into(),
    };
    let mut entry = json!({ "key": parameter.key, "default": default });
    let domain = match parameter.domain {
        Domain::Integer { min, max, scale: spread } => json!({ "type": "integer", "min": min, "max": max, "scale": scale(spread) }),
        Domain::Real { min, max, scale: spread } => {
            json!({ "type": "number", "min": number(min), "max": number(max), "scale": scale(spread) })
        }
        Domain::Choice(words) => json!({ "type": "choice", "choices": words }),
        Domain::Points => {
            json!({ "type": "points", "most": OwnPoints::MOST, "dimensions": [OwnPoints::DIMENSIONS.start(), OwnPoints::DIMENSIONS.end()], "classes": OwnPoints::CLASSES })
        }
        Domain::Images => {
            json!({ "type": "images", "most": OwnImages::MOST, "sides": [OwnImages::SIDES.start(), OwnImages::SIDES.end()], "classes": OwnImages::CLASSES })
        }
        Domain::Layers => json!({ "type": "layers", "most": Layers::MOST, "widest": Layers::WIDEST }),
    };
    let rest = json!({
        "unit": parameter.unit, "group": group(parameter.group), "applies": applies(parameter.applies), "about": parameter.about,
    });
    if let (Value::Object(entry), Value::Object(domain), Value::Object(rest)) = (&mut entry, domain, rest) {
        entry.extend(domain.into_iter().chain(rest));
    }
    entry
}

fn scale(scale: Scale) -> &'static str {
    match scale {
        Scale::Linear => "linear",
        Scale::Logarithmic => "logarithmic",
    }
}

fn applies(applies: Applies) -> &'static str {
    match applies {
        Applies::Live => "live",
        Applies::Restart => "restart",
        Applies::Either => "either",
    }
}

fn group(group: Group) -> &'static str {
    match group {
        Group::Data => "data",
        Group::Positives => "positives",
        Group::Loss => "loss",
        Group::Encoder => "encoder",
        Group::Optimizer => "optimizer",
        Group::Run => "run",
    }
}
