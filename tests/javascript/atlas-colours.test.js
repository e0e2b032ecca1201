// @vitest-environment happy-dom
import { beforeEach, expect, test } from 'vitest';
import { NONE } from '../../wwwroot/js/atlas/atlas-data.js';
import { readState, writeState } from '../../wwwroot/js/atlas/atlas-address.js';
import { isOffered, paint } from '../../wwwroot/js/atlas/colours.js';

const colours = {
  hues: Array.from({ length: 24 }, (_, i) => [i, i, i]),
  set: Array.from({ length: 8 }, (_, i) => [100 + i, 0, 0]),
  low: [0, 0, 0],
  high: [200, 200, 200],
  edge: [50, 50, 50],
};

function atlas(extra = {}) {
  return {
    count: 4,
    positions: new Float32Array([0, 0, 1, 1, 2, 2, 3, 3]),
    p99: new Float32Array(4),
    flags: new Uint8Array([1, 1, 1, 0]),
    hue: new Uint8Array([0, 5, 23, 1]),
    density: new Uint16Array([0, 655, 6554, 65535]),
    guest: new Uint16Array([0, 2, 0, 1]),
    concept: null,
    has: { concepts: false, stability: false, score: false, guests: true },
    ...extra,
  };
}

const of = (painted, feature) => [...painted.colours.subarray(3 * feature, 3 * feature + 3)];
const names = { label: ['drum', null, null, null], concepts: ['taiko', 'bass', 'slow'] };

test('hues are those of the index', () => {
  const painted = paint('hue', atlas(), names, colours);
  expect([0, 1, 2, 3].map(each => of(painted, each)[0])).toEqual([0, 5, 23, 1]);
});

test('a ramp goes from the smallest to the largest of the kept features, in logarithms, and has no colour for nothing', () => {
  const { colours: out, legend } = paint('density', atlas(), names, colours);
  expect(out[0]).toBe(50);
  expect(out[3]).toBe(50);
  expect(out[6]).toBe(200);
  expect(out[9]).toBe(200);
  expect([legend.from, legend.to]).toEqual(['1.0 %', '10 %']);
});

test('the most frequent concepts have a colour each, the others share one', () => {
  const many = atlas({ concept: new Uint16Array([1, 1, 0, NONE]), auroc: new Uint16Array(4), has: { concepts: true } });
  const painted = paint('concept', many, names, colours);
  expect([0, 1, 2, 3].map(each => of(painted, each)[0])).toEqual([100, 100, 101, 50]);
  expect(painted.legend.map(each => each.text)).toEqual(['bass (2)', 'taiko (1)']);
});

test('labels and guests stand out', () => {
  const labelled = paint('labelled', atlas(), names, colours);
  expect([of(labelled, 0), of(labelled, 1)]).toEqual([colours.high, colours.edge]);
  expect(labelled.legend[0].text).toBe('labelled (1)');
  const guests = paint('guests', atlas(), names, colours);
  expect([0, 1, 2, 3].map(each => of(guests, each)[0])).toEqual([0, 5, 0, 1]);
});

test('what was not measured is not offered', () => {
  expect(['hue', 'density', 'labelled', 'guests'].every(mode => isOffered(mode, atlas()))).toBe(true);
  expect(['concept', 'auroc', 'score', 'stability'].some(mode => isOffered(mode, atlas()))).toBe(false);
});

beforeEach(() => history.replaceState(null, '', '/atlas/demo'));

test('the address keeps the state of a map, and nothing while it is plain', () => {
  const state = {
    colour: 'density',
    all: true,
    query: 'slap bass',
    focused: 3,
    rules: [{ feature: 2, count: 3 }, { polygon: [0, 0, 1.5, 0, 1, 1] }],
    showsTable: true,
    view: { x: 1, y: -2, zoom: 8, isFitted: false },
  };
  writeState(state);
  const read = readState(atlas());
  expect(read).toMatchObject({ colour: 'density', all: true, query: 'slap bass', focused: 3, rules: state.rules, showsTable: true });
  expect(read.wantedView).toEqual({ x: 1, y: -2, zoom: 8 });
  writeState({ colour: 'hue', all: false, query: '', focused: null, rules: [], showsTable: false, view: { isFitted: true } });
  expect(location.search).toBe('');
});

test('a feature in the address is shown among its neighbours; what makes no sense is left out', () => {
  history.replaceState(null, '', '/atlas/demo?f=2');
  expect(readState(atlas()).wantedView).toMatchObject({ x: 2, y: 2 });
  history.replaceState(null, '', '/atlas/demo?f=99&colour=concept&at=1,x,3&select=p1,2');
  expect(readState(atlas())).toMatchObject({ colour: 'hue', focused: null, wantedView: null, rules: [] });
});
