//! The characters that have a meaning in a link, and the `%` escapes that stand for them in a key or a value.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Appends `text` to `target` and escapes the characters that have a meaning in a link.
pub(super) fn encode(text: &str, target: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~,".contains(&byte) {
            target.push(char::from(byte));
        } else {
            // Writing into a string can't fail.
            write!(target, "%{byte:02X}").ok();
        }
    }
}

/// Resolves `%` escapes. Other text stays as it is, and bytes that are not UTF-8 become U+FFFD.
pub(super) fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let escaped = match rest {
            [b'%', high, low, after @ ..] => digit(high).zip(digit(low)).map(|(high, low)| ((high * 16 + low) as u8, after)),
            _ => None,
        };
        let (byte, after) = escaped.unwrap_or((*first, tail));
        bytes.push(byte);
        rest = after;
    }
    Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
}
