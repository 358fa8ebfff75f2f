// What is said aloud, no more often than a person can follow; and the sound of a shutter.

const PAUSE_MS = 5000; // from the beginning of one utterance to that of the next
const SAME_MS = 15000; // before the same is said again

class Voice {
  constructor() {
    this.on = false;
    this.spoken = new Map();
    this.at = -Infinity;
  }

  // Browsers let a page be heard once it has been touched.
  touched() {
    this.audio ??= window.AudioContext && new AudioContext();
    this.audio?.resume().catch(() => null);
  }

  turn(on, text, language) {
    this.on = on;
    if (on) this.utter(text, language);
    else window.speechSynthesis?.cancel();
  }

  // What matters less than the pause before it.
  say(text, language) {
    const now = performance.now();
    const speaking = window.speechSynthesis?.speaking || window.speechSynthesis?.pending;
    if (!text || speaking || now - this.at < PAUSE_MS || now - (this.spoken.get(text) ?? -Infinity) < SAME_MS) return;
    this.utter(text, language);
  }

  // What cannot wait, such as a count: in the place of what is being said.
  call(text, language) {
    window.speechSynthesis?.cancel();
    this.utter(text, language);
  }

  utter(text, language) {
    if (!this.on || !window.speechSynthesis) return;
    this.at = performance.now();
    this.spoken.set(text, this.at);
    const utterance = new SpeechSynthesisUtterance(text);
    utterance.lang = language;
    window.speechSynthesis.speak(utterance);
  }

  // A mirror that goes up, and down again: two short bursts of noise.
  click() {
    if (!this.audio) return;
    const rate = this.audio.sampleRate;
    const sound = this.audio.createBuffer(1, rate * 0.15, rate);
    const samples = sound.getChannelData(0);
    for (let at = 0; at < samples.length; at += 1) {
      const [up, down] = [at / rate, at / rate - 0.07];
      const loud = Math.exp(-up / 0.006) + (down > 0 ? Math.exp(-down / 0.012) : 0);
      samples[at] = 0.3 * loud * (2 * Math.random() - 1);
    }
    const source = this.audio.createBufferSource();
    source.buffer = sound;
    source.connect(this.audio.destination);
    source.start();
  }

  leave() {
    window.speechSynthesis?.cancel();
    this.audio?.close().catch(() => null);
    this.audio = null;
  }
}
