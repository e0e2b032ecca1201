// <run-compare runs='[{"id","name","label","batch","steps","state","stateWord","settings":{…},"latest":{…}}]'>: the curves of several runs on the same
// axes, from the hub and not through the page's circuit; the page gives the runs, their states and newest values. Which runs are drawn, which
// curves, the axis, the smoothing and the table's order live in the address. For tests: series(id), shown, state(id).
import { watchRun } from '../live/dashboard.js';
import { ChartTools } from './chart-tools.js';
import { ChartsElement } from './charts-element.js';
import { CompareTable } from './compare-table.js';
import { axes, curves, endOf, planned, unlisted } from './curves.js';
import { LineChart } from './line-chart.js';
import { Scatter } from './scatter.js';
import { RunSeries } from './series.js';
import { addressWith, list, write } from './view-state.js';

const most = 8;
const usual = ['loss', 'explained', 'heldOutExplained', 'dead'];

class RunCompare extends ChartsElement {
  static observedAttributes = ['runs'];

  watched = new Map(); // id → { series, stop(), state }
  charts = new Map(); // id → LineChart

  // Runs that are drawn, in the order of the list.
  get shown() {
    const ids = list('show');
    const chosen = ids ? this.runs.filter(run => ids.includes(run.id)) : this.runs;
    return chosen.slice(0, most);
  }

  series(id) {
    return this.watched.get(id)?.series;
  }

  state(id) {
    return this.watched.get(id)?.state;
  }

  leave() {
    this.watched.forEach(each => each.stop());
    this.watched.clear();
  }

  build() {
    this.innerHTML = `
      <div class="compare-table scroll-x"></div>
      <div class="run-tools-place"></div>
      <details class="run-more compare-menu"><summary>Curves</summary><fieldset class="compare-curves"><legend class="visually-hidden">Curves that are drawn</legend></fieldset></details>
      <div class="run-charts"></div>`;
    this.table = new CompareTable(this.querySelector('.compare-table'), most, {
      toggle: id => this.toggle(id),
      highlight: number => this.highlight(number),
      remove: id =>
        globalThis.Blazor.navigateTo(
          addressWith({
            runs: this.runs.filter(run => run.id !== id).map(run => run.id),
            show: (list('show') ?? []).filter(each => each !== id),
          }),
        ),
    });
    this.tools = new ChartTools(this.querySelector('.run-tools-place'), () => this.paintSoon());
    this.chooser = this.querySelector('.compare-curves');
    this.grid = this.querySelector('.run-charts');
    this.scatter = new Scatter(this.grid, number => this.highlight(number));
    this.chooser.addEventListener('change', event => this.choose(event.target.value, event.target.checked));
  }

  // The page has said which runs there are, or how they stand.
  take() {
    this.runs = JSON.parse(this.getAttribute('runs') || '[]');
    this.runs.forEach((run, i) => {
      run.number = i + 1;
    });
    this.tools.load();
    this.follow();
    this.paintSoon();
  }

  // One run's curves before the others; null: all alike.
  highlight(number) {
    this.eachChart(chart => chart.highlight(number));
    this.scatter.highlight(number);
  }

  follow() {
    const ids = new Set(this.shown.map(run => run.id));
    for (const [id, each] of this.watched)
      if (!ids.has(id)) {
        each.stop();
        this.watched.delete(id);
      }
    for (const id of ids) if (!this.watched.has(id)) this.watch(id);
  }

  watch(id) {
    const each = { series: new RunSeries(), state: 'connecting', stop() {} };
    this.watched.set(id, each);
    const watching = watchRun(id, {
      snapshot: model => {
        each.series.reset(model.points, []);
        this.paintSoon();
      },
      points: points => {
        each.series.add(points);
        this.paintSoon();
      },
      resumed: (step, model) => {
        each.series.reset(model.points, []);
        this.paintSoon();
      },
      state: state => {
        each.state = state;
        this.paintSoon();
      },
    });
    each.stop = () => watching.stop();
  }

  toggle(id) {
    const ids = this.shown.map(run => run.id);
    const next = ids.includes(id) ? ids.filter(each => each !== id) : [...ids, id].slice(0, most);
    // An empty list would count as missing; "none" is not a run's id.
    write({ show: next.length === 0 ? ['none'] : this.runs.map(run => run.id).filter(each => next.includes(each)) });
    this.follow();
    this.paintSoon();
  }

  choose(id, drawn) {
    const ids = this.chosen.filter(each => each !== id);
    write({ series: drawn ? [...ids, id] : ids.length > 0 ? ids : ['none'] });
    this.paintSoon();
  }

  get chosen() {
    return list('series') ?? usual;
  }

  paint() {
    const lines = this.shown.map(run => ({ ...run, series: this.watched.get(run.id).series }));
    const all = [...curves, ...unlisted(lines.map(line => line.series))];
    this.offer(all);
    const { axis, smoothing } = this.tools;
    const end = Math.max(
      0,
      ...lines.map(line => {
        const last = line.series.last ? axes[axis].of(line.series.last, line.batch) : 0;
        return endOf(line.state, last, planned(axis, line.steps, line.batch));
      }),
    );
    const wanted = all.filter(what => this.chosen.includes(what.id));
    for (const [id, chart] of this.charts)
      if (!wanted.some(what => what.id === id)) {
        chart.destroy();
        this.charts.delete(id);
      }
    for (const what of wanted) {
      if (!this.charts.has(what.id)) {
        this.charts.set(what.id, new LineChart(this.grid, what, (x, from) => this.hover(x, from)));
      }
    }
    // In the order of the list, whatever was chosen last.
    wanted.forEach((what, i) => {
      const { box } = this.charts.get(what.id);
      if (this.grid.children[i + 1] !== box) this.grid.insertBefore(box, this.grid.children[i + 1] ?? null);
    });
    this.scatter.draw(lines);
    this.eachChart(chart => chart.draw(lines, axis, end, smoothing));
    this.table.draw(
      this.runs,
      lines.map(line => line.id),
    );
    const points = lines.some(line => line.series.points.length > 0);
    const hint =
      lines.length === 0 ? 'No run is drawn: tick one in the table.' : points ? axes[axis].says : 'The curves begin with training.';
    this.tools.say(hint + (this.runs.length > most ? ` At most ${most} runs are drawn at once.` : ''));
  }

  // A box for every curve there is.
  offer(all) {
    const ids = all.map(what => what.id).join();
    if (this.offered !== ids) {
      this.offered = ids;
      this.chooser.querySelectorAll('label').forEach(label => label.remove());
      for (const what of all) {
        const label = document.createElement('label');
        label.className = 'small';
        const box = document.createElement('input');
        box.type = 'checkbox';
        box.value = what.id;
        label.append(box, ` ${what.title}`);
        this.chooser.append(label);
      }
    }
    for (const box of this.chooser.querySelectorAll('input')) box.checked = this.chosen.includes(box.value);
  }
}

customElements.define('run-compare', RunCompare);

// <select data-compare-add> adds a run to those of the address, with the view as it is.
document.addEventListener('change', event => {
  const select = event.target.closest?.('[data-compare-add]');
  if (!select?.value) return;
  const runs = [...(list('runs') ?? []), select.value],
    show = list('show');
  globalThis.Blazor.navigateTo(addressWith({ runs, show: show ? [...show, select.value] : null }));
  select.value = '';
});
