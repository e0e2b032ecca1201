import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { fakeSignalR } from './signalr-fake.js';

let watchRun;
let given;
let watch;

const point = (line, step = line) => ({ line, step, time: 0, values: { loss: 1 / line } });
const snapshot = (lines, full = true) => ({
  runId: 'run-1',
  full,
  points: lines.map(line => point(line)),
  pointsLine: lines.at(-1) ?? 0,
  histograms: [],
  histogramsLine: 0,
  log: [],
  logLine: 0,
  status: null,
});
const change = (from, to, resumedFrom = null) => ({
  from,
  to,
  resumedFrom,
  points: Array.from({ length: to - from + 1 }, (_, i) => point(from + i, resumedFrom === null ? from + i : resumedFrom + i + 1)),
});
const server = () => globalThis.signalR.connections[0];

beforeEach(async () => {
  vi.useFakeTimers();
  vi.resetModules();
  globalThis.signalR = fakeSignalR();
  ({ watchRun } = await import('../../wwwroot/js/live/dashboard.js'));
  given = [];
  watch = watchRun('run-1', {
    snapshot: model => given.push(['snapshot', model.points.length]),
    points: points => given.push(['points', points.map(each => each.line)]),
    resumed: step => given.push(['resumed', step]),
    state: state => given.push(['state', state]),
  });
  await vi.advanceTimersByTimeAsync(0);
});

afterEach(() => vi.useRealTimers());

test('the first sight is a snapshot, then each point once', () => {
  expect(server().invoke).toHaveBeenCalledWith('WatchRun', 'run-1', null);
  server().receive('Snapshot', snapshot([1, 2]));
  server().receive('Points', 'run-1', change(2, 4));
  server().receive('Points', 'run-1', change(3, 4));
  expect(given).toEqual([
    ['state', 'connecting'],
    ['state', 'live'],
    ['snapshot', 2],
    ['points', [3, 4]],
  ]);
});

test('where points are missing, none are taken and the rest is asked for', () => {
  server().receive('Snapshot', snapshot([1, 2]));
  server().receive('Points', 'run-1', change(5, 6));
  expect(given.filter(([name]) => name === 'points')).toEqual([]);
  expect(server().invoke).toHaveBeenLastCalledWith('WatchRun', 'run-1', { points: 2, histograms: 0, log: 0 });
  server().receive('Snapshot', { ...snapshot([3, 4, 5, 6], false) });
  expect(given.at(-1)).toEqual(['points', [3, 4, 5, 6]]);
});

test('a resumed run loses the points after the step it went back to', () => {
  server().receive('Snapshot', snapshot([1, 2, 3]));
  server().receive('Points', 'run-1', change(4, 4, 1));
  expect(given.slice(-2)).toEqual([
    ['resumed', 1],
    ['points', [4]],
  ]);
});

test('a broken connection is said, comes back and asks for what came after', async () => {
  server().receive('Snapshot', snapshot([1, 2]));
  server().failures = 1;
  server().drop();
  expect(given.at(-1)).toEqual(['state', 'away']);
  await vi.advanceTimersByTimeAsync(1000);
  expect(server().start).toHaveBeenCalledTimes(3);
  expect(server().invoke).toHaveBeenLastCalledWith('WatchRun', 'run-1', { points: 2, histograms: 0, log: 0 });
});

test('one listener that throws does not take the points from another', () => {
  vi.spyOn(console, 'error').mockImplementation(() => {});
  const other = vi.fn();
  watchRun('run-1', {
    points() {
      throw new Error('mine');
    },
  });
  watchRun('run-1', { points: other });
  server().receive('Snapshot', snapshot([1]));
  server().receive('Points', 'run-1', change(2, 2));
  expect(other).toHaveBeenCalledTimes(1);
});

test('the server hears when the last listener has gone', () => {
  const second = watchRun('run-1', {});
  watch.stop();
  expect(server().send).not.toHaveBeenCalled();
  second.stop();
  expect(server().send).toHaveBeenCalledWith('UnwatchRun', 'run-1');
});
