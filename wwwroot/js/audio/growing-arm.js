// One arm's samples as the audio processor hears them. A turned knob makes samples obsolete: what was sent before plays on until enough of the new ones
// is there, and one fades into the other over 10 ms. Runs inside the audio processor.
export const SEAM_SECONDS = 0.01;

export class GrowingArm {
  // Lengths in samples. Samples of an earlier revision than the newest are refused.
  constructor(length, rate) {
    this.data = new Float32Array(length);
    this.length = length;
    this.available = 0;
    this.complete = false;
    this.revision = 0;
    this.fade = Math.max(1, Math.round(SEAM_SECONDS * rate));
    this.next = null; // a later revision that cannot be heard yet: { data, from, available, revision }
    this.seam = null; // what was mixed at the last seam: { from, to, truth } puts the new samples there once it was heard
    this.change = null; // where a revision is first heard: { sample, revision }
  }

  // Samples from `at` on. Returns the first that may differ from what was there (the arm's loudness is measured again from it), or null where nothing
  // that can be heard has changed.
  receive(at, samples, revision = this.newest) {
    if (revision < this.newest) return null;
    if (revision > this.newest) this.#begin(at, revision);
    const to = Math.min(this.length, at + samples.length),
      target = this.next ?? this,
      from = target.available;
    if (at > from) throw new Error(`Samples ${from} to ${at} are missing.`);
    if (to <= from) return null;
    target.data.set(samples.subarray(from - at, to - at), from);
    target.available = to;
    return this.next ? null : from;
  }

  get newest() {
    return this.next?.revision ?? this.revision;
  }

  #begin(from, revision) {
    this.complete = false;
    if (this.available === 0 && !this.next) this.revision = revision;
    else if (this.next) {
      // What the revision in between had before this one begins stays.
      this.next.available = Math.min(this.next.available, from);
      this.next.from = Math.min(this.next.from, from);
      this.next.revision = revision;
    } else this.next = { data: this.data.slice(), from, available: Math.min(from, this.available), revision };
  }

  // Nothing more comes: the arm has this many samples.
  finish(length) {
    if (this.next) this.next.length = length;
    else this.length = length;
    this.complete = true;
  }

  // Takes the waiting revision over from the sample `soonest` on, or a little earlier where the old samples end before that; never before `index`,
  // which is the next to be heard. silent: there is nothing to fade from. Returns the first sample that may have changed; null: not yet.
  adopt(index, soonest, silent = false) {
    const { next, fade } = this;
    if (!next) return null;
    const from = Math.max(next.from, Math.min(soonest, Math.max(index, this.available - fade))),
      last = this.complete ? (next.length ?? next.available) : Infinity;
    const mixed = silent ? 0 : Math.max(0, Math.min(fade, this.available - from));
    if (next.available < Math.min(from + mixed + 1, last)) return null;
    this.settle();
    const truth = next.data.slice(next.from, from + mixed);
    const old = this.data;
    this.change = null;
    for (let i = from; i < next.available && !this.change; i++)
      if (i >= this.available || next.data[i] !== old[i]) this.change = { sample: i, revision: next.revision };
    // Samples before the seam were heard or are about to be: they stay until it has passed.
    next.data.set(old.subarray(next.from, Math.max(next.from, from)), next.from);
    for (let i = 0; i < mixed; i++) {
      const share = (i + 1) / (mixed + 1);
      next.data[from + i] = old[from + i] * (1 - share) + next.data[from + i] * share;
    }
    this.seam = truth.length > 0 ? { from: next.from, to: from + mixed, truth } : null;
    this.data = next.data;
    this.available = next.available;
    this.revision = next.revision;
    if (this.complete) this.length = next.length ?? this.length;
    this.next = null;
    return this.seam?.from ?? from;
  }

  // The seam was heard: the arm is now as the server has it.
  settle() {
    if (!this.seam) return;
    this.data.set(this.seam.truth, this.seam.from);
    this.seam = null;
  }
}
