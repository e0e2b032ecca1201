// The runs that are compared, a row each: what they are drawn with, what they differ in, and what came of them. Sorted by any column; the
// order lives in the address.
import { count, dash, fixed, value } from './format.js';
import { sample } from './line-styles.js';
import { read, write } from './view-state.js';

// Names in metrics.jsonl, what they are called, how they are written.
const figures = [
  ['heldOutExplainedVariance', 'Explained variance, held out', each => fixed(each, 4)],
  ['heldOutLoss', 'Loss, held out', value],
  ['explainedVariance', 'Explained variance', each => fixed(each, 4)],
  ['loss', 'Loss', value],
  ['l0', 'L0', each => fixed(each, 1)],
  ['deadShare', 'Dead', each => (Number.isFinite(each) ? `${fixed(100 * each, 2)} %` : dash)],
  ['ceRecovered', 'CE recovered', each => fixed(each, 3)],
  ['klRecovered', 'KL recovered', each => fixed(each, 3)],
  ['tokensPerSecond', 'Columns/s', count],
  ['columns', 'Columns', count],
];

// Settings are headed by their names in config.json; these are the run's own.
const words = {
  model: 'Model',
  dataset: 'Dataset',
  layer: 'Layer',
  condition: 'Condition',
  split: 'Split',
  clips: 'Clips',
  'starts from': 'Starts from',
};

export class CompareTable {
  // acts: toggle(id), remove(id), highlight(number or null).
  constructor(place, most, acts) {
    Object.assign(this, { place, most, acts });
    place.addEventListener('click', event => this.clicked(event));
    // A row that is pointed at, or has the focus, shows its curve.
    for (const [kind, other] of [
      ['pointerover', 'pointerleave'],
      ['focusin', 'focusout'],
    ]) {
      place.addEventListener(kind, event => acts.highlight(Number(event.target.closest('tr[data-number]')?.dataset.number) || null));
      place.addEventListener(other, () => acts.highlight(null));
    }
    place.addEventListener('change', event => {
      if (event.target.matches('input[data-show]')) acts.toggle(event.target.dataset.show);
    });
  }

  clicked(event) {
    const sort = event.target.closest('button[data-sort]')?.dataset.sort;
    const gone = event.target.closest('button[data-remove]')?.dataset.remove;
    if (gone) this.acts.remove(gone);
    if (!sort) return;
    // First the largest on top, then the smallest, then as they came.
    const now = read('sort');
    write({ sort: now === `-${sort}` ? sort : now === sort ? null : `-${sort}` });
    this.seen = null;
    this.draw(this.runs, this.shown);
    this.place.querySelector(`button[data-sort="${CSS.escape(sort)}"]`)?.focus();
  }

  draw(runs, shown) {
    Object.assign(this, { runs, shown });
    const sort = read('sort') ?? '';
    // Nothing is rebuilt while nothing has changed, so the focus stays.
    const seen = JSON.stringify([runs, shown, sort]);
    if (seen === this.seen) return;
    this.seen = seen;
    const focus = document.activeElement?.closest?.('.compare-table') === this.place ? document.activeElement.dataset : null;
    const settings = [...new Set(runs.flatMap(run => Object.keys(run.settings)))];
    const columns = [
      ...settings.map(name => ({ id: name, title: words[name] ?? name, of: run => run.settings[name] ?? '', write: text => text })),
      ...figures
        .filter(([name]) => runs.some(run => Number.isFinite(run.latest[name])))
        .map(([name, title, text]) => ({ id: name, title, of: run => run.latest[name], write: text, number: true })),
    ];
    const by = columns.find(column => column.id === sort.replace(/^-/, ''));
    const rows = by ? [...runs].sort((a, b) => order(by.of(a), by.of(b), sort.startsWith('-'))) : runs;
    const removable = runs.length > 1 && !new URLSearchParams(location.search).has('sweep');
    const table = document.createElement('table');
    const head = table.createTHead().insertRow();
    head.append(heading('Drawn'), heading('Run'), heading('State'));
    for (const column of columns) {
      const cell = heading('', column.number ? 'number' : '');
      const arrow = sort === column.id ? '↑' : sort === `-${column.id}` ? '↓' : '';
      cell.setAttribute('aria-sort', arrow === '↑' ? 'ascending' : arrow === '↓' ? 'descending' : 'none');
      const button = document.createElement('button');
      button.type = 'button';
      button.className = 'quiet';
      button.dataset.sort = column.id;
      button.textContent = `${column.title} ${arrow}`.trim();
      cell.append(button);
      head.append(cell);
    }
    if (removable) head.append(heading(''));
    const body = table.createTBody();
    for (const run of rows) {
      const row = body.insertRow();
      row.dataset.compared = run.id;
      row.dataset.number = run.number;
      const drawn = shown.includes(run.id);
      row.insertCell().innerHTML = `<label class="compare-line"><input type="checkbox" data-show ${drawn ? 'checked' : ''} ${!drawn && shown.length >= this.most ? 'disabled' : ''} /><b class="number">${run.number}</b>${drawn ? sample(run.number) : ''}</label>`;
      row.querySelector('input').dataset.show = run.id;
      row.querySelector('input').setAttribute('aria-label', `Draw ${run.number}, ${run.label}`);
      const link = document.createElement('a');
      link.className = 'run-name';
      link.href = `runs/${encodeURIComponent(run.id)}`;
      link.textContent = run.label;
      row.insertCell().append(link);
      const state = row.insertCell();
      state.className = 'small nowrap';
      state.textContent = run.stateWord;
      for (const column of columns) {
        const cell = row.insertCell();
        const figure = column.of(run);
        cell.className = column.number ? 'number' : 'number setting';
        cell.textContent = column.number ? (Number.isFinite(figure) ? column.write(figure) : dash) : figure;
      }
      if (removable) {
        const cell = row.insertCell();
        cell.innerHTML = `<button type="button" class="icon-button" data-remove title="Take it out"><svg class="icon" width="16" height="16" aria-hidden="true"><use href="lib/icons.svg#x"></use></svg></button>`;
        cell.firstChild.dataset.remove = run.id;
        cell.firstChild.setAttribute('aria-label', `Take ${run.label} out`);
      }
    }
    this.place.replaceChildren(table);
    if (focus?.show) this.place.querySelector(`[data-show="${CSS.escape(focus.show)}"]`)?.focus();
    if (focus?.sort) this.place.querySelector(`[data-sort="${CSS.escape(focus.sort)}"]`)?.focus();
  }
}

function heading(text, className = '') {
  const cell = document.createElement('th');
  cell.scope = 'col';
  cell.className = className;
  cell.textContent = text;
  return cell;
}

// Numbers by their size, texts by their letters; what is not known comes last either way.
function order(a, b, down) {
  const missing = each => each === undefined || each === null || each === '';
  if (missing(a) || missing(b)) return missing(a) - missing(b);
  const [x, y] = [a, b].map(each => (typeof each === 'number' ? each : Number(String(each).replaceAll(',', ''))));
  const less = Number.isFinite(x) && Number.isFinite(y) ? x - y : String(a).localeCompare(String(b), 'en');
  return down ? -less : less;
}
