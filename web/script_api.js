// `window.playground`: the run in a script's hands, for pages that embed this one and for tests. The README documents it.

/** How often the program is asked for its first snapshot. */
const READY_CHECK_MS = 30;

/** More steps than this in one call would be a slip of the keyboard. */
const MAX_STEPS = 1_000_000;

/**
 * Makes the API before the program is there.
 *
 * `connect` gives it the program; `fail` ends it with a reason.
 */
export function createScriptApi() {
  let program;
  let failure;
  let becomeReady;
  let neverReady;
  const ready = new Promise((resolve, reject) => {
    becomeReady = resolve;
    neverReady = reject;
  });
  // The page shows the reason itself; a script that waits for `ready` still gets it.
  ready.catch(() => {});

  const needProgram = () => {
    if (failure) {
      throw new Error(`the playground has stopped: ${failure}`);
    }
    if (!program) {
      throw new Error("the playground isn't ready yet: wait for `await playground.ready` first");
    }
    return program;
  };

  const api = Object.freeze({
    /** Resolves when the first snapshot of the run is there; rejects with the reason if the program can't start. */
    ready,
    /** Every parameter's value, by its key. */
    config: () => JSON.parse(needProgram().config()),
    /** Sets parameters by their keys, like `set({loss: "triplet", alpha: 0.5})`; throws an `Error` and changes nothing if one is wrong. */
    set(values) {
      const handle = needProgram();
      const json = toJson(values);
      asError(() => handle.set(json));
    },
    /** Lets the run go on. */
    play: () => needProgram().play(),
    /** Holds the run. */
    pause: () => needProgram().pause(),
    /** Takes `n` steps and returns the state after them. */
    async step(n = 1) {
      if (!Number.isInteger(n) || n < 1 || n > MAX_STEPS) {
        throw new Error(`step: ${shown(n)} isn't a number of steps; a whole number from 1 to ${MAX_STEPS} is`);
      }
      return JSON.parse(await asErrorAsync(needProgram().step(n)));
    },
    /** Starts the same run again and returns its first state. */
    reset: async () => JSON.parse(await asErrorAsync(needProgram().reset())),
    /** Step, loss, metrics, fingerprint and whether the run is going. */
    state: () => JSON.parse(needProgram().state()),
    /** The embeddings on screen, row by row; a row has `state().dim` numbers. */
    embeddings: () => needProgram().embeddings(),
  });

  return {
    api,
    connect(handle) {
      const timer = setInterval(() => {
        if (failure) {
          clearInterval(timer);
        } else if (hasSnapshot(handle)) {
          clearInterval(timer);
          program = handle;
          becomeReady();
        }
      }, READY_CHECK_MS);
    },
    fail(reason) {
      failure = reason;
      neverReady(new Error(reason));
    },
  };
}

/** Whether the program has a state to tell yet. */
function hasSnapshot(handle) {
  try {
    return typeof JSON.parse(handle.state())?.step === "number";
  } catch {
    return false;
  }
}

/** The values as JSON text, with what JSON has no word for written out, so that the program can name it in its message. */
function toJson(values) {
  if (typeof values !== "object" || values === null || Array.isArray(values)) {
    throw new Error(`set: ${shown(values)} isn't an object of keys and values, like {tau: 0.1}`);
  }
  return JSON.stringify(values, (_key, value) => {
    if (ArrayBuffer.isView(value)) {
      return Array.from(value);
    }
    const isPlain = value === null || ["object", "string", "boolean"].includes(typeof value) || Number.isFinite(value);
    return isPlain ? value : String(value);
  });
}

/** A value as a message names it. */
function shown(value) {
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

/** Runs a call so that whatever it throws is an `Error`. */
function asError(call) {
  try {
    return call();
  } catch (error) {
    throw error instanceof Error ? error : new Error(String(error));
  }
}

/** The same for a promise. */
async function asErrorAsync(promise) {
  try {
    return await promise;
  } catch (error) {
    throw error instanceof Error ? error : new Error(String(error));
  }
}
