// Sound in and out: the service's voice, the microphone, and a soft tone before it listens.

const WANTED_RATE = 16000;
const RATES = [8000, 48000]; // what the service accepts

function context(options) {
  const Context = window.AudioContext || window.webkitAudioContext;
  return new Context(options);
}

export class Player {
  constructor() {
    this.context = null;
    this.source = null;
  }

  // To be called in a touch: browsers keep quiet until then.
  wake() {
    if (!this.context) this.context = context();
    return this.context.resume();
  }

  get awake() {
    return !!this.context && this.context.state === "running";
  }

  // Resolves when it was spoken or stopped; where there is no sound, after the time it takes to read the text.
  // begun(): it is heard, or to be read, from now on.
  async say(url, token, text, begun) {
    this.stop();
    const turn = (this.turn = {});
    const buffer = await this.load(url, token).catch(() => null);
    if (turn !== this.turn) return;
    begun();
    if (!buffer || !this.awake) { await this.pause(Math.min(9000, 1200 + 130 * text.length)); return; }
    await new Promise((done) => {
      this.done = done;
      this.source = this.context.createBufferSource();
      this.source.buffer = buffer;
      this.source.connect(this.context.destination);
      this.source.onended = done;
      this.source.start();
    });
    this.source = null;
  }

  async load(url, token) {
    if (!url || !this.context) return null;
    const answer = await fetch(url, { headers: { Authorization: "Bearer " + token } });
    if (!answer.ok) return null;
    const bytes = await answer.arrayBuffer();
    return new Promise((good, bad) => this.context.decodeAudioData(bytes, good, bad));
  }

  pause(ms) {
    return new Promise((done) => { this.done = done; setTimeout(done, ms); });
  }

  stop() {
    this.turn = null;
    if (this.source) { try { this.source.stop(); } catch (error) { /* it had ended */ } this.source = null; }
    if (this.done) { this.done(); this.done = null; }
  }

  tone(frequency) {
    if (!this.awake) return;
    const now = this.context.currentTime;
    const wave = this.context.createOscillator();
    const volume = this.context.createGain();
    wave.frequency.value = frequency;
    volume.gain.setValueAtTime(0.0001, now);
    volume.gain.exponentialRampToValueAtTime(0.14, now + 0.03);
    volume.gain.exponentialRampToValueAtTime(0.0001, now + 0.28);
    wave.connect(volume);
    volume.connect(this.context.destination);
    wave.start(now);
    wave.stop(now + 0.3);
  }
}

export class Microphone {
  // onSound(Int16Array, level): a tenth of a second, and how loud it is from 0 to 1.
  constructor(onSound) {
    this.onSound = onSound;
    this.context = null;
    this.stream = null;
    this.wish = 0;
  }

  static get possible() {
    return !!(navigator.mediaDevices && navigator.mediaDevices.getUserMedia && window.AudioWorkletNode);
  }

  get rate() {
    return this.context ? Math.round(this.context.sampleRate) : WANTED_RATE;
  }

  // Whether what the page itself plays is taken out of what it hears. Asked while it is open.
  get cancelsEcho() {
    const track = this.stream && this.stream.getAudioTracks()[0];
    return !!track && !!track.getSettings && track.getSettings().echoCancellation === true;
  }

  // Whether it is open; false where it was closed again, or wished for anew, meanwhile. Raises where there is none or it
  // is not allowed.
  async open() {
    const wish = ++this.wish;
    const stream = await navigator.mediaDevices.getUserMedia({
      audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true },
    });
    const heard = await this.connect(stream).catch((error) => { release(stream); throw error; });
    if (wish !== this.wish) { release(stream, heard); return false; }
    this.stream = stream;
    this.context = heard;
    return true;
  }

  async connect(stream) {
    try {
      return await this.capture(stream, WANTED_RATE);
    } catch (error) { // some browsers cannot change the rate of a microphone
      return this.capture(stream, native());
    }
  }

  async capture(stream, rate) {
    const heard = context({ sampleRate: rate });
    try {
      await heard.audioWorklet.addModule("/speaker/capture.js");
      const source = heard.createMediaStreamSource(stream);
      const capture = new AudioWorkletNode(heard, "capture", { numberOfOutputs: 0 });
      capture.port.onmessage = (event) => { if (heard === this.context) this.take(event.data); };
      source.connect(capture);
      await heard.resume();
      return heard;
    } catch (error) {
      heard.close();
      throw error;
    }
  }

  // The microphone itself is let go of, so that the tablet shows that nobody listens.
  close() {
    this.wish++;
    if (this.stream) release(this.stream, this.context);
    this.stream = null;
    this.context = null;
  }

  take(samples) {
    const pcm = new Int16Array(samples.length);
    let sum = 0;
    for (let i = 0; i < samples.length; i++) {
      const s = Math.max(-1, Math.min(1, samples[i]));
      pcm[i] = s * 32767;
      sum += s * s;
    }
    this.onSound(pcm, Math.min(1, Math.sqrt(sum / samples.length) * 6));
  }
}

function native() {
  const probe = context();
  const rate = probe.sampleRate;
  probe.close();
  return Math.max(RATES[0], Math.min(RATES[1], rate));
}

function release(stream, heard) {
  stream.getTracks().forEach((track) => track.stop());
  if (heard) heard.close();
}
