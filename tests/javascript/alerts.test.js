// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { show } from '../../wwwroot/js/alerts.js';

const done = { runId: 'run-1', title: 'Taiko is done', text: 'Its features are ready.', href: 'runs/run-1', isProblem: false };
const failed = { runId: 'run-2', title: 'Harp failed', text: 'The disk is full.', href: 'runs/run-2', isProblem: true };
let hidden = false;
let notes;

beforeEach(() => {
  vi.useFakeTimers();
  Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });
  notes = [];
  globalThis.Notification = class {
    static permission = 'granted';
    constructor(title, more) {
      notes.push({ title, ...more });
    }
  };
  document.title = 'Runs · SaeDashboard';
});

afterEach(() => {
  look();
  document.body.innerHTML = '';
  vi.useRealTimers();
});

function look() {
  hidden = false;
  document.dispatchEvent(new Event('visibilitychange'));
}

test('on a visible page it is a notice that goes by itself, unless something is wrong', () => {
  show([done, failed]);
  expect([...document.querySelectorAll('.run-alert a')].map(link => link.textContent)).toEqual(['Taiko is done', 'Harp failed']);
  vi.advanceTimersByTime(20_000);
  expect([...document.querySelectorAll('.run-alert a')].map(link => link.textContent)).toEqual(['Harp failed']);
  document.querySelector('.run-alert button').click();
  expect(document.querySelectorAll('.run-alert')).toHaveLength(0);
  expect(notes).toEqual([]);
  expect(document.title).toBe('Runs · SaeDashboard');
});

test('on a hidden page the title and the browser say it, until one looks', () => {
  hidden = true;
  show([done]);
  expect(document.title).toBe('● Taiko is done');
  show([failed]);
  expect(document.title).toBe('● 2 runs have news');
  expect(notes.map(note => note.tag)).toEqual(['run-1', 'run-2']);
  look();
  expect(document.title).toBe('Runs · SaeDashboard');
});

test('without permission nothing is sent, and the bell asks only while a run computes', async () => {
  globalThis.Notification.permission = 'denied';
  hidden = true;
  show([done]);
  expect(notes).toEqual([]);
  globalThis.Notification.permission = 'default';
  globalThis.Notification.requestPermission = vi.fn(async () => (globalThis.Notification.permission = 'granted'));
  document.body.innerHTML = '<run-alert-bell running="0"></run-alert-bell>';
  const bell = document.querySelector('run-alert-bell');
  expect(bell.querySelector('button')).toBeNull();
  bell.setAttribute('running', '1');
  bell.querySelector('button').click();
  await vi.advanceTimersByTimeAsync(1);
  expect(globalThis.Notification.requestPermission).toHaveBeenCalled();
  expect(bell.querySelector('button')).toBeNull();
});
