// The page put together: the button, what comes from the service, signing in.

import { Alarm } from "./alarm.js";
import { CLOSED, Connection } from "./connection.js";
import { Screen } from "./screen.js";
import { Talk } from "./talk.js";
import { Typing } from "./typing.js";

const KEPT = "anbu-device-token";

const at = (id) => document.getElementById(id);
const words = JSON.parse(at("words").textContent);
const shown = new Screen(words);
const typing = new Typing(sendText);
const talk = new Talk(shown, words, () => typing.open());
const alarm = new Alarm((message) => send(message), words.sos);
let connection = null;
let keep = true;

function send(message) {
  return !!connection && connection.send(message);
}

function sendText(text) {
  talk.player.wake();
  if (!send({ type: "text", text: text })) return false;
  talk.hush();
  talk.deaf();
  shown.heard(text);
  talk.think();
  return true;
}

// ---- the button

function press() {
  talk.player.wake();
  keepAwake();
  if (!connection) return;
  if (shown.replaced) { takeBack(); return; }
  if (shown.state === "start") { if (talk.queue.length) talk.speak(); else talk.idle(); }
  else if (shown.state === "speaking") talk.interrupt();
  else if (shown.state === "listening") talk.end();
  else if (shown.state === "idle") { if (send({ type: "talk" })) talk.think(); else talk.idle(); }
}

function takeBack() {
  connection.open();
  shown.line("connecting", words.connecting);
  talk.idle(words.idle.caption);
}

// The first touch, wherever it is, lets the page speak.
function touched(event) {
  talk.player.wake();
  if (shown.state === "start" && !event.target.closest("button, input, a, .sheet")) press();
}

// ---- what comes from the service

const handlers = {
  welcome(message) {
    talk.hears(message.hearing !== false);
    shown.greet(message.called || "");
  },
  say(message) { talk.say({ text: message.text, audio: message.audio, listen: message.listen === true }); },
  bye() { talk.bye(); },
  partial(message) { talk.partial(message.text); },
  heard(message) { talk.heard(message.text); },
  error(message) {
    if (message.code === "voice_off") talk.off(message.message);
    else shown.hint(message.message);
  },
  sos_ack() { alarm.confirmed(); },
};

function take(message) {
  const how = handlers[message.type];
  if (how) how(message);
}

function opened() {
  at("entry").hidden = true;
  shown.line("online", words.online);
  if (keep) localStorage.setItem(KEPT, connection.token);
  if (shown.state === "start") { shown.say(words.start.caption); shown.hint(""); }
  else if (!talk.current) talk.idle();
  if (alarm.id) alarm.push();
}

function closed(code, wait) {
  talk.deaf();
  if (code === CLOSED.wrongToken) {
    if (wait) signedOut(); else askToken(words.token.wrong);
    return;
  }
  if (code === CLOSED.replaced) { lost("replaced", words.replaced); shown.hint(""); shown.label(words.take_back); return; }
  if (code === CLOSED.full || code === CLOSED.tooMany) lost("connecting", words.busy);
  else if (wait > 500) lost("offline", words.offline_long);
}

function lost(name, caption) {
  shown.line(name, words[name] || words.offline);
  shown.trouble = caption;
  if (talk.current) talk.current.listen = false; // nobody would hear the answer: it is asked for again afterwards
  else if (shown.state === "start") { shown.say(caption); shown.hint(words.offline_hint); }
  else shown.apart();
}

// ---- signing in, staying awake

function askToken(fault) {
  at("entry").hidden = false;
  at("token-fault").textContent = fault || "";
  at("token").focus();
}

// It has worked before: whoever sits here has done nothing wrong, and cannot do anything. It is tried again meanwhile.
function signedOut() {
  at("entry-title").textContent = words.token.lost_title;
  at("entry-text").textContent = words.token.lost_text;
  at("entry").hidden = false;
}

at("token-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const token = at("token").value.trim();
  if (!token) { at("token-fault").textContent = words.token.empty; return; }
  at("entry").hidden = true;
  at("token").value = "";
  talk.player.wake();
  connect(token);
});

async function keepAwake() {
  try { if (navigator.wakeLock) await navigator.wakeLock.request("screen"); } catch (error) { /* not allowed: fine */ }
}

function connect(token) {
  connection = new Connection(token, () => talk.microphone.rate, { message: take, open: opened, closed: closed });
  connection.known = token === localStorage.getItem(KEPT);
  talk.connection = connection;
  shown.line("connecting", words.connecting);
  connection.open();
}

// `#token=…` signs in and is wiped from the address at once; `&keep=0` does not store it (a page shown for a moment).
function start() {
  const given = new URLSearchParams(location.hash.slice(1));
  if (location.hash) history.replaceState(null, "", location.pathname);
  keep = given.get("keep") !== "0";
  at("talk").addEventListener("click", press);
  document.addEventListener("click", touched);
  shown.greet("");
  const token = given.get("token") || localStorage.getItem(KEPT);
  if (token) connect(token);
  else askToken();
  window.addEventListener("offline", () => { if (connection && connection.socket) connection.socket.close(); });
  document.addEventListener("visibilitychange", () => { if (!document.hidden && shown.state !== "start") keepAwake(); });
  if ("serviceWorker" in navigator && keep) {
    navigator.serviceWorker.register("/speaker/worker.js", { scope: "/speaker" }).catch(() => {});
  }
}

start();
