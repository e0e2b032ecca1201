// <button data-preset-arm="baseline" data-preset="preset-…" data-play-title="Taiko">: both arms of a preset under one playhead, so that the other arm
// continues where this one is. The id is that of <preset-player>, which takes the sound over on the preset's page.
import { player } from '../audio/player.js';

const idOf = button => `preset:${button.dataset.preset}`;

document.addEventListener('click', event => {
  const button = event.target.closest?.('[data-preset-arm]');
  if (!button || button.disabled) return;
  const { preset, presetArm: arm, playTitle: title } = button.dataset;
  const { id, arm: sounding, error } = player.state;
  if (id !== idOf(button) || error)
    player.playArms({
      id: idOf(button),
      title,
      arm,
      arms: { baseline: `api/v1/presets/${preset}/baseline.wav`, steered: `api/v1/presets/${preset}/steered.wav` },
    });
  else if (sounding === arm) player.toggle();
  else {
    player.switchArm(arm);
    player.resume();
  }
});

function show(state) {
  for (const button of document.querySelectorAll('[data-preset-arm]')) {
    const on = state.id === idOf(button) && state.arm === button.dataset.presetArm && (state.playing || state.waiting);
    if (button.getAttribute('aria-pressed') !== String(on)) button.setAttribute('aria-pressed', on);
    const icon = button.querySelector('svg use');
    if (icon && !icon.getAttribute('href').endsWith(on ? '#pause' : '#play'))
      icon.setAttribute('href', `lib/icons.svg#${on ? 'pause' : 'play'}`);
  }
}

let last = '';
player.subscribe(state => {
  const now = `${state.id} ${state.arm} ${state.playing} ${state.waiting}`;
  if (now === last) return;
  last = now;
  show(state);
});

// Blazor renders new buttons as pages change: they start as "not playing" and must be updated.
new MutationObserver(() => {
  if (player.state.id !== null) show(player.state);
}).observe(document.body, { childList: true, subtree: true, attributeFilter: ['data-preset'] });
