// `window.playground`: the run in a script's hands, for pages that embed this one and for tests. docs/embedding.md documents it.

/** @typedef {import("./contrastive_playground.js").PageHandle} PageHandle */

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
  /** @type {PageHandle | undefined} */
  let program;
  /** @type {string | undefined} */
  let failure;
  /** @type {() => void} */
  let becomeReady;
  /** @type {(error: Error) => void} */
  let neverReady;
  /** @type {Promise<void>} */
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
    config: () => JSON.parse(asError(() => needProgram().config())),
    /**
     * Sets parameters by their keys, like `set({loss: "triplet", alpha: 0.5})`; throws an `Error` and changes nothing if one is wrong.
     *
     * @param {unknown} values
     */
    set(values) {
      const handle = needProgram();
      asError(() => handle.set(toJson(values)));
    },
    /** Lets the run go on. */
    play: () => asError(() => needProgram().play()),
    /** Holds the run. */
    pause: () => asError(() => needProgram().pause()),
    /** Takes `n` steps and returns the state after them; rejects if another call ends them early. */
    async step(n = 1) {
      if (!Number.isInteger(n) || n < 1 || n > MAX_STEPS) {
        throw new Error(`step: ${shown(n)} isn't a number of steps; a whole number from 1 to ${MAX_STEPS} is`);
      }
      return JSON.parse(await asErrorAsync(() => needProgram().step(n)));
    },
    /** Starts the same run again and returns its first state; rejects if another call comes between. */
    reset: async () => JSON.parse(await asErrorAsync(() => needProgram().reset())),
    /** Step, loss, metrics, fingerprint and whether the run is going. */
    state: () => JSON.parse(asError(() => needProgram().state())),
    /** What the method shows besides points: rows such as a queue's keys, tables, labels. */
    exhibits: () => JSON.parse(asError(() => needProgram().exhibits())),
    /**
     * Pins a training point, as a click on it does, and returns why it moves: its candidates, shares and forces. Without a point (or with
     * `null`) none is pinned, and the answer is `null`.
     *
     * @param {unknown} point
     */
    async inspect(point = null) {
      if (point !== null && !(Number.isInteger(point) && /** @type {number} */ (point) >= 0)) {
        throw new Error(`inspect: ${shown(point)} isn't a point; a whole number from 0 to ${MAX_STEPS} is, or null for none`);
      }
      return JSON.parse(await asErrorAsync(() => needProgram().inspect(/** @type {number | null} */ (point))));
    },
    /** Trains probes on x, h and z, as the button does, and returns what they find; rejects if somebody ends it. */
    probe: async () => JSON.parse(await asErrorAsync(() => needProgram().probe())),
    /**
     * Has the pages' panes and `embeddings()` show a space: "h", "z", "p" or "target"; throws an `Error` if the run doesn't have it.
     *
     * @param {unknown} space
     */
    show(space) {
      const handle = needProgram();
      if (typeof space !== "string") {
        throw new Error(`show: ${shown(space)} isn't a space; "h", "z", "p" and "target" are`);
      }
      asError(() => handle.show_space(space));
    },
    /** The embeddings of the present, row by row; a row has `state().dim` numbers. */
    embeddings: () => asError(() => needProgram().embeddings()),
  });

  return {
    api,
    ready,
    /** @param {PageHandle} handle */
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
    /** @param {string} reason */
    fail(reason) {
      failure = reason;
      neverReady(new Error(reason));
    },
  };
}

/**
 * Whether the program has a state to tell yet.
 *
 * @param {PageHandle} handle
 */
function hasSnapshot(handle) {
  try {
    return typeof JSON.parse(handle.state())?.step === "number";
  } catch {
    return false;
  }
}

/**
 * The values of `set` as JSON text. Anything but a plain object of keys and values is refused here; what JSON has no word for is written out
 * as a text, which the program refuses in a message that names the key, this text and what would be right.
 *
 * @param {unknown} values
 */
function toJson(values) {
  const right = "an object of keys and values, like {tau: 0.1}";
  if (!isPlainObject(values)) {
    const isMap = Object.prototype.toString.call(values) === "[object Map]";
    throw new Error(`set: ${shown(values)} isn't ${right}${isMap ? "; Object.fromEntries makes one of a Map" : ""}`);
  }
  const entries = Reflect.ownKeys(values).map((key) => {
    const property = Reflect.getOwnPropertyDescriptor(values, key);
    if (typeof key === "symbol" || !property?.enumerable) {
      throw new Error(`set: ${typeof key === "symbol" ? `the key ${String(key)} is no text` : `${key} can't be enumerated`}: the values have to be ${right}`);
    }
    return [key, read(values, key)];
  });
  return JSON.stringify(Object.fromEntries(entries));
}

/**
 * Whether a value is a plain object, of this page or of one that embeds it (whose `Object` is another): no list, no `Map`, no instance of a
 * class, and nothing that inherits its keys.
 *
 * @param {unknown} value
 * @returns {value is Record<string, unknown>}
 */
function isPlainObject(value) {
  if (Object.prototype.toString.call(value) !== "[object Object]") {
    return false;
  }
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || (Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, "hasOwnProperty"));
}

/**
 * Reads a value, as JSON can hold it; a getter may throw anything.
 *
 * @param {Record<string, unknown>} values
 * @param {string} key
 */
function read(values, key) {
  try {
    return forJson(values[key]);
  } catch (error) {
    throw new Error(`set: ${key} can't be read, reading it throws: ${toError(error).message}; a plain value is right`);
  }
}

/**
 * A value as JSON can hold it.
 *
 * @param {unknown} value
 */
function forJson(value) {
  if (value === null || typeof value === "string" || typeof value === "boolean" || Number.isFinite(value)) {
    return value;
  }
  if (Array.isArray(value) || (ArrayBuffer.isView(value) && "length" in value)) {
    return listForJson(/** @type {ArrayLike<unknown>} */ (value));
  }
  return typeof value === "bigint" ? String(value) : shown(value);
}

/**
 * A list of whole numbers as it is, and any other in words.
 *
 * @param {ArrayLike<unknown>} list
 */
function listForJson(list) {
  if (list.length > MAX_ITEMS) {
    return `a list of ${list.length} items`;
  }
  for (let index = 0; index < list.length; index++) {
    if (!Number.isInteger(list[index])) {
      return `a list whose item ${index} is ${index in list ? shown(list[index]) : "missing"}`;
    }
  }
  return Array.from(list);
}

/** No parameter takes a list of this length. */
const MAX_ITEMS = 1000;

/** The longest text that a message repeats. */
const MAX_SHOWN = 60;

/**
 * A value as a message names it.
 *
 * @param {unknown} value
 */
function shown(value) {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value.length > MAX_SHOWN ? `${value.slice(0, MAX_SHOWN)}…` : value);
    case "bigint":
      return `${value}n`;
    case "function":
      return "a function";
    case "object":
      return value === null ? "null" : kind(value);
    default:
      return String(value);
  }
}

/**
 * What an object is, by the name of its class.
 *
 * @param {object} value
 */
function kind(value) {
  if (Array.isArray(value)) {
    return "a list";
  }
  let name;
  try {
    name = value.constructor?.name;
  } catch {
    // A getter that throws; the name is only for the message.
  }
  if (typeof name !== "string" || name === "" || name === "Object") {
    return isPlainObject(value) ? "an object" : "an object that inherits its keys";
  }
  return `${/^[AEIOU]/.test(name) ? "an" : "a"} ${name}`;
}

/**
 * Runs a call so that whatever it throws is an `Error`.
 *
 * @template Result
 * @param {() => Result} call
 */
function asError(call) {
  try {
    return call();
  } catch (error) {
    throw toError(error);
  }
}

/**
 * The same for a promise.
 *
 * @param {() => Promise<string>} call
 */
async function asErrorAsync(call) {
  try {
    return await call();
  } catch (error) {
    throw toError(error);
  }
}

/** @param {unknown} error what was thrown */
function toError(error) {
  return error instanceof Error ? error : new Error(typeof error === "string" ? error : shown(error));
}
