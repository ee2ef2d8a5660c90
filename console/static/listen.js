// Listening: a button with an address plays what is there, and stops it. One sound at a time. No dependencies.
"use strict";

const listening = { sound: null, button: null };

function hush() {
  listening.sound?.pause();
  if (listening.button) listening.button.removeAttribute("data-playing");
  if (listening.sound) URL.revokeObjectURL(listening.sound.src);
  listening.sound = listening.button = null;
}

async function play(button) {
  hush();
  const response = await fetch(button.dataset.listen);
  if (!response.ok) return;
  const sound = new Audio(URL.createObjectURL(await response.blob()));
  hush();
  listening.sound = sound;
  listening.button = button;
  button.setAttribute("data-playing", "");
  sound.addEventListener("ended", hush);
  await sound.play();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-listen]");
  if (!button) return;
  if (button === listening.button) hush(); else play(button).catch(hush);
});
