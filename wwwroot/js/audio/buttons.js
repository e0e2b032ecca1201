// <button data-play="URL" data-play-id="…" data-play-from="3.2" data-play-title="…" aria-label="Play …">: no code at the page. The button
// says by aria-pressed and its icon whether it sounds; with an empty data-play it toggles what is loaded under its id.
import { player } from './player.js';

document.addEventListener('click', event => {
  const button = event.target.closest?.('[data-play]');
  if (!button || button.disabled) return;
  const { play: url, playId: id, playFrom: from, playTitle: title, playLoop: loop } = button.dataset;
  if (!url) {
    player.toggle();
    return;
  }
  player.toggle({ id: id ?? url, url, title, from: from ? Number(from) : 0, loop: loop !== undefined });
});

export function show(button, { id, playing, waiting }) {
  const mine = id !== null && (button.dataset.playId ?? button.dataset.play) === id;
  const on = mine && (playing || waiting);
  if (button.getAttribute('aria-pressed') !== String(on)) button.setAttribute('aria-pressed', on);
  button.toggleAttribute('data-waiting', mine && waiting);
  const icon = button.querySelector('svg use'),
    wanted = on ? 'pause' : 'play';
  if (icon && !icon.getAttribute('href').endsWith(`#${wanted}`)) icon.setAttribute('href', `lib/icons.svg#${wanted}`);
}

const showAll = state => {
  for (const button of document.querySelectorAll('[data-play]')) show(button, state);
};
let last = '';
player.subscribe(state => {
  const now = `${state.id} ${state.playing} ${state.waiting}`;
  if (now !== last) {
    last = now;
    showAll(state);
  }
});

// Blazor renders new buttons as pages change: they start as "not playing" and must be updated.
new MutationObserver(() => {
  if (player.state.id !== null) showAll(player.state);
}).observe(document.body, { childList: true, subtree: true, attributeFilter: ['data-play', 'data-play-id'] });
