// <envelope-lane points="0:0 50:1" columns="400" frame="0.02" label="Taiko" take="take-…" arms="A,C" steer="0" live moves="120:2.5" p99="0.4" least="-6" most="6">:
// how much of a strip acts when, over the waveform and the trace of its feature. A press adds a point or takes one; every point is a slider: arrows .1 s
// (with Shift one column) and 5 % (1 %), Page 25 %, Delete or a double click removes it. "change" events (element.value is the points), at most 20 a
// second, the last one always. steer: the strip's number in the take; without it, only the envelope is shown. forced, seen: as of <strength-fader>.
import { player } from '../audio/player.js';
import { addPoint, freeColumn, levelAt, movePoint, parseMoves, parsePoints, pointsText, removePoint } from './envelope.js';
import { drawLane, levelOf, yOf } from './lane-picture.js';
import { PacedChange } from './paced-change.js';
import { sessionOf } from './take-session.js';
import { traceOf } from './traces.js';
import { waveBars } from './wave-bars.js';

const near = 14; // px around a point that take it

class EnvelopeLane extends HTMLElement {
  changes = new PacedChange(this);

  static observedAttributes = ['points', 'columns', 'take', 'arms', 'live', 'steer', 'moves', 'forced', 'label', 'seen'];

  connectedCallback() {
    if (!this.canvas) {
      this.canvas = document.createElement('canvas');
      this.canvas.setAttribute('aria-hidden', 'true');
      this.handles = document.createElement('div');
      this.add = Object.assign(document.createElement('button'), { type: 'button', className: 'quiet', textContent: 'Add a point' });
      this.add.addEventListener('click', () => this.addByKey());
      this.append(this.canvas, this.handles, this.add);
      this.setAttribute('role', 'group');
      this.addEventListener('pointerdown', event => this.press(event));
      this.addEventListener('pointermove', event => {
        if (this.held !== null) this.place(this.held, ...this.at(event));
      });
      for (const kind of ['pointerup', 'pointercancel', 'lostpointercapture']) this.addEventListener(kind, () => (this.held = null));
      this.addEventListener('dblclick', event => this.doubled(event));
      this.handles.addEventListener('keydown', event => this.key(event));
    }
    this.held = null;
    this.points ??= parsePoints(this.getAttribute('points'));
    this.start();
  }

  disconnectedCallback() {
    this.leave();
  }

  attributeChangedCallback(name) {
    if (!this.canvas) return;
    if (name === 'forced') {
      this.changes.forget();
      this.points = parsePoints(this.getAttribute('points'));
    }
    if ((name === 'points' || name === 'seen') && this.held === null && !this.changes.waits)
      this.points = parsePoints(this.getAttribute('points'));
    if (['take', 'arms', 'live', 'steer'].includes(name) && this.isConnected) {
      this.leave();
      this.start();
    }
    this.later();
  }

  start() {
    // The arms belong to a take's session: until they are known, there is none.
    const arms = this.getAttribute('arms'),
      take = arms ? this.getAttribute('take') : null,
      steer = this.getAttribute('steer'),
      draw = () => this.later();
    this.session = take ? sessionOf(take, arms.split(',')) : null;
    this.trace = take && steer ? traceOf(take, Number(steer)) : null;
    this.sizes = new ResizeObserver(draw);
    this.sizes.observe(this);
    document.addEventListener('sae:theme', draw);
    this.subscriptions = [() => this.sizes.disconnect(), () => document.removeEventListener('sae:theme', draw)];
    if (this.session) this.subscriptions.push(this.session.subscribe(draw), player.subscribe(draw));
    if (this.trace) {
      this.subscriptions.push(this.trace.subscribe(draw));
      this.trace.follow(this.hasAttribute('live'));
    }
    this.bars = take ? waveBars(this.session, this.hasAttribute('live'), draw) : null;
    this.later();
  }

  leave() {
    for (const unsubscribe of this.subscriptions ?? []) unsubscribe();
    this.subscriptions = [];
  }

  get columns() {
    return Math.max(1, Number(this.getAttribute('columns')) || 1);
  }
  get frame() {
    return Number(this.getAttribute('frame')) || 0.02;
  }
  get value() {
    return this.changes.numbered(pointsText(this.points));
  }

  // [column, level] under the pointer.
  at(event) {
    const box = this.canvas.getBoundingClientRect();
    return [((event.clientX - box.left) / box.width) * this.columns, levelOf(event.clientY - box.top, box.height)];
  }

  press(event) {
    if (event.button !== 0 || event.target === this.add) return;
    const box = this.canvas.getBoundingClientRect(),
      distances = this.points.map(({ column, level }) =>
        Math.hypot(box.left + (column / this.columns) * box.width - event.clientX, box.top + yOf(level, box.height) - event.clientY),
      ),
      closest = distances.indexOf(Math.min(...distances));
    if (closest >= 0 && distances[closest] < near) this.held = closest;
    else {
      const { points, index } = addPoint(this.points, ...this.at(event), this.columns);
      if (index < 0) return;
      this.set(points);
      this.held = index;
      this.added = performance.now();
    }
    event.preventDefault();
    this.setPointerCapture(event.pointerId);
    this.draw();
    this.handles.children[this.held]?.focus();
  }

  // The first press of a double click on the empty lane has added the point: it stays.
  doubled(event) {
    if (event.target === this.add || performance.now() - this.added < 600) return;
    const index = [...this.handles.children].indexOf(document.activeElement);
    if (index >= 0) this.remove(index);
  }

  remove(index) {
    this.held = null;
    this.set(removePoint(this.points, index));
    this.draw();
    (this.handles.children[Math.min(index, this.points.length - 1)] ?? this.add).focus();
  }

  addByKey() {
    const playing = this.session && player.state.id === this.session.id ? player.state.position / this.frame : null,
      column = freeColumn(this.points, playing, this.columns),
      { points, index } = addPoint(this.points, column, levelAt(this.points, column), this.columns);
    this.set(points);
    this.draw();
    this.handles.children[index]?.focus();
  }

  place(index, column, level) {
    this.set(movePoint(this.points, index, column, level, this.columns));
  }

  key(event) {
    const index = [...this.handles.children].indexOf(event.target);
    if (index < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    const { column, level } = this.points[index],
      step = event.shiftKey ? 1 : Math.max(1, Math.round(0.1 / this.frame)),
      rise = event.shiftKey ? 0.01 : 0.05;
    const to = {
      ArrowRight: [column + step, level],
      ArrowLeft: [column - step, level],
      ArrowUp: [column, level + rise],
      ArrowDown: [column, level - rise],
      PageUp: [column, level + 0.25],
      PageDown: [column, level - 0.25],
      Home: [0, level],
      End: [this.columns, level],
    }[event.key];
    if (to) this.place(index, ...to);
    else if (event.key === 'Delete' || event.key === 'Backspace') this.remove(index);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  set(points) {
    if (pointsText(points) === pointsText(this.points)) return;
    this.points = points;
    this.later();
    this.changes.send();
  }

  later() {
    this.frameAsked ??= requestAnimationFrame(() => {
      this.frameAsked = null;
      if (this.isConnected) this.draw();
    });
  }

  draw() {
    this.describe();
    const { clientWidth: width, clientHeight: height } = this.canvas,
      scale = devicePixelRatio || 1,
      pen = width && height ? this.canvas.getContext('2d') : null;
    if (!pen) return;
    if (this.canvas.width !== Math.round(width * scale) || this.canvas.height !== Math.round(height * scale)) {
      this.canvas.width = Math.round(width * scale);
      this.canvas.height = Math.round(height * scale);
    }
    const style = getComputedStyle(this),
      seconds = this.columns * this.frame,
      { before = [], after = [] } = this.trace ?? {},
      playing = this.session && player.state.id === this.session.id;
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    drawLane(
      pen,
      width,
      height,
      {
        columns: this.columns,
        points: this.points,
        moves: parseMoves(this.getAttribute('moves')),
        waves: this.bars?.heights(Math.max(1, Math.floor(width / 3)), seconds) ?? [],
        before,
        after,
        // At least twice p99, so that a silent feature does not fill its lane.
        top: Math.max(
          2 * (Number(this.getAttribute('p99')) || 0),
          ...[after, before].map(each => each.reduce((most, value) => Math.max(most, value), 1e-9)),
        ),
        least: Number(this.getAttribute('least') ?? -6),
        most: Number(this.getAttribute('most') ?? 6),
        position: playing ? Math.min(1, player.state.position / seconds) : null,
      },
      {
        wave: style.getPropertyValue('--wave'),
        feature: style.getPropertyValue('--feature'),
        line: style.getPropertyValue('--line'),
        text: style.getPropertyValue('--text'),
      },
    );
  }

  // The points as sliders, and the lane in words.
  describe() {
    const name = this.getAttribute('label') ?? 'the strip';
    set(this, 'aria-label', `Envelope of ${name}`);
    set(this.add, 'aria-label', `Add a point to the envelope of ${name}`);
    while (this.handles.children.length > this.points.length) this.handles.lastChild.remove();
    this.points.forEach(({ column, level }, i) => {
      let handle = this.handles.children[i];
      if (!handle) {
        handle = document.createElement('span');
        handle.className = 'point';
        handle.tabIndex = 0;
        handle.setAttribute('role', 'slider');
        handle.setAttribute('aria-valuemin', '0');
        handle.setAttribute('aria-valuemax', '100');
        this.handles.append(handle);
      }
      handle.style.left = `${(100 * column) / this.columns}%`;
      handle.hidden = column > this.columns;
      handle.style.setProperty('--level', level);
      const percent = Math.round(level * 100);
      set(handle, 'aria-label', `Point ${i + 1} of ${this.points.length} of ${name}`);
      set(handle, 'aria-valuenow', percent);
      set(handle, 'aria-valuetext', `${percent} percent at ${(column * this.frame).toFixed(2)} seconds`);
    });
  }
}

function set(element, name, value) {
  if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
}

customElements.define('envelope-lane', EnvelopeLane);
