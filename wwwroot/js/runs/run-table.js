// The curves as numbers: some twenty rows evenly over the run, made only while it is visible.
import { count, value } from './format.js';

const rows = 20;
const columns = [
  ['Step', point => count(point.step)],
  ['Columns', point => count(point.columns)],
  ['Loss', point => value(point.loss)],
  ['Explained variance', point => value(point.explainedVariance)],
  ['L0', point => value(point.l0)],
  ['Dead, %', point => value(100 * point.deadShare)],
  ['Columns/s', point => count(point.tokensPerSecond)],
];

export class RunTable {
  constructor(details) {
    this.details = details;
    this.place = details.querySelector('div');
    details.addEventListener('toggle', () => this.draw(this.series));
  }

  draw(series) {
    this.series = series;
    if (!this.details.open || !series) return;
    const every = Math.max(1, Math.floor(series.points.length / rows));
    const shown = series.points.filter((point, i) => i % every === 0 || i === series.points.length - 1);
    const table = document.createElement('table');
    const head = table.createTHead().insertRow();
    for (const [name] of columns) {
      const cell = document.createElement('th');
      cell.scope = 'col';
      cell.className = 'number';
      cell.textContent = name;
      head.append(cell);
    }
    const body = table.createTBody();
    for (const point of shown) {
      const row = body.insertRow();
      for (const [, write] of columns) {
        const cell = row.insertCell();
        cell.className = 'number';
        cell.textContent = write(point);
      }
    }
    this.place.replaceChildren(table);
  }
}
