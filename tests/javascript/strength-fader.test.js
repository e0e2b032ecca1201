// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import '../../wwwroot/js/studio/strength-fader.js';

let fader;
let sent, turned, number;

beforeEach(() => {
  vi.useFakeTimers();
  document.body.innerHTML =
    '<div class="strip"><input data-figure /><b data-raw></b><strength-fader value="2" least="-6" most="6" p99="0.5" label="Taiko"></strength-fader></div>';
  fader = document.querySelector('strength-fader');
  sent = [];
  // With its number, as the page reads it.
  fader.addEventListener('change', () => ([turned, number] = fader.value.split('#')) && sent.push(turned));
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
  expect(document.querySelector('[data-figure]').value).toBe('−6.0');
  expect(document.querySelector('[data-raw]').textContent).toBe('raw −3.0');
  expect(fader.getAttribute('aria-valuetext')).toBe('−6.0 times p99, raw −3.0');
});

test('what the page says counts when it knows of the last turn of the hand, however late it comes', () => {
  const seen = [];
  fader.addEventListener('sae:seen', () => seen.push(fader.value));
  press('ArrowRight');
  const first = number;
  vi.advanceTimersByTime(60);
  press('ArrowRight');
  expect(Number(number)).toBeGreaterThan(Number(first));
  // Five seconds later comes the answer to the first turn.
  vi.advanceTimersByTime(5_000);
  fader.setAttribute('value', '2.1');
  fader.setAttribute('seen', first);
  expect([fader.value, fader.ahead, seen]).toEqual(['2.2', true, []]);
  // The page rounds, or another window turned it since: with the answer to the last turn its value counts.
  fader.setAttribute('value', '2.25');
  fader.setAttribute('seen', number);
  expect([fader.value, fader.ahead, seen]).toEqual(['2.25', false, ['2.25']]);
  fader.setAttribute('value', '3');
  expect(fader.value).toBe('3');
});

test('a turn that waits to be sent is ahead of the page too', () => {
  press('ArrowRight');
  press('ArrowRight');
  fader.setAttribute('value', '2.1');
  fader.setAttribute('seen', number);
  expect([fader.value, fader.ahead]).toEqual(['2.2', true]);
  vi.advanceTimersByTime(50);
  expect(sent).toEqual(['2.1', '2.2']);
  fader.setAttribute('seen', number);
  expect(fader.ahead).toBe(false);
});

test('an answer that does not come within ten seconds is not waited for any longer', () => {
  press('ArrowRight');
  vi.advanceTimersByTime(11_000);
  fader.setAttribute('value', '3');
  expect([fader.value, fader.ahead]).toEqual(['3', false]);
});

const type = (text, key) => {
  vi.advanceTimersByTime(100);
  const field = document.querySelector('[data-figure]');
  field.focus();
  field.value = text;
  field.dispatchEvent(key ? new KeyboardEvent('keydown', { key, bubbles: true }) : new Event('change', { bubbles: true }));
  return field;
};

test.each([
  ['-1,5', '-1.5'],
  ['−0.25 × p99', '-0.25'],
  ['+3', '3'],
])('a typed %s sets it to %s', (text, value) => {
  type(text, 'Enter');
  expect(fader.value).toBe(value);
  expect(sent.at(-1)).toBe(value);
});

test.each(['7', '-7', 'loud', '', '1e9', 'NaN'])('a typed "%s" is refused with the range and changes nothing', text => {
  const field = type(text);
  expect(fader.value).toBe('2');
  expect(sent).toEqual([]);
  expect(field.validationMessage).toContain('from -6 to 6');
  field.dispatchEvent(new Event('blur'));
  field.blur();
  fader.draw();
  expect(field.value).toBe('+2.0');
});

test('Escape in the field brings the value back', () => {
  const field = type('4', 'Escape');
  expect(field.value).toBe('2.0');
  expect(fader.value).toBe('2');
});

test('an undone value is taken up at once, also just after a move, and nothing more is sent', () => {
  press('ArrowRight');
  press('ArrowRight');
  fader.setAttribute('value', '2');
  fader.setAttribute('forced', '1');
  expect(fader.value).toBe('2');
  vi.advanceTimersByTime(500);
  expect(sent).toEqual(['2.1']);
});

test('ticks are at whole numbers, and strengths outside of the tested band are said', () => {
  vi.advanceTimersByTime(100);
  expect(fader.querySelectorAll('.fader-ticks > i')).toHaveLength(13);
  expect(fader.querySelectorAll('.fader-ticks > .long')).toHaveLength(5);
  expect(fader.querySelector('.fader-band').hidden).toBe(true);
  fader.setAttribute('band', '-2,2.5');
  expect(fader.querySelector('.fader-band').hidden).toBe(false);
  expect(fader.getAttribute('aria-valuetext')).toBe('+2.0 times p99, raw +1.0');
  press('End');
  expect(fader.getAttribute('aria-valuetext')).toBe('+6.0 times p99, raw +3.0, above the tested band');
});

test('a measured ladder is marked, and what it says of a strength is said', () => {
  vi.advanceTimersByTime(100);
  const said = () => fader.getAttribute('aria-valuetext').replace(/^.*?raw \S+?(?=,|$)/, '');
  expect(fader.querySelectorAll('.fader-marks > i')).toHaveLength(0);
  expect(said()).toBe('');
  fader.setAttribute('band', '-8,4');
  fader.setAttribute('marks', 'audible:-8 strong:-32 audible:2.1 strong:4 breaks:5 loud:1 audible:x');
  // What is beyond the scale is in the text under the fader.
  expect([...fader.querySelectorAll('.fader-marks > i')].map(mark => [mark.className, mark.title])).toEqual([
    ['audible', 'audible from +2.1 × p99 on'],
    ['strong', 'strong from +4.0 × p99 on'],
    ['breaks', 'breaks the music from +5.0 × p99 on'],
  ]);
  expect(said()).toBe(', not surely heard');
  press('ArrowRight');
  expect(said()).toBe(', audible');
  press('End');
  expect(said()).toBe(', breaks the music, above the tested band');
  press('Home');
  expect(said()).toBe(', not surely heard');
  press('0');
  expect(said()).toBe('');
  fader.setAttribute('marks', '');
  press('ArrowRight');
  expect(said()).toBe(', not surely heard');
});

test('the wheel turns it only while it has the focus', () => {
  const wheel = () => fader.dispatchEvent(new WheelEvent('wheel', { deltaY: -1, cancelable: true }));
  wheel();
  expect(fader.value).toBe('2');
  fader.focus();
  wheel();
  expect(fader.value).toBe('2.1');
});
