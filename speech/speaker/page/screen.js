// What is shown: one sentence in large letters, what was heard, and what state things are in.

export class Screen {
  // words: the page's, from `prompts/`.
  constructor(words) {
    this.words = words;
    this.state = "start";
    this.trouble = words.offline_long; // why there is no line to the service, while there is none
  }

  at(id) {
    return document.getElementById(id);
  }

  // One of start, idle, speaking, listening, thinking. A caption left out stays, a hint left out is the state's own.
  show(state, caption, hint) {
    this.state = state;
    document.body.dataset.state = state;
    const part = this.words[state] || {};
    this.at("talk-label").textContent = part.button || this.words.idle.button;
    this.hint(hint !== undefined ? hint : part.hint || "");
    if (caption !== undefined) this.say(caption);
  }

  say(text) {
    const caption = this.at("caption");
    caption.textContent = text;
    caption.classList.toggle("long", text.length > 60);
    document.body.classList.toggle("long-words", text.length > 90);
    caption.parentNode.scrollTop = 0;
  }

  // Nobody at the other end: what is wrong, what to do, and a button that does not promise a talk.
  apart() {
    this.show("idle", this.trouble, this.words.offline_hint);
    this.label(this.words.connecting);
  }

  hint(text) {
    this.at("hint").textContent = text;
  }

  label(text) {
    this.at("talk-label").textContent = text;
  }

  heard(text) {
    this.at("you").hidden = !text;
    this.at("you-text").textContent = text || "";
  }

  line(name, text) {
    document.body.dataset.line = name;
    this.at("line").textContent = text;
  }

  get online() {
    return document.body.dataset.line === "online";
  }

  get replaced() {
    return document.body.dataset.line === "replaced";
  }

  microphone(on) {
    document.body.classList.toggle("open", on);
    this.at("microphone").textContent = on ? this.words.microphone_on : this.words.microphone_off;
    if (!on) this.level(0);
  }

  // 0 to 1: how loud it is at the microphone.
  level(level) {
    this.at("talk").style.setProperty("--level", level.toFixed(2));
  }

  greet(called) {
    this.at("greeting").textContent = called ? this.words.hello.replace("{called}", called) : this.words.hello_nameless;
  }
}
