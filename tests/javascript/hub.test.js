import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Hub } from '../../wwwroot/js/hub.js';
import { fakeSignalR } from './signalr-fake.js';

beforeEach(() => {
  vi.useFakeTimers();
  globalThis.signalR = fakeSignalR();
});

afterEach(() => vi.useRealTimers());

test('callers share one connection and one attempt', async () => {
  const hub = new Hub('hubs/x', { wanted: () => true });
  const [one, two] = await Promise.all([hub.connect(), hub.connect()]);
  expect(one).toBe(two);
  expect(one.start).toHaveBeenCalledTimes(1);
  expect(await hub.connect()).toBe(one);
  expect(one.start).toHaveBeenCalledTimes(1);
});

test('it tries again after 150, 300, … and at most 2000 ms, and says that it failed each time', async () => {
  const failed = vi.fn();
  const hub = new Hub('hubs/x', { wanted: () => true, failed, prepare: made => (made.failures = 6) });
  const at = [];
  failed.mockImplementation(() => at.push(Date.now()));
  const begun = Date.now();
  const connecting = hub.connect();
  await vi.advanceTimersByTimeAsync(60_000);
  expect((await connecting).state).toBe('Connected');
  expect(at.map(time => time - begun)).toEqual([0, 150, 450, 1050, 2250, 4250]);
});

test('it stops trying when it is no longer wanted, and begins again when it is', async () => {
  let wanted = true;
  const hub = new Hub('hubs/x', { wanted: () => wanted, prepare: made => (made.failures = 2) });
  const connecting = hub.connect();
  wanted = false;
  await vi.advanceTimersByTimeAsync(10_000);
  expect(await connecting).toBeNull();
  expect(await hub.connect()).toBeNull();
  expect(hub.connection.start).toHaveBeenCalledTimes(1);
  wanted = true;
  const again = hub.connect();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(await again).toBe(hub.connection);
});
