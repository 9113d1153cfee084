// The service worker: keeps the browser's files and one offline page, so that the app starts without a network and says what
// it can't do. It never keeps a page of films, of somebody's own, or an answer of the API.
//
// Files under /pkg/ carry their content's hash: what is kept is right for good, and is asked for once. A new build brings new
// names; when one arrives, its older version goes and the offline page, which names them, is fetched anew.

const CACHE = "matinee-1"; // raise it to drop everything kept so far
const OFFLINE = "/offline";
const NAVIGATION_TIMEOUT_MS = 8_000;

self.addEventListener("install", (event) => {
  event.waitUntil(keepOfflinePage().then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      const names = await caches.keys();
      await Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name)));
      await self.registration.navigationPreload?.enable();
      await self.clients.claim();
    })(),
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate") {
    event.respondWith(navigate(event));
  } else if (url.pathname.startsWith("/pkg/")) {
    event.respondWith(fromCacheFirst(event));
  }
});

/** The page from the network; the offline page when there is none, or none in time. */
async function navigate(event) {
  try {
    const answer = (async () => (await event.preloadResponse) ?? fetch(event.request))();
    return await inTime(answer);
  } catch {
    return (await caches.match(OFFLINE)) ?? Response.error();
  }
}

function inTime(answer) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("timeout")), NAVIGATION_TIMEOUT_MS);
    answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** A file by its hashed name: kept, or from the network and then kept. */
async function fromCacheFirst(event) {
  const kept = await caches.match(event.request);
  if (kept) return kept;
  const answer = await fetch(event.request);
  if (answer.ok) event.waitUntil(keep(event.request.url, answer.clone()));
  return answer;
}

async function keep(address, answer) {
  const cache = await caches.open(CACHE);
  await cache.put(address, answer);
  const older = (await cache.keys()).filter((kept) => kept.url !== address && plainName(kept.url) === plainName(address));
  await Promise.all(older.map((kept) => cache.delete(kept)));
  if (older.length > 0 && address.endsWith(".css")) await keepOfflinePage();
}

/** `/pkg/matinee-0a1b2c3d4e5f6789.css` → `/pkg/matinee.css` */
function plainName(address) {
  return new URL(address).pathname.replace(/-[0-9a-f]{8,}(?=[._])/, "");
}

/** Fetches the offline page as nobody in particular, and the style sheets, scripts and modules that it names. */
async function keepOfflinePage() {
  const cache = await caches.open(CACHE);
  const page = await fetch(OFFLINE, { credentials: "omit", cache: "reload" });
  if (!page.ok) throw new Error(`the offline page answered ${page.status}`);
  const html = await page.clone().text();
  await cache.put(OFFLINE, page);
  const named = new Set([...html.matchAll(/["'](\/pkg\/[^"'\s]+)["']/g)].map(([, address]) => address));
  await Promise.all(
    [...named].map(async (address) => {
      if (!(await cache.match(address))) await cache.add(address).catch(() => {});
    }),
  );
}
