// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

const asked = [];
let pending, played, listeners;

vi.mock('../../wwwroot/js/audio/source.js', () => ({
  fetchSource: (url, signal) =>
    new Promise((resolve, reject) => {
      const feature = Number(/features\/(\d+)\//.exec(url)[1]);
      asked.push(feature);
      pending.set(feature, resolve);
      signal.addEventListener('abort', () => reject(Object.assign(new Error('gone'), { name: 'AbortError' })));
    }),
}));
vi.mock('../../wwwroot/js/audio/player.js', () => ({
  player: {
    state: { id: null },
    subscribe: listener => {
      listeners.push(listener);
      return () => {};
    },
    playArms: sound => played.push(sound),
    toggle: vi.fn(),
  },
}));

const { Voices } = await import('../../wwwroot/js/atlas/voices.js');
let voices;

beforeEach(() => {
  vi.useFakeTimers();
  asked.length = 0;
  pending = new Map();
  played = [];
  listeners = [];
  voices = new Voices('demo', { nameOf: feature => `Feature ${feature}`, pageOf: feature => `features/demo/${feature}` });
});

afterEach(() => {
  voices.end();
  vi.useRealTimers();
});

const arrive = async feature => {
  pending.get(feature)('sound');
  await vi.advanceTimersByTimeAsync(0);
};

test('the voice under the pointer plays when the pointer rests, once', async () => {
  voices.hover(12);
  await vi.advanceTimersByTimeAsync(10);
  voices.hover(13);
  await vi.advanceTimersByTimeAsync(30);
  expect(asked).toEqual([13]);
  await arrive(13);
  expect(played.map(sound => [sound.id, sound.title, sound.page])).toEqual([['voice/demo/13', 'Feature 13', 'features/demo/13']]);
});

test('a voice that arrives after the pointer has gone to another feature is silent', async () => {
  voices.hover(1);
  await vi.advanceTimersByTimeAsync(30);
  voices.hover(2);
  await vi.advanceTimersByTimeAsync(30);
  await arrive(1);
  expect(played).toEqual([]);
  await arrive(2);
  expect(played.map(sound => sound.id)).toEqual(['voice/demo/2']);
});

test('a feature that is left and pointed at again while its voice is on its way plays once', async () => {
  voices.hover(1);
  await vi.advanceTimersByTimeAsync(30);
  voices.hover(null);
  voices.hover(1);
  await vi.advanceTimersByTimeAsync(30);
  await arrive(1);
  await arrive(1);
  expect(played.map(sound => sound.id)).toEqual(['voice/demo/1']);
  // It is there now, and plays again when it is pointed at again.
  voices.hover(2);
  voices.hover(1);
  await vi.advanceTimersByTimeAsync(30);
  await arrive(1);
  expect(played).toHaveLength(2);
});

test('off the points nothing new plays', async () => {
  voices.hover(1);
  voices.hover(null);
  await vi.advanceTimersByTimeAsync(100);
  expect(asked).toEqual([]);
});

test('two voices are fetched ahead at a time, the nearest first; what is no longer near is not asked for', async () => {
  voices.near([4, 5, 6, 7]);
  expect(asked).toEqual([4, 5]);
  await arrive(4);
  expect(asked).toEqual([4, 5, 6]);
  voices.near([6, 8]);
  await vi.advanceTimersByTimeAsync(0);
  expect(asked).toEqual([4, 5, 6]);
  await arrive(5);
  // 7 was never asked for, 4 is there.
  expect(asked).toEqual([4, 5, 6, 8]);
  voices.near([4, 6]);
  await arrive(6);
  expect(asked).toEqual([4, 5, 6, 8]);
});

test('how long it took until a voice sounded is known', async () => {
  voices.hover(3);
  await vi.advanceTimersByTimeAsync(30);
  await arrive(3);
  expect(voices.last.sounding).toBeNull();
  listeners[0]({ id: 'voice/demo/9', playing: true, position: 1 });
  listeners[0]({ id: 'voice/demo/3', playing: false, position: 0 });
  expect(voices.last.sounding).toBeNull();
  vi.advanceTimersByTime(20);
  listeners[0]({ id: 'voice/demo/3', playing: true, position: 0.01 });
  expect(voices.last.sounding - voices.last.asked).toBeGreaterThanOrEqual(50);
});
