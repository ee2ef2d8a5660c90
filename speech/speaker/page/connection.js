// The socket to the service: signs in, answers pings, notices silence, comes back by itself.

const SILENT_MS = 40000; // the service pings every 15 s
const FIRST_WAIT_MS = 1000;
const LAST_WAIT_MS = 30000;
const BUSY_WAIT_MS = 15000;

export const CLOSED = { wrongToken: 4401, idle: 4408, replaced: 4409, tooMuch: 4413, tooMany: 4429, full: 1013 };

export class Connection {
  // on: {message(m), open(), closed(code, waitMs|null)}; rate(): samples per second of the sound that will come.
  constructor(token, rate, on) {
    this.token = token;
    this.rate = rate;
    this.on = on;
    this.tries = 0;
    this.socket = null;
    this.signedIn = false;
    this.known = false; // the token was good once
    window.addEventListener("online", () => this.retryNow());
    document.addEventListener("visibilitychange", () => { if (!document.hidden) this.retryNow(); });
  }

  open() {
    clearTimeout(this.timer);
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(scheme + "//" + location.host + "/ws/speaker");
    this.socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => this.raw({ type: "hello", token: this.token, sample_rate: this.rate() });
    socket.onmessage = (event) => { if (socket === this.socket) this.take(event.data); };
    socket.onclose = (event) => { if (socket === this.socket) this.lost(event.code); };
    this.watch();
  }

  take(data) {
    this.watch();
    let message;
    try { message = JSON.parse(data); } catch (error) { return; }
    if (message.type === "ping") { this.raw({ type: "pong" }); return; }
    if (message.type === "welcome") {
      const again = this.signedIn; // the service can hear now, and could not before
      this.tries = 0;
      this.signedIn = this.known = true;
      if (!again) this.on.open();
    }
    this.on.message(message);
  }

  // Returns whether it could be sent.
  send(message) {
    return this.signedIn && this.raw(message);
  }

  sound(pcm) {
    if (this.signedIn && this.socket.readyState === WebSocket.OPEN) this.socket.send(pcm);
  }

  raw(message) {
    if (!this.socket || this.socket.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(message));
    return true;
  }

  retryNow() {
    if (this.timer && !this.signedIn) { this.timer = null; this.open(); }
  }

  // A socket that says nothing at all is a dead one, whatever the browser believes.
  watch() {
    clearTimeout(this.silence);
    const socket = this.socket;
    this.silence = setTimeout(() => {
      if (socket !== this.socket) return;
      this.socket = null;
      socket.close();
      this.lost(CLOSED.idle);
    }, SILENT_MS);
  }

  lost(code) {
    clearTimeout(this.silence);
    this.signedIn = false;
    this.socket = null;
    const wait = this.wait(code);
    this.on.closed(code, wait);
    this.timer = wait === null ? null : setTimeout(() => { this.timer = null; this.open(); }, wait);
  }

  // null: do not come back unasked.
  wait(code) {
    if (code === CLOSED.replaced) return null;
    if (code === CLOSED.wrongToken) return this.known ? LAST_WAIT_MS : null;
    if (code === CLOSED.tooMuch) return 200;
    const back = Math.min(LAST_WAIT_MS, FIRST_WAIT_MS * Math.pow(2, this.tries++));
    const least = code === CLOSED.full || code === CLOSED.tooMany ? BUSY_WAIT_MS : 0;
    return Math.max(least, back * (0.7 + 0.6 * Math.random()));
  }
}
