import { expect, test } from 'vitest';
import { NONE, hasVoice, isDead, isKept, nameOf, parseAtlas, parseNames, share } from '../../wwwroot/js/atlas/atlas-data.js';
import { importance, placeNames } from '../../wwwroot/js/atlas/name-placement.js';
import { MapView } from '../../wwwroot/js/atlas/map-view.js';

// The block of three features, with or without what is measured.
function block({ sections = 0, version = 1 } = {}) {
  const columns = [new Float32Array([0, 1, 2, 3, -4, -5]), new Float32Array([1.5, 2.5, 0])];
  if (sections & 4) columns.push(new Float32Array([0.1, NaN, 0.3]));
  columns.push(new Uint16Array([655, 65535, 0]));
  if (sections & 1) columns.push(new Uint16Array([32768, 60000, 0]), new Uint16Array([1, 0, NONE]));
  if (sections & 2) columns.push(new Uint16Array([65535, 100, 0]));
  columns.push(new Uint16Array([0, 7, 0]), new Uint8Array([23, 4, 0]), new Uint8Array([5, 4, 2]));
  const bytes = new Uint8Array(16 + columns.reduce((sum, each) => sum + each.byteLength, 0)),
    view = new DataView(bytes.buffer);
  view.setUint32(0, 0x41544c53);
  [version, 3, sections].forEach((value, i) => view.setUint32(4 + 4 * i, value, true));
  let at = 16;
  for (const column of columns) {
    bytes.set(new Uint8Array(column.buffer), at);
    at += column.byteLength;
  }
  return bytes.buffer;
}

test('a block is read column by column', () => {
  for (const sections of [0, 1, 2, 4, 7]) {
    const atlas = parseAtlas(block({ sections }));
    expect(atlas.count).toBe(3);
    expect([...atlas.positions]).toEqual([0, 1, 2, 3, -4, -5]);
    expect([...atlas.p99]).toEqual([1.5, 2.5, 0]);
    expect(share(atlas.density[0])).toBeCloseTo(0.01, 4);
    expect([...atlas.guest]).toEqual([0, 7, 0]);
    expect([...atlas.hue]).toEqual([23, 4, 0]);
    expect([0, 1, 2].map(each => [isKept(atlas, each), isDead(atlas, each), hasVoice(atlas, each)])).toEqual([
      [true, false, true],
      [false, false, true],
      [false, true, false],
    ]);
    expect(atlas.concept && [...atlas.concept]).toEqual(sections & 1 ? [1, 0, NONE] : null);
    expect(atlas.stability && share(atlas.stability[0])).toBe(sections & 2 ? 1 : null);
    expect(atlas.score && Number.isNaN(atlas.score[1])).toBe(sections & 4 ? true : null);
  }
});

test('what is not an atlas, cut short or of another version is refused', () => {
  expect(() => parseAtlas(new ArrayBuffer(0))).toThrow('no atlas');
  expect(() => parseAtlas(new TextEncoder().encode('{"title": "an error"}').buffer)).toThrow('no atlas');
  expect(() => parseAtlas(block({ version: 2 }))).toThrow('version 2');
  expect(() => parseAtlas(block().slice(0, 60))).toThrow('cut short');
});

const names = parseNames({ concepts: [], labels: { 0: 'Taiko drum', 9: 'of another SAE' }, hints: { 1: 'slap bass', 0: 'taiko' } }, 3);

test('a feature is called by its label, else by what its captions share, else by its number', () => {
  expect([0, 1, 2].map(each => nameOf(names, each))).toEqual(['Taiko drum', 'slap bass', 'Feature 2']);
});

test('labelled features are named first, then those with caption words, the largest p99 first', () => {
  const atlas = { count: 5, p99: new Float32Array([1, 9, 5, 7, 99]) };
  const some = { label: ['a', null, 'b', null, null], hint: [null, 'c', null, 'd', null] };
  expect(importance(atlas, some, () => true)).toEqual([2, 0, 1, 3]);
  expect(importance(atlas, some, feature => feature !== 2)).toEqual([0, 1, 3]);
});

test('names do not cover one another, stay in the window, and more of them fit the closer one looks', () => {
  const count = 400,
    positions = new Float32Array(2 * count).map(
      (_, i) => Math.sin(i * 12.9898) * 43_758.5453 - Math.floor(Math.sin(i * 12.9898) * 43_758.5453),
    ),
    order = Array.from({ length: count }, (_, i) => i),
    view = new MapView(positions);
  view.resize(900, 600);
  const placed = placeNames(order, positions, view, () => 90, { most: 500 });
  expect(placed.length).toBeGreaterThan(30);
  for (const one of placed) {
    expect(one.left >= 0 && one.left + one.width <= 900 && one.top >= 8 && one.top <= 592).toBe(true);
    for (const other of placed)
      if (other !== one)
        expect(Math.abs(one.top - other.top) >= 16 || one.left >= other.left + other.width || other.left >= one.left + one.width).toBe(
          true,
        );
  }
  // The first is always named; a name that was placed for its importance has no rival before it.
  expect(placed[0].feature).toBe(order.find(feature => view.toScreen(positions[2 * feature], positions[2 * feature + 1])[1] >= 8));
  view.zoomAt(450, 300, 3);
  const inView = order.filter(feature => {
    const [x, y] = view.toScreen(positions[2 * feature], positions[2 * feature + 1]);
    return x >= 0 && y >= 8 && x <= 900 && y <= 592;
  });
  const closer = placeNames(order, positions, view, () => 90, { most: 500 });
  expect(closer.length / inView.length).toBeGreaterThan(placed.length / count);
  const forced = placeNames(order, positions, view, () => 90, { first: [inView.at(-1)] });
  expect(forced[0].feature).toBe(inView.at(-1));
});
