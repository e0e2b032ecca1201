// <now-playing>: what sounds, on every page: play, previous and next of the page's list, its name and page, wave, time, loop, volume. Not shown
// while nothing is loaded, nor on a page that has the controls of this very sound.
import { neighbour } from './buttons.js';
import { clock } from './clock.js';
import { player } from './player.js';
import { barsIn, barsOf, drawBars } from './wave-of.js';

const icon = (name, size = 16) =>
  `<svg class="icon" width="${size}" height="${size}" aria-hidden="true"><use href="lib/icons.svg#${name}"></use></svg>`;

class NowPlaying extends HTMLElement {
  connectedCallback() {
    if (!this.firstChild) this.build();
    this.leave = player.subscribe(state => this.show(state));
    this.redraw = () => this.draw(player.state);
    document.addEventListener('sae:theme', this.redraw);
    // Another page may have the sound's own controls, or a list that it is in.
    this.pages = new MutationObserver(() => {
      if (player.state.id !== null) this.show(player.state);
    });
    this.pages.observe(document.getElementById('content'), { childList: true, subtree: true });
    this.sizes = new ResizeObserver(() => {
      this.measured = null;
      this.makeRoom();
      this.draw(player.state);
    });
    this.sizes.observe(this.wave);
    this.show(player.state);
  }

  disconnectedCallback() {
    this.leave();
    this.pages.disconnect();
    this.sizes.disconnect();
    document.removeEventListener('sae:theme', this.redraw);
  }

  build() {
    this.setAttribute('role', 'region');
    this.setAttribute('aria-label', 'Now playing');
    this.innerHTML = `
      <span class="steps">
        <button type="button" class="icon-button" data-by="-1" aria-label="Previous sound" title="Previous sound on this page">${icon('skip-back')}</button>
        <button type="button" class="play-button" aria-label="Play">${icon('play')}</button>
        <button type="button" class="icon-button" data-by="1" aria-label="Next sound" title="Next sound on this page">${icon('skip-forward')}</button>
      </span>
      <a class="title ellipsis"></a>
      <canvas role="slider" tabindex="0" aria-label="Position" aria-valuemin="0"></canvas>
      <span class="time number small muted"></span>
      <button type="button" class="icon-button loop" aria-label="Loop" title="Loop">${icon('repeat')}</button>
      <sound-volume></sound-volume>
      <button type="button" class="icon-button close" aria-label="Stop and close" title="Stop and close (Esc)">${icon('x')}</button>`;
    this.play = this.querySelector('.play-button');
    this.name = this.querySelector('.title');
    this.wave = this.querySelector('canvas');
    this.time = this.querySelector('.time');
    this.loop = this.querySelector('.loop');
    this.steps = [...this.querySelectorAll('[data-by]')];
    this.play.addEventListener('click', () => player.toggle());
    this.loop.addEventListener('click', () => player.setLoop(!player.state.loop));
    this.querySelector('.close').addEventListener('click', () => player.stop());
    for (const step of this.steps) step.addEventListener('click', () => neighbour(player.state.id, Number(step.dataset.by))?.click());
    this.wave.addEventListener('pointerdown', event => this.press(event));
    this.wave.addEventListener('keydown', event => this.key(event));
    this.name.addEventListener('click', event => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      globalThis.Blazor?.navigateTo(this.name.getAttribute('href'));
    });
  }

  // Whether the page has this sound's own transport.
  hasOwn(id) {
    return [...document.querySelectorAll('take-transport, preset-player, abx-test')].some(
      each => (each.session?.id ?? each.soundId) === id,
    );
  }

  // On a phone it has two rows, so a window that changes its width changes the height.
  makeRoom() {
    document.documentElement.style.setProperty('--player', this.hidden ? '0px' : `${this.offsetHeight}px`);
  }

  show(state) {
    const hidden = state.id === null || this.hasOwn(state.id);
    if (this.hidden !== hidden || !this.placed) {
      this.hidden = hidden;
      this.placed = true;
      this.makeRoom();
    }
    if (hidden) return;
    const on = state.playing || state.waiting;
    set(this.play, 'aria-pressed', on);
    set(this.play, 'aria-label', on ? 'Pause' : 'Play');
    set(this.play.querySelector('use'), 'href', `lib/icons.svg#${on ? 'pause' : 'play'}`);
    set(this.loop, 'aria-pressed', state.loop);
    const title = state.title ?? 'Sound';
    if (this.name.textContent !== title) this.name.textContent = title;
    set(this.name, 'href', state.page ?? '');
    set(this.name, 'title', `Open the page of “${title}”`);
    for (const step of this.steps) step.disabled = neighbour(state.id, Number(step.dataset.by)) === null;
    const time = `${clock(state.position)} / ${clock(state.duration)}`;
    if (this.time.textContent !== time) this.time.textContent = time;
    set(this.wave, 'aria-valuemax', state.duration.toFixed(1));
    set(this.wave, 'aria-valuenow', state.position.toFixed(1));
    set(this.wave, 'aria-valuetext', `${state.position.toFixed(1)} of ${state.duration.toFixed(1)} seconds`);
    this.draw(state);
  }

  draw(state) {
    const samples = player.samples;
    if (this.hidden || !samples) return;
    const bars = barsIn(this.wave.clientWidth),
      key = `${state.id} ${state.arm} ${samples.available} ${bars}`;
    if (this.measured !== key) {
      this.measured = key;
      this.heights = barsOf(samples, bars);
    }
    const style = getComputedStyle(this);
    drawBars(this.wave, this.heights, state.duration ? state.position / state.duration : 0, [
      style.getPropertyValue('--wave').trim(),
      style.getPropertyValue('--text').trim(),
    ]);
  }

  press(event) {
    if (event.button !== 0) return;
    const box = this.wave.getBoundingClientRect();
    const go = moved => player.seek(Math.min(1, Math.max(0, (moved.clientX - box.left) / box.width)) * player.state.duration);
    const drag = moved => {
      if (moved.buttons) go(moved);
    };
    this.wave.setPointerCapture(event.pointerId);
    this.wave.addEventListener('pointermove', drag);
    this.wave.addEventListener('lostpointercapture', () => this.wave.removeEventListener('pointermove', drag), { once: true });
    go(event);
  }

  key(event) {
    const { position, duration } = player.state;
    const to = { ArrowLeft: position - 1, ArrowRight: position + 1, Home: 0, End: duration }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    player.seek(Math.max(0, to));
  }
}

function set(element, name, value) {
  if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
}

customElements.define('now-playing', NowPlaying);
