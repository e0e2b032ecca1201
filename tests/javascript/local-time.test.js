// @vitest-environment happy-dom
import { expect, test, vi } from 'vitest';
import { textOf } from '../../wwwroot/js/local-time.js';

const now = new Date(2026, 10, 29, 14, 5, 0);
const at = (...parts) => new Date(...parts);

test.each([
  [at(2026, 10, 29, 14, 4, 30), false, 'just now'],
  [at(2026, 10, 29, 14, 5, 20), false, 'just now'],
  [at(2026, 10, 29, 14, 2, 0), false, '3 min ago'],
  [at(2026, 10, 29, 9, 30, 0), false, 'today 09:30'],
  [at(2026, 10, 28, 23, 59, 0), false, '28 Nov 23:59'],
  [at(2025, 11, 24, 18, 0, 0), false, '24 Dec 2025'],
  [at(2026, 10, 29, 9, 30, 0), true, 'today'],
  [at(2026, 10, 1, 9, 30, 0), true, '1 Nov'],
])('%s, day only %s, reads %s', (moment, day, text) => {
  expect(textOf(moment, now, day)).toBe(text);
});

test('an hour before midnight is minutes ago, also across the day', () => {
  expect(textOf(at(2026, 10, 29, 23, 50), at(2026, 10, 30, 0, 10))).toBe('20 min ago');
});

test('the element shows the local text and keeps the moment for the title', async () => {
  document.body.innerHTML = '<local-time><time datetime="2024-06-01T12:00:00.0000000Z">1 Jun 2024 12:00 UTC</time></local-time>';
  const span = document.querySelector('local-time').shadowRoot.firstChild;
  await vi.waitFor(() => expect(span.textContent).toBe('1 Jun 2024'));
  expect(span.title).toContain('2024-06-01 12:00:00 UTC');
});
