import { expect, test, vi } from 'vitest';
import { clock } from '../../wwwroot/js/audio/clock.js';
import { Source, fetchSource } from '../../wwwroot/js/audio/source.js';

test('samples that overlap what is there are taken once', () => {
  const source = new Source({ rate: 100, length: 6 });
  const heard = [];
  source.subscribe((_, from, to) => heard.push([from, to]));
  source.append(0, Float32Array.of(0.5, 0.5, 0.5));
  source.append(2, Float32Array.of(0.25, 0.25, 0.25));
  expect([...source.data]).toEqual([0.5, 0.5, 0.5, 0.25, 0.25, 0]);
  expect(heard).toEqual([
    [0, 3],
    [3, 5],
  ]);
  expect(source.grain).toBeCloseTo(0.02, 9);
});

test('16-bit samples are scaled', () => {
  const source = new Source({ rate: 100, length: 2 });
  source.append(0, Int16Array.of(-32768, 16384));
  expect([...source.data]).toEqual([-1, 0.5]);
});

test('two channels alternate in what comes, and are counted once', () => {
  const source = new Source({ rate: 100, length: 4, channels: 2 });
  source.append(0, Int16Array.of(16384, -16384, 0, 8192));
  source.append(1, Float32Array.of(9, 9, 0.5, -1));
  expect(source.channels.map(each => [...each])).toEqual([
    [0.5, 0, 0.5, 0],
    [-0.5, 0.25, -1, 0],
  ]);
  expect([source.available, source.size(2), [...source.mixed()]]).toEqual([3, 1, [0, 0.125, -0.25, 0]]);
  // From the second sample on they are others.
  source.append(1, Float32Array.of(0.25, 0.75), 1);
  expect([source.available, source.channels[1][1]]).toEqual([2, 0.75]);
});

test('missing samples are an error, not silence', () => {
  const source = new Source({ rate: 100, length: 6 });
  source.append(0, new Float32Array(2));
  expect(() => source.append(3, new Float32Array(1))).toThrow('Samples 2 to 3 are missing.');
});

test('samples beyond the length are left out, and finishing makes the length what came', () => {
  const source = new Source({ rate: 100, length: 4 });
  source.append(0, new Float32Array(9));
  expect(source.available).toBe(4);
  const shorter = new Source({ rate: 100, length: 4 });
  shorter.append(0, new Float32Array(3));
  shorter.finish();
  expect(shorter).toMatchObject({ length: 3, complete: true, duration: 0.03 });
});

test('a failed answer gives the detail of its problem, or its status', async () => {
  vi.stubGlobal('fetch', async () => new Response('{"detail":"The clip is not there."}', { status: 404 }));
  await expect(fetchSource('a.wav')).rejects.toThrow('The clip is not there.');
  vi.stubGlobal('fetch', async () => new Response('<html>', { status: 502 }));
  await expect(fetchSource('a.wav')).rejects.toThrow('The sound did not come (502).');
});

test.each([
  [0, '0:00.0'],
  [9.96, '0:10.0'],
  [59.96, '1:00.0'],
  [62.25, '1:02.3'],
])('%d seconds are shown as %s', (seconds, text) => {
  expect(clock(seconds)).toBe(text);
});

test('a later revision makes samples obsolete, and an earlier one comes too late', () => {
  const source = new Source({ rate: 100, length: 10 }),
    seen = [];
  source.append(0, Float32Array.of(1, 1, 1, 1, 1, 1), 0);
  source.subscribe((_, from, to) => seen.push([from, to, source.revision]));
  source.append(3, Float32Array.of(2, 2), 2);
  source.append(5, Float32Array.of(9, 9, 9), 1);
  expect([...source.data.subarray(0, source.available)]).toEqual([1, 1, 1, 2, 2]);
  // It may be said before its first sample comes.
  source.append(4, new Float32Array(0), 3);
  source.append(4, Float32Array.of(3, 3), 3);
  expect([...source.data.subarray(0, source.available)]).toEqual([1, 1, 1, 2, 3, 3]);
  expect(seen).toEqual([
    [3, 5, 2],
    [4, 4, 3],
    [4, 6, 3],
  ]);
});
