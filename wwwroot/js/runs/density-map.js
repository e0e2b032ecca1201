// How often latents fire, over time: a column a histogram, dark where many latents have that rate; those that never fired have a row of
// their own below. Graphite, like all that is not a feature. A click on a rate lists the features that fire that often.
import { power, value } from './format.js';
import { axes } from './curves.js';

const left = 54,
  right = 16,
  top = 8,
  bottom = 28,
  silentGap = 10,
  silentRow = 10,
  height = 188;

export class DensityMap {
  // onHover(x or null): the other charts are to show it too. listAddress(): of the SAE's list of features; null while there is none.
  constructor(parent, onHover, listAddress) {
    this.listAddress = listAddress;
    this.box = document.createElement('figure');
    this.box.className = 'run-chart';
    this.box.dataset.chart = 'density';
    this.box.innerHTML =
      '<figcaption><h2>Firing rate of all latents over time</h2><span class="number small run-reading"></span></figcaption>' +
      '<div class="run-canvas"><canvas role="img"></canvas></div>' +
      '<p class="density-scale small muted" hidden><span class="number">0</span><span class="density-ramp" aria-hidden="true"></span><span class="number density-most"></span><span>of the latents in a cell</span></p>';
    this.reading = this.box.querySelector('.run-reading');
    this.canvas = this.box.querySelector('canvas');
    this.scale = this.box.querySelector('.density-scale');
    this.most = this.box.querySelector('.density-most');
    this.canvas.addEventListener('pointermove', event => {
      this.row = this.rowAt(event.offsetY);
      const opens = this.row && this.listAddress();
      this.canvas.style.cursor = opens ? 'pointer' : '';
      this.canvas.title = opens ? 'Click to list the features that fire this often' : '';
      this.setHover(this.at(event.offsetX), true);
      onHover(this.hover, this);
    });
    this.canvas.addEventListener('pointerleave', () => {
      this.row = null;
      this.setHover(null);
      onHover(null, this);
    });
    this.canvas.addEventListener('click', event => this.open(this.rowAt(event.offsetY)));
    this.histograms = [];
    this.end = 0;
    this.axis = axes.columns;
    parent.append(this.box);
  }

  // histograms in order; placeOf(histogram) on the x axis; which axis that is, and its end.
  draw(histograms, placeOf, axis, end) {
    Object.assign(this, { histograms, placeOf, axis: axes[axis], end });
    this.paint();
  }

  open(row) {
    const list = this.listAddress();
    if (list && row) globalThis.Blazor.navigateTo(`${list}?${listOf(row)}`);
  }

  // What is at a height of the canvas: the rates of a quarter of a decade, "never", or nothing.
  rowAt(y) {
    const [low, high] = [this.lowest(), this.histograms[0]?.log10To ?? 0];
    const plotHeight = height - top - bottom - silentGap - silentRow;
    if (y >= top + plotHeight + silentGap / 2) return y <= height - bottom + 4 ? { from: 0, to: 0 } : null;
    return rates(high - ((y - top) / plotHeight) * (high - low), high);
  }

  setHover(x, moved = false) {
    if (this.hover === x && !moved) return;
    this.hover = x;
    this.paint();
  }

  at(x) {
    return ((x - left) / (this.canvas.clientWidth - left - right)) * this.end;
  }

  paint() {
    const { canvas, histograms, end } = this;
    const width = canvas.parentElement.clientWidth;
    if (width < left + right + 10) return;
    const ratio = devicePixelRatio || 1;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    const style = getComputedStyle(document.documentElement);
    const draw = canvas.getContext('2d');
    draw.setTransform(ratio, 0, 0, ratio, 0, 0);
    draw.clearRect(0, 0, width, height);
    draw.font = '11px "Geist Mono", ui-monospace, monospace';
    const plot = { x: left, y: top, width: width - left - right, height: height - top - bottom - silentGap - silentRow };
    const low = this.lowest(),
      high = histograms[0]?.log10To ?? 0;
    const yOf = log => plot.y + ((high - log) / (high - low)) * plot.height;
    const xOf = x => plot.x + (end > 0 ? x / end : 0) * plot.width;
    this.axes(draw, style, plot, low, high, yOf, xOf);
    this.cells(draw, style, plot, yOf, xOf);
    this.read(draw, style, plot, xOf);
  }

  // The lowest decade that any latent was seen at: below it there is nothing to show.
  lowest() {
    let log = -4;
    for (const each of this.histograms) {
      const first = each.counts.findIndex(n => n > 0);
      if (first >= 0) log = Math.min(log, each.log10From + (first * (each.log10To - each.log10From)) / each.counts.length);
    }
    return Math.floor(log + 1e-6);
  }

  axes(draw, style, plot, low, high, yOf, xOf) {
    draw.fillStyle = style.getPropertyValue('--muted');
    draw.strokeStyle = style.getPropertyValue('--line');
    draw.textAlign = 'right';
    draw.textBaseline = 'middle';
    const every = high - low > 5 ? 2 : 1;
    for (let log = high; log >= low; log -= every) {
      draw.fillText(power(log), left - 8, yOf(log));
      draw.beginPath();
      draw.moveTo(plot.x, Math.round(yOf(log)) + 0.5);
      draw.lineTo(plot.x + plot.width, Math.round(yOf(log)) + 0.5);
      draw.stroke();
    }
    draw.fillText('never', left - 8, plot.y + plot.height + silentGap + silentRow / 2);
    draw.textBaseline = 'top';
    const step = niceStep(this.end, plot.width / 90);
    for (let x = 0; this.end > 0 && x <= this.end * 1.0001; x += step) {
      draw.textAlign = x === 0 ? 'center' : xOf(x) > plot.x + plot.width - 20 ? 'right' : 'center';
      draw.fillText(this.axis.mark(x), Math.min(xOf(x), plot.x + plot.width + right), height - 20);
    }
  }

  cells(draw, style, plot, yOf, xOf) {
    const { histograms } = this;
    const paper = style.getPropertyValue('--bg'),
      ink = style.getPropertyValue('--text');
    const latents = each => each.counts.reduce((sum, n) => sum + n, each.silent ?? 0) || 1;
    let most = 0;
    for (const each of histograms) for (const n of each.counts) most = Math.max(most, n / latents(each));
    this.scale.hidden = most === 0;
    this.most.textContent = `${value(100 * most)}%`;
    let from = 0;
    for (const each of histograms) {
      const to = this.placeOf(each);
      const x = Math.floor(xOf(from)),
        width = Math.max(1, Math.floor(xOf(to)) - x);
      const bin = (each.log10To - each.log10From) / each.counts.length;
      const total = latents(each);
      draw.globalAlpha = 1;
      draw.fillStyle = paper;
      draw.fillRect(x, plot.y, width, plot.height + 1);
      draw.fillStyle = ink;
      each.counts.forEach((n, i) => {
        if (n === 0) return;
        const [lower, upper] = cell(each, i, bin);
        const high = Math.round(yOf(upper)),
          low = Math.min(Math.round(yOf(lower)), plot.y + plot.height);
        draw.globalAlpha = 0.06 + 0.9 * Math.sqrt(((n / total / most) * bin) / (upper - lower));
        draw.fillRect(x, high, width, Math.max(1, low - high));
      });
      if (each.silent > 0) {
        draw.globalAlpha = 0.06 + 0.9 * Math.sqrt(each.silent / total);
        draw.fillRect(x, plot.y + plot.height + silentGap, width, silentRow);
      }
      from = to;
    }
    draw.globalAlpha = 1;
  }

  read(draw, style, plot, xOf) {
    const { histograms, hover } = this;
    const inside = hover !== null && hover !== undefined && hover >= 0 && hover <= this.end;
    if (inside) {
      draw.strokeStyle = style.getPropertyValue('--edge');
      draw.setLineDash([2, 2]);
      draw.beginPath();
      draw.moveTo(Math.round(xOf(hover)) + 0.5, plot.y);
      draw.lineTo(Math.round(xOf(hover)) + 0.5, plot.y + plot.height + silentGap + silentRow);
      draw.stroke();
      draw.setLineDash([]);
    }
    const each = inside ? (histograms.find(histogram => this.placeOf(histogram) >= hover) ?? histograms.at(-1)) : histograms.at(-1);
    const words = each ? `median 1 in ${median(each)} · ${each.silent ?? 0} never` : '';
    this.reading.textContent = each && inside && this.row ? within(each, this.row) : words;
    this.canvas.setAttribute(
      'aria-label',
      each
        ? `Firing rates of all latents at ${this.axis.write(this.placeOf(each))}: ${words}, of ${histograms.length} histograms`
        : 'Firing rates of all latents: none yet',
    );
  }

  resize() {
    this.paint();
  }

  recolour() {
    this.paint();
  }
}

// Where a bin is drawn, in log10 of the rate. Rates are counts over columns: the rare ones (1, 2, 3 of 4,096) lie further apart than a bin is
// wide. Each count fills half the way to the next, so that there are no gaps that mean nothing, and no cell overlaps another.
function cell(histogram, i, bin) {
  const { log10From, columns } = histogram;
  const first = Math.max(1, Math.ceil(10 ** (log10From + i * bin) * columns - 1e-9));
  const last = Math.max(first, Math.ceil(10 ** (log10From + (i + 1) * bin) * columns - 1e-9) - 1);
  return [Math.log10((first - 0.5) / columns), Math.log10((last + 0.5) / columns)];
}

// The quarter of a decade that a log10 of a rate is in; null above the largest.
export function rates(log, high) {
  if (log > high) return null;
  const from = Math.floor(log * 4) / 4;
  return { from: 10 ** from, to: 10 ** Math.min(from + 0.25, high) };
}

// The list's parameters for a row of the map. A list of features counts columns in percent.
export function listOf({ from, to }) {
  const percent = rate => Number((100 * rate).toPrecision(3));
  return new URLSearchParams({ all: 1, ...(from > 0 && { least: percent(from) }), most: percent(to) }).toString();
}

// How many latents of a histogram a row holds, in words. A bin belongs to the row its middle is in.
export function within({ counts, log10From, log10To, silent = 0 }, { from, to }) {
  if (to === 0) return `${silent} never fired`;
  const bin = (log10To - log10From) / counts.length;
  const held = counts.reduce((sum, n, i) => {
    const rate = 10 ** (log10From + (i + 0.5) * bin);
    return rate >= from && rate < to ? sum + n : sum;
  }, 0);
  return `${value(100 * from)}–${value(100 * to)}% of columns: ${held} latents`;
}

// Of the latents that fire: the median fires once in this many columns.
function median({ counts, log10From, log10To }) {
  const half = counts.reduce((sum, n) => sum + n, 0) / 2;
  if (half === 0) return '–';
  let sum = 0,
    at = 0;
  while (at < counts.length - 1 && (sum += counts[at]) < half) at++;
  return Math.round(10 ** -(log10From + ((at + 0.5) * (log10To - log10From)) / counts.length));
}

function niceStep(range, parts) {
  const rough = range / Math.max(1, parts);
  const size = 10 ** Math.floor(Math.log10(rough || 1));
  return [1, 2, 2.5, 5, 10].find(each => each * size >= rough) * size;
}
