// The shipped processor with several arms: switching, the loudness match, the limiter, meters and loops.
import { beforeAll, expect, test } from 'vitest';
import { figure } from './figures.js';
import { QUANTUM, decibels, loadProcessor, messages, render, send, sine, withArms } from './processor-fake.js';

const RATE = 16000;
let Processor;

beforeAll(async () => {
  Processor = await loadProcessor(RATE);
});

const worst = (out, wanted) => out.reduce((most, value, i) => Math.max(most, Math.abs(value - wanted[i])), 0);

// A true peak by a longer interpolation than the shipped one: a sinc over 64 samples, 16 positions between two.
function peakOf(out) {
  let most = 0;
  for (let at = 40; at < out.length - 40; at++)
    for (let step = 0; step < 16; step++) {
      const place = at + step / 16;
      let sum = 0;
      for (let i = at - 31; i <= at + 32; i++) {
        const t = place - i;
        sum += out[i] * (t === 0 ? 1 : (Math.sin(Math.PI * t) / (Math.PI * t)) * (0.5 + 0.5 * Math.cos((Math.PI * t) / 33)));
      }
      most = Math.max(most, Math.abs(sum));
    }
  return most;
}

test.each([false, true])('equal sines switched 200 times deviate by less than −60 dBFS; matched: %s', match => {
  const wave = sine(440, RATE, 12, -12);
  const processor = withArms(Processor, { A: wave, B: wave, C: wave }, { match });
  send(processor, { type: 'play' });
  const out = [...render(processor, 1024)];
  for (let i = 0; i < 200; i++) {
    send(processor, { type: 'switch', arm: 'ABC'[(i * 7 + 1) % 3] });
    // Some come before the last fade is over.
    out.push(...render(processor, 128 * (1 + (i % 7))));
  }
  const deviation = worst(out.slice(200), wave.subarray(200));
  const size = deviation === 0 ? 'no deviation' : `at most ${decibels(deviation).toFixed(1)} dBFS`;
  figure(`Switching equal sines 200 times, ${match ? 'equally loud' : 'as they are'}: ${size} from the sine`);
  expect(decibels(deviation)).toBeLessThan(-60);
});

test('from the key to the other arm alone are at most 50 ms, by the samples that leave', () => {
  const arms = { A: new Float32Array(2 * RATE).fill(0.25), C: new Float32Array(2 * RATE).fill(-0.25) };
  const processor = withArms(Processor, arms);
  let latest = 0;
  send(processor, { type: 'play' });
  for (let trial = 0; trial < 20; trial++) {
    const to = trial % 2 ? 'A' : 'C',
      old = trial % 2 ? -0.25 : 0.25;
    render(processor, 512);
    send(processor, { type: 'switch', arm: to });
    const out = render(processor, 0.05 * RATE - QUANTUM);
    expect(out[0]).not.toBe(old);
    // A message waits for at most one quantum.
    const whole = out.findIndex(value => value === -old) + QUANTUM;
    expect(whole / RATE).toBeLessThanOrEqual(0.05);
    expect(whole).toBeGreaterThanOrEqual(QUANTUM + 0.009 * RATE);
    latest = Math.max(latest, whole);
  }
  figure(`From the key to the other arm alone: at most ${((1000 * latest) / RATE).toFixed(1)} ms of samples`);
});

test('arms are as loud as the first one from the first sample on, and L turns it off within 10 ms', () => {
  const processor = withArms(Processor, { A: sine(997, RATE, 3, -20), C: sine(997, RATE, 3, -26) }, { match: true });
  send(processor, { type: 'switch', arm: 'C' });
  send(processor, { type: 'play' });
  const out = render(processor, RATE);
  expect(decibels(Math.max(...out.subarray(RATE / 2)))).toBeCloseTo(-20, 1);
  expect(messages(processor).at(-1).gains).toEqual({ A: 0, C: expect.closeTo(6, 2) });
  send(processor, { type: 'match', on: false });
  const off = render(processor, RATE / 2);
  expect(decibels(Math.max(...off.subarray(0.01 * RATE + QUANTUM)))).toBeCloseTo(-26, 1);
  expect(messages(processor).at(-1).gains).toEqual({ A: 0, C: 0 });
});

test.each([
  [-50, 6],
  [-2, -12],
])('an arm at %i dBFS is moved to one at −20 by %i dB', (level, gain) => {
  const processor = withArms(Processor, { A: sine(997, RATE, 2, -20), C: sine(997, RATE, 2, level) }, { match: true });
  expect(processor.gains().C).toBe(gain);
});

test('a silent arm, and one shorter than a block, keep their gain', () => {
  for (const C of [new Float32Array(RATE), sine(997, RATE, 0.3, -40)])
    expect(withArms(Processor, { A: sine(997, RATE, 1, -20), C }, { match: true }).gains()).toEqual({ A: 0, C: 0 });
});

test('while it is made the match moves at most 1 dB a second, counts the span that all have, and is frozen when all are complete', () => {
  const length = 8 * RATE;
  const processor = withArms(Processor, { A: sine(997, RATE, 1, -20), C: sine(997, RATE, 1, -20) }, { length, match: true });
  send(processor, { type: 'play' });
  send(processor, { type: 'switch', arm: 'C' });
  render(processor, RATE / 2);
  expect(processor.gains().C).toBeCloseTo(0, 2);
  // Louder from here on; the arm A comes later, and so does its part in the match.
  send(processor, { type: 'data', arm: 'C', at: RATE, samples: sine(997, RATE, 7, -10), revision: 0 });
  render(processor, RATE / 4);
  expect(processor.gains().C).toBeCloseTo(0, 2);
  send(processor, { type: 'data', arm: 'A', at: RATE, samples: sine(997, RATE, 7, -20), revision: 0 });
  let before = processor.gains().C,
    fastest = 0;
  const begun = processor.index;
  for (let i = 0; i < 5 * (RATE / QUANTUM); i++) {
    render(processor, QUANTUM);
    const now = processor.gains().C;
    expect(Math.abs(now - before)).toBeLessThanOrEqual(QUANTUM / RATE + 1e-9);
    fastest = Math.max(fastest, (Math.abs(now - before) * RATE) / QUANTUM);
    before = now;
  }
  figure(`The loudness match moves at most ${fastest.toFixed(3)} dB a second`);
  expect(before).toBeCloseTo(-(processor.index - begun) / RATE, 2);
  for (const arm of ['A', 'C']) send(processor, { type: 'complete', arm, length });
  const { frozen, target } = processor.loudness;
  expect(frozen).toBe(true);
  expect(target.C).toBeLessThan(-9);
  processor.aim();
  expect(processor.loudness.target).toEqual(target);
});

test('the true peak of what is made louder stays under −1 dB, and what needs no limit is not touched', () => {
  // A quarter of the rate, 45° off: between its samples it is 3 dB higher than at them. With bursts, so that the loudness asks for more.
  const tone = sine(RATE / 4, RATE, 2, -2, Math.PI / 4),
    burst = Float32Array.from(tone, (value, i) => value * (i % 8000 < 800 ? 1 : 0.02));
  const processor = withArms(Processor, { A: sine(997, RATE, 2, -6), C: burst }, { match: true });
  expect(processor.gains().C).toBeGreaterThan(1);
  send(processor, { type: 'switch', arm: 'C' });
  send(processor, { type: 'play' });
  const out = render(processor, 1.5 * RATE);
  expect(decibels(peakOf(out.subarray(7600, 9600)))).toBeLessThan(-1 + 0.05);
  expect(decibels(peakOf(out.subarray(7600, 9600)))).toBeGreaterThan(-1.6);
  // Between the bursts, long after one, the gain is the match's alone.
  const gain = 10 ** (processor.gains().C / 20);
  expect(
    worst(
      out.subarray(5000, 7800),
      burst.subarray(5000, 7800).map(value => value * gain),
    ),
  ).toBeLessThan(1e-6);
});

test('a loop has no gap: every arm continues at its first sample', () => {
  const wave = sine(400, RATE, 0.5, -12); // 200 whole periods
  for (const match of [false, true]) {
    const processor = withArms(Processor, { A: wave, C: wave }, { match, loop: true });
    send(processor, { type: 'play' });
    const out = render(processor, 2 * RATE);
    const wanted = Float32Array.from({ length: out.length }, (_, i) => wave[i % wave.length]);
    expect(worst(out.subarray(100), wanted.subarray(100))).toBeLessThan(1e-6);
  }
});

test('meters come at most 20 times a second with the peak and the RMS of every arm', () => {
  const processor = withArms(Processor, { A: sine(400, RATE, 3, -6), C: new Float32Array(3 * RATE) });
  send(processor, { type: 'play' });
  render(processor, 2 * RATE);
  const meters = messages(processor).filter(message => message.meters);
  expect(meters.length).toBeLessThanOrEqual(40);
  expect(meters.length).toBeGreaterThan(25);
  for (let i = 1; i < meters.length; i++) expect(meters[i].time - meters[i - 1].time).toBeGreaterThanOrEqual(0.05 - 1e-9);
  const { A, C } = meters.at(-1).meters;
  expect(decibels(A.peak)).toBeCloseTo(-6, 1);
  expect(decibels(A.rms)).toBeCloseTo(-9, 0);
  expect(C).toEqual({ peak: 0, rms: 0 });
});
