// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Selection, format, parse } from '../../wwwroot/js/features/selection.js';

let list, opened;

beforeEach(() => {
  vi.useFakeTimers();
  opened = [];
  history.replaceState(null, '', '/features/demo?sort=density');
  document.body.innerHTML = `<div id="list" sae="demo" selected="" most="4"><input type="checkbox" data-choose-all>${rows(10)}</div>`;
  list = document.getElementById('list');
});

afterEach(() => vi.useRealTimers());

function rows(from) {
  const each = Array.from({ length: 6 }, (_, at) => `<tr data-feature="${from + at}"><td><input type="checkbox" data-choose></td></tr>`);
  return `<table><tbody>${each.join('')}</tbody></table>`;
}

const row = feature => list.querySelector(`tr[data-feature="${feature}"]`);
const ticked = () =>
  [...list.querySelectorAll('tr')].filter(each => each.querySelector('input').checked).map(each => Number(each.dataset.feature));
const make = () => new Selection(list, address => opened.push(address));

test('features are written as ranges and read again', () => {
  expect(format(new Set([12, 3, 4, 5, 40]))).toBe('3-5,12,40');
  expect([...parse('3-5,12, 40 ,x,7-')]).toEqual([3, 4, 5, 12, 40]);
  expect(format(parse(''))).toBe('');
});

test('a key ticks at once and the address follows when the keys rest', () => {
  const selection = make();
  selection.toggle(row(10));
  selection.toggle(row(12), true);
  expect(ticked()).toEqual([10, 11, 12]);
  expect(opened).toEqual([]);
  vi.advanceTimersByTime(100);
  expect(opened).toEqual([`${location.origin}/features/demo?sort=density&select=10-12`]);
});

test('a range takes away too, and there is a most', () => {
  const selection = make();
  selection.set(selection.rows, true);
  expect(ticked()).toEqual([10, 11, 12, 13]);
  selection.toggle(row(11));
  selection.toggle(row(13), true);
  expect(ticked()).toEqual([10]);
});

test('what the server draws meanwhile does not undo what was pressed since', () => {
  const selection = make();
  selection.toggle(row(10));
  vi.advanceTimersByTime(100);
  selection.toggle(row(11));
  list.setAttribute('selected', '10');
  row(11).querySelector('input').checked = false;
  selection.fresh();
  expect(ticked()).toEqual([10, 11]);
  vi.advanceTimersByTime(100);
  list.setAttribute('selected', '10-11');
  selection.fresh();
  expect(selection.pending).toBe(false);
});

test('it is kept while a feature is open, and written again when the list is back; another SAE has its own', () => {
  const selection = make();
  selection.toggle(row(10));
  vi.advanceTimersByTime(100);
  list.setAttribute('selected', '10');
  selection.fresh();
  list.setAttribute('opens', '');
  list.setAttribute('selected', '');
  selection.fresh();
  vi.advanceTimersByTime(100);
  expect(opened).toHaveLength(1);
  list.removeAttribute('opens');
  selection.fresh();
  vi.advanceTimersByTime(100);
  expect(opened).toHaveLength(2);
  list.setAttribute('selected', '10');
  selection.fresh();
  list.setAttribute('sae', 'other');
  list.setAttribute('selected', '');
  selection.fresh();
  expect(ticked()).toEqual([]);
});

test('clearing takes it out of the address', () => {
  history.replaceState(null, '', '/features/demo?select=10,12');
  list.setAttribute('selected', '10,12');
  const selection = make();
  selection.fresh();
  expect(ticked()).toEqual([10, 12]);
  selection.clear();
  vi.advanceTimersByTime(100);
  expect(opened).toEqual([`${location.origin}/features/demo`]);
});
