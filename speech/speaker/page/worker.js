// Keeps the page's own files, so that it opens and says so when the network is gone. Never keeps speech or tokens.

const SHELF = "anbu-speaker-2";
const FILES = ["/speaker", "/speaker/speaker.css", "/speaker/manifest.webmanifest"].concat(
  ["alarm", "barge", "capture", "connection", "screen", "sound", "speaker", "talk", "typing"].map(
    (name) => "/speaker/" + name + ".js"),
  ["icon.svg", "icon-192.png", "icon-512.png", "icon-whole.png"].map((name) => "/speaker/" + name));

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(SHELF).then((shelf) => shelf.addAll(FILES)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(caches.keys().then((names) => Promise.all(
    names.filter((name) => name !== SHELF).map((name) => caches.delete(name)))).then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const path = new URL(event.request.url).pathname;
  if (event.request.method !== "GET" || FILES.indexOf(path) < 0) return;
  event.respondWith(fetch(event.request).then((answer) => {
    if (answer.ok) {
      const copy = answer.clone();
      event.waitUntil(caches.open(SHELF).then((shelf) => shelf.put(path, copy)));
    }
    return answer;
  }).catch(() => caches.match(path)));
});
