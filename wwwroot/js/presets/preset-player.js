// <preset-player preset="preset-…" label="Taiko" seconds="10.2">: a preset's two arms under one playhead, played from its codes. Both are
// fetched when the page opens, so that a press sounds at once. For tests: element.ready (a promise), element.arms.
import { clock } from '../audio/clock.js';
import { player } from '../audio/player.js';
import { fetchSource } from '../audio/source.js';
import { bind } from '../keys.js';
import { drawWave } from './wave.js';

const ARMS = [
  { arm: 'baseline', letter: 'A', word: 'baseline', key: 'a', label: 'Baseline (A)' },
  { arm: 'steered', letter: 'C', word: 'steered', key: 'c', label: 'Steered (C)' },
];

// The keys belong to the player that came last: Blazor may put a new one in before it takes the old one out.
let unbind = null;
let keyed = null;
// The sound that a link asked for and that has not begun yet.
let asked = null;

function make(tag, { text, ...attributes } = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text) element.textContent = text;
  element.append(...children);
  return element;
}

function icon(name) {
  const holder = document.createElement('template');
  holder.innerHTML = `<svg class="icon" width="20" height="20" aria-hidden="true" focusable="false"><use href="lib/icons.svg#${name}"></use></svg>`;
  return holder.content.firstChild;
}

class PresetPlayer extends HTMLElement {
  connectedCallback() {
    this.stop = new AbortController();
    this.arms = {};
    this.build();
    unbind?.();
    keyed = this;
    unbind = bind(
      'Preset',
      Object.fromEntries([
        [' ', { label: 'Play or pause', run: () => this.toggle() }],
        ...ARMS.map(({ arm, key, label }) => [key, { label, run: () => this.choose(arm) }]),
      ]),
    );
    this.ready = this.load();
    this.playIfAsked();
    this.leave = player.subscribe(state => this.follow(state));
    this.sizes = new ResizeObserver(() => this.draw());
    this.sizes.observe(this);
    this.redraw = () => this.draw();
    document.addEventListener('sae:theme', this.redraw);
    this.follow(player.state);
  }

  disconnectedCallback() {
    this.stop.abort();
    if (keyed === this) {
      unbind();
      unbind = keyed = null;
    }
    this.leave();
    this.sizes.disconnect();
    document.removeEventListener('sae:theme', this.redraw);
  }

  get soundId() {
    return `preset:${this.getAttribute('preset')}`;
  }

  url(arm) {
    // A link has the sounds at an address of its own.
    return `${this.getAttribute('source') ?? `api/v1/presets/${this.getAttribute('preset')}`}/${arm}`;
  }

  // The arm that sounds or would: what was chosen last, at first the steered one, which is what a preset is about.
  get arm() {
    return player.state.id === this.soundId && player.state.arm ? player.state.arm : (this.chosen ?? 'steered');
  }

  build() {
    const name = this.getAttribute('label') ?? 'preset';
    this.button = make(
      'button',
      { type: 'button', class: 'play-button preset-play', 'aria-label': `Play ${name}`, 'aria-pressed': 'false' },
      icon('play'),
    );
    this.button.addEventListener('click', () => this.toggle());
    this.switches = make('div', { class: 'preset-arms', role: 'group', 'aria-label': 'Which arm sounds' });
    this.waves = make('div', { class: 'preset-waves' });
    for (const { arm, letter, word, key, label } of ARMS) {
      const choose = make(
        'button',
        { type: 'button', 'data-arm': arm, title: `${label} (${key})`, 'aria-pressed': 'false' },
        make('b', { text: letter }),
        make('span', { text: word }),
      );
      choose.addEventListener('click', () => this.choose(arm));
      this.switches.append(choose);
      const canvas = make('canvas', { role: 'img', 'aria-label': `Waveform of ${name}, ${word}` });
      const wave = make('div', { class: 'preset-wave', 'data-arm': arm }, canvas, make('i', { hidden: '' }));
      wave.addEventListener('click', event => this.seekAt(event, wave, arm));
      this.waves.append(
        make(
          'div',
          { class: 'preset-row', 'data-arm': arm },
          make('span', { class: 'preset-letter' }, make('b', { text: letter }), make('span', { text: ` ${word}` })),
          wave,
        ),
      );
    }
    this.time = make('output', { class: 'number small muted', 'aria-live': 'off' });
    this.notice = make('p', { class: 'preset-problem', role: 'status', hidden: '' });
    this.replaceChildren(make('div', { class: 'preset-transport' }, this.button, this.switches, this.time), this.notice, this.waves);
  }

  async load() {
    const { signal } = this.stop;
    try {
      await Promise.all(
        ARMS.map(async ({ arm }) => {
          const answer = await fetch(`${this.url(arm)}/peaks`, { signal });
          if (!answer.ok) throw new Error((await answer.json().catch(() => null))?.detail ?? `The sound did not come (${answer.status}).`);
          this.arms[arm] = await answer.json();
          this.draw();
          await fetchSource(`${this.url(arm)}.wav`, signal);
        }),
      );
      this.notice.hidden = true;
    } catch (error) {
      if (error.name === 'AbortError') return;
      this.notice.textContent = error.message;
      const again = make('button', { type: 'button', text: 'Try again' });
      again.addEventListener('click', () => {
        this.ready = this.load();
      });
      this.notice.append(' ', again);
      this.notice.hidden = false;
    }
  }

  // A shared link (?play=1) sounds before it explains; where the browser wants a gesture first, the engine says "Tap to hear". Once:
  // neither a reload nor the way back starts it again. The wish outlives this element: the page's script puts a new one in its place.
  async playIfAsked() {
    const address = new URL(location.href);
    if (address.searchParams.has('play')) {
      asked = this.soundId;
      address.searchParams.delete('play');
      history.replaceState(history.state, '', address);
    }
    if (asked !== this.soundId) return;
    await this.ready;
    if (asked !== this.soundId || !this.isConnected || !this.notice.hidden) return;
    asked = null;
    if (!player.state.playing) this.play(0);
  }

  toggle() {
    if (player.state.id === this.soundId && !player.state.error) player.toggle();
    else this.play(0);
  }

  play(from) {
    return player.playArms({
      id: this.soundId,
      title: this.getAttribute('label'),
      arm: this.arm,
      from,
      arms: Object.fromEntries(ARMS.map(({ arm }) => [arm, `${this.url(arm)}.wav`])),
    });
  }

  choose(arm) {
    this.chosen = arm;
    if (player.state.id === this.soundId) player.switchArm(arm);
    else this.follow(player.state);
  }

  seekAt(event, wave, arm) {
    const box = wave.getBoundingClientRect(),
      seconds = ((event.clientX - box.left) / box.width) * this.duration;
    this.choose(arm);
    if (player.state.id !== this.soundId) this.play(seconds);
    else {
      player.seek(seconds);
      if (!player.state.playing) player.resume();
    }
  }

  playAt(seconds) {
    if (player.state.id !== this.soundId) return this.play(seconds);
    player.seek(seconds);
    if (!player.state.playing) player.resume();
    return null;
  }

  /** Where the playhead is, seconds; 0 while another sound plays. */
  get position() {
    return player.state.id === this.soundId ? Math.min(player.state.position, this.duration) : 0;
  }

  get duration() {
    return this.arms.steered?.seconds ?? this.arms.baseline?.seconds ?? Number(this.getAttribute('seconds') ?? 0);
  }

  follow(state) {
    const mine = state.id === this.soundId,
      on = mine && (state.playing || state.waiting),
      arm = this.arm;
    this.button.setAttribute('aria-pressed', on);
    this.button.querySelector('use').setAttribute('href', `lib/icons.svg#${on ? 'pause' : 'play'}`);
    for (const each of this.switches.children) each.setAttribute('aria-pressed', each.dataset.arm === arm);
    for (const row of this.waves.children) {
      row.toggleAttribute('data-on', row.dataset.arm === arm);
      const cursor = row.querySelector('i');
      cursor.hidden = !mine || !this.duration;
      if (mine && this.duration) cursor.style.left = `${Math.min(100, (state.position / this.duration) * 100)}%`;
    }
    this.time.textContent = `${clock(mine ? state.position : 0)} of ${clock(this.duration)}`;
    // The arm that sounds is drawn in darker ink.
    if (this.inked === arm) return;
    this.inked = arm;
    for (const row of this.waves.children) drawWave(row.querySelector('canvas'), this.arms[row.dataset.arm]);
  }

  draw() {
    if (!this.waves) return;
    this.inked = null;
    this.follow(player.state);
  }
}

customElements.define('preset-player', PresetPlayer);
