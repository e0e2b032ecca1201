// A curve of one run or of several on the same axes: the raw line behind in lighter ink, the smoothed one before it, measures on held-out
// clips as rings, the run's number at the line's end where there are several.
import uPlot from '../../lib/uPlot.esm.js';
import { mark } from './format.js';
import { smooth } from './series.js';
import { axes, points } from './curves.js';
import { styleOf } from './line-styles.js';
import { list, write } from './view-state.js';

const token = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const height = 188;

export class LineChart {
  // what: of curves.js. onHover(x or null): the other charts are to show it too.
  constructor(parent, what, onHover) {
    this.what = what;
    this.onHover = onHover;
    this.lines = [];
    this.data = [[]];
    this.axis = 'columns';
    this.box = document.createElement('figure');
    this.box.className = 'run-chart';
    this.box.dataset.chart = what.id;
    this.box.innerHTML =
      '<figcaption><h2></h2><span class="number small run-reading"></span></figcaption><div class="run-canvas" tabindex="0" role="slider" aria-valuemin="0"></div><ul class="run-readings number small"></ul>';
    this.box.querySelector('h2').textContent = this.title;
    this.reading = this.box.querySelector('.run-reading');
    this.readings = this.box.querySelector('.run-readings');
    this.canvas = this.box.querySelector('.run-canvas');
    this.canvas.setAttribute('aria-label', this.title);
    this.canvas.addEventListener('keydown', event => this.key(event));
    this.canvas.addEventListener('blur', () => {
      if (this.byKey) this.hoverAt(null);
    });
    if (what.canLog) this.box.querySelector('figcaption').append(this.logButton());
    parent.append(this.box);
    this.make();
  }

  get title() {
    return this.what.unit ? `${this.what.title}, ${this.what.unit}` : this.what.title;
  }

  get log() {
    return Boolean(this.what.canLog && list('log')?.includes(this.what.id));
  }

  logButton() {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'quiet run-log-axis';
    button.textContent = 'log';
    button.title = 'Logarithmic axis';
    button.setAttribute('aria-label', `log, a logarithmic axis for ${this.what.title}`);
    button.setAttribute('aria-pressed', String(this.log));
    button.addEventListener('click', () => {
      const others = (list('log') ?? []).filter(id => id !== this.what.id);
      write({ log: this.log ? others : [...others, this.what.id] });
      button.setAttribute('aria-pressed', String(this.log));
      this.make();
    });
    return button;
  }

  make() {
    this.plot?.destroy();
    const font = '11px "Geist Mono", ui-monospace, monospace';
    const axis = { font, stroke: () => token('--muted'), ticks: { show: false } };
    const several = this.lines.length > 1;
    const hidden = { points: { show: false }, spanGaps: false };
    this.shape = this.lines.map(line => line.number).join();
    this.plot = new uPlot(
      {
        width: Math.max(120, this.canvas.clientWidth),
        height,
        padding: [8, several ? 28 : 16, 0, 0],
        legend: { show: false },
        cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
        hooks: { setCursor: [plot => this.hovered(plot)], draw: [plot => this.numbers(plot)] },
        scales: {
          x: { time: false, range: () => [0, this.end || 1] },
          y: { distr: this.log ? 3 : 1, range: (plot, low, high) => this.range(low, high) },
        },
        axes: [
          { ...axis, size: 28, gap: 8, space: 90, grid: { show: false }, values: (plot, splits) => splits.map(axes[this.axis].mark) },
          {
            ...axis,
            size: 54,
            gap: 8,
            space: 32,
            grid: { stroke: () => token('--line'), width: 1 },
            values: (plot, splits) => splits.map(split => (split === null || !this.data[0].length ? '' : this.label(split))),
          },
        ],
        series: [
          {},
          ...this.lines.map(({ number }) => ({
            ...hidden,
            stroke: () => token('--edge'),
            width: 1,
            alpha: several ? 0.45 * this.strength(number) : 1,
          })),
          ...this.lines.map(({ number }) => {
            const style = several ? styleOf(number) : { ink: '--text', width: 1.5, dash: [] };
            const dots = this.what.heldOut
              ? { show: true, size: 5, width: 1, stroke: () => token(style.ink), fill: () => token('--bg') }
              : { show: false };
            return {
              spanGaps: this.what.heldOut,
              points: dots,
              stroke: () => token(style.ink),
              width: style.width,
              dash: style.dash,
              alpha: this.strength(number),
            };
          }),
          ...this.lines.map(() => ({
            stroke: () => token('--text'),
            width: 0,
            paths: () => null,
            points: { show: !several, size: 6, width: 1, stroke: () => token('--text'), fill: () => token('--bg') },
          })),
        ],
      },
      this.data,
      this.canvas,
    );
  }

  // How strong the line of a run is drawn: while one is pointed at, the others step back.
  strength(number) {
    return this.lit === undefined || this.lit === null || this.lit === number ? 1 : 0.15;
  }

  // The run of this number alone; null: all.
  highlight(number) {
    if ((this.lit ?? null) === number) return;
    this.lit = number;
    if (this.lines.length < 2) return;
    this.lines.forEach((line, i) => {
      this.plot.series[1 + i].alpha = 0.45 * this.strength(line.number);
      this.plot.series[1 + this.lines.length + i].alpha = this.strength(line.number);
    });
    this.plot.redraw(false);
  }

  label(split) {
    if (Math.abs(split) >= 1000) return mark(split);
    return this.log && split < 0.01 ? split.toExponential(0) : String(+split.toPrecision(6));
  }

  range(low, high) {
    const { zero, ceiling } = this.what;
    if (low === null || high === null || low === undefined) return this.log ? [0.01, 1] : [0, ceiling ?? 1];
    if (this.log) return [Math.max(low, 1e-9) / 1.1, Math.max(high, 1e-9) * 1.1];
    const pad = Math.max((high - low) * 0.06, Math.abs(high) * 0.02, 1e-9);
    return zero ? [0, Math.min(high * 1.12 || 1, ceiling ?? Infinity)] : [low - pad, Math.min(high + pad, ceiling ?? Infinity)];
  }

  // runs: [{number, label, series: RunSeries, batch}]; end of the x axis; weight of the smoothing.
  draw(runs, axis, end, weight) {
    this.axis = axis;
    this.end = end;
    const { what } = this;
    this.lines = runs.map(run => {
      const { xs, ys, rings } = points(run.series, what, axis, run.batch);
      // A logarithm has no place for 0 and less.
      const raw = this.log ? ys.map(y => (y > 0 ? y : null)) : ys;
      return { ...run, xs, raw, line: what.heldOut ? raw : smooth(xs, raw, weight), rings: runs.length > 1 ? [] : rings };
    });
    const all = [...new Set(this.lines.flatMap(line => [...line.xs, ...line.rings.map(ring => ring[0])]))].sort((a, b) => a - b);
    const place = new Map(all.map((x, i) => [x, i]));
    // undefined: no value and no gap either, so that the line continues.
    const spread = (xs, ys) => {
      const row = new Array(all.length);
      for (let i = 0; i < xs.length; i++) row[place.get(xs[i])] = ys[i];
      return row;
    };
    this.data = [
      all,
      ...this.lines.map(line => (what.heldOut ? new Array(all.length) : spread(line.xs, line.raw))),
      ...this.lines.map(line => spread(line.xs, line.line)),
      ...this.lines.map(line => {
        const row = new Array(all.length).fill(null);
        for (const [x, y] of line.rings) row[place.get(x)] = y;
        return row;
      }),
    ];
    if (this.shape !== this.lines.map(line => line.number).join()) this.make();
    else this.plot.setData(this.data);
    if (this.lines.length !== this.readings.childElementCount) this.rows();
    this.read(this.x ?? null);
  }

  // One place a run for what is read off, whatever is read: nothing moves while the pointer does.
  rows() {
    this.readings.replaceChildren(...(this.lines.length > 1 ? this.lines.map(() => document.createElement('li')) : []));
  }

  // x null: the last values.
  read(x) {
    const { write: text } = this.what;
    const unit = this.what.unit ? ` ${this.what.unit}` : '';
    const at = this.lines.map(line => near(line.xs, line.line, x));
    const texts = at.map(y => (y === null ? '–' : text(y) + unit));
    const where = x === null ? '' : axes[this.axis].write(x);
    if (this.lines.length > 1) {
      this.reading.textContent = where || 'last values';
      [...this.readings.children].forEach((item, i) => {
        item.innerHTML = `<b style="color:var(${styleOf(this.lines[i].number).ink})">${this.lines[i].number}</b> `;
        item.append(texts[i]);
      });
    } else {
      const rings = this.lines[0]?.rings ?? [];
      const held = x === null ? rings.at(-1) : rings.findLast(ring => ring[0] <= x);
      const raw = this.lines.length && at[0] !== null ? text(near(this.lines[0].xs, this.lines[0].raw, x) ?? at[0]) + unit : '';
      this.reading.textContent = [raw, held && `held out ${text(held[1])}${unit}`, where].filter(Boolean).join(' · ');
    }
    this.canvas.setAttribute('aria-valuemax', String(Math.round(this.end || 1)));
    this.canvas.setAttribute('aria-valuenow', String(Math.round(x ?? this.end ?? 0)));
    this.canvas.setAttribute(
      'aria-valuetext',
      this.lines.length === 0
        ? 'nothing yet'
        : `${where || 'last values'}: ${this.lines.map((line, i) => `${this.lines.length > 1 ? `${line.label} ` : ''}${texts[i]}`).join(', ')}`,
    );
  }

  hovered(plot) {
    const inside = plot.cursor.left >= 0;
    // New data moves no pointer, and a pointer that is elsewhere takes nothing from the keys.
    if (!inside && (this.byKey || (this.x ?? null) === null)) return;
    this.byKey = false;
    this.x = inside ? Math.min(plot.posToVal(plot.cursor.left, 'x'), this.end) : null;
    this.read(this.x);
    this.onHover(this.x, this);
  }

  // Shows an x that another chart or a key chose.
  setHover(x) {
    this.x = x;
    const place = x === null ? { left: -10, top: -10 } : { left: this.plot.valToPos(x, 'x'), top: 10 };
    this.plot.setCursor(place, false);
    this.read(x);
  }

  hoverAt(x) {
    this.byKey = x !== null;
    this.setHover(x);
    this.onHover(x, this);
  }

  key(event) {
    const step = (this.end || 1) / (event.shiftKey ? 20 : 100),
      x = this.x ?? this.end;
    const to = { ArrowLeft: x - step, ArrowRight: x + step, Home: 0, End: this.end }[event.key];
    if (event.key === 'Escape') this.hoverAt(null);
    else if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    else this.hoverAt(Math.min(Math.max(0, to), this.end || 1));
    event.preventDefault();
    event.stopPropagation();
  }

  // The runs' numbers at their lines' ends, moved apart where lines end together.
  numbers(plot) {
    if (this.lines.length < 2) return;
    const ratio = devicePixelRatio || 1,
      gap = 12 * ratio;
    const ends = this.lines
      .map(line => {
        const at = line.line.findLastIndex(y => y !== null);
        return at < 0
          ? null
          : { number: line.number, x: plot.valToPos(line.xs[at], 'x', true), y: plot.valToPos(line.line[at], 'y', true) };
      })
      .filter(end => end && Number.isFinite(end.y))
      .sort((a, b) => a.y - b.y);
    for (let i = 1; i < ends.length; i++) ends[i].y = Math.max(ends[i].y, ends[i - 1].y + gap);
    const low = plot.bbox.top + plot.bbox.height;
    for (let i = ends.length - 1; i >= 0; i--) ends[i].y = Math.min(ends[i].y, low - (ends.length - 1 - i) * gap);
    const draw = plot.ctx;
    draw.save();
    draw.font = `500 ${11 * ratio}px "Geist Mono", ui-monospace, monospace`;
    draw.textAlign = 'left';
    draw.textBaseline = 'middle';
    for (const end of ends) {
      draw.fillStyle = token(styleOf(end.number).ink);
      draw.globalAlpha = this.strength(end.number);
      draw.fillText(end.number, end.x + 6 * ratio, end.y);
    }
    draw.restore();
  }

  resize() {
    const width = this.canvas.clientWidth;
    if (width > 0 && width !== this.plot.width) this.plot.setSize({ width, height });
  }

  recolour() {
    this.plot.redraw(false);
  }

  destroy() {
    this.plot.destroy();
    this.box.remove();
  }
}

// The value of the point nearest to x; of the last one when x is null.
function near(xs, ys, x) {
  if (x === null) return ys.findLast(y => y !== null) ?? null;
  let low = 0,
    high = xs.length - 1;
  if (high < 0 || x > xs[high] + (xs[high] - xs[0]) * 0.02) return null;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (xs[middle] <= x) low = middle;
    else high = middle;
  }
  return ys[x - xs[low] <= xs[high] - x ? low : high] ?? null;
}
