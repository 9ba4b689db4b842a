// Whether the browser's word on the canvas's size in device pixels can be trusted.

/**
 * Takes `devicePixelContentBoxSize` away where it contradicts the canvas's size on the page times the page's pixel ratio, as where a
 * browser's tools emulate another ratio: the program then goes by that product, and is not drawn twice too large.
 *
 * @param {HTMLCanvasElement} canvas
 */
export async function checkPixelBoxes(canvas) {
  const name = "devicePixelContentBoxSize";
  if (!("ResizeObserverEntry" in window) || !(name in ResizeObserverEntry.prototype)) {
    return;
  }
  /** @type {ResizeObserverEntry | undefined} */
  const entry = await new Promise((resolve) => {
    const observer = new ResizeObserver(([first]) => {
      observer.disconnect();
      resolve(first);
    });
    try {
      observer.observe(canvas, { box: "device-pixel-content-box" });
    } catch {
      resolve(undefined);
    }
    // A hidden page may lay nothing out.
    setTimeout(resolve, 500, undefined);
  });
  const told = entry?.devicePixelContentBoxSize?.[0]?.inlineSize;
  const expected = (entry?.contentRect.width ?? 0) * devicePixelRatio;
  if (told !== undefined && Math.abs(told - expected) > 0.02 * expected + 2) {
    Reflect.deleteProperty(ResizeObserverEntry.prototype, name);
  }
}
