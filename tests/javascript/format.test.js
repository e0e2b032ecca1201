import { expect, test } from 'vitest';
import { count, fixed, mark, power, value } from '../../wwwroot/js/runs/format.js';

test.each([
  [512, '512'],
  [999.4, '999'],
  [999.6, '1.00 k'],
  [1638400, '1.64 M'],
  [25_600, '25.6 k'],
  [-512_000, '-512 k'],
  [NaN, '–'],
])('count(%d) is %s', (number, text) => expect(count(number)).toBe(text));

test.each([
  [250_000, '250 k'],
  [1_000_000, '1 M'],
  [1_250_000, '1.25 M'],
  [0.5, '0.5'],
])('mark(%d) is %s', (number, text) => expect(mark(number)).toBe(text));

test.each([
  [0, '0'],
  [0.0123456, '0.0123'],
  [1234.5, '1235'],
  [0.00012, '1.20 e-4'],
  [Infinity, '–'],
])('value(%d) is %s', (number, text) => expect(value(number)).toBe(text));

test('powers of ten and decimals', () => {
  expect([power(0), power(-2), power(13)]).toEqual(['1', '10⁻²', '10¹³']);
  expect([fixed(0.98765, 3), fixed(null, 3)]).toEqual(['0.988', '–']);
});
