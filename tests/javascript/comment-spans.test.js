// @vitest-environment happy-dom
import { beforeEach, expect, test, vi } from 'vitest';

const listeners = new Set();
const player = {
  state: { id: null, playing: false, waiting: false, position: 0, error: null },
  play: vi.fn(),
  pause: vi.fn(),
  subscribe(listener) {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};
vi.mock('../../wwwroot/js/audio/player.js', () => ({ player }));
const { hear, spansOf } = await import('../../wwwroot/js/features/comment-spans.js');

const say = state => {
  player.state = { ...player.state, ...state };
  for (const listener of [...listeners]) listener(player.state);
};

beforeEach(() => {
  listeners.clear();
  player.play.mockClear();
  player.pause.mockClear();
  player.state = { id: null, playing: false, waiting: false, position: 0, error: null };
});

test('a span is played from its start and paused at its end, once', () => {
  hear({ id: 'a', url: 'a.wav', title: 'A', from: 3.2, to: 5 });
  expect(player.play).toHaveBeenCalledWith({ id: 'a', url: 'a.wav', title: 'A', from: 3.2 });
  say({ id: 'a', waiting: true });
  say({ playing: true, waiting: false, position: 3.2 });
  say({ position: 4.9 });
  expect(player.pause).not.toHaveBeenCalled();
  say({ position: 5.01 });
  expect(player.pause).toHaveBeenCalledTimes(1);
  // Playing on after the end is the person's wish.
  say({ playing: true, position: 6 });
  expect(player.pause).toHaveBeenCalledTimes(1);
});

test('pausing, seeking back and another sound end the watch over the end', () => {
  for (const change of [{ playing: false }, { position: 1 }, { id: 'b' }]) {
    player.pause.mockClear();
    hear({ id: 'a', url: 'a.wav', title: 'A', from: 3, to: 5 });
    say({ id: 'a', playing: true, position: 3 });
    say(change);
    say({ id: 'a', playing: true, position: 5.5 });
    expect(player.pause).not.toHaveBeenCalled();
  }
});

test('a comment on a whole clip plays on', () => {
  hear({ id: 'a', url: 'a.wav', title: 'A', from: null, to: null });
  expect(player.play).toHaveBeenCalledWith({ id: 'a', url: 'a.wav', title: 'A', from: 0 });
  expect(listeners.size).toBe(0);
});

test('the spans of a clip are those of the comments on the page', () => {
  document.body.innerHTML = `
    <ol><li data-comment="1" data-row="12" data-from="3.2" data-to="5" data-text="one"></li>
    <li data-comment="2" data-row="12" data-text="whole clip"></li>
    <li data-comment="3" data-row="13" data-from="0" data-to="1" data-text="other clip"></li></ol>`;
  expect(spansOf(12)).toEqual([{ from: 3.2, to: 5, text: 'one' }]);
});
