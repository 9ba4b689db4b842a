// The program's download, counted while it comes in and compiled at the same time.

/**
 * Fetches and compiles a wasm module.
 *
 * @param {URL} url
 * @param {number} wholeBytes its size before compression, 0 if unknown
 * @param {(received: number, whole: number) => void} onProgress called with bytes; `whole` is 0 while unknown
 * @returns {Promise<WebAssembly.Module>}
 */
export async function downloadModule(url, wholeBytes, onProgress) {
  const response = await fetch(url);
  if (!response.ok) {
    throw new Error(`${url.pathname}: ${response.status} ${response.statusText}`);
  }
  // A compressed answer's length is that of the compressed bytes, while what is counted are the others.
  const isCompressed = response.headers.has("content-encoding");
  const whole = wholeBytes || (isCompressed ? 0 : Number(response.headers.get("content-length")) || 0);
  count(response.clone().body, (received) => onProgress(received, whole));
  // The answer itself, not one made of it: browsers keep a module's optimised code with the address it came from, so that the next visit
  // has it from the start.
  return WebAssembly.compileStreaming(withType(response));
}

/**
 * The answer as wasm: a host that doesn't know the type of wasm files would otherwise keep the page from starting.
 *
 * @param {Response} response
 */
function withType(response) {
  const [type = ""] = (response.headers.get("content-type") ?? "").split(";");
  return type.trim().toLowerCase() === "application/wasm" ? response : new Response(response.body, { headers: { "content-type": "application/wasm" } });
}

/**
 * Tells how many bytes have come; a failure is left to who compiles the same stream.
 *
 * @param {ReadableStream<Uint8Array> | null} stream
 * @param {(received: number) => void} onBytes
 */
async function count(stream, onBytes) {
  let received = 0;
  try {
    for (const reader = stream?.getReader(); reader; ) {
      const { done, value } = await reader.read();
      if (done) {
        return;
      }
      received += value.byteLength;
      onBytes(received);
    }
  } catch {
    // The compiler's promise says it.
  }
}
