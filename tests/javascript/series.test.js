import { expect, test } from 'vitest';
import { RunSeries, smooth } from '../../wwwroot/js/runs/series.js';

test('points are kept by step, whatever order they come in, each once', () => {
  const series = new RunSeries();
  series.add([{ step: 30 }, { step: 10 }]);
  series.points[0].drawnAt = 5;
  series.add([{ step: 20 }, { step: 10, loss: 2 }, { steps: 'not a point' }, null]);
  expect(series.points.map(point => point.step)).toEqual([10, 20, 30]);
  expect(series.points[0]).toMatchObject({ loss: 2, drawnAt: 5 });
  expect(series.last.step).toBe(30);
});

test('measures on held-out clips are kept apart from training points', () => {
  const series = new RunSeries();
  const fresh = series.add([
    { step: 1, loss: 1 },
    { step: 1, heldOutLoss: 2 },
  ]);
  expect(fresh).toHaveLength(1);
  expect(series.heldOut).toHaveLength(1);
});

test('the evaluation after the last step does not replace its point', () => {
  const series = new RunSeries();
  series.add([{ step: 9, loss: 1 }]);
  expect(series.add([{ step: 9, ceRecovered: 0.9, klRecovered: 0.8 }])).toEqual([]);
  expect(series.points.map(point => point.loss)).toEqual([1]);
});

test('a reset drops what came after the resumed step and keeps what was drawn', () => {
  const series = new RunSeries();
  series.add([
    { step: 1, line: 1 },
    { step: 2, line: 2 },
    { step: 3, line: 3 },
  ]);
  series.points[0].drawnAt = 7;
  series.reset(
    [
      { step: 1, line: 1 },
      { step: 2, line: 4 },
    ],
    [],
  );
  expect(series.points.map(point => point.drawnAt)).toEqual([7, null]);
});

test('seconds of work add up over sessions, without the pause between them', () => {
  const series = new RunSeries();
  series.add([
    { step: 1, line: 1, seconds: 10, time: 1_010_000 },
    { step: 2, line: 2, seconds: 20, time: 1_020_000 },
    { step: 3, line: 3, seconds: 5, time: 9_005_000 },
    { step: 4, line: 4, seconds: 9, time: 9_009_000 },
  ]);
  expect(series.points.map(point => point.wall)).toEqual([10, 20, 25, 29]);
});

test('smoothing is an unbiased exponential mean that keeps gaps', () => {
  expect(smooth([0, 1, 2], [4, 4, 4], 0.9).map(y => +y.toFixed(9))).toEqual([4, 4, 4]);
  const [first, gap, third] = smooth([0, 1, 2], [0, null, 3], 0.5);
  expect([first, gap]).toEqual([0, null]);
  expect(third).toBeCloseTo(3 / 1.25, 9);
  expect(smooth([0, 1], [1, 2], 0)).toEqual([1, 2]);
});
