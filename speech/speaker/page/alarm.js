// The SOS button: held for a second or pressed twice, sent again and again until the service confirms it.

const HOLD_MS = 900;
const TWICE_MS = 5000;
const AGAIN_MS = 3000;

export class Alarm {
  // send(message) → whether it left; words: the part `sos`.
  constructor(send, words) {
    this.send = send;
    this.words = words;
    this.id = null;
    this.button = document.getElementById("sos");
    this.hint = document.getElementById("sos-hint");
    this.sheet = document.getElementById("alarm");
    this.text = document.getElementById("alarm-text");
    this.closing = document.getElementById("alarm-close");
    this.button.addEventListener("pointerdown", (event) => this.press(event));
    for (const name of ["pointerup", "pointerleave", "pointercancel"]) {
      this.button.addEventListener(name, () => this.release());
    }
    this.button.addEventListener("contextmenu", (event) => event.preventDefault());
    this.button.addEventListener("click", () => this.tap());
    this.closing.addEventListener("click", () => this.hide());
  }

  press(event) {
    if (event.button) return;
    this.heldOn = false;
    this.button.classList.add("held");
    this.holding = setTimeout(() => { this.heldOn = true; this.raise(); }, HOLD_MS);
  }

  release() {
    clearTimeout(this.holding);
    this.button.classList.remove("held");
  }

  tap() {
    if (this.heldOn) { this.heldOn = false; return; }
    if (this.once) { this.raise(); return; }
    this.once = setTimeout(() => this.forget(), TWICE_MS);
    this.button.classList.add("once");
    this.hint.textContent = this.words.again;
  }

  forget() {
    clearTimeout(this.once);
    this.once = null;
    this.button.classList.remove("once");
    this.hint.textContent = this.words.hint;
  }

  raise() {
    this.release();
    this.forget();
    if (!this.id) this.id = "page-" + Date.now().toString(36) + Math.random().toString(36).slice(2, 10);
    this.sheet.dataset.state = "sending";
    this.text.textContent = this.words.sending;
    this.closing.hidden = true;
    this.sheet.hidden = false;
    this.push();
  }

  push() {
    clearTimeout(this.timer);
    if (!this.id) return;
    const left = this.send({ type: "sos", id: this.id });
    this.timer = setTimeout(() => {
      this.sheet.dataset.state = "waiting";
      this.text.textContent = this.words.waiting;
      this.push();
    }, left ? AGAIN_MS : 1000);
  }

  confirmed() {
    clearTimeout(this.timer);
    this.id = null;
    this.sheet.dataset.state = "sent";
    this.text.textContent = this.words.sent_caption;
    this.closing.hidden = false;
    this.sheet.hidden = false;
    if (navigator.vibrate) navigator.vibrate([200, 100, 200]);
  }

  hide() {
    this.sheet.hidden = true;
    this.button.focus();
  }
}
