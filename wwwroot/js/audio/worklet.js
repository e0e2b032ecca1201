// All arms of one sound under one read index, sample by sample. Fades: 5 ms at start, stop, seek and end, 10 ms between arms.
// One processor plays one sound; the next sound gets its own, so that the old one's fade and the new one's never meet.
const reportEvery = 256;

class ArmsProcessor extends AudioWorkletProcessor {
  constructor({ processorOptions: { arms, arm, index, loop } }) {
    super();
    this.arms = {};
    for (const [name, length] of Object.entries(arms))
      this.arms[name] = { data: new Float32Array(length), available: 0, length, complete: false };
    this.arm = this.next = arm;
    this.mix = 0; // from arm to next
    this.index = index;
    this.loop = loop;
    this.gain = 0;
    this.playing = false;
    this.jump = null;
    this.ending = false;
    this.sinceReport = 0;
    this.port.onmessage = event => this[event.data.type](event.data);
  }

  data({ arm, at, samples }) {
    this.arms[arm].data.set(samples, at);
    this.arms[arm].available = at + samples.length;
  }

  complete({ arm, length }) {
    this.arms[arm].length = length;
    this.arms[arm].complete = true;
  }

  play() {
    this.playing = true;
  }

  pause() {
    this.playing = false;
  }

  end() {
    this.playing = false;
    this.ending = true;
  }

  seek({ index }) {
    if (this.gain === 0) this.index = index;
    else this.jump = index;
    this.report();
  }

  repeat({ loop }) {
    this.loop = loop;
  }

  switch({ arm }) {
    if (this.next !== this.arm && this.mix > 0.5) this.arm = this.next;
    this.next = arm;
    this.mix = 0;
    if (this.gain === 0) this.arm = arm;
  }

  report(extra) {
    this.port.postMessage({ index: this.jump ?? this.index, time: currentTime, playing: this.playing, ...extra });
  }

  // Up to where every arm can be heard, and whether that is the sound's end.
  edges() {
    let available = Infinity,
      length = 0;
    for (const arm of Object.values(this.arms)) {
      if (!arm.complete) available = Math.min(available, arm.available);
      length = Math.max(length, arm.length);
    }
    return available === Infinity ? { edge: length, complete: true } : { edge: available, complete: false };
  }

  sample() {
    const a = this.arms[this.arm].data[this.index] ?? 0;
    if (this.next === this.arm) return a;
    const b = this.arms[this.next].data[this.index] ?? 0;
    this.mix = Math.min(1, this.mix + 1 / (0.01 * sampleRate));
    if (this.mix < 1) return a + (b - a) * this.mix;
    this.arm = this.next;
    return b;
  }

  process(inputs, [[out]]) {
    const step = 1 / (0.005 * sampleRate),
      tail = Math.ceil(0.005 * sampleRate);
    const { edge, complete } = this.edges();
    const moving = this.playing || this.gain > 0;
    for (let i = 0; i < out.length; i++) {
      const left = edge - this.index,
        loops = complete && this.loop;
      const wanted = this.playing && this.jump === null && (loops || left > tail);
      this.gain = wanted ? Math.min(1, this.gain + step) : Math.max(0, this.gain - step);
      if (this.gain === 0 && this.jump !== null) {
        this.index = this.jump;
        this.jump = null;
        continue;
      }
      if (this.gain === 0 && !this.playing) break;
      if (left <= 0) {
        if (loops) {
          this.index = 0;
          continue;
        }
        this.playing = false;
        this.gain = 0;
        this.report(complete ? { ended: true } : { starved: true });
        break;
      }
      out[i] = this.sample() * this.gain;
      this.index++;
    }
    this.sinceReport += out.length;
    if (moving && this.sinceReport >= reportEvery) {
      this.sinceReport = 0;
      this.report({ time: currentTime + out.length / sampleRate });
    }
    return !(this.ending && this.gain === 0);
  }
}

registerProcessor('sae-arms', ArmsProcessor);
