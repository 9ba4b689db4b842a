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
  const body = counted(response.body, (received) => onProgress(received, whole));
  // A host that doesn't know the type of wasm files would otherwise keep the page from starting.
  return WebAssembly.compileStreaming(new Response(body, { headers: { "content-type": "application/wasm" } }));
}

/** The same stream, telling how many bytes have gone through. */
function counted(stream, onBytes) {
  const reader = stream.getReader();
  let received = 0;
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await reader.read();
      if (done) {
        controller.close();
        return;
      }
      received += value.byteLength;
      onBytes(received);
      controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  });
}
