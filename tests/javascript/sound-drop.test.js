// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { problemOf } from '../../wwwroot/js/sounds/recorder.js';

let opened;

// A microphone that opens when the test lets it.
beforeEach(async () => {
  opened = [];
  vi.doMock('../../wwwroot/js/sounds/recorder.js', async original => ({
    ...(await original()),
    canRecord: () => true,
    record: vi.fn(
      () =>
        new Promise((resolve, reject) => {
          const recording = { stop: vi.fn(), cancel: vi.fn(), done: new Promise(() => {}) };
          opened.push({ recording, open: () => resolve(recording), refuse: reject });
        }),
    ),
  }));
  await import('../../wwwroot/js/sounds/sound-drop.js');
  document.body.innerHTML = `<sound-drop sae="demo" max-bytes="100" max-seconds="5">
    <button data-record><span data-record-words>Record</span></button><p data-answer hidden></p></sound-drop>`;
});

afterEach(() => {
  document.body.innerHTML = '';
});

const settled = () => new Promise(resolve => setTimeout(resolve));
const words = () => document.querySelector('[data-record-words]').textContent;
const answer = () => document.querySelector('[data-answer]').textContent;

test('presses while the browser asks open one microphone; the next one stops it', async () => {
  const button = document.querySelector('button');
  button.click();
  button.click();
  expect([opened.length, answer(), words()]).toEqual([1, 'Waiting for the microphone…', 'Record']);
  opened[0].open();
  await settled();
  expect(words()).toBe('Stop');
  button.click();
  expect([opened.length, opened[0].recording.stop.mock.calls.length]).toEqual([1, 1]);
});

test('a page that is left while the browser asks closes the microphone', async () => {
  document.querySelector('button').click();
  document.body.innerHTML = '';
  opened[0].open();
  await settled();
  expect(opened[0].recording.cancel).toHaveBeenCalledOnce();
});

test('a refusal says what to do, and the button records again', async () => {
  const button = document.querySelector('button');
  button.click();
  opened[0].refuse(new DOMException('Requested device not found', 'NotFoundError'));
  await settled();
  expect([answer(), words()]).toEqual(['No microphone was found. Connect one and press Record again, or drop a sound file.', 'Record']);
  button.click();
  expect(opened.length).toBe(2);
});

test('what the browser says of an unknown kind is said too', () => {
  expect(problemOf(new DOMException('Too many captures.', 'AbortError'))).toBe(
    'The microphone cannot be used: Too many captures. Drop a sound file instead.',
  );
});

test('with keep the answer goes into a field of the page, and the address stays', async () => {
  const [answered, went] = [{ id: 'a'.repeat(24), name: 'hum.wav', seconds: 2, notes: [] }, vi.fn()];
  vi.stubGlobal('fetch', async () => ({ ok: true, json: async () => answered }));
  vi.stubGlobal('Blazor', { navigateTo: went });
  const drop = document.querySelector('sound-drop');
  drop.toggleAttribute('keep', true);
  drop.insertAdjacentHTML('beforeend', '<input type="hidden" data-brought>');
  const told = [];
  document.body.addEventListener('change', event => told.push(event.target.value), { once: true });
  await drop.send(new Blob(['x']), 'hum.wav');
  expect(told.map(text => JSON.parse(text))).toEqual([answered]);
  expect(went).not.toHaveBeenCalled();
  vi.unstubAllGlobals();
});
