// What the page itself says, before and after the program speaks. The texts are in the language files, under `page.`; the build puts them
// into `index.html`, whose own script needs them too.

/** @type {Record<"en" | "zh", Record<string, string>>} */
const WORDS = JSON.parse(document.getElementById("page-words")?.textContent ?? "{}");

// A policy may have kept the script in `index.html`, which does the same, from running.
const asked = /[#&]lang=(en|zh)/.exec(location.hash)?.[1];
const isChinese = asked ? asked === "zh" : (navigator.language ?? "").toLowerCase().startsWith("zh");
document.documentElement.lang = isChinese ? "zh-Hans" : "en";

/**
 * The text of a key in the page's language: the link's or the browser's, until the program sets another on the root element.
 *
 * @param {string} key without its `page.`
 */
export function text(key) {
  const words = document.documentElement.lang.startsWith("zh") ? WORDS.zh : WORDS.en;
  return words?.[key] ?? key;
}
