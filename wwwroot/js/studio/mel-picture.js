// A sound as a picture: power over time and pitch, in dB of a full-scale sine. Pitch is on the mel scale, 2595·lg(1 + f / 700 Hz).
export const BANDS = 96;
export const LOWEST = 40; // Hz
export const FLOOR = -80; // dB that is drawn as silence

const WINDOW_SECONDS = 0.064;

export const melOf = hertz => 2595 * Math.log10(1 + hertz / 700);
export const hertzOf = mel => 700 * (10 ** (mel / 2595) - 1);

// Samples of a window at a rate: the power of two that is nearest to 64 ms.
export const windowSize = rate => 2 ** Math.round(Math.log2(rate * WINDOW_SECONDS));

// The columns [columns × BANDS] of a sound, lowest band first; column(i) computes one, so that a page can do a few at a time.
export class MelPicture {
  constructor(samples, rate, columns) {
    const size = windowSize(rate);
    Object.assign(this, { samples, rate, columns, size, values: new Float32Array(columns * BANDS) });
    this.window = Float64Array.from({ length: size }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / size));
    this.bands = bandsOf(rate, size);
    this.fft = new Fft(size);
  }

  column(i) {
    const { samples, size, window, fft } = this,
      // The window is around the middle of the column's part of the sound.
      from = Math.round(((i + 0.5) / this.columns) * samples.length - size / 2);
    for (let at = 0; at < size; at++) {
      fft.real[at] = (samples[from + at] ?? 0) * window[at];
      fft.imaginary[at] = 0;
    }
    fft.run();
    // A sine of amplitude 1 has size / 4 in its bin.
    const full = (size / 4) ** 2;
    for (let band = 0; band < BANDS; band++) {
      const { first, weights } = this.bands[band];
      let most = 0;
      for (let k = 0; k < weights.length; k++)
        most = Math.max(most, weights[k] * (fft.real[first + k] ** 2 + fft.imaginary[first + k] ** 2));
      this.values[i * BANDS + band] = Math.max(FLOOR, 10 * Math.log10(most / full + 1e-12));
    }
  }
}

// Of each band: its first bin and the weights of its bins, a triangle on the mel scale. A band between two bins takes the nearest.
function bandsOf(rate, size) {
  const low = melOf(LOWEST),
    step = (melOf(rate / 2) - low) / (BANDS + 1);
  return Array.from({ length: BANDS }, (_, band) => {
    const middle = low + (band + 1) * step,
      bins = [];
    for (let bin = 1; bin < size / 2; bin++) {
      const weight = 1 - Math.abs(melOf((bin * rate) / size) - middle) / step;
      if (weight > 0) bins.push([bin, weight]);
    }
    if (bins.length === 0) bins.push([Math.max(1, Math.round((hertzOf(middle) * size) / rate)), 1]);
    return { first: bins[0][0], weights: bins.map(([, weight]) => weight) };
  });
}

// The discrete Fourier transform of a power of two of values, in place.
class Fft {
  constructor(size) {
    this.size = size;
    this.real = new Float64Array(size);
    this.imaginary = new Float64Array(size);
    this.cosines = Float64Array.from({ length: size / 2 }, (_, i) => Math.cos((2 * Math.PI * i) / size));
    this.sines = Float64Array.from({ length: size / 2 }, (_, i) => Math.sin((2 * Math.PI * i) / size));
  }

  run() {
    const { size, real, imaginary, cosines, sines } = this;
    for (let i = 1, j = 0; i < size; i++) {
      let bit = size >> 1;
      for (; j & bit; bit >>= 1) j ^= bit;
      j ^= bit;
      if (i < j) {
        [real[i], real[j]] = [real[j], real[i]];
        [imaginary[i], imaginary[j]] = [imaginary[j], imaginary[i]];
      }
    }
    for (let length = 2; length <= size; length *= 2) {
      const half = length / 2,
        step = size / length;
      for (let start = 0; start < size; start += length)
        for (let k = 0; k < half; k++) {
          const a = start + k,
            b = a + half,
            c = cosines[k * step],
            s = sines[k * step],
            re = real[b] * c + imaginary[b] * s,
            im = imaginary[b] * c - real[b] * s;
          real[b] = real[a] - re;
          imaginary[b] = imaginary[a] - im;
          real[a] += re;
          imaginary[a] += im;
        }
    }
  }
}
