// <run-live run="run-…" batch="1024" steps="1600" latents="2048" features="features/…">: the curves of a run while they grow, from the hub and not through the
// page's circuit. For tests: points (each {step, time, drawnAt}), histograms, state.
import { watchRun } from '../live/dashboard.js';
import { RunSeries } from './series.js';
import { LineChart } from './line-chart.js';
import { ChartTools } from './chart-tools.js';
import { ChartsElement } from './charts-element.js';
import { axes, curves, endOf, planned } from './curves.js';
import { DensityMap } from './density-map.js';
import { RunTable } from './run-table.js';

const shown = ['loss', 'density', 'explained', 'dead', 'l0', 'speed'];
const logLines = 200;

class RunLive extends ChartsElement {
  static observedAttributes = ['run'];

  series = new RunSeries();
  state = 'connecting';

  get points() {
    return this.series.points;
  }

  get histograms() {
    return this.series.histograms;
  }

  leave() {
    this.watching?.stop();
    this.watching = null;
  }

  build() {
    this.innerHTML = `
      <div class="run-tools-place"></div>
      <div class="run-charts"></div>
      <details class="run-more"><summary>Values as a table</summary><div class="scroll-x"></div><p class="small muted">All of them: <a class="text-link run-csv" download>CSV</a>, <a class="text-link run-json">JSON</a></p></details>
      <details class="run-more" open><summary>Log</summary><div class="log" tabindex="0" role="log" aria-label="Log of the run"></div></details>`;
    this.tools = new ChartTools(this.querySelector('.run-tools-place'), () => this.paintSoon());
    this.log = this.querySelector('.log');
    this.table = new RunTable(this.querySelector('.run-more'));
    const grid = this.querySelector('.run-charts');
    const hover = (x, from) => this.hover(x, from);
    this.charts = shown.map(id =>
      id === 'density'
        ? new DensityMap(grid, hover, () => this.getAttribute('features'))
        : new LineChart(
            grid,
            curves.find(what => what.id === id),
            hover,
          ),
    );
  }

  take() {
    this.watching?.stop();
    this.series.clear();
    this.lines = [];
    this.log.textContent = 'Nothing yet.';
    this.paintSoon();
    const run = this.getAttribute('run');
    if (!run) return;
    this.querySelector('.run-csv').href = `api/v1/runs/${encodeURIComponent(run)}/metrics.csv`;
    this.querySelector('.run-json').href = `api/v1/runs/${encodeURIComponent(run)}/metrics.json`;
    this.watching = watchRun(run, {
      snapshot: snapshot => this.onSnapshot(snapshot),
      points: points => {
        this.series.add(points);
        this.paintSoon();
      },
      histogram: histogram => {
        this.series.addHistogram(histogram);
        this.paintSoon();
      },
      resumed: (step, model) => {
        this.series.reset(model.points, model.histograms);
        this.paintSoon();
      },
      status: status => {
        this.status = status;
        this.paintSoon();
      },
      log: lines => this.onLog(lines),
      state: state => {
        this.state = state;
        this.dataset.connection = state;
      },
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

  paint() {
    const { series } = this;
    const batch = Number(this.getAttribute('batch')) || 1;
    const steps = Number(this.getAttribute('steps')) || 0;
    const { axis } = this.tools;
    const reached = series.last ? axes[axis].of(series.last, batch) : 0;
    const state = this.status?.state ?? 'running';
    const running = ['running', 'queued'].includes(state);
    const end = endOf(state, reached, planned(axis, steps, batch));
    // A histogram is of the step of a point, or of one between two.
    const placeOf = ({ step }) =>
      axis === 'wall' ? (series.points.findLast(point => point.step <= step)?.wall ?? 0) : axis === 'step' ? step : step * batch;
    const lines = [{ number: 1, label: 'this run', series, batch }];
    for (const chart of this.charts) {
      if (chart instanceof DensityMap) chart.draw(series.histograms, placeOf, axis, end);
      else chart.draw(lines, axis, end, this.tools.smoothing);
    }
    this.table.draw(series);
    this.tools.say(
      series.points.length ? `${axes[axis].says} Rings are held-out clips.` : running ? 'The curves begin with training.' : '',
    );
    const now = Date.now();
    for (let i = series.points.length - 1; i >= 0 && series.points[i].drawnAt === null; i--) series.points[i].drawnAt = now;
  }
}

customElements.define('run-live', RunLive);
