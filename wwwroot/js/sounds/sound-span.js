// <sound-span peaks="…" sound="…" play-id="…" seconds="8" frame-rate="50" from="1.2" to="2">: a sound's wave, a moment of it chosen by dragging or
// with the keys of its two ends, and the playhead. The moment is in the page's address. For tests: element.span in frames, element.position.
import { player } from '../audio/player.js';
import { addressWith } from '../runs/view-state.js';
import { inTurn } from '../features/turns.js';
import { barsIn, heightOfBars } from '../features/wave-drawing.js';
import { framesOf, moved, momentAt, seconds } from './span.js';

const REST = 120; // ms without a change before the address follows
const FRESH = 700; // ms in which the address is older than the hand
const CLICK = 4; // px

const look = `
  :host { display: block; position: relative; height: 96px; touch-action: pan-y; user-select: none; cursor: crosshair; }
  canvas { position: absolute; inset: 0; width: 100%; height: 100%; display: block; }
  .span { position: absolute; top: 0; bottom: 0; background: color-mix(in srgb, var(--text) 10%, transparent); pointer-events: none; }
  .end { position: absolute; top: 0; bottom: 0; width: 12px; margin-left: -6px; padding: 0; border: 0; background: none; cursor: ew-resize; touch-action: none; }
  .end::before { content: ""; position: absolute; top: 0; bottom: 0; left: 5px; width: 2px; background: var(--text); }
  .end::after { content: ""; position: absolute; left: 2px; width: 8px; height: 16px; top: calc(50% - 8px); border-radius: 3px; background: var(--text); }
  .end:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; }
  @media (pointer: coarse) { .end { width: 44px; margin-left: -22px; } .end::before { left: 21px; } .end::after { left: 18px; } }
  .cursor { position: absolute; top: 0; bottom: 0; width: 2px; margin-left: -1px; background: var(--text); display: none; pointer-events: none; }
  p { position: absolute; top: 0; left: 0; margin: 0; font: var(--type-12); color: var(--muted); background: var(--bg); }
`;

class SoundSpan extends HTMLElement {
  static observedAttributes = ['peaks', 'from', 'to', 'seconds'];

  constructor() {
    super();
    const root = this.attachShadow({ mode: 'open' });
    root.innerHTML = `<style>${look}</style><canvas></canvas><i class="span"></i>
      <button type="button" class="end" data-end="from" role="slider"></button><button type="button" class="end" data-end="to" role="slider"></button>
      <i class="cursor"></i><p></p>`;
    this.canvas = root.querySelector('canvas');
    this.mark = root.querySelector('.span');
    this.ends = { from: root.querySelector('[data-end=from]'), to: root.querySelector('[data-end=to]') };
    this.cursor = root.querySelector('.cursor');
    this.notice = root.querySelector('p');
    this.position = null;
    this.changedAt = -Infinity;
    this.addEventListener('pointerdown', event => this.press(event));
    for (const [which, end] of Object.entries(this.ends)) end.addEventListener('keydown', event => this.key(event, which));
    this.addEventListener('dblclick', () => this.choose({ from: 0, to: this.frames }));
  }

  get frameRate() {
    return Number(this.getAttribute('frame-rate')) || 50;
  }

  get duration() {
    return Number(this.getAttribute('seconds')) || 1;
  }

  get frames() {
    return Math.max(1, Math.round(this.duration * this.frameRate));
  }

  connectedCallback() {
    this.take();
    this.onTheme = () => this.draw();
    document.addEventListener('sae:theme', this.onTheme);
    this.sizes = new ResizeObserver(() => this.draw());
    this.sizes.observe(this);
    this.leave = player.subscribe(state => this.follow(state));
    this.follow(player.state);
    this.load();
  }

  disconnectedCallback() {
    document.removeEventListener('sae:theme', this.onTheme);
    this.sizes.disconnect();
    this.leave();
    this.loading?.abort();
    clearTimeout(this.timer);
  }

  attributeChangedCallback(name, before, now) {
    if (before === now || !this.isConnected) return;
    if (name === 'peaks') this.load();
    else this.take();
  }

  // What the address says, unless a hand has just said something else.
  take() {
    if (this.dragging || performance.now() - this.changedAt < FRESH) return;
    const number = (name, otherwise) => {
      const value = Number.parseFloat(this.getAttribute(name));
      return Number.isFinite(value) ? value : otherwise;
    };
    this.span = framesOf(number('from', 0), number('to', this.duration), this.frames, this.frameRate);
    this.place();
  }

  async load() {
    this.loading?.abort();
    const { signal } = (this.loading = new AbortController());
    this.peaks = null;
    try {
      const answer = await inTurn(() => fetch(this.getAttribute('peaks'), { signal }), signal);
      const body = await answer.json().catch(() => null);
      if (!answer.ok) throw new Error(body?.detail ?? `The site answered ${answer.status}.`);
      this.peaks = body;
      this.notice.textContent = '';
      this.draw();
      this.dispatchEvent(new CustomEvent('sound-ready', { bubbles: true }));
    } catch (error) {
      if (error.name !== 'AbortError') this.notice.textContent = error.message;
    }
  }

  // The wave is drawn over the time that the frames take: frame f is from f / frames of the width on, whatever the file's length.
  draw() {
    const { width, height } = this.getBoundingClientRect();
    if (width < 1) return;
    const ratio = globalThis.devicePixelRatio || 1,
      pen = this.canvas.getContext('2d');
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    pen.scale(ratio, ratio);
    pen.fillStyle = getComputedStyle(this).getPropertyValue('--wave').trim();
    const whole = (this.peaks?.seconds ?? this.duration) / this.duration,
      bars = barsIn(width * whole),
      step = (width * whole) / bars,
      heights = this.peaks ? heightOfBars(this.peaks, bars) : null;
    for (let bar = 0; bar < bars && bar * step < width; bar++) {
      const tall = heights ? Math.max(1, heights[bar] * (height - 8)) : 1;
      pen.fillRect(Math.round(bar * step * ratio) / ratio, (height - tall) / 2, 2, tall);
    }
    this.place();
  }

  place() {
    if (!this.span) return;
    const { from, to } = this.span,
      share = frame => `${(100 * frame) / this.frames}%`;
    this.mark.style.left = share(from);
    this.mark.style.width = share(to - from);
    this.mark.style.display = from === 0 && to === this.frames ? 'none' : 'block';
    for (const [which, end] of Object.entries(this.ends)) {
      const at = this.span[which],
        time = (at / this.frameRate).toFixed(2);
      end.style.left = share(at);
      const values = {
        'aria-label': which === 'from' ? 'Beginning of the moment' : 'End of the moment',
        'aria-valuemin': '0',
        'aria-valuemax': this.duration.toFixed(2),
        'aria-valuenow': time,
        'aria-valuetext': `${time} of ${this.duration.toFixed(2)} seconds`,
      };
      for (const [name, value] of Object.entries(values)) if (end.getAttribute(name) !== value) end.setAttribute(name, value);
    }
    const shown = this.position !== null;
    this.cursor.style.display = shown ? 'block' : 'none';
    if (shown) this.cursor.style.left = `${Math.min(100, (100 * this.position) / this.duration)}%`;
  }

  follow(state) {
    const position = state.id !== null && state.id === this.getAttribute('play-id') ? state.position : null;
    if (position === this.position) return;
    this.position = position;
    this.place();
  }

  secondAt(event) {
    const box = this.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)) * this.duration;
  }

  press(event) {
    if (event.button !== 0) return;
    const which = event.composedPath().find(each => each.dataset?.end)?.dataset.end;
    const began = event.clientX,
      anchor = which ? (which === 'from' ? this.span.to : this.span.from) / this.frameRate : this.secondAt(event);
    let hasMoved = false;
    this.setPointerCapture(event.pointerId);
    this.dragging = true;
    const drag = next => {
      if (next.pointerId !== event.pointerId) return;
      if (!hasMoved && Math.abs(next.clientX - began) < CLICK) return;
      hasMoved = true;
      this.choose(framesOf(anchor, this.secondAt(next), this.frames, this.frameRate));
    };
    const end = () => {
      this.removeEventListener('pointermove', drag);
      this.dragging = false;
      if (!hasMoved && !which) this.choose(momentAt(anchor, this.frames, this.frameRate));
    };
    this.addEventListener('pointermove', drag);
    this.addEventListener('lostpointercapture', end, { once: true });
  }

  key(event, which) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const span = event.key === 'Escape' ? { from: 0, to: this.frames } : moved(which, event.key, event.shiftKey, this.span, this.frames);
    if (!span) return;
    event.preventDefault();
    event.stopPropagation();
    this.choose(span);
  }

  // Shows the moment at once; the address, and with it the list, follows when the hand rests.
  choose(span) {
    this.span = span;
    this.changedAt = performance.now();
    this.place();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.write(), REST);
  }

  write() {
    const { from, to } = this.span,
      whole = from === 0 && to === this.frames;
    globalThis.Blazor?.navigateTo(
      addressWith({
        from: from === 0 ? null : seconds(from, this.frameRate),
        to: whole || to === this.frames ? null : seconds(to, this.frameRate),
        rows: null,
      }),
      { replace: true },
    );
  }
}

customElements.define('sound-span', SoundSpan);
