// Writing a sentence of the scripts: what it will sound like, and what stands against it, while it is written.
"use strict";

const writing = document.querySelector("[data-preview]");
const tried = document.querySelector("[data-tried]");
const wordings = document.getElementById("wordings");
let waiting = null, asked = 0;

async function attempt() {
  const mine = ++asked;
  const body = new URLSearchParams(new FormData(writing));
  const response = await fetch(writing.dataset.preview, { method: "POST", headers: { Accept: "text/html" }, body });
  if (response.status === 401) return location.assign(`/login?next=${encodeURIComponent(location.pathname)}`);
  const shown = await response.text();
  if (response.ok && mine === asked) tried.innerHTML = shown;
}

function soonTried() {
  clearTimeout(waiting);
  waiting = setTimeout(() => attempt().catch(() => {}), 250);
}

wordings.addEventListener("input", soonTried);

// --- a place to be filled in is put where the cursor stands
writing.addEventListener("click", (event) => {
  const button = event.target.closest("[data-insert]");
  if (!button) return;
  wordings.setRangeText(button.dataset.insert, wordings.selectionStart, wordings.selectionEnd, "end");
  wordings.focus();
  soonTried();
});
