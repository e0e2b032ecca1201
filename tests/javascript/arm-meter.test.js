// @vitest-environment happy-dom
import { beforeEach, expect, test, vi } from 'vitest';

const player = vi.hoisted(() => ({ state: { id: 'take:take-1', playing: true }, meters: [], states: [] }));
vi.mock('../../wwwroot/js/audio/player.js', () => ({
  player: {
    get state() {
      return player.state;
    },
    onMeters: listener => (player.meters.push(listener), () => player.meters.splice(player.meters.indexOf(listener), 1)),
    subscribe: listener => (player.states.push(listener), () => player.states.splice(player.states.indexOf(listener), 1)),
  },
}));

let meter, placeOf;

beforeEach(async () => {
  ({ placeOf } = await import('../../wwwroot/js/studio/arm-meter.js'));
  player.state = { id: 'take:take-1', playing: true };
  document.body.innerHTML = '<arm-meter take="take-1" arm="C"></arm-meter>';
  meter = document.querySelector('arm-meter');
});

const measure = (rms, peak) => player.meters.forEach(listener => listener({ A: { rms: 1, peak: 1 }, C: { rms, peak } }));

test('the scale is in decibels, −60 to 0', () => {
  expect([1, 2, 0.1, 0.001, 0.0001, 0].map(level => Math.round(placeOf(level) * 1000) / 1000)).toEqual([1, 1, 0.667, 0, 0, 0]);
});

test('the bar follows, the peak stays for a second, and silence or another take clears both', () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  measure(0.1, 0.5);
  expect(meter.querySelector('.rms').style.width).toMatch(/^66\.6/);
  const held = meter.querySelector('.peak').style.left;
  measure(0.01, 0.02);
  expect(meter.querySelector('.rms').style.width).toMatch(/^33\.3/);
  expect(meter.querySelector('.peak').style.left).toBe(held);
  vi.advanceTimersByTime(1100);
  measure(0.01, 0.02);
  expect(meter.querySelector('.peak').style.left).not.toBe(held);
  player.state = { id: 'take:take-2', playing: true };
  measure(0.5, 0.5);
  expect(meter.querySelector('.rms').style.width).toBe('0%');
  expect(meter.querySelector('.peak').hidden).toBe(true);
  vi.useRealTimers();
});

test('one that is gone listens no longer', () => {
  meter.remove();
  expect(player.meters).toHaveLength(0);
  expect(player.states).toHaveLength(0);
});
