// @vitest-environment happy-dom
import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { bind, bound, rebind, rebindAll } from '../../wwwroot/js/keys.js';

let undo = [];
const bindFor = (name, keys) => undo.push(bind(name, keys));

beforeAll(() => {
  // There is no layout here: what is not hidden counts as visible.
  Object.defineProperty(HTMLElement.prototype, 'offsetParent', {
    get() {
      return this.hidden ? null : document.body;
    },
  });
});

beforeEach(() => {
  document.body.innerHTML = '';
  globalThis.Blazor = { navigateTo: vi.fn() };
});

afterEach(() => {
  undo.forEach(each => each());
  undo = [];
});

function press(key, { target = document.body, ...more } = {}) {
  const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...more });
  target.dispatchEvent(event);
  return event;
}

test('the scope bound last has the key, and gives it back', () => {
  const outer = vi.fn();
  const inner = vi.fn();
  bindFor('Page', { s: { label: 'Outer', run: outer } });
  const unbind = bind('Element', { s: { label: 'Inner', run: inner } });
  expect(press('s').defaultPrevented).toBe(true);
  unbind();
  press('s');
  expect([inner.mock.calls.length, outer.mock.calls.length]).toEqual([1, 1]);
});

test('a digit with Shift and a letter with Ctrl are keys of their own, outside fields', () => {
  const run = { shifted: vi.fn(), digit: vi.fn(), undo: vi.fn() };
  bindFor('Page', {
    'Shift+2': { label: 'Two', run: run.shifted },
    2: { label: 'Clip 2', run: run.digit },
    'Ctrl+Z': { label: 'Undo', run: run.undo },
  });
  // What Shift and 2 type depends on the keyboard: @ or a quotation mark.
  press('"', { code: 'Digit2', shiftKey: true });
  press('2', { code: 'Digit2' });
  press('z', { ctrlKey: true });
  press('z', { metaKey: true });
  press('z', { ctrlKey: true, shiftKey: true });
  expect([run.shifted, run.digit, run.undo].map(each => each.mock.calls.length)).toEqual([1, 1, 2]);
  // In a field Ctrl+Z takes back what was typed.
  document.body.innerHTML = '<input>';
  expect(press('z', { ctrlKey: true, target: document.querySelector('input') }).defaultPrevented).toBe(false);
  expect(press('c', { ctrlKey: true }).defaultPrevented).toBe(false);
  expect(run.undo.mock.calls.length).toBe(2);
});

test('one scope cannot bind a key twice', () => {
  bindFor('Page', { s: { label: 'One', run() {} } });
  expect(() => bind('Page', { s: { label: 'Two', run() {} } })).toThrow('Page binds "s" twice.');
});

test('g and then r goes to the runs; r alone, or too late, does not', () => {
  const now = vi.spyOn(performance, 'now').mockReturnValue(1000);
  press('r');
  press('g');
  press('r');
  expect(globalThis.Blazor.navigateTo.mock.calls).toEqual([['runs']]);
  press('g');
  now.mockReturnValue(2300);
  press('r');
  expect(globalThis.Blazor.navigateTo).toHaveBeenCalledTimes(1);
});

test('keys are off in fields, where Escape leaves the field, and with Ctrl or Alt', () => {
  const run = vi.fn();
  bindFor('Page', { s: { label: 'Steer', run } });
  document.body.innerHTML = '<input id="field"><input id="slider" type="range">';
  const field = document.getElementById('field');
  field.focus();
  press('s', { target: field });
  press('s', { ctrlKey: true });
  press('s', { altKey: true });
  expect(run).not.toHaveBeenCalled();
  press('Escape', { target: field });
  expect(document.activeElement).not.toBe(field);
  press('s', { target: document.getElementById('slider') });
  expect(run).toHaveBeenCalledTimes(1);
});

test('keys are off under an open dialog, but not under the reconnect notice', () => {
  const run = vi.fn();
  bindFor('Page', { s: { label: 'Steer', run } });
  document.body.innerHTML = '<dialog open></dialog>';
  press('s');
  document.body.innerHTML = '<dialog class="reconnect" open></dialog>';
  press('s');
  expect(run).toHaveBeenCalledTimes(1);
});

test('an element with data-key is clicked, before any scope, unless it is hidden or disabled', () => {
  const scope = vi.fn();
  const click = vi.fn();
  bindFor('Page', { s: { label: 'Scope', run: scope } });
  document.body.innerHTML = '<button data-key="s" data-key-label="Steer with this"></button>';
  const button = document.querySelector('button');
  button.addEventListener('click', click);
  press('s');
  expect(bound().at(-1)).toEqual({ name: 'This page', keys: [{ key: 's', label: 'Steer with this' }] });
  button.hidden = true;
  press('s');
  button.hidden = false;
  button.disabled = true;
  press('s');
  expect([click.mock.calls.length, scope.mock.calls.length]).toEqual([1, 2]);
});

test('a focused button keeps its own Space', () => {
  const run = vi.fn();
  bindFor('Page', { ' ': { label: 'Play', run } });
  document.body.innerHTML = '<button>Other</button>';
  expect(press(' ', { target: document.querySelector('button') }).defaultPrevented).toBe(false);
  expect(run).not.toHaveBeenCalled();
});

test.each([
  [' ', 'a', true],
  [' ', 'button', false],
  [' ', 'summary', false],
  ['Enter', 'a', false],
  ['Enter', 'div', true],
])('"%s" on a focused %s acts for the page: %s', (key, tag, acts) => {
  const run = vi.fn();
  bindFor('Page', { [key]: { label: 'Page', run } });
  const element = document.createElement(tag);
  document.body.append(element);
  press(key, { target: element });
  expect(run.mock.calls.length).toBe(acts ? 1 : 0);
});

test.each(['menu', 'dialog'])('a key in an open %s does nothing on the page behind it', role => {
  const run = vi.fn();
  bindFor('Page', { x: { label: 'Cancel the run', run } });
  document.body.innerHTML = `<div role="${role}"><div role="menuitem" tabindex="0"></div></div>`;
  expect(press('x', { target: document.querySelector('[role=menuitem]') }).defaultPrevented).toBe(false);
  expect(run).not.toHaveBeenCalled();
});

test('keys go to a menu that was opened with the pointer: Escape closes it, others move into it', () => {
  const run = vi.fn();
  bindFor('Page', { x: { label: 'Cancel the run', run } });
  document.body.innerHTML =
    '<div role="menu"><div role="menuitem" aria-disabled="true"></div><div role="menuitem" tabindex="0"></div></div>';
  const item = document.querySelector('[tabindex]');
  const heard = vi.fn();
  item.addEventListener('keydown', event => heard(event.key));
  press('ArrowDown');
  expect(document.activeElement).toBe(item);
  press('x');
  expect(run).not.toHaveBeenCalled();
  press('Escape');
  expect(heard.mock.calls).toEqual([['Escape']]);
});

test('a person gives an action another key, which is kept; a key of another action is refused', () => {
  const run = { accept: vi.fn(), reject: vi.fn() };
  const keys = { a: { label: 'Accept', run: run.accept }, r: { label: 'Reject', run: run.reject } };
  bindFor('Desk', keys);
  expect(rebind('Desk', 'a', 'r')).toBe('r is “Reject” already.');
  expect(rebind('Desk', 'a', 'x')).toBe(null);
  press('a');
  press('x');
  expect(run.accept.mock.calls.length).toBe(1);
  // The page is opened again.
  undo.pop()();
  bindFor('Desk', keys);
  press('x');
  expect(run.accept.mock.calls.length).toBe(2);
  expect(bound().find(scope => scope.name === 'Desk').keys).toContainEqual({ key: 'x', label: 'Accept', defined: 'a' });
  rebindAll();
  press('a');
  expect(run.accept.mock.calls.length).toBe(3);
  expect(localStorage.getItem('sae.keys')).toBe(null);
});

test('in the help a key is pressed, and the next one takes its place', () => {
  const accept = vi.fn();
  bindFor('Desk', { a: { label: 'Accept', run: accept } });
  HTMLDialogElement.prototype.showModal ??= function () {
    this.open = true;
  };
  press('?');
  const button = document.querySelector('[title="Change the key of “Accept”"]');
  button.click();
  press('b', { target: button });
  expect(button.textContent).toBe('b');
  document.getElementById('key-help').remove();
  press('b');
  expect(accept.mock.calls.length).toBe(1);
  rebindAll();
});
