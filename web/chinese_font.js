// The font with the Chinese characters, which is no part of the program: the page can be used before it is there, and without it the
// browser's own characters stand in.

/** Its bytes, or nothing where it can't be had. */
export async function fetchChineseFont() {
  try {
    const answer = await fetch(new URL("./NotoSansSC-Regular.otf", import.meta.url));
    if (answer.ok) {
      return new Uint8Array(await answer.arrayBuffer());
    }
    console.warn(`the Chinese font did not load: ${answer.status}`);
  } catch (error) {
    console.warn("the Chinese font did not load:", error);
  }
  return undefined;
}
