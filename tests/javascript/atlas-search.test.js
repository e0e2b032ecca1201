// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { AtlasSearch } from '../../wwwroot/js/atlas/atlas-search.js';

let asked, answers, changed, search;

beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
  answers = {};
  changed = vi.fn();
  vi.stubGlobal('fetch', async (address, { signal }) => {
    asked.push(address);
    const word = decodeURIComponent(address.split('q=')[1]);
    await answers[word]?.wait;
    if (signal.aborted) throw new DOMException('aborted', 'AbortError');
    return { ok: !answers[word]?.problem, status: 503, json: async () => answers[word]?.problem ?? answers[word]?.body };
  });
  search = new AtlasSearch('my sae', changed);
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test('letters that follow one another ask once, and what is found and read is said', async () => {
  answers.taikoo = { body: { features: '3,12-14', readings: [{ typed: 'taikoo', as: ['taiko', 'taikos'] }] } };
  for (const typed of ['t', 'ta', 'taikoo']) search.set(typed);
  await vi.advanceTimersByTimeAsync(60);
  expect(asked).toEqual(['api/v1/saes/my%20sae/atlas/found?q=taikoo']);
  expect(changed).toHaveBeenCalledTimes(1);
  expect([...search.found]).toEqual([3, 12, 13, 14]);
  // Of what is found three are on the map.
  expect(search.words(feature => feature !== 13)).toBe('3 found. No label or caption has “taikoo”; showing “taiko”, “taikos”.');
});

test('an answer that comes too late is not shown, and clearing needs no answer', async () => {
  let release;
  answers.slow = { body: { features: '1', readings: [] }, wait: new Promise(done => (release = done)) };
  answers.quick = { body: { features: '2', readings: [] } };
  search.set('slow');
  await vi.advanceTimersByTimeAsync(60);
  search.set('quick');
  await vi.advanceTimersByTimeAsync(60);
  release();
  await vi.advanceTimersByTimeAsync(1);
  expect([...search.found]).toEqual([2]);
  search.set('');
  expect(search.found).toBeNull();
  expect(search.words(() => true)).toBe('');
});

test('a search that fails says why and keeps what was found; the next one can succeed', async () => {
  answers.drum = { body: { features: '5', readings: [] } };
  answers.bass = { problem: { detail: 'The index is being read.' } };
  search.set('drum');
  await vi.advanceTimersByTimeAsync(60);
  search.set('bass');
  await vi.advanceTimersByTimeAsync(60);
  expect(search.words(() => true)).toBe('The search failed: The index is being read.');
  expect([...search.found]).toEqual([5]);
  answers.bass = { body: { features: '', readings: [] } };
  search.again();
  await vi.advanceTimersByTimeAsync(1);
  expect(search.words(() => true)).toBe('0 found.');
});
