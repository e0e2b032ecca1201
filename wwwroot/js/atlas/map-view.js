// Which part of a map is on the screen: the map's point in the middle, and pixels per unit of the map. y grows downwards in both.
const MOST_ZOOM = 400,
  LEAST_ZOOM = 0.5,
  MARGIN = 32;

export class MapView {
  constructor(positions) {
    this.bounds = boundsOf(positions);
    this.width = this.height = 1;
    this.x = this.y = 0;
    this.scale = 1;
    this.isFitted = true;
  }

  // A map that shows everything still does after its window has changed; else the middle stays.
  resize(width, height) {
    this.width = Math.max(1, width);
    this.height = Math.max(1, height);
    if (this.isFitted) this.fit();
  }

  get fittingScale() {
    const { left, top, right, bottom } = this.bounds;
    const room = Math.min(
      (this.width - 2 * MARGIN) / Math.max(1e-6, right - left),
      (this.height - 2 * MARGIN) / Math.max(1e-6, bottom - top),
    );
    return Math.max(1e-6, room);
  }

  // 1: everything is on the screen.
  get zoom() {
    return this.scale / this.fittingScale;
  }

  fit() {
    const { left, top, right, bottom } = this.bounds;
    this.x = (left + right) / 2;
    this.y = (top + bottom) / 2;
    this.scale = this.fittingScale;
    this.isFitted = true;
  }

  set({ x, y, zoom }) {
    this.x = x;
    this.y = y;
    this.scale = this.limit(zoom * this.fittingScale);
    this.isFitted = false;
  }

  // The map's point under the pointer stays under it.
  zoomAt(left, top, factor) {
    const [x, y] = this.toMap(left, top);
    this.scale = this.limit(this.scale * factor);
    this.x = x - (left - this.width / 2) / this.scale;
    this.y = y - (top - this.height / 2) / this.scale;
    this.isFitted = false;
  }

  pan(right, down) {
    this.x -= right / this.scale;
    this.y -= down / this.scale;
    this.isFitted = false;
  }

  // Moves no further than it takes to see a point, with some room around it.
  reveal(x, y, room = 60) {
    const [left, top] = this.toScreen(x, y);
    const across = Math.min(room, this.width / 3),
      along = Math.min(room, this.height / 3);
    const right = left < across ? across - left : left > this.width - across ? this.width - across - left : 0,
      down = top < along ? along - top : top > this.height - along ? this.height - along - top : 0;
    if (right !== 0 || down !== 0) this.pan(right, down);
  }

  toScreen(x, y) {
    return [(x - this.x) * this.scale + this.width / 2, (y - this.y) * this.scale + this.height / 2];
  }

  toMap(left, top) {
    return [(left - this.width / 2) / this.scale + this.x, (top - this.height / 2) / this.scale + this.y];
  }

  limit(scale) {
    const fitting = this.fittingScale;
    return Math.min(MOST_ZOOM * fitting, Math.max(LEAST_ZOOM * fitting, scale));
  }
}

function boundsOf(positions) {
  const bounds = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
  for (let i = 0; i < positions.length; i += 2) {
    bounds.left = Math.min(bounds.left, positions[i]);
    bounds.right = Math.max(bounds.right, positions[i]);
    bounds.top = Math.min(bounds.top, positions[i + 1]);
    bounds.bottom = Math.max(bounds.bottom, positions[i + 1]);
  }
  return positions.length > 0 ? bounds : { left: 0, top: 0, right: 1, bottom: 1 };
}
