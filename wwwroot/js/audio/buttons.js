// <button data-play="URL" data-play-id="…" data-play-from="3.2" data-play-title="…" aria-label="Play …">: no code at the page. The button
// says by aria-pressed and its icon whether it sounds; with an empty data-play it toggles what is loaded under its id. data-play-page: the
// page of what it plays, if that is another one. data-play-row: it is in a row of a table, whose link has the title and the page.
import { player } from './player.js';

let pressed = null;

document.addEventListener('click', event => {
  const button = event.target.closest?.('[data-play]');
  if (!button || button.disabled) return;
  const { play: url, playId: id, playFrom: from, playTitle: title, playLoop: loop, playPage: page, playRow } = button.dataset;
  if (!url) {
    player.toggle();
    return;
  }
  pressed = button;
  // In a row of a list, the row's link says both.
  const link = playRow !== undefined ? button.closest('tr')?.querySelector('a.name') : null;
  player.toggle({
    id: id ?? url,
    url,
    title: title ?? link?.textContent,
    page: page ?? link?.getAttribute('href'),
    from: from ? Number(from) : 0,
    loop: loop !== undefined,
  });
});

// The button that is by further on the page than the one of this sound; null: there is none. A sound can have two buttons: the one that was
// pressed says which list it is.
export function neighbour(id, by) {
  const all = [...document.querySelectorAll('[data-play]:not([data-play=""])')].filter(button => button.offsetParent !== null);
  const mine = button => (button.dataset.playId ?? button.dataset.play) === id;
  const at = pressed && mine(pressed) && all.includes(pressed) ? all.indexOf(pressed) : all.findIndex(mine);
  return at < 0 ? null : (all[at + by] ?? null);
}

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
