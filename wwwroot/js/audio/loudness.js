// Loudness by ITU-R BS.1770-4, of one channel that grows, or of two together: K-weighting, blocks of 400 ms every 100 ms, gates at −70 LUFS and
// 10 LU below the mean of what passes the first. It is also used inside the audio processor, so it imports nothing.

// Below this rate the second-order filters no longer follow the standard's curve, and nothing is measured.
export const LOWEST_RATE = 8000;
const ABSOLUTE_GATE = -70;
const OFFSET = -0.691;
const PARTS = 4; // of 100 ms in a block

// The two filters of the standard at any rate: [b0, b1, b2, a1, a2] each. The standard lists them for 48 kHz; these are the analog filters that give
// those numbers, by the bilinear transform.
export function kWeighting(rate) {
  const shelf = filter(rate, 1681.974450955533, 0.7071752369554196, 3.999843853973347);
  const k = Math.tan((Math.PI * 38.13547087602444) / rate),
    q = 0.5003270373238773,
    a0 = 1 + k / q + k * k;
  return [shelf, [1, -2, 1, (2 * (k * k - 1)) / a0, (1 - k / q + k * k) / a0]];
}

function filter(rate, frequency, q, gain) {
  const k = Math.tan((Math.PI * frequency) / rate),
    vh = 10 ** (gain / 20),
    vb = vh ** 0.4996667741545416,
    a0 = 1 + k / q + k * k;
  return [
    (vh + (vb * k) / q + k * k) / a0,
    (2 * (k * k - vh)) / a0,
    (vh - (vb * k) / q + k * k) / a0,
    (2 * (k * k - 1)) / a0,
    (1 - k / q + k * k) / a0,
  ];
}

const lufs = power => OFFSET + 10 * Math.log10(power);

// Measures what is pushed; `cut` forgets what came after a sample, so that it can be pushed again with other samples.
export class LoudnessMeter {
  constructor(rate) {
    this.part = Math.round(rate / 10);
    this.filters = kWeighting(rate);
    this.powers = []; // sums of squares of each whole part
    this.states = [new Float64Array(4)]; // of the filters at the beginning of each part
    this.state = new Float64Array(4);
    this.sum = 0;
    this.count = 0; // samples in the part that is not whole
  }

  // The samples data[from … to).
  push(data, from, to) {
    const [[b0, b1, b2, a1, a2], [, , , c1, c2]] = this.filters;
    let [s1, s2, t1, t2] = this.state;
    for (let i = from; i < to; i++) {
      const x = data[i];
      // Transposed direct form II, both in a row; the second filter's numerator is 1, −2, 1.
      const y = b0 * x + s1;
      s1 = b1 * x - a1 * y + s2;
      s2 = b2 * x - a2 * y;
      const z = y + t1;
      t1 = -2 * y - c1 * z + t2;
      t2 = y - c2 * z;
      this.sum += z * z;
      if (++this.count === this.part) {
        this.powers.push(this.sum);
        this.states.push(Float64Array.of(s1, s2, t1, t2));
        this.sum = this.count = 0;
      }
    }
    this.state.set([s1, s2, t1, t2]);
  }

  get samples() {
    return this.powers.length * this.part + this.count;
  }

  // Forgets the part that holds this sample and what came after it; returns the sample from which to push again.
  cut(sample) {
    const parts = Math.min(this.powers.length, Math.floor(sample / this.part));
    this.powers.length = parts;
    this.states.length = parts + 1;
    this.state = this.states[parts].slice();
    this.sum = this.count = 0;
    return parts * this.part;
  }

  // Of the first `samples` samples, in LUFS; −Infinity where nothing passes the gates or no block is whole. right: the meter of a second channel, whose
  // power is added.
  integrated(samples = Infinity, right = null) {
    const parts = Math.min(this.powers.length, right?.powers.length ?? Infinity, Math.floor(samples / this.part));
    const blocks = [];
    for (let i = PARTS; i <= parts; i++) {
      let sum = 0;
      for (let j = i - PARTS; j < i; j++) sum += this.powers[j] + (right?.powers[j] ?? 0);
      blocks.push(sum / (PARTS * this.part));
    }
    const loud = blocks.filter(power => lufs(power) > ABSOLUTE_GATE);
    if (loud.length === 0) return -Infinity;
    const gate = lufs(mean(loud)) - 10;
    return lufs(mean(loud.filter(power => lufs(power) > gate)));
  }
}

const mean = values => values.reduce((sum, value) => sum + value, 0) / values.length;
