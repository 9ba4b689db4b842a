// The training worker: its own instance of the program, made from the module that the page has already compiled.
//
// The first message is `{module}`. Whatever comes while the instance starts is kept and handed on in order;
// if it can't start, `{error}` goes back and the page trains in slices of its own time instead.

/** @type {MessageEvent[]} */
const kept = [];

/** @param {unknown} module */
async function begin(module) {
  try {
    if (!(module instanceof WebAssembly.Module)) {
      throw new Error("the compiled program did not reach the worker");
    }
    const glue = await import("./contrastive_playground.js");
    await glue.default({ module_or_path: module });
    removeEventListener("message", receive);
    glue.start_worker();
  } catch (error) {
    removeEventListener("message", receive);
    postMessage({ error: error instanceof Error ? error.message : String(error) });
    return;
  }
  for (const { data, ports } of kept) {
    dispatchEvent(new MessageEvent("message", { data, ports: [...ports] }));
  }
}

let begun = false;

/** @param {MessageEvent} event */
function receive(event) {
  if (begun) {
    kept.push(event);
  } else {
    begun = true;
    begin(event.data?.module);
  }
}

addEventListener("message", receive);
// What can't be handed over, such as a module between strangers.
addEventListener("messageerror", () => receive(new MessageEvent("message")));
