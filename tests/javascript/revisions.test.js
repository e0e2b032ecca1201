// The shipped processor while knobs are turned: what was not heard yet is replaced, and nothing else is.
import { beforeAll, expect, test } from 'vitest';
import { QUANTUM, loadProcessor, messages, render, send, sine, withArms } from './processor-fake.js';

const RATE = 16000,
  LENGTH = 4 * RATE,
  FADE = 0.01 * RATE,
  ROLL = 0.06 * RATE;
let Processor;

beforeAll(async () => {
  Processor = await loadProcessor(RATE);
});

const A = sine(330, RATE, 4, -12),
  OLD = sine(440, RATE, 4, -12),
  NEW = sine(550, RATE, 4, -12),
  LATEST = sine(660, RATE, 4, -12);

function playing({ arm = 'C', made = RATE, played = 4096, ...options } = {}) {
  const processor = withArms(
    Processor,
    { A: A.subarray(0, made), C: OLD.subarray(0, made) },
    { length: LENGTH, arm, preRoll: ROLL / RATE, ...options },
  );
  send(processor, { type: 'play' });
  return { processor, out: [...render(processor, played)] };
}

const revise = (processor, from, to, samples, revision) =>
  send(processor, { type: 'data', arm: 'C', at: from, samples: samples.slice(from, to), revision });

const same = (out, wanted, from, to) => {
  for (let i = from; i < to; i++) if (Math.abs(out[i] - wanted[i]) > 1e-6) return i;
  return null;
};

test('a later revision is heard from its first sample on, with a fade of 10 ms', () => {
  const { processor, out } = playing();
  revise(processor, 8000, 12000, NEW, 1);
  out.push(...render(processor, 6000));
  expect(same(out, OLD, 100, 8000)).toBeNull();
  expect(same(out, NEW, 8000 + FADE, 10000)).toBeNull();
  for (let i = 0; i < FADE; i++) {
    const share = (i + 1) / (FADE + 1);
    expect(out[8000 + i]).toBeCloseTo(OLD[8000 + i] * (1 - share) + NEW[8000 + i] * share, 5);
  }
});

test('a revision from a sample that was heard begins at the ear and the pre-roll', () => {
  const { processor, out } = playing();
  revise(processor, 3000, 12000, NEW, 1);
  out.push(...render(processor, 6000));
  const seam = 4096 + ROLL;
  expect(same(out, OLD, 100, seam)).toBeNull();
  expect(same(out, NEW, seam + FADE, 9000)).toBeNull();
  // Heard again, it is what the server has, without the seam.
  send(processor, { type: 'seek', index: 2900 });
  render(processor, 256);
  const from = processor.index,
    again = render(processor, 2048);
  expect(same(again, NEW.subarray(from), 0, 2048)).toBeNull();
});

test('the pre-roll can be set', () => {
  const { processor, out } = playing();
  send(processor, { type: 'roll', preRoll: 0.2 });
  revise(processor, 3000, 14000, NEW, 1);
  out.push(...render(processor, 6000));
  expect(same(out, OLD, 100, 4096 + 0.2 * RATE)).toBeNull();
  expect(same(out, NEW, 4096 + 0.2 * RATE + FADE, 10000)).toBeNull();
});

test('the old sound plays on until enough of the new one is there, and the new one comes in pieces', () => {
  const { processor, out } = playing();
  revise(processor, 4096, 4400, NEW, 1);
  out.push(...render(processor, 2048));
  expect(same(out, OLD, 100, 6144)).toBeNull();
  revise(processor, 4400, 9000, NEW, 1);
  out.push(...render(processor, 2500));
  const seam = 6144 + ROLL;
  expect(same(out, OLD, 100, seam)).toBeNull();
  expect(same(out, NEW, seam + FADE, 8600)).toBeNull();
});

test('where the old sound ends before the pre-roll, the seam is at its end and nothing runs dry', () => {
  const { processor, out } = playing({ made: 4800 });
  revise(processor, 4096, 12000, NEW, 1);
  send(processor, { type: 'data', arm: 'A', at: 4800, samples: A.slice(4800, 12000), revision: 0 });
  out.push(...render(processor, 4096));
  expect(same(out, OLD, 100, 4800 - FADE)).toBeNull();
  expect(same(out, NEW, 4800, 8000)).toBeNull();
  expect(messages(processor).some(message => message.starved)).toBe(false);
});

test('late chunks of an old revision are dropped', () => {
  const { processor, out } = playing();
  revise(processor, 8000, 12000, NEW, 2);
  revise(processor, RATE, RATE + 2000, OLD, 0);
  revise(processor, 8000, 12000, OLD, 1);
  out.push(...render(processor, 7000));
  expect(same(out, NEW, 8000 + FADE, 11000)).toBeNull();
  expect(processor.arms.C.available).toBe(12000);
});

test('a revision on a revision that was not heard yet keeps what comes before it', () => {
  const { processor, out } = playing({ played: 1024 });
  // Only the third message makes the seam possible: two revisions wait.
  revise(processor, 6000, 6050, NEW, 1);
  revise(processor, 6030, 6060, LATEST, 2);
  revise(processor, 6060, 12000, LATEST, 2);
  out.push(...render(processor, 8000));
  expect(same(out, OLD, 100, 6000)).toBeNull();
  expect(same(out, LATEST, 6000 + FADE, 8500)).toBeNull();
  revise(processor, 11000, 14000, NEW, 3);
  out.push(...render(processor, 4000));
  expect(same(out, LATEST, 6000 + FADE, 11000)).toBeNull();
  expect(same(out, NEW, 11000 + FADE, 12500)).toBeNull();
});

test('the samples of the other arms are identical whatever is turned', () => {
  const { processor, out } = playing({ arm: 'A' });
  for (let turn = 1; turn <= 20; turn++) {
    revise(processor, processor.index + 100, processor.index + 3000, turn % 2 ? NEW : LATEST, turn);
    out.push(...render(processor, 512));
  }
  for (let i = 100; i < out.length; i++) expect(out[i]).toBe(A[i]);
  expect([...processor.arms.A.data.subarray(0, RATE)]).toEqual([...A.subarray(0, RATE)]);
});

test('the first changed sample is reported once, when it leaves, with its time', () => {
  const { processor } = playing();
  const start = globalThis.currentTime;
  // Equal to what was there up to 8,500.
  const partly = Float32Array.from(NEW, (value, i) => (i < 8500 ? OLD[i] : value));
  revise(processor, 8000, 12000, partly, 1);
  render(processor, 8000);
  const reports = messages(processor).flatMap(message => message.changed ?? []);
  expect(reports).toEqual([{ arm: 'C', audible: true, revision: 1, sample: 8500, time: expect.closeTo(start + (8500 - 4096) / RATE, 6) }]);
});

test('a sound that ran dry says where, takes the new samples over and plays on when it may', () => {
  const { processor } = playing({ made: 2048, played: 4096 });
  const dry = messages(processor).filter(message => message.starved);
  expect(dry).toHaveLength(1);
  expect(dry[0].index).toBe(2048);
  revise(processor, 2000, 8000, NEW, 1);
  send(processor, { type: 'data', arm: 'A', at: 2048, samples: A.slice(2048, 8000), revision: 0 });
  send(processor, { type: 'play' });
  const out = render(processor, 1024);
  expect(same(out, NEW.subarray(2048), QUANTUM, 1024)).toBeNull();
});

test('an end that comes with a revision is reached', () => {
  const { processor } = playing({ made: LENGTH });
  send(processor, { type: 'complete', arm: 'A', length: LENGTH });
  revise(processor, 8000, LENGTH, NEW, 1);
  send(processor, { type: 'complete', arm: 'C', length: LENGTH });
  const out = render(processor, LENGTH - 4096 + QUANTUM);
  expect(same(out, NEW.subarray(4096), 8000 + FADE - 4096, LENGTH - 4096 - 100)).toBeNull();
  expect(messages(processor).filter(message => message.ended)).toHaveLength(1);
});
