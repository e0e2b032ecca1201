// All arms of one sound under one read index, sample by sample. Fades: 5 ms at start, stop, seek and end, 10 ms between arms and between revisions.
// An arm has one channel or two; a second one is an arm of its own that is given the same places, so that both change at the same sample.
// One processor plays one sound; the next sound gets its own, so that the old one's fade and the new one's never meet.
import { GrowingArm } from './growing-arm.js';
import { Limiter, truePeak } from './limiter.js';
import { LoudnessMatch } from './match.js';

const reportEvery = 256;
const METER_SECONDS = 0.05;
const SWITCH_SECONDS = 0.01;

class ArmsProcessor extends AudioWorkletProcessor {
  // arms: { name: samples it will have }. match: whether all are played as loud as the first. preRoll: seconds between the ear and a revision.
  constructor({ processorOptions: { arms, arm, index, loop, match = false, preRoll = 0.06 } }) {
    super();
    const names = Object.keys(arms);
    this.arms = Object.fromEntries(names.map(name => [name, new GrowingArm(arms[name], sampleRate)]));
    this.rights = {}; // second channels, by arm
    this.lengths = arms;
    this.out = [0, 0]; // the sample that is heard, left and right
    this.loudness = new LoudnessMatch(names, sampleRate);
    this.limiters = Object.fromEntries(names.map(name => [name, new Limiter(sampleRate)]));
    this.meters = Object.fromEntries(names.map(name => [name, { peak: 0, squares: 0 }]));
    this.metered = 0;
    this.arm = this.next = arm;
    this.mix = 0; // from arm to next
    this.matched = match ? 1 : 0; // how much of the match is in effect, on its way to matchWanted
    this.matchWanted = match;
    this.preRoll = preRoll;
    this.index = index;
    this.primed = null; // the index that the limiters expect
    this.loop = loop;
    this.gain = 0;
    this.playing = false;
    this.jump = null;
    this.ending = false;
    this.sinceReport = 0;
    this.port.onmessage = event => this[event.data.type](event.data);
  }

  data({ arm, at, samples, right, revision }) {
    const from = this.arms[arm].receive(at, samples, revision);
    if (right) (this.rights[arm] ??= new GrowingArm(this.lengths[arm], sampleRate)).receive(at, right, revision);
    if (from !== null) this.measure(arm, from);
    this.adopt();
  }

  complete({ arm, length }) {
    this.arms[arm].finish(length);
    this.rights[arm]?.finish(length);
    this.adopt();
    this.aim();
  }

  // Revisions that can be heard now are taken over, later than the pre-roll where the sound plays.
  adopt() {
    const silent = this.gain === 0,
      soonest = silent ? this.index : this.index + Math.round(this.preRoll * sampleRate);
    for (const [name, arm] of Object.entries(this.arms)) {
      const from = arm.adopt(this.index, soonest, silent);
      this.rights[name]?.adopt(this.index, soonest, silent);
      if (from !== null) this.measure(name, from);
    }
    if (silent) this.settle();
  }

  // Where no seam is being heard, every arm becomes what the server has.
  settle() {
    for (const [name, arm] of Object.entries(this.arms)) {
      const { seam } = arm;
      arm.settle();
      this.rights[name]?.settle();
      if (seam) this.measure(name, seam.from);
    }
  }

  measure(name, from) {
    const arm = this.arms[name];
    this.loudness.measure(name, arm.data, from, arm.available, this.rights[name]?.data);
    this.aim();
  }

  aim() {
    const arms = Object.values(this.arms);
    const span = Math.min(...arms.map(arm => Math.min(arm.available, arm.length)));
    this.loudness.aim(
      span,
      arms.every(arm => arm.complete && !arm.next),
    );
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
    if (this.gain === 0) this.leap(index);
    else this.jump = index;
    this.report();
  }

  leap(index) {
    this.index = index;
    this.settle();
  }

  repeat({ loop }) {
    this.loop = loop;
  }

  match({ on }) {
    this.matchWanted = on;
    if (this.gain === 0) this.matched = on ? 1 : 0;
    this.report();
  }

  roll({ preRoll }) {
    this.preRoll = preRoll;
  }

  switch({ arm }) {
    if (this.next !== this.arm && this.mix > 0.5) this.arm = this.next;
    this.next = arm;
    this.mix = 0;
    if (this.gain === 0) this.arm = arm;
  }

  report(extra) {
    const message = { index: this.jump ?? this.index, time: currentTime, playing: this.playing, ...extra };
    if (this.loudness.active) message.gains = this.gains();
    this.port.postMessage(message);
  }

  // What the match adds to each arm, dB.
  gains() {
    return Object.fromEntries(Object.entries(this.loudness.decibels).map(([name, decibels]) => [name, this.matchWanted ? decibels : 0]));
  }

  // Up to where every arm can be heard, and whether that is the sound's end.
  edges() {
    let available = Infinity,
      length = 0;
    for (const arm of Object.values(this.arms)) {
      if (!arm.complete || arm.next) available = Math.min(available, arm.available);
      length = Math.max(length, arm.length);
    }
    return available === Infinity ? { edge: length, complete: true } : { edge: available, complete: false };
  }

  // The limiters know what comes; after every jump it is something else.
  prime(edge, loops) {
    if (this.primed === this.index) return;
    for (const name of Object.keys(this.arms)) {
      const limiter = this.limiters[name];
      limiter.reset();
      for (let i = 0; i < limiter.ahead; i++) limiter.next(this.peak(name, this.index + i, edge, loops));
    }
    this.primed = this.index;
  }

  peak(name, at, edge, loops) {
    const { data, available } = this.arms[name],
      right = this.rights[name],
      place = loops && at >= edge ? at - edge : at;
    const most = truePeak(data, place, available);
    // One gain for both channels: the place of a sound between them stays.
    return (right ? Math.max(most, truePeak(right.data, place, right.available)) : most) * this.gainOf(name);
  }

  gainOf(name) {
    return 1 + (this.loudness.gains[name] - 1) * this.matched;
  }

  // The sample of every arm, matched and limited; the one that is heard is put into this.out.
  sample(edge, loops) {
    let a = 0,
      b = 0,
      aRight = 0,
      bRight = 0;
    const limits = this.matched > 0 && this.loudness.active;
    if (limits) this.prime(edge, loops);
    for (const name in this.arms) {
      let value = this.arms[name].data[this.index] ?? 0,
        right = this.rights[name] ? (this.rights[name].data[this.index] ?? 0) : value;
      if (limits) {
        const limiter = this.limiters[name];
        const limit = limiter.next(this.peak(name, this.index + limiter.ahead, edge, loops));
        const gain = this.gainOf(name) * (1 + (limit - 1) * this.matched);
        value *= gain;
        right *= gain;
      }
      const meter = this.meters[name],
        size = Math.max(Math.abs(value), Math.abs(right));
      if (size > meter.peak) meter.peak = size;
      meter.squares += (value * value + right * right) / 2;
      if (name === this.arm) {
        a = value;
        aRight = right;
      }
      if (name === this.next) {
        b = value;
        bRight = right;
      }
    }
    this.metered++;
    if (limits) this.primed = this.index + 1;
    if (this.next === this.arm) return this.give(a, aRight);
    this.mix = Math.min(1, this.mix + 1 / (SWITCH_SECONDS * sampleRate));
    if (this.mix < 1) return this.give(a + (b - a) * this.mix, aRight + (bRight - aRight) * this.mix);
    this.arm = this.next;
    this.give(b, bRight);
  }

  give(left, right) {
    this.out[0] = left;
    this.out[1] = right;
  }

  process(inputs, [[out, outRight]]) {
    const step = 1 / (0.005 * sampleRate),
      tail = Math.ceil(0.005 * sampleRate);
    const { edge, complete } = this.edges();
    const moving = this.playing || this.gain > 0;
    let rendered = 0;
    for (let i = 0; i < out.length; i++) {
      const loops = complete && this.loop;
      if (loops && this.index >= edge) {
        this.index = 0;
        if (this.primed === edge) this.primed = 0;
      }
      const left = edge - this.index;
      const wanted = this.playing && this.jump === null && (loops || left > tail);
      this.gain = wanted ? Math.min(1, this.gain + step) : Math.max(0, this.gain - step);
      if (this.gain === 0 && this.jump !== null) {
        this.leap(this.jump);
        this.jump = null;
        continue;
      }
      if (this.gain === 0 && !this.playing) break;
      if (left <= 0) {
        this.playing = false;
        this.gain = 0;
        this.adopt();
        this.report(complete ? { ended: true } : { starved: true });
        break;
      }
      this.turnMatch();
      this.sample(edge, loops);
      out[i] = this.out[0] * this.gain;
      if (outRight) outRight[i] = this.out[1] * this.gain;
      this.notice(i);
      this.index++;
      rendered++;
    }
    this.after(rendered, out.length, moving);
    return !(this.ending && this.gain === 0);
  }

  turnMatch() {
    const wanted = this.matchWanted ? 1 : 0;
    if (this.matched === wanted) return;
    const step = 1 / (SWITCH_SECONDS * sampleRate);
    this.matched = wanted ? Math.min(1, this.matched + step) : Math.max(0, this.matched - step);
  }

  // Says when a revision is first heard, and puts the true samples where a seam has passed.
  notice(i) {
    for (const name in this.arms) {
      const arm = this.arms[name];
      if (arm.change && this.index >= arm.change.sample) {
        const audible = name === this.arm || name === this.next;
        this.report({
          time: currentTime + i / sampleRate,
          changed: { arm: name, audible, ...arm.change, time: currentTime + i / sampleRate },
        });
        arm.change = null;
      }
      if (arm.seam && this.index > arm.seam.to) {
        const { from } = arm.seam;
        arm.settle();
        this.rights[name]?.settle();
        this.measure(name, from);
      }
    }
  }

  after(rendered, count, moving) {
    if (rendered > 0) {
      this.loudness.heard = true;
      this.loudness.step(rendered);
    }
    this.sinceReport += count;
    if (!moving || this.sinceReport < reportEvery) return;
    this.sinceReport = 0;
    const extra = { time: currentTime + count / sampleRate };
    if (this.metered >= METER_SECONDS * sampleRate) extra.meters = this.readMeters();
    this.report(extra);
  }

  // Peak and RMS of each arm since the last time, 0 … 1.
  readMeters() {
    const read = Object.entries(this.meters).map(([name, meter]) => {
      const value = { peak: meter.peak, rms: Math.sqrt(meter.squares / this.metered) };
      meter.peak = meter.squares = 0;
      return [name, value];
    });
    this.metered = 0;
    return Object.fromEntries(read);
  }
}

registerProcessor('sae-arms', ArmsProcessor);
