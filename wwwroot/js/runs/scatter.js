// The explained variance of several runs against their L0: how much each explains with how few active latents. Up and to the left is better. Each run has its
// number and colour; runs of which one of the two is not known are left out.
import { fixed } from './format.js';
import { styleOf } from './line-styles.js';

const width = 360,
  height = 188,
  left = 54,
  right = 16,
  top = 12,
  bottom = 28;

// The place of a run, or null: on held-out clips where there are such.
export function place({ latest }) {
  const x = latest.heldOutL0 ?? latest.l0,
    y = latest.heldOutExplainedVariance ?? latest.explainedVariance;
  return Number.isFinite(x) && Number.isFinite(y) ? { x, y } : null;
}

// Room around the values; of one value alone, around it.
function range(values) {
  const low = Math.min(...values),
    high = Math.max(...values),
    pad = (high - low || Math.abs(high) || 1) * 0.12;
  return [low - pad, high + pad];
}

export class Scatter {
  constructor(parent, onPoint) {
    this.box = document.createElement('figure');
    this.box.className = 'run-chart run-scatter';
    this.box.dataset.chart = 'scatter';
    this.box.innerHTML =
      '<figcaption><h2>Explained variance against L0</h2><span class="small muted">up and to the left is better</span></figcaption><svg role="img"></svg>';
    this.svg = this.box.querySelector('svg');
    this.svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
    this.svg.setAttribute('preserveAspectRatio', 'xMinYMid meet');
    this.svg.addEventListener('pointerover', event => onPoint(Number(event.target.closest('[data-number]')?.dataset.number) || null));
    this.svg.addEventListener('pointerleave', () => onPoint(null));
    parent.append(this.box);
  }

  draw(runs) {
    const points = runs.map(run => ({ run, at: place(run) })).filter(each => each.at);
    this.box.hidden = points.length < 2;
    if (this.box.hidden) return;
    const [x0, x1] = range(points.map(each => each.at.x)),
      [y0, y1] = range(points.map(each => each.at.y));
    const x = value => left + ((value - x0) / (x1 - x0)) * (width - left - right),
      y = value => height - bottom - ((value - y0) / (y1 - y0)) * (height - top - bottom);
    this.svg.setAttribute(
      'aria-label',
      points.map(({ run, at }) => `${run.label}: explained variance ${fixed(at.y, 3)} at L0 ${fixed(at.x, 1)}`).join('; '),
    );
    const lines = [0.25, 0.5, 0.75].map(part => y0 + part * (y1 - y0));
    const marks = [0.1, 0.5, 0.9].map(part => x0 + part * (x1 - x0));
    this.svg.innerHTML =
      lines
        .map(
          value =>
            `<line class="grid" x1="${left}" x2="${width - right}" y1="${y(value)}" y2="${y(value)}"/><text x="${left - 8}" y="${y(value) + 4}" text-anchor="end">${fixed(value, 3)}</text>`,
        )
        .join('') +
      marks.map(value => `<text x="${x(value)}" y="${height - 8}" text-anchor="middle">${fixed(value, 1)}</text>`).join('') +
      points
        .map(
          ({ run, at }) =>
            `<g data-number="${run.number}"><circle cx="${x(at.x)}" cy="${y(at.y)}" r="6" style="fill:var(${styleOf(run.number).ink})"/><text class="number" x="${x(at.x) + 10}" y="${y(at.y) + 4}">${run.number}</text><title></title></g>`,
        )
        .join('');
    for (const { run, at } of points)
      this.svg.querySelector(`[data-number="${run.number}"] title`).textContent = `${run.label}: ${fixed(at.y, 4)} at L0 ${fixed(at.x, 1)}`;
    this.highlight(this.lit ?? null);
  }

  // The run of this number alone; null: all.
  highlight(number) {
    this.lit = number;
    for (const point of this.svg.querySelectorAll('[data-number]'))
      point.classList.toggle('dim', number !== null && Number(point.dataset.number) !== number);
  }
}
