// The spans of comments: [data-hear="URL"][data-row][data-from][data-to] plays its span and stops at its end, and every wave of a clip that has
// comments shows where they are. The rows of the list, [data-comment], are the source.
import { player } from '../audio/player.js';

let leave = null;

// Plays from one second to another. Pausing, seeking before the start or playing something else ends the watch over the end.
export function hear({ id, url, title, from, to }) {
  leave?.();
  player.play({ id, url, title, from: from ?? 0 });
  if (to === null) return;
  let begun = false;
  leave = player.subscribe(state => {
    if (state.id !== id || state.error || (begun && !state.playing && !state.waiting) || (begun && state.position < from - 0.3)) {
      leave?.();
      leave = null;
      return;
    }
    begun ||= state.playing;
    if (!state.playing || state.position < to) return;
    leave();
    leave = null;
    player.pause();
  });
}

const waves = () => [...document.querySelectorAll('.room-feature clip-wave')].filter(wave => wave.clip);

document.addEventListener('click', event => {
  const button = event.target.closest?.('[data-hear]');
  if (!button) return;
  const { hear: url, row, from, to, title } = button.dataset;
  const number = value => (value ? Number(value) : null);
  // The clip's own row on the page shows the cursor, when it is there.
  const wave = waves().find(each => each.clip.row === Number(row));
  hear({ id: wave?.playId ?? `comment ${url}`, url, title, from: number(from), to: number(to) });
});

// The spans of a clip's comments, oldest first: [{ from, to, text }].
export function spansOf(row, root = document) {
  return [...root.querySelectorAll(`[data-comment][data-row="${row}"]`)]
    .filter(each => each.dataset.from && each.dataset.to)
    .map(each => ({ from: Number(each.dataset.from), to: Number(each.dataset.to), text: each.dataset.text }));
}

function mark(wave) {
  wave.marks = spansOf(wave.clip.row);
}

// Before the wave itself is there: it may have to be decoded first.
document.addEventListener('clip-known', event => mark(event.target));

// Rows come and change as people write.
new MutationObserver(changes => {
  if (changes.some(change => change.target.closest?.('.comments'))) waves().forEach(mark);
}).observe(document.body, { childList: true, subtree: true, attributeFilter: ['data-from', 'data-to', 'data-row', 'data-comment'] });
