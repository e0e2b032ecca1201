// Loudness against the numbers that ITU-R BS.1770-4 and EBU Tech 3341 publish. Theirs are of two equal channels: one channel is 3.01 dB lower.
import { expect, test } from 'vitest';
import { LoudnessMeter, kWeighting } from '../../wwwroot/js/audio/loudness.js';
import { sine } from './processor-fake.js';

const MONO = 10 * Math.log10(2);

function loudness(rate, ...parts) {
  const meter = new LoudnessMeter(rate);
  // In pieces, as it comes.
  for (const part of parts) for (let at = 0; at < part.length; at += 1000) meter.push(part, at, Math.min(part.length, at + 1000));
  return meter.integrated();
}

// |H| of a filter in dB, from its coefficients.
function response([b0, b1, b2, a1, a2], frequency, rate) {
  const w = (2 * Math.PI * frequency) / rate;
  const size = (c0, c1, c2) => Math.hypot(c0 + c1 * Math.cos(w) + c2 * Math.cos(2 * w), c1 * Math.sin(w) + c2 * Math.sin(2 * w));
  return 20 * Math.log10(size(b0, b1, b2) / size(1, a1, a2));
}

test('the filters at 48 kHz are those of the standard', () => {
  const [shelf, pass] = kWeighting(48000);
  const published = [
    [1.53512485958697, -2.69169618940638, 1.19839281085285, -1.69065929318241, 0.73248077421585],
    [1, -2, 1, -1.99004745483398, 0.99007225036621],
  ];
  for (const [i, filter] of [shelf, pass].entries())
    for (const [j, value] of filter.entries()) expect(value).toBeCloseTo(published[i][j], 8);
});

test('the weighting at the rates of models follows the curve of the standard', () => {
  const [shelf, pass] = kWeighting(48000);
  for (const rate of [16000, 32000, 44100]) {
    const [low, high] = kWeighting(rate);
    for (const frequency of [40, 100, 300, 1000, 2000, 3000]) {
      const wanted = response(shelf, frequency, 48000) + response(pass, frequency, 48000);
      expect(
        Math.abs(response(low, frequency, rate) + response(high, frequency, rate) - wanted),
        `${frequency} Hz at ${rate}`,
      ).toBeLessThan(0.4);
    }
  }
});

test.each([16000, 32000, 44100, 48000])('a sine of 997 Hz at full scale in one channel is −3.01 LUFS at %i Hz', rate => {
  expect(loudness(rate, sine(997, rate, 3))).toBeCloseTo(-3.01, 1);
});

test('1 kHz at −23 dBFS in two channels is −23 LUFS, and −33 is −33', () => {
  expect(loudness(48000, sine(1000, 48000, 20, -23)) + MONO).toBeCloseTo(-23, 1);
  expect(loudness(48000, sine(1000, 48000, 20, -33)) + MONO).toBeCloseTo(-33, 1);
});

test('quiet parts are gated: the third and the fifth sequence of EBU Tech 3341', () => {
  const tone = (seconds, level) => sine(1000, 16000, seconds, level);
  expect(Math.abs(loudness(16000, tone(10, -36), tone(60, -23), tone(10, -36)) + MONO + 23)).toBeLessThan(0.1);
  expect(Math.abs(loudness(16000, tone(10, -72), tone(10, -36), tone(60, -23), tone(10, -36), tone(10, -72)) + MONO + 23)).toBeLessThan(
    0.1,
  );
});

test('silence has no loudness, and neither has less than a block', () => {
  expect(loudness(16000, new Float32Array(16000))).toBe(-Infinity);
  expect(loudness(16000, sine(1000, 16000, 0.39))).toBe(-Infinity);
});

test('samples that are cut and pushed again count once, and the span is respected', () => {
  const rate = 16000,
    loud = sine(1000, rate, 2, -10),
    soft = sine(1000, rate, 2, -30);
  const meter = new LoudnessMeter(rate);
  meter.push(loud, 0, loud.length);
  const at = meter.cut(8123);
  expect(at).toBe(8000);
  const mixed = Float32Array.from(loud, (value, i) => (i < 8000 ? value : soft[i]));
  meter.push(mixed, at, mixed.length);
  expect(meter.integrated()).toBeCloseTo(loudness(rate, mixed), 10);
  expect(meter.integrated(8000)).toBeCloseTo(loudness(rate, loud.subarray(0, 8000)), 10);
});
