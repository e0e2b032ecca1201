// @vitest-environment happy-dom
import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

vi.mock('../../wwwroot/js/audio/player.js', () => ({
  player: { state: { id: null, playing: false, waiting: false }, playArms: vi.fn(), toggle: vi.fn(), subscribe: () => () => {} },
}));
const { player } = await import('../../wwwroot/js/audio/player.js');
const { Desk } = await import('../../wwwroot/js/annotate/desk.js');
const { ItemSource } = await import('../../wwwroot/js/annotate/item-source.js');
const { Outbox } = await import('../../wwwroot/js/annotate/outbox.js');

let site;
let desk;

// The site's part: items without a judgement, in order.
function fakeSite(features) {
  const made = { judged: new Map(), drafts: new Map(), away: false, sent: [], status: null };
  const item = feature => ({
    queue: 'q',
    feature,
    practice: false,
    suggestion: `sound ${feature}`,
    label: null,
    labelRevision: 0,
    examples: [{ number: 0, row: 100 + feature, peakSeconds: 3, sound: `/s/${feature}.wav`, drawing: '/d' }],
    clips: [1, 2].map(row => ({ row, seconds: 10, playFrom: 1, sound: `/v/${feature}-${row}.wav`, peaks: '/p' })),
    draft: made.drafts.get(feature) ?? null,
    mine: null,
    problem: null,
  });
  made.api = async (method, address) => {
    if (made.away) throw Object.assign(new Error('away'), { status: 0 });
    if (method !== 'POST' || !address.includes('/next')) return null;
    const left = features.filter(feature => !made.judged.has(feature)).slice(0, 3);
    return {
      state: left.length ? 'items' : 'noneLeft',
      items: left.map(item),
      waiting: 0,
      toDecide: 0,
      progress: { total: features.length, done: made.judged.size, mine: null },
    };
  };
  made.send = async ({ key, method, address, body }) => {
    if (made.away) return { status: 0 };
    made.sent.push(`${method} ${address}`);
    if (made.status) return made.status(body);
    if (address.endsWith('/draft')) made.drafts.set(Number(address.match(/items\/(\d+)/)[1]), body);
    else if (method === 'PUT') made.judged.set(body.feature, { ...body, key });
    else for (const [feature, each] of made.judged) if (address.endsWith(each.key)) made.judged.delete(feature);
    return { status: 200, answer: { ...body } };
  };
  return made;
}

async function open(features = [1, 2, 3, 4, 5], mode = 'labelFirst') {
  site = fakeSite(features);
  const source = new ItemSource('q', site.api, async url => ({ url }));
  desk = new Desk('q', mode, { api: site.api, source, outbox: null });
  desk.outbox = new Outbox({ send: site.send });
  await desk.open();
  await until(() => desk.item !== null || source.state !== null);
}

const until = condition => vi.waitFor(() => expect(condition()).toBe(true), { timeout: 4000, interval: 5 });
const sentAll = () => until(() => desk.sending.waiting === 0);

beforeEach(() => {
  globalThis.indexedDB = new IDBFactory();
  player.playArms.mockClear();
});

afterEach(() => desk.close());

test('a accepts the suggestion and the next item is there at once, with its sound', async () => {
  await open();
  desk.choose('accept', true);
  await until(() => desk.item?.feature === 2);
  const heard = player.playArms.mock.lastCall[0];
  expect(heard).toMatchObject({ id: 'annotate/2/example/102', from: 2.5 });
  // It was fetched before: nothing is waited for.
  expect(heard.arms['']).toEqual({ url: 's/2.wav' });
  await sentAll();
  expect(site.judged.get(1)).toMatchObject({ verdict: 'accept', label: 'sound 1' });
});

test('the queue is done item by item, each sent once, while the site is away too', async () => {
  await open();
  for (const feature of [1, 2]) {
    await until(() => desk.item?.feature === feature);
    desk.choose('accept', true);
  }
  await until(() => desk.item?.feature === 3);
  await sentAll();
  // The items that are fetched ahead of the outage.
  await until(() => desk.source.items.length === 3);
  site.away = true;
  for (const feature of [3, 4]) {
    await until(() => desk.item?.feature === feature);
    desk.choose('accept', true);
  }
  await until(() => desk.sending.waiting === 2 && desk.sending.away);
  site.away = false;
  desk.outbox.hurry();
  await sentAll();
  await until(() => desk.item?.feature === 5);
  desk.choose('accept', true);
  await until(() => desk.source.state === 'noneLeft' && desk.item === null);
  expect([...site.judged.keys()]).toEqual([1, 2, 3, 4, 5]);
  expect(site.sent.filter(each => each.includes('annotations/')).length).toBe(5);
});

test('what is typed is kept as a draft, and is there when the page is opened again', async () => {
  await open();
  desk.acts.type('low drums');
  desk.acts.vote(2, 'fits');
  await desk.saveDraft();
  await sentAll();
  desk.close();
  const drafts = site.drafts;
  expect(drafts.get(1)).toMatchObject({ label: 'low drums', clips: [{ row: 2, vote: 'fits' }] });
  const before = site;
  desk = new Desk('q', 'labelFirst', { api: before.api, source: new ItemSource('q', before.api, async url => ({ url })) });
  await desk.open();
  await until(() => desk.item !== null);
  expect(desk.work).toMatchObject({ label: 'low drums', votes: { 2: 'fits' } });
});

test('a draft that the site does not have yet is newer than the one it has', async () => {
  await open();
  site.away = true;
  desk.acts.type('typed while away');
  desk.saveDraft();
  await until(() => desk.sending.waiting === 1 && desk.sending.away);
  desk.close();
  const again = fakeSite([1]);
  again.drafts.set(1, { label: 'old' });
  again.send = async () => ({ status: 0 });
  desk = new Desk('q', 'labelFirst', {
    api: again.api,
    source: new ItemSource('q', again.api, async url => ({ url })),
    outbox: new Outbox({ send: again.send }),
  });
  await desk.open();
  await until(() => desk.item !== null);
  expect(desk.work.label).toBe('typed while away');
});

test('what was said and still waits in the browser is not asked a second time after a reload', async () => {
  await open([1, 2, 3]);
  site.away = true;
  desk.choose('accept', true);
  await until(() => desk.sending.waiting === 1 && desk.item?.feature === 2);
  desk.close();
  const again = fakeSite([1, 2, 3]);
  again.send = async () => ({ status: 0 });
  desk = new Desk('q', 'labelFirst', {
    api: again.api,
    source: new ItemSource('q', again.api, async url => ({ url })),
    outbox: new Outbox({ send: again.send }),
  });
  await desk.open();
  await until(() => desk.item !== null);
  expect(desk.item.feature).toBe(2);
});

test('undo brings the last item back with what was said, and withdraws it', async () => {
  await open();
  desk.acts.type('low drums');
  desk.submit();
  await until(() => desk.item?.feature === 2);
  await sentAll();
  expect(site.judged.get(1)).toMatchObject({ verdict: 'edit', label: 'low drums' });
  await desk.back();
  expect(desk.item.feature).toBe(1);
  expect(desk.work.label).toBe('low drums');
  await sentAll();
  expect(site.judged.has(1)).toBe(false);
  desk.acts.type('high drums');
  desk.submit();
  await until(() => desk.item?.feature === 2);
  await sentAll();
  expect(site.judged.get(1).label).toBe('high drums');
  expect(new Set(site.sent.filter(each => each.startsWith('PUT api/v1/annotations'))).size).toBe(2);
});

test('f, n and u judge the clip that was heard and play the next', async () => {
  await open();
  desk.judge('fits');
  expect(desk.work.votes).toEqual({});
  expect(player.playArms.mock.lastCall[0]).toMatchObject({ id: 'annotate/1/vote/1', from: 1 });
  desk.judge('fits');
  desk.judge('doesNotFit');
  expect(desk.work.votes).toEqual({ 1: 'fits', 2: 'doesNotFit' });
  expect(desk.message).toBe('Every clip has a vote.');
});

test('in a blind queue nothing is accepted before something was typed', async () => {
  await open([1, 2], 'blindFirst');
  desk.choose('accept', true);
  expect(desk.item.feature).toBe(1);
  expect(desk.message).toContain('Listen and type first');
  expect(desk.view.element.textContent).not.toContain('sound 1');
  desk.acts.type('drums');
  desk.typed();
  expect(desk.view.element.textContent).toContain('sound 1');
  desk.choose('accept', true);
  await until(() => desk.item?.feature === 2);
  await sentAll();
  expect(site.judged.get(1)).toMatchObject({ verdict: 'accept', label: 'sound 1' });
});

test('a newer label of another person is shown, and the person decides', async () => {
  await open();
  site.status = body =>
    body.seenRevision === 0 && body.writesLabel
      ? { status: 409, problem: { reason: 'label', detail: 'Ada changed this label.', current: { text: 'harp', revision: 9 } } }
      : { status: 200, answer: body };
  desk.choose('accept', true);
  await until(() => desk.sending.refused.length === 1);
  expect(desk.item.feature).toBe(2);
  const [{ key }] = desk.sending.refused;
  await desk.resolve(key, 'mine');
  await until(() => desk.sending.refused.length === 0 && desk.sending.waiting === 0);
  expect(site.sent.filter(each => each.endsWith(key)).length).toBe(2);
});

test('a skipped item does not come again before it is asked for', async () => {
  await open([1, 2]);
  desk.skip();
  await until(() => desk.item?.feature === 2);
  desk.choose('accept', true);
  await until(() => desk.source.state === 'skipped' && desk.item === null);
  desk.showSkipped();
  await until(() => desk.item?.feature === 1);
  expect(site.judged.has(1)).toBe(false);
});

test('what one person said in this browser is not sent, nor shown, as another', async () => {
  const first = fakeSite([1]);
  const make = (person, { api }) => new Desk('q', 'labelFirst', { person, api, source: new ItemSource('q', api, async url => ({ url })) });
  desk = make('ada', first);
  desk.outbox.send = async () => ({ status: 0 });
  await desk.open();
  await until(() => desk.item !== null);
  desk.acts.type('drums of Ada');
  await desk.saveDraft();
  desk.close();
  const sent = [];
  const second = make('bob', fakeSite([1]));
  second.outbox.send = async ({ body }) => (sent.push(body), { status: 200 });
  await second.open();
  await until(() => second.item !== null);
  expect(second.work.label).toBe('');
  expect(second.sending.waiting).toBe(0);
  expect(sent).toEqual([]);
  second.close();
  desk = make('ada', fakeSite([1]));
  desk.outbox.send = async () => ({ status: 0 });
  await desk.open();
  await until(() => desk.item !== null);
  expect(desk.work.label).toBe('drums of Ada');
});

test('an unnamed person is asked for a name before the first vote, which goes out when there is one', async () => {
  await open([1, 2]);
  desk.unnamed = true;
  desk.askName = vi.fn();
  desk.choose('accept', true);
  await until(() => desk.askName.mock.calls.length === 1);
  expect(desk.item.feature).toBe(1);
  expect(desk.message).toBe('Your votes carry your name: type it first.');
  expect(site.sent).toEqual([]);
  desk.named();
  await until(() => desk.item?.feature === 2);
  await sentAll();
  expect(site.judged.get(1)).toMatchObject({ verdict: 'accept' });
});

test('what was judged in another tab can be used from here instead', async () => {
  await open([1, 2]);
  site.status = () => ({
    status: 409,
    problem: {
      reason: 'judgedAlready',
      detail: 'You have judged this item already.',
      current: { id: 'other', verdict: 'reject', label: null },
    },
  });
  desk.acts.type('low drums');
  await desk.submit();
  await until(() => desk.sending.refused.length === 1);
  site.status = null;
  site.sent.length = 0;
  await desk.resolve(desk.sending.refused[0].key, 'replace');
  await sentAll();
  expect(site.sent.filter(each => each.includes('annotations/')).map(each => each.replace(/[0-9a-f]{8}-.*/, 'new'))).toEqual([
    'DELETE api/v1/annotations/other',
    'PUT api/v1/annotations/new',
  ]);
  expect(desk.sending.refused).toEqual([]);
  expect(site.judged.get(1)).toMatchObject({ verdict: 'edit', label: 'low drums' });
});
