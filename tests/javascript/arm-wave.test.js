// @vitest-environment happy-dom
import { beforeEach, expect, test, vi } from 'vitest';
import { dashes } from '../../wwwroot/js/studio/dashes.js';

// A canvas that notes where it is painted.
let painted;

beforeEach(() => {
  painted = [];
  HTMLCanvasElement.prototype.getContext = () => ({
    setTransform() {},
    clearRect() {},
    fillRect: (x, y, width, height) => painted.push({ x, y, width, height }),
  });
  globalThis.ResizeObserver ??= class {
    observe() {}
    disconnect() {}
  };
  for (const side of ['clientWidth', 'clientHeight'])
    Object.defineProperty(HTMLElement.prototype, side, { configurable: true, get: () => (side === 'clientWidth' ? 120 : 40) });
});

async function wave(attributes) {
  await import('../../wwwroot/js/studio/arm-wave.js');
  const element = document.createElement('arm-wave');
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  document.body.append(element);
  return element;
}

test('what is not made yet is dashes, and silence is a line with bars', async () => {
  vi.stubGlobal('fetch', async () => ({ ok: true, json: async () => ({ seconds: 1, values: new Array(400).fill(0) }) }));
  const element = await wave({ take: 'take-pending', arm: 'A', arms: 'A,C', label: 'Waveform, Baseline' });
  element.peaks = null;
  painted = [];
  element.draw();
  expect(element.hasAttribute('pending')).toBe(true);
  expect(element.getAttribute('aria-label')).toBe('Waveform, Baseline, not made yet');
  expect(painted.filter(each => each.height === 16)).toHaveLength(10);
  await vi.waitFor(() => expect(element.peaks).not.toBeNull());
  painted = [];
  element.draw();
  expect(element.hasAttribute('pending')).toBe(false);
  expect(element.getAttribute('aria-label')).toBe('Waveform, Baseline');
  expect(painted.filter(each => each.height === 16)).toHaveLength(0);
  expect(painted.filter(each => each.height === 2)).toHaveLength(40);
});

test('dashes go from the edge of what is made to the end', () => {
  expect(dashes(48, 0)).toEqual([0, 12, 24, 36]);
  expect(dashes(48, 0.3)).toEqual([24, 36]);
  expect(dashes(48, 1)).toEqual([]);
});

test('a picture that does not come is not shown as music that is on its way', async () => {
  vi.stubGlobal('fetch', async () => ({ ok: false }));
  const element = await wave({ take: 'take-gone', arm: 'A', arms: 'A' });
  await vi.waitFor(() => expect(element.missing).toBe(true));
  element.draw();
  expect(element.hasAttribute('pending')).toBe(false);
});

test('arms have words where the page gives them, and letters elsewhere', async () => {
  await import('../../wwwroot/js/studio/take-transport.js');
  const make = attributes => {
    const element = document.createElement('take-transport');
    for (const [name, value] of Object.entries({ take: 'take-words', arms: 'A,D,C', ...attributes })) element.setAttribute(name, value);
    document.body.append(element);
    return [...element.querySelectorAll('.segments button')];
  };
  const words = make({ words: 'Baseline,−3 × p99,+3 × p99', 'no-keys': '' });
  expect(words.map(button => button.textContent)).toEqual(['Baseline', '−3 × p99', '+3 × p99']);
  expect(words.map(button => button.getAttribute('aria-label'))).toEqual([null, null, null]);
  expect(words.map(button => button.getAttribute('aria-pressed'))).toEqual(['false', 'false', 'true']);
  const letters = make({});
  expect(letters.map(button => button.textContent)).toEqual(['A', 'D', 'C']);
  expect(letters[1].getAttribute('aria-label')).toBe('D, reversed');
});

test('a line is where the sound ends that the arm continues', async () => {
  vi.stubGlobal('fetch', async () => ({ ok: true, json: async () => ({ seconds: 4, values: new Array(400).fill(0) }) }));
  const element = await wave({ take: 'take-given', arm: 'A', arms: 'A,C', given: '1', label: 'Waveform, Baseline' });
  await vi.waitFor(() => expect(element.peaks).not.toBeNull());
  painted = [];
  element.draw();
  expect(painted.filter(each => each.width === 1 && each.height === 3).map(each => each.x)).toEqual(new Array(7).fill(30));
  expect(painted).toContainEqual({ x: 0, y: 0, width: 30, height: 40 });
  expect(element.getAttribute('aria-label')).toBe('Waveform, Baseline, the first 1.0 seconds are the sound that it continues');
});
