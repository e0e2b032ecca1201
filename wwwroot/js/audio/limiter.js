// Keeps a sound's true peak under −1 dB: BS.1770-4's four-times oversampling, a gain that is down before the peak comes and rises again slowly. The
// sound is there ahead of the ear, so looking ahead delays nothing. Runs inside the audio processor.
export const CEILING = 10 ** (-1 / 20);
const TAPS = 12; // on each of four phases
const HALF = TAPS / 2;
const RELEASE = 0.05; // seconds from silence to full gain

// A windowed sinc at the four quarter positions between two samples; the first phase is the sample itself. Each phase passes a constant unchanged.
const phases = [1, 2, 3].map(quarter => {
  const taps = Float64Array.from({ length: TAPS }, (_, i) => {
    const t = i - HALF + 1 - quarter / 4;
    return (Math.sin(Math.PI * t) / (Math.PI * t)) * (0.5 + 0.5 * Math.cos((Math.PI * t) / HALF));
  });
  const sum = taps.reduce((a, b) => a + b);
  return taps.map(tap => tap / sum);
});

// The largest magnitude from data[at] to just before the next sample. Beyond the ends is silence.
export function truePeak(data, at, available) {
  let most = Math.abs(at < available ? data[at] : 0);
  for (const taps of phases) {
    let sum = 0;
    for (let i = 0; i < TAPS; i++) {
      const place = at + i - HALF + 1;
      if (place >= 0 && place < available) sum += taps[i] * data[place];
    }
    most = Math.max(most, Math.abs(sum));
  }
  return most;
}

export class Limiter {
  // The gain goes down over `ahead` samples.
  constructor(rate) {
    this.ahead = Math.max(2, Math.round(0.0015 * rate));
    this.rise = 1 / (RELEASE * rate);
    this.needed = new Float64Array(this.ahead + 1); // by the samples from the one that is played to the one `ahead` of it
    this.held = new Float64Array(this.ahead + 1);
    this.reset();
  }

  reset() {
    this.needed.fill(1);
    this.held.fill(1);
    this.at = 0;
    this.floor = 1;
    this.total = this.held.length;
  }

  // The gain of the next sample. peak: the true peak, after all other gains, of the one that comes `ahead` samples after it.
  next(peak) {
    const { needed, held } = this;
    needed[this.at] = peak > CEILING ? CEILING / peak : 1;
    let least = 1;
    if (peak > CEILING || this.floor < 1) for (const gain of needed) least = Math.min(least, gain);
    this.floor = Math.min(least, this.floor + this.rise);
    this.total += this.floor - held[this.at];
    held[this.at] = this.floor;
    this.at = (this.at + 1) % needed.length;
    // The mean of what was held while the peak came nearer: it is as low as the peak asks for when the peak is played.
    return this.floor === 1 && this.total > held.length - 1e-9 ? ((this.total = held.length), 1) : this.total / held.length;
  }
}
