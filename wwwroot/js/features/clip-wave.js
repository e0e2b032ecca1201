// <clip-wave src="api/v1/saes/…/clips/0" play-id="…" label="…">: a clip with a feature's activation inked onto it. A click or drag seeks
// and plays; the cursor follows the player. Instead of src, element.given is what would be read from it; values null: the activation is not
// shown. For tests: element.clip is what was drawn, element.position the second under the cursor.
import { player } from '../audio/player.js';
import { drawClip } from './wave-drawing.js';
import { inTurn } from './turns.js';

const look = `
  :host { display: block; position: relative; height: var(--wave-height, 58px); cursor: pointer; touch-action: pan-y; outline-offset: 4px; user-select: none; }
  :host(:focus-visible) { outline: 2px solid var(--focus); }
  canvas { position: absolute; inset: 0; width: 100%; height: 100%; display: block; }
  i { position: absolute; top: 0; bottom: 0; left: 0; width: 2px; margin-left: -1px; background: var(--text); display: none; pointer-events: none; }
  output { position: absolute; top: -2px; padding: 1px 4px; font: 11px/14px var(--font-number); color: var(--text); background: var(--panel); border: 1px solid var(--line); border-radius: 3px; display: none; pointer-events: none; white-space: nowrap; }
  b { position: absolute; bottom: 0; height: 4px; background: var(--text); opacity: .8; pointer-events: none; }
  :host([loading]) canvas { animation: pulse 1.2s ease-in-out infinite alternate; }
  @keyframes pulse { from { opacity: .45; } }
  @media (prefers-reduced-motion: reduce) { :host([loading]) canvas { animation: none; opacity: .6; } }
  p { position: absolute; top: 0; left: 0; max-width: 100%; margin: 0; padding-right: 8px; font: var(--type-12); color: var(--muted); background: var(--bg); overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
`;

class ClipWave extends HTMLElement {
  static observedAttributes = ['src'];

  constructor() {
    super();
    const root = this.attachShadow({ mode: 'open' });
    const style = document.createElement('style');
    style.textContent = look;
    this.canvas = document.createElement('canvas');
    this.cursor = document.createElement('i');
    this.reading = document.createElement('output');
    this.notice = document.createElement('p');
    this.spans = document.createElement('div');
    root.append(style, this.canvas, this.spans, this.cursor, this.reading, this.notice);
    this.clip = null;
    this.position = null;
    this.addEventListener('pointerdown', event => this.press(event));
    this.addEventListener('pointermove', event => this.hover(event));
    this.addEventListener('pointerleave', () => {
      this.reading.style.display = 'none';
    });
    this.addEventListener('keydown', event => this.key(event));
  }

  connectedCallback() {
    this.setAttribute('role', 'slider');
    this.tabIndex = 0;
    this.setAttribute('aria-valuemin', '0');
    this.setAttribute('aria-valuenow', '0.0');
    this.setAttribute('aria-label', this.getAttribute('label') || 'Clip');
    this.onTheme = () => this.draw();
    document.addEventListener('sae:theme', this.onTheme);
    this.sizes = new ResizeObserver(() => this.draw());
    this.sizes.observe(this);
    this.seen = new IntersectionObserver(
      entries => {
        if (entries.some(entry => entry.isIntersecting)) this.load();
      },
      { rootMargin: '200px' },
    );
    this.seen.observe(this);
    this.leave = player.subscribe(state => this.follow(state));
    this.follow(player.state);
  }

  disconnectedCallback() {
    document.removeEventListener('sae:theme', this.onTheme);
    this.sizes.disconnect();
    this.seen.disconnect();
    this.leave();
    this.loading?.abort();
    this.loading = null;
  }

  attributeChangedCallback(name, before, now) {
    if (before === null || before === now || !this.isConnected) return;
    this.loading?.abort();
    this.loading = null;
    this.clip = null;
    this.load();
  }

  async load() {
    if (this.loading) return;
    const { signal } = (this.loading = new AbortController());
    try {
      this.notice.textContent = '';
      this.clip = this.given ?? (await read(this.getAttribute('src'), signal));
      this.setAttribute('aria-valuemax', this.clip.duration.toFixed(2));
      this.follow(player.state);
      const isToCome = !this.clip.peaks && !!this.clip.peaksAddress;
      this.toggleAttribute('loading', isToCome);
      this.draw();
      this.dispatchEvent(new CustomEvent('clip-known', { bubbles: true }));
      if (isToCome) await this.loadPeaks(signal);
      this.removeAttribute('loading');
      this.dispatchEvent(new CustomEvent('clip-ready', { bubbles: true }));
    } catch (error) {
      if (error.name === 'AbortError') return;
      this.removeAttribute('loading');
      this.notice.textContent = error.message;
      this.loading = null;
      // Without a line: it is read when there is one again.
      if (error.status === 0) globalThis.addEventListener('online', () => this.isConnected && this.load(), { once: true });
    }
  }

  // Decoding takes the worker a moment: one or two at a time, so that play does not wait for the whole page. While the
  // worker is away the strip is shown alone; the wave appears when the worker is back.
  async loadPeaks(signal) {
    for (let pause = 3000; !this.clip.peaks; pause = Math.min(15_000, pause * 1.5)) {
      try {
        this.clip.peaks = await inTurn(() => read(this.clip.peaksAddress, signal), signal);
        this.notice.textContent = '';
        this.removeAttribute('loading');
        this.draw();
      } catch (error) {
        if (error.name === 'AbortError' || error.status !== 503) throw error;
        this.notice.textContent = error.message;
        await rest(pause, signal);
      }
    }
  }

  draw() {
    const { width, height } = this.getBoundingClientRect();
    if (!this.clip || width < 1) return;
    const style = getComputedStyle(this);
    const colour = name => style.getPropertyValue(name).trim();
    drawClip(this.canvas, this.clip, { wave: colour('--wave'), feature: colour('--feature'), line: colour('--line') }, width, height);
    this.place();
  }

  // Where comments are: [{ from, to, text }], in seconds.
  set marks(marks) {
    if (!this.clip) return;
    this.spans.replaceChildren(
      ...marks.map(({ from, to }) => {
        const bar = document.createElement('b');
        bar.style.left = `${(from / this.clip.duration) * 100}%`;
        bar.style.width = `max(3px, ${((Math.min(to, this.clip.duration) - from) / this.clip.duration) * 100}%)`;
        return bar;
      }),
    );
  }

  // The sound's id is the player's: the same clip on two rows has one cursor each.
  get playId() {
    return this.getAttribute('play-id') ?? this.clip?.sound;
  }

  follow(state) {
    const mine = state.id !== null && state.id === this.playId;
    const position = mine ? state.position : null;
    if (position === this.position) return;
    this.position = position;
    this.place();
    const now = (position ?? 0).toFixed(1);
    if (this.getAttribute('aria-valuenow') !== now) {
      this.setAttribute('aria-valuenow', now);
      this.setAttribute('aria-valuetext', `${now} of ${(this.clip?.duration ?? 0).toFixed(1)} seconds`);
    }
  }

  place() {
    const shown = this.position !== null && this.clip;
    this.cursor.style.display = shown ? 'block' : 'none';
    if (shown) this.cursor.style.left = `${(this.position / this.clip.duration) * 100}%`;
  }

  secondAt(event) {
    const box = this.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)) * this.clip.duration;
  }

  press(event) {
    if (!this.clip?.sound || event.button !== 0) return;
    this.setPointerCapture(event.pointerId);
    const go = moved => this.seek(this.secondAt(moved));
    const drag = moved => {
      if (moved.pointerId === event.pointerId && moved.buttons) go(moved);
    };
    this.addEventListener('pointermove', drag);
    this.addEventListener('lostpointercapture', () => this.removeEventListener('pointermove', drag), { once: true });
    go(event);
  }

  seek(seconds) {
    if (player.state.id === this.playId && player.state.playing) player.seek(seconds);
    else player.play({ id: this.playId, url: this.clip.sound, title: this.getAttribute('label'), from: seconds });
  }

  hover(event) {
    if (!this.clip || event.pointerType === 'touch') return;
    const second = this.secondAt(event);
    this.reading.textContent = `${this.valueAt(second)}${second.toFixed(2)} s`;
    this.reading.style.display = 'block';
    const box = this.getBoundingClientRect(),
      x = event.clientX - box.left;
    this.reading.style.left = `${x > box.width - 120 ? x - this.reading.offsetWidth - 8 : x + 8}px`;
  }

  // The activation at a time, in words.
  valueAt(second) {
    if (!this.clip.values) return '';
    const frame = Math.floor(second * this.clip.frameRate);
    const at = this.clip.frames.indexOf(frame);
    const value = at < 0 ? 0 : this.clip.values[at] * this.clip.value;
    return `${value === 0 ? 0 : value.toPrecision(3)} at `;
  }

  key(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1, PageDown: -2, PageUp: 2 }[event.key];
    if (event.key === ' ' || event.key === 'Enter') {
      event.preventDefault();
      event.stopPropagation();
      if (this.clip?.sound) player.toggle({ id: this.playId, url: this.clip.sound, title: this.getAttribute('label') });
    } else if (this.clip && (step || event.key === 'Home' || event.key === 'End')) {
      event.preventDefault();
      event.stopPropagation();
      const now = this.position ?? 0;
      this.seek(
        event.key === 'Home' ? 0 : event.key === 'End' ? this.clip.duration - 1 : Math.max(0, Math.min(this.clip.duration, now + step)),
      );
    }
  }
}

async function read(url, signal) {
  const answer = await fetch(url, { signal }).catch(error => {
    throw error.name === 'AbortError' ? error : Object.assign(new Error('The site could not be reached.'), { status: 0 });
  });
  if (answer.ok) return answer.json();
  const problem = await answer.json().catch(() => null);
  throw Object.assign(new Error(problem?.detail ?? `The site answered ${answer.status}.`), { status: answer.status });
}

function rest(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        reject(new DOMException('Not wanted any more.', 'AbortError'));
      },
      { once: true },
    );
  });
}

customElements.define('clip-wave', ClipWave);
