import { expect, test } from 'vitest';
import {
  addPoint,
  freeColumn,
  levelAt,
  movePoint,
  parseMoves,
  parsePoints,
  pointsText,
  removePoint,
} from '../../wwwroot/js/studio/envelope.js';
import { levelOf, traceBars, yOf } from '../../wwwroot/js/studio/lane-picture.js';

const points = parsePoints('10:0 50:1 90:0.25');

test('points go through their text and back; what is none is left out', () => {
  expect(pointsText(points)).toBe('10:0 50:1 90:0.25');
  expect(parsePoints(' 5:0.5 x:1 7.5:1 9:y ')).toEqual([{ column: 5, level: 0.5 }]);
  expect(parsePoints(null)).toEqual([]);
});

test('levels are straight lines between points, and 1 without any', () => {
  expect([0, 10, 30, 50, 70, 90, 400].map(column => levelAt(points, column))).toEqual([0, 0, 0.5, 1, 0.625, 0.25, 0.25]);
  expect(levelAt([], 7)).toBe(1);
});

test('a point is added in its place, within the lane and its levels', () => {
  expect(addPoint(points, 60.4, 1.7, 400)).toEqual({ points: parsePoints('10:0 50:1 60:1 90:0.25'), index: 2 });
  expect(addPoint(points, -8, 0.333, 400)).toEqual({ points: parsePoints('0:0.33 10:0 50:1 90:0.25'), index: 0 });
  expect(addPoint(points, 50, 0.5, 400)).toEqual({ points: parsePoints('10:0 50:0.5 90:0.25'), index: 1 });
});

test('a point stays between its neighbours', () => {
  expect(movePoint(points, 1, 500, 0.5, 400)[1]).toEqual({ column: 89, level: 0.5 });
  expect(movePoint(points, 1, -3, -1, 400)[1]).toEqual({ column: 11, level: 0 });
  expect(movePoint(points, 2, 500, 1, 400)[2]).toEqual({ column: 400, level: 1 });
  // One that is beyond a shorter take stays where it was.
  expect(movePoint(points, 2, 90, 1, 60)[2].column).toBe(90);
  expect(removePoint(points, 1).map(each => each.column)).toEqual([10, 90]);
});

test('a point that is added by key is at the playhead, or where there is most room', () => {
  expect(freeColumn(points, 70.2, 400)).toBe(70);
  expect(freeColumn(points, 50.4, 400)).toBe(246);
  expect(freeColumn([], null, 400)).toBe(200);
});

test('moves have a strength or mute', () => {
  expect(parseMoves('120:2.5 200:m x:1')).toEqual([
    { column: 120, strength: 2.5, muted: false },
    { column: 200, strength: 0, muted: true },
  ]);
});

test('the picture: levels and heights are each other’s inverse, and a bar shows the largest value of its columns', () => {
  for (const level of [0, 0.25, 1]) expect(levelOf(yOf(level, 56), 56)).toBeCloseTo(level);
  expect([...traceBars([0, 2, 1, 0, 8], 8, 4, 4)]).toEqual([0.5, 0.25, 1, 0]);
});
