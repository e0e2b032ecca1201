// @vitest-environment happy-dom
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { bind, rebind, rebindAll } from '../../wwwroot/js/keys.js';
import '../../wwwroot/js/key-cap.js';

let undo;

beforeAll(() => {
  Object.defineProperty(HTMLElement.prototype, 'offsetParent', { get: () => document.body });
  HTMLDialogElement.prototype.showModal ??= function showModal() {
    this.open = true;
  };
});

beforeEach(() => {
  const run = () => {};
  undo = bind('Desk', {
    a: { label: 'Accept', run },
    f: { label: 'Fits', run },
    'Shift+1': { label: 'One', run },
    'Shift+5': { label: 'Five', run },
  });
  document.body.innerHTML =
    '<key-cap of="Desk a"></key-cap><key-cap of="Desk Shift+1" to="Desk Shift+5"></key-cap><key-cap of="Everywhere g j"></key-cap><button data-key-title="Desk f" title="Fits (f)"></button>';
});

afterEach(() => {
  rebindAll();
  undo();
  document.getElementById('key-help')?.remove();
});

const caps = () => [...document.querySelectorAll('key-cap')].map(each => [...each.querySelectorAll('kbd')].map(cap => cap.textContent));

test('a key is named as it is now, wherever it is named', () => {
  expect(caps()).toEqual([['a'], ['Shift+1…5'], ['g', 'j']]);
  expect(rebind('Desk', 'a', 'x')).toBeNull();
  expect(rebind('Desk', 'Shift+5', 'z')).toBeNull();
  expect(rebind('Desk', 'f', 'v')).toBeNull();
  expect(caps()).toEqual([['x'], ['Shift+1…z'], ['g', 'j']]);
  const button = document.querySelector('button');
  button.dispatchEvent(new Event('pointerover', { bubbles: true }));
  expect(button.title).toBe('Fits (v)');
  rebindAll();
  expect(caps()[0]).toEqual(['a']);
});

test('a choice holds for what is not bound on this page', () => {
  rebind('Desk', 'a', 'x');
  undo();
  document.body.innerHTML = '<key-cap of="Desk a"></key-cap>';
  expect(caps()).toEqual([['x']]);
  undo = bind('Desk', { a: { label: 'Accept', run() {} } });
});

function press(target, key, more = {}) {
  target.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...more }));
}

test('after a refused key the recorder keeps waiting and says why; Escape leaves it', () => {
  press(document.body, '?');
  const dialog = document.getElementById('key-help'),
    button = [...dialog.querySelectorAll('.key-change')].find(each => each.title.includes('Accept')),
    said = () => dialog.querySelector('[role=status]').textContent;
  button.click();
  expect(button.textContent).toBe('press a key');
  press(button, 'f');
  expect(said()).toBe('f is “Fits” already. Press another key for “Accept”, or Escape to keep the one it has.');
  expect(button.textContent).toBe('press a key');
  press(button, 'x');
  expect(said()).toBe('“Accept” has its new key.');
  expect(button.textContent).toBe('x');
  expect(caps()[0]).toEqual(['x']);
  button.click();
  press(button, 'f');
  press(button, 'Escape');
  expect(said()).toBe('Nothing was changed.');
  expect(button.textContent).toBe('x');
});
