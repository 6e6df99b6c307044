// Answers for the roll-call without network. It holds the shell, which names nobody, and static files; never a page, a list or a document.
"use strict";
const CACHE = "pointage-" + SET.version;

addEventListener("install", (event) => event.waitUntil((async () => {
  const cache = await caches.open(CACHE);
  await cache.addAll([...SET.held, SET.shell]);
  await skipWaiting();
})()));

addEventListener("activate", (event) => event.waitUntil((async () => {
  for (const name of await caches.keys()) if (name.startsWith("pointage-") && name !== CACHE) await caches.delete(name);
  await clients.claim();
})()));

// The server no longer knows who asks: the list kept on the device goes.
const forget = () => new Promise((done) => {
  const request = indexedDB.deleteDatabase("pointage-liste");
  request.onsuccess = request.onerror = request.onblocked = done;
});

addEventListener("fetch", (event) => {
  const request = event.request, url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (SET.held.includes(url.pathname)) {
    event.respondWith(caches.match(url.pathname).then((kept) => kept || fetch(request)));
    return;
  }
  if (request.mode !== "navigate" || (url.pathname !== SET.scope && !url.pathname.startsWith(SET.scope + "/"))) return;
  event.respondWith((async () => {
    try {
      const answer = await fetch(request);
      if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) await forget();
      return answer;
    } catch (error) {
      const shell = await caches.match(SET.shell);
      if (!shell) throw error;
      return shell;
    }
  })());
});
