// What the program can't do without. A missing module worker isn't among it: the program then trains on the page's own time.

/** The smallest module with a SIMD instruction in it (`i8x16.popcnt` of a splat). */
const SIMD_MODULE = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
]);

/** The text for the first thing that is missing, by its key, or nothing. */
export function firstMissing() {
  if (typeof WebAssembly !== "object" || typeof WebAssembly.compileStreaming !== "function") {
    // Every browser with SIMD compiles while it loads, so one without is missing the newer thing too.
    return typeof WebAssembly === "object" ? "no_simd" : "no_wasm";
  }
  if (!WebAssembly.validate(SIMD_MODULE)) {
    return "no_simd";
  }
  return hasWebGl2() ? undefined : "no_web_gl";
}

/** Whether the browser gives a canvas a graphics context, now. */
export function hasWebGl2() {
  try {
    const context = document.createElement("canvas").getContext("webgl2");
    const isUsable = context !== null && !context.isContextLost();
    // Browsers allow few contexts at a time: this one isn't left to the garbage collector.
    context?.getExtension("WEBGL_lose_context")?.loseContext();
    return isUsable;
  } catch {
    // Some privacy settings throw instead.
    return false;
  }
}
