// <feature-atlas sae="…" labels="…">: the map of an SAE's features. The page renders the controls; points, names, card and table are drawn here.
// Its state (what is in view, colour, search, selection, focus) is in the address. For tests: element.atlas, element.view, element.selected.
import { bind } from '../keys.js';
import { player } from '../audio/player.js';
import { read as fromAddress } from '../runs/view-state.js';
import { readState, writeState } from './atlas-address.js';
import { answer } from './answer.js';
import { hasVoice, isKept, nameOf, parseAtlas, parseNames } from './atlas-data.js';
import { bindControls, keysOf } from './atlas-controls.js';
import { AtlasOverlay } from './atlas-overlay.js';
import { AtlasPointer } from './atlas-pointer.js';
import { AtlasSearch } from './atlas-search.js';
import { showTable } from './atlas-table.js';
import { CanvasPlot } from './canvas-plot.js';
import { Card } from './atlas-card.js';
import { paint, palette } from './colours.js';
import { GlPlot } from './gl-plot.js';
import { showLegend } from './legend.js';
import { MapView } from './map-view.js';
import { PointIndex } from './point-index.js';
import { featuresOf, grown, simplify, toRanges } from './selection.js';
import { Voices } from './voices.js';

const GRASP = 14, // pixels around a point that count as on it
  NEAR = 8, // voices that are fetched ahead
  KEPT = 10_000; // ms for which what was read is taken again

let kept = null;

class FeatureAtlas extends HTMLElement {
  static observedAttributes = ['labels'];

  connectedCallback() {
    // Blazor inserts an element before its children.
    queueMicrotask(() => this.isConnected && this.open());
  }

  attributeChangedCallback(name, before, now) {
    if (before !== null && before !== now && this.atlas) this.readNames().then(() => this.changed());
  }

  async open() {
    this.sae = this.getAttribute('sae');
    this.path = location.pathname;
    this.gone = new AbortController();
    const find = selector => this.querySelector(selector);
    this.parts = {
      points: find('.atlas-points'),
      overlay: find('.atlas-overlay'),
      map: find('.atlas-map'),
      note: find('[data-atlas=note]'),
      said: find('[data-atlas=said]'),
      table: find('.atlas-table'),
      selection: find('.atlas-selection'),
      legend: find('.atlas-legend'),
    };
    try {
      await this.read();
    } catch (error) {
      if (error.name !== 'AbortError') this.parts.note.textContent = error.message;
      return;
    }
    if (!this.isConnected) return;
    this.parts.note.textContent = '';
    this.start();
  }

  // When a page becomes interactive its elements are made again: the map is there at once, from what was read a moment ago.
  async read() {
    if (!kept || kept.sae !== this.sae || performance.now() - kept.at > KEPT) {
      const address = `api/v1/saes/${encodeURIComponent(this.sae)}/atlas`;
      this.atlas = parseAtlas(await (await answer(address, this.gone.signal)).arrayBuffer());
      this.index = new PointIndex(this.atlas.positions);
      await this.readNames();
    } else Object.assign(this, { atlas: kept.atlas, index: kept.index, names: kept.names });
    kept = { sae: this.sae, atlas: this.atlas, index: this.index, names: this.names, at: performance.now() };
  }

  async readNames() {
    const answered = await answer(`api/v1/saes/${encodeURIComponent(this.sae)}/atlas/names`, this.gone.signal);
    this.names = parseNames(await answered.json(), this.atlas.count);
    this.searching?.again();
  }

  start() {
    const { points, overlay, map } = this.parts;
    const pageOf = feature => new URL(`features/${this.sae}/${feature}`, document.baseURI).href;
    this.pageOf = pageOf;
    this.voices = new Voices(this.sae, { nameOf: feature => nameOf(this.names, feature), pageOf });
    this.view = new MapView(this.atlas.positions);
    this.plot = (fromAddress('canvas') === '1' ? null : GlPlot.on(points)) ?? new CanvasPlot(points);
    this.plot.onRestored = () => this.invalidate();
    this.setAttribute('drawn-by', this.plot.kind);
    this.plot.setPositions(this.atlas.positions);
    this.overlay = new AtlasOverlay(overlay);
    this.card = new Card(this.querySelector('.atlas-card'), this);
    this.hovered = null;
    this.searching = new AtlasSearch(this.sae, () => this.changed());
    Object.assign(this, readState(this.atlas));
    this.listen();
    this.sizes = new ResizeObserver(() => this.resize());
    this.sizes.observe(map);
    this.resize();
    if (this.wantedView) this.view.set(this.wantedView);
    this.changed();
    this.setAttribute('ready', '');
  }

  // now: the page is about to be left.
  writeAddress(now = false) {
    clearTimeout(this.writing);
    this.writing = null;
    if (now) writeState(this);
    else this.writing = setTimeout(() => this.writeAddress(true), 150);
  }

  listen() {
    const { signal } = this.gone;
    this.controls = bindControls(this, signal);
    this.sounds = localStorage.getItem('sae.atlas.sound') !== 'off';
    document.addEventListener('sae:theme', () => this.changed(), { signal });
    // Arrows scroll a table that has the focus.
    this.parts.table.addEventListener('keydown', event => event.key.startsWith('Arrow') && event.stopPropagation(), { signal });
    this.leavePlayer = player.subscribe(({ id, playing }) => this.card.showPlaying(id, playing));
    this.pointer = new AtlasPointer(this.parts.overlay, {
      view: () => this.view,
      hover: (x, y, kind) => this.hover(x, y, kind),
      leave: () => this.hover(-1e9, -1e9, 'mouse'),
      press: (x, y, kind) => this.press(x, y, kind),
      moved: () => this.moved(),
      drawing: line => {
        this.drawing = line;
        this.invalidate(false);
      },
      lasso: (line, adds) => this.draw(line, adds),
      lassoTool: () => this.lassoTool,
    });
    this.setSound(this.sounds);
    this.setLasso(false);
    this.unbind = bind('Atlas', keysOf(this));
  }

  disconnectedCallback() {
    this.gone?.abort();
    this.unbind?.();
    this.leavePlayer?.();
    this.pointer?.end();
    this.voices?.end();
    this.searching?.end();
    this.sizes?.disconnect();
    this.plot?.end();
    // The element that takes this one's place reads the address; on another page the address is not ours.
    if (this.writing && location.pathname === this.path) this.writeAddress(true);
    clearTimeout(this.writing);
    clearTimeout(this.listing);
    cancelAnimationFrame(this.frame);
  }

  // Whether a feature is on the map now.
  shows = feature => this.all || isKept(this.atlas, feature);

  set(values) {
    Object.assign(this, values);
    this.changed();
  }

  // Colours, names and what is selected are worked out again: not for every frame.
  changed() {
    if (!this.plot) return;
    const { atlas, names } = this;
    this.theme = palette(this);
    this.searching.set(this.query);
    this.found = this.searching.found;
    this.selected = featuresOf(this.rules, atlas.positions, this.index, this.shows);
    const chosen = new Set(this.selected),
      painted = paint(this.colour, atlas, names, this.theme);
    const colours = new Uint8Array(4 * atlas.count),
      sizes = new Float32Array(atlas.count).fill(1),
      behind = [],
      before = [];
    for (let feature = 0; feature < atlas.count; feature++) {
      if (!this.shows(feature)) continue;
      const lit = (chosen.size === 0 || chosen.has(feature)) && (this.found === null || this.found.has(feature)),
        marked = chosen.has(feature) || (this.found?.has(feature) ?? false);
      colours.set(painted.colours.subarray(3 * feature, 3 * feature + 3), 4 * feature);
      colours[4 * feature + 3] = lit ? (isKept(atlas, feature) ? 235 : 110) : 40;
      if (marked && lit) sizes[feature] = 1.6;
      (marked && lit ? before : behind).push(feature);
    }
    this.sizesOfPoints = sizes;
    this.plot.setPoints({ colours, sizes, order: Uint32Array.from([...behind, ...before]) });
    this.overlay.setNames(atlas, names, feature => this.shows(feature) && (this.found === null || this.found.has(feature)));
    showLegend(this.parts.legend, this.colour, painted.legend);
    this.showSelection();
    this.controls.table.setAttribute('aria-pressed', this.showsTable);
    this.parts.table.hidden = !this.showsTable;
    this.toggleAttribute('with-table', this.showsTable);
    this.card.show(this.hovered ?? this.focused);
    this.parts.note.textContent = this.searching.words(this.shows);
    this.moved();
  }

  moved() {
    this.invalidate();
    this.writeAddress();
    clearTimeout(this.listing);
    if (this.showsTable) this.listing = setTimeout(() => this.list(), 120);
  }

  // points: the map itself has changed, not only what is drawn over it.
  invalidate(points = true) {
    this.due ||= points;
    this.frame ||= requestAnimationFrame(() => {
      const { due } = this;
      this.frame = 0;
      this.due = false;
      this.paintFrame(due);
    });
  }

  get radius() {
    const { width, height, zoom } = this.view;
    return Math.min(8, Math.max(1.1, 0.16 * Math.sqrt((width * height) / Math.max(1, this.atlas.count)) * zoom ** 0.4));
  }

  paintFrame(points = true) {
    const ratio = Math.min(2, globalThis.devicePixelRatio || 1),
      { radius } = this;
    if (points) this.plot.draw(this.view, radius, ratio);
    this.overlay.draw(this.view, ratio, this.atlas, {
      focus: this.focused,
      hover: this.hovered,
      lasso: this.drawing,
      radius,
      colours: this.theme,
      sized: feature => this.sizesOfPoints[feature],
    });
  }

  resize() {
    const { clientWidth, clientHeight } = this.parts.map;
    this.view.resize(clientWidth, clientHeight);
    if (this.theme) this.moved();
  }

  // The feature at a place of the window; null: there is none.
  featureAt(x, y) {
    const [mx, my] = this.view.toMap(x, y),
      found = this.index.nearest(mx, my, GRASP / this.view.scale, this.shows);
    return found < 0 ? null : found;
  }

  hover(x, y, kind) {
    if (this.pointer?.isBusy) return;
    const feature = this.featureAt(x, y);
    if (this.sounds && kind !== 'touch' && !this.lassoTool && x >= 0) {
      const [mx, my] = this.view.toMap(x, y);
      this.voices.near(this.index.nearestOf(mx, my, NEAR, each => this.shows(each) && hasVoice(this.atlas, each), 120 / this.view.scale));
    }
    if (feature === this.hovered) return;
    this.hovered = feature;
    this.parts.overlay.style.cursor = this.lassoTool ? 'crosshair' : feature === null ? '' : 'pointer';
    this.card.show(feature ?? this.focused);
    if (this.sounds && !this.lassoTool && kind !== 'touch')
      this.voices.hover(feature !== null && hasVoice(this.atlas, feature) ? feature : null);
    this.invalidate(false);
  }

  // A finger chooses first and opens with a second press; a mouse has heard the feature already.
  press(x, y, kind) {
    const feature = this.featureAt(x, y);
    if (feature === null) {
      this.focus(null);
      return;
    }
    if (kind !== 'touch' || feature === this.focused) this.visit(feature);
    else {
      this.focus(feature);
      if (hasVoice(this.atlas, feature)) this.voices.play(feature);
    }
  }

  focus(feature) {
    this.focused = feature;
    this.card.show(feature);
    if (feature !== null) {
      const [x, y] = [this.atlas.positions[2 * feature], this.atlas.positions[2 * feature + 1]];
      this.view.reveal(x, y);
      this.parts.said.textContent = this.card.text(feature);
      if (hasVoice(this.atlas, feature)) this.voices.near([feature]);
    }
    this.moved();
  }

  go(right, down) {
    const next =
      this.focused === null
        ? this.index.nearest(this.view.x, this.view.y, Infinity, this.shows)
        : this.index.inDirection(this.focused, right, down, this.shows);
    if (next >= 0) this.focus(next);
  }

  playFocused() {
    const feature = this.focused ?? this.hovered;
    if (feature !== null && hasVoice(this.atlas, feature)) this.voices.toggle(feature);
    else player.toggle();
  }

  visit(feature) {
    // Back leads to the map as it was.
    this.focused = feature;
    this.writeAddress(true);
    globalThis.Blazor?.navigateTo(this.pageOf(feature));
  }

  zoom(factor) {
    this.view.zoomAt(this.view.width / 2, this.view.height / 2, factor);
    this.moved();
  }

  fit() {
    this.view.fit();
    this.moved();
  }

  setSound(on) {
    this.sounds = on;
    localStorage.setItem('sae.atlas.sound', on ? 'on' : 'off');
    this.controls.sound.setAttribute('aria-pressed', on);
    if (!on) this.voices.hover(null);
  }

  setLasso(on) {
    this.lassoTool = on;
    this.controls.lasso.setAttribute('aria-pressed', on);
    this.parts.overlay.style.cursor = on ? 'crosshair' : '';
  }

  draw(line, adds) {
    const polygon = simplify(line);
    if (polygon.length < 6) return;
    this.set({ rules: adds ? [...this.rules, { polygon }] : [{ polygon }] });
    this.setLasso(false);
    this.parts.said.textContent = `${this.selected.length} features selected`;
  }

  grow(by) {
    if (this.focused === null) this.go(1, 0);
    if (this.focused === null) return;
    this.set({ rules: grown(this.rules, this.focused, by) });
    this.parts.said.textContent = `${this.selected.length} features selected`;
  }

  escape() {
    if (this.lassoTool) this.setLasso(false);
    else if (this.rules.length > 0) this.set({ rules: [] });
    else player.stop();
  }

  showSelection() {
    const { selection } = this.parts,
      count = this.selected.length;
    selection.hidden = this.rules.length === 0;
    const words = `${count.toLocaleString('en')} selected`;
    if (selection.querySelector('b').textContent !== words) selection.querySelector('b').textContent = words;
    for (const button of selection.querySelectorAll('[data-select]:not([data-select=clear])')) button.disabled = count === 0;
    // Features takes what is selected from its address, which has an end.
    const most = Number(this.getAttribute('most'));
    selection.querySelector('[data-select=features]').hidden = count > most;
  }

  pressSelection(what) {
    if (what === 'clear') this.set({ rules: [] });
    if (what === 'list') this.set({ showsTable: true });
    if (what === 'features') {
      this.writeAddress(true);
      globalThis.Blazor?.navigateTo(`features/${this.sae}?select=${toRanges(this.selected)}`);
    }
  }

  get inView() {
    const { positions } = this.atlas,
      features = [];
    for (let feature = 0; feature < this.atlas.count; feature++) {
      if (!this.shows(feature) || (this.found !== null && !this.found.has(feature))) continue;
      const [x, y] = this.view.toScreen(positions[2 * feature], positions[2 * feature + 1]);
      if (x >= 0 && y >= 0 && x <= this.view.width && y <= this.view.height) features.push(feature);
    }
    return features;
  }

  list() {
    const chosen = this.rules.length > 0;
    showTable(this.parts.table, chosen ? this.selected : this.inView, { ...this, title: chosen ? 'Selected' : 'In view' });
  }
}

customElements.define('feature-atlas', FeatureAtlas);
