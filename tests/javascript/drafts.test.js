// @vitest-environment happy-dom
import { afterEach, expect, test, vi } from 'vitest';
import { Drafts } from '../../wwwroot/js/features/drafts.js';

afterEach(() => vi.unstubAllGlobals());

test('a draft is kept by feature and kind until it is taken away, and rubbish is none', () => {
  const [labels, comments] = [new Drafts('label'), new Drafts('comment')];
  labels.write('demo', 3, { text: 'taiko' });
  expect(new Drafts('label').read('demo', 3)).toEqual({ text: 'taiko' });
  expect(labels.read('demo', 4)).toBeNull();
  expect(comments.read('demo', 3)).toBeNull();
  // Where earlier pages left it.
  expect(localStorage.getItem('sae.label demo:3')).toBe('{"text":"taiko"}');
  labels.write('demo', 3, null);
  expect(labels.read('demo', 3)).toBeNull();
  for (const rubbish of ['{', '{"text":7}', 'null']) {
    localStorage.setItem('sae.label demo:5', rubbish);
    expect(labels.read('demo', 5)).toBeNull();
  }
});

test('what cannot be sent says so, and a refusal says what the site said', async () => {
  const labels = new Drafts('label');
  vi.stubGlobal('fetch', async () => {
    throw new TypeError('no line');
  });
  await expect(labels.send('PUT', 'x', { text: 'a' })).rejects.toThrow(
    'The site could not be reached. Your label is kept in this browser.',
  );
  vi.stubGlobal('fetch', async () => ({
    ok: false,
    status: 409,
    json: async () => ({ detail: 'Another saved.', current: { text: 'b' } }),
  }));
  await expect(labels.send('PUT', 'x', { text: 'a' })).rejects.toMatchObject({
    message: 'Another saved.',
    status: 409,
    current: { text: 'b' },
  });
  vi.stubGlobal('fetch', async () => ({ ok: false, status: 502, json: async () => JSON.parse('<') }));
  await expect(labels.send('PUT', 'x', { text: 'a' })).rejects.toThrow('The site answered 502.');
  let sent;
  vi.stubGlobal('fetch', async (address, options) => {
    sent = options;
    return { ok: true, json: async () => ({ revision: 4 }) };
  });
  expect(await labels.send('PUT', 'x', { text: 'a' })).toEqual({ revision: 4 });
  expect([sent.body, sent.keepalive]).toEqual(['{"text":"a"}', true]);
  await labels.send('PUT', 'x', { text: 'a'.repeat(20_000) });
  expect(sent.keepalive).toBe(false);
});
