import { expect, test } from 'vitest';
import { canStart, secondsUntilStart } from '../../wwwroot/js/audio/start-rule.js';

test.each([
  [{ buffered: 4.31, remaining: 8, speed: 0.5 }, true],
  [{ buffered: 4.29, remaining: 8, speed: 0.5 }, false],
  [{ buffered: 0.31, remaining: 8, speed: 2 }, true],
  [{ buffered: 0.29, remaining: 8, speed: 2 }, false],
  [{ buffered: 1, remaining: 8, speed: null }, false],
  [{ buffered: 0.1, remaining: 0.1, speed: null }, true],
])('sound starts when the buffer covers what is made too slowly and a third of a second: %o', (sound, starts) => {
  expect(canStart(sound)).toBe(starts);
});

test('the wait is what is missing at the measured speed, and unknown without one', () => {
  expect(secondsUntilStart({ buffered: 2, remaining: 8, speed: 0.5 })).toBeCloseTo(4.6, 10);
  expect(secondsUntilStart({ buffered: 2, remaining: 8, speed: null })).toBeNull();
  expect(secondsUntilStart({ buffered: 8, remaining: 8, speed: null })).toBe(0);
});

// Pieces come every grain / speed seconds; playback starts as the rule says and must never pass what is made.
function playThrough(total, grain, speed) {
  const made = time => Math.min(total, Math.floor((time * speed) / grain + 1e-9) * grain);
  let began = null;
  let dry = null;
  for (let time = 0; time < (2 * total) / speed + total; time += 0.01) {
    const position = began === null ? 0 : Math.min(total, time - began);
    const buffered = made(time) - position;
    if (began === null && made(time) > grain && canStart({ buffered, remaining: total, speed, grain })) began = time;
    if (began !== null && position < total && buffered < -0.011) dry ??= time;
  }
  return { began, dry };
}

test('sound made in pieces at an even speed never runs dry and starts soon', () => {
  const bad = [];
  for (const total of [4, 8, 30]) {
    for (const grain of [0.2, 0.5, 1]) {
      for (let speed = 0.1; speed < 4; speed *= 1.07) {
        const { began, dry } = playThrough(total, grain, speed);
        const soonest = Math.max(0, total / speed - total);
        const late = began === null || began > soonest + (2 * grain + 0.3) / speed + 0.02;
        if (dry !== null || late) bad.push({ total, grain, speed, began, dry, soonest });
      }
    }
  }
  expect(bad).toEqual([]);
});

test('a live take starts when most of its lead is there: it is not made further than that', () => {
  const take = { remaining: 8, speed: null, grain: 0.08, lead: 0.3 };
  expect(canStart({ ...take, buffered: 0.1 })).toBe(false);
  expect(canStart({ ...take, buffered: 0.2 })).toBe(true);
  expect(canStart({ ...take, remaining: 0.05, buffered: 0.05 })).toBe(true);
});
