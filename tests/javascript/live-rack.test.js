// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import '../../wwwroot/js/studio/live-rack.js';
import '../../wwwroot/js/studio/strength-fader.js';

let rack, fader, asked, number;

// A live take that runs, with a worker that answers at once.
beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
  document.body.innerHTML =
    '<live-rack began="0:2" strips="0:2" frame="0.02"><div class="strip" data-steer="0"><strength-fader value="2"></strength-fader></div></live-rack>';
  rack = document.querySelector('live-rack');
  fader = rack.querySelector('strength-fader');
  fader.addEventListener('change', () => (number = fader.value.split('#')[1]));
  rack.take = 'take-1';
  rack.session = { id: 'take-1', sources: {}, state: 'running' };
  rack.knobs.send = async request => (asked.push(request.knobs), {});
  rack.knobs.begin([{ strip: 0, strength: 2, muted: false }]);
});

afterEach(() => vi.useRealTimers());

// What the page says: first the rack, then the fader, as one change of the page.
const page = (value, seen) => {
  rack.setAttribute('strips', `0:${value}`);
  fader.setAttribute('value', value);
  if (seen) fader.setAttribute('seen', seen);
};
const turn = () => fader.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true, cancelable: true }));
const sent = () => asked.map(([knob]) => knob.strength);

test('a value that comes back late does not turn the knob back, and another window does once the page knows of the turn', async () => {
  turn();
  const first = number;
  await vi.advanceTimersByTimeAsync(60);
  turn();
  await vi.advanceTimersByTimeAsync(2_000);
  page('2.1', first);
  await vi.advanceTimersByTimeAsync(200);
  expect([sent(), fader.now]).toEqual([[2.1, 2.2], 2.2]);
  page('2.2', number);
  await vi.advanceTimersByTimeAsync(200);
  expect(sent()).toEqual([2.1, 2.2]);
  page('5');
  await vi.advanceTimersByTimeAsync(200);
  expect([sent(), fader.now]).toEqual([[2.1, 2.2, 5], 5]);
});

test('what another window changed together with the answer is sent too', async () => {
  turn();
  await vi.advanceTimersByTimeAsync(2_000);
  // The rack hears of it before its fader knows that the page has seen the turn.
  page('-1', number);
  await vi.advanceTimersByTimeAsync(200);
  expect([sent(), fader.now]).toEqual([[2.1, -1], -1]);
});
