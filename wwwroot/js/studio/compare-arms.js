// <compare-arms takes="take-…,take-…" names="Take 1\nTake 2" arms="A,C;A,C">: the arms of two takes under one playhead; a press switches, and the sound
// continues where it was.
import { player } from '../audio/player.js';
import { drawWave } from '../presets/wave.js';

const WORDS = { A: 'baseline', C: 'steered', D: 'reversed' };

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
    this.replaceChildren(...this.rows.map(row => this.row(row)));
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
    this.leave();
    this.sizes.disconnect();
    document.removeEventListener('sae:theme', this.redraw);
  }

  get soundId() {
    return `compare:${this.getAttribute('takes')}`;
  }

  row(row) {
    const line = document.createElement('div'),
      button = document.createElement('button'),
      wave = document.createElement('div'),
      label = `${row.name}, ${WORDS[row.arm] ?? row.arm}`;
    line.className = 'compare-row';
    line.dataset.key = row.key;
    button.type = 'button';
    button.setAttribute('aria-pressed', 'false');
    button.append(Object.assign(document.createElement('b'), { textContent: row.name }), ` ${WORDS[row.arm] ?? row.arm}`);
    button.addEventListener('click', () => this.press(row));
    wave.className = 'compare-wave';
    row.canvas = document.createElement('canvas');
    row.canvas.setAttribute('role', 'img');
    row.canvas.setAttribute('aria-label', `Waveform of ${label}`);
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

  press(row) {
    const { id, arm, error } = player.state;
    if (id !== this.soundId || error)
      player.playArms({
        id: this.soundId,
        title: row.name,
        arm: row.key,
        arms: Object.fromEntries(this.rows.map(each => [each.key, `api/v1/takes/${each.take}/${each.arm}.wav`])),
      });
    else if (arm === row.key) player.toggle();
    else {
      player.switchArm(row.key);
      player.resume();
    }
  }

  follow(state) {
    const mine = state.id === this.soundId,
      longest = Math.max(0, ...this.rows.map(row => row.peaks?.seconds ?? 0));
    for (const line of this.children) {
      const on = mine && state.arm === line.dataset.key;
      line.toggleAttribute('data-on', on);
      line.querySelector('button').setAttribute('aria-pressed', on && (state.playing || state.waiting));
      const cursor = line.querySelector('i');
      cursor.hidden = !mine || !longest;
      const seconds = this.rows.find(row => row.key === line.dataset.key)?.peaks?.seconds;
      if (mine && seconds) cursor.style.left = `${Math.min(100, (state.position / seconds) * 100)}%`;
    }
  }

  draw() {
    for (const row of this.rows) drawWave(row.canvas, row.peaks);
    this.follow(player.state);
  }
}

customElements.define('compare-arms', CompareArms);
