// What covers the canvas: progress before the program draws, and a text where it can't or no longer does.

import { words } from "./words.js?v=BUILD_MARK";

/** Under names that start so, the program keeps its settings in the browser. */
const STORAGE_PREFIX = "contrastive-playground";

/** The cover and its parts in `index.html`. */
export class Cover {
  #canvas;
  #cover = document.getElementById("cover");
  #text = document.getElementById("cover-text");
  #detail = document.getElementById("cover-detail");
  #progress = document.getElementById("cover-progress");
  #actions = document.getElementById("cover-actions");
  #reload = document.getElementById("cover-reload");
  #reloadFresh = document.getElementById("cover-reload-fresh");

  constructor(canvas) {
    this.#canvas = canvas;
    this.#reload.addEventListener("click", () => location.reload());
    this.#reloadFresh.addEventListener("click", reloadFresh);
  }

  /** Shows how far the loading is; `whole` is 0 while that is unknown. */
  showProgress(text, received, whole) {
    const isKnown = whole > 0;
    this.#text.textContent = isKnown ? `${text} · ${megabytes(Math.min(received, whole))} / ${megabytes(whole)} MB` : text;
    this.#progress.hidden = false;
    this.#progress.setAttribute("aria-label", text);
    if (isKnown) {
      this.#progress.value = Math.min(received / whole, 1);
    } else {
      this.#progress.removeAttribute("value");
    }
  }

  /** Puts a text in the canvas's place, with the program's own reason if there is one. */
  showFailure(text, detail, canReload) {
    this.#canvas.hidden = true;
    this.#progress.hidden = true;
    this.#text.textContent = text;
    this.#detail.textContent = detail;
    this.#reload.textContent = words().reload;
    this.#reloadFresh.textContent = words().reloadFresh;
    this.#actions.hidden = !canReload;
    this.#cover.setAttribute("role", "alert");
    this.#cover.hidden = false;
    if (canReload) {
      this.#reload.focus();
    }
  }

  /** Uncovers the canvas, and gives it the keyboard unless the visitor is elsewhere already. */
  hide() {
    this.#cover.hidden = true;
    if (document.activeElement === document.body) {
      this.#canvas.focus({ preventScroll: true });
    }
  }
}

/** Loads the page without the settings that the link and the browser keep: one of them may be what stopped it. */
function reloadFresh() {
  try {
    for (const key of Object.keys(localStorage).filter((key) => key.startsWith(STORAGE_PREFIX))) {
      localStorage.removeItem(key);
    }
  } catch {
    // Without storage there is nothing to forget.
  }
  history.replaceState(null, "", location.pathname + location.search);
  location.reload();
}

function megabytes(bytes) {
  return (bytes / 1e6).toFixed(1);
}
