// @vitest-environment happy-dom
import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

vi.mock('../../wwwroot/js/audio/player.js', () => {
  const listeners = new Set();
  return {
    player: {
      subscribe: listener => (listeners.add(listener), () => listeners.delete(listener)),
      hear: id => listeners.forEach(listener => listener({ id, playing: true })),
    },
  };
});
const { player } = await import('../../wwwroot/js/audio/player.js');
const { Outbox } = await import('../../wwwroot/js/annotate/outbox.js');
const { share } = await import('../../wwwroot/js/annotate/shared-outbox.js');
const { WaitingVotes } = await import('../../wwwroot/js/annotate/waiting-votes.js');
await import('../../wwwroot/js/annotate/after-hearing.js');

let answer;
let sent;
const until = condition => vi.waitFor(() => expect(condition()).toBe(true), { timeout: 4000, interval: 5 });
const vote = key => ({ key, method: 'PUT', address: `api/v1/annotations/${key}`, body: { queue: 'queue-1', feature: 7 } });

beforeEach(() => {
  globalThis.indexedDB = new IDBFactory();
  sent = [];
  WaitingVotes.patience = 1000;
  answer = () => new Response('{}', { status: 200 });
  globalThis.fetch = async (address, { method }) => {
    sent.push(`${method} ${address}`);
    return answer();
  };
  document.body.innerHTML = '';
});

afterEach(() => document.body.replaceChildren());

test('votes that wait from a page that was closed are sent from any page', async () => {
  const before = new Outbox({ name: 'sae-outbox ada', send: async () => ({ status: 0 }) });
  await before.open();
  await before.put(vote('a'));
  await before.put(vote('b'));
  before.close();
  document.body.innerHTML = '<waiting-votes person="ada"></waiting-votes>';
  await until(() => sent.length === 2);
  expect(sent).toEqual(['PUT api/v1/annotations/a', 'PUT api/v1/annotations/b']);
  // What is sent at once is not worth a word.
  expect(document.querySelector('waiting-votes').textContent).toBe('');
});

test('what waits while the site is away, and what was refused, is said in the top bar; drafts are not counted', async () => {
  WaitingVotes.patience = 20;
  answer = () => {
    throw new TypeError('away');
  };
  document.body.innerHTML = '<waiting-votes person="bob"></waiting-votes>';
  const badge = document.querySelector('waiting-votes'),
    { outbox, release } = share('bob');
  await outbox.open();
  for (const key of ['a', 'b', 'c']) await outbox.put(vote(key));
  await outbox.put({ key: 'draft q:1', method: 'PUT', address: 'api/v1/queues/q/items/1/draft', body: {} });
  await until(() => badge.textContent === '3 waiting' && badge.firstChild.title.includes('the site is away'));
  await until(() => !outbox.working);
  answer = () => new Response('{"reason":"full","detail":"no"}', { status: 409 });
  outbox.hurry();
  await until(() => (badge.querySelector('a')?.textContent.endsWith('refused') ?? false) && outbox.state.waiting === 0);
  expect(badge.querySelector('a').getAttribute('href')).toBe('annotate/queue-1');
  release();
});

test('the desk and the badge share one outbox, which is closed with the last of them', async () => {
  const made = [],
    make = name => {
      const box = { name, closed: 0, close: () => box.closed++ };
      made.push(box);
      return box;
    };
  const [one, other] = [share('cleo', make), share('cleo', make)];
  expect(one.outbox).toBe(other.outbox);
  one.release();
  one.release();
  expect(made.map(box => box.closed)).toEqual([0]);
  other.release();
  expect(made.map(box => box.closed)).toEqual([1]);
  expect(share('cleo', make).outbox).not.toBe(one.outbox);
});

test('tabs tell each other what the site took', async () => {
  const [one, other] = [
    new Outbox({ name: 'tabs', send: async () => ({ status: 200, answer: { id: 'a' } }) }),
    new Outbox({ name: 'tabs', send: async () => ({ status: 0 }) }),
  ];
  const heard = [];
  other.onAnswer((key, { id }) => heard.push([key, id]));
  await Promise.all([one.open(), other.open()]);
  await one.put(vote('a'));
  await until(() => heard.length === 1);
  expect(heard).toEqual([['a', 'a']]);
  await until(() => other.state.waiting === 0);
  one.close();
  other.close();
});

test('a caption is shown after its clip was heard, on whichever element it stands', () => {
  document.body.innerHTML = '<after-hearing play-id="decide/7/3" before="Clip 3" text="a taiko roll"></after-hearing>';
  const caption = document.querySelector('after-hearing');
  expect(caption.textContent).toBe('Clip 3');
  player.hear('decide/7/4');
  expect(caption.textContent).toBe('Clip 3');
  player.hear('decide/7/3');
  expect(caption.textContent).toBe('a taiko roll');
  document.body.innerHTML = '<after-hearing play-id="decide/7/3" before="Clip 3" text="a taiko roll"></after-hearing>';
  expect(document.querySelector('after-hearing').textContent).toBe('a taiko roll');
});
