//! Reads JSON strictly: no object may have a key twice, and nesting is limited. Writes floats with their own digits.

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::fmt;

/// The largest depth of lists and objects. Our own files need three.
const DEEPEST: usize = 8;
/// The number of characters of a text that a message repeats.
const REPEATED: usize = 40;

/// Reads a text that is one JSON value.
pub(super) fn parse(text: &str) -> Result<Value, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = Strict { depth: 0 }.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(value)
}

/// Returns a float as a JSON number that prints with the float's own digits, or null if it is not finite.
///
/// The shortest text that reads back to the same `f32` is also the shortest text of the `f64` nearest to that text, and JSON writers print
/// that one. The exact value of the `f32` would print with twice as many digits.
pub fn number(value: f32) -> Value {
    value.to_string().parse::<f64>().map_or(Value::Null, Value::from)
}

/// Returns a number as the text of a parameter's value. A whole number has no fraction in it, even if it was written with one.
pub(super) fn number_text(number: &Number) -> String {
    match number.as_f64() {
        Some(value) if number.is_f64() && value.fract() == 0.0 && value.abs() < 1e15 => (value as i64).to_string(),
        _ => number.to_string(),
    }
}

/// Returns the beginning of a text, for a message.
pub(super) fn shorten(text: &str) -> String {
    let mut short: String = text.chars().take(REPEATED).collect();
    if text.chars().nth(REPEATED).is_some() {
        short.push('…');
    }
    short
}

/// Builds a value at this depth of nesting.
#[derive(Clone, Copy)]
struct Strict {
    depth: usize,
}

impl Strict {
    fn inner<E: Error>(self) -> Result<Self, E> {
        if self.depth == DEEPEST {
            return Err(E::custom(format!("lists and objects are nested more than {DEEPEST} deep")));
        }
        Ok(Self { depth: self.depth + 1 })
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inner = self.inner()?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(inner)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let inner = self.inner()?;
        let mut object = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            if object.contains_key(&key) {
                return Err(A::Error::custom(format!("the key \"{}\" is given twice", shorten(&key))));
            }
            object.insert(key, entries.next_value_seed(inner)?);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_print_with_their_own_digits() {
        for (value, text) in [(0.2, "0.2"), (1e-5, "0.00001"), (16_777_216.0, "16777216.0"), (0.1 + 0.2, "0.3")] {
            let printed = number(value).to_string();
            assert_eq!(printed.parse::<f32>(), Ok(value), "{printed}");
            assert_eq!(printed.parse::<f64>(), text.parse::<f64>(), "{printed}");
        }
        assert_eq!([number(f32::NAN), number(f32::INFINITY)], [Value::Null, Value::Null]);
    }

    #[test]
    fn depth_and_double_keys_are_refused_with_their_place() {
        let message = |text: &str| parse(text).expect_err("refused").to_string();
        assert!(message(&"[".repeat(1_000_000)).starts_with("lists and objects are nested more than 8 deep"));
        assert_eq!(message("{\"a\": 1,\n\"a\": 2}"), "the key \"a\" is given twice at line 2 column 3");
        assert!(parse("{} {}").is_err());
        assert!(parse("NaN").is_err());
    }
}
