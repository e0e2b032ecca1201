// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { labelDrafts } from '../../wwwroot/js/features/label-store.js';

let answers;
let sent;
let editor;

beforeEach(async () => {
  localStorage.clear();
  sent = [];
  answers = { GET: { text: 'drums', note: 'low ones', revision: 7 }, PUT: { status: 200, body: { text: 'taiko', revision: 8 } } };
  globalThis.fetch = vi.fn(async (url, { method = 'GET', body } = {}) => {
    if (method === 'GET') return { ok: true, json: async () => answers.GET };
    sent.push({ url, ...JSON.parse(body) });
    if (answers.PUT instanceof Error) throw answers.PUT;
    return { ok: answers.PUT.status === 200, status: answers.PUT.status, json: async () => answers.PUT.body };
  });
  await import('../../wwwroot/js/features/label-editor.js');
  document.body.innerHTML = `
    <table><tr data-feature="42" data-label-of="42" data-label="drums" data-revision="7" aria-current="true"></tr>
    <tr data-feature="43" data-label-of="43" data-hint="harp"></tr></table>
    <label-editor sae="demo"></label-editor>`;
  editor = document.querySelector('label-editor');
});

afterEach(() => {
  if (!editor.form.hidden) editor.cancel();
  document.body.innerHTML = '';
});

const settle = () => new Promise(done => setTimeout(done));
const press = key => document.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
const type = text => {
  editor.text.value = text;
  editor.text.dispatchEvent(new Event('input', { bubbles: true }));
};

test('e opens the field of the marked feature at once, with its label selected', () => {
  press('e');
  expect(editor.form.hidden).toBe(false);
  expect(document.activeElement).toBe(editor.text);
  expect(editor.text.value).toBe('drums');
  expect([editor.text.selectionStart, editor.text.selectionEnd]).toEqual([0, 5]);
  expect(editor.querySelector('.number').textContent).toBe('#42');
});

test('e after j is about the feature that the list has marked, not about the page that is still open', () => {
  document.querySelector('tr[data-feature="43"]').setAttribute('data-marked', '');
  press('e');
  expect(editor.querySelector('.number').textContent).toBe('#43');
  expect(editor.text.placeholder).toContain('harp');
});

test('a label is sent with the revision it is based on, and without a note that was not touched', async () => {
  press('e');
  type(' taiko ');
  expect(labelDrafts.read('demo', 42)).toMatchObject({ text: ' taiko ', basedOn: 7 });
  await editor.save();
  expect(sent).toEqual([{ url: 'api/v1/saes/demo/features/42/label', text: 'taiko', basedOn: 7 }]);
  expect(editor.form.hidden).toBe(true);
  expect(labelDrafts.read('demo', 42)).toBeNull();
});

test('the note is read when the field opens, and sent once it is known', async () => {
  press('e');
  await settle();
  expect(editor.note.value).toBe('low ones');
  await editor.save();
  expect(sent[0].note).toBe('low ones');
});

test('without an answer the label is kept and the field opens again', async () => {
  press('e');
  type('taiko');
  answers.PUT = new TypeError('Failed to fetch');
  await editor.save();
  expect(editor.form.hidden).toBe(false);
  expect(editor.problem.textContent).toContain('could not be reached');
  expect(labelDrafts.read('demo', 42).text).toBe('taiko');
  answers.PUT = { status: 200, body: {} };
  await editor.save();
  expect(labelDrafts.read('demo', 42)).toBeNull();
});

test('a label that is changed again while the first change is on its way is based on that one', async () => {
  press('e');
  type('taiko');
  let answer;
  const slow = new Promise(done => (answer = done));
  const quick = fetch.getMockImplementation();
  fetch.mockImplementation(async (url, options) => {
    if (options?.method === 'PUT') await slow;
    return quick(url, options);
  });
  const first = editor.save();
  press('e');
  expect(editor.text.value).toBe('taiko');
  type('taiko, low');
  answer();
  await first;
  expect(editor.form.hidden).toBe(false);
  expect(labelDrafts.read('demo', 42)).toMatchObject({ text: 'taiko, low', basedOn: 8 });
  await editor.save();
  expect(sent.map(each => [each.text, each.basedOn])).toEqual([
    ['taiko', 7],
    ['taiko, low', 8],
  ]);
  expect(labelDrafts.read('demo', 42)).toBeNull();
});

test('a label that is too long is kept whole and the answer says what is wrong', async () => {
  press('e');
  type('x'.repeat(100_000));
  expect(editor.text.value).toHaveLength(100_000);
  answers.PUT = { status: 400, body: { detail: 'The label has 100000 characters; 200 is the most.' } };
  await editor.save();
  expect(fetch.mock.calls.at(-1)[1].keepalive).toBe(false);
  expect(editor.form.hidden).toBe(false);
  expect(editor.problem.textContent).toContain('200 is the most');
  expect(editor.text.value).toHaveLength(100_000);
});

test('a label that another person changed is shown before it is replaced', async () => {
  press('e');
  type('taiko');
  answers.PUT = {
    status: 409,
    body: { detail: 'Ann changed this label to “gongs” while you were typing.', current: { text: 'gongs', revision: 9 } },
  };
  await editor.save();
  expect(editor.problem.textContent).toContain('Ann changed');
  expect(editor.querySelector('[type=submit]').textContent).toContain('Save mine instead');
  answers.PUT = { status: 200, body: {} };
  await editor.save();
  expect(sent.map(each => each.basedOn)).toEqual([7, 9]);
});

test('a draft that was left opens again with its feature, and Cancel discards it', () => {
  press('e');
  type('half a la');
  editor.text.blur();
  editor.opened(43);
  expect(editor.form.hidden).toBe(true);
  editor.opened(42);
  expect(editor.text.value).toBe('half a la');
  editor.cancel();
  expect(labelDrafts.read('demo', 42)).toBeNull();
});

test('an empty field of a feature without a label saves nothing', async () => {
  document.querySelector('tr[data-feature="43"]').setAttribute('data-marked', '');
  press('e');
  await editor.save();
  expect(sent).toEqual([]);
  expect(editor.form.hidden).toBe(true);
});

test('a takes the suggestion of a feature without a label, and leaves a label alone', async () => {
  press('a');
  await settle();
  expect(sent).toEqual([]);
  document.querySelector('tr[data-feature="43"]').setAttribute('data-marked', '');
  press('a');
  await settle();
  expect(sent).toEqual([{ url: 'api/v1/saes/demo/features/43/label', text: 'harp', basedOn: 0 }]);
  expect(editor.form.hidden).toBe(true);
});

test('the button of another suggestion takes that one', async () => {
  document.querySelector('tr[data-feature="43"]').setAttribute('data-marked', '');
  document.body.insertAdjacentHTML('beforeend', '<button data-accept-label="low drums">Accept</button>');
  document.querySelector('[data-accept-label]').click();
  await settle();
  expect(sent).toEqual([{ url: 'api/v1/saes/demo/features/43/label', text: 'low drums', basedOn: 0 }]);
});

test('a second edit is based on what this page has just saved, even before the page shows it', async () => {
  const row = document.querySelector('tr[data-feature="43"]');
  row.setAttribute('data-marked', '');
  press('e');
  type('taiko');
  await editor.save();
  press('e');
  expect(editor.text.value).toBe('taiko');
  type('taiko, low');
  await editor.save();
  // Another person's label, once the page shows it, is what the next edit is based on.
  row.dataset.label = 'gongs';
  row.dataset.revision = '12';
  press('e');
  expect(editor.text.value).toBe('gongs');
  type('bells');
  await editor.save();
  expect(sent.map(each => each.basedOn)).toEqual([0, 8, 12]);
});

test('a label that is on its way, or that arrived before the page was closed, is not said to be unsaved', async () => {
  press('e');
  type('taiko');
  const saving = editor.save();
  editor.opened(43);
  editor.opened(42);
  expect(editor.form.hidden).toBe(true);
  await saving;
  localStorage.setItem('sae.label demo:42', JSON.stringify({ text: 'drums', basedOn: 3 }));
  editor.opened(43);
  document.querySelector('tr[data-feature="42"]').dataset.revision = '9';
  editor.opened(42);
  expect(editor.form.hidden).toBe(true);
  expect(labelDrafts.read('demo', 42)).toBeNull();
});
