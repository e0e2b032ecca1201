import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Trace } from '../../wwwroot/js/studio/traces.js';

let asked, answers, trace;

beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
  answers = [];
  trace = new Trace('take-1', 2, async address => {
    asked.push(address.split('?')[1]);
    const body = answers.shift();
    return { ok: body !== undefined, json: async () => body };
  });
  trace.subscribe(() => {});
});

afterEach(() => vi.useRealTimers());

const columns = (count, value) => Array.from({ length: count }, () => value);

test('while the take is made, only what a knob can still reach is asked for again', async () => {
  answers = [
    { before: columns(1500, 1), after: columns(1500, 2) },
    { before: columns(1100, 3), after: columns(1100, 4) },
  ];
  trace.follow(true);
  await vi.advanceTimersByTimeAsync(600);
  expect(asked).toEqual(['strip=2&from=0', 'strip=2&from=500']);
  expect([trace.after.length, trace.after[499], trace.after[500]]).toEqual([1600, 2, 4]);
});

test('once it is over, all of it is asked for a last time, and then no more', async () => {
  answers = [
    { before: [1], after: [1] },
    { before: [5, 6], after: [7, 8] },
  ];
  trace.follow(true);
  await vi.advanceTimersByTimeAsync(100);
  trace.follow(false);
  await vi.advanceTimersByTimeAsync(5000);
  expect(asked).toEqual(['strip=2&from=0', 'strip=2&from=0']);
  expect(trace.after).toEqual([7, 8]);
});

test('a take of long ago is asked once, also when nothing was measured', async () => {
  trace.follow(false);
  await vi.advanceTimersByTimeAsync(100);
  trace.follow(false);
  await vi.advanceTimersByTimeAsync(5000);
  expect(asked).toEqual(['strip=2&from=0']);
});
