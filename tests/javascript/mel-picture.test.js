import { expect, test } from 'vitest';
import { BANDS, FLOOR, hertzOf, LOWEST, MelPicture, melOf, windowSize } from '../../wwwroot/js/studio/mel-picture.js';

const RATE = 16_000;

const sine = (hertz, amplitude, seconds = 1) =>
  Float32Array.from({ length: seconds * RATE }, (_, i) => amplitude * Math.sin((2 * Math.PI * hertz * i) / RATE));

function picture(samples, columns = 9) {
  const made = new MelPicture(samples, RATE, columns);
  for (let i = 0; i < columns; i++) made.column(i);
  return Array.from({ length: columns }, (_, i) => [...made.values.subarray(i * BANDS, (i + 1) * BANDS)]);
}

// The band whose triangle has its middle nearest to a frequency.
const bandOf = hertz => Math.round((melOf(hertz) - melOf(LOWEST)) / ((melOf(RATE / 2) - melOf(LOWEST)) / (BANDS + 1))) - 1;

test.each([100, 440, 1000, 3000, 7000])('a sine of %d Hz is loudest in its own band', hertz => {
  const column = picture(sine(hertz, 0.5))[4];
  expect(Math.abs(column.indexOf(Math.max(...column)) - bandOf(hertz))).toBeLessThanOrEqual(1);
});

test('levels are dB of a full-scale sine, whatever the pitch, and half the amplitude is 6 dB less', () => {
  // In the middle of a bin and near the middle of a band the triangle takes little.
  for (const bin of [32, 100, 300]) {
    const loudest = amplitude => Math.max(...picture(sine((bin * RATE) / windowSize(RATE), amplitude))[4]);
    expect(loudest(1)).toBeGreaterThan(-3.1);
    expect(loudest(1)).toBeLessThanOrEqual(0.01);
    expect(loudest(1) - loudest(0.5)).toBeCloseTo(6.02, 1);
  }
});

test('silence is the floor, and a sound that begins in the middle begins in the middle', () => {
  expect(
    picture(new Float32Array(RATE))
      .flat()
      .every(value => value === FLOOR),
  ).toBe(true);
  const half = sine(1000, 0.5);
  half.fill(0, 0, RATE / 2);
  const loudest = picture(half, 20).map(column => Math.max(...column));
  expect(loudest.slice(0, 9).every(value => value === FLOOR)).toBe(true);
  expect(loudest.slice(11).every(value => value > -12)).toBe(true);
});

test('the mel scale and its inverse agree; a window is about 64 ms', () => {
  for (const hertz of [40, 700, 8000]) expect(hertzOf(melOf(hertz))).toBeCloseTo(hertz, 6);
  expect(melOf(1000)).toBeCloseTo(1000, 0);
  expect([windowSize(16_000), windowSize(32_000)]).toEqual([1024, 2048]);
});
