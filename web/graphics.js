// A browser may take the canvas's graphics context away: a driver starts again, a phone needs the memory. What the program had on the
// graphics card is gone then, but its run is not: it only needs a fresh canvas.

import { hasWebGl2 } from "./support.js";

/** How often a browser that has no context to give is asked again, unless it says so itself. */
const RETRY_MS = 2000;

/**
 * Keeps the program on a canvas that it can draw on.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {object} page
 * @param {(canvas: HTMLCanvasElement) => Promise<void>} page.restart moves the program to a fresh canvas
 * @param {() => void} page.onWait there is no context to be had for the time being
 * @param {(canvas: HTMLCanvasElement) => void} page.onRestarted the program draws on this canvas now
 * @param {(error: unknown) => void} page.onFailure the program could not be moved
 */
export function keepGraphics(canvas, { restart, onWait, onRestarted, onFailure }) {
  let current = canvas;
  let isMoving = false;
  let askNow = () => {};

  const move = async () => {
    // A context that goes while the program is moving is noticed below.
    if (isMoving) {
      return;
    }
    isMoving = true;
    try {
      do {
        for (let isFirst = true; !hasWebGl2(); isFirst = false) {
          if (isFirst) {
            onWait();
          }
          await new Promise((resolve) => {
            askNow = () => resolve(undefined);
            setTimeout(resolve, RETRY_MS);
          });
        }
        current = replaceByClone(current);
        listen(current);
        await restart(current);
        onRestarted(current);
      } while (isLost(current));
    } catch (error) {
      onFailure(error);
    }
    isMoving = false;
  };

  /** @param {HTMLCanvasElement} canvas */
  const listen = (canvas) => {
    canvas.addEventListener("webglcontextlost", (event) => {
      // Otherwise the browser would never say that it has contexts again.
      event.preventDefault();
      if (canvas === current) {
        move();
      }
    });
    canvas.addEventListener("webglcontextrestored", () => askNow());
  };
  listen(canvas);
}

/**
 * Puts a copy in a canvas's place: a context belongs to its canvas for ever.
 *
 * @param {HTMLCanvasElement} canvas
 */
function replaceByClone(canvas) {
  const clone = /** @type {HTMLCanvasElement} */ (canvas.cloneNode());
  clone.hidden = false;
  canvas.replaceWith(clone);
  return clone;
}

/** @param {HTMLCanvasElement} canvas */
function isLost(canvas) {
  return canvas.getContext("webgl2")?.isContextLost() ?? false;
}
