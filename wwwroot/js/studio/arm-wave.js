// <arm-wave take="take-…" arm="C" arms="A,C" live label="Taiko, steered" seconds="8">: an arm's waveform, drawn while it comes or from the server's
// peaks, with the playhead. A press or the arrow keys seek. given="3": the first seconds are a sound that the arm continues; a line is where they end.
import { player } from '../audio/player.js';
import { DASH, dashes } from './dashes.js';
import { sessionOf } from './take-session.js';

const pitch = 3,
  bar = 2;

class ArmWave extends HTMLElement {
  static observedAttributes = ['take', 'live', 'seconds'];

  connectedCallback() {
    if (!this.canvas) {
      this.canvas = document.createElement('canvas');
      this.append(this.canvas);
      this.setAttribute('role', 'slider');
      this.tabIndex = 0;
      this.addEventListener('pointerdown', event => {
        this.setPointerCapture(event.pointerId);
        this.point(event);
      });
      this.addEventListener('pointermove', event => {
        if (event.buttons & 1) this.point(event);
      });
      this.addEventListener('keydown', event => {
        const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
        if (!step) return;
        event.preventDefault();
        this.session.seek(Math.max(0, this.position() + step));
      });
    }
    this.start();
  }

  disconnectedCallback() {
    this.leave();
  }

  attributeChangedCallback() {
    if (this.isConnected && this.session) {
      this.leave();
      this.start();
    }
  }

  start() {
    const take = this.getAttribute('take');
    if (!take) return;
    this.arm = this.getAttribute('arm');
    this.session = sessionOf(take, (this.getAttribute('arms') || 'A').split(','));
    this.peaks = null;
    this.missing = false;
    const draw = () => this.later();
    this.sizes = new ResizeObserver(draw);
    this.sizes.observe(this);
    document.addEventListener('sae:theme', draw);
    this.subscriptions = [
      this.session.subscribe(draw),
      player.subscribe(draw),
      () => this.sizes.disconnect(),
      () => document.removeEventListener('sae:theme', draw),
    ];
    if (!this.hasAttribute('live') && !this.session.followed) this.fetch(take);
    this.later();
  }

  leave() {
    for (const unsubscribe of this.subscriptions ?? []) unsubscribe();
    this.subscriptions = [];
  }

  async fetch(take) {
    try {
      const answer = await fetch(`api/v1/takes/${take}/${this.arm}/peaks`);
      if (answer.ok) this.peaks = await answer.json();
      else this.missing = true;
    } catch {
      // The picture stays empty; the sound says what is wrong.
      this.missing = true;
    }
    this.later();
  }

  get seconds() {
    const source = this.session.sources[this.arm];
    return source ? source.length / source.rate : (this.peaks?.seconds ?? (Number(this.getAttribute('seconds')) || 1));
  }

  position() {
    return player.state.id === this.session.id ? player.state.position : (this.session.from ?? 0);
  }

  point(event) {
    const box = this.getBoundingClientRect();
    this.session.choose(this.arm);
    this.session.seek(Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)) * this.seconds);
  }

  later() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      if (this.isConnected) this.draw();
    });
  }

  // The loudest sample of each bar's stretch of time, 0 … 1.
  heights(count) {
    const source = this.session.sources[this.arm];
    if (source) {
      const { length, revision } = source;
      if (this.kept?.count !== count || this.kept.source !== source || this.kept.length !== length || this.kept.revision !== revision)
        this.kept = { source, count, length, revision, heights: new Float32Array(count), done: 0 };
      const { heights } = this.kept,
        width = source.length / count;
      // Only what is new is looked at; the bar at the edge may still grow.
      for (let i = Math.max(0, Math.floor(this.kept.done / width) - 1); i < count && i * width < source.available; i++) {
        const end = Math.min(source.available, Math.floor((i + 1) * width));
        let most = 0;
        for (let at = Math.floor(i * width); at < end; at++) most = Math.max(most, source.size(at));
        heights[i] = most;
      }
      this.kept.done = source.available;
      return heights;
    }
    const heights = new Float32Array(count),
      values = this.peaks?.values ?? [],
      pairs = values.length / 2;
    for (let i = 0; i < count && pairs; i++) {
      const from = Math.floor((i * pairs) / count),
        to = Math.max(from + 1, Math.floor(((i + 1) * pairs) / count));
      for (let pair = from; pair < to; pair++) heights[i] = Math.max(heights[i], -values[2 * pair] / 127, values[2 * pair + 1] / 127);
    }
    return heights;
  }

  draw() {
    const { clientWidth: width, clientHeight: height } = this,
      scale = devicePixelRatio || 1;
    if (!width || !height) return;
    if (this.canvas.width !== Math.round(width * scale) || this.canvas.height !== Math.round(height * scale)) {
      this.canvas.width = Math.round(width * scale);
      this.canvas.height = Math.round(height * scale);
    }
    const style = getComputedStyle(this),
      pen = this.canvas.getContext('2d');
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    pen.clearRect(0, 0, width, height);
    const count = Math.max(1, Math.floor(width / pitch)),
      heights = this.heights(count),
      seconds = this.seconds,
      top = Math.max(0.05, ...heights);
    const source = this.session.sources[this.arm],
      made = source ? source.available / source.length : this.peaks ? 1 : 0;
    const pending = made === 0 && !this.missing;
    this.toggleAttribute('pending', pending);
    pen.fillStyle = style.getPropertyValue('--line');
    pen.fillRect(0, height / 2 - 0.5, this.missing ? width : width * made, 1);
    // What is not made yet is dashes, which silence does not look like.
    if (!this.missing) for (const x of dashes(width, made)) pen.fillRect(x, (height - DASH.tall) / 2, DASH.wide, DASH.tall);
    pen.fillStyle = style.getPropertyValue('--wave');
    for (let i = 0; i < count && i / count < made; i++) {
      const tall = Math.max(2, (heights[i] / Math.max(top, 0.3)) * (height - 4));
      pen.fillRect(i * pitch, (height - tall) / 2, bar, tall);
    }
    const given = Number(this.getAttribute('given')) || 0;
    if (given > 0 && given < seconds) {
      const x = (given / seconds) * width;
      pen.globalAlpha = 0.08;
      pen.fillStyle = style.getPropertyValue('--text');
      pen.fillRect(0, 0, x, height);
      pen.globalAlpha = 1;
      pen.fillStyle = style.getPropertyValue('--edge');
      for (let y = 0; y < height; y += 6) pen.fillRect(Math.round(x), y, 1, 3);
    }
    const position = this.position();
    if (position > 0 || player.state.id === this.session.id) {
      pen.fillStyle = style.getPropertyValue('--text');
      pen.fillRect(Math.min(width - 1.5, (position / seconds) * width), 0, 1.5, height);
    }
    this.describe(seconds, position, this.missing ? 1 : made);
  }

  describe(seconds, position, made) {
    const given = Number(this.getAttribute('given')) || 0;
    const values = {
      'aria-label': `${this.getAttribute('label') ?? 'Waveform'}${given > 0 ? `, the first ${given.toFixed(1)} seconds are the sound that it continues` : ''}${made === 0 ? ', not made yet' : made < 1 ? `, ${Math.floor(made * 100)} percent made` : ''}`,
      'aria-valuemin': '0',
      'aria-valuemax': seconds.toFixed(1),
      'aria-valuenow': position.toFixed(1),
      'aria-valuetext': `${position.toFixed(1)} of ${seconds.toFixed(1)} seconds`,
    };
    for (const [name, value] of Object.entries(values)) if (this.getAttribute(name) !== value) this.setAttribute(name, value);
  }
}

customElements.define('arm-wave', ArmWave);
