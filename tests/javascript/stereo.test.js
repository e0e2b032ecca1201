// The shipped processor with arms of two channels.
import { beforeAll, expect, test } from 'vitest';
import { LoudnessMeter } from '../../wwwroot/js/audio/loudness.js';
import { CEILING, truePeak } from '../../wwwroot/js/audio/limiter.js';
import { QUANTUM, loadProcessor, messages, send, sine } from './processor-fake.js';

const RATE = 16000;
let Processor;

beforeAll(async () => {
  Processor = await loadProcessor(RATE);
});

// arms: { name: [left, right] }
function stereo(arms, options = {}) {
  const names = Object.keys(arms);
  const lengths = Object.fromEntries(names.map(name => [name, options.length ?? arms[name][0].length]));
  const processor = new Processor({ processorOptions: { arms: lengths, arm: names[0], index: 0, loop: false, ...options } });
  for (const name of names) {
    send(processor, { type: 'data', arm: name, at: 0, samples: arms[name][0], right: arms[name][1], revision: 0 });
    if (!options.length) send(processor, { type: 'complete', arm: name, length: arms[name][0].length });
  }
  return processor;
}

function render(processor, count) {
  const outs = [0, 1].map(() => new Float32Array(Math.ceil(count / QUANTUM) * QUANTUM));
  for (let at = 0; at < outs[0].length; at += QUANTUM) {
    processor.process([], [outs.map(out => out.subarray(at, at + QUANTUM))]);
    globalThis.currentTime += QUANTUM / globalThis.sampleRate;
  }
  return outs;
}

const noise = seed => Float32Array.from({ length: 2 * RATE }, (_, i) => 0.3 * Math.sin(seed * i * i * 0.001));

test('each channel leaves by its own output, sample for sample', () => {
  const [left, right] = [noise(1), noise(2)];
  const processor = stereo({ A: [left, right] });
  send(processor, { type: 'play' });
  const [l, r] = render(processor, RATE);
  // Past the fade-in of 5 ms.
  expect([l.subarray(100), r.subarray(100)]).toEqual([left.subarray(100, l.length), right.subarray(100, r.length)]);
});

test('an output of one channel has the first, and a sound of one channel fills both', () => {
  const [left, right] = [noise(1), noise(2)];
  const two = stereo({ A: [left, right] });
  send(two, { type: 'play' });
  const out = new Float32Array(QUANTUM * 4);
  for (let at = 0; at < out.length; at += QUANTUM) two.process([], [[out.subarray(at, at + QUANTUM)]]);
  expect(out[300]).toBe(left[300]);
  const one = stereo({ A: [left, undefined] });
  send(one, { type: 'play' });
  const [l, r] = render(one, 1024);
  expect([r[500], r[500]]).toEqual([l[500], left[500]]);
});

test('arms are switched in both channels at once', () => {
  const flat = value => new Float32Array(RATE).fill(value);
  const processor = stereo({ A: [flat(0.25), flat(-0.5)], C: [flat(-0.25), flat(0.5)] });
  send(processor, { type: 'play' });
  render(processor, 1024);
  send(processor, { type: 'switch', arm: 'C' });
  const [l, r] = render(processor, 1024);
  for (let i = 0; i < l.length; i++) expect(r[i]).toBeCloseTo(-2 * l[i], 6);
  expect([l.at(-1), r.at(-1)]).toEqual([-0.25, 0.5]);
});

test('a revision takes over in both channels at the same sample', () => {
  const flat = value => new Float32Array(4000).fill(value);
  const processor = stereo({ A: [flat(0.5), flat(-0.25)] }, { length: 8000, preRoll: 0.06 });
  send(processor, { type: 'play' });
  render(processor, 640);
  send(processor, { type: 'data', arm: 'A', at: 1000, samples: flat(-0.5), right: flat(0.25), revision: 1 });
  const [l, r] = render(processor, 2560);
  expect([l.at(-1), r.at(-1)]).toEqual([-0.5, 0.25]);
  for (let i = 0; i < l.length; i++) expect(r[i]).toBeCloseTo(-l[i] / 2, 6);
});

test('equal loudness adds the power of both channels, and one gain keeps both under −1 dB', () => {
  const [quiet, loud] = [sine(440, RATE, 2, -26), sine(440, RATE, 2, -12)];
  const one = new LoudnessMeter(RATE),
    two = new LoudnessMeter(RATE);
  one.push(loud, 0, loud.length);
  two.push(loud, 0, loud.length);
  expect(one.integrated(Infinity, two) - one.integrated()).toBeCloseTo(10 * Math.log10(2), 6);
  // The second arm is the first one, 6 dB softer on one side and silent on the other.
  const silent = new Float32Array(loud.length),
    softer = loud.map(value => value / 2);
  const processor = stereo({ A: [loud, loud], C: [softer, silent] }, { match: true });
  send(processor, { type: 'play' });
  render(processor, 1024);
  expect(messages(processor).at(-1).gains.C).toBeCloseTo(6, 1);
  const high = stereo(
    { A: [sine(440, RATE, 2, -1), sine(440, RATE, 2, -1)], C: [quiet, sine(440, RATE, 2, -4)] },
    { match: true, arm: 'C' },
  );
  send(high, { type: 'play' });
  const [l, r] = render(high, RATE);
  let most = 0;
  for (let i = 500; i < RATE - 20; i++) most = Math.max(most, truePeak(r, i, r.length));
  expect(most).toBeLessThan(CEILING * 1.01);
  // The balance stays: 22 dB between the channels.
  for (let i = 1000; i < 4000; i += 7) if (Math.abs(r[i]) > 0.3) expect(20 * Math.log10(Math.abs(r[i] / l[i]))).toBeCloseTo(22, 1);
});
