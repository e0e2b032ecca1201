// The controls that the charts of one run and of several have in common: the x axis and the smoothing. They live in the address.
import { axes } from './curves.js';
import { read, write } from './view-state.js';

const smoothing = 0.6;

export class ChartTools {
  // place: where they are put; changed(): they are other now.
  constructor(place, changed) {
    this.box = document.createElement('div');
    this.box.className = 'run-tools';
    this.box.innerHTML = `
      <p class="small muted run-hint" aria-live="polite"></p>
      <label class="run-tool small muted">x axis <select>${Object.entries(axes)
        .map(([id, axis]) => `<option value="${id}">${axis.title}</option>`)
        .join('')}</select></label>
      <label class="run-tool run-smoothing small muted">Smoothing <input type="range" min="0" max="0.98" step="0.02" /> <output class="number"></output></label>`;
    this.hint = this.box.querySelector('.run-hint');
    this.select = this.box.querySelector('select');
    this.range = this.box.querySelector('input');
    this.shown = this.box.querySelector('output');
    this.select.addEventListener('change', () => {
      write({ x: this.axis === 'columns' ? null : this.axis });
      changed();
    });
    this.range.addEventListener('input', () => {
      this.tell();
      write({ smooth: this.smoothing === smoothing ? null : String(this.smoothing) });
      changed();
    });
    place.append(this.box);
    this.load();
  }

  // Takes what the address says.
  load() {
    const axis = read('x'),
      smooth = Number(read('smooth') ?? smoothing);
    this.select.value = axis in axes ? axis : 'columns';
    this.range.value = smooth >= 0 && smooth <= 0.98 ? smooth : smoothing;
    this.tell();
  }

  get axis() {
    return this.select.value;
  }

  get smoothing() {
    return Number(this.range.value);
  }

  say(text) {
    if (this.hint.textContent !== text) this.hint.textContent = text;
  }

  tell() {
    this.shown.textContent = this.smoothing.toFixed(2);
  }
}
