// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { bodyOf, commentDrafts } from '../../wwwroot/js/features/comment-store.js';

let answer;
let sent;
let form;

beforeEach(async () => {
  localStorage.clear();
  sent = [];
  answer = { status: 201, body: { id: 'comment-1' } };
  globalThis.fetch = vi.fn(async (url, { method, body }) => {
    sent.push({ url, method, ...JSON.parse(body) });
    if (answer instanceof Error) throw answer;
    return { ok: answer.status < 300, status: answer.status, json: async () => answer.body };
  });
  await import('../../wwwroot/js/features/comment-form.js');
  document.body.innerHTML = `
    <div class="room-feature">
      <section class="comments"><ol>
        <li data-comment="comment-7" data-version="3" data-text="old&#10;text" data-row="12" data-from="3.2" data-to="5">
          <button data-comment-edit="comment-7">Edit</button></li>
      </ol><comment-form sae="demo" feature="42"></comment-form></section>
    </div>`;
  form = document.querySelector('comment-form');
});

afterEach(() => {
  document.body.innerHTML = '';
});

const type = (field, value) => {
  field.value = value;
  field.dispatchEvent(new Event('input', { bubbles: true }));
};

test('a comment on the whole feature is sent, and the field is empty again', async () => {
  type(form.text, ' fires early ');
  await form.save();
  expect(sent).toEqual([{ url: 'api/v1/saes/demo/features/42/comments', method: 'POST', text: 'fires early', clip: null }]);
  expect(form.text.value).toBe('');
  expect(commentDrafts.read('demo', 42)).toBe(null);
});

test('what is typed survives a reload, of each feature by itself', () => {
  type(form.text, 'half of a');
  form.setAttribute('feature', '43');
  expect(form.text.value).toBe('');
  type(form.text, 'another');
  form.setAttribute('feature', '42');
  expect(form.text.value).toBe('half of a');
  document.body.innerHTML = '<comment-form sae="demo" feature="43"></comment-form>';
  expect(document.querySelector('comment-form').text.value).toBe('another');
});

test('a draft whose comment is in the list was saved before its answer came: it is dropped, another is kept', () => {
  const reopen = draft => {
    commentDrafts.write('demo', 42, draft);
    form.replaceWith(form.cloneNode());
    form = document.querySelector('comment-form');
    return [form.text.value, commentDrafts.read('demo', 42) !== null];
  };
  const draft = { text: 'old\ntext', row: 12, from: 3.2, to: 5, id: null, version: null };
  expect(reopen(draft)).toEqual(['', false]);
  expect(reopen({ ...draft, row: null })).toEqual(['old\ntext', true]);
  expect(reopen({ ...draft, id: 'comment-7', version: 2 })).toEqual(['', false]);
  // Opened for a change, and not changed yet.
  expect(reopen({ ...draft, id: 'comment-7', version: 3 })).toEqual(['old\ntext', true]);
});

test('Edit opens a comment with its lines and its span, and the change is based on its version', async () => {
  document.querySelector('[data-comment-edit]').click();
  expect(form.text.value).toBe('old\ntext');
  expect([form.clip.value, form.from.value, form.to.value]).toEqual(['12', '3.2', '5']);
  type(form.text, 'new text');
  type(form.to, '5.5');
  await form.save();
  expect(sent).toEqual([
    { url: 'api/v1/comments/comment-7', method: 'PUT', text: 'new text', clip: { row: 12, from: 3.2, to: 5.5 }, basedOn: 3 },
  ]);
});

test('a refusal is shown, the text stays, and after a conflict saving again is a decision against what is shown', async () => {
  document.querySelector('[data-comment-edit]').click();
  answer = { status: 409, body: { detail: 'It was edited in another window.', current: { version: 4 } } };
  type(form.text, 'mine');
  await form.save();
  expect(form.problem.hidden).toBe(false);
  expect(form.problem.textContent).toContain('edited in another window');
  expect(form.text.value).toBe('mine');
  answer = { status: 200, body: {} };
  await form.save();
  expect(sent.at(-1)).toMatchObject({ text: 'mine', basedOn: 4 });
  expect(form.text.value).toBe('');
});

test('without the site the comment is kept in this browser', async () => {
  answer = new TypeError('Failed to fetch');
  type(form.text, 'kept');
  await form.save();
  expect(form.problem.textContent).toContain('kept in this browser');
  expect(commentDrafts.read('demo', 42)).toMatchObject({ text: 'kept' });
});

test('an empty comment is not sent', async () => {
  type(form.text, '  ');
  await form.save();
  expect(sent).toEqual([]);
  expect(form.problem.textContent).toBe('Type the comment first.');
});

test('Cancel forgets what was typed', () => {
  type(form.text, 'never mind');
  form.querySelector('[data-cancel]').click();
  expect(form.text.value).toBe('');
  expect(commentDrafts.read('demo', 42)).toBe(null);
});

test('a span needs both ends; a clip without them is meant as a whole', () => {
  expect(bodyOf({ text: 'x', row: 3, from: null, to: null })).toEqual({ text: 'x', clip: { row: 3 } });
  expect(bodyOf({ text: 'x', row: null, from: null, to: null })).toEqual({ text: 'x', clip: null });
  expect(bodyOf({ text: 'x', row: 3, from: 0, to: 1 })).toEqual({ text: 'x', clip: { row: 3, from: 0, to: 1 } });
});
