// One curve of a run: the raw line behind, the smoothed one before it, measures on held-out clips as rings.
import uPlot from '../../lib/uPlot.esm.js';
import { mark } from './format.js';
import { smooth } from './series.js';

const token = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const finite = number => Number.isFinite(number) ? number : null;

export class LineChart {
  // what: {id, title, pick(point), write(value), heldOut?(measure), unit?, zero?, ceiling?, canLog?}: zero begins the y axis at 0.
  // onHover(x or null).
  constructor(parent, what, onHover) {
    this.what = what;
    this.log = false;
    this.box = document.createElement('figure');
    this.box.className = 'run-chart';
    this.box.dataset.chart = what.id;
    const head = document.createElement('figcaption');
    const title = document.createElement('h2');
    title.textContent = what.unit ? `${what.title}, ${what.unit}` : what.title;
    this.reading = document.createElement('span');
    this.reading.className = 'number small run-reading';
    head.append(title, this.reading);
    if (what.canLog) head.append(this.logButton());
    this.canvas = document.createElement('div');
    this.canvas.className = 'run-canvas';
    this.canvas.setAttribute('role', 'img');
    this.box.append(head, this.canvas);
    parent.append(this.box);
    this.onHover = onHover;
    this.data = [[], [], [], []];
    this.make();
  }

  logButton() {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'quiet run-log-axis';
    button.textContent = 'log';
    button.title = 'Logarithmic axis';
    button.setAttribute('aria-pressed', 'false');
    button.addEventListener('click', () => {
      this.log = !this.log;
      button.setAttribute('aria-pressed', String(this.log));
      this.make();
    });
    return button;
  }

  make() {
    this.plot?.destroy();
    const { what } = this;
    const font = '11px "Geist Mono", ui-monospace, monospace';
    const axis = { font, stroke: () => token('--muted'), ticks: { show: false } };
    this.plot = new uPlot({
      width: Math.max(120, this.canvas.clientWidth), height: 188, padding: [8, 16, 0, 0],
      legend: { show: false },
      cursor: {
        sync: { key: 'run', scales: ['x', null] }, y: false, points: { show: false }, drag: { x: false, y: false },
      },
      hooks: { setCursor: [plot => this.hovered(plot)] },
      scales: {
        x: { time: false, range: () => [0, this.end || 1] },
        y: { distr: this.log ? 3 : 1, range: (plot, low, high) => this.range(low, high) },
      },
      axes: [
        { ...axis, size: 28, gap: 8, space: 90, grid: { show: false }, values: (plot, splits) => splits.map(mark) },
        { ...axis, size: 54, gap: 8, space: 32, grid: { stroke: () => token('--line'), width: 1 }, values: (plot, splits) => splits.map(split => split === null || !this.data[0].length ? '' : this.label(split)) },
      ],
      series: [
        {},
        { stroke: () => token('--edge'), width: 1, points: { show: false }, spanGaps: false },
        { stroke: () => token('--text'), width: 1.5, points: { show: false }, spanGaps: false },
        { stroke: () => token('--text'), width: 0, paths: () => null, points: { show: true, size: 6, width: 1, stroke: () => token('--text'), fill: () => token('--bg') } },
      ],
    }, this.data, this.canvas);
  }

  label(split) {
    if (Math.abs(split) >= 1000) return mark(split);
    return this.log && split < .01 ? split.toExponential(0) : String(+split.toPrecision(6));
  }

  range(low, high) {
    const { zero, ceiling } = this.what;
    if (low === null || high === null) return this.log ? [.01, 1] : [0, ceiling ?? 1];
    if (this.log) return [Math.max(low, 1e-9) / 1.1, Math.max(high, 1e-9) * 1.1];
    const pad = Math.max((high - low) * .06, Math.abs(high) * .02, 1e-9);
    return zero ? [0, Math.min(high * 1.12 || 1, ceiling ?? Infinity)] : [low - pad, Math.min(high + pad, ceiling ?? Infinity)];
  }

  // series: RunSeries; end: the x axis' end in columns; sigma of the smoothing in columns.
  draw(series, end, sigma) {
    const { pick, heldOut } = this.what;
    this.end = end;
    const measured = heldOut ? series.heldOut : [];
    const xs = series.points.map(point => point.columns);
    const raw = series.points.map(point => finite(pick(point)));
    // A line through points may swing below zero where they touch it; what is counted never does.
    const line = smooth(xs, raw, sigma).map(y => y !== null && this.what.zero ? Math.max(0, y) : y);
    // A measure lies on the x of its step's point, or between two points.
    const at = new Map(measured.map(measure => [measure.columns, finite(heldOut(measure))]));
    const all = [...new Set([...xs, ...at.keys()])].sort((a, b) => a - b);
    if (all.length === xs.length) this.data = [xs, raw, line, xs.map(x => at.get(x) ?? null)];
    else {
      const place = new Map(xs.map((x, i) => [x, i]));
      // undefined: no value and no gap either, so that the line goes on.
      const spread = values => all.map(x => place.has(x) ? values[place.get(x)] : undefined);
      this.data = [all, spread(raw), spread(line), all.map(x => at.get(x) ?? null)];
    }
    this.plot.setData(this.data);
    this.latest = { y: raw.at(-1) ?? null, heldOut: measured.length ? finite(heldOut(measured.at(-1))) : null, x: xs.at(-1) };
    if (!this.hover) this.read(this.latest);
    this.canvas.setAttribute('aria-label', xs.length
      ? `${this.what.title}: ${this.what.write(this.latest.y)} ${this.what.unit ?? ''} after ${mark(this.latest.x)} columns`
      : `${this.what.title}: no values yet`);
  }

  read({ y, heldOut }) {
    const { write } = this.what;
    const parts = [];
    if (y !== null && y !== undefined) parts.push(write(y));
    if (heldOut !== null && heldOut !== undefined) parts.push(`held out ${write(heldOut)}`);
    this.reading.textContent = parts.join(' · ');
  }

  hovered(plot) {
    const at = plot.cursor.idx;
    this.hover = plot.cursor.left >= 0 && at !== null && at !== undefined;
    if (this.hover) this.read({ y: this.data[1][at], heldOut: nearest(this.data[3], at) });
    else if (this.latest) this.read(this.latest);
    this.onHover(this.hover ? plot.posToVal(plot.cursor.left, 'x') : null);
  }

  resize() {
    const width = this.canvas.clientWidth;
    if (width > 0 && width !== this.plot.width) this.plot.setSize({ width, height: 188 });
  }

  recolour() { this.plot.redraw(false); }

  destroy() { this.plot.destroy(); }
}

// The last known value at or before an index.
function nearest(values, at) {
  for (let i = at; i >= 0; i--) if (values[i] !== null && values[i] !== undefined) return values[i];
  return null;
}
