//! Prints results on standard output.

use super::failure::Failure;
use serde_json::Value;
use std::io::{self, Write as _};

/// Prints a text.
pub(super) fn text(text: &str) -> Result<(), Failure> {
    let mut output = io::stdout().lock();
    output.write_all(text.as_bytes()).and_then(|()| output.flush()).map_err(|error| match error.kind() {
        io::ErrorKind::BrokenPipe => Failure::Unread,
        _ => Failure::Failed(format!("standard output: {error}")),
    })
}

/// Prints a JSON value, in one line or indented.
pub(super) fn json(value: &Value, is_one_line: bool) -> Result<(), Failure> {
    let mut printed = String::new();
    if is_one_line {
        printed = value.to_string();
    } else {
        lay_out(value, 0, &mut printed);
    }
    printed.push('\n');
    text(&printed)
}

/// Appends `value` to `target`, indented, with one entry per line. A list of numbers, such as a row of a gradient, stays in one line.
fn lay_out(value: &Value, depth: usize, target: &mut String) {
    let mut entries = |brackets: [char; 2], entries: &mut dyn Iterator<Item = (Option<&String>, &Value)>| {
        target.push(brackets[0]);
        for (place, (key, value)) in entries.enumerate() {
            target.push_str(if place > 0 { ",\n" } else { "\n" });
            target.push_str(&"  ".repeat(depth + 1));
            if let Some(key) = key {
                target.push_str(&Value::from(key.as_str()).to_string());
                target.push_str(": ");
            }
            lay_out(value, depth + 1, target);
        }
        target.push('\n');
        target.push_str(&"  ".repeat(depth));
        target.push(brackets[1]);
    };
    match value {
        Value::Object(object) if !object.is_empty() => entries(['{', '}'], &mut object.iter().map(|(key, value)| (Some(key), value))),
        Value::Array(list) if list.iter().any(|item| item.is_array() || item.is_object()) => {
            entries(['[', ']'], &mut list.iter().map(|value| (None, value)));
        }
        Value::Array(list) => {
            let items: Vec<String> = list.iter().map(Value::to_string).collect();
            target.push('[');
            target.push_str(&items.join(", "));
            target.push(']');
        }
        other => target.push_str(&other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn layout_is_the_same_json_with_rows_in_one_line() {
        let value = json!({ "loss": 0.5, "gradient": [[1.0, 2.0], [3.0, 4.0]], "empty": {}, "none": [], "words": ["a\"b"] });
        let mut text = String::new();
        lay_out(&value, 0, &mut text);
        assert_eq!(serde_json::from_str::<Value>(&text).expect("JSON"), value);
        assert!(text.contains("\n    [1.0, 2.0],\n    [3.0, 4.0]\n  ],"), "{text}");
    }
}
