// The page's start: checks the browser, loads the program, hands it the canvas, and says in words what went wrong.

import { fetchChineseFont } from "./chinese_font.js";
import { Cover, element } from "./cover.js";
import { downloadModule } from "./download.js";
import { keepGraphics } from "./graphics.js";
import { letKeyboardLeave } from "./keyboard.js";
import { checkPixelBoxes } from "./pixels.js";
import { createScriptApi } from "./script_api.js";
import { keepForOffline } from "./offline.js";
import { firstMissing } from "./support.js";
import { text } from "./words.js";

/** @typedef {import("./contrastive_playground.js").PageHandle} PageHandle */

/** How often the program is asked whether it still lives. */
const PANIC_CHECK_MS = 500;

const canvas = element("playground-canvas", HTMLCanvasElement);
const cover = new Cover(canvas);
const script = createScriptApi();
Object.assign(window, { playground: script.api });

let stopped = false;

/**
 * Puts a text in the canvas's place; only the first reason counts, what follows is its echo.
 *
 * @param {string} message
 * @param {string} detail
 * @param {boolean} [canReload]
 */
function stop(message, detail, canReload = true) {
  if (!stopped) {
    stopped = true;
    cover.showFailure(message, detail, canReload);
    script.fail(detail ? `${message} ${detail}` : message);
  }
}

/**
 * What was thrown, in words.
 *
 * @param {unknown} error
 */
function reason(error) {
  return error instanceof Error ? error.message : String(error ?? "");
}

/**
 * What the program said when it panicked, if it did.
 *
 * @param {PageHandle} handle
 */
function panicMessage(handle) {
  try {
    return handle.panic_message();
  } catch {
    // A program that has trapped answers no more; the error itself has to do.
    return undefined;
  }
}

/**
 * Two frames later the program has drawn its first; a hidden page draws none, and needs no uncovering yet.
 *
 * @param {() => void} then
 */
function whenDrawn(then) {
  requestAnimationFrame(() => requestAnimationFrame(then));
}

/**
 * Stops the page when the program has panicked, or was ended by the browser (out of memory, say).
 *
 * @param {PageHandle} handle
 */
function watch(handle) {
  /** @param {unknown} [trap] */
  const check = (trap) => {
    try {
      if (!trap && !handle.has_panicked()) {
        return;
      }
    } catch (error) {
      trap = error;
    }
    clearInterval(timer);
    removeEventListener("error", onError);
    stop(text("panicked"), panicMessage(handle) ?? reason(trap));
    try {
      handle.destroy();
    } catch {
      // It's gone already; its reason is on screen.
    }
  };
  /** @param {ErrorEvent} event */
  const onError = ({ error }) => error instanceof WebAssembly.RuntimeError && check(error);
  const timer = setInterval(check, PANIC_CHECK_MS, undefined);
  addEventListener("error", onError);
}

/**
 * Moves the program to a fresh canvas whenever the browser takes the old one's graphics context away.
 *
 * @param {PageHandle} handle
 */
function watchGraphics(handle) {
  keepGraphics(canvas, {
    restart: (fresh) => handle.restart(fresh),
    onWait: () => stopped || cover.showFailure(text("graphics_lost"), "", true),
    onRestarted(fresh) {
      cover.canvas = fresh;
      whenDrawn(() => stopped || cover.hide());
    },
    onFailure(error) {
      console.error(error);
      stop(text("graphics_gone"), panicMessage(handle) ?? reason(error));
    },
  });
}

/**
 * Lets a sandboxed frame have a worker: its host's files are a stranger's to it, which no worker may start from, but may import.
 */
function adoptWorker() {
  const { worker } = canvas.dataset;
  if (worker && window.origin === "null") {
    const script = `import ${JSON.stringify(new URL(worker, location.href).href)};`;
    canvas.dataset.worker = `data:text/javascript,${encodeURIComponent(script)}`;
  }
}

async function load() {
  cover.showProgress(text("loading"), 0, 0);
  const [glue, module] = await Promise.all([
    import("./contrastive_playground.js"),
    downloadModule(
      new URL("./contrastive_playground_bg.wasm", import.meta.url),
      Number(canvas.dataset.wasmBytes) || 0,
      (received, whole) => cover.showProgress(text("loading"), received, whole),
    ),
  ]);
  cover.showProgress(text("starting"), 0, 0);
  await glue.default({ module_or_path: module });
  return glue;
}

async function main() {
  const missing = firstMissing();
  if (missing) {
    stop(text(missing), "", false);
    return;
  }
  // Who reads Chinese waits for its characters; for everybody else they come after the program.
  const isChinese = document.documentElement.lang.startsWith("zh");
  let font = isChinese ? fetchChineseFont() : undefined;
  let glue;
  try {
    glue = await load();
  } catch (error) {
    console.error(error);
    stop(text("not_loaded"), reason(error));
    return;
  }
  const handle = new glue.PageHandle();
  try {
    adoptWorker();
    await checkPixelBoxes(canvas);
    await handle.start(canvas);
  } catch (error) {
    console.error(error);
    stop(text("not_started"), panicMessage(handle) ?? reason(error));
    return;
  }
  watch(handle);
  watchGraphics(handle);
  letKeyboardLeave(handle, () => stopped);
  script.connect(handle);
  whenDrawn(() => stopped || cover.hide());
  await script.ready;
  keepForOffline();
  font ??= fetchChineseFont();
  const bytes = await font;
  if (bytes && !stopped) {
    handle.add_chinese_font(bytes);
  }
}

main().catch((error) => {
  // Where the program has stopped, the cover says so; it goes on without the Chinese font.
  if (!stopped) {
    console.warn(error);
  }
});
