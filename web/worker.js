// The training worker: its own instance of the program, made from the module that the page has already compiled.
//
// The first message is `{module}`. Whatever comes while the instance starts is kept and handed on in order;
// if it can't start, `{error}` goes back and the page trains in slices of its own time instead.

/** @type {MessageEvent[]} */
const kept = [];

async function begin(module) {
  try {
    const glue = await import("./contrastive_playground.js?v=BUILD_MARK");
    await glue.default({ module_or_path: module });
    removeEventListener("message", receive);
    glue.start_worker();
  } catch (error) {
    removeEventListener("message", receive);
    postMessage({ error: String(error?.message ?? error) });
    return;
  }
  for (const { data, ports } of kept) {
    dispatchEvent(new MessageEvent("message", { data, ports: [...ports] }));
  }
}

let begun = false;

function receive(event) {
  if (begun) {
    kept.push(event);
  } else {
    begun = true;
    begin(event.data?.module);
  }
}

addEventListener("message", receive);
