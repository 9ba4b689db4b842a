// The way out of the canvas by the keyboard (WCAG 2.1.2): the program keeps Tab for its own controls, but for the press that leads past
// its last one, or before its first one.

/** @typedef {import("./contrastive_playground.js").PageHandle} PageHandle */

/**
 * Lets Tab past the ends, and Escape, leave the program.
 *
 * @param {PageHandle} handle
 * @param {() => boolean} hasStopped
 */
export function letKeyboardLeave(handle, hasStopped) {
  /** @param {KeyboardEvent} event */
  const onKey = (event) => {
    const { key, target } = event;
    const isHeld = event.ctrlKey || event.altKey || event.metaKey || event.isComposing;
    // The program listens on its canvas and on a field of its own for what is typed; the cover's buttons are the page's.
    const isPages = target instanceof Element && target.closest("#cover, a, button");
    if (hasStopped() || isHeld || isPages || !(key === "Tab" || key === "Escape")) {
      return;
    }
    if (key === "Tab" ? handle.tab_leaves(event.shiftKey) : handle.escape_leaves()) {
      // The program must not see it; the browser then moves on from here by itself.
      event.stopImmediatePropagation();
      if (key === "Escape" || event.shiftKey) {
        // Before the canvas there is the start of the page.
        if (document.activeElement instanceof HTMLElement) {
          document.activeElement.blur();
        }
        document.getSelection()?.collapse(document.body, event.shiftKey ? 0 : document.body.childNodes.length);
      }
    }
  };
  addEventListener("keydown", onKey, { capture: true });
}
