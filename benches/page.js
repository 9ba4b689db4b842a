// How long the main thread works on a frame, measured in the page itself. `benches/page.rs` has the browser run this before the page's own scripts;
// it is no part of the site.
//
// A frame starts with the browser's call for it. Its first call to WebGL is where the program has done its own work (messages taken in,
// logic, layout, tessellation) and drawing begins. What it would draw is left out: without a GPU drawing takes the very cores that the program
// and its worker are measured on. The address's end is the run, as ever. What is found stands in `window.playgroundBench`.

/**
 * Seconds before the measurement: until the browser has compiled what every frame runs with its optimising compiler. On two processors,
 * one of them the worker's, its compiler threads hold up a frame in ten until then; those frames are told apart as `warm_up_ms`.
 */
const WARM_UP = 45;

/** Seconds of the measurement. */
const DURATION = 10;

/** Calls that only drawing makes. */
const FIRST_CALLS = ["activeTexture", "bindFramebuffer", "bindTexture", "clearColor", "disable", "enable", "scissor", "texImage2D", "texSubImage2D", "viewport"];

/** Starts to watch; before the program starts. */
function watchFrames() {
  watchWorker();
  const frames = [];
  let drawing;
  for (const name of FIRST_CALLS) {
    const call = WebGL2RenderingContext.prototype[name];
    WebGL2RenderingContext.prototype[name] = function (...values) {
      drawing ??= performance.now();
      return call.apply(this, values);
    };
  }
  WebGL2RenderingContext.prototype.drawElements = () => {};
  WebGL2RenderingContext.prototype.bufferData = () => {};
  WebGL2RenderingContext.prototype.clear = () => (drawing ??= performance.now());
  const request = window.requestAnimationFrame.bind(window);
  window.requestAnimationFrame = (callback) =>
    request((time) => {
      const start = performance.now();
      drawing = undefined;
      callback(time);
      if (drawing !== undefined) {
        frames.push({ start, work: drawing - start, whole: performance.now() - start });
      }
    });
  // The blank page that a browser starts with has nothing to measure.
  addEventListener("load", () => window.playground && measure(window.playground, frames));
}

/** Keeps in `window.playgroundTold` when the worker last told something: a frame shows it later. */
function watchWorker() {
  const { set } = Object.getOwnPropertyDescriptor(Worker.prototype, "onmessage");
  Object.defineProperty(Worker.prototype, "onmessage", {
    set(listener) {
      set.call(this, (event) => {
        window.playgroundTold = performance.now();
        listener(event);
      });
    },
  });
}

async function measure(playground, allFrames) {
  const wait = (duration) => new Promise((resolve) => setTimeout(resolve, duration * 1000));
  await playground.ready;
  const firstFrame = await trained(playground);
  const warmUp = performance.now();
  await wait(WARM_UP);
  const before = playground.state().step;
  const start = performance.now();
  await wait(DURATION);
  const duration = (performance.now() - start) / 1000;
  const state = playground.state();
  const frames = allFrames.filter((frame) => frame.start >= start);
  const early = allFrames.filter((frame) => frame.start >= warmUp && frame.start < start);
  const result = {
    first_trained_frame_ms: firstFrame,
    seconds: duration,
    frames: frames.length,
    steps_per_second: (state.step - before) / duration,
    work_ms: spread(frames.map(({ work }) => work)),
    warm_up_ms: spread(early.map(({ work }) => work)),
    with_drawing_ms: spread(frames.map(({ whole }) => whole)),
    points: state.points,
    size: [innerWidth, innerHeight],
    memory_bytes: performance.memory?.usedJSHeapSize,
  };
  window.playgroundBench = result;
}

/** Milliseconds from the navigation to the first frame that shows a trained step. */
async function trained(playground) {
  while (playground.state().step === 0) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await new Promise((resolve) => requestAnimationFrame(resolve));
  return performance.now();
}

function spread(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  return { median: at(0.5), p95: at(0.95), largest: sorted.at(-1) };
}

watchFrames();
