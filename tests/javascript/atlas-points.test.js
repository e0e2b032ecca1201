import { expect, test } from 'vitest';
import { PointIndex } from '../../wwwroot/js/atlas/point-index.js';
import { MapView } from '../../wwwroot/js/atlas/map-view.js';
import { featuresOf, fromText, grown, inPolygon, simplify, toBits, toRanges, toText } from '../../wwwroot/js/atlas/selection.js';

// The same numbers every time.
function random(seed) {
  let state = seed;
  return () => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648;
}

// Uneven, as maps are: a dense knot, a cloud and a few far away.
function cloud(count, seed = 1) {
  const next = random(seed),
    positions = new Float32Array(2 * count);
  for (let i = 0; i < 2 * count; i++) positions[i] = (next() - 0.5) * (i < count ? 0.2 : i < 1.9 * count ? 10 : 60);
  return positions;
}

const everything = (positions, x, y) =>
  Array.from({ length: positions.length / 2 }, (_, point) => ({
    point,
    far: Math.hypot(positions[2 * point] - x, positions[2 * point + 1] - y),
  }));

test('the nearest points are those of looking at all of them', () => {
  const positions = cloud(400),
    index = new PointIndex(positions),
    next = random(7);
  for (let i = 0; i < 200; i++) {
    const [x, y] = [(next() - 0.5) * 80, (next() - 0.5) * 80];
    const all = everything(positions, x, y).sort((a, b) => a.far - b.far || a.point - b.point);
    expect(index.nearestOf(x, y, 5)).toEqual(all.slice(0, 5).map(each => each.point));
    const odd = all.filter(each => each.point % 2 === 1 && each.far <= 3);
    expect(index.nearest(x, y, 3, point => point % 2 === 1)).toBe(odd[0]?.point ?? -1);
  }
});

test('a map of one point and one of none answer', () => {
  expect(new PointIndex(new Float32Array([3, 4])).nearest(0, 0, 10)).toBe(0);
  expect(new PointIndex(new Float32Array([3, 4])).nearest(0, 0, 1)).toBe(-1);
  expect(new PointIndex(new Float32Array(0)).nearest(0, 0, 10)).toBe(-1);
});

test('an arrow goes to the nearest point within 45 degrees, what is straight ahead first', () => {
  //            right  aside  behind  above  far right
  const index = new PointIndex(new Float32Array([0, 0, 2, 0.1, 1.5, 1.2, -1, 0, 0.1, -1, 9, 0]));
  expect(index.inDirection(0, 1, 0)).toBe(1);
  expect(index.inDirection(0, -1, 0)).toBe(3);
  expect(index.inDirection(0, 0, -1)).toBe(4);
  expect(index.inDirection(1, 1, 0)).toBe(5);
  expect(index.inDirection(5, 1, 0)).toBe(-1);
  expect(index.inDirection(0, 1, 0, point => point !== 1)).toBe(2);
});

test('arrows reach every point of a map', () => {
  const positions = cloud(150, 3),
    index = new PointIndex(positions),
    seen = new Set([0]),
    open = [0];
  while (open.length > 0) {
    const from = open.pop();
    for (const [right, down] of [
      [1, 0],
      [-1, 0],
      [0, 1],
      [0, -1],
    ]) {
      const to = index.inDirection(from, right, down);
      if (to >= 0 && !seen.has(to)) {
        seen.add(to);
        open.push(to);
      }
    }
  }
  expect(seen.size).toBeGreaterThan(140);
});

// A second way: the winding of the polygon around the point, by angles.
function winds(polygon, x, y) {
  let turned = 0;
  for (let i = 0; i < polygon.length; i += 2) {
    const j = (i + 2) % polygon.length,
      from = Math.atan2(polygon[i + 1] - y, polygon[i] - x),
      to = Math.atan2(polygon[j + 1] - y, polygon[j] - x);
    turned += Math.atan2(Math.sin(to - from), Math.cos(to - from));
  }
  return Math.abs(turned) > Math.PI;
}

test('a lasso selects exactly the points inside', () => {
  const positions = cloud(500, 5),
    index = new PointIndex(positions),
    next = random(9);
  for (let round = 0; round < 20; round++) {
    // A star around a random middle: it does not cross itself.
    const [x, y, corners] = [(next() - 0.5) * 6, (next() - 0.5) * 6, 5 + Math.floor(next() * 20)];
    const line = Array.from({ length: corners }, (_, i) => {
      const [angle, reach] = [(2 * Math.PI * i) / corners, 1 + next() * 4];
      return [x + reach * Math.cos(angle), y + reach * Math.sin(angle)];
    }).flat();
    const polygon = simplify(line);
    const expected = everything(positions, 0, 0)
      .map(each => each.point)
      .filter(point => winds(polygon, positions[2 * point], positions[2 * point + 1]));
    expect(featuresOf([{ polygon }], positions, index, () => true)).toEqual(expected);
    const [back] = fromText(toText([{ polygon }]), 500);
    expect(featuresOf([back], positions, index, () => true)).toEqual(expected);
  }
});

test('a long line is drawn with 64 corners and selects nearly the same', () => {
  const positions = cloud(2000, 6),
    line = Array.from({ length: 900 }, (_, i) => {
      const angle = (2 * Math.PI * i) / 900;
      return [(3 + 0.4 * Math.sin(7 * angle)) * Math.cos(angle), (3 + 0.4 * Math.sin(7 * angle)) * Math.sin(angle)];
    }).flat();
  const polygon = simplify(line);
  expect(polygon.length).toBeLessThanOrEqual(128);
  const differ = everything(positions, 0, 0).filter(
    ({ point }) =>
      inPolygon(line, positions[2 * point], positions[2 * point + 1]) !==
      inPolygon(polygon, positions[2 * point], positions[2 * point + 1]),
  );
  expect(differ.length).toBeLessThan(20);
  expect(toText([{ polygon }]).length).toBeLessThan(1200);
});

test('a selection grows and shrinks around a feature, and fits into an address', () => {
  const positions = cloud(100, 2),
    index = new PointIndex(positions);
  let rules = grown([], 42, 1);
  const sizes = [];
  for (let i = 0; i < 5; i++) {
    sizes.push(featuresOf(rules, positions, index, () => true).length);
    expect(featuresOf(rules, positions, index, () => true)).toContain(42);
    expect(fromText(toText(rules), 100)).toEqual(rules);
    rules = grown(rules, 42, 1);
  }
  expect(sizes).toEqual([...sizes].sort((a, b) => a - b));
  for (let i = 0; i < 12; i++) rules = grown(rules, 42, -1);
  expect(rules).toEqual([]);
});

test('an address that makes no sense selects nothing', () => {
  for (const text of [null, '', 'p', 'p1,2', 'p1,2,3,4,5,x', 'n5', 'n999:3', 'x', `p${'1,2,'.repeat(500)}1,2`])
    expect(fromText(text, 100)).toEqual([]);
  expect(fromText('n5:1000', 100)).toEqual([{ feature: 5, count: 100 }]);
});

test('a map is fitted, zoomed about a point and moved', () => {
  const view = new MapView(new Float32Array([0, 0, 10, 5]));
  view.resize(1000, 500);
  const [x0, y0] = view.toScreen(0, 0),
    [x1, y1] = view.toScreen(10, 5);
  expect([x0 >= 30, y0 >= 30, x1 <= 970, y1 <= 470]).toEqual([true, true, true, true]);
  expect(view.zoom).toBeCloseTo(1);
  const before = view.toMap(200, 100);
  view.zoomAt(200, 100, 3);
  expect(view.toMap(200, 100)[0]).toBeCloseTo(before[0]);
  expect(view.toMap(200, 100)[1]).toBeCloseTo(before[1]);
  expect(view.zoom).toBeCloseTo(3);
  view.pan(50, -20);
  expect(view.toMap(250, 80)[0]).toBeCloseTo(before[0]);
  view.zoomAt(0, 0, 1e9);
  expect(view.zoom).toBeCloseTo(400);
  view.reveal(10, 5);
  const [right, below] = view.toScreen(10, 5);
  expect([right >= 59, right <= 941, below >= 59, below <= 441]).toEqual([true, true, true, true]);
  view.fit();
  view.resize(400, 400);
  expect(view.zoom).toBeCloseTo(1);
});

test('a selection is written as ranges for the list of features', () => {
  expect(toRanges([])).toBe('');
  expect(toRanges([7])).toBe('7');
  expect(toRanges([3, 12, 13, 14, 18, 400, 401])).toBe('3,12-14,18,400-401');
});

test('a selection as bits has one bit for each feature', () => {
  expect([...toBits([], 9)]).toEqual([0, 0]);
  expect([...toBits([0, 7, 8], 9)]).toEqual([129, 1]);
  const every = Array.from({ length: 32_768 }, (_, feature) => feature);
  expect(toBits(every, 32_768).length).toBe(4096);
  expect(toBits(every, 32_768).every(byte => byte === 255)).toBe(true);
});
