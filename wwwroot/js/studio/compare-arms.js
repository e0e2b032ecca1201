// <compare-arms takes="take-…,take-…" names="Take 1\nTake 2" arms="A,C;A,C">: the arms of two takes under one playhead; a press switches, and the sound
// continues where it was. Space plays, 1 to 9 choose an arm.
import { clock } from '../audio/clock.js';
import { player } from '../audio/player.js';
import { bind } from '../keys.js';
import { drawWave } from '../presets/wave.js';
import { ARM_WORDS } from './arm-words.js';

// The keys belong to the element that came last: Blazor may put a new one in before it takes the old one out.
let unbind = null;
let keyed = null;

class CompareArms extends HTMLElement {
  connectedCallback() {
    this.stop = new AbortController();
    const takes = this.getAttribute('takes').split(','),
      names = this.getAttribute('names').split('\n');
    this.rows = this.getAttribute('arms')
      .split(';')
      .flatMap((arms, which) =>
        arms
          .split(',')
          .filter(Boolean)
          .map(arm => ({ key: `${which}${arm}`, take: takes[which], name: names[which], arm })),
      );
    this.chosen = (this.rows.find(row => row.arm === 'C') ?? this.rows[0])?.key;
    this.lines = this.rows.map((row, place) => this.row(row, place));
    this.replaceChildren(this.transport(), ...this.lines);
    unbind?.();
    keyed = this;
    unbind = bind(
      'Compare',
      Object.fromEntries([
        [' ', { label: 'Play or pause', run: () => this.toggle() }],
        ...this.rows.slice(0, 9).map((row, place) => [`${place + 1}`, { label: `Hear ${this.label(row)}`, run: () => this.choose(row) }]),
      ]),
    );
    this.leave = player.subscribe(state => this.follow(state));
    this.sizes = new ResizeObserver(() => this.draw());
    this.sizes.observe(this);
    this.redraw = () => this.draw();
    document.addEventListener('sae:theme', this.redraw);
    this.ready = Promise.all(this.rows.map(row => this.load(row)));
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
    return `compare:${this.getAttribute('takes')}`;
  }

  label(row) {
    return `${row.name}, ${ARM_WORDS[row.arm] ?? row.arm}`;
  }

  transport() {
    const line = Object.assign(document.createElement('div'), { className: 'preset-transport' });
    this.button = Object.assign(document.createElement('button'), { type: 'button', className: 'play-button preset-play' });
    this.button.setAttribute('aria-label', 'Play');
    this.button.innerHTML =
      '<svg class="icon" width="20" height="20" aria-hidden="true" focusable="false"><use href="lib/icons.svg#play"></use></svg>';
    this.button.addEventListener('click', () => this.toggle());
    this.time = Object.assign(document.createElement('output'), { className: 'number small muted' });
    this.time.setAttribute('aria-live', 'off');
    const hint = Object.assign(document.createElement('span'), {
      className: 'small muted',
      textContent: 'A press on a name switches to it; the sound continues where it was.',
    });
    line.append(this.button, this.time, hint);
    return line;
  }

  row(row, place) {
    const line = document.createElement('div'),
      button = document.createElement('button'),
      wave = document.createElement('div');
    line.className = 'compare-row';
    line.dataset.key = row.key;
    button.type = 'button';
    button.setAttribute('aria-pressed', 'false');
    if (place < 9) button.title = `${this.label(row)} (${place + 1})`;
    button.append(Object.assign(document.createElement('b'), { textContent: row.name }), ` ${ARM_WORDS[row.arm] ?? row.arm}`);
    button.addEventListener('click', () => this.choose(row));
    wave.className = 'compare-wave';
    wave.addEventListener('click', event => this.seekAt(event, row));
    row.canvas = document.createElement('canvas');
    row.canvas.setAttribute('role', 'img');
    row.canvas.setAttribute('aria-label', `Waveform of ${this.label(row)}`);
    wave.append(row.canvas, document.createElement('i'));
    line.append(button, wave);
    return line;
  }

  async load(row) {
    const answer = await fetch(`api/v1/takes/${row.take}/${row.arm}/peaks`, { signal: this.stop.signal }).catch(() => null);
    if (!answer?.ok) return;
    row.peaks = await answer.json();
    this.draw();
  }

  get mine() {
    return player.state.id === this.soundId && !player.state.error;
  }

  // The arm that sounds or would.
  get arm() {
    return player.state.id === this.soundId && player.state.arm ? player.state.arm : this.chosen;
  }

  toggle() {
    if (this.mine) player.toggle();
    else this.play(0);
  }

  play(from) {
    const row = this.rows.find(each => each.key === this.arm);
    if (!row) return;
    player.playArms({
      id: this.soundId,
      title: this.getAttribute('names').split('\n').join(' and '),
      arm: row.key,
      from,
      arms: Object.fromEntries(this.rows.map(each => [each.key, `api/v1/takes/${each.take}/${each.arm}.wav`])),
    });
  }

  // Switches to an arm; what stood still plays from where it was.
  choose(row) {
    this.chosen = row.key;
    if (!this.mine) this.play(0);
    else {
      player.switchArm(row.key);
      if (!player.state.playing) player.resume();
    }
  }

  seekAt(event, row) {
    const box = event.currentTarget.getBoundingClientRect(),
      seconds = ((event.clientX - box.left) / box.width) * (row.peaks?.seconds ?? 0);
    this.chosen = row.key;
    if (!this.mine) {
      this.play(seconds);
      return;
    }
    player.switchArm(row.key);
    player.seek(seconds);
    if (!player.state.playing) player.resume();
  }

  follow(state) {
    const mine = state.id === this.soundId,
      sounds = mine && (state.playing || state.waiting),
      longest = Math.max(0, ...this.rows.map(row => row.peaks?.seconds ?? 0));
    this.button.setAttribute('aria-pressed', sounds);
    this.button.setAttribute('aria-label', sounds ? 'Pause' : 'Play');
    this.button.querySelector('use').setAttribute('href', `lib/icons.svg#${sounds ? 'pause' : 'play'}`);
    this.time.textContent = `${clock(mine ? state.position : 0)} of ${clock(longest)}`;
    for (const line of this.lines) {
      const on = line.dataset.key === this.arm;
      line.toggleAttribute('data-on', on);
      line.querySelector('button').setAttribute('aria-pressed', on);
      const cursor = line.querySelector('i'),
        seconds = this.rows.find(row => row.key === line.dataset.key)?.peaks?.seconds;
      cursor.hidden = !mine || !seconds;
      if (mine && seconds) cursor.style.left = `${Math.min(100, (state.position / seconds) * 100)}%`;
    }
    // The arm that sounds is drawn in darker ink.
    if (this.inked === this.arm) return;
    this.inked = this.arm;
    for (const row of this.rows) drawWave(row.canvas, row.peaks);
  }

  draw() {
    this.inked = null;
    this.follow(player.state);
  }
}

customElements.define('compare-arms', CompareArms);
