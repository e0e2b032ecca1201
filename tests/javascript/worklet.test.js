// The audio processor, run block by block as the browser runs it, at 1000 Hz: 10 ms between arms are 10 samples, 5 ms fades are 5.
import { beforeAll, expect, test, vi } from 'vitest';

const RATE = 1000;
let Processor;

beforeAll(async () => {
  globalThis.sampleRate = RATE;
  globalThis.currentTime = 0;
  globalThis.AudioWorkletProcessor = class {
    port = { postMessage: vi.fn() };
  };
  globalThis.registerProcessor = (name, type) => {
    Processor = type;
  };
  await import('../../wwwroot/js/audio/worklet.js');
});

// Arm A is 1 everywhere, arm C is -1 at even and -3 at odd samples, so that a wrong index is heard.
function player({ length = 4000, available = length, complete = true, loop = false, index = 0 } = {}) {
  const processor = new Processor({ processorOptions: { arms: { A: length, C: length }, arm: 'A', index, loop } });
  const samples = { A: new Float32Array(available).fill(1), C: Float32Array.from({ length: available }, (_, i) => (i % 2 ? -3 : -1)) };
  for (const arm of ['A', 'C']) {
    processor.data({ arm, at: 0, samples: samples[arm] });
    if (complete) processor.complete({ arm, length });
  }
  return processor;
}

function render(processor, count) {
  const out = new Float32Array(count);
  const alive = processor.process([], [[out]]);
  return { out, alive };
}

const messages = processor => processor.port.postMessage.mock.calls.map(([message]) => message);

test('playing fades in over 5 ms and then gives the samples as they are', () => {
  const processor = player();
  processor.play();
  const { out } = render(processor, 8);
  for (const [i, value] of [0.2, 0.4, 0.6, 0.8, 1, 1, 1, 1].entries()) expect(out[i]).toBeCloseTo(value, 5);
});

test('switching arms crossfades over 10 ms at the same place in the sound', () => {
  const processor = player();
  processor.play();
  render(processor, 20);
  processor.switch({ arm: 'C' });
  const { out } = render(processor, 20);
  for (let i = 0; i < 9; i++) {
    const c = (20 + i) % 2 ? -3 : -1;
    expect(out[i]).toBeCloseTo(1 + (c - 1) * ((i + 1) / 10), 4);
  }
  for (let i = 10; i < 20; i++) expect(out[i]).toBe((20 + i) % 2 ? -3 : -1);
  expect(processor.index).toBe(40);
});

test('switching back in the middle of a crossfade ends at the arm chosen last', () => {
  const processor = player();
  processor.play();
  render(processor, 20);
  processor.switch({ arm: 'C' });
  render(processor, 8);
  processor.switch({ arm: 'A' });
  const { out } = render(processor, 20);
  expect(out[19]).toBe(1);
  expect(processor.arm).toBe('A');
});

test('switching while silent takes effect at once', () => {
  const processor = player();
  processor.switch({ arm: 'C' });
  processor.play();
  expect(render(processor, 8).out[6]).toBe(-1);
});

test('pausing fades out and keeps the place', () => {
  const processor = player();
  processor.play();
  render(processor, 20);
  processor.pause();
  const { out } = render(processor, 20);
  expect(out[0]).toBeCloseTo(0.8, 5);
  expect(out.slice(4).every(sample => Math.abs(sample) < 1e-9)).toBe(true);
  // A fade of five samples, or six: gain is not exact.
  expect([24, 25]).toContain(processor.index);
});

test('seeking while playing fades out, jumps and fades in', () => {
  const processor = player();
  processor.play();
  render(processor, 20);
  processor.seek({ index: 3000 });
  expect(messages(processor).at(-1).index).toBe(3000);
  const { out } = render(processor, 20);
  expect(out[0]).toBeCloseTo(0.8, 5);
  expect(out[19]).toBeCloseTo(1, 5);
  expect(processor.index).toBeGreaterThanOrEqual(3010);
});

test('the end is reported once and fades before it', () => {
  const processor = player({ length: 50 });
  processor.play();
  const { out } = render(processor, 128);
  expect(out[49]).toBeLessThan(0.3);
  expect(messages(processor).filter(message => message.ended)).toHaveLength(1);
  expect(render(processor, 128).out.every(sample => sample === 0)).toBe(true);
});

test('sound that is still being made starves where its slowest arm ends', () => {
  const processor = player({ length: 400, available: 60, complete: false });
  processor.data({ arm: 'A', at: 60, samples: new Float32Array(100).fill(1) });
  processor.play();
  render(processor, 128);
  expect(processor.index).toBe(60);
  expect(messages(processor).at(-1)).toMatchObject({ starved: true, index: 60, playing: false });
});

test('a loop begins again where it ends, without a fade', () => {
  const processor = player({ length: 50, loop: true });
  processor.play();
  const { out } = render(processor, 128);
  expect([...out.slice(10)].filter(sample => Math.abs(sample - 1) > 1e-5).length).toBeLessThanOrEqual(2);
  expect(messages(processor).some(message => message.ended)).toBe(false);
});

test('an ended processor fades out and lets the browser drop it', () => {
  const processor = player();
  processor.play();
  expect(render(processor, 20).alive).toBe(true);
  processor.end();
  expect(render(processor, 20).alive).toBe(false);
});
