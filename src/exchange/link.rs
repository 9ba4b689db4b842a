//! Writes and reads a configuration as the hash of a link, like `loss=triplet&alpha=0.5`. The hash has only what differs from the default.

use super::{preferences, restore_default};
use crate::learn::config::{Config, ParameterError, Problem, TABLE, Value, unknown_key};
use std::borrow::Cow;
use std::fmt::Write as _;

/// The number of bytes of a link that are read. A link with every parameter has less than a thousand.
const LONGEST: usize = 1 << 20;
/// The largest number of problems that are listed.
const MOST_IGNORED: usize = 64;

/// Keys that mail programs and websites append to links to count readers, besides those that begin with `utm_`.
const TRACKERS: &[&str] = &[
    "fbclid",
    "gclid",
    "gclsrc",
    "dclid",
    "gbraid",
    "wbraid",
    "srsltid",
    "msclkid",
    "yclid",
    "ysclid",
    "twclid",
    "ttclid",
    "li_fat_id",
    "igshid",
    "igsh",
    "mc_cid",
    "mc_eid",
    "mkt_tok",
    "vero_id",
    "oly_anon_id",
    "oly_enc_id",
    "_hsenc",
    "_hsmi",
    "_ga",
    "_gl",
    "spm",
];

/// The content of a link, as far as it could be read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lenient {
    /// The settings. Those that are wrong in the link have their default.
    pub config: Config,
    /// What is wrong in the link, in the link's order.
    pub ignored: Vec<ParameterError>,
    /// The reader's preferences, each once.
    pub own: Vec<(String, String)>,
    /// True if the link names a parameter of the run, even with its default. The page then starts the link's run and not the stored one.
    pub names_run: bool,
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

/// Reads a link, which is a whole address or a hash with or without the `#`.
///
/// It lists a key as a problem if it is unknown, if it is given twice with different values, or if its value is missing or wrong; the
/// parameter then keeps its default. It skips what mail programs and advertisers append, and checks and returns the reader's preferences.
/// The time grows in proportion to the length of the text.
pub fn read(text: &str) -> Lenient {
    let mut link = Lenient::default();
    let (text, is_cut) = whole_pieces(text);
    let mut seen: Vec<Option<Option<Value>>> = vec![None; TABLE.len()];
    let Settings { text: settings, is_query } = settings_of(text);
    // Programs that append something to a link often write another `?` or `#` first.
    for piece in settings.split(['&', '?', '#']).filter(|piece| !piece.is_empty()) {
        let (key, value) = piece.split_once('=').unwrap_or((piece, ""));
        let key = decode(if key.is_empty() { piece } else { key });
        let key = clean_key(&key);
        let value = decode(value);
        if is_tracker(key) || (key.is_empty() && value.is_empty()) {
            continue;
        }
        if preferences::find(key).is_some() {
            link.take_own(key, &value);
        } else if let Some(place) = TABLE.iter().position(|parameter| parameter.key == key) {
            let parameter = &TABLE[place];
            link.names_run = true;
            let read = if value.trim().is_empty() { Err(Problem::NoValue) } else { parameter.domain.parse(&value) };
            let problem = match (&seen[place], &read) {
                (Some(before), _) if *before != read.as_ref().ok().copied() => {
                    restore_default(&mut link.config, parameter);
                    Some(Problem::Twice)
                }
                (Some(_), _) => None,
                (None, Ok(value)) => {
                    (parameter.set)(&mut link.config, *value);
                    None
                }
                (None, Err(problem)) => Some(problem.clone()),
            };
            seen[place] = Some(seen[place].unwrap_or(read.ok()));
            if let Some(problem) = problem {
                link.ignore(|| ParameterError::new(key, &value, problem));
            }
        } else if !is_query {
            link.ignore(|| ParameterError::new(key, &value, unknown_key(key)));
        }
    }
    if is_cut {
        link.ignore(|| ParameterError::new("link", text, Problem::TooLong { limit: LONGEST, instead: None }));
    }
    link
}

/// Reads a link like [`read`], but returns the first problem as an error.
pub fn read_strict(text: &str) -> Result<Config, ParameterError> {
    let Lenient { config, ignored, .. } = read(text);
    ignored.into_iter().next().map_or(Ok(config), Err)
}

impl Lenient {
    fn ignore(&mut self, error: impl FnOnce() -> ParameterError) {
        if self.ignored.len() < MOST_IGNORED {
            self.ignored.push(error());
        }
    }

    fn take_own(&mut self, key: &str, value: &str) {
        let preference = preferences::find(key);
        let checked =
            preference.map_or(Ok(()), |preference| if value.trim().is_empty() { Err(Problem::NoValue) } else { preference.check(value) });
        if let Err(problem) = checked {
            self.ignore(|| ParameterError::new(key, value, problem));
        } else if self.own.iter().all(|(known, _)| known != key) {
            self.own.push((key.to_owned(), value.to_owned()));
        }
    }
}

/// Returns the part of the text that is read, and whether something was cut off. A piece that would be cut in two is left out, because
/// half a value could be a wrong value.
fn whole_pieces(text: &str) -> (&str, bool) {
    if text.len() <= LONGEST {
        return (text, false);
    }
    let start = &text[..text.floor_char_boundary(LONGEST)];
    (start.rfind('&').map_or("", |end| &start[..end]), true)
}

/// The part of a link that holds settings.
struct Settings<'a> {
    text: Cow<'a, str>,
    /// True if it is the query of an address. Keys in it that are no settings belong to the host and are no problems.
    is_query: bool,
}

/// Returns what follows the first `#`, or for an address without a hash what follows the first `?`. Any other text is settings as a whole.
///
/// Some programs escape the `#` of a link, and some escape everything behind it too.
fn settings_of(text: &str) -> Settings<'_> {
    let text = text.trim();
    let escaped = || text.split_once("%23").filter(|(before, _)| before.is_empty() || is_address(before));
    let (before, hash) = text.split_once('#').or_else(escaped).unwrap_or((text, ""));
    // Browsers write this before the text of a marked passage.
    let hash = hash.split_once(":~:").map_or(hash, |(hash, _)| hash);
    if !hash.is_empty() {
        let text = if hash.contains('=') { Cow::Borrowed(hash) } else { decode(hash) };
        return Settings { text, is_query: false };
    }
    if is_address(before) {
        let query = before.split_once('?').map_or("", |(_, query)| query);
        return Settings { text: Cow::Borrowed(query), is_query: true };
    }
    Settings { text: Cow::Borrowed(before), is_query: false }
}

/// Returns true if a text begins like an address, that is with a slash before the first setting.
fn is_address(text: &str) -> bool {
    text.split(['=', '&', '?']).next().is_some_and(|start| start.contains('/'))
}

/// Returns a key without what copying a link can add: spaces, a second `#`, or the `amp;` of an `&amp;` in HTML.
fn clean_key(key: &str) -> &str {
    let key = key.trim().trim_start_matches('#');
    key.strip_prefix("amp;").unwrap_or(key).trim()
}

/// Returns true if mail programs, networks or advertisers append this key to links.
fn is_tracker(key: &str) -> bool {
    key.starts_with("utm_") || TRACKERS.contains(&key)
}

/// Appends `text` to `target` and escapes the characters that have a meaning in a link.
fn encode(text: &str, target: &mut String) {
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
fn decode(text: &str) -> Cow<'_, str> {
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

    #[test]
    fn a_hash_is_read_from_every_form_of_link() {
        for text in ["seed=9&layers=8,4", "#seed=9&layers=8,4", "https://x.org/a/?b=1#seed=9&layers=8%2C4", " #layers=8%2c4&seed=9\n"] {
            let link = read(text);
            assert_eq!((link.config.seed, link.config.layers.to_string().as_str()), (9, "8,4"), "{text}");
            assert_eq!(link.ignored, [], "{text}");
        }
        for text in ["", "#", "https://x.org/a/", "https://x.org/a/?b=1", "https://x.org/a/?b=1#"] {
            assert_eq!(read(text), Lenient::default(), "{text}");
        }
    }

    #[test]
    fn a_link_is_read_through_what_others_have_done_to_it() {
        for text in [
            "%23seed=9",
            "https://x.org/%23seed=9",
            "%23seed%3D9",
            "https://x.org/a/#%23seed=9",
            "##seed=9",
            "?seed=9",
            "https://x.org/?seed=9",
            "x.org/a/?b=1&seed=9",
            "https://x.org/?b=1&seed=9#",
            "#?seed=9",
            "#seed=9:~:text=sphere",
        ] {
            assert_eq!(
                read(text),
                Lenient { config: Config { seed: 9, ..Config::default() }, names_run: true, ..Lenient::default() },
                "{text}"
            );
        }
        let config = Config { seed: 9, loss: Loss::Triplet, ..Config::default() };
        for text in ["%23seed%3D9%26loss%3Dtriplet", "#seed=9&amp;loss=triplet&amp;", "#seed=9&\n loss=triplet"] {
            assert_eq!(read_strict(text), Ok(config.clone()), "{text}");
        }
        // If an address has both a query and a hash, the hash counts.
        assert_eq!(read_strict("https://x.org/?seed=3#seed=9").map(|config| config.seed), Ok(9));
    }

    #[test]
    fn what_counts_readers_is_skipped() {
        let trackers = "utm_source=a&utm_medium=b&utm_campaign=c&utm_term=d&utm_content=e&fbclid=f&gclid=g&mc_cid=h&mc_eid=i";
        for text in [
            format!("#seed=9&{trackers}"),
            format!("#{trackers}&seed=9"),
            format!("#seed=9?{trackers}"),
            format!("https://x.org/?{trackers}#seed=9"),
            format!("https://x.org/#seed=9#{trackers}"),
        ] {
            assert_eq!(read_strict(&text).map(|config| config.seed), Ok(9), "{text}");
        }
        assert_eq!(read(&format!("#{trackers}")), Lenient::default());
        assert!(read_strict("#seed=9&source=a").is_err(), "no other key is skipped");
    }

    #[test]
    fn a_value_that_is_missing_is_not_taken_for_none() {
        for text in ["#layers=", "#layers", "layers=%20", "https://x.org/?layers="] {
            let link = read(text);
            assert_eq!(link.config, Config::default(), "{text}");
            assert_eq!(link.ignored, [ParameterError::new("layers", &link.ignored[0].value, Problem::NoValue)], "{text}");
        }
        let error = read_strict("#seed=9&layers=").expect_err("refused");
        assert_eq!(error.to_string(), "layers = \"\": the value is missing; perhaps the link was cut");
        let error = read_strict("#seed=9&lang").expect_err("refused");
        assert_eq!((error.key.as_str(), error.problem), ("lang", Problem::NoValue));
    }

    #[test]
    fn what_is_wrong_is_listed_and_the_rest_is_used() {
        let link = read("seed=9&tau=banana&zzz=1&lang=zh&tau=0.3&alpha=0.5&alpha=0.50&lang=en&=&%FF%FE&dim");
        assert_eq!(link.config, Config { seed: 9, alpha: 0.5, ..Config::default() });
        assert_eq!(link.own, [("lang".to_owned(), "zh".to_owned())]);
        let keys: Vec<&str> = link.ignored.iter().map(|error| error.key.as_str()).collect();
        assert_eq!(keys, ["tau", "zzz", "tau", "=", "\u{fffd}\u{fffd}", "dim"]);
        assert_eq!(link.ignored[2].problem, Problem::Twice);
        let error = read_strict("seed=9&tau=99").expect_err("refused");
        assert_eq!(error.to_string(), "tau = \"99\": out of range: it takes a number from 0.01 to 10");
    }

    #[test]
    fn a_key_with_two_values_has_its_default() {
        let link = read("tau=0.5&tau=0.7&tau=0.5");
        assert_eq!(link.config, Config::default());
        assert!(!link.ignored.is_empty());
    }

    #[test]
    fn a_huge_link_is_read_to_the_limit_and_no_value_is_cut() {
        let link = read(&format!("seed=9&data={}", "x".repeat(100_000)));
        assert_eq!((link.config.seed, link.ignored.len()), (9, 1));
        let text = format!("seed=9&{}tau=0.55555", "a=1&".repeat((LONGEST - 14) / 4));
        let link = read(&text);
        assert_eq!((link.config.seed, link.config.tau), (9, 0.2));
        assert_eq!(link.ignored.len(), MOST_IGNORED);
    }
}
