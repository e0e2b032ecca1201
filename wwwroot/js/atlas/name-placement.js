// Which names are written on a map, and where: the most important first, none over another. Pure, so that a test can call it.
const HEIGHT = 16,
  GAP = 4,
  MOST_LOOKED_AT = 6000;

// Features in the order in which they get names: labelled ones first, then those with caption words, each by p99. Others have no name to show.
export function importance(atlas, names, accepts) {
  const rank = feature => (names.label[feature] !== null ? 2 : names.hint[feature] !== null ? 1 : 0);
  const named = [];
  for (let feature = 0; feature < atlas.count; feature++) if (rank(feature) > 0 && accepts(feature)) named.push(feature);
  return named.sort((a, b) => rank(b) - rank(a) || atlas.p99[b] - atlas.p99[a] || a - b);
}

// Places names right of their points, or left where the window ends. view: MapView; width(feature) in pixels; first: features that are named
// whatever else is; offset: pixels between a point and its name. Gives [{ feature, left, top, width, isLeft }], top being the middle of the line.
export function placeNames(order, positions, view, width, { most = 60, first = [], offset = 7 } = {}) {
  const placed = [],
    cells = new Map();
  const tryOne = (feature, always) => {
    const [x, y] = view.toScreen(positions[2 * feature], positions[2 * feature + 1]);
    if (x < 0 || y < HEIGHT / 2 || x > view.width || y > view.height - HEIGHT / 2) return;
    const wide = width(feature),
      isLeft = x + offset + wide > view.width && x - offset - wide >= 0,
      left = isLeft ? x - offset - wide : x + offset;
    const box = { feature, left, top: y, width: wide, isLeft };
    if (!always && (left + wide > view.width || collides(cells, box))) return;
    remember(cells, box);
    placed.push(box);
  };
  for (const feature of first) tryOne(feature, true);
  for (let i = 0; i < order.length && i < MOST_LOOKED_AT && placed.length < most; i++)
    if (!first.includes(order[i])) tryOne(order[i], false);
  return placed;
}

// Cells of 64 pixels, so that a name is compared with its neighbours alone.
const CELL = 64;

function* cellsOf({ left, top, width }) {
  for (let column = Math.floor((left - GAP) / CELL); column <= Math.floor((left + width + GAP) / CELL); column++)
    for (let row = Math.floor((top - HEIGHT) / CELL); row <= Math.floor((top + HEIGHT) / CELL); row++) yield column * 100_003 + row;
}

function collides(cells, box) {
  for (const cell of cellsOf(box))
    for (const other of cells.get(cell) ?? [])
      if (Math.abs(other.top - box.top) < HEIGHT && box.left < other.left + other.width + GAP && other.left < box.left + box.width + GAP)
        return true;
  return false;
}

function remember(cells, box) {
  for (const cell of cellsOf(box)) {
    if (!cells.has(cell)) cells.set(cell, []);
    cells.get(cell).push(box);
  }
}
