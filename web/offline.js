// After the first visit the page works without a network, and can be installed: the service worker keeps its files.

/** Asks for the service worker; a browser or a host that has none (or a private window) goes on without. */
export function keepForOffline() {
  // A script with the same name for every build: the browser looks for a changed one by itself.
  navigator.serviceWorker?.register(new URL("./service_worker.js", import.meta.url), { updateViaCache: "none" }).catch((error) => {
    console.warn(`the page is not kept for later: ${error?.message ?? error}`);
  });
}
