// @vitest-environment happy-dom
import { beforeEach, expect, test } from 'vitest';
import { addressWith, list, read, write } from '../../wwwroot/js/runs/view-state.js';

beforeEach(() => history.replaceState(null, '', '/runs/compare?runs=a,b&x=wall'));

test('values are put into the address and taken out with null, commas readable', () => {
  expect(addressWith({ show: ['a', 'b'], x: null })).toBe('/runs/compare?runs=a,b&show=a,b');
  expect(addressWith({ runs: '', x: null })).toBe('/runs/compare');
});

test('what was written is read again', () => {
  write({ smooth: '0.4', show: ['c'] });
  expect([read('smooth'), list('show'), list('log')]).toEqual(['0.4', ['c'], null]);
});
