// <feature-list previous="…" next="…" gap="…"> around a table of features: j and k go through it, Space plays, Enter opens. With a feature open
// the keys open the next one; the list marks it at once and the page follows when the keys rest. previous and next lead past the page's
// ends. gap: the open feature is not in the list; it would come before this one ("": after all others). page: the page that is shown. at: the
// feature of a row that was asked for. filters: what is asked for, without the page. selected, most, sae: see selection.js; x selects a row, Shift+x a range.
import { bind } from '../keys.js';
import { player } from '../audio/player.js';
import { Selection } from './selection.js';

const REST = 70; // ms without a key before the page follows
const WARM = 3; // rows whose sound is decoded ahead of use

class FeatureList extends HTMLElement {
  connectedCallback() {
    this.unbind = bind('Features', {
      j: { label: 'Next feature', run: () => this.move(1) },
      k: { label: 'Previous feature', run: () => this.move(-1) },
      Enter: { label: 'Open the marked feature', run: () => this.follow() },
      ' ': { label: 'Play the feature', run: () => this.play() },
      x: { label: 'Select the marked feature', run: () => this.select(false) },
      X: { label: 'Select up to the marked feature', run: () => this.select(true) },
    });
    this.selection = new Selection(this, address => globalThis.Blazor?.navigateTo(address, { replaceHistoryEntry: true }));
    this.onChoose = event => this.choose(event);
    this.addEventListener('click', this.onChoose);
    this.onClear = event => event.target.closest?.('[data-clear-selection]') && this.selection.clear();
    document.addEventListener('click', this.onClear);
    this.addEventListener('pointerover', event => this.warm(event.target.closest?.('tr')));
    // The keys that follow a press are for the feature that was pressed, also while its page is on its way.
    this.onPress = event => {
      const row = event.target.closest?.('a') && event.target.closest('tr[data-feature]');
      if (row && event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey) this.mark(row);
    };
    this.addEventListener('click', this.onPress);
    this.changes = new MutationObserver(() => this.fresh());
    this.changes.observe(this, { childList: true, subtree: true, attributeFilter: ['aria-current', 'selected', 'sae', 'at', 'filters'] });
    // The table's head sticks below the filters, which are one line or many.
    this.sizes = new ResizeObserver(([entry]) => this.style.setProperty('--list-top', `${entry.target.offsetHeight}px`));
    const filters = this.closest('.room-list')?.querySelector('.filters');
    if (filters) this.sizes.observe(filters);
    this.fresh();
  }

  disconnectedCallback() {
    this.unbind();
    this.removeEventListener('click', this.onPress);
    this.removeEventListener('click', this.onChoose);
    document.removeEventListener('click', this.onClear);
    this.changes.disconnect();
    this.sizes.disconnect();
    clearTimeout(this.resting);
  }

  get rows() {
    return [...this.querySelectorAll('tr[data-feature]')];
  }

  // The row that the keys are at. Until the page has followed it is not the one the server calls current.
  get current() {
    return this.querySelector('tr[data-marked]') ?? this.querySelector('tr[aria-current=true]');
  }

  get opens() {
    return this.hasAttribute('opens');
  }

  // New rows came, or another one is open. The first few rows may be played at any moment.
  fresh() {
    if (this.opens && !this.resting && this.querySelector('tr[data-marked][aria-current=true]')) this.mark(null);
    const open = this.querySelector('tr[aria-current=true]');
    if (open) {
      this.order = this.rows.map(row => row.dataset.feature);
      this.place = this.order.indexOf(open.dataset.feature);
      if (this.shown !== open.dataset.feature) open.scrollIntoView({ block: this.shown ? 'nearest' : 'center' });
      this.shown = open.dataset.feature;
    }
    this.selection.fresh();
    const page = this.getAttribute('page'),
      at = this.getAttribute('at');
    if (at !== null && at !== this.at) {
      const row = this.querySelector(`tr[data-feature="${at}"]`);
      this.mark(row);
      row?.scrollIntoView({ block: 'center' });
    } else if (this.page !== undefined && this.page !== page && !this.opens) scrollTo(0, 0);
    const filters = this.getAttribute('filters');
    if (this.filters !== undefined && this.filters !== filters && this.page === page && at === this.at && !this.opens) this.showFirst();
    [this.page, this.at, this.filters] = [page, at, filters];
    const first = this.rows[0]?.dataset.feature;
    if (first === this.first) return;
    this.first = first;
    this.rows.slice(0, WARM).forEach(row => this.warm(row));
  }

  // A facet far down was chosen: the first of the rows that are left may be above the window.
  showFirst() {
    const row = this.rows[0]?.getBoundingClientRect(),
      head = this.querySelector('thead')?.getBoundingClientRect();
    if (row && head && row.top < head.bottom - 1) scrollBy(0, row.top - head.bottom);
  }

  select(range) {
    if (!this.opens) this.selection.toggle(this.current, range);
  }

  // A press on a row's box, with Shift up to it; the box of the head is all of the page.
  choose(event) {
    const box = event.target.closest?.('[data-choose], [data-choose-all]');
    if (!box) return;
    if (box.hasAttribute('data-choose-all')) this.selection.set(this.rows, box.checked);
    else {
      this.mark(box.closest('tr'));
      this.selection.toggle(box.closest('tr'), event.shiftKey);
    }
  }

  move(by) {
    const rows = this.rows,
      at = rows.indexOf(this.current),
      gap = at < 0 ? this.gapIn(rows, by) : 0;
    const row = at >= 0 ? rows[at + by] : rows[by > 0 ? gap : gap - 1];
    if (!row) {
      const beyond = this.getAttribute(by > 0 ? 'next' : 'previous');
      if (beyond) globalThis.Blazor.navigateTo(beyond);
      return;
    }
    this.mark(row);
    row.scrollIntoView({ block: 'nearest' });
    this.warm(row);
    clearTimeout(this.resting);
    if (this.opens) this.resting = setTimeout(() => this.follow(), REST);
  }

  // Where the open feature was, as the index of the row after it: a label that was given or another filter took it out of the list.
  gapIn(rows, by) {
    const features = rows.map(row => row.dataset.feature);
    for (const feature of this.order?.slice(this.place + 1) ?? []) {
      const at = features.indexOf(feature);
      if (at >= 0) return at;
    }
    const before = this.order?.slice(0, this.place).findLast(feature => features.includes(feature));
    if (before !== undefined) return features.indexOf(before) + 1;
    const gap = this.getAttribute('gap');
    if (gap) return Math.max(0, features.indexOf(gap));
    return gap === '' || by < 0 ? rows.length : 0;
  }

  mark(row) {
    this.querySelector('tr[data-marked]')?.removeAttribute('data-marked');
    row?.setAttribute('data-marked', '');
    this.toggleAttribute('marking', row !== null);
  }

  follow() {
    clearTimeout(this.resting);
    this.resting = null;
    const link = this.current?.querySelector('a');
    // A hundred features gone through are one step of the browser's history.
    if (link) globalThis.Blazor.navigateTo(link.getAttribute('href'), { replaceHistoryEntry: this.opens });
  }

  // What sounds is paused; else the open feature's strongest clip, or the marked row's.
  play() {
    if (player.state.playing) {
      player.toggle();
      return;
    }
    const button =
      (this.opens && document.querySelector('[data-feature-sound]')) || (this.current ?? this.rows[0])?.querySelector('[data-play]');
    button?.click();
  }

  // Asks for one byte of the row's sound, which has it decoded and kept.
  warm(row) {
    const url = row?.querySelector('[data-play]')?.dataset.play;
    if (!url || warmed.has(url)) return;
    warmed.add(url);
    fetch(url, { headers: { Range: 'bytes=0-0' }, priority: 'low' }).then(
      answer => {
        if (!answer.ok) warmed.delete(url);
      },
      () => warmed.delete(url),
    );
  }
}

const warmed = new Set();

customElements.define('feature-list', FeatureList);
