//! What others append to a link to count its readers.

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

/// Returns true if mail programs, networks or advertisers append this key to links.
pub(super) fn is_tracker(key: &str) -> bool {
    key.starts_with("utm_") || TRACKERS.contains(&key)
}

#[cfg(test)]
mod tests {
    use crate::exchange::link::{Lenient, read, read_strict};

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
}
