import { parseWav } from './wav.js';

// Sound that may still be growing: one or two channels of float samples at one rate. The player reads it, the fetching code appends.
export class Source {
  // length: samples it will have when whole (an upper bound is fine). speed: seconds of sound made a second, once known.
  // channels: 1, or 2 of stereo. Counts and places are of samples in each channel.
  constructor({ rate, length, channels = 1 }) {
    this.rate = rate;
    this.length = length;
    this.channels = Array.from({ length: channels }, () => new Float32Array(length));
    this.available = 0;
    this.complete = false;
    this.revision = 0; // of the samples that are there; a turned knob makes those after it obsolete
    this.lead = null; // of a live take: how many seconds are made ahead of the ear, and no more
    this.speed = null;
    this.grain = 0; // seconds that came last
    this.listeners = new Set();
  }

  // The first channel; the only one of most sounds.
  get data() {
    return this.channels[0];
  }

  // The mean of the channels, for pictures: a copy where there are two.
  mixed() {
    const [left, right] = this.channels;
    return right ? left.map((value, i) => (value + right[i]) / 2) : left;
  }

  // How far the sound goes at a sample in any channel, 0 … 1.
  size(at) {
    const right = this.channels[1];
    return right ? Math.max(Math.abs(this.channels[0][at]), Math.abs(right[at])) : Math.abs(this.channels[0][at]);
  }

  get duration() {
    return this.length / this.rate;
  }

  // Appends the samples that begin at `at`; what is there already is left as it is, unless their revision is later: then what was there from `at` on
  // is obsolete. Samples of an earlier revision come too late and are dropped. Int16 is scaled to −1 … 1. Of two channels left and right alternate.
  append(at, samples, revision = this.revision) {
    if (revision < this.revision) return;
    if (revision > this.revision) {
      this.available = Math.min(this.available, at);
      this.revision = revision;
      this.complete = false;
      if (samples.length === 0) this.tell(this.available, this.available);
    }
    if (at > this.available) throw new Error(`Samples ${this.available} to ${at} are missing.`);
    const count = this.channels.length,
      skip = this.available - at,
      from = this.available,
      to = Math.min(this.length, at + Math.floor(samples.length / count));
    if (to <= from) return;
    const scale = samples instanceof Int16Array ? 1 / 32768 : 1;
    for (const [channel, data] of this.channels.entries())
      for (let i = from; i < to; i++) data[i] = samples[(i - from + skip) * count + channel] * scale;
    this.available = to;
    this.grain = (to - from) / this.rate;
    this.tell(from, to);
  }

  // Nothing more will come.
  finish() {
    this.length = this.available;
    this.complete = true;
    this.tell(this.available, this.available);
  }

  tell(from, to) {
    for (const listener of [...this.listeners]) listener(this, from, to);
  }

  subscribe(listener) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  static whole({ rate, channels }) {
    const source = new Source({ rate, length: 0, channels: channels.length });
    source.channels = channels;
    source.length = source.available = channels[0].length;
    source.complete = true;
    return source;
  }
}

// The last sounds that were fetched, so that a second press sounds at once: at most 60 MB of samples.
const kept = new Map();
const mostSamples = 15_000_000;

export async function fetchSource(url, signal) {
  const found = kept.get(url);
  if (found) {
    kept.delete(url);
    kept.set(url, found);
    return found;
  }
  const answer = await fetch(url, { signal });
  if (!answer.ok) throw new Error(await problem(answer));
  const source = Source.whole(parseWav(await answer.arrayBuffer()));
  kept.set(url, source);
  let total = 0;
  for (const each of kept.values()) total += each.available * each.channels.length;
  for (const [key, each] of kept) {
    if (total <= mostSamples || key === url) break;
    total -= each.available * each.channels.length;
    kept.delete(key);
  }
  return source;
}

// What a failed answer says: its problem+json's detail, or its status.
async function problem(answer) {
  try {
    const body = await answer.json();
    return body.detail ?? body.title;
  } catch {
    return `The sound did not come (${answer.status}).`;
  }
}
