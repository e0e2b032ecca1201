// A selection of features as the rules that make it, so that it fits into an address: polygons that were drawn, and "the n nearest of a
// feature" that was grown by keys. A polygon is a list of the map's coordinates [x, y, x, y, …].
const MOST_CORNERS = 64,
  DECIMALS = 3,
  MOST_RULES = 16;

export const inPolygon = (polygon, x, y) => {
  let inside = false;
  for (let i = 0, j = polygon.length - 2; i < polygon.length; j = i, i += 2) {
    const [xi, yi, xj, yj] = [polygon[i], polygon[i + 1], polygon[j], polygon[j + 1]];
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
  }
  return inside;
};

// A drawn line with at most 64 corners, rounded: what is selected is what the address says, to the last point.
export function simplify(line) {
  const points = [];
  for (let i = 0; i < line.length; i += 2) points.push([line[i], line[i + 1]]);
  let kept = points,
    tolerance = extent(points) / 1000;
  while (kept.length > MOST_CORNERS) {
    kept = douglasPeucker(points, tolerance);
    tolerance *= 1.5;
  }
  return kept.flat().map(round);
}

const round = value => Number(value.toFixed(DECIMALS));

function extent(points) {
  const of = axis => Math.max(...points.map(point => point[axis])) - Math.min(...points.map(point => point[axis]));
  return points.length > 0 ? Math.max(of(0), of(1)) : 0;
}

// Leaves out corners that are nearer to the line between their neighbours than the tolerance.
function douglasPeucker(points, tolerance) {
  if (points.length < 3) return points;
  const [first, last] = [points[0], points.at(-1)];
  let far = 0,
    at = 0;
  for (let i = 1; i < points.length - 1; i++) {
    const distance = fromLine(points[i], first, last);
    if (distance > far) [far, at] = [distance, i];
  }
  if (far <= tolerance) return [first, last];
  return [...douglasPeucker(points.slice(0, at + 1), tolerance).slice(0, -1), ...douglasPeucker(points.slice(at), tolerance)];
}

function fromLine([x, y], [x0, y0], [x1, y1]) {
  const length = Math.hypot(x1 - x0, y1 - y0);
  return length === 0 ? Math.hypot(x - x0, y - y0) : Math.abs((x1 - x0) * (y0 - y) - (x0 - x) * (y1 - y0)) / length;
}

// Rules as text: "p1,2,3,4,5,6;n1337:12", and back. What makes no sense is left out.
export const toText = rules =>
  rules.map(rule => (rule.polygon ? `p${rule.polygon.join(',')}` : `n${rule.feature}:${rule.count}`)).join(';');

export function fromText(text, count) {
  const rules = [];
  for (const part of (text ?? '').split(';').slice(0, MOST_RULES)) {
    const near = /^n(\d+):(\d+)$/.exec(part);
    if (near) {
      if (Number(near[1]) < count) rules.push({ feature: Number(near[1]), count: Math.min(count, Math.max(1, Number(near[2]))) });
    } else if (part.startsWith('p')) {
      const polygon = part.slice(1).split(',').map(Number);
      if (polygon.length >= 6 && polygon.length % 2 === 0 && polygon.length <= 2 * MOST_CORNERS && polygon.every(Number.isFinite))
        rules.push({ polygon });
    }
  }
  return rules;
}

// The features of all rules together, ascending.
export function featuresOf(rules, positions, index, accepts) {
  const found = new Set();
  for (const { polygon, feature, count } of rules) {
    if (polygon) {
      for (let point = 0; point < positions.length / 2; point++)
        if (accepts(point) && inPolygon(polygon, positions[2 * point], positions[2 * point + 1])) found.add(point);
    } else {
      for (const near of index.nearestOf(
        positions[2 * feature],
        positions[2 * feature + 1],
        count,
        each => each === feature || accepts(each),
      ))
        found.add(near);
    }
  }
  return [...found].sort((a, b) => a - b);
}

// A set of features as bits, the lowest first: 4 kB for 32,768 features, so that any selection fits into one message to the site.
export function toBits(features, count) {
  const bits = new Uint8Array(Math.ceil(count / 8));
  for (const feature of features) bits[feature >> 3] |= 1 << (feature & 7);
  return bits;
}

// Features as its address has them, neighbours as ranges: "3,12-18,400".
export function toRanges(features) {
  const ranges = [];
  for (const feature of features) {
    if (ranges.at(-1)?.[1] === feature - 1) ranges.at(-1)[1] = feature;
    else ranges.push([feature, feature]);
  }
  return ranges.map(([from, to]) => (from === to ? from : `${from}-${to}`)).join(',');
}

// Grows or shrinks the circle of neighbours of a feature by a third, at least by one.
export function grown(rules, feature, by) {
  const last = rules.find(rule => rule.feature === feature);
  if (!last) return by > 0 ? [{ feature, count: 6 }] : [];
  const count = by > 0 ? Math.ceil(last.count * 1.34 + 1) : Math.floor(last.count / 1.34 - 1);
  return count < 1 ? [] : [{ feature, count }];
}
