// @vitest-environment happy-dom
import { beforeEach, expect, test, vi } from 'vitest';

const player = vi.hoisted(() => ({
  state: { id: null, playing: false, arm: null },
  listeners: new Set(),
  subscribe(listener) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  },
  async playArms({ id, arms, arm }) {
    this.arms = arms;
    this.state = { id, playing: true, arm };
    this.tell();
  },
  switchArm(arm) {
    this.state = { ...this.state, arm };
    this.tell();
  },
  toggle() {
    this.state = { ...this.state, playing: !this.state.playing };
  },
  resume() {
    this.state = { ...this.state, playing: true };
  },
  stop() {
    this.state = { id: null, playing: false, arm: null };
    this.tell();
  },
  tell() {
    for (const listener of this.listeners) listener();
  },
}));
vi.mock('../../wwwroot/js/audio/player.js', () => ({ player }));
const { chance } = await import('../../wwwroot/js/studio/abx-run.js');
await import('../../wwwroot/js/studio/abx-test.js');

const TRIALS = 3;
let asked, fail, element;

beforeEach(() => {
  player.stop();
  asked = [];
  fail = null;
  vi.stubGlobal('fetch', async (url, { method, body }) => {
    asked.push([method, url, JSON.parse(body)]);
    if (fail) return fail();
    if (method === 'POST') return new Response(JSON.stringify({ id: 'abx-1', trials: TRIALS }), { status: 201 });
    const answered = Number(url.split('/').at(-1)) + 1;
    const result = answered < TRIALS ? null : { right: 2, trials: TRIALS, p: 0.5, armA: 'C', armB: 'A' };
    return new Response(JSON.stringify({ answered, trials: TRIALS, result }));
  });
  document.body.innerHTML = '<abx-test take="take-1" arms="A,C" words="baseline,steered"></abx-test>';
  element = document.querySelector('abx-test');
});

const settled = () => new Promise(resolve => setTimeout(resolve, 0));
const press = async key => {
  const button = [...element.querySelectorAll('[data-key]')].find(each => each.dataset.key === key);
  if (!button.disabled) button.click();
  await settled();
};

async function begin() {
  element.querySelector('form').dispatchEvent(new Event('submit', { cancelable: true }));
  await settled();
}

test('a test is done by keys alone, and nothing names an arm before the last answer', async () => {
  await begin();
  expect(asked).toEqual([['POST', 'api/v1/takes/take-1/abx', { first: 'A', second: 'C', trials: 16 }]]);
  for (let trial = 0; trial < TRIALS; trial++) {
    expect(element.querySelector('.abx-count').textContent).toBe(`Trial ${trial + 1} of 3`);
    // X is answered once it was heard.
    await press('1');
    expect(asked).toHaveLength(1 + trial);
    await press('a');
    await press('x');
    expect(player.state.arm).toBe('X');
    const base = 'api/v1/takes/take-1/abx/abx-1';
    expect(player.arms).toEqual({ A: `${base}/0/a.wav`, B: `${base}/0/b.wav`, X: `${base}/${trial}/x.wav` });
    expect(element.querySelector('.abx-trial').textContent).not.toMatch(/baseline|steered/);
    await press(trial % 2 ? '2' : '1');
    expect(asked.at(-1)).toEqual(['PUT', `api/v1/takes/take-1/abx/abx-1/${trial}`, { x: trial % 2 ? 'B' : 'A' }]);
  }
  expect(element.querySelector('.abx-result').textContent).toBe(
    '2 of 3 right, p = 0.50 (chance of as many or more by guessing). A was steered, B was baseline.',
  );
  expect(player.state.id).toBeNull();
});

test('an answer that did not reach the site is given again', async () => {
  await begin();
  await press('x');
  fail = () => Promise.reject(new TypeError('network'));
  await press('1');
  expect(element.querySelector('.problem').textContent).toContain('The site is away');
  expect(element.querySelector('.abx-count').textContent).toBe('Trial 1 of 3');
  fail = () => new Response('{"detail":"The disk is full."}', { status: 400 });
  await press('1');
  expect(element.querySelector('.problem').textContent).toBe('The disk is full.');
  fail = null;
  await press('1');
  expect(element.querySelector('.abx-count').textContent).toBe('Trial 2 of 3');
});

test('leaving ends the sound', async () => {
  await begin();
  await press('b');
  expect(player.state.playing).toBe(true);
  element.remove();
  expect(player.state.id).toBeNull();
});

test('p is said with two digits', () => {
  expect([0.0384, 0.0009, 1, 0.5].map(chance)).toEqual(['p = 0.038', 'p < 0.001', 'p = 1', 'p = 0.50']);
});
