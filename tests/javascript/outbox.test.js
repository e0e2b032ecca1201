import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Outbox, newId } from '../../wwwroot/js/annotate/outbox.js';

let sent;
let answers;
let boxes;

beforeEach(() => {
  globalThis.indexedDB = new IDBFactory();
  sent = [];
  answers = () => ({ status: 200 });
  boxes = [];
});

afterEach(() => boxes.forEach(box => box.close()));

const open = async () => {
  const box = new Outbox({
    name: 'alone',
    send: async entry => {
      sent.push(entry.body);
      return answers(entry);
    },
  });
  boxes.push(box);
  await box.open();
  return box;
};
const vote = (key, body = key) => ({ key, method: 'PUT', address: `api/v1/annotations/${key}`, body });
const until = condition => vi.waitFor(() => expect(condition()).toBe(true), { timeout: 5000, interval: 5 });

test('what is put is sent in its order and is gone once it is answered', async () => {
  const box = await open();
  await Promise.all(['a', 'b', 'c'].map(key => box.put(vote(key))));
  await until(() => box.state.waiting === 0);
  expect(sent).toEqual(['a', 'b', 'c']);
});

test('while the site is away everything waits, and is sent once when it is back, in the order it was made', async () => {
  const box = await open();
  answers = () => ({ status: 0, problem: { detail: 'away' } });
  await box.put(vote('a'));
  await until(() => box.state.away);
  await box.put(vote('b'));
  await box.put(vote('c'));
  await until(() => box.state.waiting === 3);
  answers = () => ({ status: 204 });
  sent.length = 0;
  box.hurry();
  await until(() => box.state.waiting === 0);
  expect(sent).toEqual(['a', 'b', 'c']);
  expect(box.state.away).toBe(false);
});

test('what waited when the tab was closed is sent by the next one', async () => {
  answers = () => ({ status: 503 });
  const first = await open();
  await first.put(vote('a'));
  await until(() => first.state.away);
  first.close();
  answers = () => ({ status: 200 });
  sent.length = 0;
  const second = await open();
  await until(() => second.state.waiting === 0);
  expect(sent).toEqual(['a']);
});

test('an answer that was lost is asked for again with the same content', async () => {
  let lost = true;
  answers = () => {
    if (!lost) return { status: 200 };
    lost = false;
    return { status: 0 };
  };
  const box = await open();
  await box.put(vote('a', { id: 'a', fits: true }));
  await until(() => sent.length === 1 && box.state.away);
  box.hurry();
  await until(() => box.state.waiting === 0);
  expect(sent).toEqual([
    { id: 'a', fits: true },
    { id: 'a', fits: true },
  ]);
});

test('a changed vote that was not sent yet takes the place of the first', async () => {
  answers = () => ({ status: 0 });
  const box = await open();
  await box.put(vote('a', 'fits'));
  await until(() => box.state.away && !box.working);
  await box.put(vote('b', 'other'));
  await until(() => !box.working);
  answers = () => ({ status: 200 });
  sent.length = 0;
  await box.put(vote('a', 'does not'));
  await until(() => box.state.waiting === 0);
  expect(sent).toEqual(['does not', 'other']);
});

test('a vote that is changed while it is being sent is sent a second time', async () => {
  let release;
  answers = entry => (entry.body === 'fits' ? new Promise(done => (release = () => done({ status: 200 }))) : { status: 200 });
  const box = await open();
  await box.put(vote('a', 'fits'));
  await until(() => release !== undefined);
  await box.put(vote('a', 'does not'));
  expect(await box.withdraw('b')).toBe(false);
  release();
  await until(() => box.state.waiting === 0);
  expect(sent).toEqual(['fits', 'does not']);
});

test('what is withdrawn before it is sent is never sent', async () => {
  answers = () => ({ status: 0 });
  const box = await open();
  await box.put(vote('a'));
  await until(() => box.state.away && !box.working);
  expect(await box.withdraw('a')).toBe(true);
  answers = () => ({ status: 200 });
  sent.length = 0;
  await box.put(vote('b'));
  await until(() => box.state.waiting === 0);
  expect(sent).toEqual(['b']);
});

test('a refused one is shown and does not hold up those after it', async () => {
  answers = entry =>
    entry.key === 'a' ? { status: 409, problem: { detail: 'Ada has saved a newer label.', current: { text: 'harp' } } } : { status: 200 };
  const box = await open();
  await box.put(vote('a'));
  await box.put(vote('b'));
  await until(() => box.state.waiting === 0);
  expect(box.state.refused).toEqual([
    { key: 'a', body: 'a', problem: { detail: 'Ada has saved a newer label.', current: { text: 'harp' } } },
  ]);
  // What the person decides replaces it.
  answers = () => ({ status: 200 });
  await box.put(vote('a', 'harp, mine'));
  await until(() => box.state.waiting === 0 && box.state.refused.length === 0);
  expect(sent).toEqual(['a', 'b', 'harp, mine']);
});

test('the pauses grow to 30 s, and an answer that names a time is waited for', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    answers = () => ({ status: 429, after: 60_000 });
    const box = await open();
    await box.put(vote('a'));
    await vi.waitFor(() => expect(box.state.away && !box.working).toBe(true), { timeout: 5000, interval: 5 });
    const before = sent.length;
    await vi.advanceTimersByTimeAsync(59_000);
    expect(sent.length).toBe(before);
    answers = () => ({ status: 200 });
    await vi.advanceTimersByTimeAsync(2000);
    await vi.waitFor(() => expect(box.state.waiting).toBe(0), { timeout: 5000, interval: 5 });
    expect(sent.length).toBe(before + 1);
  } finally {
    vi.useRealTimers();
  }
});

test('ids are UUIDs that differ, and later ones sort later', () => {
  const ids = Array.from({ length: 1000 }, () => newId(1000));
  expect(new Set(ids).size).toBe(1000);
  expect(ids.every(id => /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id))).toBe(true);
  const [first, second] = [newId(1_796_000_000_000), newId(1_796_000_000_001)];
  expect(first < second).toBe(true);
});
