// <run-live run="run-…" batch="1024" steps="1600" latents="2048">: the curves of a run while they grow, from the hub and not through the
// page's circuit. For tests: points (each {step, time, drawnAt}), histograms, state.
import { watchRun } from '../live/dashboard.js';
import { RunSeries } from './series.js';
import { LineChart } from './line-chart.js';
import { DensityMap } from './density-map.js';
import { RunTable } from './run-table.js';
import { count, fixed, value } from './format.js';

const percent = share => Number.isFinite(share) ? 100 * share : null;
const charts = [
  { id: 'loss', title: 'Loss', pick: point => point.loss, heldOut: measure => measure.heldOutLoss, write: value, zero: true, canLog: true },
  { id: 'density' },
  { id: 'explained', title: 'Explained variance', pick: point => point.explainedVariance, heldOut: measure => measure.heldOutExplainedVariance, write: each => fixed(each, 3), ceiling: 1 },
  { id: 'dead', title: 'Dead latents', unit: '%', pick: point => percent(point.deadShare), write: each => fixed(each, 2), zero: true, ceiling: 100 },
  { id: 'l0', title: 'L0, latents active in a column', pick: point => point.l0, heldOut: measure => measure.heldOutL0, write: each => fixed(each, 1), zero: true },
  { id: 'speed', title: 'Throughput', unit: 'columns/s', pick: point => point.tokensPerSecond, write: count, zero: true },
];
const logLines = 200;

class RunLive extends HTMLElement {
  static observedAttributes = ['run'];

  series = new RunSeries();
  state = 'connecting';

  get points() { return this.series.points; }

  get histograms() { return this.series.histograms; }

  connectedCallback() {
    if (!this.made) this.build();
    this.recolour = () => this.charts.forEach(chart => chart.recolour());
    document.addEventListener('sae:theme', this.recolour);
    this.sizes = new ResizeObserver(() => this.charts.forEach(chart => chart.resize()));
    this.sizes.observe(this);
    this.watch();
  }

  disconnectedCallback() {
    document.removeEventListener('sae:theme', this.recolour);
    this.sizes.disconnect();
    this.watching?.stop();
    this.watching = null;
  }

  attributeChangedCallback(name, before, now) {
    if (this.made && this.isConnected && before !== now) this.watch();
  }

  build() {
    this.made = true;
    this.innerHTML = `
      <div class="run-tools">
        <p class="small muted run-hint" aria-live="polite"></p>
        <label class="run-smoothing small muted">Smoothing <input type="range" min="0" max="10" step="1" /></label>
      </div>
      <div class="run-charts"></div>
      <details class="run-more"><summary>Values as a table</summary><div class="scroll-x"></div><p class="small muted">All of them: <a class="text-link run-csv" download>CSV</a>, <a class="text-link run-json">JSON</a></p></details>
      <details class="run-more" open><summary>Log</summary><div class="log" tabindex="0" role="log" aria-label="Log of the run"></div></details>`;
    this.hint = this.querySelector('.run-hint');
    this.log = this.querySelector('.log');
    this.table = new RunTable(this.querySelector('.run-more'));
    const grid = this.querySelector('.run-charts');
    const hover = columns => this.charts.find(chart => chart instanceof DensityMap)?.setHover(columns);
    this.charts = charts.map(what => what.id === 'density' ? new DensityMap(grid) : new LineChart(grid, what, hover));
    this.smoothing = this.querySelector('input[type=range]');
    this.smoothing.value = localStorage.getItem('runs.smoothing') ?? '3';
    this.smoothing.addEventListener('input', () => { localStorage.setItem('runs.smoothing', this.smoothing.value); this.paintSoon(); });
  }

  watch() {
    this.watching?.stop();
    this.series.clear();
    this.lines = [];
    this.log.textContent = 'Nothing yet.';
    this.paintSoon();
    const run = this.getAttribute('run');
    if (!run) return;
    this.querySelector('.run-csv').href = `api/v1/runs/${run}/metrics.csv`;
    this.querySelector('.run-json').href = `api/v1/runs/${run}/metrics.json`;
    this.watching = watchRun(run, {
      snapshot: snapshot => this.onSnapshot(snapshot),
      points: points => { this.series.add(points); this.paintSoon(); },
      histogram: histogram => { this.series.addHistogram(histogram); this.paintSoon(); },
      resumed: (step, model) => { this.series.reset(model.points, model.histograms); this.paintSoon(); },
      status: status => { this.status = status; this.paintSoon(); },
      log: lines => this.onLog(lines),
      state: state => { this.state = state; this.dataset.connection = state; },
    });
  }

  onSnapshot(snapshot) {
    this.series.reset(snapshot.points, snapshot.histograms);
    if (snapshot.status) this.status = snapshot.status;
    this.lines = [];
    this.onLog(snapshot.log);
    this.paintSoon();
  }

  onLog(lines) {
    const follow = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 24;
    this.lines = [...this.lines, ...lines].slice(-logLines);
    this.log.textContent = this.lines.join('\n') || 'Nothing yet.';
    if (follow) this.log.scrollTop = this.log.scrollHeight;
  }

  // Whatever arrives between two frames is drawn once.
  paintSoon() {
    this.frame ??= requestAnimationFrame(() => { this.frame = null; this.paint(); });
  }

  paint() {
    const { series } = this;
    const batch = Number(this.getAttribute('batch')) || 1;
    const planned = batch * (Number(this.getAttribute('steps')) || 0);
    const reached = series.last?.columns ?? 0;
    const running = ['running', 'queued'].includes(this.status?.state ?? 'running');
    // While it runs the axis is the whole run's: the curve grows, nothing jumps. A run that ended early ends where it ended.
    const end = running ? Math.max(planned, reached) : reached || planned;
    // Over a few points at least, however few there are.
    const sigma = Math.max(end * .004, 1.2 * reached / (series.points.length || 1)) * (Number(this.smoothing.value) / 3) ** 2;
    for (const chart of this.charts) {
      if (chart instanceof DensityMap) chart.draw(series.histograms, step => step * batch, end);
      else chart.draw(series, end, sigma);
    }
    this.table.draw(series);
    this.hint.textContent = series.points.length ? 'Over the columns trained on; rings are held-out clips.' : running ? 'The curves begin with training.' : '';
    const now = Date.now();
    for (let i = series.points.length - 1; i >= 0 && series.points[i].drawnAt === null; i--) series.points[i].drawnAt = now;
  }
}

customElements.define('run-live', RunLive);
