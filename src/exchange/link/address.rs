//! Which part of a text holds the settings: links come as whole addresses or as hashes, and programs that pass them on change them.

use super::escapes::decode;
use std::borrow::Cow;

/// The part of a link that holds settings.
pub(super) struct Settings<'a> {
    pub(super) text: Cow<'a, str>,
    /// True if it is the query of an address. Keys in it that are no settings belong to the host and are no problems.
    pub(super) is_query: bool,
}

/// Returns what follows the first `#`, or for an address without a hash what follows the first `?`. Any other text is settings as a whole.
///
/// Some programs escape the `#` of a link, and some escape everything behind it too.
pub(super) fn settings_of(text: &str) -> Settings<'_> {
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

#[cfg(test)]
mod tests {
    use crate::exchange::link::{Lenient, read, read_strict};
    use crate::learn::config::{Config, Loss};

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
}
