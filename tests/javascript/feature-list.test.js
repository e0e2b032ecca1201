// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

let list;

beforeEach(async () => {
  vi.useFakeTimers();
  globalThis.Blazor = { navigateTo: vi.fn() };
  globalThis.ResizeObserver ??= class {
    observe() {}
    disconnect() {}
  };
  globalThis.fetch = vi.fn(() => new Promise(() => {}));
  Element.prototype.scrollIntoView = vi.fn();
  await import('../../wwwroot/js/features/feature-list.js');
  document.body.innerHTML = '<feature-list opens><table><tbody></tbody></table></feature-list>';
  list = document.querySelector('feature-list');
});

afterEach(() => {
  document.body.innerHTML = '';
  vi.useRealTimers();
});

function show(features, open) {
  list.querySelector('tbody').innerHTML = features
    .map(
      each =>
        `<tr data-feature="${each}" ${each === open ? 'aria-current="true"' : ''}><td><a href="features/demo/${each}">#${each}</a></td></tr>`,
    )
    .join('');
  list.fresh();
}

const marked = () => list.querySelector('tr[data-marked]')?.dataset.feature;

test('after the open feature has left the list, j goes to the one that followed and k to the one before', () => {
  show([10, 20, 30, 40], 20);
  show([10, 30, 40], null);
  list.move(1);
  expect(marked()).toBe('30');
  list.mark(null);
  list.move(-1);
  expect(marked()).toBe('10');
});

test('the last one that leaves the list has a feature before it and the next page after it', () => {
  list.setAttribute('next', 'features/demo?page=2');
  show([10, 20, 30], 30);
  show([10, 20], null);
  list.move(1);
  expect(globalThis.Blazor.navigateTo).toHaveBeenCalledWith('features/demo?page=2');
  list.move(-1);
  expect(marked()).toBe('20');
});

test('on a page that was reloaded the gap says where the open feature was', () => {
  list.setAttribute('gap', '30');
  show([10, 30, 40], null);
  list.move(1);
  expect(marked()).toBe('30');
  list.mark(null);
  list.move(-1);
  expect(marked()).toBe('10');
});

test('the keys go through a list in one step of the history, and the open row comes into view', () => {
  show([10, 20], 10);
  expect(Element.prototype.scrollIntoView).toHaveBeenCalledWith({ block: 'center' });
  list.move(1);
  vi.advanceTimersByTime(100);
  expect(globalThis.Blazor.navigateTo).toHaveBeenCalledWith('features/demo/20', { replaceHistoryEntry: true });
});

test('the keys after a press on a name are for that feature until its page is open', () => {
  show([10, 20, 30], 10);
  list.querySelector('[data-feature="30"] a').dispatchEvent(new MouseEvent('click', { bubbles: true, button: 0 }));
  expect(marked()).toBe('30');
  show([10, 20, 30], 30);
  expect(marked()).toBeUndefined();
  expect(list.current.dataset.feature).toBe('30');
});

test('a press that opens another window leaves the keys where they are', () => {
  show([10, 20, 30], 10);
  list.querySelector('[data-feature="30"] a').dispatchEvent(new MouseEvent('click', { bubbles: true, button: 0, ctrlKey: true }));
  expect(marked()).toBeUndefined();
});

test('after a facet is chosen far down the first of the rows that are left is below the head', () => {
  list.removeAttribute('opens');
  list.querySelector('table').prepend(document.createElement('thead'));
  globalThis.scrollBy = vi.fn();
  list.setAttribute('page', '1');
  list.setAttribute('filters', '');
  show([10, 20, 30], null);
  const rects = (row, head) => {
    list.querySelector('tr[data-feature]').getBoundingClientRect = () => ({ top: row });
    list.querySelector('thead').getBoundingClientRect = () => ({ bottom: head });
  };
  rects(-900, 90);
  list.setAttribute('filters', '?concept=inst.flute');
  list.fresh();
  expect(globalThis.scrollBy).toHaveBeenCalledExactlyOnceWith(0, -990);
  // The same filters again, as when a label is written: nothing moves. Nor does it when the first row is in view.
  list.fresh();
  rects(120, 90);
  list.setAttribute('filters', '');
  list.fresh();
  expect(globalThis.scrollBy).toHaveBeenCalledTimes(1);
});
