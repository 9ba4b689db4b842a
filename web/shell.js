// The page's start: checks the browser, loads the program, hands it the canvas, and says in words what went wrong.

import { fetchChineseFont } from "./chinese_font.js?v=BUILD_MARK";
import { Cover } from "./cover.js?v=BUILD_MARK";
import { downloadModule } from "./download.js?v=BUILD_MARK";
import { createScriptApi } from "./script_api.js?v=BUILD_MARK";
import { keepForOffline } from "./offline.js?v=BUILD_MARK";
import { firstMissing } from "./support.js?v=BUILD_MARK";
import { words } from "./words.js?v=BUILD_MARK";

/** How often the program is asked whether it still lives. */
const PANIC_CHECK_MS = 500;

/** `?bench` in the address: the page measures its frames and writes what it finds into itself. */
const BENCH = new URLSearchParams(location.search).has("bench");

const canvas = document.getElementById("playground");
const cover = new Cover(canvas);
const script = createScriptApi();
window.playground = script.api;

let stopped = false;

/** Puts a text in the canvas's place; only the first reason counts, what follows is its echo. */
function stop(text, detail, canReload = true) {
  if (!stopped) {
    stopped = true;
    cover.showFailure(text, detail, canReload);
    script.fail(detail ? `${text} ${detail}` : text);
  }
}

/** Two frames later the program has drawn its first; a hidden page draws none, and needs no uncovering yet. */
function whenDrawn(then) {
  requestAnimationFrame(() => requestAnimationFrame(then));
}

/** Stops the page when the program has panicked, or was ended by the browser (out of memory, say). */
function watch(handle) {
  const check = (trap) => {
    let message;
    try {
      if (!trap && !handle.has_panicked()) {
        return;
      }
      message = handle.panic_message();
    } catch (error) {
      trap ??= error;
    }
    clearInterval(timer);
    removeEventListener("error", onError);
    stop(words().panicked, message ?? String(trap ?? ""));
    try {
      handle.destroy();
    } catch {
      // It's gone already; its reason is on screen.
    }
  };
  const onError = ({ error }) => error instanceof WebAssembly.RuntimeError && check(error);
  const timer = setInterval(check, PANIC_CHECK_MS, undefined);
  addEventListener("error", onError);
}

async function load() {
  cover.showProgress(words().loading, 0, 0);
  const [glue, module] = await Promise.all([
    import("./contrastive_playground.js?v=BUILD_MARK"),
    downloadModule(
      new URL("./contrastive_playground_bg.wasm?v=BUILD_MARK", import.meta.url),
      Number(canvas.dataset.wasmBytes) || 0,
      (received, whole) => cover.showProgress(words().loading, received, whole),
    ),
  ]);
  cover.showProgress(words().starting, 0, 0);
  await glue.default({ module_or_path: module });
  return glue;
}

async function main() {
  const missing = firstMissing();
  if (missing) {
    stop(words()[missing], "", false);
    return;
  }
  // Who reads Chinese waits for its characters; for everybody else they come after the program.
  const isChinese = document.documentElement.lang.startsWith("zh");
  let font = isChinese ? fetchChineseFont() : undefined;
  let glue;
  try {
    if (BENCH) {
      await import("./bench.js?v=BUILD_MARK").then(({ watchFrames }) => watchFrames(script.api));
    }
    glue = await load();
  } catch (error) {
    console.error(error);
    stop(words().notLoaded, String(error?.message ?? error));
    return;
  }
  const handle = new glue.PageHandle();
  try {
    await handle.start(canvas);
  } catch (error) {
    console.error(error);
    let message;
    try {
      message = handle.panic_message();
    } catch {
      // The error itself has to do.
    }
    stop(words().notStarted, message ?? String(error?.message ?? error));
    return;
  }
  watch(handle);
  script.connect(handle);
  whenDrawn(() => stopped || cover.hide());
  await script.api.ready;
  keepForOffline();
  font ??= fetchChineseFont();
  font.then((bytes) => bytes && !stopped && handle.add_chinese_font(bytes)).catch((error) => console.warn(error));
}

main();
