import { expect, test } from 'vitest';
import { AtlasOverlay } from '../../wwwroot/js/atlas/atlas-overlay.js';
import { MapView } from '../../wwwroot/js/atlas/map-view.js';

// A pen that remembers what it wrote and where.
function canvas() {
  const written = [],
    rings = [];
  const pen = new Proxy(
    {
      measureText: text => ({ width: 7 * text.length }),
      fillText: (text, left, top) => written.push({ text, left, top }),
      arc: (x, y, radius) => rings.push({ x, y, radius }),
    },
    { get: (own, name) => own[name] ?? (() => {}), set: () => true },
  );
  return { element: { getContext: () => pen, width: 0, height: 0 }, written, rings };
}

const atlas = { count: 3, positions: new Float32Array([0, 0, 5, 2, 10, 5]), p99: new Float32Array([1, 2, 3]) };
const names = { label: ['drum', null, null], hint: ['taiko', 'slap bass', null] };
const colours = { text: 'white', muted: 'grey', background: 'black', focus: 'white' };

function draw(more) {
  const { element, written, rings } = canvas(),
    overlay = new AtlasOverlay(element),
    view = new MapView(atlas.positions);
  view.resize(800, 500);
  overlay.setNames(atlas, names, () => true);
  overlay.draw(view, 1, atlas, { focus: null, hover: null, lasso: null, radius: 2, colours, sized: () => 1, ...more });
  return { written, rings, view, overlay };
}

test('features with a name are named next to their points', () => {
  const { written, view } = draw({});
  expect(written.map(each => each.text)).toEqual(['drum', 'slap bass']);
  const [x, y] = view.toScreen(0, 0);
  expect(written[0].left).toBeGreaterThan(x);
  expect(written[0].left).toBeLessThan(x + 20);
  expect(written[0].top).toBe(y);
});

test('the feature that is focused or pointed at is ringed and named, by its number if it has no name', () => {
  const { written, rings, view } = draw({ focus: 2, hover: 0 });
  expect(written.map(each => each.text)).toEqual(['#2', 'drum', 'slap bass']);
  const [x, y] = view.toScreen(10, 5);
  expect(rings.some(ring => ring.x === x && ring.y === y)).toBe(true);
});

test('a lasso is drawn through its corners', () => {
  expect(() => draw({ lasso: [0, 0, 5, 0, 5, 5] })).not.toThrow();
});
