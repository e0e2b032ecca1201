import { parseWav } from './wav.js';

// Sound that may still be growing: one channel of float samples at one rate. The player reads it, the fetching code appends.
export class Source {
  // length: samples it will have when whole (an upper bound is fine). speed: seconds of sound made a second, once known.
  constructor({ rate, length }) {
    this.rate = rate;
    this.length = length;
    this.data = new Float32Array(length);
    this.available = 0;
    this.complete = false;
    this.revision = 0; // of the samples that are there; a turned knob makes those after it obsolete
    this.lead = null; // of a live take: how many seconds are made ahead of the ear, and no more
    this.speed = null;
    this.grain = 0; // seconds that came last
    this.listeners = new Set();
  }

  get duration() {
    return this.length / this.rate;
  }

  // Appends the samples that begin at `at`; what is there already is left as it is, unless their revision is later: then what was there from `at` on
  // is obsolete. Samples of an earlier revision come too late and are dropped. Int16 is scaled to −1 … 1.
  append(at, samples, revision = this.revision) {
    if (revision < this.revision) return;
    if (revision > this.revision) {
      this.available = Math.min(this.available, at);
      this.revision = revision;
      this.complete = false;
      if (samples.length === 0) this.tell(this.available, this.available);
    }
    if (at > this.available) throw new Error(`Samples ${this.available} to ${at} are missing.`);
    const skip = this.available - at,
      from = this.available,
      to = Math.min(this.length, at + samples.length);
    if (to <= from) return;
    const scale = samples instanceof Int16Array ? 1 / 32768 : 1;
    for (let i = from; i < to; i++) this.data[i] = samples[i - from + skip] * scale;
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

  static whole({ rate, samples }) {
    const source = new Source({ rate, length: samples.length });
    source.data = samples;
    source.available = samples.length;
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
  for (const each of kept.values()) total += each.available;
  for (const [key, each] of kept) {
    if (total <= mostSamples || key === url) break;
    total -= each.available;
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
