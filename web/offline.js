// After the first visit the page works without a network, and can be installed: the service worker keeps its files.

/** Asks for the service worker; a browser or a host that has none (or a private window) goes on without. */
export async function keepForOffline() {
  try {
    // In a sandboxed frame reading the property throws already. The script has the same name in every build: the browser looks for a
    // changed one by itself.
    await navigator.serviceWorker?.register(new URL("./service_worker.js", import.meta.url), { updateViaCache: "none" });
  } catch (error) {
    console.warn("the page is not kept for later:", error);
  }
}
