// How much louder or softer each arm is played, so that all are as loud as the first: by loudness over the span that all arms have. Runs inside the
// audio processor.
import { LOWEST_RATE, LoudnessMeter } from './loudness.js';

export const MOST_DOWN = -12,
  MOST_UP = 6,
  DB_PER_SECOND = 1;

export class LoudnessMatch {
  // names: the arms; the first is the one that the others are matched to.
  constructor(names, rate) {
    this.rate = rate;
    this.names = names;
    this.active = names.length > 1 && rate >= LOWEST_RATE;
    this.meters = Object.fromEntries(names.map(name => [name, new LoudnessMeter(rate)]));
    this.rights = {}; // meters of second channels, of the arms that have one
    this.target = Object.fromEntries(names.map(name => [name, 0])); // dB
    this.decibels = { ...this.target }; // where the gain is on its way there
    this.gains = Object.fromEntries(names.map(name => [name, 1]));
    this.heard = false;
    this.frozen = false;
  }

  // data[…to) of an arm is there, and of its second channel where it has one; from `from` on it may be other samples than before.
  measure(name, data, from, to, right = null) {
    if (!this.active) return;
    const push = (meter, samples) => meter.push(samples, from < meter.samples ? meter.cut(from) : meter.samples, to);
    push(this.meters[name], data);
    if (right) push((this.rights[name] ??= new LoudnessMeter(this.rate)), right);
    if (this.frozen && from < to) this.frozen = false;
  }

  // All arms have this many samples; complete: none gets more, and the match stays as it is from now on.
  aim(span, complete) {
    if (!this.active || this.frozen) return;
    const [first, ...others] = this.names;
    const reference = this.meters[first].integrated(span, this.rights[first]);
    for (const name of others) {
      const wanted = reference - this.meters[name].integrated(span, this.rights[name]);
      // Silence has no loudness: an arm without one keeps its gain.
      if (Number.isFinite(wanted)) this.target[name] = Math.min(MOST_UP, Math.max(MOST_DOWN, wanted));
    }
    this.frozen = complete;
    if (!this.heard) this.step(Infinity);
  }

  // `samples` samples later; what is being heard moves slowly.
  step(samples) {
    if (!this.active) return;
    const most = samples === Infinity ? Infinity : (DB_PER_SECOND * samples) / this.rate;
    for (const name of this.names) {
      const lack = this.target[name] - this.decibels[name];
      if (lack === 0) continue;
      this.decibels[name] = Math.abs(lack) <= most ? this.target[name] : this.decibels[name] + Math.sign(lack) * most;
      this.gains[name] = 10 ** (this.decibels[name] / 20);
    }
  }
}
