// The controls that the page renders, and the keys of a map.
import { isOffered } from './colours.js';
import { toBits } from './selection.js';

const STEP = 1.6; // a press of + or −

// What is selected on the map that is open, for the page: it adds that to a list.
globalThis.saeAtlas = {
  selected() {
    const map = document.querySelector('feature-atlas[ready]');
    return map ? toBits(map.selected, map.atlas.count) : new Uint8Array();
  },
};

// Gives the controls that show the map's state.
export function bindControls(map, signal) {
  const control = name => map.querySelector(`[data-atlas=${name}]`);
  const on = (name, kind, run) => control(name)?.addEventListener(kind, run, { signal });
  const controls = Object.fromEntries(['find', 'colour', 'all', 'sound', 'lasso', 'table'].map(name => [name, control(name)]));
  controls.find.value = map.query;
  controls.all.checked = map.all;
  for (const option of controls.colour.options) option.disabled = !isOffered(option.value, map.atlas);
  controls.colour.value = map.colour;
  on('find', 'input', () => map.set({ query: controls.find.value.trim() }));
  on('colour', 'change', () => map.set({ colour: controls.colour.value }));
  on('all', 'change', () => map.set({ all: controls.all.checked }));
  on('sound', 'click', () => map.setSound(!map.sounds));
  on('lasso', 'click', () => map.setLasso(!map.lassoTool));
  on('table', 'click', () => map.set({ showsTable: !map.showsTable }));
  on('in', 'click', () => map.zoom(STEP));
  on('out', 'click', () => map.zoom(1 / STEP));
  on('fit', 'click', () => map.fit());
  const { selection, table } = map.parts;
  selection.addEventListener('click', event => map.pressSelection(event.target.closest('button')?.dataset.select), { signal });
  // Arrows scroll a table that has the focus.
  table.addEventListener('keydown', event => event.key.startsWith('Arrow') && event.stopPropagation(), { signal });
  return controls;
}

export const keysOf = map => ({
  ArrowLeft: { label: 'The next feature to the left', run: () => map.go(-1, 0) },
  ArrowRight: { label: 'The next feature to the right', run: () => map.go(1, 0) },
  ArrowUp: { label: 'The next feature above', run: () => map.go(0, -1) },
  ArrowDown: { label: 'The next feature below', run: () => map.go(0, 1) },
  ' ': { label: 'Play the focused feature', run: () => map.playFocused() },
  Enter: { label: 'Open the focused feature', run: () => map.focused !== null && map.visit(map.focused) },
  '+': { label: 'Zoom in', run: () => map.zoom(STEP) },
  '-': { label: 'Zoom out', run: () => map.zoom(1 / STEP) },
  0: { label: 'Show the whole map', run: () => map.fit() },
  l: { label: 'Lasso: draw around features', run: () => map.setLasso(!map.lassoTool) },
  ']': { label: 'Select more features around the focused one', run: () => map.grow(1) },
  '[': { label: 'Select fewer features around the focused one', run: () => map.grow(-1) },
  t: { label: 'Table of what is in view', run: () => map.set({ showsTable: !map.showsTable }) },
  v: { label: 'Sound on hover, on or off', run: () => map.setSound(!map.sounds) },
  Escape: { label: 'Leave the lasso, clear the selection, or stop the sound', run: () => map.escape() },
});
