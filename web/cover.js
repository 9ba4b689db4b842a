// What covers the canvas: progress before the program draws, and a text where it can't or no longer does.

import { text } from "./words.js";

/** Under names that start so, the program keeps its settings in the browser. */
const STORAGE_PREFIX = "contrastive-playground";

/**
 * An element of `index.html`.
 *
 * @template {HTMLElement} Kind
 * @param {string} id
 * @param {new () => Kind} kind
 * @returns {Kind}
 */
export function element(id, kind) {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) {
    throw new Error(`index.html has no element "${id}" of the kind ${kind.name}`);
  }
  return found;
}

/** The cover and its parts in `index.html`. */
export class Cover {
  /** The canvas that is covered. */
  canvas;
  #cover = element("cover", HTMLElement);
  #text = element("cover-text", HTMLElement);
  #detail = element("cover-detail", HTMLElement);
  #progress = element("cover-progress", HTMLProgressElement);
  #actions = element("cover-actions", HTMLElement);
  #reload = element("cover-reload", HTMLButtonElement);
  #reloadFresh = element("cover-reload-fresh", HTMLButtonElement);
  /** Whether a failure is shown: no progress may take its place. */
  #showsFailure = false;

  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    this.#reload.onclick = () => location.reload();
    this.#reloadFresh.onclick = reloadFresh;
    // The script in index.html may have taken a stranger's error for the page's.
    this.#reset();
  }

  /**
   * Shows how far the loading is.
   *
   * @param {string} label
   * @param {number} received bytes
   * @param {number} whole bytes, 0 while that is unknown
   */
  showProgress(label, received, whole) {
    // What was still under way when something failed goes on reporting.
    if (this.#showsFailure) {
      return;
    }
    const isKnown = whole > 0;
    this.#text.textContent = isKnown ? `${label} · ${megabytes(Math.min(received, whole))} / ${megabytes(whole)} MB` : label;
    this.#progress.hidden = false;
    this.#progress.setAttribute("aria-label", label);
    if (isKnown) {
      this.#progress.value = Math.min(received / whole, 1);
    } else {
      this.#progress.removeAttribute("value");
    }
  }

  /**
   * Puts a text in the canvas's place, with the program's own reason if there is one.
   *
   * @param {string} message
   * @param {string} detail
   * @param {boolean} canReload
   */
  showFailure(message, detail, canReload) {
    this.#showsFailure = true;
    this.canvas.hidden = true;
    this.#progress.hidden = true;
    this.#text.textContent = message;
    this.#detail.textContent = detail;
    this.#reload.textContent = text("reload");
    this.#reloadFresh.textContent = text("reload_fresh");
    this.#reloadFresh.hidden = false;
    this.#actions.hidden = !canReload;
    this.#cover.setAttribute("role", "alert");
    this.#cover.hidden = false;
    if (canReload) {
      this.#reload.focus();
    }
  }

  /** Uncovers the canvas, and gives it the keyboard unless the visitor is elsewhere already. */
  hide() {
    this.#reset();
    this.#cover.hidden = true;
    this.canvas.hidden = false;
    if (document.activeElement === document.body) {
      this.canvas.focus({ preventScroll: true });
    }
  }

  #reset() {
    this.#showsFailure = false;
    this.#detail.textContent = "";
    this.#actions.hidden = true;
    this.#cover.removeAttribute("role");
  }
}

/** Loads the page without the settings that the link and the browser keep: one of them may be what stopped it. */
function reloadFresh() {
  // Where the browser refuses storage there is nothing to forget, and where it refuses the address there is nobody who set it.
  attempt(() => {
    for (const key of Object.keys(localStorage).filter((key) => key.startsWith(STORAGE_PREFIX))) {
      localStorage.removeItem(key);
    }
  });
  attempt(() => history.replaceState(null, "", location.pathname + location.search));
  location.reload();
}

/** @param {() => void} action what a browser may refuse */
function attempt(action) {
  try {
    action();
  } catch (error) {
    console.warn(error);
  }
}

/** @param {number} bytes */
function megabytes(bytes) {
  return (bytes / 1e6).toFixed(1);
}
