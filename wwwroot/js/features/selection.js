// The selected features of a <feature-list>. It is kept here, so that a key acts at once, and written into the address ("select=3,12-18"), from
// which the page knows it. While a feature is open the address does not name it; it is written again when the list is back.
const REST = 70; // ms without a change before the address follows

// "3,12-18" as a set of numbers.
export function parse(text) {
  const found = new Set();
  for (const part of (text ?? '').split(',')) {
    const ends = /^\s*(\d+)(?:-(\d+))?\s*$/.exec(part);
    if (!ends) continue;
    const to = Number(ends[2] ?? ends[1]);
    for (let feature = Number(ends[1]); feature <= to && found.size < 100_000; feature++) found.add(feature);
  }
  return found;
}

// A set of numbers as "3,12-18".
export function format(selected) {
  const sorted = [...selected].sort((a, b) => a - b);
  const parts = [];
  for (let at = 0; at < sorted.length;) {
    let end = at;
    while (end + 1 < sorted.length && sorted[end + 1] === sorted[end] + 1) end++;
    parts.push(end > at ? `${sorted[at]}-${sorted[end]}` : `${sorted[at]}`);
    at = end + 1;
  }
  return parts.join(',');
}

export class Selection {
  // navigate(address): opens it in place of this one.
  constructor(list, navigate) {
    this.list = list;
    this.navigate = navigate;
    this.sae = list.getAttribute('sae');
    this.selected = parse(list.getAttribute('selected'));
    this.anchor = null;
    this.pending = false;
  }

  get rows() {
    return [...this.list.querySelectorAll('tr[data-feature]')];
  }

  get most() {
    return Number(this.list.getAttribute('most') ?? 500);
  }

  // New rows or another address came.
  fresh() {
    const now = this.list.getAttribute('selected') ?? '';
    if (this.sae !== this.list.getAttribute('sae')) {
      this.sae = this.list.getAttribute('sae');
      this.selected = parse(now);
      this.pending = false;
    } else if (!this.list.hasAttribute('opens')) {
      const mine = format(this.selected);
      if (now === mine) this.pending = false;
      else if (!this.pending && now !== '') this.selected = parse(now);
      else if (!this.pending) this.write();
    }
    this.draw();
  }

  // Selects a row, or not; a range goes from the row before it that was toggled.
  toggle(row, range = false) {
    if (!row) return;
    const rows = this.rows;
    const to = rows.indexOf(row);
    const from = range ? rows.findIndex(each => each.dataset.feature === this.anchor) : -1;
    const on = range && from >= 0 ? this.selected.has(Number(this.anchor)) : !this.selected.has(Number(row.dataset.feature));
    const touched = from >= 0 ? rows.slice(Math.min(from, to), Math.max(from, to) + 1) : [row];
    this.set(touched, on);
    this.anchor = row.dataset.feature;
  }

  set(rows, on) {
    for (const row of rows) {
      const feature = Number(row.dataset.feature);
      if (!on) this.selected.delete(feature);
      else if (this.selected.size < this.most) this.selected.add(feature);
    }
    this.draw();
    this.write();
  }

  clear() {
    this.selected.clear();
    this.draw();
    this.write();
  }

  draw() {
    for (const row of this.rows) {
      const on = this.selected.has(Number(row.dataset.feature));
      const box = row.querySelector('[data-choose]');
      if (box && box.checked !== on) box.checked = on;
      if (row.hasAttribute('data-picked') !== on) row.toggleAttribute('data-picked', on);
    }
    const all = this.list.querySelector('[data-choose-all]');
    if (all) all.checked = this.rows.length > 0 && this.rows.every(row => row.hasAttribute('data-picked'));
  }

  write() {
    this.pending = true;
    clearTimeout(this.resting);
    this.resting = setTimeout(() => {
      if (!this.list.isConnected || this.list.hasAttribute('opens')) return;
      const address = new URL(location.href);
      const text = format(this.selected);
      if (text) address.searchParams.set('select', text);
      else address.searchParams.delete('select');
      // A comma is a comma in a query.
      this.navigate(address.href.replaceAll('%2C', ','));
    }, REST);
  }
}
