// Recording a sentence: one button starts and stops, a meter shows the level, what was said is kept at once.
"use strict";

const list = document.querySelector(".sentences");
const told = JSON.parse(list.dataset.words);
const longest = Number(list.dataset.seconds);
const voice = document.getElementById("voice");
const csrf = document.querySelector("meta[name=csrf]").content;
const kinds = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus"];

let taking = null; // the recording that is going on

const rowOf = (element) => element.closest(".sentence");
const place = (row, what = "") => `/recordings/${row.dataset.sentence}${what}?resident=${encodeURIComponent(list.dataset.resident)}`;

function complain(row, text) {
  const fault = row.querySelector("[data-fault]");
  if (!fault) return;
  fault.textContent = text;
  fault.hidden = !text;
}

function count() {
  const tally = document.querySelector("[data-count]");
  tally.textContent = `${list.querySelectorAll(".sentence.recorded [data-record]").length} / ${tally.dataset.total}`;
  for (const section of list.querySelectorAll("section:has([data-tally])")) {
    const rows = section.querySelectorAll(".sentence"), done = section.querySelectorAll(".sentence.recorded");
    section.querySelector("[data-tally]").textContent = `${done.length} / ${rows.length}`;
  }
}

// --- sending, and the sentence's new row in place of the old one
async function send(row, what, body) {
  row.setAttribute("aria-busy", "true");
  complain(row, "");
  try {
    const headers = { "X-CSRF-Token": csrf, "X-Voice": encodeURIComponent(voice.value.trim()), Accept: "application/json" };
    const response = await fetch(place(row, what), { method: "POST", headers, body });
    if (response.status === 401) return location.assign(`/login?next=${encodeURIComponent(location.pathname)}`);
    if (!response.ok) return complain(row, await reason(response));
    const box = document.createElement("template");
    box.innerHTML = (await response.text()).trim();
    const made = box.content.firstElementChild;
    if (made) row.replaceWith(made); else row.remove();
    count();
    return made;
  } catch {
    complain(row, told.lost);
  } finally {
    row.removeAttribute("aria-busy");
  }
}

async function reason(response) {
  const problem = await response.json().catch(() => ({}));
  return problem.said || (response.status === 413 ? told.too_large : told.failed);
}

function named() {
  if (voice.value.trim()) return true;
  voice.focus();
  voice.setAttribute("aria-invalid", "true");
  return false;
}

async function keep(row, body) {
  const made = await send(row, "", body);
  made?.querySelector("[data-listen]")?.focus({ preventScroll: true });
}

// --- the microphone
async function start(row, button) {
  if (!navigator.mediaDevices || !window.MediaRecorder) return complain(row, told.no_microphone_here);
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1, echoCancellation: false, noiseSuppression: true, autoGainControl: true } });
  } catch (error) {
    return complain(row, error.name === "NotAllowedError" ? told.no_permission : told.no_microphone);
  }
  const kind = kinds.find((name) => MediaRecorder.isTypeSupported(name));
  const recorder = new MediaRecorder(stream, kind ? { mimeType: kind, audioBitsPerSecond: 64000 } : {});
  const pieces = [];
  recorder.addEventListener("dataavailable", (event) => { if (event.data.size) pieces.push(event.data); });
  recorder.addEventListener("stop", () => { end(); keep(row, new Blob(pieces, { type: recorder.mimeType })); });
  taking = { row, button, recorder, stream, before: button.innerHTML, label: button.getAttribute("aria-label"), began: performance.now(), meter: meter(stream, row) };
  row.classList.add("taking");
  recorder.start();
  draw();
}

function end() {
  for (const track of taking.stream.getTracks()) track.stop();
  taking.meter.context.close();
  taking.meter.bar.remove();
  taking.button.innerHTML = taking.before;
  taking.button.setAttribute("aria-label", taking.label);
  taking.row.classList.remove("taking");
  taking = null;
}

function stop() { if (taking?.recorder.state === "recording") taking.recorder.stop(); }

// --- the meter: how loud it is now, and how long it has been going on
function meter(stream, row) {
  const context = new AudioContext(), analyser = context.createAnalyser(), bar = document.createElement("div");
  context.createMediaStreamSource(stream).connect(analyser);
  analyser.fftSize = 1024;
  bar.className = "level";
  bar.innerHTML = '<svg class="gauge good" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"><rect width="100" height="10"/><rect class="fill" width="0" height="10"/></svg><span class="num"></span>';
  row.querySelector("div").append(bar);
  return { context, analyser, bar, samples: new Float32Array(analyser.fftSize) };
}

function draw() {
  if (!taking) return;
  const { analyser, bar, samples } = taking.meter, seconds = (performance.now() - taking.began) / 1000;
  analyser.getFloatTimeDomainData(samples);
  const loud = 20 * Math.log10(Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0) / samples.length) + 1e-6);
  const level = Math.max(0, Math.min(100, (loud + 60) * 2));
  bar.querySelector(".fill").setAttribute("width", level.toFixed(0));
  bar.querySelector(".gauge").setAttribute("class", `gauge ${level > 97 ? "danger" : level < 25 ? "caution" : "good"}`);
  bar.querySelector(".num").textContent = told.seconds.replace("{n}", seconds.toFixed(0)).replace("{most}", longest);
  const word = taking.button.querySelector("[data-word]");
  if (word.textContent !== told.stop) {
    word.textContent = told.stop;
    taking.button.querySelector("use").setAttribute("href", "/static/icons.svg#stop");
    taking.button.setAttribute("aria-label", told.stop);
  }
  if (seconds >= longest) return stop();
  requestAnimationFrame(draw);
}

// --- what is pressed
list.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-record], [data-delete]");
  if (!button) return;
  const row = rowOf(button);
  if (button.matches("[data-delete]")) return send(row, "/delete");
  if (taking) return stop();
  if (!named()) return complain(row, told.no_voice);
  button.disabled = true;
  await start(row, button).finally(() => { button.disabled = false; });
});

list.addEventListener("change", (event) => {
  const [file] = event.target.files ?? [];
  const row = rowOf(event.target);
  if (!file) return;
  if (!named()) { event.target.value = ""; return complain(row, told.no_voice); }
  keep(row, file);
  event.target.value = "";
});

voice.addEventListener("input", () => voice.removeAttribute("aria-invalid"));
document.getElementById("resident")?.addEventListener("change", (event) => event.target.form.requestSubmit());
window.addEventListener("pagehide", () => { if (taking) { taking.recorder.onstop = null; end(); } });
