// Keeps the page's files, so that it works without a network after the first visit.
//
// Every file but the page itself is asked for with its build's mark, so a file that is kept is the right one for ever, and a build's files
// are never mixed with another's: a page loads what its own index.html names. A new build is loaded by the first visit that has a
// network; the files of the old one go when no page that needs them is open any more (which is when a new service worker takes over).

/** The worker's own scope, which has more than other workers'. */
const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));

/** The folder of the site. */
const SCOPE = worker.registration.scope;

/** @type {string} */
const BUILD = "BUILD_MARK";
const CACHE = `contrastive-playground ${SCOPE} ${BUILD}`;
const OURS = `contrastive-playground ${SCOPE} `;

/** @type {string[]} */
// @ts-ignore: the build fills in the list.
const FILES = [SITE_FILES];

/** How long a visit waits for the network before it takes the page that is kept. */
const PATIENCE_MS = 3000;

/** The page itself. */
const page = () => new URL("./", SCOPE).href;

/**
 * What a file is asked for as, and kept as.
 *
 * @param {string} file
 */
const keyOf = (file) => (file === "index.html" ? page() : new URL(`./${file}?v=${BUILD}`, SCOPE).href);

async function keepEverything() {
  const answers = await Promise.all(
    FILES.map(async (file) => {
      // The browser has just loaded most of them; only the page itself may have changed since.
      const answer = await fetch(keyOf(file), { cache: file === "index.html" ? "no-cache" : "default" });
      if (!answer.ok) {
        throw new Error(`${file}: ${answer.status}`);
      }
      if (file === "index.html" && !(await answer.clone().text()).includes(BUILD)) {
        throw new Error("the site has changed meanwhile; the next visit tries again");
      }
      return { key: keyOf(file), answer };
    }),
  );
  // All or nothing: a cache that exists is whole.
  const cache = await caches.open(CACHE);
  await Promise.all(answers.map(({ key, answer }) => cache.put(key, answer)));
}

async function forgetOthers() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(OURS) && name !== CACHE).map((name) => caches.delete(name)));
}

/**
 * The page from the network, or the kept one where that fails or takes too long.
 *
 * @param {Request} request
 * @returns {Promise<Response>}
 */
async function visit(request) {
  const kept = await (await caches.open(CACHE)).match(page());
  const fresh = fetch(request);
  if (!kept) {
    return fresh;
  }
  /** @type {Promise<Response>} */
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS, kept));
  // An answer that is an error (a portal's, a broken host's) is no reason not to show the page.
  return Promise.race([fresh.then((answer) => (answer.ok ? answer : kept), () => kept), late]);
}

worker.addEventListener("install", (event) => event.waitUntil(keepEverything()));

worker.addEventListener("activate", (event) => event.waitUntil(forgetOthers().then(() => worker.clients.claim())));

worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || !url.href.startsWith(SCOPE)) {
    return;
  }
  if (request.mode === "navigate") {
    if (url.pathname === new URL(page()).pathname || url.pathname.endsWith("/index.html")) {
      event.respondWith(visit(request));
    }
    return;
  }
  if (url.searchParams.has("v")) {
    event.respondWith(caches.match(request).then((kept) => kept ?? fetch(request)));
  }
});
