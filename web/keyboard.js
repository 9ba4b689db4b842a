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
      // The program must not see it; the browser then moves on by itself, from the first or the last of what is the program's.
      event.stopImmediatePropagation();
      const own = document.querySelectorAll("#playground-canvas, body > input");
      const end = own[event.shiftKey ? 0 : own.length - 1];
      if (end instanceof HTMLElement) {
        end.focus({ preventScroll: true });
        if (key === "Escape") {
          end.blur();
        }
      }
    }
  };
  addEventListener("keydown", onKey, { capture: true });
}
