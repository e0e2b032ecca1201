import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { columnAt, LiveKnobs, parseStrips } from '../../wwwroot/js/studio/live-knobs.js';

let asked, answers, said, knobs, column, ahead;

beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
  answers = [];
  said = [];
  column = 10;
  ahead = [];
  knobs = new LiveKnobs({
    send: request => new Promise((resolve, reject) => (asked.push(request), answers.push({ resolve, reject }))),
    place: () => ({ fromColumn: column, playhead: 7 }),
    answered: problem => said.push(problem),
    ahead: strip => ahead.includes(strip),
    now: () => Date.now(),
  });
  knobs.begin(parseStrips('0:2 1:3m'));
});

afterEach(() => vi.useRealTimers());

const strip = (number, strength, muted = false) => ({ strip: number, strength, muted });

test('one request at a time; the last value of every strip follows it, at the place where the ear is then', async () => {
  for (const strength of [2.1, 2.2, 2.3]) knobs.turn(strip(0, strength));
  knobs.turn(strip(1, 1, true));
  expect(asked).toEqual([{ fromColumn: 10, playhead: 7, knobs: [strip(0, 2.1)] }]);
  column = 14;
  answers[0].resolve({});
  await vi.advanceTimersByTimeAsync(60);
  expect(asked[1]).toEqual({ fromColumn: 14, playhead: 7, knobs: [strip(0, 2.3), strip(1, 1, true)] });
  answers[1].resolve({});
  await vi.advanceTimersByTimeAsync(500);
  expect(asked).toHaveLength(2);
});

test('at most 20 are sent a second', async () => {
  knobs.turn(strip(0, 0));
  for (let i = 1; i <= 1000; i += 5) {
    answers.forEach(answer => answer.resolve({}));
    knobs.turn(strip(0, i));
    await vi.advanceTimersByTimeAsync(5);
  }
  expect(asked.length).toBeGreaterThan(15);
  expect(asked.length).toBeLessThanOrEqual(21);
  answers.forEach(answer => answer.resolve({}));
  await vi.advanceTimersByTimeAsync(60);
  expect(asked.at(-1).knobs).toEqual([strip(0, 996)]);
});

test('what the take began with is not sent, nor an older strength that the page says after a turn, however late, unless it was undone', async () => {
  knobs.page([strip(0, 2), strip(1, 3, true)]);
  expect(asked).toEqual([]);
  knobs.turn(strip(0, 4));
  ahead = [0];
  answers[0].resolve({});
  await vi.advanceTimersByTimeAsync(5_000);
  knobs.page([strip(0, 3.5), strip(1, 3, true)]);
  await vi.advanceTimersByTimeAsync(60);
  expect(asked).toHaveLength(1);
  knobs.page([strip(0, 2), strip(1, 3, true)], true);
  expect(asked[1].knobs).toEqual([strip(0, 2)]);
});

test('mute acts at once, also while the fader is in the hand', async () => {
  knobs.turn(strip(0, 4));
  ahead = [0];
  answers[0].resolve({});
  await vi.advanceTimersByTimeAsync(60);
  knobs.page([strip(0, 3.8, true)]);
  expect(asked[1].knobs).toEqual([strip(0, 4, true)]);
});

test('what the worker refuses is said, and tried again a few times where the ear is then; the next turn is tried as often', async () => {
  knobs.turn(strip(0, 4));
  answers[0].reject(new Error('Column 3 was heard.'));
  await vi.advanceTimersByTimeAsync(250);
  expect(said).toEqual(['Column 3 was heard.']);
  expect(asked).toHaveLength(1);
  column = 30;
  await vi.advanceTimersByTimeAsync(100);
  expect(asked[1]).toEqual({ fromColumn: 30, playhead: 7, knobs: [strip(0, 4)] });
  for (let i = 1; i < 20; i++) {
    answers[i]?.reject(new Error('No.'));
    await vi.advanceTimersByTimeAsync(20_000);
  }
  expect(asked).toHaveLength(6);
  knobs.turn(strip(0, 4.1));
  answers[6].resolve({});
  await vi.advanceTimersByTimeAsync(60);
  expect(said.at(-1)).toBe(null);
  expect(asked).toHaveLength(7);
});

test('a knob that is turned while the take waits for another is sent when it has begun', async () => {
  let begun = false;
  knobs.ready = () => begun;
  knobs.turn(strip(0, 4));
  knobs.turn(strip(0, 5));
  await vi.advanceTimersByTimeAsync(100);
  expect(asked).toEqual([]);
  begun = true;
  knobs.wake();
  expect(asked).toEqual([{ fromColumn: 10, playhead: 7, knobs: [strip(0, 5)] }]);
});

test('strips and columns', () => {
  expect(parseStrips('0:2.5 1:-3m')).toEqual([strip(0, 2.5), strip(1, -3, true)]);
  expect(parseStrips(null)).toEqual([]);
  expect(columnAt(1, 0.15, 0.02)).toBe(58);
  expect(columnAt(0, 0, 0.02)).toBe(0);
});
