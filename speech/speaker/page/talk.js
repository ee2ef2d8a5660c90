// A talk at the page: sentences spoken one after the other, and the microphone open while an answer is waited for.

import { Barge } from "./barge.js";
import { Microphone, Player } from "./sound.js";

const QUIET_MS = 25000; // nobody says anything: stop listening
const LONGEST_MS = 55000; // the service takes a minute
const THINKING_MS = 12000;

export class Talk {
  // type(): opens the line for typing. `connection` is to be set once there is one.
  constructor(screen, words, type) {
    this.screen = screen;
    this.words = words;
    this.type = type;
    this.connection = null;
    this.hearing = true; // the service has a voice model
    this.missed = false; // a question was left to typing because it had none
    this.player = new Player();
    this.microphone = new Microphone((pcm, level) => this.sound(pcm, level));
    this.barge = new Barge();
    this.queue = []; // what is still to be said
    this.current = null; // what is being said
    this.timers = {};
  }

  idle(caption) {
    this.missed = false;
    this.deaf();
    if (caption === undefined && !this.screen.online) { this.screen.apart(); return; }
    this.screen.show("idle", caption === undefined ? this.words.idle.caption : caption);
  }

  think() {
    this.missed = false;
    this.screen.show("thinking");
    clearTimeout(this.timers.thinking);
    this.timers.thinking = setTimeout(() => { if (this.screen.state === "thinking") this.idle(); }, THINKING_MS);
  }

  // ---- speaking

  say(next) {
    clearTimeout(this.timers.thinking);
    this.missed = false;
    this.queue.push(next);
    if (this.screen.state !== "start" || this.player.awake) { this.speak(); return; }
    this.screen.say(next.text);
    this.screen.hint(this.words.start.caption);
  }

  bye() {
    const last = this.queue[this.queue.length - 1] || this.current;
    if (last) last.last = true;
    else this.idle(this.words.bye);
  }

  async speak() {
    if (this.current) return;
    let said = null;
    while (this.queue.length) {
      said = this.current = this.queue.shift();
      this.deaf();
      this.screen.show("speaking", said.text, said.listen ? undefined : "");
      await this.player.say(said.audio, this.connection.token, said.text, () => this.listenAhead());
    }
    this.current = null;
    if (!said) return;
    if (said.last) this.idle(this.words.bye);
    else if (said.listen) this.listen();
    else if (!this.screen.online) this.idle();
    else if (this.screen.state === "speaking") this.screen.show("idle", undefined, "");
  }

  // Stop speaking; an answer is waited for as if all had been said.
  interrupt() {
    this.queue = [];
    this.player.stop();
  }

  // Stop speaking: the answer is there.
  hush() {
    if (this.current) this.current.listen = false;
    this.interrupt();
  }

  // ---- listening

  // The resident may talk into the prompt, where the tablet can tell its own voice from theirs.
  async listenAhead() {
    if (!this.current.listen || !this.hearing || this.barge.off || !Microphone.possible) return;
    try {
      if (!await this.open()) return;
    } catch (error) {
      return; // told when it is time to listen
    }
    this.barge.off = !this.microphone.cancelsEcho;
    if (this.barge.off) this.deaf();
    else this.screen.hint(this.words.speaking.open);
  }

  async listen() {
    if (!this.hearing) { this.missed = true; this.cannot(this.words.voice_off); return; }
    try {
      if (!await this.open()) return;
    } catch (error) {
      this.cannot(this.words.no_microphone);
      return;
    }
    if (!this.barge.open) this.player.tone(740);
    this.screen.show("listening");
    clearTimeout(this.timers.longest);
    this.timers.longest = setTimeout(() => this.end(), LONGEST_MS);
    this.stillQuiet();
  }

  // Whether the microphone is open now; false where something else came in between. Raises where there is none.
  async open() {
    if (this.microphone.stream) return true;
    if (!Microphone.possible) throw new Error("no microphone");
    if (!await this.microphone.open()) return false;
    this.connection.send({ type: "hello", sample_rate: this.microphone.rate });
    this.screen.microphone(true);
    return true;
  }

  // Whether the service can hear. Where it can at last, the question still open is listened to.
  hears(now) {
    const open = now && !this.hearing && this.missed && !this.current && this.screen.state === "idle";
    this.hearing = now;
    if (!open) return;
    this.missed = false;
    this.screen.hint("");
    this.listen();
  }

  cannot(hint) {
    this.screen.show("idle", undefined, hint);
    this.type();
  }

  stillQuiet() {
    clearTimeout(this.timers.quiet);
    this.timers.quiet = setTimeout(() => this.end(), QUIET_MS);
  }

  // The resident has said all.
  end() {
    if (this.screen.state !== "listening") return;
    this.deaf();
    this.connection.send({ type: "end" });
    this.think();
  }

  deaf() {
    clearTimeout(this.timers.quiet);
    clearTimeout(this.timers.longest);
    this.microphone.close();
    this.barge.reset();
    this.screen.microphone(false);
  }

  sound(pcm, level) {
    this.screen.level(level);
    if (this.screen.state === "listening") this.connection.sound(pcm.buffer);
    else if (this.current) this.barge.pass(pcm, level).forEach((piece) => this.connection.sound(piece.buffer));
  }

  partial(text) {
    this.stillQuiet();
    this.screen.heard(text);
    if (!this.current || !text) return;
    this.barge.check(text, this.current.text);
    this.interrupt();
  }

  heard(text) {
    this.screen.heard(text);
    if (this.current && !text) return; // a cough into the prompt: it goes on
    if (!text) { this.idle(this.words.not_heard); return; }
    if (this.current) this.barge.check(text, this.current.text);
    this.hush();
    this.deaf();
    this.think();
  }

  // The service cannot hear just now.
  off(message) {
    this.hearing = false;
    this.missed = true;
    this.deaf();
    this.cannot(message);
  }
}
