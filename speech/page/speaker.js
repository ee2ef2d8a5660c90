// The page: one button, what is said in large letters, and what state things are in.

import { Alarm } from "./alarm.js";
import { CLOSED, Connection } from "./connection.js";
import { Microphone, Player } from "./sound.js";

const KEPT = "anbu-device-token";
const QUIET_MS = 25000; // nobody says anything: stop listening
const LONGEST_MS = 55000; // the service takes a minute
const THINKING_MS = 12000;

const words = JSON.parse(document.getElementById("words").textContent);
const at = (id) => document.getElementById(id);
const player = new Player();
const microphone = new Microphone((pcm) => sendSound(pcm), (level) => showLevel(level));
let connection = null;
let alarm = null;
let state = "start";
let called = "";
let hearing = true;
let queue = []; // what is still to be said
let current = null; // what is being said
let speaking = false;
let keep = true;
let timers = {};

// ---- what is shown

function show(next, caption, hint) {
  state = next;
  document.body.dataset.state = next;
  const part = words[next] || {};
  at("talk-label").textContent = part.button || words.idle.button;
  at("hint").textContent = hint !== undefined ? hint : part.hint || "";
  if (caption !== undefined) say(caption);
}

function say(text) {
  const caption = at("caption");
  caption.textContent = text;
  caption.classList.toggle("long", text.length > 60);
  document.body.classList.toggle("long-words", text.length > 90);
  caption.parentNode.scrollTop = 0;
}

function showYou(text) {
  at("you").hidden = !text;
  at("you-text").textContent = text || "";
}

function showLine(name, text) {
  document.body.dataset.line = name;
  at("line").textContent = text;
}

function showMicrophone(on) {
  document.body.classList.toggle("open", on);
  at("microphone").textContent = on ? words.microphone_on : words.microphone_off;
  if (!on) showLevel(0);
}

function showLevel(level) {
  at("talk").style.setProperty("--level", level.toFixed(2));
}

function greet() {
  at("greeting").textContent = called ? words.hello.replace("{called}", called) : words.hello_nameless;
}

// ---- talking

function idle(caption) {
  stopListening();
  show("idle", caption !== undefined ? caption : words.idle.caption);
}

async function speakAll() {
  if (speaking) return;
  speaking = true;
  let listen = false;
  while (queue.length) {
    const next = queue.shift();
    current = next;
    stopListening();
    show("speaking", next.text, next.listen ? undefined : "");
    listen = next.listen;
    await player.say(next.audio, connection.token, next.text);
    current = null;
    if (next.last) { speaking = false; idle(words.bye); return; }
  }
  speaking = false;
  if (listen) startListening();
  else if (state === "speaking") show("idle", undefined, "");
}

async function startListening() {
  if (!hearing) { show("idle", undefined, words.voice_off); openTyping(); return; }
  try {
    if (!Microphone.possible) throw new Error("no microphone");
    await microphone.open();
  } catch (error) {
    show("idle", undefined, words.no_microphone);
    openTyping();
    return;
  }
  connection.send({ type: "hello", sample_rate: microphone.rate });
  player.tone(740);
  showMicrophone(true);
  show("listening");
  clearTimeout(timers.longest);
  timers.longest = setTimeout(() => endListening(), LONGEST_MS);
  stillQuiet();
}

function stillQuiet() {
  clearTimeout(timers.quiet);
  timers.quiet = setTimeout(() => endListening(), QUIET_MS);
}

function stopListening() {
  clearTimeout(timers.quiet);
  clearTimeout(timers.longest);
  microphone.close();
  showMicrophone(false);
}

function endListening() {
  if (state !== "listening") return;
  stopListening();
  connection.send({ type: "end" });
  think();
}

function think() {
  show("thinking");
  clearTimeout(timers.thinking);
  timers.thinking = setTimeout(() => { if (state === "thinking") idle(); }, THINKING_MS);
}

function sendSound(pcm) {
  if (state === "listening" && connection) connection.sound(pcm.buffer);
}

function press() {
  player.wake();
  keepAwake();
  if (document.body.dataset.line === "replaced") { connection.open(); showLine("connecting", words.connecting); idle(); return; }
  if (state === "start") { if (queue.length) speakAll(); else idle(); return; }
  if (state === "speaking") { queue = []; player.stop(); return; }
  if (state === "listening") { endListening(); return; }
  if (state === "idle" && connection.send({ type: "talk" })) think();
}

// ---- what comes from the service

function take(message) {
  const how = handlers[message.type];
  if (how) how(message);
}

const handlers = {
  welcome(message) {
    called = message.called || "";
    hearing = message.hearing !== false;
    greet();
  },
  say(message) {
    clearTimeout(timers.thinking);
    queue.push({ text: message.text, audio: message.audio, listen: message.listen === true });
    if (state === "start" && !player.awake) { say(message.text); at("hint").textContent = words.start.caption; return; }
    speakAll();
  },
  bye() {
    const last = queue[queue.length - 1] || current;
    if (last) last.last = true;
    else idle(words.bye);
  },
  partial(message) {
    stillQuiet();
    showYou(message.text);
  },
  heard(message) {
    showYou(message.text);
    if (!message.text) { idle(words.not_heard); return; }
    stopListening();
    think();
  },
  error(message) {
    if (message.code === "voice_off") { hearing = false; stopListening(); show("idle", undefined, message.message); openTyping(); return; }
    at("hint").textContent = message.message;
  },
  sos_ack() {
    alarm.confirmed();
  },
};

function opened() {
  showLine("online", words.online);
  if (keep) localStorage.setItem(KEPT, connection.token);
  if (state === "start") at("caption").textContent = words.start.caption;
  else if (!speaking) idle();
  if (alarm.id) alarm.push();
}

function closed(code, wait) {
  stopListening();
  if (code === CLOSED.wrongToken) { askToken(words.token.wrong); return; }
  if (code === CLOSED.replaced) { lost("replaced", words.replaced, words.take_back); return; }
  const busy = code === CLOSED.full || code === CLOSED.tooMany;
  if (wait > 500) lost("offline", busy ? words.busy : words.offline_long);
}

function lost(name, caption, label) {
  showLine(name, words.offline);
  if (speaking || state === "start") return;
  show("idle", caption, "");
  if (label) at("talk-label").textContent = label;
}

// ---- typing, signing in, staying awake

function openTyping(open = true) {
  at("typing").hidden = !open;
  at("type").setAttribute("aria-expanded", String(open));
  document.body.classList.toggle("typing-open", open);
}

at("type").addEventListener("click", () => {
  openTyping(at("typing").hidden);
  if (!at("typing").hidden) at("typed").focus();
});

at("typing").addEventListener("submit", (event) => {
  event.preventDefault();
  player.wake();
  const text = at("typed").value.trim();
  if (!text || !connection.send({ type: "text", text: text })) return;
  at("typed").value = "";
  queue = [];
  player.stop();
  stopListening();
  showYou(text);
  think();
});

function askToken(fault) {
  at("entry").hidden = false;
  at("token-fault").textContent = fault || "";
  at("token").focus();
}

at("token-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const token = at("token").value.trim();
  if (!token) { at("token-fault").textContent = words.token.empty; return; }
  at("entry").hidden = true;
  at("token").value = "";
  player.wake();
  connect(token);
});

async function keepAwake() {
  try { if (navigator.wakeLock) await navigator.wakeLock.request("screen"); } catch (error) { /* not allowed: fine */ }
}

function connect(token) {
  connection = new Connection(token, () => microphone.rate, { message: take, open: opened, closed: closed });
  showLine("connecting", words.connecting);
  connection.open();
}

// `#token=…` signs in and is wiped from the address at once; `&keep=0` does not store it (a page shown for a moment).
function start() {
  const given = new URLSearchParams(location.hash.slice(1));
  if (location.hash) history.replaceState(null, "", location.pathname);
  keep = given.get("keep") !== "0";
  alarm = new Alarm((message) => !!connection && connection.send(message), words.sos);
  at("talk").addEventListener("click", press);
  greet();
  const token = given.get("token") || localStorage.getItem(KEPT);
  if (token) connect(token);
  else askToken();
  window.addEventListener("offline", () => { if (connection && connection.socket) connection.socket.close(); });
  document.addEventListener("visibilitychange", () => { if (!document.hidden && state !== "start") keepAwake(); });
  if ("serviceWorker" in navigator && keep) {
    navigator.serviceWorker.register("/speaker/worker.js", { scope: "/speaker" }).catch(() => {});
  }
}

start();
