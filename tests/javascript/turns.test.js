import { expect, test } from 'vitest';
import { inTurn } from '../../wwwroot/js/features/turns.js';

test('two run at a time, in order, and what is aborted while it waits never starts', async () => {
  const started = [];
  const ends = {};
  const work = name => () => {
    started.push(name);
    return new Promise((resolve, reject) => (ends[name] = { resolve, reject }));
  };
  const abort = new AbortController();
  const first = inTurn(work('a'));
  const second = inTurn(work('b'));
  const third = inTurn(work('c'), abort.signal);
  const fourth = inTurn(work('d'));
  expect(started).toEqual(['a', 'b']);
  abort.abort();
  ends.a.reject(new Error('broken'));
  await expect(first).rejects.toThrow('broken');
  await expect(third).rejects.toMatchObject({ name: 'AbortError' });
  expect(started).toEqual(['a', 'b', 'd']);
  ends.b.resolve(2);
  ends.d.resolve(4);
  expect(await Promise.all([second, fourth])).toEqual([2, 4]);
});
