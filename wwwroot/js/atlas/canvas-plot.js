// Draws the points of a map on a plain canvas, where the browser has no WebGL2. The same interface as gl-plot.js.
export class CanvasPlot {
  constructor(canvas) {
    this.canvas = canvas;
    this.kind = 'canvas';
    this.pen = canvas.getContext('2d');
  }

  setPositions(positions) {
    this.positions = positions;
  }

  // Points of one colour follow one another where the order allows it: a change of colour costs more than a point.
  setPoints({ colours, sizes, order }) {
    this.groups = [];
    const open = new Map();
    for (const point of order) {
      const [red, green, blue, alpha] = colours.subarray(4 * point, 4 * point + 4);
      if (alpha === 0) continue;
      const key = `${red},${green},${blue},${alpha},${sizes[point]}`;
      if (!open.has(key)) {
        const group = { fill: `rgb(${red} ${green} ${blue} / ${alpha / 255})`, size: sizes[point], points: [] };
        open.set(key, group);
        this.groups.push(group);
      }
      open.get(key).points.push(point);
    }
    // What is large is drawn over what is small.
    this.groups.sort((a, b) => a.size - b.size);
  }

  draw(view, radius, ratio) {
    const { canvas, pen } = this;
    const [wide, high] = [Math.round(view.width * ratio), Math.round(view.height * ratio)];
    if (canvas.width !== wide || canvas.height !== high) {
      canvas.width = wide;
      canvas.height = high;
    }
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, view.width, view.height);
    const { positions } = this;
    const [dx, dy] = [view.width / 2 - view.x * view.scale, view.height / 2 - view.y * view.scale];
    for (const { fill, size, points } of this.groups ?? []) {
      const reach = radius * size;
      pen.fillStyle = fill;
      // Small points are squares: a circle of two pixels looks the same and takes longer.
      const square = reach < 2.5;
      if (!square) pen.beginPath();
      for (const point of points) {
        const x = positions[2 * point] * view.scale + dx,
          y = positions[2 * point + 1] * view.scale + dy;
        if (x < -reach || y < -reach || x > view.width + reach || y > view.height + reach) continue;
        if (square) pen.fillRect(x - reach, y - reach, 2 * reach, 2 * reach);
        else {
          pen.moveTo(x + reach, y);
          pen.arc(x, y, reach, 0, 2 * Math.PI);
        }
      }
      if (!square) pen.fill();
    }
  }

  finish() {
    this.pen.getImageData(0, 0, 1, 1);
  }

  end() {}
}
