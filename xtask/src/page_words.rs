//! What the page itself says, before and after the program speaks: the texts under `page.` in the language files.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context as _, bail, ensure};

use crate::workspace::Workspace;

/// The languages, by the names of their files.
const LANGUAGES: [&str; 2] = ["en", "zh"];

/// What the keys of these texts start with.
const PREFIX: &str = "page.";

/// Where `index.html` wants all of them, as JSON.
const ALL_MARK: &str = "PAGE_WORDS";

/// The texts by language and by key, without the prefix.
pub struct PageWords(BTreeMap<&'static str, BTreeMap<String, String>>);

impl PageWords {
    /// Reads the language files.
    pub fn read(workspace: &Workspace) -> anyhow::Result<Self> {
        let mut languages = BTreeMap::new();
        for language in LANGUAGES {
            let file = workspace.root().join(format!("assets/lang/{language}.json"));
            let json = fs::read_to_string(&file).with_context(|| format!("could not read {}", file.display()))?;
            let texts: BTreeMap<String, String> =
                serde_json::from_str(&json).with_context(|| format!("{} isn't a JSON object of texts", file.display()))?;
            let of_page = texts.into_iter().filter_map(|(key, text)| Some((key.strip_prefix(PREFIX)?.to_owned(), text)));
            languages.insert(language, of_page.collect());
        }
        Ok(Self(languages))
    }

    /// The page with its texts: all of them as JSON where it has the mark, and single ones where it names them, like `{en.reload}`.
    pub fn fill(&self, page: &str) -> anyhow::Result<String> {
        ensure!(page.contains(ALL_MARK), "index.html has no mark `{ALL_MARK}` to fill in");
        let mut filled = page.to_owned();
        for (language, texts) in &self.0 {
            for (key, text) in texts {
                let escaped = text.replace('&', "&amp;").replace('<', "&lt;");
                filled = filled.replace(&format!("{{{language}.{key}}}"), &escaped);
            }
            let start = format!("{{{language}.");
            if let Some((_, unknown)) = filled.split_once(&start) {
                let key = unknown.split('}').next().unwrap_or_default();
                bail!("index.html asks for the text {PREFIX}{key}, which assets/lang/{language}.json does not have");
            }
        }
        // In a script element only the end tag means something.
        let json = serde_json::to_string(&self.0)?.replace('<', "\\u003c");
        Ok(filled.replacen(ALL_MARK, &json, 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words() -> PageWords {
        PageWords::read(&Workspace::find().expect("the project")).expect("the language files")
    }

    #[test]
    fn the_page_asks_for_the_texts_that_there_are() {
        let root = Workspace::find().expect("the project").root().to_path_buf();
        let page = fs::read_to_string(root.join("index.html")).expect("a text");
        let mut scripts = String::new();
        for entry in fs::read_dir(root.join("web")).expect("a folder") {
            let path = entry.expect("a file").path();
            if path.extension().is_some_and(|extension| extension == "js") {
                scripts += &fs::read_to_string(path).expect("a text");
            }
        }
        let words = words();
        let texts = &words.0["en"];
        for key in texts.keys() {
            // The key of what a browser lacks goes through a variable.
            let is_used =
                scripts.contains(&format!("\"{key}\"")) || page.contains(&format!("text.{key}")) || page.contains(&format!("{{en.{key}}}"));
            assert!(is_used, "nothing says {PREFIX}{key}");
        }
        let in_scripts = scripts.split(" text(\"").skip(1).chain(scripts.split("(text(\"").skip(1));
        for asked in in_scripts.chain(page.split(" text.").skip(1)) {
            let key: String = asked.chars().take_while(|character| character.is_ascii_lowercase() || *character == '_').collect();
            assert!(texts.contains_key(&key), "there is no text {PREFIX}{key}");
        }
    }

    #[test]
    fn texts_are_filled_in_as_html_and_as_json() {
        let texts = BTreeMap::from([("end".to_owned(), "</script> & more".to_owned())]);
        let words = PageWords(BTreeMap::from([("en", texts)]));
        let page = words.fill("<p>{en.end}</p><script type=\"application/json\">PAGE_WORDS</script>").expect("both are there");
        assert_eq!(
            page,
            "<p>&lt;/script> &amp; more</p><script type=\"application/json\">{\"en\":{\"end\":\"\\u003c/script> & more\"}}</script>"
        );
        let message = words.fill("{en.start} PAGE_WORDS").expect_err("there is no such text").to_string();
        assert!(message.contains("page.start"), "{message}");
    }
}
