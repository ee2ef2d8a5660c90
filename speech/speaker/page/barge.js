// Talking into the prompt: what the microphone brings while the page itself speaks, let through only when somebody talks.

const LOUD = 0.15; // a level as the microphone gives it; what is left of the page's own voice is far below
const LOUD_PIECES = 2; // tenths of a second in a row
const KEPT_PIECES = 5; // so that the first syllable is not lost
const ECHO_LETTERS = 5;
const KEPT = "anbu-echo";

export class Barge {
  constructor() {
    this.off = read();
    this.reset();
  }

  reset() {
    this.kept = [];
    this.loud = 0;
    this.open = false;
  }

  // What of the microphone's sound may be sent while the page speaks.
  pass(pcm, level) {
    if (this.open) return [pcm];
    this.kept.push(pcm);
    this.loud = level >= LOUD ? this.loud + 1 : 0;
    if (this.loud < LOUD_PIECES) { this.kept = this.kept.slice(-KEPT_PIECES); return []; }
    this.open = true;
    return this.kept.splice(0);
  }

  // A tablet that hears the page's own words does not listen while it speaks, from now on.
  check(heard, said) {
    const words = bare(heard);
    if (words.length < ECHO_LETTERS || bare(said).indexOf(words) < 0) return;
    this.off = true;
    try { localStorage.setItem(KEPT, "1"); } catch (error) { /* until the page is closed, then */ }
  }
}

function read() {
  try { return localStorage.getItem(KEPT) === "1"; } catch (error) { return false; }
}

function bare(text) {
  return text.replace(/[^0-9A-Za-z\uac00-\ud7a3]/g, "");
}
