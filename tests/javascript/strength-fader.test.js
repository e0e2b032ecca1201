// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import '../../wwwroot/js/studio/strength-fader.js';

let fader;
let sent;

beforeEach(() => {
  vi.useFakeTimers();
  document.body.innerHTML =
    '<div class="strip"><b data-figure></b><b data-raw></b><strength-fader value="2" least="-6" most="6" p99="0.5" label="Taiko"></strength-fader></div>';
  fader = document.querySelector('strength-fader');
  sent = [];
  fader.addEventListener('change', () => sent.push(fader.value));
});

afterEach(() => vi.useRealTimers());

const press = (key, more = {}) => fader.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...more }));

test.each([
  ['ArrowRight', {}, '2.1'],
  ['ArrowLeft', { shiftKey: true }, '1.99'],
  ['PageUp', {}, '2.5'],
  ['Home', {}, '-6'],
  ['End', {}, '6'],
  ['0', {}, '0'],
  ['ArrowRight', { ctrlKey: true }, '2'],
])('%s %o moves 2 to %s', (key, more, value) => {
  press(key, more);
  expect(fader.value).toBe(value);
});

test('it never leaves its range', () => {
  press('End');
  press('PageUp');
  expect(fader.value).toBe('6');
  expect(fader.getAttribute('aria-valuenow')).toBe('6');
});

test('changes are sent at most every 50 ms, and the last one always', () => {
  for (let i = 0; i < 5; i++) press('ArrowRight');
  expect(sent).toEqual(['2.1']);
  vi.advanceTimersByTime(50);
  expect(sent).toEqual(['2.1', '2.5']);
  vi.advanceTimersByTime(500);
  expect(sent).toHaveLength(2);
});

test('the figures next to it follow at once, in p99 and raw', () => {
  press('Home');
  expect(document.querySelector('[data-figure]').textContent).toBe('−6.0 × p99');
  expect(document.querySelector('[data-raw]').textContent).toBe('raw −3.0');
  expect(fader.getAttribute('aria-valuetext')).toBe('−6.0 times p99, raw −3.0');
});

test('what the server says is passed over while a hand is on the fader', () => {
  press('ArrowRight');
  fader.setAttribute('value', '2');
  expect(fader.value).toBe('2.1');
  vi.advanceTimersByTime(700);
  fader.setAttribute('value', '3');
  expect(fader.value).toBe('3');
});
