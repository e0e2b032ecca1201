// The points of a map in square cells: what is nearest to a place is found without looking at all of them. accepts(feature) says which count.
export class PointIndex {
  constructor(positions) {
    this.positions = positions;
    const count = positions.length / 2;
    let left = Infinity,
      top = Infinity,
      right = -Infinity,
      bottom = -Infinity;
    for (let i = 0; i < positions.length; i += 2) {
      left = Math.min(left, positions[i]);
      right = Math.max(right, positions[i]);
      top = Math.min(top, positions[i + 1]);
      bottom = Math.max(bottom, positions[i + 1]);
    }
    if (count === 0) left = top = right = bottom = 0;
    // About two points to a cell.
    this.cell = Math.max(1e-6, Math.max(right - left, bottom - top) / Math.max(1, Math.floor(Math.sqrt(count / 2))));
    Object.assign(this, { left, top });
    this.columns = Math.floor((right - left) / this.cell) + 1;
    this.rows = Math.floor((bottom - top) / this.cell) + 1;
    this.starts = new Uint32Array(this.columns * this.rows + 1);
    for (let i = 0; i < count; i++) this.starts[this.cellOf(i) + 1]++;
    for (let i = 0; i < this.columns * this.rows; i++) this.starts[i + 1] += this.starts[i];
    this.members = new Uint32Array(count);
    const place = this.starts.slice();
    for (let i = 0; i < count; i++) this.members[place[this.cellOf(i)]++] = i;
  }

  cellOf(point) {
    const column = Math.floor((this.positions[2 * point] - this.left) / this.cell),
      row = Math.floor((this.positions[2 * point + 1] - this.top) / this.cell);
    return row * this.columns + column;
  }

  // The point nearest to a place within a distance; −1: there is none.
  nearest(x, y, most, accepts = () => true) {
    return this.nearestOf(x, y, 1, accepts, most)[0] ?? -1;
  }

  // Up to `wanted` points, nearest first, ties by number.
  nearestOf(x, y, wanted, accepts = () => true, most = Infinity) {
    const column = Math.floor((x - this.left) / this.cell),
      row = Math.floor((y - this.top) / this.cell);
    const reach = Math.max(Math.abs(column), Math.abs(column - this.columns), Math.abs(row), Math.abs(row - this.rows)) + 1;
    let found = [];
    for (let ring = 0; ring <= reach; ring++) {
      // What is in a farther ring is at least so far away.
      const safe = (ring - 1) * this.cell;
      if (safe > most) break;
      if (found.length >= wanted && ring > 0) {
        found = sorted(found);
        if (found[wanted - 1].squared <= safe * safe) break;
      }
      this.collect(x, y, column, row, ring, most, accepts, found);
    }
    return sorted(found)
      .slice(0, wanted)
      .map(each => each.point);
  }

  collect(x, y, column, row, ring, most, accepts, found) {
    for (let r = Math.max(0, row - ring); r <= Math.min(this.rows - 1, row + ring); r++) {
      const step = Math.abs(r - row) === ring || ring === 0 ? 1 : 2 * ring;
      for (let c = column - ring; c <= column + ring; c += step) {
        if (c < 0 || c >= this.columns) continue;
        const cell = r * this.columns + c;
        for (let at = this.starts[cell]; at < this.starts[cell + 1]; at++) {
          const point = this.members[at],
            dx = this.positions[2 * point] - x,
            dy = this.positions[2 * point + 1] - y,
            squared = dx * dx + dy * dy;
          if (squared <= most * most && accepts(point)) found.push({ squared, point });
        }
      }
    }
  }

  // The next point in a direction (right, down) from a point: what is straight ahead counts as nearer than what is aside. −1: there is none.
  inDirection(from, right, down, accepts = () => true) {
    const x = this.positions[2 * from],
      y = this.positions[2 * from + 1];
    let best = -1,
      least = Infinity;
    for (let point = 0; point < this.positions.length / 2; point++) {
      if (point === from) continue;
      const dx = this.positions[2 * point] - x,
        dy = this.positions[2 * point + 1] - y,
        ahead = dx * right + dy * down,
        aside = Math.abs(dx * down - dy * right);
      // Within 45 degrees of the direction.
      if (ahead <= 0 || aside > ahead) continue;
      const far = ahead + 2 * aside;
      if (far < least && accepts(point)) {
        least = far;
        best = point;
      }
    }
    return best;
  }
}

const sorted = found => found.sort((a, b) => a.squared - b.squared || a.point - b.point);
