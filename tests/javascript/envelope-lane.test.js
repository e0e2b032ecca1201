// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

let lane, sent, points, number;

beforeEach(async () => {
  HTMLCanvasElement.prototype.getContext = () => null;
  globalThis.ResizeObserver ??= class {
    observe() {}
    disconnect() {}
  };
  await import('../../wwwroot/js/studio/envelope-lane.js');
  vi.useFakeTimers();
  document.body.innerHTML = '<envelope-lane points="0:0 100:1" columns="400" frame="0.02" label="Taiko"></envelope-lane>';
  lane = document.querySelector('envelope-lane');
  lane.canvas.getBoundingClientRect = () => ({ left: 0, top: 0, width: 400, height: 62 });
  lane.setPointerCapture = () => {};
  lane.draw();
  sent = [];
  // With its number, as the page reads it.
  lane.addEventListener('change', () => ([points, number] = lane.value.split('#')) && sent.push(points));
});

afterEach(() => vi.useRealTimers());

const handles = () => [...lane.querySelectorAll('[role=slider]')];
const press = (index, key, more = {}) =>
  handles()[index].dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...more }));
const pointer = (kind, clientX, clientY) =>
  lane.dispatchEvent(new PointerEvent(kind, { clientX, clientY, button: 0, bubbles: true, pointerId: 1 }));

test('every point is a slider that says its level and its time', () => {
  expect(handles().map(each => each.getAttribute('aria-valuetext'))).toEqual(['0 percent at 0.00 seconds', '100 percent at 2.00 seconds']);
  expect(handles()[1].getAttribute('aria-label')).toBe('Point 2 of 2 of Taiko');
  expect(lane.getAttribute('aria-label')).toBe('Envelope of Taiko');
});

test.each([
  ['ArrowRight', {}, '0:0 105:1'],
  ['ArrowLeft', { shiftKey: true }, '0:0 99:1'],
  ['ArrowDown', {}, '0:0 100:0.95'],
  ['ArrowDown', { shiftKey: true }, '0:0 100:0.99'],
  ['PageDown', {}, '0:0 100:0.75'],
  ['Home', {}, '0:0 1:1'],
  ['End', {}, '0:0 400:1'],
  ['Delete', {}, '0:0'],
  ['ArrowRight', { ctrlKey: true }, '0:0 100:1'],
])('%s %o on the second point gives %s', (key, more, value) => {
  press(1, key, more);
  expect(lane.value).toBe(value);
});

test('a point is added by the button, gets the focus, and the last one that is removed gives it back', () => {
  lane.querySelector('button').click();
  expect(lane.value).toBe('0:0 100:1 251:1');
  expect(document.activeElement).toBe(handles()[2]);
  for (const index of [2, 1, 0]) press(index, 'Backspace');
  expect(lane.value).toBe('');
  expect(document.activeElement).toBe(lane.querySelector('button'));
});

test('a press on the empty lane adds a point that follows the pointer; one on a point takes it', () => {
  pointer('pointerdown', 200, 31);
  expect(lane.value).toBe('0:0 100:1 200:0.5');
  pointer('pointermove', 240, 56);
  expect(lane.value).toBe('0:0 100:1 240:0');
  pointer('pointerup', 240, 56);
  pointer('pointermove', 300, 6);
  expect(lane.value).toBe('0:0 100:1 240:0');
  pointer('pointerdown', 103, 8);
  pointer('pointermove', 150, 31);
  expect(lane.value).toBe('0:0 150:0.5 240:0');
});

test('a drag is sent at most every 50 ms, and its last place always', () => {
  pointer('pointerdown', 200, 31);
  for (let x = 201; x < 240; x++) pointer('pointermove', x, 31);
  expect(sent).toEqual(['0:0 100:1 200:0.5']);
  vi.advanceTimersByTime(500);
  expect(sent).toEqual(['0:0 100:1 200:0.5', '0:0 100:1 239:0.5']);
});

test('what the page says counts when it knows of the last change, however late it comes, and at once when it was undone', () => {
  press(1, 'ArrowDown');
  vi.advanceTimersByTime(5_000);
  lane.setAttribute('points', '0:0 100:1');
  expect(lane.value).toBe('0:0 100:0.95');
  lane.setAttribute('points', '0:0 100:0.95 200:1');
  lane.setAttribute('seen', number);
  expect(lane.value).toBe('0:0 100:0.95 200:1');
  press(1, 'ArrowDown');
  lane.setAttribute('points', '0:0 100:1');
  lane.setAttribute('forced', '1');
  expect(lane.value).toBe('0:0 100:1');
});

test('a take has a session once its arms are known, with all of them', () => {
  vi.stubGlobal('fetch', async () => ({ ok: false }));
  lane.setAttribute('take', 'take-lane');
  expect(lane.session).toBe(null);
  lane.setAttribute('arms', 'A,C');
  expect(lane.session.arms).toEqual(['A', 'C']);
  lane.removeAttribute('take');
  expect(lane.session).toBe(null);
});
