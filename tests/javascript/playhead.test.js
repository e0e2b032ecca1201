import { expect, test, vi } from 'vitest';
import { PlayheadReports } from '../../wwwroot/js/studio/playhead.js';

function over(milliseconds, state) {
  const send = vi.fn(),
    reports = new PlayheadReports(send);
  for (let now = 0; now < milliseconds; now += 10) reports.look(now, ...state(now));
  return send.mock.calls;
}

test('a playing take is reported ten times a second and no more often', () => {
  const sent = over(2000, now => [now * 16 + 0.4, true]);
  expect(sent).toHaveLength(20);
  expect(sent[3]).toEqual([4800, true]);
});

test('one that rests is reported once a second, and at once when it begins', () => {
  const sent = over(3000, now => [0, now >= 2500]);
  expect(sent.filter(([, playing]) => !playing)).toHaveLength(3);
  expect(sent.filter(([, playing]) => playing)).toHaveLength(5);
});

test('starting and stopping all the time is reported no more often', () => {
  expect(over(1000, now => [now, now % 20 === 0]).length).toBeLessThanOrEqual(10);
});
