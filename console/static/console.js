// The live parts of the control centre: fresh fragments over server-sent events, counters, siren. No dependencies.
"use strict";

const frame = document.querySelector(".frame");
const words = JSON.parse(frame.dataset.words);
const say = (key, n) => words[key].replace("{n}", n).replace("{span}", n);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const fragments = all("[data-fragment]");

// --- the service's clock may run faster than the wall's
const speed = Number(frame.dataset.speed) || 1;
const pageLoaded = Date.now();
const serviceThen = Date.parse(frame.dataset.now);
const serviceNow = () => serviceThen + (Date.now() - pageLoaded) * speed;

function lengthOf(ms) {
  const s = Math.floor(Math.abs(ms) / 1000), m = Math.floor(s / 60), h = Math.floor(m / 60), d = Math.floor(h / 24);
  if (d) return h % 24 ? `${say("days", d)} ${say("hours", h % 24)}` : say("days", d);
  if (h) return m % 60 ? `${say("hours", h)} ${say("minutes", m % 60)}` : say("hours", h);
  return m ? say("minutes", m) : say("seconds", s);
}

function leftOf(ms) {
  const s = Math.floor(Math.abs(ms) / 1000);
  return s < 600 ? `${Math.floor(s / 60)}:${String(s % 60).padStart(2, "0")}` : lengthOf(ms);
}

function tick() {
  const now = serviceNow();
  for (const el of all("[data-left]")) {
    const left = Date.parse(el.dataset.left) - now;
    el.classList.toggle("late", left < 0);
    el.querySelector("small").textContent = left < 0 ? words.left_late : words.left;
    el.querySelector("b").textContent = leftOf(left);
  }
  for (const el of all("[data-ago]")) {
    const past = now - Date.parse(el.dateTime);
    if (past >= 0) el.textContent = say("ago", lengthOf(past));
  }
}

// --- fragments: fetched again when something they show has changed
const known = new Set(all(".item[data-id]").map((el) => el.dataset.id));
const pending = new Map();

function keptInput(root) {
  const kept = {};
  for (const el of all("textarea, input:not([type=hidden]), select", root)) {
    if (el.type === "radio" || el.type === "checkbox") { if (el.checked) kept[`${el.name}=${el.value}`] = true; } else if (el.id) kept[el.id] = el.value;
  }
  return { kept, opened: all("details[open] > summary", root).map((el) => el.textContent), focus: document.activeElement?.id || document.activeElement?.getAttribute?.("href") };
}

function giveBack(root, { kept, opened, focus }) {
  for (const el of all("textarea, input:not([type=hidden]), select", root)) {
    if (el.type === "radio" || el.type === "checkbox") el.checked = Boolean(kept[`${el.name}=${el.value}`]); else if (el.id in kept) el.value = kept[el.id];
  }
  for (const el of all("details > summary", root)) if (opened.includes(el.textContent)) el.parentElement.open = true;
  if (focus && root.contains(document.activeElement) === false) (document.getElementById(focus) || root.querySelector(`[href="${CSS.escape(focus)}"]`))?.focus({ preventScroll: true });
}

async function refresh(el) {
  const response = await fetch(el.dataset.fragment, { headers: { Accept: "text/html" }, redirect: "manual" });
  if (response.type === "opaqueredirect" || response.status === 401) return signedOut();
  if (!response.ok) return;
  const html = await response.text();
  const before = keptInput(el), holding = el.contains(document.activeElement);
  el.innerHTML = html;
  if (holding || Object.keys(before.kept).length) giveBack(el, before);
  announce(el);
  tick();
  ring();
}

const fetched = new WeakMap();

// the first change shows at once, a burst of them once a second
function soon(el) {
  if (pending.has(el)) return;
  const wait = Math.max(80, 1000 - (Date.now() - (fetched.get(el) ?? 0)));
  pending.set(el, setTimeout(() => { pending.delete(el); fetched.set(el, Date.now()); refresh(el).catch(() => {}); }, wait));
}

function announce(root) {
  const fresh = all(".item.open[data-id]", root).filter((el) => !known.has(el.dataset.id));
  for (const el of fresh) { known.add(el.dataset.id); el.classList.add("new"); }
  const voice = document.querySelector("[data-say]");
  if (voice && fresh.length) voice.textContent = voice.dataset.arrived.replace("{level}", fresh[0].getAttribute("aria-label"));
}

function concerns(el, change) {
  const kinds = el.dataset.onKinds.split(" ");
  return kinds.includes(change.kind) || (el.dataset.ref && change.ref === el.dataset.ref);
}

// --- the live connection
const lamp = document.querySelector("[data-live-state]");
function light(state, text) { if (lamp) { lamp.dataset.state = state; lamp.textContent = text; } }

let feed;
function listen() {
  feed = new EventSource("/api/v1/events");
  feed.onopen = () => { light("on", words.on); fragments.forEach(soon); };
  feed.onerror = () => { light("lost", words.lost); if (feed.readyState === EventSource.CLOSED) setTimeout(listen, 5000); fragments.forEach(soon); };
  feed.addEventListener("change", (event) => {
    const change = JSON.parse(event.data);
    fragments.filter((el) => concerns(el, change)).forEach(soon);
  });
}

function signedOut() {
  feed?.close();
  location.assign(`/login?next=${encodeURIComponent(location.pathname)}`);
}

// --- the siren: only for emergencies nobody has taken, only once somebody has switched it on
const button = document.querySelector("[data-siren]");
let sound, wanted = localStorage.getItem("siren") === "on";

function emergencies() { return all("[data-emergencies]").reduce((n, el) => Math.max(n, Number(el.dataset.emergencies)), 0); }

function ring() {
  const open = all("[data-open]").reduce((n, el) => Math.max(n, Number(el.dataset.open)), 0);
  document.title = document.title.replace(/^\(\d+\) /, "");
  if (open) document.title = `(${open}) ${document.title}`;
  for (const el of all("[data-tally]")) { el.textContent = open; el.hidden = !open; }
}

function wail() {
  if (!wanted || !emergencies()) return;
  sound ??= new AudioContext();
  if (sound.state === "suspended") { sound.resume(); return; }
  const tone = sound.createOscillator(), volume = sound.createGain(), t = sound.currentTime;
  tone.type = "triangle";
  [880, 660, 880, 660].forEach((hz, i) => tone.frequency.setValueAtTime(hz, t + i * 0.28));
  volume.gain.setValueAtTime(0.0001, t);
  volume.gain.exponentialRampToValueAtTime(0.28, t + 0.03);
  volume.gain.setValueAtTime(0.28, t + 1.05);
  volume.gain.exponentialRampToValueAtTime(0.0001, t + 1.12);
  tone.connect(volume).connect(sound.destination);
  tone.start(t);
  tone.stop(t + 1.15);
}

function showSiren() {
  if (!button) return;
  button.setAttribute("aria-pressed", String(wanted));
  button.querySelector("span").textContent = wanted ? button.dataset.on : button.dataset.off;
  button.querySelector("use").setAttribute("href", `/static/icons.svg#${wanted ? "bell" : "mute"}`);
}

button?.addEventListener("click", () => {
  wanted = !wanted;
  localStorage.setItem("siren", wanted ? "on" : "off");
  showSiren();
  wail();
});

// --- forms inside a fragment are sent without leaving the page
function complain(root, text) {
  let box = root.querySelector("[data-complaint]");
  if (!box) { box = document.createElement("div"); box.className = "notice urgent"; box.dataset.complaint = ""; box.setAttribute("role", "alert"); root.prepend(box); }
  box.textContent = text;
  setTimeout(() => box.remove(), 9000);
}

document.addEventListener("submit", async (event) => {
  const form = event.target, root = form.closest("[data-fragment]");
  if (!root || !("live" in form.dataset)) return;
  event.preventDefault();
  const press = form.querySelector("button");
  press.disabled = true;
  try {
    const response = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), headers: { Accept: "application/json" } });
    if (response.status === 401) return signedOut();
    const told = await response.json().catch(() => ({}));
    form.reset();
    await refresh(root);
    if (!response.ok) complain(root, told.said || told.detail || "");
  } catch { complain(root, words.lost); } finally { press.disabled = false; }
});

document.querySelector("[data-print]")?.addEventListener("click", () => window.print());

document.querySelector(".rail [aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" });
for (const el of all("[data-latest]")) el.scrollLeft = el.scrollWidth; // on a phone the newest days are shown first
showSiren();
tick();
ring();
setInterval(tick, 1000);
setInterval(wail, 3000);
setInterval(() => fragments.forEach(soon), 30000);
listen();
