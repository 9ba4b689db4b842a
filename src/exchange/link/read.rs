//! Reads a link, and lists what is wrong in it.

use super::address::{Settings, settings_of};
use super::escapes::decode;
use super::trackers::is_tracker;
use crate::exchange::{preferences, restore_default};
use crate::learn::config::{Config, ParameterError, Problem, TABLE, Value, unknown_key};

/// The number of bytes of a link that are read. A link with every parameter has less than a thousand, the stored state
/// with ten thousand images of one's own under three million.
const LONGEST: usize = 1 << 22;
/// The largest number of problems that are listed.
const MOST_IGNORED: usize = 64;

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
                (Some(before), _) if *before != read.as_ref().ok().cloned() => {
                    restore_default(&mut link.config, parameter);
                    Some(Problem::Twice)
                }
                (Some(_), _) => None,
                (None, Ok(value)) => {
                    (parameter.set)(&mut link.config, value.clone());
                    None
                }
                (None, Err(problem)) => Some(problem.clone()),
            };
            if seen[place].is_none() {
                seen[place] = Some(read.ok());
            }
            if let Some(problem) = problem {
                link.ignore(|| ParameterError::new(key, &value, problem));
            }
        } else if !is_query {
            link.ignore(|| ParameterError::new(key, &value, unknown_key(key)));
        }
    }
    if let Some(error) = link.config.lacks_data() {
        link.ignore(|| error);
        link.config.data = Config::default().data;
        link.config.forget_own();
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

/// Returns a key without what copying a link can add: spaces, a second `#`, or the `amp;` of an `&amp;` in HTML.
fn clean_key(key: &str) -> &str {
    let key = key.trim().trim_start_matches('#');
    key.strip_prefix("amp;").unwrap_or(key).trim()
}

#[cfg(test)]
mod tests {
    use super::*;

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
