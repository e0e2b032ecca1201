// The points of an envelope: [{ column, level }], in order of their columns. level 0 … 1 is how much of the strip acts; straight lines between points,
// the first and last level before and after them, 1 everywhere without points (Contracts/SteerShape.cs says the same).
export const MOST_POINTS = 2000;

const clamp = (value, least, most) => Math.min(most, Math.max(least, value));
const hundredth = value => Math.round(clamp(value, 0, 1) * 100) / 100;

// "0:0 50:0.75" and back.
export function parsePoints(text) {
  return (text ?? '')
    .split(' ')
    .filter(Boolean)
    .map(each => each.split(':').map(Number))
    .filter(([column, level]) => Number.isInteger(column) && Number.isFinite(level))
    .map(([column, level]) => ({ column, level }));
}

export const pointsText = points => points.map(({ column, level }) => `${column}:${level}`).join(' ');

export function levelAt(points, column) {
  if (points.length === 0) return 1;
  if (column <= points[0].column) return points[0].level;
  for (let i = 1; i < points.length; i++) {
    const from = points[i - 1],
      to = points[i];
    if (column <= to.column) return from.level + ((to.level - from.level) * (column - from.column)) / (to.column - from.column);
  }
  return points.at(-1).level;
}

// With a point more, and its place among them. Where there is one at that column, it gets the level.
export function addPoint(points, column, level, columns) {
  const at = clamp(Math.round(column), 0, columns),
    found = points.findIndex(each => each.column === at),
    next = { column: at, level: hundredth(level) };
  if (found >= 0) return { points: points.with(found, next), index: found };
  if (points.length >= MOST_POINTS) return { points, index: -1 };
  const before = points.findIndex(each => each.column > at),
    index = before < 0 ? points.length : before;
  return { points: points.toSpliced(index, 0, next), index };
}

// A point stays between its neighbours.
export function movePoint(points, index, column, level, columns) {
  const least = index > 0 ? points[index - 1].column + 1 : 0,
    most = index < points.length - 1 ? points[index + 1].column - 1 : Math.max(columns, points[index].column);
  return points.with(index, { column: clamp(Math.round(column), least, most), level: hundredth(level) });
}

export const removePoint = (points, index) => points.toSpliced(index, 1);

// Where a point is added by key: at the playhead where there is room, otherwise in the middle of the widest gap.
export function freeColumn(points, wanted, columns) {
  if (wanted !== null && points.every(each => Math.abs(each.column - wanted) > 1)) return Math.round(wanted);
  const ends = [-1, ...points.map(each => each.column), columns + 1];
  let best = 0;
  for (let i = 1; i < ends.length - 1; i++) if (ends[i + 1] - ends[i] > ends[best + 1] - ends[best]) best = i;
  return clamp(Math.round((ends[best] + ends[best + 1]) / 2), 0, columns);
}

// "120:2.5 200:m": recorded moves as [{ column, strength, muted }].
export function parseMoves(text) {
  return (text ?? '')
    .split(' ')
    .filter(Boolean)
    .map(each => each.split(':'))
    .map(([column, strength]) => ({ column: Number(column), strength: strength === 'm' ? 0 : Number(strength), muted: strength === 'm' }))
    .filter(({ column, strength }) => Number.isInteger(column) && Number.isFinite(strength));
}
